"""The recipe ``tools``: the map of vectors and the numbers of tool retrieval."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from questline.tools.models.encoder import Encoder
from questline.tools.models.encoder_cache import RecentTexts
from questline.tools.tool_retrieval.documents import ToolDocument, text_of
from questline.tools.tool_retrieval.index import ToolIndex
from questline.tools.tool_retrieval.shipped import COLUMNS, MAP, NUMBERS, Numbers, VectorMap
from questline.training.evaluation.rows import read_rows
from questline.training.evaluation.tool_rows import (
    ToolTask,
    held_out,
    own_tools,
    query_of,
    read_catalogue,
    read_tool_tasks,
)
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .map_fit import Catalogued, Schedule, fit_map
from .numbers_fit import NO_FITS, Judged, choose_words, fit_chances, recall_of, unfitted

__all__ = ["Settings", "ToolsRecipe"]

_PARTS: Final = ("map", "numbers")
_SIDES: Final = ("query_in", "query_out", "tool_in", "tool_out")
_ABOUT: Final = """
`map.npz` moves the encoder's vectors of requests and of tools to where they meet: two residual maps of low
rank, fitted by InfoNCE over whole catalogues. `coefficients.toml` says what a request's words count beside that cosine,
and from when on no tool fits (a logistic regression on cosine and share of words of the best tool).
"""
_LIMITS: Final = """
- English. Requests that are mostly Chinese go by words alone.
- Requests for tools of the catalogues below gain much more than those for tools never seen: those gain half a point of
  recall or less, measured by leaving each catalogue out (`questline.training.benchmarks.unseen_tools`).
- The requests of MetaTool and Seal-Tools were themselves written by language models.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[tools]`` of the settings file, with the values of the shipped numbers.

    Files lie in the data folder. A fifth of each file's requests, by their hash, is held out.
    """

    pairs: tuple[str, ...] = (
        "tools/metatool_tools.jsonl.gz tools/metatool_queries_part.jsonl.gz",
        "tools/sealtools_tools.jsonl.gz tools/sealtools_dev.jsonl.gz",
    )
    """Catalogue and tasks, with a space between."""
    pooled: tuple[str, ...] = (
        "tools/bfcl_simple_python.jsonl.gz",
        "tools/bfcl_multiple.jsonl.gz",
        "tools/bfcl_parallel.jsonl.gz",
        "tools/bfcl_parallel_multiple.jsonl.gz",
    )
    """Tasks that bring their tools, of all of which one catalogue is made."""
    irrelevant: str = "tools/bfcl_irrelevance.jsonl.gz"
    """Requests with tools that do not serve them."""
    rank: int = 64
    steps: int = 150
    temperature: float = 0.05
    rate: float = 1e-3
    decay: float = 0.01
    batch: int = 256
    judged: int = 400
    """Requests of each kind, at most, that say from when on no tool fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    name: str
    tools: Sequence[ToolDocument]
    learnt: Sequence[ToolTask]
    held: Sequence[ToolTask]


