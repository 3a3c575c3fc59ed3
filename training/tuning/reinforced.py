"""Tune a language model by GRPO through TRL: answers to one chat are weighed against each other by what they earn.

The parts of a reward are kept apart: each is logged, their weighted sum is learnt from (arXiv:2402.03300; the variant
without length bias and with the deviation of the whole step, arXiv:2503.20783, is TRL's ``dr_grpo``).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Generic, TypeVar, cast

import numpy as np
import torch

from questline.errors import RunError, UsageError, require
from questline.training.recipe import Figures
from questline.training.stepwise import driven, quietly

from .chat import Message, token_ids
from .generation import Writer, end_marks
from .memory import within_memory
from .monitors import Limits, Watch
from .settings import ModelSettings
from .steps import begun_from, grpo_settings, places, written_by_vllm
from .tuned import TunedRecipe

__all__ = ["Earned", "ReinforcedRecipe", "ReinforcedSettings", "Rollout", "zero_advantage"]

_FROM_TRL: Final = {"entropy": "token entropy", "kl": "divergence"}
"""TRL's names of what is kept, and ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One answer that the model wrote while it learns."""

    place: int
    """Of the chat, among those that are learnt from."""
    text: str
    tokens: int
    ended: bool
    """Whether the model ended it, before it was cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What an answer earned."""

    total: float
    """What is learnt from."""
    parts: Mapping[str, float]
    """What it is made of, each drawn apart."""
    formed: bool
    """Whether the answer is in the agreed form."""


@dataclass(frozen=True, kw_only=True)
class ReinforcedSettings(ModelSettings):
    """Shared by the tables of recipes that reinforce; ``model`` is where they begin, as a teaching recipe left it."""

    steps: int = 100
    questions: int = 8
    """Chats of a step."""
    answers: int = 8
    """Written for each."""
    rate: float = 2e-4
    """Of a model that was made here; 1e-6 for one of billions of parameters."""
    beta: float = 0.0
    """Weight of the divergence from where it begins; 0 needs no second model in memory."""
    entropy: float = 0.0
    """Weight of the mean entropy of a token: it keeps what is written from narrowing down."""
    temperature: float = 1.0
    tokens: int = 64
    """Of an answer, at most."""
    vllm: bool = False
    """Write with vLLM on the same GPU."""
    vllm_memory: float = 0.3
    """Share of the GPU that vLLM may take."""
    tested: int = 100
    """Held-out items that are measured, at most."""
    logged: int = 4
    """Answers of each step that go into ``samples.jsonl``."""
    skip_misfits: bool = False
    """Leave out rows that do not fit, in place of refusing the file."""

    stop_entropy: float = 0.0
    """End the run when the entropy of a token falls below this, in nats; as the four below, over stop_window steps."""
    stop_idle: float = 1.0
    """… when more than this share of the groups has no advantage."""
    stop_longer: float = 0.0
    """… when answers are this many times as long as at first; 0 for never."""
    stop_shorter: float = 0.0
    """… when answers are shorter than this share of what they were at first."""
    stop_format: float = 0.0
    """… when less than this share of the answers is in form, once it was reached."""
    stop_window: int = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("steps", "questions", "tokens", "tested", "stop_window")
        self.hold("answers", self.answers >= 2, "at least 2: answers to one chat are weighed against each other")
        self.hold("logged", self.logged >= 0, "at least 0")
        whole = self.questions * self.answers
        self.hold("accumulate", whole % self.accumulate == 0, f"a divisor of questions × answers ({whole})")
        self.hold("model", bool(self.model), "a model that answers already: a folder of the recipe that teaches it")
        self.hold_rates("rate", "temperature", "vllm_memory")
        self.hold_weights("beta", "entropy", "stop_entropy", "stop_longer")
        self.hold_shares("stop_idle", "stop_shorter", "stop_format")

    @property
    def limits(self) -> Limits:
        """When the run has collapsed."""
        return Limits(
            entropy=self.stop_entropy,
            idle=self.stop_idle,
            longer=self.stop_longer,
            shorter=self.stop_shorter,
            format=self.stop_format,
            window=self.stop_window,
        )


