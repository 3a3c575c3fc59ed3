"""What a summarizer learns from: queries, documents, and summaries where there are any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.summarization.verifying import unfounded
from questline.training.evaluation.rows import Row
from questline.training.tuning.chat import Message
from questline.training.tuning.rows import held_out

__all__ = ["PROMPT", "Asked", "reader", "row_held_out", "split"]

PROMPT: Final = "{document}\n{query}"
"""Short, since all of it is read before the first word is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query about a document."""

    query: str
    document: str
    title: str = ""
    summary: str = ""
    """Empty where none is known."""
    answers: tuple[str, ...] = ()
    """What a good summary holds, to the letter; empty where nothing is known."""

    def chat(self, prompt: str) -> tuple[Message, ...]:
        """Return the chat that asks for a summary; placeholders are ``{document}``, ``{query}`` and ``{title}``."""
        told = {"{document}": self.document, "{query}": self.query, "{title}": self.title}
        parts = [prompt]
        for name, value in told.items():  # a text may hold a placeholder's name: it is not filled again
            parts = [piece for part in parts for piece in _cut(part, name, value)]
        return ({"role": "user", "content": "".join(str(part) for part in parts)},)


class _Filled(str):
    """Text that holds no placeholder."""

    __slots__ = ()


def _cut(part: str, name: str, value: str) -> list[str]:
    if isinstance(part, _Filled) or name not in part:
        return [part]
    before, _, after = part.partition(name)
    return [before, _Filled(value), *_cut(after, name, value)]


def reader(*, needs_summary: bool, check: bool) -> Callable[[Row], Asked]:
    """Return what reads a row.

    Args:
        needs_summary: Refuse a row without one.
        check: Refuse a summary that has a number, date or name that its document has not.
    """

    def read(row: Row) -> Asked:
        values = row.values
        given = values.get("summary")
        if given is not None and not (isinstance(given, str) and given.strip()):
            raise row.fault("summary", "needs 'summary' as text, or none at all")
        found = Asked(
            query=row.text("query", "question").strip(),
            document=row.text("document", "text", "content").strip(),
            title=str(values.get("title") or "").strip(),
            summary=given.strip() if isinstance(given, str) else "",
            answers=row.texts("answers") if values.get("answers") else (),
        )
        if needs_summary and not found.summary:
            raise row.fault("summary", "has no 'summary'; let a language model write them with teacher = true")
        missing = unfounded(found.summary, f"{found.title}\n{found.document}") if check and found.summary else []
        if missing:
            raise row.fault("summary", f"its summary says {missing[0]!r}, which its document does not (check = false)")
        return found

    return read


def row_held_out(row: Asked) -> bool:
    """Say whether a row is of the tenth that is measured on; all queries of a document are on one side."""
    return held_out(row.document)


def split(rows: list[Asked], *, tested: int, path: Path) -> tuple[list[Asked], list[Asked]]:
    """Return the rows to learn from, and at most `tested` to measure on.

    Raises:
        UsageError: ``bad_data`` where either would be empty.
    """
    train = [row for row in rows if not row_held_out(row)]
    held = [row for row in rows if row_held_out(row)][:tested]
    if not train or not held:
        raise UsageError(
            f"{len(train)} rows to learn from and {len(held)} held out (a tenth, by the hash of the document): none "
            "may be 0; give more documents",
            code="bad_data",
            path=path,
        )
    return train, held
