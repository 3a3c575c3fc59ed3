"""``agents eval calls``: whether a question becomes the right call, and none where no function serves it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from questline.agents.tool_executor.acting import Done, prompt_values, proposed
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.schemas import Schemas
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.slot_filling import CallableTool, choose
from questline.training.evaluation.asked_model import AskedModel, answered
from questline.training.evaluation.call_match import accepts, calls_match
from questline.training.evaluation.call_rows import CallTask, read_call_tasks
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.tool_rows import held_out

__all__ = ["METHODS", "CallsSuite", "Method"]

Method: TypeAlias = Literal["cross-encoder", "words", "llm", "local"]
METHODS: Final[tuple[Method, ...]] = ("cross-encoder", "words", "llm", "local")
_TYPES: Final = {"dict": "object", "float": "number", "tuple": "array"}
"""Names of types that BFCL has, and JSON Schema's."""
_SERVER: Final = "functions"
_MOST: Final = 400
"""Tokens that a language model may write."""
_OF_CALLS: Final = ("ast_accuracy", "function_accuracy", "argument_accuracy", "false_refusal")
_MEANS: Final = ("ast_accuracy", "function_accuracy", "argument_accuracy", "irrelevance_accuracy", "false_refusal")


@dataclass(kw_only=True)
class CallsSuite:
    """Choose and fill a call for every task and compare it with those that are accepted."""

    tasks: Path
    method: Method = "cross-encoder"
    """``words`` uses neither encoder nor reader; ``llm`` and ``local`` ask a language model as the executor does."""
    held: bool = False
    """Only the fifth of the questions, by their hash, that nothing shipped was learnt from."""
    limit: int | None = None
    asks: AskedModel | None = None
    """For ``llm`` and ``local``."""
    name = "calls"

    def load(self) -> Sequence[CallTask]:
        """Return the tasks; raises `UsageError` ``bad_data``."""
        tasks = read_call_tasks(self.tasks)
        return [task for task in tasks if not self.held or held_out(task.query)][: self.limit]

    def identify(self, row: CallTask) -> str:
        """Return the task's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data and models."""
        models: dict[str, Json] = {}
        prompts: dict[str, Json] = {}
        if self.asks is not None:
            models = {"llm": self.asks.fingerprint()}
            prompts = {self.asks.role: self.asks.prompt_hash()}
        elif self.method != "words":
            models = {"encoder": Encoder.load().fingerprint, "cross_encoder": CrossEncoder.load().fingerprint}
        return {
            "options": {"method": self.method, "held_out": self.held},
            "data": {"tasks": content_hash(self.tasks)},
            "models": models,
            "prompts": prompts,
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Load the models, so that no task pays for it."""
        if self.asks is not None:
            self._template = self.asks.template()
            async with self.asks.open() as llm:
                self._llm = llm
                yield
            return
        self._choose("Warm up", [CallableTool(name="warm_up", description="Warm up.", schema={})])
        yield

    def _choose(self, question: str, tools: Sequence[CallableTool]) -> tuple[str, Mapping[str, object]] | None:
        if self.method == "words":
            found = choose(question, tools, encoder=None, reader=None)
        else:
            found = choose(question, tools)
        return None if found.no_tool else (found.filling.tool, found.filling.arguments)

    async def _asked(
        self, asks: AskedModel, question: str, tools: Sequence[CallableTool]
    ) -> tuple[tuple[str, Mapping[str, object]] | None, dict[str, float]]:
        """Return the one call that a language model makes as the executor would; what cannot be read is a wrong one."""
        offered = [
            ToolDefinition(
                server=_SERVER, name=each.name, description=each.description, input_schema=_schema(each.schema)
            )
            for each in tools
        ]
        values = prompt_values(question, "(none)", offered, (), left=1)
        used = {name: value for name, value in values.items() if name in self._template.placeholders}
        text, spent = await answered(self._llm, asks.role, self._template.render(**used), _MOST)
        try:
            action = proposed(text, tools=offered, schemas=Schemas())
        except ValueError:
            return ("", {}), spent
        return (None if isinstance(action, Done) else (action.tool.name, action.arguments)), spent

    async def run(self, row: CallTask) -> Outcome:
        """Make the call of one task; a row that wants several is right only where all are made."""
        tools = [
            CallableTool(name=one.name, description=one.description, schema=one.parameters) for one in row.functions
        ]
        started = time.perf_counter()
        spent: dict[str, float] = {}
        if self.asks is None:
            call = self._choose(row.query, tools)
        else:
            call, spent = await self._asked(self.asks, row.query, tools)
        seconds = time.perf_counter() - started
        prediction: Json = None if call is None else {"name": call[0], "arguments": cast("Json", dict(call[1]))}
        cost = {"seconds": seconds, "held_out": float(held_out(row.query)), **spent}
        if not row.accepted:
            scores = {"irrelevance_accuracy": float(call is None)}
            return Outcome(prediction=prediction, scores=scores, cost=cost)
        schemas = {one.name: one.parameters for one in row.functions}
        calls = [] if call is None else [call]
        scores = {
            "ast_accuracy": float(calls_match(calls, row.accepted, schemas)),
            "function_accuracy": float(call is not None and any(call[0] in one for one in row.accepted)),
            "argument_accuracy": _arguments(call, row, schemas),
            "false_refusal": float(call is None),
        }
        return Outcome(prediction=prediction, scores=scores, cost=cost)

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means over all rows, and over the held-out fifth apart; a failed row is wrong and no refusal."""
        means = _means(items)
        metrics: dict[str, Json] = {name: mean(means[name]) if name in means else None for name in _MEANS}
        metrics["ms_p50"] = percentile([1000 * item.cost["seconds"] for item in items if not item.error], 50)
        metrics["n"] = len(items)
        apart = [item for item in items if not item.error and item.cost["held_out"]]
        if apart and not self.held:
            told = _means(apart)
            metrics["held_out"] = {**{name: mean(values) for name, values in told.items()}, "n": len(apart)}
        return Summary(metrics=metrics, means=means)


def _schema(told: Mapping[str, object]) -> dict[str, object]:
    """Return BFCL's parameters as a JSON schema; of a type that JSON has not, anything is taken."""
    made: dict[str, object] = {}
    for name, value in told.items():
        if name == "type" and isinstance(value, str):
            made |= {} if value == "any" else {name: _TYPES.get(value, value)}
        elif name == "properties" and isinstance(value, Mapping):
            members = cast("Mapping[str, Mapping[str, object]]", value)
            made[name] = {key: _schema(each) for key, each in members.items()}
        elif name == "items" and isinstance(value, Mapping):
            made[name] = _schema(cast("Mapping[str, object]", value))
        elif name != "default":
            made[name] = value
    return made


def _means(items: Sequence[Item]) -> dict[str, list[float]]:
    irrelevant = [item for item in items if "irrelevance_accuracy" in item.scores]
    calls = [item for item in items if item not in irrelevant]
    found = {name: [item.scores.get(name, 0.0) for item in calls] for name in _OF_CALLS} if calls else {}
    if irrelevant:
        found["irrelevance_accuracy"] = [item.scores["irrelevance_accuracy"] for item in irrelevant]
    return found


def _arguments(
    call: tuple[str, Mapping[str, object]] | None, row: CallTask, schemas: Mapping[str, Mapping[str, object]]
) -> float:
    """Return the share of right arguments: accepted ones that are right or may be left out; one too many is wrong."""
    accepted = next((one for one in row.accepted if call is not None and call[0] in one), None)
    if call is None or accepted is None:
        return 0.0
    values = cast("Mapping[str, object]", accepted[call[0]])
    properties = cast("Mapping[str, Mapping[str, object]]", schemas[call[0]].get("properties", {}))
    right = 0
    for name, told in values.items():
        allowed = cast("list[object]", told) if isinstance(told, list) else [told]
        if name in call[1]:
            right += accepts(call[1][name], allowed, properties.get(name, {}))
        else:
            right += "" in allowed
    count = len(set(values) | set(call[1]))
    return right / count if count else 1.0
