"""Teach a language model which of two answers is better, by `preference_loss`, from where it began."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import torch
from torch import Tensor, nn

from questline.errors import RunError, UsageError
from questline.training.recipe import Figures
from questline.training.stepwise import checked_gradients

from .chat import Message
from .likelihood import Example, example, log_likelihoods, token_logs
from .memory import within_memory
from .preference_loss import PairLogs, preference_loss
from .settings import ModelSettings
from .steps import places
from .tuned import TunedRecipe

__all__ = ["PreferencePair", "PreferenceRecipe", "PreferenceSettings", "Preferences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePair:
    """Two answers to one chat."""

    messages: tuple[Message, ...]
    chosen: str
    rejected: str
    weight: float = 1.0
    """omega: how sure the preference is, at least 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a recipe learns from and is measured on."""

    train: Sequence[PreferencePair]
    held: Sequence[PreferencePair]
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class PreferenceSettings(ModelSettings):
    """Shared by the tables of recipes that prefer; ``model`` is where they begin, as a recipe that teaches left it."""

    steps: int = 200
    batch: int = 16
    """Pairs of a step."""
    rate: float = 2e-4
    """Of a model that was made here; 5e-7 for one of billions of parameters."""
    beta: float = 0.1
    """How near the model stays to where it began."""
    by_length: bool = True
    """Compare what a token gains in the mean, so that length alone is not preferred."""
    sft: float = 0.0
    """Weight of the likelihood of the better answer, which a preference alone may lower."""
    tested: int = 100
    """Held-out items that are measured, at most."""
    skip_misfits: bool = False
    """Leave out rows that do not fit, in place of refusing the file."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("steps", "batch", "tested")
        self.hold("accumulate", self.batch % self.accumulate == 0, f"a divisor of batch ({self.batch})")
        self.hold("model", bool(self.model), "a model that answers already: a folder of the recipe that teaches it")
        self.hold_rates("rate", "beta")
        self.hold_weights("sft")


@dataclass(frozen=True, slots=True)
class _Tokens:
    chosen: Example
    rejected: Example
    weight: float
    reference: tuple[float, float]


PreferT = TypeVar("PreferT", bound=PreferenceSettings)


