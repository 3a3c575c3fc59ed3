"""The recipe ``writer-grpo``: a language model that writes, tuned for a reward that looks for its own loopholes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from questline.errors import UsageError, require
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job
from questline.training.stepwise import driven
from questline.training.tuning.steps import places
from questline.training.tuning.tuned import TunedRecipe
from questline.training.writer.variety import distinct, equalized

from .grpo import Round, step_figures
from .grpo_settings import Settings
from .guards import Memory
from .models import Loaded, opened, write_model
from .oddness import Oddness
from .reward import Parts, Reward
from .rewarded import reward_of
from .sample import Sample
from .texts import held_out, read_prompts, read_written
from .writing import sampled

__all__ = ["GRPORecipe", "Settings"]

_WATCHED: Final = 20
"""Steps over which groups without advantage are counted."""
_TOO_MANY: Final = 0.5
_IDLE: Final = """
- At the end {share:.0%} of the groups of a step had texts of one reward each, from which nothing is learnt: take
  `form=graded` or `group`, or raise `answers` or `temperature`.
"""
_ABOUT: Final = """
A language model that writes a text for a query, tuned by GRPO (TRL): texts of one query were weighed against each other
by a reward model, a judge or both, less what guards found: other lengths, templates, doubles, repetition, copies of
texts that were learnt from, taboo words, broken wishes (spec 08 §2.4).
"""
_LIMITS: Final = """
- Its reward is no taste. Measure it with a judge of another kind that learnt from other prompts, at equal length:
  the figures here are of the reward that it was tuned for.
- The guards know what they look for; read `samples.jsonl`.
"""


class GRPORecipe(TunedRecipe[Settings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds queries."""

    chosen_by: str = "held-out reward"

    def __init__(self, job: Job, settings: Settings, *, reward: Reward | None = None) -> None:
        super().__init__(job, settings)
        self._given = reward
        self._memory = Memory(settings.memory)
        self._parts: Sequence[Parts] = ()
        self._idle: deque[float] = deque(maxlen=_WATCHED)

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Read the queries, hold a tenth out, load model and reward."""
        settings, job = self.settings, self.job
        require("trl", feature="GRPO")
        queries = read_prompts(job.data)
        self._held = [query for query in queries if held_out(query)][: settings.tested]
        self._queries = [query for query in queries if not held_out(query)]
        if len(self._queries) < settings.queries or not self._held:
            raise UsageError(
                f"{len(self._queries)} queries to learn from and {len(self._held)} held out; a step needs "
                f"{settings.queries}, and the measure one: give more, or lower writer-grpo.queries",
                code="bad_data",
                path=job.data,
            )
        known = read_written(Path(settings.known), most=settings.characters) if settings.known else []
        self._reward = self._given or reward_of(settings, known)
        self._told = self._given or reward_of(replace(settings, form="graded"), known)
        self._writer = opened(settings, "writes", (), seed=job.seed)
        if settings.c_odd and self._given is None:
            odd = self._oddness()
            self._reward, self._told = (
                replace(each, guards=replace(each.guards, oddness=odd)) for each in (self._reward, self._told)
            )
        self.adopt(self._writer, rate=settings.rate)
        counts = {"queries": len(self._queries), "held-out queries": len(self._held)}
        return {**counts, "parameters": self._writer.parameters}

    def _oddness(self) -> Oddness:
        """Return what knows the writer as it began."""
        settings = self.settings
        began = opened(replace(settings, lora=0), "writes", (), seed=self.job.seed)
        return Oddness(
            began,
            self._queries[: settings.tested],
            tokens=settings.most,
            temperature=settings.temperature,
            seed=self.job.seed,
        )

    @property
    def loaded(self) -> Loaded:
        """The model as it is."""
        return self._writer

    def fit(self, done: int) -> Iterator[Figures]:
        """Take the steps from `done` on."""
        settings, job = self.settings, self.job
        if done >= self.steps:
            return
        self.step = done
        rows = places(len(self._queries), settings.queries, first=done, last=self.steps, seed=f"{job.seed} grpo")
        told = Round(
            self._writer,
            settings,
            [self._queries[place] for row in rows for place in row],
            first=done,
            seed=job.seed,
            rewarded=self._rewarded,
            hears=self._heard,
        )
        trainer = told.trainer(self.optimizer, job.out / "trl")
        for logs in driven(trainer, told_by="reward", rate="writer-grpo.rate", first=done, seed=job.seed):
            self.step += 1
            figures = step_figures(self._parts, logs, answers=settings.answers)
            self._idle.append(figures["zero-advantage groups"])
            yield figures

    def _rewarded(self, samples: Sequence[Sample]) -> list[Parts]:
        return self._reward.of(samples, self._memory)

    def _heard(self, step: int, parts: Sequence[Parts]) -> None:
        self._parts = parts
        every = max(1, len(parts) // max(1, self.settings.logged))
        self.samples.add(step + 1, (one.as_row() for one in parts[::every][: self.settings.logged]))

    def evaluate(self) -> Figures:
        """Write one text for each held-out query and grade it; templates are looked for among these texts alone.

        In the form ``group`` a text by itself has no place; so the graded form measures, whatever is learnt from.
        """
        settings = self.settings
        samples = sampled(
            self._writer, self._held, tokens=settings.most, temperature=settings.temperature, seed=self.job.seed
        )
        parts = self._told.of(samples)
        texts = [one.text for one in samples]
        return {
            self.chosen_by: sum(one.reward for one in parts) / len(parts),
            "held-out signal": sum(one.signal for one in parts) / len(parts),
            "held-out characters": sum(map(len, texts)) / len(texts),
            "held-out distinct-2": distinct(equalized(texts), 2),
            "held-out caught": 1 - _share_clean(parts),
        }

    def state(self) -> dict[str, Any]:
        """Return model, optimizer, and the skeletons that templates are looked for in."""
        memory = [list(each) for each in self._memory.held()]
        return {**super().state(), "memory": memory, "idle": list(self._idle)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        super().restore(state)
        self._memory = Memory(self.settings.memory, [(query, bare) for query, bare in state["memory"]])
        self._idle = deque(state["idle"], maxlen=_WATCHED)

    def export(self, folder: Path) -> Card:
        """Write the model with its tokenizer, and what a query is put into."""
        return self.card(write_model(self._writer, folder, characters=self.settings.characters))

    def card(self, megabytes: float) -> Card:
        """Say what it is, and whether its groups came to teach nothing."""
        idle = sum(self._idle) / max(1, len(self._idle))
        files = [self.job.data, *([Path(self.settings.known)] if self.settings.known else [])]
        return Card(
            title="Language model that writes greetings, tuned by GRPO",
            about=_ABOUT.strip(),
            data=tuple(own_file(path) for path in files),
            limits=(_LIMITS + (_IDLE.format(share=idle) if idle > _TOO_MANY else "")).strip(),
            figures={"megabytes": megabytes, "zero-advantage groups at the end": idle},
        )


def _share_clean(parts: Sequence[Parts]) -> float:
    return sum(not any(one.penalties.as_dict().values()) for one in parts) / len(parts)
