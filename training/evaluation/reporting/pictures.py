"""Pictures of measures as SVG: slices in rows beside each other, curves on the same axes, differences around zero."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, chop_cells

from .markup import Html, el
from .shapes import Measure

__all__ = [
    "SMALL_N",
    "WIDE_INTERVAL",
    "Line",
    "bars",
    "curve_picture",
    "fig",
    "forest",
    "standalone",
    "strip",
    "tag_of",
]

SMALL_N: Final = 30
"""A slice of fewer rows is marked as small."""
WIDE_INTERVAL: Final = 0.2
"""An interval wider than this share of its axis is drawn with dashes."""
_LABEL, _GAP, _ROW, _TOP = 232, 22, 19, 40
"""Pixels: labels, between panels, a row, the heads above."""
_WIDE, _WIDEST = 1120, 420
"""Pixels of a picture, and of one panel, at most."""
_COLOURS: Final = 6
_BANDS: Final = 3
"""Curves in one picture that have bands; more have upright lines, for bands would hide each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a forest picture."""

    label: str
    note: str = ""
    """Beside the label, such as its n."""
    small: bool = False
    """So few rows that the figure says little."""
    colour: int = 0
    values: Mapping[str, Measure]
    hollow: bool = False
    first: bool = True
    """The first of its group: a thin line stands above it."""


def forest(title: str, lines: Sequence[Line], measures: Sequence[str], *, around_zero: bool = False) -> Html:
    """Draw each line's measures with their intervals, one panel a measure, all rows shared.

    Args:
        title: For those who cannot see it.
        lines: At least one.
        measures: Names of the panels, at least one.
        around_zero: Each panel has zero in its middle: differences.
    """
    panel = min(_WIDEST, (_WIDE - _LABEL) // len(measures) - _GAP)
    wide = _LABEL + len(measures) * (panel + _GAP)
    high = _TOP + len(lines) * _ROW + 14
    parts: list[Html] = []
    for number, line in enumerate(lines):
        y = _TOP + number * _ROW + _ROW / 2
        if line.first and number:
            parts.append(el("path", class_="grid", d=f"M0 {y - _ROW / 2:.1f}H{wide}"))
        note = f" {line.note}" if line.note else ""
        room = 31 - cell_len(note)
        label = el("tspan", _cut(line.label, room))
        beside = el("tspan", note + (" small" if line.small else ""), class_="warn" if line.small else "dim")
        text = el(
            "text", label, beside, el("title", f"{line.label}{note}"), class_="ink end", x=_LABEL - 10, y=f"{y + 4:.1f}"
        )
        parts.append(text)
    for place, measure in enumerate(measures):
        left = _LABEL + place * (panel + _GAP)
        parts += _panel(left, panel, measure, lines, around_zero=around_zero)
    return _svg(title, wide, high, parts)


def curve_picture(
    title: str, along: str, series: Mapping[str, Sequence[tuple[float, Measure]]], domain: tuple[float, float]
) -> Html:
    """Draw lines over one number, with a band where there are intervals."""
    wide, high, left, bottom = 330, 210, 46, 34
    xs = [x for points in series.values() for x, _ in points]
    logs = min(xs) > 0 and max(xs) / min(xs) > 30
    at_x = _scale(min(xs), max(xs), left + 8, wide - 14, logs=logs)
    at_y = _scale(*domain, high - bottom, 12)
    parts: list[Html] = []
    for tick in _ticks(*domain):
        y = at_y(tick)
        parts.append(el("path", class_="grid", d=f"M{left} {y:.1f}H{wide - 6}"))
        parts.append(el("text", f"{tick:g}", class_="dim end", x=left - 5, y=f"{y + 4:.1f}"))
    shown = -math.inf
    for x in sorted(set(xs)):
        if at_x(x) - shown >= 12 + 6 * len(f"{x:g}"):
            shown = at_x(x)
            parts.append(el("text", f"{x:g}", class_="dim mid", x=f"{shown:.1f}", y=high - bottom + 15))
    parts.append(el("text", _cut(along, 44), class_="dim mid", x=(left + wide) // 2, y=high - 5))
    for number, (name, points) in enumerate(series.items()):
        ends = [(x, each) for x, each in points if each.low is not None and each.high is not None]
        if len(ends) > 1 and len(series) > _BANDS:
            ways = [f"M{at_x(x):.1f} {at_y(each.low or 0):.1f}V{at_y(each.high or 0):.1f}" for x, each in ends]
            parts.append(el("path", class_=f"whisker c{number % _COLOURS}", d="".join(ways)))
        elif len(ends) > 1:
            up = " ".join(f"{at_x(x):.1f},{at_y(each.high or 0):.1f}" for x, each in ends)
            down = " ".join(f"{at_x(x):.1f},{at_y(each.low or 0):.1f}" for x, each in reversed(ends))
            parts.append(el("polygon", class_=f"band c{number % _COLOURS}", points=f"{up} {down}"))
        way = " ".join(f"{at_x(x):.1f},{at_y(each.value):.1f}" for x, each in points)
        parts.append(el("polyline", class_=f"curve c{number % _COLOURS}", points=way))
        for x, each in points:
            dot = _mark(at_x(x), at_y(each.value), number, hollow=_is_small(each))
            parts.append(
                el("g", dot, el("title", f"{name}, {along} {x:g}: {fig(each)}"), class_=f"c{number % _COLOURS}")
            )
    return _svg(title, wide, high, parts, fixed=True)


def standalone(picture: Html, style: str) -> str:
    """Return a picture as a document of its own, with the page's style inside."""
    head, _, rest = picture.partition(">")
    ground = '<rect width="100%" height="100%" style="fill:var(--page)"/>'
    return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{style}</style>{ground}{rest}\n'