class PreferenceRecipe(TunedRecipe[PreferT], Generic[PreferT]):
    """Base of the recipes that prefer; one of them reads `preferences` and says in `measured` what it is good for."""

    @abstractmethod
    def preferences(self) -> Preferences:
        """Read the data; the model is open, so that a recipe may let it write."""

    @abstractmethod
    def measured(self) -> Figures:
        """Measure on what is held out; `chosen_by` is among it."""

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Open the model, read the pairs, and ask the model as it is how likely it finds them."""
        loaded = self.open((), rate=self.settings.rate, vocabulary=0, context=0)
        made = self.preferences()
        if not made.train or not made.held:
            raise UsageError(
                f"{len(made.train)} pairs to learn from and {len(made.held)} held out: none may be 0; give more rows",
                code="bad_data",
                path=self.job.data,
            )
        wrong = [each for each in (*made.train, *made.held) if not each.weight >= 0]
        if wrong:
            raise UsageError("a pair's weight is below 0 or no number", code="bad_data", path=self.job.data)
        tested = list(made.held)[: self.settings.tested]
        train, held = self._fitting(made.train), self._fitting(tested)
        left = {
            "too long, left out": len(made.train) - len(train),
            "held out, but too long": len(tested) - len(held),
        }
        if not train or not held:
            raise UsageError(
                f"{len(train)} pairs to learn from and {len(held)} held out fit into the {loaded.context} tokens that "
                f"the model reads, {sum(left.values())} do not: give shorter rows",
                code="bad_data",
                path=self.job.data,
            )
        self._rows, self._held = self._known(train), self._known(held)
        if not any(each.weight for each in self._rows):
            raise UsageError("no pair weighs anything", code="bad_data", path=self.job.data)
        return {
            **made.counts,
            "pairs": len(self._rows),
            "held-out pairs": len(self._held),
            **{name: some for name, some in left.items() if some},
            "parameters": loaded.parameters,
        }

    def fit(self, done: int) -> Iterator[Figures]:
        """Take the steps from `done` on."""
        settings = self.settings
        self.step = done
        orders = places(len(self._rows), settings.batch, first=done, last=self.steps, seed=f"{self.job.seed} dpo")
        for order in orders:
            with within_memory(settings.table, "batch"):
                figures = self._learn([self._rows[place] for place in order])
            self.step += 1
            yield figures

    def evaluate(self) -> Figures:
        """Return what the recipe measures, and how many held-out pairs the model has come to prefer rightly."""
        logs = self._logs(self._held, gradients=False)
        margin = preference_loss(logs, beta=self.settings.beta, by_length=self.settings.by_length).margin
        return {
            **self.measured(),
            "held-out preferred": float((margin > 0).float().mean() + (margin == 0).float().mean() / 2),
            "held-out margin": float(margin.mean()),
        }

    def _learn(self, rows: Sequence[_Tokens]) -> Figures:
        settings, model = self.settings, self.loaded.model
        size, whole = len(rows) // settings.accumulate, sum(each.weight for each in rows)
        margins: list[Tensor] = []
        loss = 0.0
        cast("Any", torch).manual_seed(self.job.seed * 1_000_003 + self.step)  # of dropout, where the model has it
        model.train()
        self.optimizer.zero_grad()
        for start in range(0, len(rows), size):
            told = preference_loss(
                self._logs(rows[start : start + size], gradients=True),
                beta=settings.beta,
                by_length=settings.by_length,
                sft=settings.sft,
                whole=whole,
            )
            torch.autograd.backward(told.loss)
            loss += float(told.loss.detach())
            margins.append(told.margin)
        checked_gradients(model, rate=f"{settings.table}.rate")
        if not bool(torch.isfinite(nn.utils.clip_grad_norm_(model.parameters(), 1.0))):
            raise RunError(f"a gradient is not a finite number, and no step was taken; lower {settings.table}.rate")
        self.optimizer.step()
        margin = torch.cat(margins)
        return {"of the pairs": loss, "preferred": float((margin > 0).float().mean()), "margin": float(margin.mean())}

    def _logs(self, rows: Sequence[_Tokens], *, gradients: bool) -> PairLogs:
        model, pad = self.loaded.model, int(self.loaded.tokenizer.pad_token_id)
        sides = [*(each.chosen for each in rows), *(each.rejected for each in rows)]
        if gradients:
            logs, counted = token_logs(model, sides, pad)
            sums, counts = logs.sum(1), counted.sum(1)
        else:
            told = log_likelihoods(model, sides, pad)
            sums, counts = torch.tensor([each for each, _ in told]), torch.tensor([count for _, count in told])
        here = sums.device
        before = torch.tensor([each.reference for each in rows], dtype=sums.dtype, device=here)
        chosen, rejected = sums.chunk(2)
        tokens = counts.to(sums.dtype).clamp_min(1).chunk(2)
        return PairLogs(
            chosen=chosen,
            rejected=rejected,
            reference_chosen=before[:, 0],
            reference_rejected=before[:, 1],
            chosen_tokens=tokens[0],
            rejected_tokens=tokens[1],
            weights=torch.tensor([each.weight for each in rows], dtype=sums.dtype, device=here),
        )

    def _fitting(self, pairs: Sequence[PreferencePair]) -> list[PreferencePair]:
        """Return the pairs whose sides fit into what the model reads."""
        loaded = self.loaded

        def fits(pair: PreferencePair, side: str) -> bool:
            return len(example(loaded.tokenizer, pair.messages, side).ids) <= loaded.context

        return [each for each in pairs if fits(each, each.chosen) and fits(each, each.rejected)]

    def _known(self, pairs: Sequence[PreferencePair]) -> list[_Tokens]:
        """Return pairs as tokens, with what the model says of them as it is."""
        loaded = self.loaded
        pad = int(loaded.tokenizer.pad_token_id)
        chosen = [example(loaded.tokenizer, each.messages, each.chosen) for each in pairs]
        rejected = [example(loaded.tokenizer, each.messages, each.rejected) for each in pairs]
        told = [log_likelihoods(loaded.model, side, pad) for side in (chosen, rejected)]
        return [
            _Tokens(one, other, pair.weight, (first[0], second[0]))
            for one, other, pair, first, second in zip(chosen, rejected, pairs, *told, strict=True)
        ]
