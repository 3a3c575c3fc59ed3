"""Values that are made from references: a text with gaps, and what a text says of one thing.

``{"$template": ["", {"$ref": "T1.result.decimal"}, " * 2"]}`` is a text; its pieces are texts, references and
readings, put one after the other and never looked at again, so that "$1" in any of them stays what it is.
``{"$read": {"$ref": "T1.result.text"}, "as": "date", "ask": "When was it built?"}`` is the day, number, quantity (with
its unit), clock time, time zone or shortest text that answers a question in a result: how a result without fields
becomes a typed argument. ``"of": "cheese scone"`` beside it names the thing that a text must speak of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias, cast, get_args

__all__ = ["COMPOSED", "READ", "TEMPLATE", "Reading", "compose", "faults", "reading", "template", "types_of"]

Reading: TypeAlias = Literal["date", "number", "quantity", "text", "time", "zone"]
TEMPLATE: Final = "$template"
READ: Final = "$read"
COMPOSED: Final = frozenset({TEMPLATE, READ})
_READINGS: Final[tuple[str, ...]] = get_args(Reading)
_KEYS: Final = frozenset({READ, "as", "ask", "of"})
_DEEPEST: Final = 100


def template(*pieces: object) -> dict[str, object]:
    """Return the object of a text with gaps; each piece is a text, a ``$ref`` or a ``$read``."""
    return {TEMPLATE: list(pieces)}


def reading(reference: Mapping[str, object], kind: Reading, ask: str, *, of: str = "") -> dict[str, object]:
    """Return the object of what a result says: ``ask`` is the question that the value answers, ``of`` its thing."""
    return {READ: dict(reference), "as": kind, "ask": ask, **({"of": of} if of else {})}


def compose(members: Mapping[str, object]) -> object:
    """Return the value of an object whose references have been resolved.

    Raises:
        ValueError: Nothing of the kind stands in the result, or the object is malformed; with a sentence.
    """
    fault = _fault(members)
    if fault:
        raise ValueError(fault)
    if TEMPLATE in members:
        return "".join(map(_plain, cast("list[object]", members[TEMPLATE])))
    from .extraction import extract

    return extract(
        members[READ], cast("Reading", members["as"]), str(members.get("ask", "")), of=str(members.get("of", ""))
    )


def _plain(piece: object) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, float) and piece.is_integer():
        return str(int(piece))
    if isinstance(piece, int | float) and not isinstance(piece, bool):
        return str(piece)
    raise ValueError(f"a piece of a text is neither a text nor a number but {type(piece).__name__}")


def _fault(members: Mapping[str, object]) -> str:
    if TEMPLATE in members:
        return "" if len(members) == 1 and isinstance(members[TEMPLATE], list) else "$template is one list of pieces"
    if not members.keys() <= _KEYS:
        return "beside $read stand at most as, ask and of"
    if members.get("as") not in _READINGS:
        return f"as is one of {', '.join(_READINGS)}"
    texts = all(isinstance(members.get(name, ""), str) for name in ("ask", "of"))
    return "" if texts else "ask and of are texts"


def faults(arguments: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what is malformed in the composed values of some arguments, with its place, before anything runs."""
    if len(place) > _DEEPEST:
        return
    if isinstance(arguments, Mapping):
        members = cast("Mapping[str, object]", arguments)
        if "$literal" in members:
            return
        if COMPOSED & members.keys():
            fault = _fault(members) or _inner(members)
            if fault:
                yield place, fault
                return
        for name, member in members.items():
            yield from faults(member, (*place, name))
    elif isinstance(arguments, list | tuple):
        for number, item in enumerate(cast("list[object]", arguments)):
            yield from faults(item, (*place, number))


def _inner(members: Mapping[str, object]) -> str:
    """Say what is wrong with the parts of a composed value: a reading reads a reference, a template takes both."""
    if READ in members:
        return "" if _has(members[READ], "$ref") else "$read holds a $ref"
    pieces = cast("list[object]", members[TEMPLATE])
    fit = all(isinstance(piece, str) or _has(piece, "$ref") or _has(piece, READ) for piece in pieces)
    return "" if fit else "a piece of $template is a text, a $ref or a $read"


def _has(value: object, key: str) -> bool:
    return isinstance(value, Mapping) and key in value


def types_of(members: Mapping[str, object]) -> frozenset[str]:
    """Return the JSON types that a composed value may have."""
    return frozenset({"number", "integer"} if members.get("as") == "number" else {"string"})
