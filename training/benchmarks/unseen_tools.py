"""What the map of tool retrieval is worth for tools that it never saw: it is fitted again without each catalogue.

    python -P -m questline.training.benchmarks.unseen_tools --data ../shared/data --json unseen_tools.json

Each catalogue of `agents train tools` with requests of its own is left out in turn, all else as in the recipe, and its
held-out fifth is searched: without any map, with the map that knows nothing of the catalogue, and with the shipped one,
which knows four fifths of its requests. The weight of words is the shipped one, which saw the held-out fifth of all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from questline.tools.models.encoder import Encoder
from questline.tools.models.encoder_cache import RecentTexts
from questline.tools.tool_retrieval.documents import ToolDocument, text_of
from questline.tools.tool_retrieval.index import ToolIndex, embed
from questline.tools.tool_retrieval.shipped import VectorMap, shipped_map
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.tool_rows import ToolTask, held_out, read_catalogue, read_tool_tasks
from questline.training.tool_retrieval.map_fit import Catalogued, Schedule, fit_map
from questline.training.tool_retrieval.numbers_fit import recall_of
from questline.training.tool_retrieval.recipe import Settings

from .harness import parser, positive, run

__all__ = ["main"]


class _Set:
    def __init__(self, name: str, tools: Sequence[ToolDocument], tasks: Sequence[ToolTask]) -> None:
        self.name, self.tools = name, tools
        self.learnt = [task for task in tasks if not held_out(task.query)]
        self.held = [task for task in tasks if held_out(task.query)]

    def catalogued(self, encoder: RecentTexts) -> Catalogued:
        places = {tool.id: place for place, tool in enumerate(self.tools)}
        return Catalogued(
            queries=encoder.encode([task.query for task in self.learnt]),
            tools=encoder.encode([text_of(tool) for tool in self.tools]),
            gold=[[places[tool] for tool in task.tools] for task in self.learnt],
        )


def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    own, data = Settings(), Path(chosen.data)
    pairs = [(data / catalogue, data / tasks) for catalogue, tasks in (pair.split() for pair in own.pairs)]
    pooled = [data / name for name in own.pooled]
    sets: list[_Set] = []
    for catalogue, tasks in pairs:
        tools = read_catalogue(catalogue)
        sets.append(_Set(tasks.name.partition(".")[0], tools, read_tool_tasks(tasks, tools)))
    pool = list({tool.id: tool for path in reversed(pooled) for tool in read_catalogue(path)}.values())
    sets.append(_Set("pooled", pool, [task for path in pooled for task in read_tool_tasks(path, pool)]))
    encoder = RecentTexts(Encoder.load(), size=100_000)
    shown = bar.add_task("steps", total=own.steps * len(pairs))
    found: dict[str, object] = {}
    for left_out in sets[: len(pairs)]:
        schedule = Schedule(
            rank=own.rank,
            steps=own.steps,
            temperature=own.temperature,
            rate=own.rate,
            decay=own.decay,
            batch=own.batch,
        )
        others = [one.catalogued(encoder) for one in sets if one is not left_out]
        unseen = fit_map(others, schedule, chosen.seed, lambda _: bar.advance(shown))
        vectors = list(embed(left_out.tools, encoder))
        maps: dict[str, VectorMap | None] = {"no_map": None, "unseen": unseen, "shipped": shipped_map()}
        found[left_out.name] = {
            **{
                f"recall@{chosen.k}_{name}": round(
                    recall_of(
                        ToolIndex(left_out.tools, encoder=encoder, vectors=vectors, mapping=mapping),
                        left_out.held,
                        chosen.k,
                    ),
                    4,
                )
                for name, mapping in maps.items()
            },
            "n": len(left_out.held),
        }
    files = [*(path for pair in pairs for path in pair), *pooled]
    return {"left_out": found, "files": {path.name: content_hash(path)[:16] for path in files}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--data", required=True, metavar="DIR", help="folder that holds tools/…")
    options.add_argument("--k", type=positive, default=5, help="how many tools are looked at")
    options.add_argument("--seed", type=int, default=0, help="of the map")
    return run("unseen_tools", options, _measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
