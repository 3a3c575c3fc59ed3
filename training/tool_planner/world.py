"""A made-up tool world: a dozen read-only tools on four servers, with schemas on both sides and results that stay.

Everything about it is drawn from a seed: which town has which square, mayor, twin and ferry. So nothing of any data set
is in it, and a model of a few hundred thousand parameters can learn its names.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Final

from questline.mcp_servers.gateway.definitions import ToolDefinition, call_key

from .recorded import Recorded, Told, write_recording

__all__ = ["CURRENCIES", "SKIES", "World", "drawn_names"]

_TOWNS: Final = ("Varn", "Olm", "Brack", "Selby", "Tarn", "Quill", "Dorn", "Esk", "Fenn", "Holt", "Ivel", "Lorne")
_PEOPLE: Final = ("Ada", "Ben", "Cleo", "Dirk", "Enid", "Finn", "Gwen", "Hugo", "Iris", "Jens", "Kaya", "Liam")
_SHIPS: Final = ("Heron", "Petrel", "Osprey", "Tern", "Plover", "Curlew", "Gannet", "Puffin", "Merlin", "Swift")
SKIES: Final = ("sunny", "cloudy", "rainy", "foggy", "windy")
CURRENCIES: Final = ("dollars", "crowns", "pounds")
_FIRST: Final = ("Ba", "Ce", "Di", "Fo", "Gu", "Ha", "Ke", "Li", "Mo", "Nu", "Pa", "Re", "Si", "To", "Vu", "Za")
_LAST: Final = ("bren", "dal", "fex", "gorn", "lim", "mund", "nix", "pol", "rask", "seth", "tov", "wick")
_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "number"}
_WHOLE: Final = {"type": "integer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    tool: ToolDefinition
    inputs: Sequence[Mapping[str, object]]
    """Every call that is recorded."""
    answer: Callable[[Mapping[str, Any]], dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class World:
    """Of one seed."""

    seed: int = 0
    towns: int = 12
    """The first so many of them."""
    called: tuple[str, ...] = _TOWNS
    """Names of towns, at most twelve: whatever the seed, the same questions can be asked of the same names."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The towns."""
        return self.called[: self.towns]

    @cached_property
    def recorded(self) -> Recorded:
        """All tools with all of their calls."""
        calls = {
            call_key(made.tool.server, made.tool.name, given): Told(value=made.answer(given))
            for made in self._made
            for given in made.inputs
        }
        return Recorded(self.tools, calls)

    @cached_property
    def tools(self) -> tuple[ToolDefinition, ...]:
        """The definitions."""
        return tuple(made.tool for made in self._made)

    def write(self, path: Path) -> None:
        """Write it as a recording of the gateway."""
        calls = [(made.tool, given, made.answer(given)) for made in self._made for given in made.inputs]
        write_recording(path, self.tools, calls)

    @cached_property
    def _made(self) -> tuple[_Made, ...]:
        draw = random.Random(f"tool world {self.seed}")  # noqa: S311 because it is made up
        towns = self.names
        squares = [f"{letter}{digit}" for letter, digit in product("ABCD", range(1, 5))]
        square = dict(zip(towns, draw.sample(squares, len(towns)), strict=True))
        sky = {each: draw.choice(SKIES) for each in squares}
        tide = {each: f"{draw.randrange(1, 10)} o'clock" for each in squares}
        people = {town: 1000 * draw.randrange(1, 10) + 100 * draw.randrange(10) for town in towns}
        mayor = dict(zip(towns, draw.sample(_PEOPLE, len(towns)), strict=True))
        twin = _ring(draw, towns)
        ship = {town: draw.choice(_SHIPS) for town in towns}
        captain = {each: draw.choice(_PEOPLE) for each in _SHIPS}
        fare = {each: draw.randrange(2, 10) for each in _SHIPS}
        phone = dict(zip(_PEOPLE, draw.sample(range(100, 1000), len(_PEOPLE)), strict=True))
        office = {each: draw.choice(towns) for each in _PEOPLE}
        rate = dict(zip(CURRENCIES, (2, 8, 3), strict=True))
        by_town = [{"town": town} for town in towns]
        by_square = [{"square": each} for each in squares]
        by_person = [{"person": each} for each in _PEOPLE]
        by_ship = [{"ship": each} for each in _SHIPS]
        pairs = [{"first": one, "second": other} for one, other in product(sorted(set(people.values())), repeat=2)]
        amounts = [{"euros": n, "currency": each} for n in sorted(set(fare.values())) for each in CURRENCIES]
        code = {"type": "string", "pattern": "^[A-D][1-4]$"}
        return (
            _tool("places", "locate", "Tell the square of the map where a town lies.", {"town": _TEXT},
                  {"square": code}, by_town, lambda x: {"square": square[x["town"]]}),
            _tool("places", "population", "Tell how many people live in a town.", {"town": _TEXT},
                  {"people": _WHOLE}, by_town, lambda x: {"people": people[x["town"]]}),
            _tool("places", "twin", "Tell the twin town of a town.", {"town": _TEXT},
                  {"town": _TEXT}, by_town, lambda x: {"town": twin[x["town"]]}),
            _tool("places", "mayor", "Tell who is mayor of a town.", {"town": _TEXT},
                  {"person": _TEXT}, by_town, lambda x: {"person": mayor[x["town"]]}),
            _tool("weather", "forecast", "Tell what the sky will be like over a square.", {"square": code},
                  {"sky": _TEXT}, by_square, lambda x: {"sky": sky[x["square"]]}),
            _tool("weather", "tide", "Tell when high tide is at a square.", {"square": code},
                  {"time": _TEXT}, by_square, lambda x: {"time": tide[x["square"]]}),
            _tool("people", "phone", "Tell the phone number of a person.", {"person": _TEXT},
                  {"phone": _WHOLE}, by_person, lambda x: {"phone": phone[x["person"]]}),
            _tool("people", "office", "Tell the town where a person works.", {"person": _TEXT},
                  {"town": _TEXT}, by_person, lambda x: {"town": office[x["person"]]}),
            _tool("ferries", "ferry", "Tell which ship leaves from a town.", {"town": _TEXT},
                  {"ship": _TEXT}, by_town, lambda x: {"ship": ship[x["town"]]}),
            _tool("ferries", "captain", "Tell who is captain of a ship.", {"ship": _TEXT},
                  {"person": _TEXT}, by_ship, lambda x: {"person": captain[x["ship"]]}),
            _tool("ferries", "fare", "Tell what a passage on a ship costs, in euros.", {"ship": _TEXT},
                  {"euros": _NUMBER}, by_ship, lambda x: {"euros": fare[x["ship"]]}),
            _tool("sums", "convert", "Convert euros into another currency.",
                  {"euros": _NUMBER, "currency": {"enum": list(CURRENCIES)}},
                  {"amount": _NUMBER}, amounts, lambda x: {"amount": x["euros"] * rate[x["currency"]]}),
            _tool("sums", "difference", "Tell by how much two numbers differ.", {"first": _WHOLE, "second": _WHOLE},
                  {"difference": _WHOLE}, pairs, lambda x: {"difference": abs(x["first"] - x["second"])}),
        )  # fmt: skip


