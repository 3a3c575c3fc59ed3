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
from .roles import described, is_key, tokens

__all__ = ["ENOUGH", "Candidate", "Source", "candidates", "pick"]

ENOUGH: Final = 1.0
"""Score from which a field is taken for an argument that need not be filled so."""
_GENERIC: Final = frozenset({"id", "name", "nam", "code", "cod", "key", "titl", "text", "url", "link", "slug", "uid"})
"""Words of fields that mean something only with the thing they belong to."""
_RESULT: Final = frozenset({"answer", "result", "value", "valu", "output"})
"""Fields that are what their tool was called for."""
_FIRST: Final = frozenset({"origin", "from", "start", "source", "sourc", "first", "departur", "begin", "old"})
_LAST: Final = frozenset({"destination", "to", "end", "target", "second", "last", "arrival", "return", "new"})
_EVIDENCE: Final = 0.3
"""Score below which the names say nothing: then the first source is as good as any, and better than the last."""
_NEAR: Final = 0.1
_LITTLE: Final = 0.5
_DEEP: Final = 0.05
_CONTAINER: Final = frozenset({"object", "array"})


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
    named = [tokens(source.tool.name) | tokens(source.tool.server) for source in sources]
    shared = {word: sum(_has(name, word) for name in named) for word in wanted}
    found: list[Candidate] = []
    for number, (source, dealt) in enumerate(zip(sources, named, strict=True)):
        whole = _weighed(wanted, dealt, shared)
        for place, given in leaves(source.tool.output_schema):  # none where a tool declares no output
            if overlap(given, types):
                score = _score(argument, about, dealt, place, given, whole)
                later = score >= _EVIDENCE and not wanted & _FIRST
                score += _NEAR * (number if later else -number) / len(sources)
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


def _score(
    argument: str, about: frozenset[str], dealt: frozenset[str], place: Place, given: frozenset[str], whole: float
) -> float:
    wanted = tokens(argument)
    names = [step for step in place if isinstance(step, str)]
    if not names:
        return whole - 0.2
    field = tokens(names[-1])
    around = dealt.union(*map(tokens, names[:-1]))
    special = field - _GENERIC
    score = 1.5 * _share(special, wanted) + 0.5 * _share(wanted, field | around)
    if field & _GENERIC and field & wanted:  # `artist_id`, and the `id` of what deals with artists
        score += 0.5 + 0.5 * bool(_share(wanted - _GENERIC, around))
    if field & _RESULT and not special - _RESULT:
        score = max(score, whole)
    if field & _GENERIC and not is_key(names[-1]):
        score += 0.1
    if is_key(names[-1]) and not is_key(argument):  # `products` are not a `product_id`
        score = min(score, _EVIDENCE) - 0.2
    if given <= _CONTAINER and not _share(wanted, field):
        score -= 0.3
    score += 0.2 * _share(field, about) + 0.1 * bool(_share(about, around))
    return score - _DEEP * (len(place) - 1)


def _weighed(wanted: frozenset[str], dealt: frozenset[str], shared: Mapping[str, int]) -> float:
    """Return the share of an argument's words that a tool's name says, more for a name that says little else.

    Words that several tools say count less.
    """
    total = sum(1 / max(1, shared[word]) for word in wanted)
    said = sum(1 / shared[word] for word in wanted if _has(dealt, word))
    return said / total + _LITTLE * _share(dealt, wanted) if total else 0.0


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return sum(_has(whole, word) for word in part) / len(part) if part else 0.0


def _has(words: frozenset[str], word: str) -> bool:
    """Say whether a word is there, perhaps shortened or with another ending: `stats` and `statistics`."""
    return word in words or (len(word) > 3 and any(_akin(word, other) for other in words))


def _akin(first: str, second: str) -> bool:
    return len(second) > 3 and (first.startswith(second) or second.startswith(first))


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
