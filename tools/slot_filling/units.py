"""What a number's unit measures, so that metres go to a height and years to a duration."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from questline.tools.text import stem

from .vocabulary import listed

__all__ = ["meant_unit", "measures", "same_unit", "unit_names", "wanted_measures"]

_TABLE: Final[dict[str, str]] = {
    "length": "m meter metre cm centimeter centimetre mm millimeter km kilometer kilometre mi mile ft foot feet inch"
    " inches in yard yd nm nanometer nmi 米 公里 厘米 千米",
    "mass": "kg kilogram kilo g gram mg milligram lb lbs pound ounce oz ton tonne 公斤 克 千克",
    "time": "s sec second minute min hour hr h day week month year yr ms millisecond decade century"
    " 秒 分钟 小时 天 年 月 周",
    "money": "dollar euro pound yen yuan rupee usd eur gbp jpy cny inr cent bucks 元 美元 欧元 块",
    "share": "percent",
    "temperature": "celsius fahrenheit kelvin k c f degree °c °f ° ℃",
    "speed": "m/s km/h mph kmh kph mi/h kn knot",
    "acceleration": "m/s^2 m/s2 m/s²",
    "frequency": "hz khz mhz ghz hertz bpm",
    "energy": "j joule kj kilojoule cal kcal calorie kwh",
    "power": "w watt kw mw",
    "volume": "l liter litre ml milliliter gallon m^3 m3 cup tablespoon teaspoon",
    "area": "m^2 m2 sqft acre hectare",
    "pressure": "pa kpa pascal atm bar psi",
    "charge": "coulomb c nc µc",
    "current": "a ampere amp ma",
    "voltage": "v volt kv",
    "resistance": "ohm ω",
    "data": "kb mb gb tb byte bit",
}
_BY_UNIT: Final[dict[str, frozenset[str]]] = {}
for _measure, _words in _TABLE.items():
    for _word in _words.split():
        _BY_UNIT[_word] = _BY_UNIT.get(_word, frozenset()) | {_measure}
_BY_WORD: Final[dict[str, str]] = {
    "height": "length", "width": "length", "length": "length", "distance": "length", "radius": "length",
    "diameter": "length", "depth": "length", "altitude": "length", "weight": "mass", "mass": "mass",
    "duration": "time", "time": "time", "age": "time", "period": "time", "price": "money", "cost": "money",
    "budget": "money", "principal": "money", "investment": "money", "income": "money", "salary": "money",
    "payment": "money", "balance": "money", "fee": "money", "loan": "money", "deposit": "money", "amount": "money",
    "revenue": "money", "rate": "share", "percentage": "share", "percent": "share", "interest": "share",
    "yield": "share", "tax": "share", "discount": "share", "temperature": "temperature", "velocity": "speed",
    "speed": "speed", "acceleration": "acceleration", "gravity": "acceleration", "frequency": "frequency",
    "energy": "energy", "pressure": "pressure", "volume": "volume", "charge": "charge", "current": "current",
    "voltage": "voltage", "resistance": "resistance", "area": "area", "tempo": "frequency",
}  # fmt: skip
_ALIASES: Final[tuple[frozenset[str], ...]] = tuple(
    frozenset(group.split())
    for group in (
        "m meter metre",
        "cm centimeter centimetre",
        "mm millimeter millimetre",
        "km kilometer kilometre",
        "mi mile",
        "ft foot feet",
        "in inch inches",
        "kg kilogram kilo",
        "g gram",
        "lb lbs pound",
        "s sec second",
        "min minute",
        "h hr hour",
        "yr year",
        "c celsius °c ℃",
        "f fahrenheit °f",
        "dollar usd",
        "euro eur",
        "yen jpy",
        "hz hertz",
        "j joule",
        "l liter litre",
        "ml milliliter",
        "w watt",
        "pa pascal",
        "v volt",
        "a amp ampere",
        "percent % percentage",
    )
)
_WORD: Final = re.compile(r"[^\s,;:()'\"]+")
_FAR: Final = frozenset(
    listed("distance route range leg passage voyage sail sailing sailed trip course way far off log run track radius")
)
_TINY: Final = frozenset(
    listed("wavelength thickness layer film pore particle grain process node size spacing gap roughness peak band")
)
_AMBIGUOUS: Final = frozenset(listed("in a c f m s h g j l w v k min second"))


def measures(unit: str) -> frozenset[str]:
    """Return what a unit may measure, in the table's words; nothing for a unit that it does not have."""
    lower = unit.casefold()
    return _BY_UNIT.get(lower) or _BY_UNIT.get(lower.removesuffix("s")) or frozenset()


def meant_unit(unit: str, told_of: str) -> str:
    """Return the unit that the end of a name means, by the words before it; empty where they do not bear it.

    A distance in nm is one in nautical miles, and a wavelength in nanometres; of anything else nobody can say.

    >>> meant_unit("nm", "distance"), meant_unit("nm", "wavelength"), meant_unit("min", "price")
    ('nmi', 'nm', '')
    """
    words = frozenset(told_of.casefold().split())
    if unit.casefold() == "nm":
        return "nmi" if words & _FAR else "nm" if words & _TINY else ""
    wanted = wanted_measures(" ".join(sorted(words)))
    return unit if not wanted or wanted & measures(unit) else ""


def same_unit(first: str, second: str) -> bool:
    """Whether two names mean one unit: ``km`` and ``kilometers``."""
    one, other = _base(first), _base(second)
    return one == other or any(one in group and other in group for group in _ALIASES)


@lru_cache(maxsize=4096)
def unit_names(description: str) -> tuple[str, ...]:
    """Return the units that a description names, without letters that are also words."""
    found = (match[0].casefold().rstrip(".") for match in _WORD.finditer(description))
    return tuple(dict.fromkeys(_base(word) for word in found if measures(word) and word not in _AMBIGUOUS))


@lru_cache(maxsize=4096)
def wanted_measures(words: str) -> frozenset[str]:
    """Return what the words of a field's name measure."""
    found: set[str] = set()
    for word in words.split():
        found |= {_BY_WORD[word]} if word in _BY_WORD else measures(word) if word not in _AMBIGUOUS else set()
    return frozenset(found)


def _base(unit: str) -> str:
    lower = unit.casefold().strip(" .")
    return (
        lower if lower in _BY_UNIT else lower.removesuffix("s") if lower.removesuffix("s") in _BY_UNIT else stem(lower)
    )
