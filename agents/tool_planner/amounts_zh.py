"""As `amounts`, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.mathematics.unit_table import dimension_name, find, is_known
from questline.tools.temporal.numerals import chinese_number
from questline.tools.text import is_cjk

from .operands import Frame, Operand

__all__ = ["amounts_in_chinese"]

LONGEST: Final = 300
"""Characters of a need that is taken apart."""
_N: Final = r"(?P<n>\d+|[两二三四五六七八九十百]+)"
_CLASS: Final = "[个只本张把瓶杯碗壶块件份位名条盒包袋罐箱串支副套台辆晚夜天人]"
_BOUGHT: Final = re.compile(
    rf"^(?P<head>.*?)(?P<buy>买|点|要|订|租)?{_N}(?P<cl>{_CLASS})(?P<x>[^，。？多总共一要]*)"
    r"(?:一共|总共|共)?(?:要|需要|得)?(?:加|另)?(?:花|付|收|交)?(?:是)?多少(?:钱|元|镑|块)[？?]?$"
)
_TERM: Final = re.compile(rf"^(?:买|点|要|订|租)?{_N}{_CLASS}(?P<x>.+)$")
_TOGETHER: Final = re.compile(
    r"^(?P<a>.+?)(?:和|与|跟|加)(?P<b>.+?)(?:一共|总共|加起来|合计)(?P<rest>(?:有|要|卖|是|重|收)?多少.+?)[？?]?$"
)
_MORE: Final = re.compile(
    r"^(?P<lead>\d{4}年|.{0,6}?(?=[A-Z]))?(?P<a>.+?)比(?P<b>.+?)(?P<adj>多|少|贵|便宜|重|轻|长|短|高|矮|早|晚)"
    r"(?P<verb>[\u4e00-\u9fff]{0,3}?)了?多少(?P<unit>[^？?]*)[？?]?$"
)
_ADJECTIVES: Final = {
    "重": "重量", "轻": "重量", "长": "长度", "短": "长度", "高": "高度", "矮": "高度",
}  # fmt: skip
_EACH: Final = re.compile(
    r"^(?P<x>.*?)平均?每(?P<cl>[个只棵条位名家座])(?P<b>[\u4e00-\u9fff]{1,4}?)(?P<verb>[\u4e00-\u9fff]{0,3}?)了?"
    r"多少(?P<unit>公斤|千克|公里|千米|米|克|升|毫升|镑|元|个|只|本)(?P<noun>[^？?]*)[？?]?$"
)
_ASKED_UNIT: Final = re.compile(r"(?:多少|几)(?P<unit>[\u4e00-\u9fff]{1,3}?)(?P<rest>[重长高远深宽]?)[？?]?$")
_HOW: Final = {"length": "多长", "mass": "多重", "volume": "多大", "temperature": "多少度", "speed": "多快"}


def amounts_in_chinese(text: str, held: str = "") -> Iterator[Frame]:
    """Yield the formulas by which an amount can be worked out, the surest first.

    Args:
        text: One need.
        held: What servers say of their columns: what is held in a unit needs no conversion to it.
    """
    if is_cjk(text) and len(text) <= LONGEST:
        for find in (_each, _more):
            yield from find(text)
        yield from list(_together(text)) or _bought(text)
        yield from _units(text, held)


def _value(numeral: str) -> int:
    return int(numeral) if numeral.isdigit() else chinese_number(numeral)


def _bought(text: str) -> Iterator[Frame]:
    match = _BOUGHT.match(text)
    if not match:
        return
    count, head, thing = _value(match["n"]), match["head"].strip("的，, "), match["x"].strip()
    if count < 2:
        return
    if not thing and not head:  # "buy four bowls": of what was asked for before
        yield Frame(amount=True, pieces=(f"{count} * ", Operand(kind="number", ask="", back=True)))
        return
    owner = f"{head}的" if head and thing else head
    one = match["cl"] if match["cl"] not in "人天晚夜" else ""
    ask = f"{owner}{thing}{f'每{one}' if one else ''}多少钱？"
    yield Frame(amount=True, pieces=(f"{count} * ", Operand(kind="number", ask=ask, of=thing or head)))


def _together(text: str) -> Iterator[Frame]:
    match = _TOGETHER.match(text)
    if not match:
        return
    pieces: list[str | Operand] = []
    for x in (match["a"].strip(), match["b"].strip()):
        term = _TERM.match(x)
        count, thing = (_value(term["n"]), term["x"]) if term else (1, x)
        sign = f"{' + ' if pieces else ''}{f'{count} * ' if term else ''}"
        pieces += [*([sign] if sign else []), Operand(kind="number", ask=f"{thing}{match['rest']}？", of=thing)]
    yield Frame(amount=True, pieces=tuple(pieces))


def _more(text: str) -> Iterator[Frame]:
    match = _MORE.match(text)
    if not match or match["adj"] in "早晚":
        return
    lead = match["lead"] or ""
    measure = _ADJECTIVES.get(match["adj"], "")
    operands: list[Operand] = []
    for thing in (match["a"].strip(), match["b"].strip()):
        ask = f"{thing}的{measure}是多少？" if measure else f"{lead}{thing}{_had(match['verb'])}多少{match['unit']}？"
        if match["adj"] in "贵便宜":  # texts say what something costs, and seldom the word for it
            ask = f"{thing}多少钱？"
        operands.append(Operand(kind="number", ask=ask, of=thing))
    first, second = operands if match["adj"] in "多贵重长高" else reversed(operands)
    versus = (match["a"].strip(), match["b"].strip(), match["adj"])
    yield Frame(amount=True, pieces=(first, " - ", second), versus=versus)


def _had(verb: str) -> str:
    return f"{verb}了" if verb and verb != "有" else "有"


def _each(text: str) -> Iterator[Frame]:
    match = _EACH.match(text)
    if not match:
        return
    thing = match["x"].strip("，, ")
    above = Operand(
        kind="number",
        ask=f"{thing}{_had(match['verb'])}多少{match['unit']}{match['noun']}？",
        of=match["noun"] or thing,
    )
    bare = re.sub(r"^\d{4}年", "", thing)
    below = Operand(kind="number", ask=f"{bare}有多少{match['cl']}{match['b']}？", of=match["b"])
    yield Frame(amount=True, pieces=(above, " / ", below))


def _units(text: str, held: str) -> Iterator[Frame]:
    match = _ASKED_UNIT.search(text)
    unit = match["unit"] if match else ""
    if not match or unit.startswith("钱") or not is_known(unit) or re.search(r"\d\s*[\u4e00-\u9fff]{1,3}[是等]", text):
        return
    found = find(unit)
    how = _HOW.get(dimension_name(found.dimension), "")
    if not how or re.search(rf"_{re.escape(found.symbol)}\b", held):
        return
    head = text[: match.start()].rstrip("有是的")
    far = "多远" if "离" in head or "距" in head else f"有{how}" if not head.endswith(("重", "长")) else how
    yield Frame(
        amount=True,
        pieces=(
            Operand(kind="quantity", ask=f"{head}{far}？", of=head, read=f"{head} in {unit}?"),
            f" in {unit}",
        ),
    )
