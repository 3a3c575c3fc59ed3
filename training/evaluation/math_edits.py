r"""Other ways to write a right answer, and answers that look like it and are wrong, drawn by a seed.

Edits are made on the text alone, without the checker's own reading of it. Each is one of those that spec 10, section 7,
names: of those that keep a value fraction and decimal, the order of solutions, variants of LaTeX, units, full width; of
those that change it plus and minus one, the sign, swapped coordinates, a wrong unit, another option, a dropped part.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

__all__ = ["CHANGES", "KEEPS", "Edit", "edits"]

_LABELS: Final = re.compile(r"^\s*(?:\(\d{1,2}\)|（\d{1,2}）|[①-⑳])\s*")
_NUMBER: Final = re.compile(r"(?<![\w.^_{\\])\d+(?:\.\d+)?(?![\d.]*[A-Za-z]*_)")
_UNIT: Final = re.compile(
    r"(?<=\d)\s*(mm|cm|dm|km|m|kg|g|mL|平方厘米|平方分米|平方米|立方厘米|立方分米|立方米|厘米|分米|千米|米|千克|克|小时|分钟)"
    r"(\^\{?[23]\}?|[²³])?(?![\w^²³$])"
)
_ALGEBRA: Final = re.compile(r"[\\$√]|[a-z]\s*[+*-]|[+*-]\s*\d*\s*[a-z]|\^\{?[4-9]")
"""What shows that a letter behind a number is an unknown, not a unit."""
_FINER: Final[Mapping[str, tuple[str, int]]] = {
    "cm": ("mm", 10), "dm": ("cm", 10), "m": ("cm", 100), "km": ("m", 1000), "kg": ("g", 1000), "厘米": ("毫米", 10),
    "分米": ("厘米", 10), "米": ("厘米", 100), "千米": ("米", 1000), "千克": ("克", 1000), "小时": ("分钟", 60),
    "分钟": ("秒", 60),
}  # fmt: skip
_WRONG: Final[Mapping[str, str]] = {
    "cm": "m", "dm": "m", "m": "cm", "mm": "cm", "km": "m", "kg": "g", "g": "kg", "mL": "L", "厘米": "米", "分米": "米",
    "米": "千米", "千米": "米", "千克": "克", "克": "千克", "小时": "分钟", "分钟": "秒", "平方厘米": "平方米",
    "平方分米": "平方厘米", "平方米": "立方米", "立方厘米": "平方厘米", "立方分米": "立方米", "立方米": "平方米",
}  # fmt: skip
_WIDE: Final = str.maketrans({code: code + 0xFEE0 for code in [*range(0x30, 0x3A), *map(ord, "()=,;:+-/%<>")]})
_FRACTION: Final = re.compile(r"(?<![\w./)^√])(\d{1,6})/(\d{1,6})(?![\w./(])")
_LATEX_FRACTION: Final = re.compile(r"(?<![\d.)}])\\[dt]?frac\{(\d{1,6})\}\{(\d{1,6})\}")
_DECIMAL: Final = re.compile(r"(?<![\w.^/])(\d{1,5})\.(\d{1,4})(?![\d.\w^/°])")
_PAIR: Final = re.compile(r"(?<![\w])(\(\s*)(-?[\w√.\\/{}]+)(\s*,\s*)(-?[\w√.\\/{}]+)(\s*\))")
_OR: Final = re.compile(r"\s*(?:或|\bor\b)\s*")
_RELATION: Final = re.compile(r"[≤≥<>]|\\leq?(?:slant)?(?![a-z])|\\geq?(?:slant)?(?![a-z])")
_TURNED: Final = {"≤": "≥", "≥": "≤", "<": ">", ">": "<"}
_CLOSED: Final = {"≤": "<", "≥": ">", "<": "≤", ">": "≥"}
_LETTERS: Final = "ABCDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One other answer."""

    kind: str
    keeps: bool
    """Whether it is as right as the answer it was made of."""
    text: str


