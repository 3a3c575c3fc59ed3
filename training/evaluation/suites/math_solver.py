"""``agents eval math-solver``: how many questions the solver of rules answers, and how many of its answers are right."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from questline.errors import UsageError
from questline.tools.mathematics import Calculator
from questline.tools.mathematics.checking import check_answer
from questline.tools.mathematics.problems import solve_problem
from questline.training.evaluation.intervals import percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.math_rows import MathRow, read_math_rows
from questline.training.evaluation.proportions import proportion
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary

__all__ = ["PARTS", "MathSolverSuite"]

PARTS = ("all", "even", "odd")
"""Rows by their place in the file, from 0: the rules were written while reading the even ones."""


@dataclass(kw_only=True)
class MathSolverSuite:
    """Solve every question of some files and check the answers by rules."""

    data: Sequence[Path]
    part: str = "all"
    limit: int | None = None
    """First so many rows of each file."""
    name = "math-solver"

    def load(self) -> Sequence[MathRow]:
        """Read all files; raises `UsageError` ``bad_data``."""
        first, step = {"all": (0, 1), "even": (0, 2), "odd": (1, 2)}[self.part]
        return [row for path in self.data for row in read_math_rows(path)[first::step][: self.limit]]

    def identify(self, row: MathRow) -> str:
        """Return the file's name and the line."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the part and the hashes of the data."""
        data: dict[str, Json] = {path.name: content_hash(path) for path in self.data}
        return {"options": {"part": self.part}, "data": data, "models": {}, "prompts": {}}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Hold the calculator."""
        with Calculator() as self._calculator:
            yield

    async def run(self, row: MathRow) -> Outcome:
        """Solve one question; in a thread, for algebra waits for its process."""
        return await asyncio.to_thread(self._run, row)

    def _run(self, row: MathRow) -> Outcome:
        started = time.perf_counter()
        try:
            found = solve_problem(row.question, calculator=self._calculator)
        except UsageError as error:
            if error.code != "question_too_long":
                raise
            found = None
        seconds = time.perf_counter() - started
        solved = found is not None and found.status == "solved"
        scores = {"answered": float(solved), "right": 0.0, "unclear": 0.0}
        if found is not None and solved:
            checked = check_answer(found.answer, row.golds, question=row.question, choice=row.choice)
            scores["right"] = float(checked.strict_low)
            scores["unclear"] = float(checked.strict_high and not checked.strict_low)
        told: Json = {"answer": found.answer, "equation": found.equation} if found else None
        sure = found.confidence if found else 0.0
        labels = {"file": row.file, "rule": found.rule if found else "", "confidence": f"{sure:.2f}"}
        return Outcome(prediction=told, scores=scores, cost={"seconds": seconds}, labels=labels)

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return coverage, the share of answers that are right, both by file and rule, and a curve over confidence."""
        answered = [item for item in items if item.scores.get("answered")]
        means = {
            "accuracy": [item.scores.get("right", 0.0) for item in items],
            "coverage": [item.scores.get("answered", 0.0) for item in items],
            "right_of_answered": [item.scores["right"] for item in answered],
        }
        metrics: dict[str, Json] = {name: sum(values) / len(values) if values else None for name, values in means.items()}
        metrics["unclear"] = sum(item.scores["unclear"] for item in answered)
        metrics["ms_p50"] = percentile([1000 * item.cost["seconds"] for item in items if item.cost], 50)
        details: dict[str, Json] = {
            "files": _by(items, lambda item: item.labels.get("file", "")),
            "rules": _by(answered, lambda item: item.labels["rule"]),
            "curve": _curve(items),
        }
        return Summary(metrics=metrics, means={name: values for name, values in means.items() if values}, details=details)


def _by(items: Sequence[Item], key: Callable[[Item], str]) -> dict[str, Json]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return {name: _told(group, len(group)) for name, group in sorted(groups.items())}


def _told(group: Sequence[Item], total: int) -> Json:
    """Return counts of a group, and the share of its answers that are right with its interval."""
    answered = sum(item.scores.get("answered", 0.0) for item in group)
    right = sum(item.scores.get("right", 0.0) for item in group)
    share, low, high = proportion(int(right), int(answered))
    return {
        "n": total, "answered": int(answered), "right": int(right), "coverage": answered / total,
        "right_of_answered": share, "low": low, "high": high,
    }  # fmt: skip


def _curve(items: Sequence[Item]) -> list[Json]:
    """Return coverage and risk when only answers of at least some confidence are given."""
    levels = sorted({item.labels["confidence"] for item in items if item.scores.get("answered")}, reverse=True)
    curve: list[Json] = []
    for level in levels:
        kept = [item for item in items if item.scores.get("answered") and item.labels["confidence"] >= level]
        wrong = sum(1 - item.scores["right"] for item in kept)
        curve.append({"least_confidence": float(level), "coverage": len(kept) / len(items), "risk": wrong / len(kept)})
    return curve
