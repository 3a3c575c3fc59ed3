"""The recipe ``calls``: where a value goes, what an optional field is worth, and whether a tool fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.tools.models.encoder import Encoder
from questline.tools.models.encoder_cache import RecentTexts
from questline.tools.slot_filling.choosing import Judge
from questline.tools.slot_filling.fit_features import FIT_FEATURES
from questline.tools.slot_filling.number_features import NUMBER_FEATURES
from questline.tools.slot_filling.shipped import COLUMNS, NAME, Coefficients, ToolFit
from questline.tools.slot_filling.text_features import TEXT_FEATURES
from questline.tools.tool_retrieval.index import ToolEncoder
from questline.training.evaluation.call_rows import CallTask, read_call_tasks
from questline.training.evaluation.tool_rows import held_out
from questline.training.logistic import newton
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .examples import Family, ToolPair, known, pairs, right_calls, tool_pairs
from .remembering import Remembering

__all__ = ["CallsRecipe", "Settings"]

_FEATURES: Final[Mapping[Family, tuple[str, ...]]] = {"number": NUMBER_FEATURES, "text": TEXT_FEATURES}
_PARTS: Final = ("number", "text", "added", *(f"fit {column}" for column in COLUMNS))
_ABOUT: Final = """
`coefficients.toml` holds logistic models: of a number and of a text beside a field (is it the value?), and of a tool
beside a question (does it serve?), with and without encoder and reader; and what is added to the log odds of required
and of optional fields.
"""
_LIMITS: Final = """
- English. A question that is mostly Chinese goes by the extractors and by words alone.
- What a question does not say is not known: the ticker of a company, the team of a player, the sides of a die.
- The requests that it learnt from were written for one function each.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[calls]`` of the settings file, with the values of the shipped numbers.

    Files lie in the data folder. A fifth of each file's questions, by their hash, is held out.
    """

    calls: tuple[str, ...] = ("tools/bfcl_simple_python.jsonl.gz", "tools/bfcl_multiple.jsonl.gz")
    """Questions with functions and the calls that are right."""
    irrelevant: tuple[str, ...] = ("tools/bfcl_irrelevance.jsonl.gz",)
    """Questions with functions that do not serve them."""
    ridge: float = 1.0
    required: tuple[float, ...] = (2.0, 3.0, 4.0)
    """Tried for required fields."""
    optional: tuple[float, ...] = (-0.6, -0.3, 0.0, 0.3)
    """Tried for optional ones."""
    lost: float = 0.05
    """Share of the learnt questions for which there is a tool that may be refused."""


class CallsRecipe(InParts):
    """Its parts are the two models of values, what is added, and the two models of tools."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, _PARTS)
        self._settings = settings
        self._reader = Remembering()
        self._encoder = RecentTexts(Encoder.load(threads=job.threads), size=100_000)

    def prepare(self) -> Mapping[str, int]:
        """Check licences and read the tasks."""
        own = self._settings
        names = (*own.calls, *own.irrelevant)
        paths = dict(zip(names, self.licensed(names), strict=True))
        self._calls = _split(paths[name] for name in own.calls)
        self._useless = _split(paths[name] for name in own.irrelevant)
        self._job.hears("reading", 0, 1)
        self._known = known(self._calls[0], self._reader)
        self._job.hears("reading", 1, 1)
        return {
            "questions learnt from": len(self._calls[0]),
            "questions that no tool serves": len(self._useless[0]),
            "held out": len(self._calls[1]) + len(self._useless[1]),
        }

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit one model, or choose what is added."""
        if name == "added":
            return self._choose_added()
        if name.startswith("fit "):
            return self._fit_tools(name.removeprefix("fit "))
        family = cast("Family", name)
        found = pairs(self._known, family, _FEATURES[family])
        weights = newton(found.features, found.right, self._ridge(len(_FEATURES[family])))
        chances = 1 / (1 + np.exp(-(found.features @ weights)))
        loss = -np.mean(np.log(np.where(found.right > 0, chances, 1 - chances).clip(1e-9)))
        return {"weights": weights}, {"pairs": float(len(found.right)), "log loss": float(loss)}

    def _ridge(self, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        ridge = np.full(count, self._settings.ridge)
        ridge[0] = 0.01  # the first feature is the constant
        return ridge

    def _choose_added(self) -> tuple[Mapping[str, Any], Figures]:
        tried: dict[tuple[float, float], float] = {}
        for required in self._settings.required:
            for optional in self._settings.optional:
                weights = replace(self._weights(), required=required, optional=optional)
                tried[required, optional] = right_calls(self._known, weights)
        best = max(tried, key=lambda one: tried[one])
        return {"required": best[0], "optional": best[1]}, {"right calls of known functions": tried[best]}

    def _fit_tools(self, column: str) -> tuple[Mapping[str, Any], Figures]:
        encoder: ToolEncoder | None = self._encoder if column == "models" else None
        reader: Judge | None = self._reader if column == "models" else None
        tasks = [*self._calls[0], *self._useless[0]]
        examples = list(tool_pairs(tasks, self._weights(), encoder, reader))
        features = np.array([[one.features[name] for name in FIT_FEATURES] for one in examples], float)
        weights = newton(features, np.array([float(one.fits) for one in examples]), self._ridge(len(FIT_FEATURES)))
        best = _best(examples, features @ weights)
        served = sorted(odds for task, odds in best if task.accepted)
        cut = served[int(self._settings.lost * len(served))]
        useless = [odds for task, odds in best if not task.accepted]
        figures = {
            "useless tools refused": float(np.mean([odds < cut for odds in useless])) if useless else 0.0,
            "useful ones refused": float(np.mean([odds < cut for odds in served])),
        }
        return {"weights": weights, "threshold": 1 / (1 + math.exp(-cut))}, figures

    def _weights(self) -> Coefficients:
        """Return what is fitted so far; zeros for the rest."""

        def column(part: str, names: Sequence[str]) -> dict[str, float]:
            values = np.asarray(self._fitted.get(part, {}).get("weights", np.zeros(len(names))))
            return {name: float(value) for name, value in zip(names, values, strict=True)}

        added = self._fitted.get("added", {"required": 3.0, "optional": 0.0})
        return Coefficients(
            number=column("number", NUMBER_FEATURES),
            text=column("text", TEXT_FEATURES),
            fits={
                one: ToolFit(
                    weights=column(f"fit {one}", FIT_FEATURES),
                    threshold=float(self._fitted.get(f"fit {one}", {}).get("threshold", 0.5)),
                )
                for one in COLUMNS
            },
            required=float(added["required"]),
            optional=float(added["optional"]),
        )

    def export(self, folder: Path) -> Card:
        """Write ``coefficients.toml``."""
        found = self._weights()
        head = [
            "How likely a value is the one of a field, and a tool the one for a question: logistic models.",
            "Written by a command, not by hand:",
            *(f"  {line}" for line in command_lines("calls", self._job, self._settings)),
            f"with encoder {Encoder.load().fingerprint} and cross-encoder {self._reader.fingerprint}, from",
            *(f"  {line}" for line in self.origin()),
            "of which a fifth, by the hash of each question, was held out of everything.",
        ]
        lines = [*(f"# {line}" for line in head), "", "[added]"]
        lines += [f"required = {found.required}", f"optional = {found.optional}"]
        lines += ["", "[number]", *_written(found.number), "", "[text]", *_written(found.text)]
        for column in COLUMNS:
            lines += ["", f"[fits.{column}]", f"threshold = {found.fits[column].threshold:.4f}"]
            lines += _written(found.fits[column].weights)
        (folder / NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Card(title="Slot filling", about=_ABOUT, data=self._licences, limits=_LIMITS)


def _split(paths: Any) -> tuple[list[CallTask], list[CallTask]]:
    tasks = [task for path in paths for task in read_call_tasks(path)]
    return [task for task in tasks if not held_out(task.query)], [task for task in tasks if held_out(task.query)]


def _best(examples: Sequence[ToolPair], odds: np.ndarray[Any, np.dtype[np.float64]]) -> list[tuple[CallTask, float]]:
    best: dict[int, tuple[CallTask, float]] = {}
    for one, value in zip(examples, odds, strict=True):
        held = best.get(id(one.task))
        if held is None or value > held[1]:
            best[id(one.task)] = (one.task, float(value))
    return list(best.values())


def _written(weights: Mapping[str, float]) -> list[str]:
    return [f"{name} = {value:.4f}" for name, value in weights.items()]
