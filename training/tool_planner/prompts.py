"""The chats that planner and executor are taught with: those that are served, cut down where a model is small."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias, get_args

from questline.agents.tool_executor.acting import call_text, prompt_values, result_text
from questline.agents.tool_planner.call_lines import read_call, shown_name
from questline.agents.tool_planner.contract import Candidate
from questline.agents.tool_planner.proposal import MOST_TASKS, shown_needs, shown_tools
from questline.mcp_servers.gateway.definitions import ToolDefinition, canonical
from questline.tools.fencing import inline
from questline.tools.models.prompts import PromptTemplate

from .plan_text import intents_of
from .traces import Trace, called

__all__ = ["DETAILS", "DONE", "Detail", "ExecutorPrompts", "PlannerPrompts", "action_text", "shelf"]

Detail: TypeAlias = Literal["bare", "short", "plain", "full"]
"""The question (and the calls so far) alone, for tools that are always the same; with the tools; with the instructions;
with the worked examples too, as shipped. The first cannot be served: its model knows its tools by heart."""
DETAILS: Final[tuple[Detail, ...]] = get_args(Detail)
DONE: Final = '{"done": true}'
_END: Final = "done"
_LEFT: Final = 8
_THINK: Final = "Write your thought in one line, then on the next line the call."
_ACT: Final = "Write the call alone."
_MARKS: Final[dict[bool, str]] = {True: _THINK, False: _ACT}
_SHORT_MARKS: Final[dict[bool, str]] = {True: "think", False: "act"}


def shelf(tools: Sequence[ToolDefinition], trace: Trace, most: int) -> list[Candidate]:
    """Return the tools that a question is asked with: those that it needs, filled up with others, in a drawn order."""
    needed = {(step.server, step.tool) for step in trace.steps}
    draw = random.Random(f"shelf {trace.question}")  # noqa: S311 because it is no secret
    others = [tool for tool in tools if (tool.server, tool.name) not in needed]
    kept = [tool for tool in tools if (tool.server, tool.name) in needed]
    kept += draw.sample(others, max(0, min(len(others), most - len(kept))))
    draw.shuffle(kept)
    return [Candidate(tool=tool, score=1.0) for tool in kept]


def _line(trace: Trace, place: int) -> str:
    """Return the action of a step as a line of a plan: shorter than JSON, for a model that knows its tools by heart."""
    if place == len(trace.steps):
        return _END
    step = trace.steps[place]
    given = ", ".join(f"{name}={canonical(value)}" for name, value in (called(trace, place) or {}).items())
    return f"{shown_name(step.tool)}({given})"


def action_text(trace: Trace, place: int) -> str:
    """Return the action of a step as an executor writes it; behind the last step, that it is done."""
    if place == len(trace.steps):
        return DONE
    return call_text(trace.steps[place].tool, called(trace, place) or {})


def _messages(template: PromptTemplate, values: dict[str, str | int]) -> list[dict[str, str]]:
    prompt = template.render(**{name: value for name, value in values.items() if name in template.placeholders})
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    return [*system, *({"role": turn.role, "content": turn.content} for turn in prompt.messages)]


def _cut(name: str, detail: Detail, bare: str) -> PromptTemplate:
    if detail == "bare":
        return PromptTemplate.parse(f"# user\n{bare}", origin="bare")
    text = (files("questline.agents") / "prompts" / name).read_text(encoding="utf-8")
    whole = PromptTemplate.parse(text, origin=name)
    if detail == "full":
        return whole
    last = PromptTemplate(system="" if detail == "short" else whole.system, turns=whole.turns[-1:], origin=name)
    if "limit" in whole.placeholders - last.placeholders:  # which each prompt of the role has to name
        text = f"{whole.turns[-1][1]}\nAt most {{{{limit}}}} calls."
        return PromptTemplate(turns=(("user", text),), origin=name)
    return last


def _write(template: PromptTemplate, folder: Path, name: str, recipe: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    system = [f"# system\n{template.system}"] if template.system else []
    turns = [f"# {role}\n{text}" for role, text in template.turns]
    note = f"Written by `agents train {recipe}`: the prompt that the model beside it was tuned with."
    (folder / name).write_text("\n\n".join([note, *system, *turns]) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerPrompts:
    """Of the tool planner."""

    template: PromptTemplate
    servable: bool
    """Whether the served planner reads it."""

    @classmethod
    def of(cls, detail: Detail) -> Self:
        """Make them of the shipped one."""
        template = _cut("tool_planner.md", detail, "{{question}}")
        return cls(template=template, servable=detail != "bare")

    def messages(self, trace: Trace, candidates: Sequence[Candidate]) -> list[dict[str, str]]:
        """Return the chat that asks for a plan, as `questline.agents.tool_planner.llm` asks."""
        intents = intents_of(trace)
        values: dict[str, str | int] = {
            "question": inline(trace.question, limit=8_000),
            "needs": shown_needs(intents),
            "tools": shown_tools([candidates] * len(intents.items)),
            "limit": MOST_TASKS,
        }
        return _messages(self.template, values)

    def write(self, folder: Path, recipe: str) -> None:
        """Write them as a file for ``prompts.tool_planner`` of the settings."""
        _write(self.template, folder, "tool_planner.md", recipe)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorPrompts:
    """Of the executor; a mark at the end of a chat says whether a thought is to be written."""

    template: PromptTemplate
    servable: bool
    marks: dict[bool, str]

    @classmethod
    def of(cls, detail: Detail) -> Self:
        """Make them of the shipped one."""
        template = _cut("tool_executor.md", detail, "{{question}}{{steps}}")
        marks = _SHORT_MARKS if detail == "bare" else _MARKS
        return cls(template=template, servable=detail != "bare", marks=marks)

    def messages(
        self,
        trace: Trace,
        place: int,
        tools: Sequence[ToolDefinition],
        *,
        thinks: bool,
        planned: bool = False,
    ) -> list[dict[str, str]]:
        """Return the chat that asks for the action at a place, as `questline.agents.tool_executor.acting` asks.

        Args:
            trace: Whose steps before that place were taken.
            place: From 0.
            tools: What may be called.
            thinks: Whether a thought is to be written.
            planned: Whether the first call is told as the planned one; else none is.
        """
        told = [f"{self.action(trace, before)}\n{self._seen(trace, before)}" for before in range(place)]
        first = action_text(trace, 0) if planned and trace.steps else "(none)"
        values = prompt_values(trace.question, first, tools, told, left=max(1, _LEFT - place))
        if not self.servable:
            values["steps"] = "".join(f"\n{each}" for each in told)
        made = _messages(self.template, values)
        made[-1]["content"] += f"\n{self.marks[thinks]}"
        return made

    def action(self, trace: Trace, place: int) -> str:
        """Return the action at a place as it is written: served as JSON, else as a line of a plan."""
        return action_text(trace, place) if self.servable else _line(trace, place)

    def json(self, text: str) -> str:
        """Return what was written as the JSON that `questline.agents.tool_executor.acting.proposed` reads."""
        if self.servable:
            return text
        if text.strip() == _END:
            return DONE
        try:
            row = read_call(f"1. {text.strip()}")
        except ValueError:
            return text
        return text if row is None else call_text(str(row["tool"]), row["args"])

    def _seen(self, trace: Trace, place: int) -> str:
        result = trace.steps[place].result
        return result_text(result, trace.question) if self.servable else canonical(result)

    def write(self, folder: Path, recipe: str) -> None:
        """Write them as a file for ``prompts.tool_executor`` of the settings: served, the action alone is written."""
        *before, (_, text) = self.template.turns
        last: tuple[Literal["user"], str] = ("user", f"{text}\n{self.marks[False]}")
        template = PromptTemplate(system=self.template.system, turns=(*before, last), origin=self.template.origin)
        _write(template, folder, "tool_executor.md", recipe)