def edits(gold: str, *, seed: str, choice: bool = False) -> list[Edit]:
    """Return the edits of one part of a right answer that apply to it, at most one of each kind.

    Args:
        gold: The part, without what else the answer has.
        seed: What draws the places, such as the row's id.
        choice: Whether it is letters of options.
    """
    draw = random.Random(seed)
    table = {**_OF_CHOICE} if choice else {**KEEPS, **CHANGES}
    found: list[Edit] = []
    for kind, make in table.items():
        text = make(gold, draw)
        if text is not None and text.strip() and text != gold:
            found.append(Edit(kind=kind, keeps=kind in KEEPS or kind in _CHOICE_KEEPS, text=text))
    return found


_Make = Callable[[str, random.Random], str | None]


def _boxed(text: str, draw: random.Random) -> str:
    del draw
    return f"We work it out step by step, as shown above.\nSo the result is $\\boxed{{{text}}}$."


def _answer_line(text: str, draw: random.Random) -> str:
    return f"{draw.choice(('解:如上所述,逐步计算.', 'Reading the figure gives 3 steps.'))}\n答案:{text}"


def _wide(text: str, draw: random.Random) -> str | None:
    del draw
    return None if "\\" in text or "$" in text else text.translate(_WIDE)


def _latex(text: str, draw: random.Random) -> str | None:
    """Write fractions, roots, π and degrees in LaTeX, or one form of LaTeX in another."""
    if "\\" in text:
        swapped = re.sub(r"\\[dt]?frac", draw.choice((r"\\dfrac", r"\\tfrac", r"\\frac")), text)
        swapped = swapped.replace("\\leqslant", "\\leq").replace("\\geqslant", "\\geq").replace("\\le ", "\\leq ")
        plain = "\\left" not in swapped and "\\(" not in swapped and "\\begin" not in swapped
        return re.sub(r"\(([^()]*)\)", r"\\left(\1\\right)", swapped) if plain else swapped
    made = _FRACTION.sub(r"\\frac{\1}{\2}", text)
    made = re.sub(r"√(\d+)", r"\\sqrt{\1}", made).replace("π", "\\pi ").replace("°", "^{\\circ}")
    return made.replace("≤", "\\leq ").replace("≥", "\\geq ") if made != text else None


def _dollars(text: str, draw: random.Random) -> str | None:
    del draw
    return None if "$" in text or re.search(r"[\u4e00-\u9fff]|[A-Za-z]{3}", text) else f"${text}$"


def _to_decimal(text: str, draw: random.Random) -> str | None:
    return _one(text, draw, (_FRACTION, _LATEX_FRACTION), _as_decimal)


def _as_decimal(match: re.Match[str]) -> str | None:
    value = Fraction(int(match[1]), int(match[2])) if int(match[2]) else None
    if value is None or 10**6 % value.denominator:
        return None
    told = format(float(value), ".6f").rstrip("0").rstrip(".")
    before, after = match.string[: match.start()].rstrip(), match.string[match.end() :].lstrip()
    return None if re.search(r"[\w)}√/^]$", before) or re.match(r"[\w(^√\\/]", after) else told


def _to_fraction(text: str, draw: random.Random) -> str | None:
    return None if "≈" in text or "约" in text else _one(text, draw, (_DECIMAL,), _as_fraction)


def _as_fraction(match: re.Match[str]) -> str | None:
    value = Fraction(f"{match[1]}.{match[2]}")
    after = match.string[match.end() :].lstrip()
    if value.denominator == 1 or re.match(r"[\w(√π%\\\u4e00-\u9fff]", after):
        return None
    return f"{value.numerator}/{value.denominator}"


def _reordered(text: str, draw: random.Random) -> str | None:
    """Put all solutions in another order, where the first has nothing before it that the others lack."""
    del draw
    body = _LABELS.sub("", text)
    parts = _OR.split(body)
    shapes = {re.sub(r"[\d./√\\{}a-z-]+", "0", part.replace(" ", "")) for part in parts}
    if len(parts) < 2 or len(shapes) != 1 or re.search(r"[\u4e00-\u9fff]|[A-Za-z]{3}", parts[0]):
        return None
    sign = "或" if "或" in body else " or "
    return sign.join(reversed(parts))


