"""The loop of LLMCompiler, re-stated from its paper (arXiv:2312.04511, §3): planner, task fetching unit, joiner.

The planner writes calls one a line, with ``$1`` for what the first of them says; a call is dispatched as soon as its
line is complete and what it refers to is there, while the next lines are still written. The joiner sees what the calls
said, and answers or asks for another plan. Unlike the published code, a call that fails ends with its error as what it
said (there, whoever waits for it waits for ever), and ``$1`` is read in the place of an argument alone, never in texts.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from questline.budget import Budget, Meter
from questline.mcp_servers.gateway.gateway import Gateway as Servers
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import RESTART, Prompt
from questline.types import Message

from .calling import called, shown_tools
from .outcome import Said
from .questions import TOOLS, Question
from .script import COMPILER_JOINER, COMPILER_PLANNER, MISSING

__all__ = ["CompilerLoop", "compiler_models"]

_PLANS: Final = 2
"""The first plan, and one more."""
_LINE: Final = re.compile(r"(\d+)\.\s*(\w+)\((.*)\)")
_GIVEN: Final = re.compile(r'(\w+)=(\$\d+|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?)')
_FINISH: Final = re.compile(r"Action:\s*Finish\((.*)\)\s*\Z", re.DOTALL)
_PLANNER: Final = """You plan calls of tools that together answer a question, as many side by side as can be.

- One call a line: number. tool(name=value, …). Numbers go on from 1.
- $1 stands for what call 1 says; use it alone, as a whole value.
- Use only the tools below. The last line is join().
- Where results of an earlier plan are given, plan only what is still open.

Example: 1. height_of(hill="Ardo")
2. rooms_at(height=$1)
join()

Tools:
"""
_JOINER: Final = """You are shown a question and what calls of tools said. Write one line "Thought: …", then one line:
- Action: Finish(the answer), a short sentence for each need; name what could not be found out; or
- Action: Replan(), when calls failed, or more are needed."""


def compiler_models(base_url: str) -> Gateway:
    """Return the two models of the loop at one server."""
    return Gateway.build(
        models={"tool_planner": COMPILER_PLANNER, "composer": COMPILER_JOINER}, base_url=base_url, environ={}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompilerLoop:
    """Answers with plans that are run while they are written, and a joiner."""

    servers: Servers
    llm: Gateway
    seconds: float = 120.0

    async def __call__(self, question: Question) -> Said:
        """Answer one question."""
        meter = Meter(budget=Budget(seconds=self.seconds))
        known: dict[str, str] = {}
        tools = await shown_tools(self.servers)
        text: str | None = None
        for number in range(1, _PLANS + 1):
            known = await self._run(question.text, known, tools, meter)
            text = await self._join(question.text, known, meter, last=number == _PLANS)
            if text is not None:
                break
        text = text or ""
        return Said(text=text, missing=tuple(re.findall(rf"{MISSING} ([^.]*)\.", text)))

    async def _run(self, asked: str, known: dict[str, str], tools: str, meter: Meter) -> dict[str, str]:
        fetching = _Fetching(self.servers, {name: said for name, said in known.items() if not _failed(said)})
        told = f"Question: {asked}" + (f"\nResults so far:\n{_observed(known)}" if known else "")
        prompt = Prompt(system=_PLANNER + tools, messages=(Message(role="user", content=told),))
        try:
            await self.llm.complete(
                prompt, role="tool_planner", meter=meter, parse=str, max_tokens=1_600, on_token=fetching.take
            )
            fetching.take("\n")
            return await fetching.done()
        finally:
            fetching.stop()

    async def _join(self, asked: str, known: dict[str, str], meter: Meter, *, last: bool) -> str | None:
        told = f"Question: {asked}\nResults:\n{_observed(known)}" + ("\nNo further plan." if last else "")
        prompt = Prompt(system=_JOINER, messages=(Message(role="user", content=told),))
        done = await self.llm.complete(prompt, role="composer", meter=meter, parse=str, max_tokens=700)
        found = _FINISH.search(done.value)
        return found[1] if found else None


def _failed(said: str) -> bool:
    return said.startswith("error:")


def _observed(known: dict[str, str]) -> str:
    return "\n".join(f"${name} = {said}" for name, said in known.items())


@dataclass(slots=True)
class _Fetching:
    """The task fetching unit: starts a call when all that it refers to is there."""

    servers: Servers
    known: dict[str, str]
    _text: str = ""
    _calls: dict[str, asyncio.Task[str]] = field(default_factory=dict[str, "asyncio.Task[str]"])

    def take(self, piece: str) -> None:
        """Take the next characters of the plan, and dispatch each line that is complete."""
        if piece == RESTART:
            self.stop()
            self._text = ""
            return
        self._text += piece
        *lines, self._text = self._text.split("\n")
        for line in lines:
            found = _LINE.fullmatch(line.strip())
            if found and found[2] in TOOLS and found[1] not in self._calls:
                self._calls[found[1]] = asyncio.create_task(self._dispatched(found[2], _GIVEN.findall(found[3])))

    async def _dispatched(self, tool: str, given: list[tuple[str, str]]) -> str:
        arguments: dict[str, Any] = {}
        for name, value in given:
            if value.startswith("$"):
                said = await self._value(value[1:])
                if said is None or _failed(said):
                    return f"error: {value} is not there"
                arguments[name] = int(said) if re.fullmatch(r"-?\d+", said) else said
            else:
                arguments[name] = json.loads(value)
        return await called(self.servers, tool, arguments)

    async def _value(self, name: str) -> str | None:
        return await self._calls[name] if name in self._calls else self.known.get(name)

    async def done(self) -> dict[str, str]:
        """Wait for all calls, and return what they said, with what was known before."""
        said = await asyncio.gather(*self._calls.values())
        return {**self.known, **dict(zip(self._calls, said, strict=True))}

    def stop(self) -> None:
        """Cancel what is under way."""
        for call in self._calls.values():
            call.cancel()
        self._calls = {} if all(call.done() for call in self._calls.values()) else self._calls
