"""The recipe ``temporal-ranking``: how much time, expansion and common days count, by coordinate search."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from questline.errors import UsageError
from questline.tools.temporal.searching.contract import DatedPassage, Reading, Weights
from questline.tools.temporal.searching.search import TemporalSearch
from questline.tools.temporal.searching.shipped import NAME, shipped_weights
from questline.training.evaluation.intervals import mean
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .questions import TemporalQuestion, marks, read_questions

__all__ = ["Settings", "TemporalRankingRecipe"]

_TRIED: Final[Mapping[str, tuple[float, ...]]] = {
    "expansion": (0.0, 0.25, 0.5, 1.0),
    "days": (1, 2, 3),
    "alone": (0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "together": (1.0, 2.0, 3.0, 4.0, 6.0),
    "later": (0.0, 0.25, 0.5, 1.0, 2.0),
    "whole": (0.0, 0.3, 0.6, 1.0, 1.5),
    "rank_offset": (1.0, 3.0, 10.0, 30.0, 60.0),
    "time absolute": (0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0),
    "time relative": (0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0),
    "time partial": (0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0),
    "gap_days day": (1.0, 2.0, 3.0, 7.0),
    "gap_days month": (10.0, 20.0, 40.0),
    "gap_days year": (30.0, 60.0, 120.0, 240.0),
}
_LEAST_GAIN: Final = 1e-4
"""A value is changed only for more than this."""
_GOAL: Final = "ndcg@10 and half of recall@5 and all_gold@5"
_ABOUT: Final = """
`weights.toml` holds the weights of the search by time, found by coordinate search: one weight after another takes the
value of a short list that serves the development questions best, the others standing still. The figure of each weight
is of the questions that were searched on; those of the exported file are of all others.
"""
_LIMITS: Final = """
- Chinese news questions whose passages were written with them: words overlap more than in life.
- `recency` is set by hand; the questions hold none that ask for the newest.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[temporal-ranking]`` of the settings file, with the values of the shipped numbers."""

    questions: str = "temporal/chronoqa_part.jsonl.gz"
    """In the data folder. The fifth that `questline.training.evaluation.temporal_split` calls dev is searched on."""
    rounds: int = 2


class TemporalRankingRecipe(InParts):
    """Its parts are the weights, each as often as there are rounds."""

    def __init__(self, job: Job, settings: Settings) -> None:
        names = [f"{name} {number}" for number in range(1, settings.rounds + 1) for name in _TRIED]
        super().__init__(job, tuple(names))
        self._settings = settings

    def prepare(self) -> Mapping[str, int]:
        """Check the licence, read the questions, index their passages."""
        (path,) = self.licensed((self._settings.questions,))
        questions = read_questions(path)
        texts = dict.fromkeys(text for each in questions for text in each.golds)
        self._questions = [each for each in questions if each.dev]
        self._held_out = [each for each in questions if not each.dev]
        if not self._questions:
            raise UsageError(
                f"none of the {len(questions)} questions of {path.name!r} is of the fifth that is searched on (it is"
                " drawn by their texts), so nothing can be fitted; give more: 25 or more, some hundreds to rely on",
                code="bad_data",
                path=path,
            )
        self._search = TemporalSearch([DatedPassage(id=text, text=text) for text in texts])
        self._readings = self._read(self._questions)
        return {
            "questions to search on": len(self._questions),
            "questions held out": len(self._held_out),
        }

    def _read(self, questions: Sequence[TemporalQuestion]) -> list[Reading]:
        return [self._search.read(each.text, anchor=each.anchor) for each in questions]

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Try the values of one weight."""
        coordinate = name.rpartition(" ")[0]
        weights = self._weights()
        best = self._value(weights, self._questions, self._readings)
        for value in _TRIED[coordinate]:
            tried = _with(weights, coordinate, value)
            if tried == weights:
                continue
            reached = self._value(tried, self._questions, self._readings)
            if reached > best + _LEAST_GAIN:
                best, weights = reached, tried
        return {"weights": json.dumps(_flat(weights))}, {f"{_GOAL}, searched on": best}

    def _value(self, weights: Weights, questions: Sequence[TemporalQuestion], readings: Sequence[Reading]) -> float:
        self._search.weights = weights
        values: list[float] = []
        for each, reading in zip(questions, readings, strict=True):
            found = [one.id for one in self._search.ranked(reading, k=10)]
            mark = marks(found, each.golds)
            values.append(mark["ndcg@10"] + (mark["recall@5"] + mark["all_gold@5"]) / 2)
        return mean(values) or 0.0

    def _weights(self) -> Weights:
        weights = Weights()
        for name in self._names:
            if name in self._fitted:
                for coordinate, value in json.loads(str(self._fitted[name]["weights"])).items():
                    weights = _with(weights, coordinate, value)
        return weights

    def export(self, folder: Path) -> Card:
        """Write ``weights.toml``, and measure it and the shipped one on the questions that were held out."""
        head = [
            "Weights of the search by time. Written by a command, not by hand:",
            *(f"  {line}" for line in command_lines("temporal-ranking", self._job, self._settings)),
            "from the development fifth of",
            *(f"  {line}" for line in self.origin()),
        ]
        weights, readings = self._weights(), self._read(self._held_out)
        rows = [f'"{name}" = {value!r}' for name, value in _flat(weights).items()]
        (folder / NAME).write_text("\n".join([*(f"# {line}" for line in head), *rows]) + "\n", encoding="utf-8")
        figures = {
            f"{_GOAL}, held out, {name}": self._value(each, self._held_out, readings)
            for name, each in (("these weights", weights), ("shipped weights", shipped_weights()))
            if self._held_out
        }
        return Card(title="Search by time", about=_ABOUT, data=self._licences, limits=_LIMITS, figures=figures)


def _with(weights: Weights, coordinate: str, value: float) -> Weights:
    name, _, key = coordinate.partition(" ")
    if key:
        return replace(weights, **{name: {**getattr(weights, name), key: float(value)}})
    return replace(weights, **{name: int(value) if name == "days" else float(value)})


def _flat(weights: Weights) -> dict[str, float]:
    flat: dict[str, float] = {}
    for one in fields(weights):
        value: float | dict[str, float] = getattr(weights, one.name)
        if isinstance(value, dict):
            flat |= {f"{one.name} {key}": each for key, each in value.items()}
        else:
            flat[one.name] = value
    return flat
