"""The recipes ``tool-planner-sft`` and ``tool-planner-grpo``: plan text in the served planner's own form.

The second runs what it writes: each plan is read as the served planner reads it and carried out by the scheduler of
`questline.graphs.tool_search` on recorded tools, inside the rollout; what comes of it is in the reward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, TypeAlias

from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job
from questline.training.tuning.chat import Message
from questline.training.tuning.reinforced import Earned, ReinforcedRecipe, ReinforcedSettings, Rollout
from questline.training.tuning.supervised import Lessons, SupervisedRecipe, SupervisedSettings
from questline.training.tuning.tuned import Lesson

from .data import Examples, read_examples
from .made import TRACES
from .measures import PlanJudge, plan_figures
from .plan_text import trace_lines
from .prompts import DETAILS, Detail, PlannerPrompts, shelf
from .reward import Judged, Weights, ours, published
from .traces import Trace

__all__ = ["GRPORecipe", "GRPOSettings", "Reward", "SFTRecipe", "SFTSettings"]

Reward: TypeAlias = Callable[[Judged], Mapping[str, float]]
"""Gives the parts of a reward, whose sum it is."""
_SHIPPED: Final = Weights()
_LIMITS: Final = """
- Its figures are of held-out questions over the tools that it learnt with, and of plans that one expert took for right:
  another plan that answers as well counts as wrong.
- Recorded tools answer the calls that were recorded; any other call fails in the rollout.
"""
_TAUGHT: Final = """
A language model that plans calls of tools, taught the plans of an expert's checked traces in the form that the served
planner reads: a call a line, with typed references.
"""
_TUNED: Final = """
A language model that plans calls of tools, tuned by GRPO (TRL): plans for one question were weighed against each other
by whether they can be read, are valid, ran on recorded tools, and have the calls and edges of the right one.
"""


def _detail(name: str) -> Detail:
    return next(each for each in DETAILS if each == name)


@dataclass(frozen=True, kw_only=True)
class SFTSettings(SupervisedSettings):
    """``[tool-planner-sft]`` of the settings file."""

    table: ClassVar[str] = "tool-planner-sft"

    prompt: str = "bare"
    """bare, short, plain or full; bare shows no tools and cannot be served; short for a tuned model of billions."""
    shown: int = 12
    """Tools that a chat shows, at most."""
    tokens: int = 128
    """Of a plan that is written, at most."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("shown", "tokens")
        self.hold("prompt", self.prompt in DETAILS, f"one of {', '.join(DETAILS)}")


