"""``agents eval math-checker``: what the checker of answers makes of right answers, rewritten and changed.

A row is a right answer. It is checked against itself as a whole; then each of its parts is rewritten in ways that keep
what it says and in ways that change it, and what the checker says of each is counted. A part is *decided* when its
right answer reads as a value (not free text) and none of its edits is left undecided.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from questline.tools.mathematics.checking import Checked, check_answer, kind_of, parts_of
from questline.training.evaluation.intervals import percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.math_edits import Edit, edits
from questline.training.evaluation.math_rows import MathRow, read_math_rows
from questline.training.evaluation.proportions import proportion
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary

__all__ = ["MathCheckerSuite"]

_MOST_PARTS: Final = 20


@dataclass(kw_only=True)
class MathCheckerSuite:
    """Check every right answer of some files against itself and its edits."""

    data: Sequence[Path]
    limit: int | None = None
    """First so many rows of each file."""
    seed: int = 0
    name = "math-checker"

    def load(self) -> Sequence[MathRow]:
        """Read all files; raises `UsageError` ``bad_data``."""
        return [row for path in self.data for row in read_math_rows(path)[: self.limit]]

    def identify(self, row: MathRow) -> str:
        """Return the file's name and the line."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the seed of the edits and the hashes of the data."""
        options: dict[str, Json] = {"seed": self.seed}
        data: dict[str, Json] = {path.name: content_hash(path) for path in self.data}
        return {"options": options, "data": data, "models": {}, "prompts": {}}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Need nothing."""
        yield

    async def run(self, row: MathRow) -> Outcome:
        """Check one right answer; in a thread, for algebra may wait for its process."""
        return await asyncio.to_thread(self._run, row)

    def _run(self, row: MathRow) -> Outcome:
        started = time.perf_counter()
        whole = check_answer(row.golds[0], row.golds, question=row.question, choice=row.choice)
        told: list[Json] = []
        typed = decided = parts = 0
        spent: list[Json] = []
        for language, gold in enumerate(row.golds):
            for place, part in enumerate(parts_of(gold)[:_MOST_PARTS]):
                found = [
                    self._edited(row, part.text, edit, spent) for edit in self._edits(row, part.text, language, place)
                ]
                told += [_entry(edit, status) for edit, status in found]
                parts += 1
                typed += part.typed
                decided += part.typed and all(status != "undecided" for _, status in found)
        if len(whole.parts) > 1:
            told.append(["dropped_part", False, self._dropped(row)])
        prediction: dict[str, Json] = {
            "edits": told, "parts": parts, "typed": typed, "decided": decided, "ms": spent,
            "warned": bool(whole.warnings),
        }  # fmt: skip
        scores = {"itself": float(whole.strict_low), "decided": decided / parts if parts else 0.0}
        labels = {"file": row.file, "asks": kind_of(row.question)}
        return Outcome(
            prediction=prediction, scores=scores, cost={"seconds": time.perf_counter() - started}, labels=labels
        )

    def _edits(self, row: MathRow, part: str, language: int, place: int) -> list[Edit]:
        return edits(part, seed=f"{self.seed}/{row.id}/{language}/{place}", choice=bool(row.choice))

    def _edited(self, row: MathRow, part: str, edit: Edit, spent: list[Json]) -> tuple[Edit, str]:
        started = time.perf_counter()
        status = _status(check_answer(edit.text, [part], question=row.question, choice=row.choice))
        spent.append(round(1000 * (time.perf_counter() - started), 3))
        return edit, status

    def _dropped(self, row: MathRow) -> str:
        """Return what is said of a right answer without its last part."""
        lines = [f"({part.label[0]}){part.text}" if part.label else part.text for part in parts_of(row.golds[0])]
        return _status(check_answer("\n".join(lines[:-1]), row.golds[:1], question=row.question, choice=row.choice))

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the shares of edits that are accepted, of parts that are decided, and both by kind and by file."""
        done = [item for item in items if not item.error]
        found = [_read(item) for item in done]
        keeps = [edit for one in found for edit in one["edits"] if edit[1]]
        changes = [edit for one in found for edit in one["edits"] if not edit[1]]
        parts = sum(one["parts"] for one in found)
        ms = [float(each) for one in found for each in one["ms"]]
        metrics: dict[str, Json] = {
            "itself": _share(bool(item.scores["itself"]) for item in items if not item.error),
            "kept_accepted": _share(edit[2] == "right" for edit in keeps),
            "changed_accepted": _share(edit[2] == "right" for edit in changes),
            "decided": _share_of(sum(one["decided"] for one in found), parts),
            "typed": _share_of(sum(one["typed"] for one in found), parts),
            "parts": parts,
            "kept": len(keeps),
            "changed": len(changes),
            "ms_p50": percentile(ms, 50),
        }
        details: dict[str, Json] = {"kinds": _kinds(found), "files": _files(done, found)}
        details["ms_p95"] = percentile(ms, 95)
        means = {"itself_mean": [item.scores.get("itself", 0.0) for item in items]}
        return Summary(metrics=metrics, means=means, details=details)


def _status(checked: Checked) -> str:
    """Return right where all parts are, wrong where one is, else undecided."""
    return "right" if checked.strict_low else "undecided" if checked.strict_high else "wrong"


def _entry(edit: Edit, status: str) -> Json:
    return [edit.kind, edit.keeps, status]


def _read(item: Item) -> dict[str, Any]:
    return cast("dict[str, Any]", item.prediction)


def _share(values: Iterable[bool]) -> float | None:
    kept = list(values)
    return _share_of(sum(kept), len(kept))


def _share_of(count: int, total: int) -> float | None:
    return count / total if total else None


def _kinds(found: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
    table: dict[str, list[str]] = defaultdict(list)
    for one in found:
        for kind, keeps, status in one["edits"]:
            table[f"{'keeps' if keeps else 'changes'} {kind}"].append(status)
    return {name: _told(statuses) for name, statuses in sorted(table.items())}


def _told(statuses: Sequence[str]) -> Json:
    share, low, high = proportion(statuses.count("right"), len(statuses))
    return {
        "n": len(statuses), "accepted": share, "low": low, "high": high,
        "rejected": statuses.count("wrong") / len(statuses), "undecided": statuses.count("undecided") / len(statuses),
    }  # fmt: skip


def _files(items: Sequence[Item], found: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
    by_file: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        by_file[item.labels["file"]].append(place)
    return {name: _file([items[at] for at in places], [found[at] for at in places]) for name, places in by_file.items()}


def _file(items: Sequence[Item], found: Sequence[Mapping[str, Any]]) -> Json:
    told: dict[str, Json] = {"n": len(items), "itself": sum(item.scores["itself"] for item in items) / len(items)}
    for name, keeps in (("kept", True), ("changed", False)):
        statuses = [edit[2] for one in found for edit in one["edits"] if edit[1] is keeps]
        if statuses:
            told[name] = _told(statuses)
    parts = sum(one["parts"] for one in found)
    share, low, high = proportion(sum(one["decided"] for one in found), parts)
    told["decided"] = {"parts": parts, "share": share, "low": low, "high": high}
    told["warned"] = sum(one["warned"] for one in found)
    asked = [place for place, item in enumerate(items) if item.labels["asks"] == "value"]
    told["set_apart"] = len(items) - len(asked)
    parts = sum(found[at]["parts"] for at in asked)
    told["decided_of_values"] = _share_of(sum(found[at]["decided"] for at in asked), parts)
    return told
