"""Teach a language model answers, through TRL's SFTTrainer: the loss is of the answers alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeAlias, TypeVar, cast

import torch
from torch import Tensor

from questline.errors import UsageError, require
from questline.training.recipe import Figures
from questline.training.stepwise import driven, quietly, warmed_up

from .likelihood import Example
from .memory import within_memory
from .models import Loaded
from .settings import ModelSettings
from .steps import places, trl_settings
from .tuned import Lesson, TunedRecipe

__all__ = ["Lessons", "Loss", "SupervisedRecipe", "SupervisedSettings", "sft_trainer"]


@dataclass(frozen=True, kw_only=True)
class SupervisedSettings(ModelSettings):
    """Shared by the tables of recipes that teach."""

    steps: int = 600
    batch: int = 16
    """Examples of a step."""
    rate: float = 2e-3
    """Of a model that is made here; 1e-5 for a pretrained one."""
    warming: int = 50
    """Steps in which the rate rises; then it falls to a tenth."""
    neftune: float = 0.0
    """Noise on the embeddings while it learns (NEFTune's alpha; 5 in arXiv:2507.19102); 0 for none."""
    tested: int = 100
    """Held-out items that are measured, at most."""
    skip_misfits: bool = False
    """Leave out rows that do not fit, in place of refusing the file."""
    vocabulary: int = 1024
    """Tokens of a model that is made here, as the context below."""
    context: int = 512

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("steps", "batch", "tested")
        self.hold("accumulate", self.batch % self.accumulate == 0, f"a divisor of batch ({self.batch})")
        self.hold("warming", self.warming >= 0, "at least 0")
        self.hold("vocabulary", self.vocabulary >= 300, "at least 300")
        self.hold("context", self.context >= 16, "at least 16")
        self.hold_rates("rate")
        self.hold_weights("neftune")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What a recipe learns from and is measured on."""

    train: Sequence[Lesson]
    held: Sequence[Lesson]
    counts: Mapping[str, int]
    """What there is, for the card."""


Loss: TypeAlias = Callable[[Tensor, Tensor, Any], Tensor]
"""Of logits ``[n, length, vocabulary]``, labels ``[n, length]`` and the number of labels in the whole step (None where
it is not told): a number."""
TaughtT = TypeVar("TaughtT", bound=SupervisedSettings)


class SupervisedRecipe(TunedRecipe[TaughtT], Generic[TaughtT]):
    """Base of the recipes that teach; one of them reads `lessons` and says in `measured` what it is good for."""

    @abstractmethod
    def lessons(self) -> Lessons:
        """Read the data."""

    @abstractmethod
    def measured(self) -> Figures:
        """Measure on what is held out; `chosen_by` is among it."""

    def taught(self, lessons: Sequence[Lesson]) -> list[Example]:
        """Return lessons as what is learnt from; a recipe with a loss of its own may mark labels here."""
        return [self.tokens(each) for each in lessons]

    @property
    def loss(self) -> Loss | None:
        """What is made smaller, where it is not the mean over the tokens of the answers."""
        return None

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Read the lessons, open the model, and leave out what does not fit into its context."""
        require("trl", feature="SFT")
        made = self.lessons()
        if not made.train or not made.held:
            raise UsageError(
                f"{len(made.train)} lessons to learn from and {len(made.held)} held out: none may be 0; give more rows",
                code="bad_data",
                path=self.job.data,
            )
        settings = self.settings
        texts = (text for each in made.train for text in (*(one["content"] for one in each.messages), each.answer))
        loaded = self.open(texts, rate=settings.rate, vocabulary=settings.vocabulary, context=settings.context)
        tokens = self.taught(made.train)
        self._rows = [each for each in tokens if len(each.ids) <= loaded.context]
        tested = list(made.held)[: settings.tested]
        self.held = [each for each in tested if len(self.tokens(each).ids) <= loaded.context]
        for what, fitting, of in (("lessons", self._rows, tokens), ("held-out lessons", self.held, tested)):
            if not fitting:
                raise UsageError(
                    f"all {len(of)} {what} are longer than the {loaded.context} tokens that the model reads: raise "
                    f"{settings.table}.context, or take shorter rows",
                    code="bad_data",
                    path=self.job.data,
                )
        left = {
            "too long, left out": len(tokens) - len(self._rows),
            "held out, but too long": len(tested) - len(self.held),
        }
        counts = {**made.counts, "lessons": len(self._rows), "held-out lessons": len(self.held)}
        return {**counts, **{name: some for name, some in left.items() if some}, "parameters": loaded.parameters}

    def fit(self, done: int) -> Iterator[Figures]:
        """Take the steps from `done` on."""
        if done >= self.steps:
            return
        self.step = done
        with within_memory(self.settings.table, "batch"):
            trainer, rate = self._trainer(done), f"{self.settings.table}.rate"
            for logs in driven(trainer, told_by="loss", rate=rate, first=done, seed=self.job.seed):
                self.step += 1
                yield {"of the answers": float(logs["loss"])}

    def evaluate(self) -> Figures:
        """Return the log likelihood of a token of the held-out answers, and what the recipe measures."""
        return {**self.measured(), "held-out log likelihood": self.likelihood(self.held)}

    def _trainer(self, done: int) -> Any:
        settings = self.settings
        steps = places(len(self._rows), settings.batch, first=done, last=self.steps, seed=f"{self.job.seed} sft")
        rows = [self._rows[place] for step in steps for place in step]
        own = trl_settings(
            self.job.out / "trl",
            steps=self.steps - done,
            rows=settings.batch,
            accumulate=settings.accumulate,
            rate=settings.rate,
            device=self.loaded.model.device,
            seed=self.job.seed,
        )
        more = {"neftune_noise_alpha": settings.neftune} if settings.neftune else {}
        schedule = warmed_up(self.optimizer, first=done, last=self.steps, warming=settings.warming)
        return sft_trainer(self.loaded, self.optimizer, {**own, **more}, rows, schedule, loss=self.loss)


def sft_trainer(
    loaded: Loaded,
    optimizer: torch.optim.Optimizer,
    own: Mapping[str, Any],
    rows: Sequence[Example],
    schedule: Any,
    *,
    loss: Loss | None = None,
) -> Any:
    """Return TRL's trainer, for the rows of all steps in order.

    Args:
        loaded: What learns, and its tokenizer.
        optimizer: Over what learns.
        own: Settings of TRL.
        rows: Of all steps.
        schedule: Of the rate.
        loss: In the place of TRL's own.
    """
    import datasets  # pyright: ignore[reportMissingTypeStubs]  # because it ships none

    trl = cast("Any", import_module("trl"))
    columns = {"input_ids": [row.ids for row in rows], "labels": [row.labels for row in rows]}

    def build() -> Any:
        return (trl.SFTTrainer if loss is None else _with(trl.SFTTrainer, loss))(
            model=loaded.model,
            args=trl.SFTConfig(
                **own,
                max_length=None,
                train_sampling_strategy="sequential",
                dataset_kwargs={"skip_prepare_dataset": True},
            ),
            train_dataset=cast("Any", datasets).Dataset.from_dict(columns),
            processing_class=loaded.tokenizer,
            optimizers=(optimizer, schedule),
        )

    return quietly(build)


def _with(base: Any, loss: Loss) -> Any:
    """Return TRL's trainer with another loss; the noise of NEFTune stays, TRL's own figures of tokens do not."""

    class Own(base):
        def compute_loss(
            self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            made = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
            found = loss(made.logits, inputs["labels"], num_items_in_batch)
            return (found, made) if return_outputs else found

    return Own
