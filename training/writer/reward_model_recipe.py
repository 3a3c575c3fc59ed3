"""The recipe ``reward-model``: what makes one greeting better than another, whatever their lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from questline.errors import UsageError
from questline.tools.writing.reward_model import save_model
from questline.tools.writing.reward_model.file import model_of, values_of
from questline.tools.writing.reward_model.shipped import FILE
from questline.training.evaluation.rows import read_rows
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .pair_figures import cross_scores, length_figures
from .pairs import Pair, read_pairs
from .reward_model import Decorrelate, Fit, fit_reward_model
from .spoiling import spoiled_pairs

__all__ = ["RewardModelRecipe", "Settings"]

_MODEL: Final = "model"
_PARTS: Final = ("held out", _MODEL)
_ABOUT: Final = f"""
`{FILE}` scores greetings: the difference of two scores is the log odds that the first is preferred (Bradley-Terry).
A sum over a text's pieces of one to three characters, its layout, and its length; gzipped JSON with a version and a
checksum, read by numpy alone.

Each piece starts from its log odds between chosen and rejected texts, counted at equal lengths; then pieces, layout and
length are fitted together, by L-BFGS from zero and without chance, so that score and length do not go together:
`-log sigma(s_c - s_r) + lambda * cov(s, length)^2`, pairs of close lengths counting more.
"""
_LIMITS: Final = """
- Of our own texts: the bad ones are good ones that were spoiled by rules, so that the model knows these faults. It is
  no measure of taste, and a text can be dull without any of them.
- It reads simplified Chinese; of traditional Chinese and of English it knows few pieces, and goes by layout.
- A text made to please it will please it: use the guards and a judge beside it.
- Where chosen texts are mostly longer (not here: each pair has one length), no score can be without correlation to
  length over all texts and inside the chosen and the rejected ones too; `decorrelate` says which is meant.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[reward-model]`` of the settings file, with the values of the shipped model."""

    greetings: str = "greetings.jsonl"
    """JSON lines of {query, text}, all good, in the data folder; spoiled by rules for the other side of the pairs.
    Where ``--data`` is a file, it holds pairs instead: {query, chosen, rejected}."""
    rounds: int = 2
    """How often each greeting is spoiled in each way."""
    decorrelate: Decorrelate = "all"
    """all: score and length do not go together over all texts; within: nor inside the chosen and the rejected ones."""
    decorrelation: float = 10.0
    smoothing: float = 0.3
    ridge: float = 30.0
    least: int = 3
    """Texts that must hold a piece of characters for it to count."""
    folds: int = 5
    """Of queries, for the figures."""


class RewardModelRecipe(InParts):
    """Its parts are the figures on held-out queries, and the model that is fitted on all pairs."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, _PARTS)
        self._settings = settings
        self._fit = Fit(
            decorrelate=settings.decorrelate,
            decorrelation=settings.decorrelation,
            smoothing=settings.smoothing,
            ridge=settings.ridge,
            least=settings.least,
        )
        self._pairs: Sequence[Pair] = ()

    def prepare(self) -> Mapping[str, int]:
        """Read the greetings and spoil them, or read pairs."""
        (path,) = self.licensed((self._settings.greetings,))
        self._pairs = read_pairs(path) if self._job.data.is_file() else self._spoiled(path)
        queries = len({pair.query for pair in self._pairs})
        if queries < 2:
            raise UsageError(f"{str(path)!r} has one query; give two, so that one can be held out", code="bad_data")
        return {"pairs": len(self._pairs), "queries": queries, "matched": sum(pair.matched for pair in self._pairs)}

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Measure on held-out queries, or fit the model."""
        if name != _MODEL:
            scores = cross_scores(self._pairs, self._fit, folds=self._settings.folds, hears=self._job.hears)
            told = length_figures(self._pairs, scores)
            return told, told
        model = fit_reward_model(self._pairs, self._fit, origin=self._origin())
        return values_of(model), {"pieces": float(len(model.weights))}

    def export(self, folder: Path) -> Card:
        """Write the file."""
        save_model(model_of(self._fitted[_MODEL]), folder / FILE)
        size = (folder / FILE).stat().st_size
        return Card(
            title="The reward model of greetings",
            about=_ABOUT,
            data=self._licences,
            limits=_LIMITS,
            figures={"kilobytes": size / 1000},
        )

    def _spoiled(self, path: Path) -> list[Pair]:
        greetings = [(row.text("query"), row.text("text")) for row in read_rows(path)]
        return spoiled_pairs(greetings, seed=self._job.seed, rounds=self._settings.rounds)

    def _origin(self) -> dict[str, str | int | float]:
        (licence,) = self._licences
        return {
            "command": ", ".join(command_lines("reward-model", self._job, self._settings)),
            "data": licence.file,
            "sha256": self._data[licence.file],
            "licence": licence.licence,
            **self._figures,
        }
