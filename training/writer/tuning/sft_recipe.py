"""The recipe ``writer-sft``: a language model that writes greetings, taught by texts, through TRL's SFTTrainer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from questline.errors import UsageError, require
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures
from questline.training.stepwise import driven, warmed_up
from questline.training.tuning.steps import places, trl_settings
from questline.training.tuning.supervised import sft_trainer
from questline.training.tuning.tuned import TunedRecipe
from questline.training.writer.variety import distinct, equalized

from .likelihood import example, log_likelihoods
from .models import Loaded, opened, write_model
from .settings import ModelSettings
from .texts import held_out, read_written
from .writing import sampled

__all__ = ["SFTRecipe", "Settings"]

_ABOUT: Final = """
A language model that writes a text for a query, taught by texts that were written for others (TRL's SFTTrainer, loss on
the texts alone). It is where `agents train writer-grpo` begins.
"""
_LIMITS: Final = """
- It writes as the texts that it learnt from do, their faults and all, and may repeat pieces of them: nothing guards it.
- A small model of characters made here says what is likely, not what is meant.
"""


@dataclass(frozen=True, kw_only=True)
class Settings(ModelSettings):
    """``[writer-sft]`` of the settings file."""

    table: ClassVar[str] = "writer-sft"

    steps: int = 1200
    batch: int = 16
    rate: float = 2e-3
    """Of a model that is made here; 1e-5 for a pretrained one."""
    warming: int = 50
    """Steps in which the rate rises; then it falls to a tenth."""
    tested: int = 200
    """Texts of held-out queries that are measured, at most."""
    samples: int = 24
    """Texts written at each measurement, into ``samples.jsonl``."""
    temperature: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("steps", "batch", "tested", "samples"):
            self.hold(name, getattr(self, name) >= 1, "at least 1")
        self.hold("accumulate", self.batch % self.accumulate == 0, f"a divisor of batch ({self.batch})")
        self.hold_rates("rate", "temperature")


class SFTRecipe(TunedRecipe[Settings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds {query, text}, or pairs whose chosen side is learnt."""

    chosen_by: str = "held-out log likelihood"

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Read the texts, hold a tenth of the queries out, make or load the model."""
        settings, job = self.settings, self.job
        require("trl", feature="SFT")
        rows = read_written(job.data, most=settings.characters)
        held = [row for row in rows if held_out(row.query)][: settings.tested]
        self._rows = [row for row in rows if not held_out(row.query)]
        if not held or not self._rows:
            raise UsageError("too few queries: none to learn from, or none to hold out", code="bad_data", path=job.data)
        texts = (text for row in rows for text in (row.query, row.text))
        self._writer = opened(settings, "writes", texts, seed=job.seed)
        self._held = held
        self.adopt(self._writer, rate=settings.rate)
        return {"texts": len(self._rows), "held-out texts": len(held), "parameters": self._writer.parameters}

    @property
    def loaded(self) -> Loaded:
        """The model as it is."""
        return self._writer

    def fit(self, done: int) -> Iterator[Figures]:
        """Take the steps from `done` on."""
        if done >= self.steps:
            return
        self.step = done
        trainer = self._trainer(done)
        for logs in driven(trainer, told_by="loss", rate="writer-sft.rate", first=done, seed=self.job.seed):
            self.step += 1
            yield {"of the texts": float(logs["loss"])}

    def _trainer(self, done: int) -> Any:
        settings, job = self.settings, self.job
        steps = places(len(self._rows), settings.batch, first=done, last=self.steps, seed=f"{job.seed} sft")
        known = [example(self._writer, row) for row in self._rows]
        rows = [known[place] for step in steps for place in step]
        own = trl_settings(
            job.out / "trl",
            steps=self.steps - done,
            rows=settings.batch,
            accumulate=settings.accumulate,
            rate=settings.rate,
            device=self._writer.model.device,
            seed=job.seed,
        )
        schedule = warmed_up(self.optimizer, first=done, last=self.steps, warming=settings.warming)
        return sft_trainer(self._writer, self.optimizer, own, rows, schedule)

    def evaluate(self) -> Figures:
        """Return the log likelihood of held-out texts, a token in the mean, and what it writes for their queries."""
        settings = self.settings
        likely = log_likelihoods(self._writer, [example(self._writer, row) for row in self._held])
        queries = list(dict.fromkeys(row.query for row in self._held))[: settings.samples]
        told = sampled(
            self._writer, queries, tokens=settings.characters + 2, temperature=settings.temperature, seed=self.job.seed
        )
        self.samples.add(self.step, ({"query": one.query, "text": one.text} for one in told))
        texts = [one.text for one in told]
        return {
            self.chosen_by: sum(each for each, _ in likely) / sum(count for _, count in likely),
            "ended": sum(one.ended for one in told) / len(told),
            "characters": sum(map(len, texts)) / len(texts),
            "distinct-2": distinct(equalized(texts), 2),
        }

    def export(self, folder: Path) -> Card:
        """Write the model with its tokenizer, and what a query is put into."""
        return self.card(write_model(self._writer, folder, characters=self.settings.characters))

    def card(self, megabytes: float) -> Card:
        """Say what it is."""
        return Card(
            title="Language model that writes greetings",
            about=_ABOUT.strip(),
            data=(own_file(self.job.data),),
            limits=_LIMITS.strip(),
            figures={"megabytes": megabytes},
        )
