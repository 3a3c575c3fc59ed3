"""A filled table with everything in it, held to the corpus and the questions that it is used for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from questline.errors import UsageError
from questline.training.evaluation.rows import Question, content_hash

from .columns import TOP
from .matrix import Matrix
from .published import WHOLE
from .rows import Asked, Cell
from .seconds import Seconds
from .store import read_filled

__all__ = ["TableRows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRows:
    """Questions with all twelve columns."""

    folder: Path
    rows: tuple[tuple[Asked, dict[str, Cell]], ...]
    seconds: Seconds
    about: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a table.

        Raises:
            UsageError: ``file_not_found``, ``bad_table``, or ``bad_data`` for one that is not filled to the end.
        """
        about, rows = read_filled(folder)
        whole = tuple((asked, cells) for asked, cells in rows if cells.keys() >= set(WHOLE))
        if not whole:
            raise UsageError(
                f"no question of the table in {str(folder)!r} has all its columns", code="bad_data", path=folder
            )
        return cls(folder=folder, rows=whole, seconds=Seconds.read(about["seconds"]), about=about)

    def of_questions(self, questions: Sequence[Question], corpus: Path) -> Self:
        """Return the rows of these questions, in their order, with the types that their file tells.

        Questions of equal words and answers are one.

        Raises:
            UsageError: ``bad_table`` for a table of another corpus, or one that lacks a question.
        """
        if self.about.get("identity", {}).get("corpus") not in (None, content_hash(corpus)):
            raise UsageError(
                f"the table in {str(self.folder)!r} was filled from another corpus than {str(corpus)!r}; fill one of "
                "this corpus with `agents train planner table`, or leave --table out",
                code="bad_table",
                path=self.folder,
                differs="corpus",
            )
        held = {(asked.text, asked.answers): place for place, (asked, _) in enumerate(self.rows)}
        wanted = {(one.text, one.answers): one for one in questions}
        lacking = [one for key, one in wanted.items() if key not in held]
        if lacking:
            raise UsageError(
                f"the table in {str(self.folder)!r} lacks {len(lacking)} of {len(wanted)} questions, such as "
                f"{lacking[0].text!r}; fill it with the same --questions, or give the --limit that it was filled with",
                code="bad_table",
                path=self.folder,
                question=lacking[0].id,
            )
        found = [(self.rows[held[key]], one) for key, one in wanted.items()]
        return replace(
            self,
            rows=tuple(
                (replace(asked, id=one.id, source=one.source, kind=one.kind or asked.kind), cells)
                for (asked, cells), one in found
            ),
        )

    @property
    def texts(self) -> list[str]:
        """The questions' words."""
        return [asked.text for asked, _ in self.rows]

    @property
    def top(self) -> Matrix:
        """The eight workflows."""
        return Matrix.of(self.rows, self.seconds, TOP)

    @property
    def whole(self) -> Matrix:
        """All twelve columns."""
        return Matrix.of(self.rows, self.seconds, WHOLE)

    @property
    def exactly(self) -> list[tuple[Asked, dict[str, Cell]]]:
        """The rows with exact match in place of F1, for what is made to add F1 up."""
        return [
            (asked, {name: replace(cell, f1=cell.em) for name, cell in cells.items()}) for asked, cells in self.rows
        ]

    @property
    def fingerprint(self) -> str:
        """Start of one hash over questions, scores and costs: what figures of this table rest on."""
        whole = self.whole
        digest = hashlib.sha256("\n".join(asked.key for asked, _ in self.rows).encode())
        for values in (whole.f1, whole.em, whole.costs):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:16]