@dataclass(frozen=True, kw_only=True)
class GRPOSettings(ReinforcedSettings):
    """``[tool-planner-grpo]`` of the settings file; ``model`` is a folder of ``tool-planner-sft``."""

    table: ClassVar[str] = "tool-planner-grpo"

    tokens: int = 128
    prompt: str = "bare"
    """As the model was taught with."""
    shown: int = 12
    reward: str = "ours"
    """ours: graded and bounded; or published: the hierarchy of arXiv:2511.10037."""
    w_parses: float = _SHIPPED.parses
    w_valid: float = _SHIPPED.valid
    w_executes: float = _SHIPPED.executes
    w_nodes: float = _SHIPPED.nodes
    w_edges: float = _SHIPPED.edges
    w_exact: float = _SHIPPED.exact
    w_extra: float = _SHIPPED.extra
    """Weights of our reward's parts; see `questline.training.tool_planner.reward.Weights`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("shown")
        self.hold("prompt", self.prompt in DETAILS, f"one of {', '.join(DETAILS)}")
        self.hold("reward", self.reward in ("ours", "published"), "ours or published")
        self.hold_weights(*(f"w_{name}" for name in Weights.__slots__))

    @property
    def weights(self) -> Weights:
        """Of the parts of our reward."""
        return Weights(**{name: float(getattr(self, f"w_{name}")) for name in Weights.__slots__})


class _Planning:
    """What both recipes share: examples, chats, judge."""

    def __init__(self, data: Path, prompt: str, shown: int, *, skip: bool) -> None:
        self.prompts = PlannerPrompts.of(_detail(prompt))
        self.examples: Examples = read_examples(data, thoughts=False, skip=skip)
        self.judge = PlanJudge(self.examples.recorded)
        self._shown = shown

    def chat(self, trace: Trace) -> list[dict[str, str]]:
        return self.prompts.messages(trace, shelf(self.examples.tools, trace, self._shown))

    def counts(self) -> Mapping[str, int]:
        found = self.examples
        return {**found.counts, "tools": len(found.tools), "recorded calls": len(found.recorded)}


class SFTRecipe(SupervisedRecipe[SFTSettings]):
    """See `questline.training.recipe.Recipe`; ``--data`` is a folder of `questline.training.tool_planner.data`."""

    chosen_by = "score"

    def lessons(self) -> Lessons:
        """Read the traces; the plan that each amounts to is what is learnt."""
        settings = self.settings
        self._planning = _Planning(self.job.data, settings.prompt, settings.shown, skip=settings.skip_misfits)
        found = self._planning.examples
        return Lessons(
            train=[self._lesson(each) for each in found.train],
            held=[self._lesson(each) for each in found.held],
            counts=self._planning.counts(),
        )

    def _lesson(self, trace: Trace) -> Lesson:
        return Lesson(self._planning.chat(trace), trace_lines(trace, self._planning.examples.tools))

    def measured(self) -> Figures:
        """Let it plan for held-out questions, and compare."""
        held = self._planning.examples.held[: self.settings.tested]
        texts = self._texts(held)
        rows = zip(held[:4], texts, strict=False)
        self.samples.add(self.step, [{"question": each.question, "text": text} for each, text in rows])
        return plan_figures(self._planning.judge.judge(texts, held))

    def _texts(self, held: Sequence[Trace]) -> list[str]:
        return self.written([self._planning.chat(each) for each in held], most=self.settings.tokens)

    def plans(self, of: Sequence[Trace] | None = None) -> list[Judged]:
        """Return what is true of its plan for each held-out question, or for those of other traces; prepared."""
        held = self._planning.examples.held[: self.settings.tested] if of is None else of
        return self._planning.judge.judge(self._texts(held), held)

    def export(self, folder: Path) -> Card:
        """Write model, tokenizer, and the prompt that it was tuned with, where that can be served."""
        if self._planning.prompts.servable:
            self._planning.prompts.write(folder / "prompts", self.settings.table)
        return super().export(folder)

    def card(self, megabytes: float) -> Card:
        """Return what the model card says."""
        return _card("Language model that plans calls of tools, taught", _TAUGHT, self.job, megabytes)


class GRPORecipe(ReinforcedRecipe[GRPOSettings]):
    """See `questline.training.recipe.Recipe`; ``--data`` is a folder of `questline.training.tool_planner.data`."""

    chosen_by = "score"

    def __init__(self, job: Job, settings: GRPOSettings, *, reward: Reward | None = None) -> None:
        super().__init__(job, settings)
        self._reward = reward or (published if settings.reward == "published" else self._ours)

    def _ours(self, one: Judged) -> Mapping[str, float]:
        return ours(one, self.settings.weights)

    def chats(self) -> tuple[Sequence[Sequence[Message]], Mapping[str, int]]:
        """Read the traces; their questions are what is asked."""
        settings = self.settings
        self._planning = _Planning(self.job.data, settings.prompt, settings.shown, skip=settings.skip_misfits)
        return [self._planning.chat(each) for each in self._planning.examples.train], self._planning.counts()

    def earned(self, rollouts: Sequence[Rollout]) -> Sequence[Earned]:
        """Read each plan, run it on the recorded tools, and return what it earned."""
        found = self._planning.judge.judge([each.text for each in rollouts], self.paid_for(rollouts))
        told = [self._reward(one) for one in found]
        return [
            Earned(total=sum(parts.values()), parts=parts, formed=one.parsed)
            for parts, one in zip(told, found, strict=True)
        ]

    @property
    def learnt(self) -> Sequence[Trace]:
        """Those whose questions are asked; prepared."""
        return self._planning.examples.train

    def paid_for(self, rollouts: Sequence[Rollout]) -> Sequence[Trace]:
        """Return for each plan the trace that it is paid by."""
        return [self.learnt[each.place] for each in rollouts]

    def measured(self) -> Figures:
        """Let it plan for held-out questions, and compare."""
        held = self._planning.examples.held[: self.settings.tested]
        texts = self.written([self._planning.chat(each) for each in held], most=self.settings.tokens)
        return plan_figures(self._planning.judge.judge(texts, held))

    def export(self, folder: Path) -> Card:
        """Write model, tokenizer, and the prompt that it was tuned with, where that can be served."""
        if self._planning.prompts.servable:
            self._planning.prompts.write(folder / "prompts", self.settings.table)
        return super().export(folder)

    def card(self, megabytes: float) -> Card:
        """Return what the model card says."""
        return _card("Language model that plans calls of tools, tuned by GRPO", _TUNED, self.job, megabytes)


def _card(title: str, about: str, job: Job, megabytes: float) -> Card:
    return Card(
        title=title,
        about=about.strip(),
        data=(own_file(job.data / TRACES),),
        limits=_LIMITS.strip(),
        figures={"megabytes": megabytes},
    )
