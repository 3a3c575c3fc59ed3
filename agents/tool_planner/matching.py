"""How well a tool serves a text by what the text says outright: its typed values, and the words that the tool knows.

The idea: a tool whose arguments are typed serves a text only when values and the tool's own words explain nearly all of
it. "What day of the week is 14 July 2031" is explained by a calendar; "on what day were the Articles signed" is not,
because nothing there says what the Articles are. Round numbers, chosen with the open scenarios in view.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from questline.errors import QuestlineError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.filling import Reader, fill
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.slot_filling.wording import Wording
from questline.tools.text import STOPWORDS, stem

from .kinds import Shape, Slot, shape_of
from .literals import Literals, Said
from .objects import by_example, in_place
from .places import unknown_place
from .roles import is_key
from .spelling import spelled

__all__ = ["ENOUGH", "FLOOR", "Match", "content", "has", "match", "plain"]

ENOUGH: Final = 0.7
"""Share of a text's words that must be explained."""
FLOOR: Final = 0.2
"""Confidence below which a value for a required argument is a guess."""
_SURE: Final = 0.6
"""The same for an argument that may be left out."""
_NAME: Final = 0.3
"""What a tool's own name in the text counts beside the explained share."""
_NEAR: Final = 0.1
"""What the catalogue's score counts beside it."""
_PLAIN: Final = 0.004
"""What each argument that a tool has counts against it."""
_LOOSE: Final = 0.6
"""What a value of a free argument explains, beside a typed one."""
_UNUSED: Final = 2
"""Words that a formula, or a day, counts as which the tool does not take."""
_TO: Final = frozenset(listed("to until till end target dest destination"))
_SAYS_NOTHING: Final = frozenset(
    stem(word)
    for word in listed(
        "what which who whom whose how when where why many much please tell give show find find get let"
        " want need like know could would should can may might i'd i'm it's that's what's whats there's"
        " let's right just exactly thanks thank hello hi hey work out me my us between apart passed lie"
        " lies pass elapsed gone by another one fall falls come comes"
        " local current currently yet"
        " already still before earlier later ago date answer question value using use into onto from"
    )
)
_GLOSSES: Final = (
    ("星期几", "weekday"), ("星期", "week"), ("周几", "weekday"), ("礼拜几", "weekday"), ("多少天", "days"),
    ("几天", "days"), ("多少周", "weeks"), ("几周", "weeks"), ("几点", "time"), ("时间", "time"), ("现在", "now"),
    ("时区", "zone"), ("计算", "calculate"), ("换算", "convert"), ("解方程", "solve equations"),
    ("方程", "equations"), ("天气", "weather"), ("翻译", "translate"), ("文件", "file"), ("那天", "that day"),
    ("今天", "today"),
)  # fmt: skip
"""Chinese words for what tools are described with in English."""


_Found: TypeAlias = tuple[str, object, tuple[int, int] | None, bool, bool]
"""Argument, value, place, whether it is sure enough, and whether it is one of a few that the schema lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One tool beside one text."""

    tool: ToolDefinition
    arguments: Mapping[str, object]
    missing: tuple[str, ...] = ()
    """Required arguments that nothing gives."""
    spoken: tuple[str, ...] = ()
    """Arguments that hold a typed value of the text."""
    covered: float = 0.0
    """Share of the text's words that is explained, in [0, 1]."""
    named: float = 0.0
    """Share of the words of the tool's name that the text says."""
    near: float = 0.0
    """Of the catalogue's search: what decides between tools that explain equally much."""
    free: bool = False
    """It reads only, and requires nothing."""
    unusable: bool = False
    """It requires what rules cannot write, such as a query in SQL."""

    @property
    def score(self) -> float:
        """What orders tools of one text."""
        plainness = _PLAIN * len(shape_of(self.tool).slots)
        return self.covered + _NAME * self.named + 0.02 * len(self.spoken) + _NEAR * self.near - plainness

    @property
    def serves(self) -> bool:
        """Whether the tool can be called, and the text asks for nothing else."""
        grounded = bool(self.spoken) or self.named > 0.0 or (self.covered == 1.0 and self.free)
        return not self.missing and not self.unusable and self.covered >= ENOUGH and grounded


def plain(text: str) -> str:
    """Return a text with Chinese words for common needs in English too, and units spelled as they are in tables."""
    for word, gloss in _GLOSSES:
        text = text.replace(word, f" {gloss} ")
    return spelled(text)