ReinforceT = TypeVar("ReinforceT", bound=ReinforcedSettings)


class ReinforcedRecipe(TunedRecipe[ReinforceT], Generic[ReinforceT]):
    """Base of the recipes that reinforce; one of them reads `chats`, says what answers `earned`, and measures."""

    @abstractmethod
    def chats(self) -> tuple[Sequence[Sequence[Message]], Mapping[str, int]]:
        """Read the data; return the chats that are learnt from, and what there is, counted."""

    @abstractmethod
    def earned(self, rollouts: Sequence[Rollout]) -> Sequence[Earned]:
        """Return what the answers of a step earned, in order."""

    @abstractmethod
    def measured(self) -> Figures:
        """Measure on what is held out; `chosen_by` is among it."""

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.settings.steps

    def prepare(self) -> Mapping[str, int]:
        """Read the chats and open the model."""
        require("trl", feature="GRPO")
        chats, counts = self.chats()
        settings = self.settings
        loaded = self.open((), rate=settings.rate, vocabulary=0, context=0)
        asked = [token_ids(loaded.tokenizer, each) for each in chats]
        self._ids = {place: ids for place, ids in enumerate(asked) if len(ids) + settings.tokens <= loaded.context}
        if len(self._ids) < settings.questions:
            raise UsageError(
                f"{len(self._ids)} of {len(chats)} chats fit into the {loaded.context} tokens that the model reads, "
                f"with an answer of {settings.tokens}; a step needs {settings.questions}: give more rows, or lower "
                f"{settings.table}.questions or tokens",
                code="bad_data",
                path=self.job.data,
            )
        self._watch = Watch(settings.limits)
        self._told: list[Earned] = []
        self._rolled: Sequence[Rollout] = ()
        long = len(chats) - len(self._ids)
        left = {"too long, left out": long} if long else {}
        return {**counts, "chats": len(self._ids), **left, "parameters": loaded.parameters}

    def fit(self, done: int) -> Iterator[Figures]:
        """Take the steps from `done` on."""
        if done >= self.steps:
            return
        self.step, self._begun = done, done
        table = self.settings.table
        with within_memory(table, "questions"):
            trainer = self._trainer(done)
            told = driven(trainer, told_by="reward", rate=f"{table}.rate", first=done, seed=self.job.seed)
            for logs in told:
                self.step += 1
                figures = self._figures(logs)
                # Seen before the step is handed on and kept, so that a run that goes on from it has seen it, too.
                ended = self._seen(figures)
                yield figures
                if ended is not None:
                    raise ended

    def evaluate(self) -> Figures:
        """Return what the recipe measures."""
        return self.measured()

    def state(self) -> dict[str, Any]:
        """Return model, optimizer, and what the monitors have seen."""
        return {**super().state(), "watch": self._watch.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        super().restore(state)
        self._watch.restore(state["watch"])

    def _seen(self, figures: Mapping[str, float]) -> RunError | None:
        try:
            self._watch.see(
                entropy=figures.get("token entropy"),
                idle=figures["zero-advantage groups"],
                length=figures["tokens"],
                form=figures["in form"],
            )
        except RunError as error:
            return error
        return None

    def _figures(self, logs: Mapping[str, Any]) -> dict[str, float]:
        told = self._told
        names = list(dict.fromkeys(name for each in told for name in each.parts))
        return {
            "reward": sum(each.total for each in told) / len(told),
            **{f"reward: {name}": sum(each.parts.get(name, 0.0) for each in told) / len(told) for name in names},
            "in form": sum(each.formed for each in told) / len(told),
            "tokens": sum(each.tokens for each in self._rolled) / len(self._rolled),
            "zero-advantage groups": zero_advantage([each.total for each in told], self.settings.answers),
            **{ours: float(logs[name]) for name, ours in _FROM_TRL.items() if name in logs},
        }

    def _trainer(self, done: int) -> Any:
        import datasets  # pyright: ignore[reportMissingTypeStubs]  # because it ships none

        trl, settings = cast("Any", import_module("trl")), self.settings
        known = list(self._ids)
        orders = places(len(known), settings.questions, first=done, last=self.steps, seed=f"{self.job.seed} grpo")
        keys = [str(known[place]) for order in orders for place in order]
        own = self._trl_settings(done)
        optimizer = self.optimizer

        def build() -> Any:
            return trl.GRPOTrainer(
                model=self.loaded.model,
                reward_funcs=_total,
                args=trl.GRPOConfig(**own),
                train_dataset=cast("Any", datasets).Dataset.from_dict({"prompt": keys}),
                processing_class=self.loaded.tokenizer,
                optimizers=(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)),
                rollout_func=self._roll,
            )

        made = quietly(build)
        begun_from(self.loaded.model)
        return made

    def _trl_settings(self, done: int) -> dict[str, Any]:
        settings, device = self.settings, self.loaded.model.device
        return grpo_settings(
            self.job.out / "trl",
            steps=self.steps - done,
            questions=settings.questions,
            answers=settings.answers,
            accumulate=settings.accumulate,
            tokens=settings.tokens,
            temperature=settings.temperature,
            rate=settings.rate,
            beta=settings.beta,
            entropy=settings.entropy,
            vllm=settings.vllm,
            vllm_memory=settings.vllm_memory,
            device=device,
            seed=self.job.seed,
        )

    def _roll(self, prompts: list[Any], trainer: Any) -> dict[str, Any]:
        """Write an answer for each prompt, and say what it earned."""
        step = self._begun + int(trainer.state.global_step)
        cast("Any", torch).manual_seed(self.job.seed * 1_000_003 + step)
        asked = [int(each) for each in prompts]
        ids = [self._ids[place] for place in asked]
        try:
            written, chances = self._write(ids, trainer)
        except RuntimeError as error:
            if "probability tensor contains" not in str(error):
                raise
            raise RunError(
                f"at step {step + 1} the model gives no numbers as chances: where it began, its weights are none, or "
                f"{self.settings.table}.rate is too high"
            ) from error
        writer = self._writer(trainer)
        ends = end_marks(writer.model, writer.tokenizer)
        self._rolled = [
            Rollout(
                place=place, text=writer.text(each).strip(), tokens=len(each), ended=bool(each) and each[-1] in ends
            )
            for place, each in zip(asked, written, strict=True)
        ]
        self._told = list(self.earned(self._rolled))
        broken = [each.total for each in self._told if not np.isfinite(each.total)]
        if broken or len(self._told) != len(asked):
            raise RunError(f"the reward of step {step + 1} is not a finite number for each answer")
        every = max(1, len(asked) // max(1, self.settings.logged))
        rows = zip(self._rolled[::every], self._told[::every], strict=True)
        self.samples.add(
            step + 1,
            [
                {"chat": one.place, "text": one.text, "reward": round(each.total, 4), **dict(each.parts)}
                for one, each in rows
            ][: self.settings.logged],
        )
        totals = [each.total for each in self._told]
        return {"prompt_ids": ids, "completion_ids": written, "logprobs": chances, "earned": totals}

    def _writer(self, trainer: Any) -> Writer:
        model = trainer.accelerator.unwrap_model(trainer.model)
        return Writer(model=model, tokenizer=self.loaded.tokenizer, most=self.settings.tokens)

    def _write(self, ids: list[list[int]], trainer: Any) -> tuple[list[list[int]], list[list[float]] | None]:
        if self.settings.vllm:
            return written_by_vllm(trainer, ids)
        return self._writer(trainer).write(ids, temperature=self.settings.temperature), None


def zero_advantage(rewards: Sequence[float], group: int) -> float:
    """Return the share of groups whose rewards are all alike, from which nothing is learnt."""
    told = np.asarray(rewards, np.float64).reshape(-1, group)
    return float((np.ptp(told, axis=1) < 1e-6).mean())


def _total(*, earned: Sequence[float], **_: Any) -> list[float]:
    return list(earned)
