"""Read one part of an answer as a value."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from questline.tools.mathematics.parser import parse
from questline.tools.mathematics.tree import Name, names_of

from .brackets import comma_split, outside
from .formulas import TooLongError, read_formula
from .latex import TooDeepError, plain
from .leads import bent_by
from .spoken import written
from .values import Choice, Formula, Group, Interval, Relation, Truth, Value, Words
from .words import ADVICE, closed_word, truth

__all__ = ["read", "read_plain"]


_LONGEST: Final = 1_000
"""Characters of a part; some ways of reading take time that grows with their square."""
_CIRCLED: Final = re.compile(r"[①-⑳](?:[\s,、和]*[①-⑳])*")
_LETTERS: Final = re.compile(r"\(?([A-H](?:\s*[,、和与]?\s*(?:and\s+)?[A-H])*)\)?")
_DAY: Final = re.compile(r"(\d{4})\s*(?:[-年]\s*(\d{1,2})\s*[-月]\s*(\d{1,2})日?)")
_NOTHING: Final = re.compile(
    r"∅|⟦\s*⟧|空集|(?:[此该原]?(?:方程组?|不等式组?)|解集)?[是为]?(?:空集|(?:无|没有)(?:实数?)?(?:解|根))"
    r"|(?:there (?:is|are) )?no (?:real )?(?:solutions?|roots?)|(?:the )?empty set",
    re.IGNORECASE,
)
_OR: Final = re.compile(r"\s*(?:或者?|\bor\b)\s*", re.IGNORECASE)
_COLON: Final = re.compile(r":")
_AND: Final = re.compile(r"\s*(?:、|以及|及(?!以)|和|与|且|\band\b|&)\s*", re.IGNORECASE)
_ALSO: Final = re.compile(r"\(\s*(?:或|or\b)\s*(.+?)\)\s*$", re.IGNORECASE)
_SIGN: Final = re.compile(r"<=|>=|!=|==|[=<>≤≥≠]")
_SIGNS: Final = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "="}
_LEAD: Final = re.compile(
    r"^(?P<lead>.*?[\u4e00-\u9fffA-Za-z].*?)"
    r"(?:\b(?:is|are|was|were|equals?|be)\b|[是为得填选]|(?<=[^\d\s]):|:(?!\d\d)|等于|都是|\bto be\b)\s*"
    r"(?P<about>大?约是?|近似于?|approximately|about|around)?\s*(?P<value>[^是为:]*\S)$",
    re.IGNORECASE,
)
_WORDED: Final = re.compile(
    r"^(?P<lead>[\u4e00-\u9fff][\u4e00-\u9fffA-Z\s]*?|(?:[A-Za-z]+\s+)+)(?P<value>[-+]?(?:√|\d|\().*)$"
)
_POINT: Final = re.compile(
    r"^(?:点|point\s+|坐标)?\s*([A-Z][A-Za-z′]?\d?)?\s*(?:的?坐标)?\s*(?:是|为|=|:)?\s*([(\[].*[)\]])$"
)
_WHOLE_NUMBERS: Final = re.compile(r"[,，]?\s*\(?\s*(?:其中\s*)?[kn]\s*∈\s*\(?\s*[ZN]\)?\s*\)?$")
_CLOCK: Final = re.compile(r"(?<!\d)(\d{1,2})\s*[时点]\s*(\d{2})\s*分(?!钟)")
_FROM_TO: Final = re.compile(r"(?<=\d:\d\d)\s*-\s*(?=\d{1,2}:\d\d)")
_HALF_DAY: Final = re.compile(
    r"(?:(上午|下午|早上|晚上)\s*(?=\d{1,2}:\d\d))?(?<!\d)(\d{1,2}):(\d\d)(?!\d)\s*([ap]\.?m\.?)?(?![A-Za-z:])",
    re.IGNORECASE,
)
_RATIO: Final = re.compile(r"[^:<>=]+(?::[^:<>=]+)+")
_BEYOND: Final = re.compile(
    r"^(.*?\d\S*?)\s*(及以上|以上|及以下|以下|and above|or more|and below|or less)$", re.IGNORECASE
)
_LISTED: Final = re.compile(
    r"^(?:[^\d=<>√()\[\]⟦]*[\u4e00-\u9fff][^\d=<>√()\[\]⟦]*?(?:依次(?:[是为填]|填[入写])?|分别[是为]|:)\s*:?"
    r"|[A-Za-z][A-Za-z ,′]*?(?:\bare\s*:?|\bis\s*:|:|as follows:?|\bwith\b))\s*(?=\S)"
)
_RANGE: Final = re.compile(r"^(?:从|from\s)?\s*(\S+?)\s*(?:到|至|~|\bto\b)\s*(\S+(?:\s*o′clock)?)$", re.IGNORECASE)
_SUBJECT: Final = re.compile(
    r"^.*(?:[是为:]|\b(?:is|are|by|when|where|function|equation|mean|variance)\b)\s*(?=[A-Za-z(∠△])"
    r"|^[\u4e00-\u9fff,]+(?=[A-Za-z(∠△])",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def read(text: str, *, choice: bool = False) -> Value:
    """Return what a part of an answer says; free text where it is nothing else.

    Raises:
        TooLongError: Beyond the limits of a formula.
    """
    if len(text) > _LONGEST:
        raise TooLongError
    try:
        shown = plain(text)
    except TooDeepError as error:
        raise TooLongError from error
    shown = (
        re.sub(
            r"(?:(?<=[\u4e00-\u9fff\s])|(?<=[A-Za-z]{3}))!+$", "", ADVICE.sub("", shown).strip().rstrip(".;,")
        ).strip()
        or shown
    )
    return read_plain(shown, choice=choice)


def read_plain(text: str, *, choice: bool = False, depth: int = 0) -> Value:
    """Read text without LaTeX; the forms are tried from the most special to free text."""
    text = written(_WHOLE_NUMBERS.sub("", text.strip().strip(";").removeprefix("=")).strip())
    text = _FROM_TO.sub("到", _HALF_DAY.sub(_on_the_day, _CLOCK.sub(r"\1:\2", text)))
    found = _special(text, choice)
    if found is not None or depth > 6:
        return found or Words(text=text, closed=closed_word(text))
    for reader in (_beyond, _several, _bracketed, _relation, _range, _ratio, _expression, _sentence):
        value = reader(text, depth)
        if value is not None:
            return value
    return Words(text=text, closed=closed_word(text))


def _on_the_day(match: re.Match[str]) -> str:
    hour = int(match[2])
    later = (match[1] or match[4] or "").lower().replace(".", "") in ("pm", "下午", "晚上")
    return f"{hour % 12 + 12 if later and hour <= 12 else hour}:{match[3]}"


def _special(text: str, choice: bool) -> Value | None:
    held = truth(text)
    text = re.sub(r"^(?:是|为|is an? |is |are )(?=\S)", "", text)
    held = truth(text) if held is None else held
    if held is not None:
        return Truth(holds=held)
    if closed_word(text):
        return Words(text=text, closed=True)
    if _CIRCLED.fullmatch(text):
        return Choice(letters=frozenset(re.findall(r"[①-⑳]", text)), order="".join(re.findall(r"[①-⑳]", text)))
    if match := _LETTERS.fullmatch(text):
        letters = re.findall(r"[A-H]", match[1])
        if choice or len(letters) == 1 or (letters == sorted(set(letters)) and re.search(r"[,、和与]|and", text)):
            return Choice(letters=frozenset(letters), order="".join(letters))
    if day := _DAY.fullmatch(text):
        return Group(kind="tuple", items=tuple(Formula(tree=parse(each).tree) for each in day.groups()), name="day")
    if _NOTHING.fullmatch(text):
        return Group(kind="set", items=())
    return None


def _several(text: str, depth: int) -> Value | None:
    """Read alternatives, solutions and lists."""
    if also := _ALSO.search(text):
        others = [also[1], *[part for part in _OR.split(also[1]) if part]]
        first = text[: also.start()].strip()
        if first:
            pieces = [first, *(_OR.split(also[1]) if len(others) > 2 else [also[1]])]
            return Group(kind="any", items=tuple(read_plain(piece, depth=depth + 1) for piece in pieces))
    if "±" in text and len(pieces := comma_split(text)) > 1:
        return _solutions(pieces, depth)
    forms = [part for part in outside(text, _COLON) if part.strip()]
    if len(forms) == 2 and _SIGN.search(forms[0]) and re.search(r"[(\[]", forms[1]):  # x<3:(-∞,3)
        items = tuple(read_plain(form, depth=depth + 1) for form in forms)
        if not any(isinstance(item, Words) for item in items):
            return Group(kind="any", items=items)
    parts = [part for part in outside(text, _OR) if part.strip()]
    if len(parts) > 1 and len({len(comma_split(part)) for part in parts}) == 1:
        return _solutions(parts, depth)
    if "±" in text:
        signs = [text.replace("±", "+").replace("∓", "-"), text.replace("±", "-").replace("∓", "+")]
        return _solutions([each.replace("=+", "=").lstrip("+") for each in signs], depth)
    if "∪" in text:
        items = tuple(read_plain(part, depth=depth + 1) for part in _after_in(text).split("∪"))
        return Group(kind="set", items=items)
    return _listed(text, depth)


def _solutions(parts: list[str], depth: int) -> Value | None:
    """Return all solutions: a name said once before the first stands before each."""
    items = [read_plain(part, depth=depth + 1) for part in parts]
    if any(isinstance(item, Words) for item in items[1:]):
        first = parts[0]
        lead = re.match(r"^(.*?(?:[=:是为]|\bis\b))", first)
        if lead:
            items = [read_plain(lead[1] + part if place else part, depth=depth + 1) for place, part in enumerate(parts)]
    leads = [isinstance(item, Formula) and bool(item.lead) for item in items]
    if any(leads[1:]) and not all(leads):
        return None
    flat: list[Value] = []
    for item in items:
        flat += item.items if isinstance(item, Group) and item.kind == "set" else (item,)
    units = [item.unit for item in flat if isinstance(item, Formula) and item.unit is not None]
    if units and all(isinstance(item, Formula) for item in flat):  # 5或6cm
        flat = [
            Formula(tree=item.tree, unit=item.unit or units[-1], places=item.places, rounded=item.rounded)
            for item in flat
            if isinstance(item, Formula)
        ]
    return Group(kind="set", items=tuple(flat))


def _listed(text: str, depth: int) -> Value | None:
    conditioned = _conditioned(text)
    if conditioned is not None:
        first, second = (read_plain(each, depth=depth + 1) for each in conditioned)
        if not isinstance(first, Words):
            return Group(kind="condition", items=(first, second))
    led = _LISTED.match(text)
    if led and len(comma_split(text[led.end() :])) > 1:
        return read_plain(text[led.end() :], depth=depth + 1)
    parts = comma_split(text)
    if len(parts) == 1:
        return _together(text, depth)
    return _list_of(tuple(read_plain(part, depth=depth + 1) for part in parts))


def _together(text: str, depth: int) -> Value | None:
    """Read values side by side: points, or values with ``and`` between them, all of one kind."""
    parts = [part for part in outside(text, _AND) if part]
    if len(parts) == 1 and (points := re.findall(r"[A-Z]?\([^()]*,[^()]*\)", text)) and len(points) > 1:
        parts = points if "".join(points) == re.sub(r"\s", "", text) or "".join(points) == text else parts
    if len(parts) == 1:
        return None
    items = tuple(read_plain(part, depth=depth + 1) for part in parts)
    if any(isinstance(item, Words) for item in items) and not all(isinstance(i, Words) and i.closed for i in items):
        return None
    leads = [isinstance(item, Formula) and bool(item.lead) for item in items]
    if any(leads[1:]) and not leads[0]:  # ∠1和∠2都是30°
        return None
    if any(isinstance(item, (Choice, Truth)) for item in items) and len({type(item) for item in items}) > 1:
        return None
    return _list_of(items)


def _list_of(items: tuple[Value, ...]) -> Value | None:
    if all(isinstance(item, Group) and item.kind == "tuple" and not item.name for item in items):
        return Group(kind="set", items=items)
    if all(isinstance(item, Relation) and _root_of(item) == f"x{place + 1}" for place, item in enumerate(items)):
        roots = tuple(item.sides[-1] for item in items if isinstance(item, Relation))
        return Group(kind="set", items=roots)
    if all(isinstance(item, Words) and not item.closed for item in items):
        return None
    return Group(kind="list", items=items)


def _root_of(value: Relation) -> str:
    """Return the name of ``x_1 = 2`` without its sign, empty for other relations."""
    first = value.sides[0].tree
    return first.name.replace("_", "") if isinstance(first, Name) and value.signs == ("=",) else ""


def _conditioned(text: str) -> tuple[str, str] | None:
    """Cut ``y=2x (0<x<5)`` into the value and its condition."""
    if not text.endswith(")"):
        return None
    depth = 0
    for place in range(len(text) - 1, 0, -1):
        depth += (text[place] == ")") - (text[place] == "(")
        if not depth:
            head, held = text[:place].strip().rstrip(","), text[place + 1 : -1]
            one = _SIGN.search(head) and len(comma_split(head)) == 1
            return (head, held) if one and _SIGN.search(held) and not _SIGN.match(held) else None
    return None


def _after_in(text: str) -> str:
    return re.sub(r"^\s*[A-Za-zα-ω]\w*\s*∈\s*", "", text)


def _bracketed(text: str, depth: int) -> Value | None:
    """Read sets, points and intervals."""
    text = _after_in(text)
    if text[:1] == "⟦" and text[-1:] == "⟧":
        inner = text[1:-1]
        if "|" in inner or ":" in inner:
            return read_plain(re.split(r"[|:]", inner, maxsplit=1)[1], depth=depth + 1)
        return Group(kind="set", items=tuple(read_plain(each, depth=depth + 1) for each in comma_split(inner)))
    behind = re.match(r"^(\([^()]*(?:\([^()]*\)[^()]*)*\))\s*(?:[\u4e00-\u9fff%°]{1,4}|[a-z ]+)$", text)
    match = _POINT.match(behind[1] if behind else text)
    if match is None:
        return None
    inner, ends = match[2][1:-1], match[2][0] + match[2][-1]
    parts = comma_split(inner, strict=True)
    if len(parts) < 2 or not _whole(match[2]):
        return None
    items = [read_plain(part, depth=depth + 1) for part in parts]
    if any(isinstance(item, Words) for item in items):
        return None
    if ends == "()" or len(items) != 2:
        return Group(kind="tuple", items=tuple(items), name=match[1] or "")
    low, high = items
    if not isinstance(low, Formula) or not isinstance(high, Formula):
        return None
    return Interval(low=_end(low), high=_end(high), closed=(ends[0] == "[", ends[1] == "]"))


def _end(value: Formula) -> Formula | None:
    return None if "oo" in names_of(value.tree) else value


def _whole(text: str) -> bool:
    """Say whether the first bracket closes at the end; intervals may be open at one side."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and place < len(text) - 1:
            return False
    return depth == 0