def content(text: str, taken: Sequence[tuple[int, int]] = ()) -> list[str]:
    """Return the stems of the words of a text that ask for something; words inside of `taken` places are left out."""
    found: list[str] = []
    for word in Wording(text).words:
        inside = any(start <= word.start < end for start, end in taken)
        silent = word.lower in STOPWORDS or word.stem in _SAYS_NOTHING or word.lower in _SAYS_NOTHING
        if (
            not inside
            and not silent
            and (len(word.lower) > 1 or not word.lower.isascii())
            and not _typo(word.lower, STOPWORDS, short=True)
        ):
            found.append(word.stem)
    return found


def has(known: frozenset[str], word: str) -> bool:
    """Say whether a stem is there, or one that begins alike (`convert`, `conversion`) or has two letters swapped."""
    if word in known:
        return True
    head = word[: max(5, len(word) - 2)]
    return (
        (len(word) > 5 and any(other.startswith(head) for other in known))
        or _typo(word, known)
        or _typo(f"{word}e", known)
    )


def _typo(word: str, known: Iterable[str], *, short: bool = False) -> bool:
    """Say whether a word is a known one with two letters swapped, or, where `short`, a question word less a letter."""
    letters = sorted(word)
    if len(word) < 4 and not short:
        return False
    if any(word != other and word[0] == other[0] and letters == sorted(other) for other in known if other):
        return True
    return short and word in {"wat", "wht", "hw", "wich", "whch", "teh"}


def match(
    text: str,
    tool: ToolDefinition,
    said: Literals,
    *,
    near: float = 0.0,
    reader: Reader | None = None,
    fills: bool = True,
) -> Match:
    """Fill a tool from a text and say how much of the text it explains.

    Args:
        text: One need, as `plain` returns it where it is Chinese; the places of `said` are those of it.
        tool: Its texts are data.
        said: The typed values of the text.
        near: The tool's score in the catalogue.
        reader: Reads values of free arguments; None for rules alone.
        fills: Free arguments are filled from the text; without it they are missing.
    """
    shape = shape_of(tool)
    filled: dict[str, object] = {}
    spans: list[tuple[int, int]] = []
    loose: list[tuple[int, int]] = []
    spoken: list[str] = []
    for slot, values in _assigned(text, shape, said):
        filled[slot.name] = [one.value for one in values] if slot.kind == "formulas" else values[0].value
        spans += [(one.start, one.end) for one in values]
        spoken.append(slot.name)
        if slot.kind == "time":  # the day that a time of day belongs to is in its value
            spans += [(one.start, one.end) for one in said.days]
    free = [slot for slot in shape.slots if slot.kind == "other" and slot.name not in filled]
    if free and (fills or any(slot.field.enum for slot in free)):
        for name, value, place, sure, chosen in _free(text, tool, free, reader, fills=fills):
            keyed = is_key(name) and place is not None and not re.search(r"\d", text[place[0] : place[1]])
            clash = keyed or (place is not None and any(place[0] < end and start < place[1] for start, end in spans))
            if not clash and sure:
                filled[name] = value
                (spans if chosen else loose).extend([place] if place else [])
    if fills:
        known = frozenset(filled)
        filled = by_example(tool, text, in_place(tool, text, filled))
        places = (text.find(str(value)) for name, value in filled.items() if name not in known)
        loose += [(at, at + 1) for at in places if at >= 0]
    place = unknown_place(text) if any(slot.kind == "zone" for slot in shape.slots) else ""
    if place and (at := text.find(place)) >= 0:  # explained: a place, whose zone must be asked for
        loose.append((at, at + len(place)))
    missing = tuple(slot.name for slot in shape.slots if slot.required and slot.name not in filled)
    coded = any(slot.required and slot.kind == "code" for slot in shape.slots)
    left = content(text, [*spans, *loose])
    known = [word for word in left if has(shape.words, word)]
    kinds = {slot.kind for slot in shape.slots}
    days = said.days if kinds & {"day", "time", "zone"} else []
    times = said.times if "zone" in kinds and "time" not in kinds else []  # what is so now is not what is asked of then
    unused = [
        one
        for one in (*said.formulas, *days, *times)
        if not any(start < one.end and one.start < end for start, end in (*spans, *loose))
    ]
    total = len(left) + len(spans) + len(loose) + _UNUSED * len(unused)
    name_words = [word for word in shape.name if has(frozenset(content(text)), word)]
    return Match(
        tool=tool,
        arguments=_nested(filled),
        missing=missing,
        spoken=tuple(spoken),
        covered=(len(known) + len(spans) + _LOOSE * len(loose)) / total if total else 0.0,
        named=len(name_words) / max(1, len(shape.name)),
        near=near,
        free=tool.read_only is True and not any(slot.required for slot in shape.slots),
        unusable=coded,
    )