def _finer_unit(text: str, draw: random.Random) -> str | None:
    del draw
    match = _UNIT.search(text)
    if match is None or _ALGEBRA.search(text) or match[1] not in _FINER or len(_UNIT.findall(text)) > 1:
        return None
    number = re.search(r"(?<![\w.^/)√}])\d+(?:\.\d+)?$", text[: match.start()])
    if number is None:
        return None
    finer, factor = _FINER[match[1]]
    power = int(re.sub(r"\D", "", (match[2] or "1").replace("²", "2").replace("³", "3")))
    value = Fraction(number[0]) * factor**power
    told = str(value.numerator) if value.denominator == 1 else format(float(value), ".6f").rstrip("0")
    return f"{text[: number.start()]}{told}{finer}{match[2] or ''}{text[match.end() :]}"


def _no_unit(text: str, draw: random.Random) -> str | None:
    del draw
    match = _UNIT.search(text)
    if match is None or text[match.end() :].strip(" .。") or re.search(r"[\u4e00-\u9fff]", text[: match.start()]):
        return None
    return text[: match.start()]


def _no_name(text: str, draw: random.Random) -> str | None:
    del draw
    match = re.fullmatch(r"\s*[a-zA-Z]\s*=\s*(-?[\d./√]+)\s*", text)
    return match[1] if match else None


def _as_interval(text: str, draw: random.Random) -> str | None:
    del draw
    match = re.fullmatch(r"\s*(-?[\d./√]+)\s*([<≤])\s*[a-z]\s*([<≤])\s*(-?[\d./√]+)\s*", text.replace("−", "-"))
    if match is None:
        return None
    return f"{'[' if match[2] == '≤' else '('}{match[1]},{match[4]}{']' if match[3] == '≤' else ')'}"


def _added(step: int) -> _Make:
    def make(text: str, draw: random.Random) -> str | None:
        return _one(text, draw, (_NUMBER,), lambda match: _stepped(match, step))

    return make


def _stepped(match: re.Match[str], step: int) -> str | None:
    number = Fraction(match[0]) + step
    before, after = match.string[: match.start()].rstrip(), match.string[match.end() :].lstrip()
    if number < 0 or re.search(r"[第图卡号∠△/]$|\\frac\{[^{}]*\}\{$|when|Figure$|Card$", before):
        return None
    if re.match(r"[\^*(]?\s*0|号|次|楼|个三|,?\d{3}(?!\d)", after) or re.search(r"\d,$", before):
        return None
    if "." not in match[0]:
        return str(number)
    return format(float(number), f".{len(match[0].split('.')[1])}f")


def _sign(text: str, draw: random.Random) -> str | None:
    """Turn the sign of the whole of a plain value."""
    del draw
    match = re.fullmatch(r"(\$?\s*)([-−+]?)\s*((?:\d[\d./]*|\\[dt]?frac\{\d+\}\{\d+\}|√\d+)(?:[^,;或=<>≤≥:±+\-−∪～~]*))", text)
    if match is None or not re.search(r"[1-9]", match[3]) or re.search(r"[及到至以]|\bto\b|\bor\b", match[3]):
        return None
    return f"{match[1]}{'' if match[2] in ('-', '−') else '-'}{match[3]}"


def _swapped(text: str, draw: random.Random) -> str | None:
    return _one(
        text,
        draw,
        (_PAIR,),
        lambda match: None if match[2] == match[4] else f"{match[1]}{match[4]}{match[3]}{match[2]}{match[5]}",
    )


def _wrong_unit(text: str, draw: random.Random) -> str | None:
    del draw
    match = _UNIT.search(text)
    if match is None or _ALGEBRA.search(text) or match[1] not in _WRONG or re.search(r"(?<![\d.])0\s*$", text[: match.start()]):
        return None
    return f"{text[: match.start()]}{_WRONG[match[1]]}{match[2] or ''}{text[match.end() :]}"


def _wrong_power(text: str, draw: random.Random) -> str | None:
    del draw
    match = re.search(r"(?<=[cdkm]m|.m)(?:\^\{?([23])\}?|([²³]))(?!\d)", text)
    if match is None or not re.search(r"\d\s*[cdk]?m$", text[: match.start()]):
        return None
    other = {"2": "3", "3": "2", "²": "³", "³": "²"}
    sign = match[1] or match[2]
    return text[: match.start()] + match[0].replace(sign, other[sign]) + text[match.end() :]


