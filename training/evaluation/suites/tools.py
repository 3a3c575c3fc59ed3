"""``agents eval tools``: whether the tools and servers that serve a question are found, and how fast."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.tool_retrieval.aggregate import Aggregate
from questline.tools.tool_retrieval.documents import text_of
from questline.tools.tool_retrieval.index import Mode, ToolIndex, embed
from questline.tools.tool_retrieval.shipped import shipped_map
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import CACHE, Item, Json
from questline.training.evaluation.ranking_metrics import ndcg, recall
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.tool_rows import ToolTask, held_out, read_catalogue, read_tool_tasks

__all__ = ["BY", "By", "ToolsSuite"]

By: TypeAlias = Literal["whole", "steps"]
BY: Final[tuple[By, ...]] = ("whole", "steps")
_DEPTH: Final = 20
_SHOWN: Final = 10
"""Ids kept as an item's prediction."""
_SERVER: Final[dict[str, Callable[[Sequence[str], Mapping[str, int]], float]]] = {
    "server_recall@1": lambda ranked, grades: recall(ranked, grades, 1),
    "server_recall@3": lambda ranked, grades: recall(ranked, grades, 3),
    "server_recall@5": lambda ranked, grades: recall(ranked, grades, 5),
    "server_ndcg@5": lambda ranked, grades: ndcg(ranked, grades, 5),
}
_TOOL: Final[dict[str, Callable[[Sequence[str], Mapping[str, int]], float]]] = {
    "tool_recall@1": lambda ranked, grades: recall(ranked, grades, 1),
    "tool_recall@5": lambda ranked, grades: recall(ranked, grades, 5),
    "tool_recall@10": lambda ranked, grades: recall(ranked, grades, 10),
    "all@10": lambda ranked, grades: float(set(grades) <= set(ranked[:10])),
}


@dataclass(kw_only=True)
class ToolsSuite:
    """Search a catalogue for every task and score what was found."""

    catalogue: Path
    tasks: Path
    by: By = "whole"
    """``steps`` searches for the steps that a task's row lists, ``whole`` for the query, split by rule."""
    mode: Mode = "hybrid"
    """``lexical`` and ``dense`` are the floors: words alone, and the encoder's own cosine without the learnt map."""
    aggregate: Aggregate = "coverage"
    cache: Path = CACHE
    """Where the tools' vectors are kept, since several runs need the same."""
    held: bool = False
    """Only the fifth of the tasks, by the hash of their query, that no shipped number was learnt from."""
    several: bool = False
    """Only tasks that need two tools or more."""
    limit: int | None = None
    name = "tools"

    def load(self) -> Sequence[ToolTask]:
        """Return the tasks; raises `UsageError` ``bad_data`` where none is left, ``no_tools`` for no catalogue."""
        self._tools = read_catalogue(self.catalogue)
        tasks = [
            task
            for task in read_tool_tasks(self.tasks, self._tools)
            if (not self.held or held_out(task.query))
            and (not self.several or len(task.tools) > 1)
            and (self.by == "whole" or task.steps)
        ]
        if not tasks:
            field = "steps" if self.by == "steps" else "query"
            raise UsageError(
                f"no task of {str(self.tasks)!r} is asked for", code="bad_data", path=self.tasks, field=field
            )
        return tasks[: self.limit]

    def identify(self, row: ToolTask) -> str:
        """Return the task's line."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, encoder and map."""
        models: dict[str, Json] = {} if self.mode == "lexical" else {"encoder": Encoder.load().fingerprint}
        if self.mode == "hybrid":
            models["map"] = shipped_map().fingerprint
        chosen: dict[str, Json] = {"by": self.by, "mode": self.mode, "aggregate": self.aggregate}
        return {
            "options": {**chosen, "held_out": self.held, "several": self.several},
            "data": {"catalogue": content_hash(self.catalogue), "tasks": content_hash(self.tasks)},
            "models": models,
            "prompts": {},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Index the catalogue, and search once so that no task pays for loading."""
        if self.mode == "lexical":
            self._index = ToolIndex(self._tools)
        else:
            mapping: Literal["shipped"] | None = "shipped" if self.mode == "hybrid" else None
            self._index = ToolIndex(self._tools, encoder=Encoder.load(), vectors=list(self._vectors()), mapping=mapping)
        self._index.search("warm up", mode=self.mode)
        yield

    def _vectors(self) -> NDArray[np.float32]:
        """Return the tools' vectors, [tools, 1, dimension], kept from an earlier run or made now."""
        encoder = Encoder.load()
        texts = "\0".join(map(text_of, self._tools)).encode("utf-8", "replace")
        name = f"{hashlib.sha256(texts).hexdigest()[:16]}-{encoder.fingerprint}.npy"
        path = self.cache / "tools" / name
        if path.exists():
            return np.load(path, allow_pickle=False)
        vectors = np.stack(embed(self._tools, encoder))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{os.getpid()}-{path.name}")
        np.save(beside, vectors)
        beside.replace(path)
        return vectors

    async def run(self, row: ToolTask) -> Outcome:
        """Search and score tools and servers; a server is as good as its best tool."""
        started = time.perf_counter()
        found = self._index.search(
            row.query,
            k=_DEPTH,
            intents=row.steps if self.by == "steps" else None,
            mode=self.mode,
            aggregate=self.aggregate,
        )
        seconds = time.perf_counter() - started
        ranked, tools = [tool.id for tool in found.tools], dict.fromkeys(row.tools, 1)
        scores = {name: metric(ranked, tools) for name, metric in _TOOL.items()}
        if row.servers:
            servers, wanted = [server.server for server in found.servers], dict.fromkeys(row.servers, 1)
            scores |= {name: metric(servers, wanted) for name, metric in _SERVER.items()}
        return Outcome(
            prediction=list(ranked[:_SHOWN]),
            scores=scores,
            cost={"seconds": seconds, "refused": float(found.no_tool), "intents": float(len(found.intents))},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means (a failed task scores 0), and the median time of a search."""
        served = any(name in item.scores for item in items for name in _SERVER)
        names = [*(_SERVER if served else ()), *_TOOL]
        means = {name: [item.scores.get(name, 0.0) for item in items] for name in names}
        metrics: dict[str, Json] = {name: mean(means[name]) if name in means else None for name in (*_SERVER, *_TOOL)}
        metrics["ms_p50"] = percentile([1000 * item.cost["seconds"] for item in items if not item.error], 50)
        refused = [item.cost["refused"] for item in items if not item.error]
        metrics["refused"] = None if self.mode == "dense" else mean(refused)  # thresholds are of mapped cosines
        metrics["intents"] = mean([item.cost["intents"] for item in items if not item.error])
        metrics["n"] = len(items)
        return Summary(metrics=metrics, means=means)