def _assigned(text: str, shape: Shape, said: Literals) -> list[tuple[Slot, list[Said]]]:
    """Give the typed values of a text to the arguments that take them."""
    of = {
        kind: [slot for slot in shape.slots if slot.kind == kind]
        for kind in ("day", "time", "zone", "path", "folder", "count")
    }
    found: list[tuple[Slot, list[Said]]] = []
    times = said.times if of["time"] else []
    found += [(slot, [one]) for slot, one in zip(of["time"], times, strict=False)]
    days = [one for one in said.days if not of["time"] or not times]
    found += _of_days(text, of["day"], days, counted=bool(said.counts))
    found += _of_zones(text, of["zone"], said.zones, times)
    found += [(slot, [one]) for slot, one in zip(of["path"], said.paths, strict=False)]
    found += [(slot, [one]) for slot, one in zip(of["folder"], said.folders, strict=False)]
    for slot in of["count"]:
        for one in said.counts:
            if one.unit == slot.field.path[-1].casefold():
                back = re.match(r"\s*(?:before|earlier|ago|prior)\b", text[one.end : one.end + 12])
                value = -int(str(one.value)) if back else one.value
                found.append((slot, [Said(kind="count", value=value, start=one.start, end=one.end, unit=one.unit)]))
    for slot in shape.slots:
        if slot.kind == "formula" and said.formulas:
            found.append((slot, [max(said.formulas, key=lambda one: one.end - one.start)]))
        elif slot.kind == "formulas" and said.equations:
            found.append((slot, list(said.equations)))
    return found


def _of_days(text: str, slots: Sequence[Slot], days: Sequence[Said], *, counted: bool) -> list[tuple[Slot, list[Said]]]:
    if len(days) == 1 and len(slots) > 1 and not counted:
        until = re.search(r"\b(?:until|till|to|before)\s+$", text[: days[0].start], re.IGNORECASE)
        ends = [slot for slot in slots if slot.field.path[-1].casefold() in _TO]
        if until and ends and not any(slot.required for slot in slots):
            return [(ends[0], [days[0]])]
    return [(slot, [one]) for slot, one in zip(slots, days, strict=False)]


def _of_zones(
    text: str, slots: Sequence[Slot], zones: Sequence[Said], times: Sequence[Said]
) -> list[tuple[Slot, list[Said]]]:
    """Give the zone that stands beside the time to what the time is in, and the other to what it is wanted in."""
    aims = [slot for slot in slots if slot.field.path[-1].casefold() in _TO]
    starts = [slot for slot in slots if slot not in aims]
    if not aims or not starts or not zones:
        return [(slot, [one]) for slot, one in zip(slots, zones, strict=False)]
    at = times[0] if times else None

    def beside(one: Said) -> bool:
        follows = re.match(r"(?:'s)?\s+time\b", text[one.end : one.end + 8], re.IGNORECASE) is not None
        aimed = re.search(r"\b(?:to|into)\s+$", text[: one.start], re.IGNORECASE) is not None
        return (follows and not aimed) or (at is not None and 0 <= one.start - at.end <= 5)

    own = next((one for one in zones if beside(one)), zones[0] if len(zones) > 1 else None)
    aim = next((one for one in zones if one is not own), None)
    found = [(starts[0], [own])] if own else []
    return [*found, (aims[0], [aim])] if aim else found


def _free(
    text: str, tool: ToolDefinition, slots: Sequence[Slot], reader: Reader | None, *, fills: bool
) -> list[_Found]:
    """Return what slot filling finds for free arguments."""
    schema = dict(tool.input_schema)
    try:
        found = fill(text, schema, tool_name=tool.name, description=tool.description[:1000], reader=reader)
    except QuestlineError:
        return []
    wanted = {slot.name: slot for slot in slots}
    rows: list[_Found] = []
    for one in found.fields:
        slot = wanted.get(one.name)
        if slot is None or not (fills or slot.field.enum):
            continue
        floor = FLOOR if slot.required else _SURE
        place = (one.span.start, one.span.end) if one.span else None
        sure = one.confidence >= floor and (slot.required or one.how != "default")
        rows.append((one.name, one.value, place, sure, one.how == "choice" and bool(slot.field.enum)))
    return rows


def _nested(filled: Mapping[str, object]) -> dict[str, object]:
    """Put values of dotted names into objects."""
    built: dict[str, object] = {}
    for name, value in filled.items():
        *outer, last = name.split(".")
        here: dict[str, object] = built
        for step in outer:
            here = cast("dict[str, object]", here.setdefault(step, {}))
        here[last] = value
    return built
