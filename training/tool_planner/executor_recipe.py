"""The recipe ``executor-sft``: mixed-rationale SFT of the agent that calls tools (arXiv:2508.04604 §2.4, Eq. 8).

Cross-entropy over thought and action where a chat asks for both, over the action where it asks for that alone; a mark
at its end says which. Served, the action alone is written. How the two are mixed is ours: the paper gives no share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from questline.agents.tool_executor.acting import Done, proposed
from questline.mcp_servers.gateway.definitions import ToolDefinition, canonical
from questline.mcp_servers.gateway.schemas import Schemas
from questline.training.embedded.examples import question_hash
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job
from questline.training.tuning.supervised import Lessons, SupervisedRecipe, SupervisedSettings
from questline.training.tuning.tuned import Lesson

from .correct import Sound, by_rule
from .data import Examples, read_examples
from .made import TRACES
from .prompts import DETAILS, Detail, ExecutorPrompts, shelf
from .thought_judge import thought_judge
from .traces import Trace, called

__all__ = ["ExecutorRecipe", "Settings", "State", "states"]

_LAST: Final = "That is all."
"""Thought before an executor says that it is done."""
_ABOUT: Final = """
A language model that carries a task out by calling tools, taught by an expert's steps that two filters kept: those that
hold, each of them, without what was redundant. A mark at the end of a chat asks for a thought before the call or for
the call alone; the prompt beside it asks for the call alone.
"""
_LIMITS: Final = """
- Call accuracy is measured on held-out questions over the same tools: it says nothing of tools that it never saw.
- The rule that thoughts are checked by sees names, numbers and quotations; `thoughts_by=llm` asks a language model.
"""


@dataclass(frozen=True, kw_only=True)
class Settings(SupervisedSettings):
    """``[executor-sft]`` of the settings file."""

    table: ClassVar[str] = "executor-sft"

    thoughts: float = 0.5
    """Share of the steps that are learnt with their thought; of the others the call alone is learnt."""
    prompt: str = "bare"
    """bare, short, plain or full; bare shows no tools and cannot be served; short for a tuned model of billions."""
    shown: int = 12
    """Tools that a chat shows, at most."""
    tokens: int = 96
    """Of what is written, at most."""
    thoughts_by: str = "rule"
    """rule, or llm: the model of the role ``judge`` in ``agents.toml`` says whether thoughts are sound."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_shares("thoughts")
        self.hold_counts("shown", "tokens")
        self.hold("prompt", self.prompt in DETAILS, f"one of {', '.join(DETAILS)}")
        self.hold("thoughts_by", self.thoughts_by in ("rule", "llm"), "rule or llm")

    @property
    def detail(self) -> Detail:
        """How much of the prompt a chat has."""
        return next(each for each in DETAILS if each == self.prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A trace up to one of its actions."""

    trace: Trace
    place: int
    """Of the action; behind the last step it is that all is done."""

    @property
    def ends(self) -> bool:
        """Whether nothing is left to be called."""
        return self.place == len(self.trace.steps)


def states(traces: Sequence[Trace]) -> list[State]:
    """Return every action of traces, their ends included."""
    return [State(trace=trace, place=place) for trace in traces for place in range(len(trace.steps) + 1)]


class ExecutorRecipe(SupervisedRecipe[Settings]):
    """See `questline.training.recipe.Recipe`; ``--data`` is a folder of `questline.training.tool_planner.data`."""

    chosen_by = "call accuracy"

    def __init__(self, job: Job, settings: Settings, *, sound: Sound | None = None) -> None:
        super().__init__(job, settings)
        self._prompts = ExecutorPrompts.of(settings.detail)
        self._sound = sound
        self._schemas = Schemas()
        self._examples: Examples | None = None

    def lessons(self) -> Lessons:
        """Read the traces; each step is a lesson, with its thought or without."""
        settings = self.settings
        sound = self._sound or (thought_judge(self.job.cache) if settings.thoughts_by == "llm" else by_rule)
        found = read_examples(self.job.data, sound=sound, thoughts=settings.thoughts > 0, skip=settings.skip_misfits)
        self._examples = found
        self._held = [state for state in states(found.held) if state.place <= len(state.trace.steps)]
        return Lessons(
            train=[self._lesson(each, self._thinks(each)) for each in states(found.train)],
            held=[self._lesson(each, thinks=False) for each in self._held],
            counts={**found.counts, "tools": len(found.tools)},
        )

    def _thinks(self, state: State) -> bool:
        return question_hash(f"thought {state.place} {state.trace.question}") < self.settings.thoughts

    def _lesson(self, state: State, thinks: bool) -> Lesson:
        thought = _LAST if state.ends else state.trace.steps[state.place].thought
        action = self._prompts.action(state.trace, state.place)
        planned = question_hash(f"planned {state.trace.question}") < 0.5
        chat = self._chat(state, thinks=thinks, planned=planned)
        return Lesson(chat, f"{' '.join(thought.split())}\n{action}" if thinks else action)

    def _tools(self, state: State) -> list[ToolDefinition]:
        assert self._examples is not None
        return [each.tool for each in shelf(self._examples.tools, state.trace, self.settings.shown)]

    def _chat(self, state: State, *, thinks: bool, planned: bool = False) -> list[dict[str, str]]:
        return self._prompts.messages(state.trace, state.place, self._tools(state), thinks=thinks, planned=planned)

    def measured(self) -> Figures:
        """Let it write the next action of held-out states, without a thought and after one; no planned call is told."""
        held = self.held_states
        found: dict[str, float] = {}
        for name, thinks in (("", False), (" after a thought", True)):
            texts = self.actions(thinks=thinks)
            if not thinks:
                self.samples.add(self.step, [{"question": each.trace.question, "place": each.place, "text": text}
                                             for each, text in list(zip(held, texts, strict=True))[:4]])  # fmt: skip
            right = [self.right(text, each, thinks=thinks) for text, each in zip(texts, held, strict=True)]
            calls = [told for told, each in zip(right, held, strict=True) if not each.ends]
            ends = [told for told, each in zip(right, held, strict=True) if each.ends]
            found |= {
                f"call accuracy{name}": sum(call for _, call in calls) / max(1, len(calls)),
                f"tool accuracy{name}": sum(tool for tool, _ in calls) / max(1, len(calls)),
                f"ends right{name}": sum(end for _, end in ends) / max(1, len(ends)),
            }
        return found

    def actions(self, of: Sequence[State] | None = None, *, thinks: bool) -> list[str]:
        """Return what it writes for each held-out state, or for others; prepared."""
        chats = [self._chat(each, thinks=thinks) for each in (self.held_states if of is None else of)]
        return self.written(chats, most=self.settings.tokens)

    @property
    def held_states(self) -> list[State]:
        """Those that it is measured on."""
        return self._held[: self.settings.tested]

    def right(self, text: str, state: State, *, thinks: bool) -> tuple[bool, bool]:
        """Say whether the tool is right, and whether its arguments are too; read as the served executor reads."""
        body = text.partition("\n")[2] if thinks else text
        try:
            action = proposed(
                self._prompts.json(body), tools=self._tools(state), schemas=self._schemas, first=state.place == 0
            )
        except ValueError:
            return False, False
        if state.ends or isinstance(action, Done):
            done = state.ends and isinstance(action, Done)
            return done, done
        step = state.trace.steps[state.place]
        tool = (action.tool.server, action.tool.name) == (step.server, step.tool)
        wanted = called(state.trace, state.place) or {}
        return tool, tool and canonical(dict(action.arguments)) == canonical(wanted)

    def export(self, folder: Path) -> Card:
        """Write model, tokenizer, and the prompt that it was tuned with, where that can be served."""
        if self._prompts.servable:
            self._prompts.write(folder / "prompts", self.settings.table)
        return super().export(folder)

    def card(self, megabytes: float) -> Card:
        """Return what the model card says."""
        return Card(
            title="Language model that calls tools, taught by an expert's steps",
            about=_ABOUT.strip(),
            data=(own_file(self.job.data / TRACES),),
            limits=_LIMITS.strip(),
            figures={"megabytes": megabytes},
        )