class ToolsRecipe(InParts):
    """Its parts are the map and the numbers."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, _PARTS)
        self._settings = settings
        self._sets: list[_Set] = []
        self._encoder = RecentTexts(Encoder.load(threads=job.threads), size=100_000)

    def prepare(self) -> Mapping[str, int]:
        """Check licences, read catalogues and requests, and encode them."""
        own = self._settings
        pairs = [tuple(pair.split()) for pair in own.pairs]
        names = tuple(dict.fromkeys([*(name for pair in pairs for name in pair), *own.pooled, own.irrelevant]))
        paths = dict(zip(names, self.licensed(names), strict=True))
        for catalogue, tasks in pairs:
            tools = read_catalogue(paths[catalogue])
            self._add(Path(tasks).name.split(".")[0], tools, read_tool_tasks(paths[tasks], tools))
        if own.pooled:
            pool = {tool.id: tool for name in reversed(own.pooled) for tool in read_catalogue(paths[name])}
            tools = list(pool.values())
            self._add("pooled", tools, [task for name in own.pooled for task in read_tool_tasks(paths[name], tools)])
        self._irrelevant = [(query_of(row), own_tools(row)) for row in read_rows(paths[own.irrelevant])]
        return {
            "tools": sum(len(one.tools) for one in self._sets),
            "requests learnt from": sum(len(one.learnt) for one in self._sets),
            "requests held out": sum(len(one.held) for one in self._sets),
            "requests that no tool serves": len(self._irrelevant),
        }

    def _add(self, name: str, tools: Sequence[ToolDocument], tasks: Sequence[ToolTask]) -> None:
        learnt = [task for task in tasks if not held_out(task.query)]
        self._sets.append(_Set(name=name, tools=tools, learnt=learnt, held=[t for t in tasks if held_out(t.query)]))

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit the map, or the numbers."""
        return self._fit_map() if name == "map" else self._fit_numbers()

    def _fit_map(self) -> tuple[Mapping[str, Any], Figures]:
        own, sets = self._settings, list[Catalogued]()
        for number, one in enumerate(self._sets):
            places = {tool.id: place for place, tool in enumerate(one.tools)}
            sets.append(
                Catalogued(
                    queries=self._encoder.encode([task.query for task in one.learnt]),
                    tools=self._encoder.encode([text_of(tool) for tool in one.tools]),
                    gold=[[places[tool] for tool in task.tools] for task in one.learnt],
                )
            )
            self._job.hears("encoding", number + 1, len(self._sets))
        schedule = Schedule(
            rank=own.rank,
            steps=own.steps,
            temperature=own.temperature,
            rate=own.rate,
            decay=own.decay,
            batch=own.batch,
        )
        found = fit_map(sets, schedule, self._job.seed, lambda step: self._job.hears("map", step, own.steps))
        figures: dict[str, float] = {}
        plain = Numbers(words=1.0, fits=NO_FITS)
        for one in self._sets:
            for label, mapping in (("with", found), ("without", None)):
                index = ToolIndex(one.tools, encoder=self._encoder, mapping=mapping, numbers=plain)
                figures[f"recall@5 of cosines {label} the map, {one.name}"] = recall_of(index, one.held, 5, "dense")
        return {side: getattr(found, side) for side in _SIDES}, figures

    def _fit_numbers(self) -> tuple[Mapping[str, Any], Figures]:
        mapping = VectorMap(**{side: np.asarray(self._fitted["map"][side], np.float32) for side in _SIDES})
        words, figures = choose_words([(one.tools, one.held) for one in self._sets], mapping, self._encoder)
        fits, told = fit_chances(self._judged(), words, mapping, self._encoder)
        values = {column: [fit.bias, fit.cosine, fit.words, fit.threshold] for column, fit in fits.items()}
        return {"words": words, "fits": values}, {**figures, **told}

    def _judged(self) -> list[Judged]:
        """Return held-out requests before their own catalogue and before others', and those with useless tools."""
        most, found = self._settings.judged, list[Judged]()
        for one in self._sets:
            some = _drawn(one.held, most)
            found += [_judged(task.query, one.tools, one.name, fits=True) for task in some]
            by_id = {tool.id: tool for tool in one.tools}
            found += [
                _judged(task.query, [by_id[tool] for tool in task.tools], f"{one.name} alone", fits=True)
                for task in some
            ]
            for other in self._sets:
                if other is not one and len(other.tools) < len(self._sets[0].tools) * 5:  # a broad one serves anybody
                    found += [
                        _judged(t.query, other.tools, f"{one.name} before {other.name}", fits=False) for t in some
                    ]
        return found + [_judged(query, tools, "useless tools", fits=False) for query, tools in self._irrelevant]

    def export(self, folder: Path) -> Card:
        """Write ``map.npz`` and ``coefficients.toml``."""
        fitted = self._fitted
        mapping = VectorMap(**{side: np.asarray(fitted["map"][side], np.float32) for side in _SIDES})
        (folder / MAP).write_bytes(mapping.as_bytes())
        head = [
            "What the words of a request count beside the cosine, and from when on no tool fits: with the encoder, and",
            "by words alone. Written by a command, not by hand:",
            *(f"  {line}" for line in command_lines("tools", self._job, self._settings)),
            f"with encoder {Encoder.load().fingerprint}, from",
            *(f"  {line}" for line in self.origin()),
            "of which a fifth, by the hash of each request, was held out of the map.",
        ]
        lines = [*(f"# {line}" for line in head), "", "[score]", f"words = {fitted['numbers']['words']}"]
        for column in COLUMNS:
            bias, cosine, words, threshold = fitted["numbers"]["fits"][column]
            lines += ["", f"[fits.{column}]", f"bias = {bias:.4f}", f"cosine = {cosine:.4f}"]
            lines += [f"words = {words:.4f}", f"threshold = {threshold:.4f}"]
        (folder / NUMBERS).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Card(title="Tool retrieval", about=_ABOUT, data=self._licences, limits=_LIMITS)


def _drawn(tasks: Sequence[ToolTask], most: int) -> list[ToolTask]:
    return sorted(tasks, key=lambda task: hashlib.sha256(task.query.encode("utf-8", "replace")).digest())[:most]


def _judged(query: str, tools: Sequence[ToolDocument], kind: str, *, fits: bool) -> Judged:
    return Judged(query=query, catalogue=tools, fits=fits, kind=kind, test=unfitted(query))
