"""The recipe ``reward-transformer``: pairs teach a language model what is better, through TRL's RewardTrainer.

Length is no reward, by three means: in a share of the draws the longer side is cut behind a clause to about the length
of the other; pairs of close lengths are drawn the more often, ``1 / (1 + (difference / near)^2)``, as by the reward
model of characters; and each step's loss has ``lambda * cov(s, length)^2`` over its texts, lengths in standard
deviations of the training texts (spec 08 §2.4).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Final, cast

import numpy as np
from torch import Tensor

from questline.errors import UsageError, require
from questline.tools.writing.types import FloatArray
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job
from questline.training.stepwise import driven, quietly, warmed_up
from questline.training.tuning.steps import Weights, optimizer_of, trl_settings
from questline.training.writer.pair_figures import length_figures
from questline.training.writer.pairs import Pair, read_pairs

from .levelled import levelled
from .models import opened, write_model
from .scorer import TransformerRewardModel, text_ids
from .settings import ModelSettings
from .texts import held_out

__all__ = ["ScorerRecipe", "Settings"]

_ABOUT: Final = """
A language model that gives a text for a query one number; the difference of two is the log odds that the first is
preferred (Bradley-Terry, TRL's RewardTrainer). Pairs of close lengths were drawn more often, and the loss holds the
covariance of score and length down.
"""
_LIMITS: Final = """
- It knows what its pairs tell apart, which may be how two writers differ rather than what is good: audit it with
  `agents eval judge`.
- A text made to please it will please it: use the guards of `agents train writer-grpo`.
"""


@dataclass(frozen=True, kw_only=True)
class Settings(ModelSettings):
    """``[reward-transformer]`` of the settings file."""

    table: ClassVar[str] = "reward-transformer"

    characters: int = 128
    """Of a text that are read."""
    steps: int = 400
    batch: int = 32
    """Pairs of a step."""
    rate: float = 1e-3
    """Of a model that is made here; 1e-5 for a pretrained one."""
    warming: int = 40
    cut: float = 0.7
    """Share of the draws in which the longer side is cut to the length of the other."""
    near: float = 10.0
    """Characters of difference at which a pair is drawn half as often; 0 draws all alike."""
    decorrelation: float = 1.0
    """The lambda of the loss; 0 leaves length in."""
    decay: float = 0.05
    """Of the weights."""
    tested: int = 400
    """Pairs of held-out queries that are measured, at most; all that match in length."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("steps", "batch", "tested"):
            self.hold(name, getattr(self, name) >= 1, "at least 1")
        self.hold("accumulate", self.batch % self.accumulate == 0, f"a divisor of batch ({self.batch})")
        self.hold_rates("rate")
        self.hold_weights("near", "decorrelation", "decay")
        self.hold("cut", 0 <= self.cut <= 1, "in [0, 1]")


class ScorerRecipe:
    """See `questline.training.recipe.Recipe`; ``--data`` holds pairs: {query, chosen, rejected}."""

    chosen_by: str = "held-out log likelihood of pairs cut to equal length"

    def __init__(self, job: Job, settings: Settings) -> None:
        self._job, self._settings = job, settings

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self._settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Read the pairs, hold a tenth of the queries out, make or load the model."""
        settings, job = self._settings, self._job
        require("trl", feature="a reward model that is a transformer")
        pairs = [pair for pair in read_pairs(job.data) if not pair.identical]
        held = [pair for pair in pairs if held_out(pair.query)]
        held.sort(key=lambda pair: not pair.matched)
        self._held = held[: settings.tested]
        self._pairs = [pair for pair in pairs if not held_out(pair.query)]
        if not self._held or len(self._pairs) < 2:
            raise UsageError("too few queries: none to learn from, or none to hold out", code="bad_data", path=job.data)
        texts = (text for pair in pairs for text in (pair.query, pair.chosen, pair.rejected))
        self._loaded = opened(settings, "scores", texts, seed=job.seed)
        self._optimizer = optimizer_of(self._loaded.model, settings.rate, decay=settings.decay)
        self._weights = Weights(self._loaded.model, self._optimizer)
        lengths = [len(text[: settings.characters]) for pair in self._pairs for text in (pair.chosen, pair.rejected)]
        self._length = float(np.mean(lengths)), max(1.0, float(np.std(lengths)))
        sizes = sum(each.numel() for each in self._loaded.model.parameters())
        matched = sum(pair.matched for pair in self._held)
        counts = {
            "pairs": len(self._pairs),
            "held-out pairs": len(self._held),
            "held-out pairs of equal length": matched,
        }
        return {**counts, "parameters": sizes}

    @property
    def scorer(self) -> TransformerRewardModel:
        """The model as it is."""
        return TransformerRewardModel(self._loaded, characters=self._settings.characters)

    def fit(self, done: int) -> Iterator[Figures]:
        """Take the steps from `done` on."""
        if done >= self.steps:
            return
        trainer, seed = self._trainer(done), self._job.seed
        for logs in driven(trainer, told_by="loss", rate="reward-transformer.rate", first=done, seed=seed):
            yield {"of the pairs": float(logs["loss"]), "accuracy": float(logs["accuracy"])}

    def _trainer(self, done: int) -> Any:
        import datasets  # pyright: ignore[reportMissingTypeStubs]  # because it ships none

        settings, job, trl = self._settings, self._job, cast("Any", import_module("trl"))
        weights = [
            1 / (1 + ((len(pair.chosen) - len(pair.rejected)) / settings.near) ** 2) if settings.near else 1.0
            for pair in self._pairs
        ]
        drawn: list[Pair] = []
        for step in range(done, self.steps):
            chance = random.Random(f"{job.seed} pairs {step}")  # noqa: S311 because examples are no secret
            some = chance.choices(self._pairs, weights, k=settings.batch)
            drawn += [levelled(pair) if chance.random() < settings.cut else pair for pair in some]
        known: dict[tuple[str, str], list[int]] = {}
        for pair in drawn:
            for text in (pair.chosen, pair.rejected):
                if (pair.query, text) not in known:
                    known[pair.query, text] = text_ids(self._loaded, pair.query, text, settings.characters)
        rows = {
            "chosen_ids": [known[pair.query, pair.chosen] for pair in drawn],
            "rejected_ids": [known[pair.query, pair.rejected] for pair in drawn],
        }
        own = trl_settings(
            job.out / "trl",
            steps=self.steps - done,
            rows=settings.batch,
            accumulate=settings.accumulate,
            rate=settings.rate,
            device=self._loaded.model.device,
            seed=job.seed,
        )

        def build() -> Any:
            return _level(trl.RewardTrainer)(
                model=self._loaded.model,
                args=trl.RewardConfig(**own, max_length=None, train_sampling_strategy="sequential"),
                train_dataset=cast("Any", datasets).Dataset.from_dict(rows),
                processing_class=self._loaded.tokenizer,
                optimizers=(
                    self._optimizer,
                    warmed_up(self._optimizer, first=done, last=self.steps, warming=settings.warming),
                ),
            )

        made = quietly(build)
        made.decorrelation, made.length_scale = settings.decorrelation, self._length[1]
        return made

    def evaluate(self) -> Figures:
        """Return pair accuracy, raw and at equal length, correlation with length, and the log likelihood."""
        even = [levelled(pair) for pair in self._held]
        scores, level = self._both(self._held), self._both(even)
        margins = level[:, 0] - level[:, 1]
        figures, cut = length_figures(self._held, scores), length_figures(even, level)
        names = ("pair_accuracy", "pair_accuracy_length_matched", "score_length_correlation")
        return {
            self.chosen_by: -float(np.logaddexp(0.0, -margins).mean()),
            **{name: figures[name] for name in names if name in figures},
            **{f"cut_{name}": cut[name] for name in (names[0], names[2]) if name in cut},
        }

    def _both(self, pairs: Sequence[Pair]) -> FloatArray:
        """Return the scores of both sides, [n, 2]."""
        queries = [pair.query for pair in pairs]
        sides = [pair.chosen for pair in pairs], [pair.rejected for pair in pairs]
        return np.stack([self.scorer.score_all(queries, side) for side in sides], axis=1)

    def state(self) -> dict[str, Any]:
        """Return model and optimizer."""
        return self._weights.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._weights.restore(state)

    def weights(self) -> dict[str, Any]:
        """Return what learns."""
        return self._weights.weights()

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take it over."""
        self._weights.take(weights)

    def export(self, folder: Path) -> Card:
        """Write the model with its tokenizer."""
        size = write_model(self._loaded, folder, characters=self._settings.characters)
        return Card(
            title="Reward model of greetings, a transformer",
            about=_ABOUT.strip(),
            data=(own_file(self._job.data),),
            limits=_LIMITS.strip(),
            figures={"megabytes": size},
        )


def _level(whole: Any) -> Any:
    """Return the class of a trainer whose loss holds score and length apart."""

    base: Any = whole.compute_loss

    class Level(whole):
        decorrelation: float = 0.0
        length_scale: float = 1.0

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            told: tuple[Any, Any] = base(
                self, model, inputs, return_outputs=True, num_items_in_batch=num_items_in_batch
            )
            loss, outputs = told
            if self.decorrelation:
                length: Tensor = inputs["attention_mask"].sum(1).float()
                scores: Tensor = outputs.logits.squeeze(-1).float()
                covariance = ((length - length.mean()) / self.length_scale * (scores - scores.mean())).mean()
                loss = loss + self.decorrelation * covariance**2
            return (loss, outputs) if return_outputs else loss

    return Level
