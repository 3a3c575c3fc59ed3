"""Units of numbers in questions and at the ends of column names."""

from __future__ import annotations

import re
from typing import Final

from .wording import number

__all__ = ["MONEY", "QUANTITY", "UNITS", "factor"]

_WRITTEN: Final = {
    "length": "m metre metres meter meters 米 公尺=1; km kilometre kilometres kilometer kilometers 公里 千米=1000;"
    " cm centimetre centimetres centimeter centimeters 厘米=0.01;"
    " mm millimetre millimetres millimeter millimeters 毫米=0.001;"
    " ft foot feet 英尺=0.3048; mile miles mi 英里=1609.344; nmi nauticalmile nauticalmiles 海里=1852;"
    " inch inches 英寸=0.0254; yd yard yards 码=0.9144",
    "area": "m2 sqm 平方米=1; km2 sqkm 平方公里=1000000; ha hectare hectares 公顷=10000",
    "mass": "kg kilogram kilograms kilo kilos 公斤 千克=1; g gram grams 克=0.001; t ton tons tonne tonnes 吨=1000;"
    " lb lbs 磅=0.45359237; oz ounce ounces 盎司=0.0283495; 斤=0.5",
    "time": "s sec second seconds 秒=1; min mins minute minutes 分钟=60; h hr hrs hour hours 小时=3600;"
    " day days 天=86400; week weeks 周=604800",
    "euro": "eur euro euros €=1",
    "dollar": "usd dollar dollars $=1",
    "pound": "gbp pound pounds £=1",
    "yuan": "cny rmb yuan 元 块 块钱 人民币=1",
    "share": "percent percentage pct % 百分之=1",
    "heat": "c celsius degree degrees °c 度 摄氏度=1",
    "volume": "l litre litres liter liters 升=1; ml millilitre millilitres 毫升=0.001",
    "speed": "kmh kph km/h=1; mph=1.609344",
}
UNITS: Final[dict[str, tuple[str, float]]] = {
    word: (dimension, float(group.rpartition("=")[2]))
    for dimension, groups in _WRITTEN.items()
    for group in groups.split(";")
    for word in group.rpartition("=")[0].split()
}
"""Unit as it is written → what it measures, and how many of the basic unit it is."""
MONEY: Final = frozenset({"euro", "dollar", "pound", "yuan"})
"""What units of money measure: each its own, for none is changed into another."""
_SPOKEN: Final = "|".join(sorted((re.escape(word) for word in UNITS), key=len, reverse=True))
QUANTITY: Final = re.compile(
    rf"(?P<sign>[$€£])?\s?{number('value')}\s?(?P<unit>(?:(?:square)\s)?(?:{_SPOKEN})(?![a-z0-9]))?"
)
"""A number with its unit."""


def factor(given: str, own: str) -> float | None:
    """Return what a number in the unit `given` times gives one in the unit `own`; None where it cannot be."""
    if not given or not own or given == own:
        return 1.0
    (kind, times), (other, size) = UNITS[given], UNITS[own]
    return times / size if kind == other else None
