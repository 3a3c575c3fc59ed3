"""LangGraph's prebuilt ReAct agent over the same model and the same tools.

The chat model is ours: it shows the tools as text, asks the same server, and reads the calls from its text. Where the
model writes several calls at once the agent makes them side by side and waits for all of them.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import StructuredTool

from questline.budget import Budget, Meter
from questline.mcp_servers.gateway.gateway import Gateway as Servers
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Prompt
from questline.types import Message

from .calling import called, shown_tools
from .outcome import Said
from .questions import TOOLS, Question
from .script import MISSING, REACT, REACT_SINGLE

__all__ = ["ReactLoop", "react_models"]

_SYSTEM: Final = """You answer a question by calling tools. Write either the next calls, or the answer.

- Calls: one JSON object {"calls": [{"id": "1.1", "tool": "…", "args": {…}}]}, and nothing else. Calls that do not need
  each other's results stand in one object.
- The answer: a short sentence for each need; name what could not be found out.

Tools:
"""
_STEPS: Final = 100


def react_models(base_url: str, *, single: bool) -> Gateway:
    """Return the model of the agent at one server.

    Args:
        base_url: Of the server.
        single: It writes one call at a time, as the agent of the ReAct paper does; else all that can be made.
    """
    return Gateway.build(models={"generate": REACT_SINGLE if single else REACT}, base_url=base_url, environ={})


class _ChatModel(BaseChatModel):
    """A chat model of LangChain over a model of ours."""

    ask: Callable[[Prompt], Awaitable[str]]
    tools: str

    @property
    def _llm_type(self) -> str:
        return "questline"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Self:  # pyright: ignore[reportIncompatibleMethodOverride]  # because the tools are shown as text, so that nothing is bound
        """Return the same model: its prompt shows the tools."""
        del tools, options
        return self

    def _generate(self, messages: list[BaseMessage], *arguments: Any, **options: Any) -> ChatResult:
        raise NotImplementedError("the loop asks asynchronously alone")  # LangChain's base class requires the method

    async def _agenerate(self, messages: list[BaseMessage], *arguments: Any, **options: Any) -> ChatResult:
        del arguments, options
        text = await self.ask(Prompt(system=_SYSTEM + self.tools, messages=tuple(_turns(messages))))
        return ChatResult(generations=[ChatGeneration(message=_message(text))])


def _turns(messages: Sequence[BaseMessage]) -> list[Message]:
    """Return the conversation as turns that alternate: results of tools are the user's."""
    turns: list[Message] = []
    for each in messages:
        if isinstance(each, AIMessage):
            turns.append(Message(role="assistant", content=str(each.additional_kwargs["written"])))
        elif isinstance(each, ToolMessage) and turns[-1].role == "user":
            turns[-1] = Message(role="user", content=f"{turns[-1].content}\n{_result(each)}")
        else:
            told = _result(each) if isinstance(each, ToolMessage) else f"Question: {each.text}"
            turns.append(Message(role="user", content=told))
    return turns


def _result(message: ToolMessage) -> str:
    return f"[{message.tool_call_id}] {message.text}"


def _message(text: str) -> AIMessage:
    calls: list[Any] = []
    if text.startswith("{"):
        rows = cast("list[dict[str, Any]]", json.loads(text)["calls"])
        calls = [{"id": row["id"], "name": row["tool"], "args": row["args"], "type": "tool_call"} for row in rows]
    return AIMessage(content="" if calls else text, tool_calls=calls, additional_kwargs={"written": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactLoop:
    """Answers with the prebuilt agent."""

    servers: Servers
    llm: Gateway
    seconds: float = 120.0

    async def __call__(self, question: Question) -> Said:
        """Answer one question."""
        meter = Meter(budget=Budget(seconds=self.seconds))

        async def ask(prompt: Prompt) -> str:
            done = await self.llm.complete(prompt, role="generate", meter=meter, parse=str, max_tokens=1_600)
            return done.value

        model = _ChatModel(ask=ask, tools=await shown_tools(self.servers))
        agent = _agent(model, [await self._tool(name) for name in TOOLS])
        ended = await agent.ainvoke({"messages": [("user", question.text)]}, {"recursion_limit": _STEPS})
        text = str(ended["messages"][-1].text)
        parts = text.split(f"{MISSING} ")[1:]
        return Said(text=text, missing=tuple(part.partition(".")[0] for part in parts))

    async def _tool(self, name: str) -> StructuredTool:
        async def call(**arguments: Any) -> str:
            return await called(self.servers, name, arguments)

        definition = await self.servers.find(f"{TOOLS[name]}/{name}")
        return StructuredTool(
            name=name, description=definition.description, args_schema=_schema(definition.input_schema), coroutine=call
        )


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": "arguments", **schema}


def _agent(model: BaseChatModel, tools: Sequence[StructuredTool]) -> Any:
    import langgraph.prebuilt as prebuilt  # pyright: ignore[reportMissingTypeStubs]  # because a namespace package hides py.typed

    make = cast("Callable[..., Any]", vars(prebuilt)["create_react_agent"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it moved to a package that is no dependency of ours
        return make(model, list(tools))