def drawn_names(seed: int, count: int = 12) -> tuple[str, ...]:
    """Return names of towns that are drawn from a seed, each of two syllables; two seeds seldom share one.

    >>> len(set(drawn_names(0)) & set(drawn_names(1))) < 3
    True
    """
    draw = random.Random(f"towns {seed}")  # noqa: S311 because they are made up
    return tuple(draw.sample([first + last for first, last in product(_FIRST, _LAST)], count))


def _tool(
    server: str,
    name: str,
    said: str,
    takes: Mapping[str, Any],
    gives: Mapping[str, Any],
    inputs: Sequence[Mapping[str, object]],
    answer: Callable[[Mapping[str, Any]], dict[str, object]],
) -> _Made:
    def schema(properties: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": dict(properties),
            "required": list(properties),
            "additionalProperties": False,
        }

    tool = ToolDefinition(
        server=server, name=name, description=said, input_schema=schema(takes), output_schema=schema(gives),
        read_only=True, destructive=False, idempotent=True, open_world=False,
    )  # fmt: skip
    return _Made(tool=tool, inputs=inputs, answer=answer)


def _ring(draw: random.Random, names: Sequence[str]) -> dict[str, str]:
    """Return twins: pairs, so that the twin of a twin is where one began."""
    order = draw.sample(names, len(names))
    twins = dict(zip(order[::2], order[1::2], strict=False))
    twins |= {other: one for one, other in twins.items()}
    return {**{each: each for each in names}, **twins}
