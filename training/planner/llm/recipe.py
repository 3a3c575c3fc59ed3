"""The recipe ``llm-planner``: a language model that plans workflows, taught plan text, then tuned by GRPO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import UsageError, require
from questline.training.licences import own_file
from questline.training.planner.folds import held_out
from questline.training.recipe import Card, Figures, Job
from questline.training.torch_models import trainable
from questline.training.tuning.generation import Writer
from questline.training.tuning.models import Loaded
from questline.training.tuning.steps import Weights, optimizer_of

from . import grpo
from .cases import Drawer
from .measure import Held, measured
from .models import loaded
from .outcomes import Outcomes, Table
from .reward import Score, score_named
from .settings import Settings
from .supervised import Teacher, pool_questions, taught
from .words import Detail, Prompts

__all__ = ["PlannerRecipe", "Settings"]

_ABOUT: Final = """
A language model that is shown a question, what was found and drafted so far, what is left and what costs weigh, and
writes the workflow to run. It was taught legal plans, then the best plans of a table of every workflow on every
question, then tuned by GRPO: plans of one decision are rewarded by what came of them, and weighed against each other.
"""
_LIMITS: Final = """
- It knows the executors that its rewards came from: with other models, passages or documents its choices are off.
- Costs of embedded steps are nominal: those that the same steps have with a language model.
- It writes one line. Serve it with the prompts beside it, and hold it to the open choices with `--planner llm:choice`
  where the server can.
"""
_READING: Final = 0.2
"""Weight of the prompts' own words beside the plans, for a model that has never read any."""
_WARMING: Final = 20
"""Steps in which the rate rises."""


class PlannerRecipe:
    """See `questline.training.recipe.Recipe`; ``--data`` is the folder of a table; of a corpus, its questions."""

    chosen_by: str = "held-out gain"

    def __init__(self, job: Job, settings: Settings, *, score: Score | None = None) -> None:
        self._job = job
        self._settings = settings
        self._score = score or score_named(settings.reward, alpha=settings.alpha)

    @property
    def steps(self) -> int:
        """Return the number of steps of all three phases."""
        return self._settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Read the runs, split off the fifth that is held out, make or load the model."""
        settings, job = self._settings, self._job
        require("trl", feature="GRPO")
        outcomes = self._outcomes()
        held = [place for place, one in enumerate(outcomes.questions) if held_out(one.text)]
        train = [place for place, one in enumerate(outcomes.questions) if not held_out(one.text)]
        if not held or not train:
            raise UsageError("too few questions: none to learn from, or none to hold out", code="bad_data")
        detail = settings.prompt or ("plain" if settings.model else "short")
        self.prompts = Prompts.of(cast("Detail", detail))
        self.drawer = Drawer(
            outcomes=outcomes, places=train, role=cast("Any", settings.role), blind=settings.blind, later=settings.later
        )
        pool = pool_questions(settings.pools)
        self._held = Held.of(outcomes, train, held[: settings.tested])
        self._loaded = loaded(settings, self.prompts, self.drawer, pool, seed=job.seed)
        self._teacher = Teacher(
            drawer=self.drawer,
            prompts=self.prompts,
            tokenizer=self._loaded.tokenizer,
            seed=job.seed,
            pool=pool,
        )
        self._optimizer = optimizer_of(self._loaded.model, settings.rate)
        return {
            "questions learnt from": len(train),
            "held out": len(held),
            "measured": len(self._held.places),
            "pool": len(pool),
            "parameters": self._loaded.parameters,
            "parameters that learn": sum(each.numel() for each in trainable(self._loaded.model).values()),
        }

    def _outcomes(self) -> Outcomes:
        settings, job = self._settings, self._job
        if settings.corpus:
            from questline.settings import load_settings

            from .live import Live

            return Live.open(
                Path(settings.corpus), job.data, job.cache, load_settings(), allow_seen=settings.allow_seen
            )
        table = Table.read(job.data)
        if table.about.get("seen") and not settings.allow_seen:
            raise UsageError(
                "the executors of this table have learnt from its questions, so that it trusts the wrong workflows; "
                "fill it by cross-fitting (agents train planner folds), or set llm-planner.allow_seen = true",
                code="bad_table",
                path=job.data,
            )
        return table

    def fit(self, done: int) -> Iterator[Figures]:
        """Imitate, then reinforce."""
        settings = self._settings
        begins = settings.legal_steps + settings.best_steps
        for step in range(done, begins):
            yield self._imitated(step)
        done = max(done, begins)
        if done == begins:
            self._optimizer = optimizer_of(self._loaded.model, settings.grpo_rate)
        yield from grpo.steps(
            self._loaded.model,
            self._loaded.tokenizer,
            self._optimizer,
            drawer=self.drawer,
            prompts=self.prompts,
            score=self._score,
            plan=self._plan(),
            folder=self._job.out / "trl",
            first=done - begins,
            last=settings.grpo_steps,
        )

    def _imitated(self, step: int) -> Figures:
        settings = self._settings
        legal = step < settings.legal_steps
        for group in self._optimizer.param_groups:
            group["lr"] = settings.rate * min(1.0, (step + 1) / _WARMING)
        examples = (self._teacher.legal if legal else self._teacher.best)(step, settings.batch)
        pad = int(self._loaded.tokenizer.pad_token_id)
        reading = _READING if legal and not settings.model else 0.0
        loss = taught(self._loaded.model, self._optimizer, examples, pad=pad, reading=reading)
        return {"of any plan" if legal else "of the best plan": loss}

    def _plan(self) -> grpo.Plan:
        settings = self._settings
        return grpo.Plan(
            questions=settings.questions,
            answers=settings.answers,
            rate=settings.grpo_rate,
            beta=settings.beta,
            temperature=settings.temperature,
            most=settings.tokens,
            accumulate=settings.accumulate,
            vllm=settings.vllm,
            vllm_memory=settings.vllm_memory,
            seed=self._job.seed,
        )

    @property
    def tokenizer(self) -> Any:
        """The model's."""
        return self._loaded.tokenizer

    @property
    def writer(self) -> Writer:
        """What writes plans with the model as it is."""
        return Writer(model=self._loaded.model, tokenizer=self._loaded.tokenizer, most=self._settings.tokens)

    def evaluate(self) -> Figures:
        """Let it plan the held-out questions at its likeliest, at each weight of calls."""
        model = self._loaded.model
        was = model.training
        model.eval()
        found = measured(self.writer, self.prompts, self._held)
        model.train(was)
        return found

    @property
    def _weights(self) -> Weights:
        return Weights(self._loaded.model, self._optimizer)

    def state(self) -> dict[str, Any]:
        """Return what learns, and its optimizer."""
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
        """Write the model, or its adapter, with tokenizer and prompts."""
        made: Loaded = self._loaded
        home = folder / f"adapter-{self._settings.role}" if self._settings.lora else folder
        made.model.config.use_cache = True  # which trainers switch off while they train
        made.model.save_pretrained(home)
        made.tokenizer.save_pretrained(folder)
        self.prompts.write(folder / "prompts")
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return Card(
            title="Language model that plans workflows",
            about=_ABOUT.strip(),
            data=(own_file(self._job.data), *(own_file(Path(each)) for each in self._settings.pools)),
            limits=_LIMITS.strip(),
            figures={"megabytes": size / 1e6},
        )