def strip(measure: Measure) -> Html:
    """Draw one share between 0 and 1 with its interval, small enough for the cell of a table."""
    if not 0 <= measure.value <= 1:
        return Html("")
    parts = [el("path", class_="grid", d="M2 6H98")]
    if measure.low is not None and measure.high is not None:
        parts.append(el("path", class_="range c0", d=f"M{2 + 96 * measure.low:.1f} 6H{2 + 96 * measure.high:.1f}"))
    parts.append(el("circle", class_="c0 dot", cx=f"{2 + 96 * measure.value:.1f}", cy=6, r=2.8))
    return el("svg", parts, class_="strip", viewBox="0 0 100 12", width=76, height=12, aria_hidden="true")


def fig(measure: Measure) -> str:
    """Return a figure with its interval and its denominator."""
    ends = (
        f" [{_number(measure.low)}, {_number(measure.high)}]"
        if measure.low is not None and measure.high is not None
        else ""
    )
    return f"{_figure(measure)}{ends}{f', n {measure.n:,}' if measure.n is not None else ''}"


def tag_of(number: int, text: str) -> Html:
    """Return one entry of a legend: the mark and its name."""
    picture = el(
        "svg",
        _mark(7, 7, number, hollow=False),
        class_=f"c{number % _COLOURS}",
        width=14,
        height=14,
        aria_hidden="true",
    )
    return el("span", picture, f" {text}", class_="key")


