"""Which field of an earlier result an argument means: by both names, by what the earlier tool deals with, by type.

The rules were chosen with the training four fifths of a set of call sequences in view (docs/howto/plans.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from questline.mcp_servers.gateway.definitions import ToolDefinition

from .references import Place, Reference
from .result_types import ALL_TYPES, allowed_types, leaves, overlap
from .roles import described, name_words, tokens

__all__ = ["ENOUGH", "Candidate", "Source", "candidates", "pick"]

ENOUGH: Final = 1.0
"""Score from which a field is taken for an argument that need not be filled so."""
_GENERIC: Final = frozenset(
    {"id", "name", "code", "key", "title", "value", "number", "text", "url", "link", "slug", "uid"}
)
"""Words of fields that mean something only with the thing they belong to."""
_FIRST: Final = frozenset({"origin", "from", "start", "source", "first", "departur", "begin", "old"})
_LAST: Final = frozenset({"destination", "to", "end", "target", "second", "last", "arrival", "return", "new"})
_DEEP: Final = 0.05
_WHOLE: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An earlier task whose result may fill an argument."""

    task: str
    tool: ToolDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A field that an argument may mean."""

    reference: Reference
    score: float
    """0 where only the type fits, about 1 where the names share a word that says something, 2 where they are one."""


def candidates(argument: str, tool: ToolDefinition, sources: Sequence[Source]) -> list[Candidate]:
    """Return the fields of earlier results that fit an argument's type, best first.

    Args:
        argument: A property at the top of the input schema of `tool`.
        tool: What is to be called.
        sources: What may come before it, in its order. Of equal ones the later is better, but the first for an
            argument such as ``origin`` or ``from_city``.
    """
    wanted = tokens(argument)
    about = tokens(described(tool.input_schema, argument)[:300])
    types = _wanted_types(tool, argument)
    found: list[Candidate] = []
    for number, source in enumerate(sources):
        dealt = name_words(source.tool) | tokens(source.tool.server)
        nearer = number / max(1, len(sources)) * 0.1
        for place, given in leaves(source.tool.output_schema):  # none where a tool declares no output
            if overlap(given, types):
                score = _score(wanted, about, dealt, place)
                score += -nearer if wanted & _FIRST else nearer
                found.append(Candidate(reference=Reference(task=source.task, path=place), score=round(score, 4)))
    return sorted(found, key=lambda candidate: -candidate.score)


def _wanted_types(tool: ToolDefinition, argument: str) -> frozenset[str]:
    properties = tool.input_schema.get("properties")
    schema = cast("Mapping[str, Any]", properties).get(argument) if isinstance(properties, Mapping) else None
    return (
        allowed_types(cast("Mapping[str, Any]", schema), tool.input_schema)
        if isinstance(schema, Mapping)
        else ALL_TYPES
    )


def _score(wanted: frozenset[str], about: frozenset[str], dealt: frozenset[str], place: Place) -> float:
    names = [step for step in place if isinstance(step, str)]
    if not names:
        return _share(wanted, dealt) - _WHOLE * (not wanted & dealt)
    field = tokens(names[-1])
    around = dealt.union(*map(tokens, names[:-1]))
    special = field - _GENERIC
    score = 1.5 * _share(special, wanted) + 0.5 * _share(wanted, field | around)
    if field & _GENERIC and field & wanted:  # `artist_id`, and the `id` of what deals with artists
        score += 0.5 + 0.5 * bool((wanted - _GENERIC) & around)
    elif field & _GENERIC and wanted & around:  # `artist`, and the `name` of an artist
        score += 0.3
    score += 0.2 * _share(field, about) + 0.1 * bool(about & around)
    return score - _DEEP * (len(place) - 1)


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return len(part & whole) / len(part) if part else 0.0


def pick(options: Mapping[str, Sequence[Candidate]]) -> dict[str, Candidate]:
    """Choose one field for each argument of a call.

    Arguments that mean the same field of equal tools, such as ``originId`` and ``destinationId``, get different tasks,
    in their order.

    Args:
        options: By argument what `candidates` returned.
    """
    chosen: dict[str, Candidate] = {}
    taken: dict[Reference, int] = {}
    for argument, found in options.items():
        if not found:
            continue
        best = found[0].score
        equal = [each for each in found if best - each.score <= 0.15 and each.reference.path == found[0].reference.path]
        free = min(equal, key=lambda each: (taken.get(each.reference, 0), -each.score))
        sided = tokens(argument) & (_FIRST | _LAST)
        candidate = free if sided else found[0]
        taken[candidate.reference] = taken.get(candidate.reference, 0) + 1
        chosen[argument] = candidate
    return chosen
