"""Recorded tools as an environment of TRL: ``GRPOTrainer(environment_factory=…)`` calls them while a model writes.

    tools = environment(recorded, traces)
    trainer = GRPOTrainer(model, environment_factory=tools, train_dataset=Dataset.from_list(tools.rows()), …)

TRL shows a model the public methods of a class; here those are made of the tools' schemas, one class a recording. The
environment owns the reward: the F1 of its calls with an expert's, less a little for each call too many. TRL writes with
the form for calls of the model's own chat, so that what is tuned so is no served executor; `executor_recipe` is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, cast

from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition, canonical

from .recorded import Recorded
from .reward import overlap
from .traces import Trace, called

__all__ = ["Environments", "environment"]

_TYPES: Final[Mapping[str, Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
}
_EXTRA: Final = 0.05
_OWN: Final = frozenset({"reset", "get_reward"})


class _Environment:
    """One rollout: what was called in it, and what an expert called."""

    _recorded: Recorded
    _wanted: Mapping[str, Sequence[str]]

    def __init__(self) -> None:
        self._calls: list[str] = []
        self._question = ""

    def reset(self, question: str, **_: object) -> None:
        """Begin with a question."""
        self._calls, self._question = [], question

    def get_reward(self) -> float:
        """Return the F1 of the calls with the expert's, less a little for each one too many."""
        wanted = self._wanted[self._question]
        return overlap(self._calls, wanted) - _EXTRA * max(0, len(self._calls) - len(wanted))

    def _call(self, tool: ToolDefinition, given: Mapping[str, object]) -> str:
        arguments = {name: value for name, value in given.items() if value is not None}
        self._calls.append(_key(tool.server, tool.name, arguments))
        return canonical(self._recorded.call(tool.server, tool.name, arguments))


def _key(server: str, tool: str, arguments: Mapping[str, object]) -> str:
    return canonical([server, tool, dict(arguments)])


class Environments:
    """Makes environments, and the rows that they are reset with.

    Args:
        kind: Class of an environment.
        traces: Whose questions are asked.
    """

    def __init__(self, kind: type[_Environment], traces: Sequence[Trace]) -> None:
        self._kind, self._traces = kind, traces

    def __call__(self) -> Any:
        """Return a new environment."""
        return self._kind()

    def rows(self) -> list[dict[str, object]]:
        """Return a chat and its question, one row a trace, for ``train_dataset``."""
        return [
            {"prompt": [{"role": "user", "content": each.question}], "question": each.question} for each in self._traces
        ]


def environment(recorded: Recorded, traces: Sequence[Trace]) -> Environments:
    """Return what makes environments of recorded tools.

    Raises:
        UsageError: ``bad_data``: a tool has a name that Python or TRL cannot take, or two have the same.
    """
    methods: dict[str, Callable[..., str]] = {}
    for tool in recorded.tools:
        if not tool.name.isidentifier() or tool.name.startswith("_") or tool.name in _OWN | methods.keys():
            raise UsageError(
                f"the tool {tool.qualified} cannot be a method of an environment: its name is none, or is taken",
                code="bad_data",
                tool=tool.qualified,
            )
        methods[tool.name] = _method(tool)
    wanted = {
        each.question: [
            _key(step.server, step.tool, called(each, place) or {}) for place, step in enumerate(each.steps)
        ]
        for each in traces
    }
    kind = type("RecordedTools", (_Environment,), {**methods, "_recorded": recorded, "_wanted": wanted})
    return Environments(kind, traces)


def _method(tool: ToolDefinition) -> Callable[..., str]:
    """Return a tool as a method whose signature and docstring say what its schema says."""

    def method(self: _Environment, **given: object) -> str:
        return self._call(tool, given)  # pyright: ignore[reportPrivateUsage]  # as it becomes a method of that class

    properties = cast("Mapping[str, Mapping[str, Any]]", tool.input_schema.get("properties") or {})
    required = cast("Sequence[str]", tool.input_schema.get("required") or ())
    kinds: dict[str, Any] = {name: _type(member) for name, member in properties.items()}
    ordered = sorted(properties, key=lambda name: name not in required)
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if name in required else None,
            annotation=kinds[name],
        )
        for name in ordered
    ]
    made: Any = method
    made.__name__ = made.__qualname__ = tool.name
    made.__signature__ = inspect.Signature(
        [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD), *parameters], return_annotation=str
    )
    made.__annotations__ = {**{name: kinds[name] for name in ordered}, "return": str}
    lines = [f"    {name}: {properties[name].get('description') or name}" for name in ordered]
    made.__doc__ = "\n".join([tool.description or tool.name, "", *(["Args:", *lines] if lines else [])])
    return made


def _type(member: Mapping[str, Any]) -> Any:
    if "enum" in member:
        return Literal[tuple(member["enum"])]
    return _TYPES.get(str(member.get("type")), str)