def _panel(left: int, wide: int, measure: str, lines: Sequence[Line], *, around_zero: bool) -> Iterator[Html]:
    found = [line.values[measure] for line in lines if measure in line.values]
    low, high = _domain(found, around_zero=around_zero)
    at = _scale(low, high, left + 6, left + wide - 56)
    bottom = _TOP + len(lines) * _ROW
    yield el("text", _cut(measure, wide // 7), el("title", measure), class_="ink bold", x=left + 2, y=14)
    for tick in _ticks(low, high, most=3):
        yield el(
            "path", class_="axis" if tick == 0 and around_zero else "grid", d=f"M{at(tick):.1f} {_TOP - 5}V{bottom + 2}"
        )
        yield el("text", f"{tick:g}", class_="dim mid tiny", x=f"{at(tick):.1f}", y=_TOP - 9)
    for number, line in enumerate(lines):
        each = line.values.get(measure)
        y = _TOP + number * _ROW + _ROW / 2
        if each is None:
            yield el("text", "–", class_="dim end", x=left + wide, y=f"{y + 4:.1f}")
            continue
        small = line.small or _is_small(each) or line.hollow
        parts: list[Html] = []
        if each.low is not None and each.high is not None:
            loose = each.high - each.low > WIDE_INTERVAL * (high - low) and not around_zero
            way = f"M{at(each.low):.1f} {y:.1f}H{max(at(each.high), at(each.low) + 1):.1f}"
            parts.append(el("path", class_="range loose" if loose else "range", d=way))
            parts.append(_mark(at(each.value), y, line.colour, hollow=small))
        else:
            parts.append(el("path", class_="bare", d=f"M{at(each.value):.1f} {y - 5:.1f}V{y + 5:.1f}"))
        yield el("g", parts, el("title", f"{line.label}: {measure} {fig(each)}"), class_=f"c{line.colour % _COLOURS}")
        yield el("text", _figure(each, sign=around_zero), class_="ink end", x=left + wide, y=f"{y + 4:.1f}")


def _mark(x: float, y: float, number: int, *, hollow: bool) -> Html:
    """Return a mark that its form tells from others, not its colour alone."""
    kind = "dot hollow" if hollow else "dot"
    forms = (
        "",
        f"M{x - 3:.1f} {y - 3:.1f}h6v6h-6z",
        f"M{x:.1f} {y - 4:.1f}l4 7h-8z",
        f"M{x:.1f} {y - 4.5:.1f}l4 4.5l-4 4.5l-4 -4.5z",
        f"M{x:.1f} {y + 4:.1f}l-4 -7h8z",
        f"M{x - 4:.1f} {y - 1.6:.1f}h8v3.2h-8z",
    )
    form = forms[number % len(forms)]
    return el("path", class_=kind, d=form) if form else el("circle", class_=kind, cx=f"{x:.1f}", cy=f"{y:.1f}", r=3.3)


def _is_small(measure: Measure) -> bool:
    return measure.n is not None and measure.n < SMALL_N


def _domain(found: Sequence[Measure], *, around_zero: bool) -> tuple[float, float]:
    """Return the ends of an axis: 0 to 1 for shares, zero in the middle of differences, else all that there is."""
    ends = [end for each in found for end in (each.value, each.low, each.high) if end is not None] or [0.0]
    low, high = min(ends), max(ends)
    if around_zero:
        most = max(abs(low), abs(high)) * 1.05 or 1.0
        return -most, most
    if low >= 0 and high <= 1:
        return 0.0, (1.0 if high > 0.2 else _round_up(high))
    return min(0.0, low), high if high > low or high > 0 else low + 1


def _round_up(high: float) -> float:
    step = 10 ** math.floor(math.log10(high)) if high > 0 else 1.0
    return min(1.0, math.ceil(high / step + 1e-9) * step)


def _scale(low: float, high: float, start: float, end: float, *, logs: bool = False) -> _Scale:
    return _Scale(low, high, start, end, logs)


class _Scale:
    """From a figure to its place."""

    def __init__(self, low: float, high: float, start: float, end: float, logs: bool) -> None:
        self._logs = logs
        self._low, self._high = (math.log(low), math.log(high)) if logs else (low, high)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        number = math.log(value) if self._logs else value
        span = self._high - self._low
        share = (number - self._low) / span if span else 0.5
        return self._start + min(1.0, max(0.0, share)) * (self._end - self._start)


def _ticks(low: float, high: float, *, most: int = 5) -> Iterator[float]:
    span = high - low
    if span <= 0:
        yield low
        return
    raw = span / most
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= raw * 0.999)
    number = math.ceil(low / step - 1e-9)
    while number * step <= high + 1e-9 * span:
        yield round(number * step, 12)
        number += 1


def _figure(measure: Measure, *, sign: bool = False) -> str:
    return f"{measure.value:,.0f}" if measure.whole else _number(measure.value, sign=sign)


def _number(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return "–"
    plus = "+" if sign and value > 0 else ""
    if value == int(value) and abs(value) >= 2:
        return f"{plus}{int(value):,}"
    if abs(value) >= 100:
        return f"{plus}{value:,.0f}"
    small = 0 < abs(value) < 0.0005
    return f"{plus}{value:.1e}" if small else f"{plus}{value:.3f}" if abs(value) < 10 else f"{plus}{value:.1f}"


def _cut(text: str, cells: int) -> str:
    flat = " ".join(text[: 8 * cells].split())
    return flat if cell_len(flat) <= cells else f"{chop_cells(flat, max(1, cells - 1))[0]}…"


def _svg(title: str, wide: int, high: int, parts: Sequence[Html], *, fixed: bool = False) -> Html:
    label = el("title", title)
    size = {"width": wide, "height": high} if fixed else {"style": f"width:{wide}px"}
    return el("svg", label, parts, viewBox=f"0 0 {wide} {high}", class_="chart", role="img", aria_label=title, **size)


def bars(title: str, name: str, rows: Sequence[tuple[str, Measure]]) -> Html:
    """Draw counts as bars, each beside its share of all."""
    left, wide = _LABEL, 420
    top = 22 if name else 4
    most = max((each.value for _, each in rows), default=1.0) or 1.0
    parts: list[Html] = [el("text", _cut(name, 80), class_="ink bold", x=4, y=14)] if name else []
    for number, (label, each) in enumerate(rows):
        y = top + number * _ROW
        parts.append(el("text", _cut(label, 31), el("title", label), class_="ink end", x=left - 10, y=y + 14))
        length = max(1.0, wide * each.value / most)
        parts.append(el("rect", class_="c0 solid", x=left, y=y + 4, width=f"{length:.1f}", height=12, rx=2))
        share = f" of {each.n:,} ({each.value / each.n:.1%})" if each.n else ""
        parts.append(el("text", f"{each.value:,.0f}{share}", class_="dim", x=f"{left + length + 7:.1f}", y=y + 14))
    return _svg(title, left + wide + 160, top + len(rows) * _ROW + 6, parts)
