"""Questions with the calls that answer them: single ones, independent ones, chains, diamonds, and mixtures, by a seed.

All names are made up. What a tool says of its arguments is computed from them, so that each call has one right result.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["SHAPES", "TOOLS", "Call", "Need", "Question", "Ref", "Shape", "drawn", "makes", "number_of"]

Shape: TypeAlias = Literal["single", "independent", "chained", "diamond", "mixed"]
SHAPES: Final[tuple[tuple[Shape, int], ...]] = (
    ("single", 1),
    ("independent", 2),
    ("chained", 2),
    ("independent", 4),
    ("chained", 4),
    ("diamond", 4),
    ("mixed", 4),
    ("independent", 8),
    ("chained", 8),
    ("diamond", 8),
    ("mixed", 8),
)
"""The form of a plan, and how many calls it has."""
TOOLS: Final[Mapping[str, str]] = {
    "register_number": "registry",
    "seat_of": "registry",
    "temperature_in": "weather",
    "people_in": "census",
    "comfort_index": "census",
    "next_stop": "lines",
}
"""The tools, and which server has each."""
_SYLLABLES: Final = ("bel", "cor", "dru", "fen", "gal", "hol", "ith", "kar", "lum", "mor", "nev", "ost", "pel", "ras")
_ENDS: Final = ("mar", "van", "den", "wick", "tor", "sund", "lin", "bray")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """The result of an earlier call, as an argument."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the right plan."""

    id: str
    """A number from 1, in the order in which a plan is written."""
    tool: str
    given: Mapping[str, str | Ref]
    """Its arguments, results of earlier calls as references."""
    arguments: Mapping[str, str | int]
    """Its arguments, as they are when it is made."""
    value: str | int
    """What it says."""
    need: int
    """Position of the need that it works for."""

    @property
    def server(self) -> str:
        """Who has the tool."""
        return TOOLS[self.tool]

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Ids of the calls whose results it takes."""
        return tuple(dict.fromkeys(each.call for each in self.given.values() if isinstance(each, Ref)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One atomic need of a question."""

    text: str
    """As it stands in the question."""
    sentence: str
    """What is right to say, without a full stop."""
    value: str | int
    """What must stand in an answer that serves it."""
    first: str
    """Id of the call that knows the name that was asked for."""
    last: str
    """Id of the call whose result is the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its only right plan."""

    shape: Shape
    size: int
    text: str
    needs: tuple[Need, ...]
    calls: tuple[Call, ...]


def number_of(*parts: object) -> int:
    """Return a number that depends on nothing but `parts`, from 0 to 2**64 - 1."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8])


def _name(number: int) -> str:
    first, rest = number % len(_SYLLABLES), number // len(_SYLLABLES)
    second, end = rest % len(_SYLLABLES), rest // len(_SYLLABLES) % len(_ENDS)
    return f"{_SYLLABLES[first]}{_SYLLABLES[second]}{_ENDS[end]}".capitalize()


def makes(tool: str, arguments: Mapping[str, str | int]) -> str | int:
    """Return what a tool says: a name of a town or stop, or a number."""
    number = number_of(tool, *(f"{name}={value}" for name, value in sorted(arguments.items())))
    ranges = {"register_number": (1_000, 9_000), "temperature_in": (-10, 45), "people_in": (5_000, 90_000)}
    ranges["comfort_index"] = (100, 900)
    if tool in ranges:
        least, wide = ranges[tool]
        return least + number % wide
    return _name(number)


class _Writing:
    """A question while it is put together."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._taken: set[str] = set()
        self.calls: list[Call] = []
        self.needs: list[Need] = []

    def _fresh(self) -> str:
        while (name := _name(self._chance.getrandbits(40))) in self._taken:
            pass
        self._taken.add(name)
        return name

    def _call(self, tool: str, **given: str | Ref) -> Call:
        known = {call.id: call.value for call in self.calls}
        arguments = {name: known[each.call] if isinstance(each, Ref) else each for name, each in given.items()}
        made = Call(
            id=str(len(self.calls) + 1), tool=tool, given=given, arguments=arguments, value=makes(tool, arguments),
            need=len(self.needs),
        )  # fmt: skip
        self.calls.append(made)
        return made

    def single(self) -> None:
        firm = self._fresh()
        call = self._call("register_number", firm=firm)
        told = f"The register number of {firm} is {call.value}"
        self._need(f"what is the register number of {firm}", told, call, call)

    def chain(self, length: int) -> None:
        stop = self._fresh()
        call = first = self._call("next_stop", stop=stop)
        for _ in range(length - 1):
            call = self._call("next_stop", stop=Ref(call=call.id))
        told = f"A tram ride of {length} stops from {stop} ends at {call.value}"
        self._need(f"where does a tram ride of {length} stops from {stop} end", told, first, call)

    def diamond(self) -> None:
        firm = self._fresh()
        seat = self._call("seat_of", firm=firm)
        warmth = self._call("temperature_in", town=Ref(call=seat.id))
        people = self._call("people_in", town=Ref(call=seat.id))
        last = self._call("comfort_index", celsius=Ref(call=warmth.id), people=Ref(call=people.id))
        told = f"The comfort index at the seat of {firm} is {last.value}"
        self._need(f"what is the comfort index at the seat of {firm}", told, seat, last)

    def _need(self, text: str, sentence: str, first: Call, last: Call) -> None:
        self.needs.append(Need(text=text, sentence=sentence, value=last.value, first=first.id, last=last.id))

    def text(self) -> str:
        parts = [each.text for each in self.needs]
        joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"
        return f"{joined[0].upper()}{joined[1:]}?"


def drawn(shape: Shape, size: int, *, seed: int) -> Question:
    """Return a question whose plan has `size` calls in the form `shape`."""
    writing = _Writing(random.Random(number_of("question", shape, size, seed)))  # noqa: S311 because it is no secret
    parts: Sequence[Callable[[], None]]
    if shape in ("single", "independent"):
        parts = [writing.single] * size
    elif shape == "chained":
        parts = [lambda: writing.chain(size)]
    elif shape == "diamond":
        parts = [writing.diamond] * (size // 4)
    else:
        parts = [*([writing.diamond] * (size // 8)), lambda: writing.chain(2), writing.single, writing.single]
    for part in parts:
        part()
    return Question(shape=shape, size=size, text=writing.text(), needs=tuple(writing.needs), calls=tuple(writing.calls))
