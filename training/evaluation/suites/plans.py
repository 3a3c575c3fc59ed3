"""``agents eval plans``: whether the dependencies of given tools are found, and the fields that arguments mean."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from questline.agents.tool_planner.dependencies import Chosen, infer, plan_of
from questline.agents.tool_planner.fields import Candidate, Source, candidates, pick
from questline.agents.tool_planner.problems import Kind
from questline.agents.tool_planner.toolbox import Toolbox
from questline.agents.tool_planner.validate import validate
from questline.agents.tool_planner.wire import as_json, from_json
from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.models.llm_contract import Prompt
from questline.tools.tool_retrieval.shipped import shipped_map
from questline.training.evaluation.asked_model import AskedModel, answered
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.plan_metrics import chain, f1, nodes
from questline.training.evaluation.plan_rows import CallTask, Edge, Mark, Meant, PlanTask, read_dag, read_plan_rows
from questline.training.evaluation.rows import content_hash, read_rows
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.tool_rows import held_out
from questline.types import Message

__all__ = ["METHODS", "Method", "PlansSuite"]

Method: TypeAlias = Literal["embedded", "words", "outputs", "llm", "local"]
METHODS: Final[tuple[Method, ...]] = ("embedded", "words", "outputs", "llm", "local")
_MOST: Final = 400
"""Tokens that a language model may write."""
_PLAN: Final = ("node_f1", "edge_f1", "exact", "invalid")
_CHAINS: Final = ("forward_chain", "reversed_chain")
_NOT_GIVEN: Final[frozenset[Kind]] = frozenset({"missing_argument"})
"""Rows choose tools and say no arguments, so that those are missing is none of the plan's faults."""