def _turned(text: str, draw: random.Random) -> str | None:
    return _one(text, draw, (_RELATION,), lambda match: _other(match[0], _TURNED)) if _inequality(text) else None


def _closed(text: str, draw: random.Random) -> str | None:
    return _one(text, draw, (_RELATION,), lambda match: _other(match[0], _CLOSED)) if _inequality(text) else None


def _inequality(text: str) -> bool:
    return bool(_RELATION.search(text)) and "\\left" not in text


def _other(sign: str, table: Mapping[str, str]) -> str:
    plain = "≤" if sign.startswith("\\l") else "≥" if sign.startswith("\\g") else sign
    return table[plain]


def _dropped(text: str, draw: random.Random) -> str | None:
    """Drop one of several solutions."""
    parts = _OR.split(_LABELS.sub("", text))
    if len(parts) < 2 or "(或" in text or "(or" in text or len({re.sub(r"\s", "", part) for part in parts}) < len(parts):
        return None
    del parts[draw.randrange(1, len(parts))]
    return ("或" if "或" in text else " or ").join(parts)


def _not_so(text: str, draw: random.Random) -> str | None:
    del draw
    pairs = {"对": "错", "错": "对", "√": "×", "×": "√", "正确": "错误", "错误": "正确", "上": "下", "前": "后", "正": "负",
             "圆柱": "圆锥", "菱形": "矩形", "扇形": "折线", "Yes": "No", "No": "Yes", "True": "False", "up": "down"}  # fmt: skip
    return pairs.get(text.strip(" .。"))


def _option(text: str, draw: random.Random) -> str:
    return draw.choice([each for each in _LETTERS if each not in text] or ["H"])


def _all_options(text: str, draw: random.Random) -> str:
    del text, draw
    return "A, B, C and D"


def _two_options(text: str, draw: random.Random) -> str:
    return f"{text.strip()} or {_option(text, draw)}"


def _one(
    text: str, draw: random.Random, patterns: tuple[re.Pattern[str], ...], made: Callable[[re.Match[str]], str | None]
) -> str | None:
    """Change one place of those that can be changed."""
    label = _LABELS.match(text)
    start = label.end() if label else 0
    places = [(match, other) for match in _matches(text, patterns, start) if (other := made(match)) is not None]
    if not places:
        return None
    match, other = draw.choice(places)
    return text[: match.start()] + other + text[match.end() :]


def _matches(text: str, patterns: tuple[re.Pattern[str], ...], start: int) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        yield from pattern.finditer(text, start)


KEEPS: Final[Mapping[str, _Make]] = {
    "itself": lambda text, _: f"{text} ",
    "boxed": _boxed,
    "answer_line": _answer_line,
    "full_width": _wide,
    "latex": _latex,
    "dollars": _dollars,
    "to_decimal": _to_decimal,
    "to_fraction": _to_fraction,
    "reordered": _reordered,
    "finer_unit": _finer_unit,
    "no_unit": _no_unit,
    "no_name": _no_name,
    "as_interval": _as_interval,
}
"""Edits that keep what an answer says."""
CHANGES: Final[Mapping[str, _Make]] = {
    "plus_one": _added(1),
    "minus_one": _added(-1),
    "sign": _sign,
    "swapped": _swapped,
    "wrong_unit": _wrong_unit,
    "wrong_power": _wrong_power,
    "turned": _turned,
    "closed": _closed,
    "dropped": _dropped,
    "not_so": _not_so,
}
"""Edits that change it."""
_CHOICE_KEEPS: Final[Mapping[str, _Make]] = {
    "itself": lambda text, _: f"{text} ",
    "boxed": _boxed,
    "bracketed": lambda text, _: f"({text.strip()})",
    "named": lambda text, _: f"故选:{text.strip()}",
    "sentence": lambda text, _: f"The correct answer is option {text.strip()}.",
}
_OF_CHOICE: Final[Mapping[str, _Make]] = {
    **_CHOICE_KEEPS,
    "other_option": _option,
    "all_options": _all_options,
    "two_options": _two_options,
}