def _beyond(text: str, depth: int) -> Value | None:
    """Read ``5.0及以上`` and ``5 or more``."""
    del depth
    if beyond := _BEYOND.match(text):
        value = read_formula(beyond[1])
        if isinstance(value, Formula):
            up = beyond[2].lower() in ("及以上", "以上", "and above", "or more")
            return Interval(low=value if up else None, high=None if up else value, closed=(up, not up))
    return None


def _relation(text: str, depth: int) -> Value | None:
    del depth
    if text.endswith("时") and "=" in text:
        return None
    approximate = "≈" in text and bool(text.split("≈", maxsplit=1)[0].strip())
    signs: list[str] = [_SIGNS.get(sign.group(), sign.group()) for sign in _SIGN.finditer(text)]
    if approximate and not signs:  # 36π≈113.04
        told = [read_formula(piece) for piece in text.split("≈")]
        both = [_rounded(side) if place else side for place, side in enumerate(told) if side is not None]
        return Group(kind="any", items=tuple(both)) if len(both) == len(told) else None
    if approximate:
        text, signs = text.replace("≈", "=", 1), [*signs, "="]
    if not signs:
        return None
    pieces = _SIGN.split(text)
    if any(not piece.strip() for piece in pieces):
        return None
    sides: list[Formula] = []
    for place, piece in enumerate(pieces):
        named = _SUBJECT.sub("", piece) if not place else piece
        side = read_formula(named) or (_named(named) if not place and signs[0] == "=" else None)
        if not isinstance(side, Formula):
            return None
        sides.append(side)
    if approximate:
        sides[-1] = _rounded(sides[-1])
    return Relation(sides=tuple(sides), signs=tuple(signs))