@dataclass(kw_only=True)
class PlansSuite:
    """Plan every row and score the edges, or resolve every reference and score the fields, as the file's form asks."""

    tasks: Path
    method: Method = "embedded"
    """``words`` does without the encoder; ``outputs`` scores what another planner wrote; ``llm`` and ``local`` ask a
    language model as the set asks."""
    outputs: Path | None = None
    """For ``outputs``: JSON lines of {output}, one for each row, in the rows' order; what cannot be read is wrong."""
    held: bool = False
    """Only the fifth of the rows, by the hash of their query, that no rule was chosen on."""
    limit: int | None = None
    asks: AskedModel | None = None
    """For ``llm`` and ``local``."""
    name = "plans"

    def load(self) -> Sequence[PlanTask | CallTask]:
        """Return the rows; raises `UsageError` ``bad_data`` where none is left, or the outputs are not as many."""
        rows: Sequence[PlanTask | CallTask] = read_plan_rows(self.tasks)
        if self.asks is not None and isinstance(rows[0], CallTask):
            raise UsageError("a language model is asked for rows with a DAG only", argument="method")
        self._outputs: Mapping[str, str] = self._read_outputs(rows)
        chosen = [row for row in rows if not self.held or held_out(row.query)][: self.limit]
        if not chosen:
            raise UsageError(
                f"no row of {str(self.tasks)!r} is asked for", code="bad_data", path=self.tasks, field="input"
            )
        return chosen

    def _read_outputs(self, rows: Sequence[PlanTask | CallTask]) -> Mapping[str, str]:
        if self.method != "outputs" or self.outputs is None:
            return {}
        if isinstance(rows[0], CallTask):
            raise UsageError("outputs are scored for rows with a DAG only", argument="outputs")
        written = list(read_rows(self.outputs))
        if len(written) != len(rows):
            problem = f"{str(self.outputs)!r} holds {len(written)} rows, and the tasks are {len(rows)}"
            raise UsageError(problem, code="bad_data", path=self.outputs, field="output")
        texts = [value if isinstance(value := row.values.get("output"), str) else "" for row in written]
        return dict(zip((row.id for row in rows), texts, strict=True))

    def identify(self, row: PlanTask | CallTask) -> str:
        """Return the row's line."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, encoder and map."""
        data: dict[str, Json] = {"tasks": content_hash(self.tasks)}
        if self.outputs is not None:
            data["outputs"] = content_hash(self.outputs)
        models: dict[str, Json] = {}
        if self.method == "embedded":
            models = {"encoder": Encoder.load().fingerprint, "map": shipped_map().fingerprint}
        if self.asks is not None:
            models = {"llm": self.asks.fingerprint()}
        return {
            "options": {"method": self.method, "held_out": self.held},
            "data": data,
            "models": models,
            "prompts": {},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Load the encoder, so that no row pays for it."""
        self._encoder = Encoder.load() if self.method == "embedded" else None
        if self._encoder is not None:
            self._encoder.encode(["warm up"])
        if self.asks is None:
            yield
            return
        async with self.asks.open() as llm:
            self._llm = llm
            yield

    async def run(self, row: PlanTask | CallTask) -> Outcome:
        """Plan one row, or resolve its references, and score it."""
        return self._resolved(row) if isinstance(row, CallTask) else await self._planned(row)

    async def _planned(self, row: PlanTask) -> Outcome:
        started = time.perf_counter()
        spent: dict[str, float] = {}
        if self.asks is not None:
            prompt = Prompt(system="", messages=(Message(role="user", content=row.asked),))
            text, spent = await answered(self._llm, self.asks.role, prompt, _MOST)
            edges = read_dag(text)
        else:
            edges = read_dag(self._outputs[row.id]) if self.method == "outputs" else self._plan(row)
        seconds = time.perf_counter() - started
        known = {each.id for each in row.chosen}
        if edges is not None and not nodes(edges) <= known:
            edges = None
        scores = _scores(edges, row.edges)
        ids = [each.id for each in row.chosen]
        for name, order in zip(_CHAINS, (ids, ids[::-1]), strict=True):
            scores |= {f"{name}_{metric}": score for metric, score in _scores(chain(order), row.edges).items()}
        shown: Json = None if edges is None else [" -> ".join(edge) for edge in sorted(edges)]
        labels = {"tools": str(len(ids)), "part": "held_out" if held_out(row.query) else "rest"}
        return Outcome(prediction=shown, scores=scores, cost={"seconds": seconds, **spent}, labels=labels)

    def _plan(self, row: PlanTask) -> frozenset[Edge] | None:
        """Return the edges of the plan as it is read back from its file; None for one that cannot be run."""
        found = infer(row.query, row.chosen, encoder=self._encoder, together=True)
        plan = from_json(as_json(plan_of(row.query, row.chosen, found)))
        report = validate(plan, Toolbox([each.tool for each in row.chosen]))
        if any(problem.kind not in _NOT_GIVEN for problem in report.errors):
            return None
        return frozenset(plan.edges)

    def _resolved(self, row: CallTask) -> Outcome:
        started = time.perf_counter()
        right = nearest = total = 0
        shown: list[Json] = []
        for number, call in enumerate(row.calls):
            marks = [mark for mark in row.marks if mark.call == number]
            sources = [Source(task=each.id, tool=each.tool) for each in row.calls[:number]]
            options = {mark.argument: candidates(mark.argument, call.tool, sources) for mark in marks}
            chosen = pick(options)
            for mark in marks:
                given = _given(mark, chosen, options[mark.argument])
                total += len(mark.meant)
                right += len(given & set(mark.meant))
                nearest += len({_nearest(mark, row.calls[:number])} & set(mark.meant))
                shown.append(f"{call.tool.name}.{mark.argument}: {', '.join(sorted(map(str, given)))}")
        return Outcome(
            prediction=shown,
            scores={"right": float(right), "nearest_right": float(nearest)},
            cost={"seconds": time.perf_counter() - started, "references": float(total)},
            labels={"tools": str(len(row.calls)), "part": "held_out" if held_out(row.query) else "rest"},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means over rows, or the share of references; a failed row scores 0."""
        if any("right" in item.scores for item in items):
            return _of_references(items)
        means = {name: [_score(item, name) for item in items] for name in _PLAN}
        metrics: dict[str, Json] = {name: mean(values) for name, values in means.items()}
        metrics["ms_p50"] = percentile([1000 * item.cost["seconds"] for item in items if not item.error], 50)
        metrics["n"] = len(items)
        metrics |= {name: _means(items, f"{name}_") for name in _CHAINS}
        metrics["parts"] = {part: _means(some) for part, some in _grouped(items, "part")}
        metrics["tools"] = {part: _means(some) for part, some in _grouped(items, "tools")}
        return Summary(metrics=metrics, means=means)


def _scores(edges: Iterable[Edge] | None, right: frozenset[Edge]) -> dict[str, float]:
    """Return the four scores of one plan; one that cannot be read or run is wrong in all."""
    if edges is None:
        return {"node_f1": 0.0, "edge_f1": 0.0, "exact": 0.0, "invalid": 1.0}
    given = frozenset(edges)
    return {
        "node_f1": f1(nodes(given), nodes(right)),
        "edge_f1": f1(given, right),
        "exact": float(given == right),
        "invalid": 0.0,
    }


def _score(item: Item, name: str, before: str = "") -> float:
    return item.scores.get(f"{before}{name}", float(name == "invalid"))


def _means(items: Sequence[Item], before: str = "") -> dict[str, Json]:
    means: dict[str, Json] = {name: mean([_score(item, name, before) for item in items]) for name in _PLAN}
    return {**means, "n": len(items)}


def _grouped(items: Sequence[Item], label: str) -> list[tuple[str, list[Item]]]:
    values = sorted({item.labels[label] for item in items if label in item.labels})
    return [(value, [item for item in items if item.labels.get(label) == value]) for value in values]


def _of_references(items: Sequence[Item]) -> Summary:
    each = {name: [value for item in items for value in _ones(item, name)] for name in ("right", "nearest_right")}
    clusters = [item.id for item in items for _ in _ones(item, "right")]
    metrics: dict[str, Json] = {
        "reference_accuracy": mean(each["right"]),
        "nearest_accuracy": mean(each["nearest_right"]),
    }
    metrics |= {"references": len(clusters), "n": len(items)}
    metrics["parts"] = {
        part: cast(
            "Json",
            {
                "reference_accuracy": mean([value for item in some for value in _ones(item, "right")]),
                "references": sum(len(_ones(item, "right")) for item in some),
                "n": len(some),
            },
        )
        for part, some in _grouped(items, "part")
    }
    return Summary(
        metrics=metrics, means={"reference_accuracy": each["right"]}, clusters={"reference_accuracy": clusters}
    )


def _ones(item: Item, name: str) -> list[float]:
    """Return 1 for each reference of a row that was right and 0 for each other one."""
    total, right = int(item.cost.get("references", 0)), int(item.scores.get(name, 0))
    return [1.0] * right + [0.0] * (total - right)


def _given(mark: Mark, chosen: Mapping[str, Candidate], options: Sequence[Candidate]) -> set[Meant]:
    """Return what the rules take an argument to mean: where its text has several places, one field of several calls."""
    if mark.argument not in chosen:
        return set()
    if len(mark.meant) == 1:
        return {_meant(chosen[mark.argument])}
    path = options[0].reference.path
    same = sorted(options, key=lambda option: option.reference.path != path)
    return {_meant(option) for option in same[: len(mark.meant)]}


def _meant(candidate: Candidate) -> Meant:
    return candidate.reference.task, candidate.reference.path


def _nearest(mark: Mark, earlier: Sequence[Chosen]) -> Meant | None:
    """Return the floor: the last call's field of the same name, or else its whole result."""
    if not earlier:
        return None
    last = earlier[-1]
    fields = cast("Mapping[str, object]", (last.tool.output_schema or {}).get("properties") or {})
    return last.id, ((mark.argument,) if mark.argument in fields else ())
