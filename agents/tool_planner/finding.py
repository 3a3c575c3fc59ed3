"""The candidates of each intent, from the catalogue: no server is started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ServerManifest, ToolDefinition
from questline.tools.tool_retrieval.index import Scored, ToolIndex

from .contract import Candidate
from .kinds import shape_of

if TYPE_CHECKING:
    from questline.mcp_servers.gateway.catalogue import Catalogue

__all__ = ["FEW", "find_candidates"]

FEW: Final = 24
"""Tools that are looked at for each intent; of a catalogue with no more all are."""
_OPEN: Final = 6
"""Of these at least so many that take a whole question, which need not share a word with it."""


def find_candidates(
    catalogue: Catalogue,
    intents: Sequence[str],
    *,
    scored: tuple[ToolIndex, Sequence[Scored]] | None = None,
    also: Sequence[ServerManifest] = (),
    most: int = FEW,
    permits: Callable[[ToolDefinition], bool] | None = None,
) -> list[list[Candidate]]:
    """Return the tools that may serve each intent, best first: every intent has its own best ones.

    Args:
        catalogue: What is known of servers.
        intents: Their texts.
        scored: The catalogue's index and what it says of each text, where it was asked already.
        also: Servers that are not in the catalogue, such as the user's documents.
        most: Tools for each intent.
        permits: Says which tools may be used; all by default.

    Raises:
        UsageError: ``no_tools``: there is none.
        RunError: ``damaged_index``, ``damaged_model``.
    """
    manifests = [*catalogue.manifests(), *also]
    known = {
        tool.qualified: (tool, _about(each))
        for each in manifests
        for tool in each.tools
        if permits is None or permits(tool)
    }
    if not known:
        raise UsageError("there is no tool to plan with", code="no_tools", argument="servers")
    rows = _scores(catalogue, intents, known, scored)
    found: list[list[Candidate]] = []
    for number in range(len(intents)):
        ranked = sorted(known, key=lambda name: -rows[number].get(name, 0.0))
        chosen = ranked[:most]
        if len(ranked) > most:
            chosen += [name for name in ranked[most:] if _whole(known[name][0])][:_OPEN]
        found.append(
            [Candidate(tool=known[name][0], score=rows[number].get(name, 0.0), about=known[name][1]) for name in chosen]
        )
    return found


def _scores(
    catalogue: Catalogue,
    intents: Sequence[str],
    known: dict[str, tuple[ToolDefinition, str]],
    given: tuple[ToolIndex, Sequence[Scored]] | None,
) -> list[dict[str, float]]:
    if given is None and not any(each.tools for each in catalogue.manifests()):
        return [{} for _ in intents]
    index, found = given or ((made := catalogue.index()), made.scores(list(intents)))
    rows: list[dict[str, float]] = []
    for scored in found:
        pairs = zip(index.tools, scored.total, strict=True)
        rows.append({tool.id: float(score) for tool, score in pairs if tool.id in known})
    return rows


def _about(manifest: ServerManifest) -> str:
    return ": ".join(filter(None, (manifest.title, manifest.description)))


def _whole(tool: ToolDefinition) -> bool:
    return shape_of(tool).question is not None