def _rounded(value: Formula) -> Formula:
    return Formula(tree=value.tree, unit=value.unit, places=value.places, rounded=True, percent=value.percent)


def _named(piece: str) -> Formula | None:
    """Return words before a sign of equality as one name: ``P(A|B)``, ``S△ABC``, ``体积``."""
    name = re.sub(r"[^A-Za-z0-9\u4e00-\u9fff]", "", piece)
    if not name or len(name) > 40:
        return None
    coded = "".join(sign if sign.isascii() else f"u{ord(sign):x}" for sign in name)
    return Formula(tree=parse(f"N_{coded}").tree)


def _range(text: str, depth: int) -> Value | None:
    """Read ``11:00 to 11:45`` and ``2时到7时``."""
    match = _RANGE.match(text)
    if match is None or len(re.findall(r"到|至|~|\bto\b", text)) > 1:
        return None
    items = tuple(read_plain(each, depth=depth + 1) for each in match.groups())
    bare = all(isinstance(item, Formula) or (isinstance(item, Group) and item.kind == "ratio") for item in items)
    return Group(kind="tuple", items=items, name="range") if bare else None


def _ratio(text: str, depth: int) -> Value | None:
    del depth
    if not _RATIO.fullmatch(text):
        return None
    parts = [read_formula(part) for part in text.split(":")]
    if not all(isinstance(part, Formula) for part in parts):
        return None
    return Group(kind="ratio", items=tuple(part for part in parts if part is not None))


def _expression(text: str, depth: int) -> Value | None:
    del depth
    return read_formula(text)


def _sentence(text: str, depth: int) -> Value | None:
    """Read a value with words before it: ``DF的长是65/18``, ``the area is 20``, ``红色2000cm^2``."""
    for pattern in (_LEAD, _WORDED):
        match = pattern.match(text)
        if match is None or not match["value"]:
            continue
        about = "≈" if pattern is _LEAD and match["about"] else ""
        value = read_plain(about + match["value"], depth=depth + 1)
        lead = match["lead"].strip()
        if isinstance(value, Formula):
            return Formula(
                tree=value.tree, unit=value.unit, places=value.places, rounded=value.rounded, percent=value.percent,
                lead=lead if bent_by(lead) else f"{lead} {value.lead}".strip(),
            )  # fmt: skip
        if not isinstance(value, Words):
            return None if bent_by(lead) else value
    return None
