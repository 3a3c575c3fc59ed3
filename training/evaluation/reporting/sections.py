"""A section of the page for each suite: its files beside each other, slices, curves, and where figures come from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from os.path import commonprefix
from typing import Final

from .markup import Html, el, slug
from .overview import anchor
from .pictures import SMALL_N, WIDE_INTERVAL, Line, bars, curve_picture, fig, forest, tag_of
from .results import Result, main_measures
from .shapes import Curve, Measure, SliceGroup, plain_name
from .slices import groups_of

__all__ = ["origins", "reading_aid", "suite_section"]

_PANELS: Final = 4
_FILES: Final = 6
"""Files whose slices stand in one picture."""
_ROWS: Final = 96
"""Rows of one picture."""
_LINES: Final = 6
"""Curves in one picture."""


def reading_aid() -> Html:
    """Return how pictures are read."""
    return el(
        "p",
        "Pictures: a mark is the figure, its line the 95 % interval; ",
        el("strong", "dashes"),
        f" where the interval is wider than {WIDE_INTERVAL:.0%} of the axis; ",
        el("strong", "a hollow mark"),
        f" where n is below {SMALL_N}; an upright stroke where the file holds no interval."
        " Point at a mark for its figures; the table under each picture holds them all.",
        class_="dim small",
    )


def short_names(results: Sequence[Result]) -> dict[str, str]:
    """Return the names of files without the words with which all of them begin."""
    names = [result.name for result in results]
    if len(names) < 2:
        return {name: name for name in names}
    start = commonprefix(names)  # noqa: RUF071 because names of files are no paths here
    start = start[: max(start.rfind("_"), start.rfind("-"), start.rfind("/")) + 1]
    suite = f"{results[0].suite}_"
    start = suite if start.startswith(suite) else start  # what comes behind it tells files apart
    return {name: name.removeprefix(start) for name in names}


def suite_section(suite: str, results: Sequence[Result]) -> Html:
    """Return all that a suite's files show."""
    parts: list[Html] = [
        el("h2", plain_name(suite), el("span", f" · {_files(len(results))}", class_="dim"), id=f"suite-{slug(suite)}")
    ]
    parts += _side_by_side(results)
    by_name: dict[str, list[tuple[Result, SliceGroup]]] = {}
    for result in results:
        for group in groups_of(result):
            by_name.setdefault(group.name, []).append((result, group))
    for name, found in by_name.items():
        parts += _group(name, found, results)
    parts += _curves(results)
    return el("section", parts)


def origins(results: Sequence[Result]) -> Html:
    """Return the command, options and versions of every file."""
    return el(
        "section",
        el("h2", "Where the figures come from", id="origins"),
        [
            el(
                "details",
                el(
                    "summary",
                    el("strong", result.name),
                    f" · {result.date or 'no date'} · {result.hardware or 'unknown machine'}",
                ),
                el("pre", el("code", str(result.run.get("command") or "no command was kept"))),
                el("pre", json.dumps(_told(result), ensure_ascii=False, indent=1, default=str)[:6_000]),
                id=anchor(result),
            )
            for result in results
        ],
    )


def _told(result: Result) -> dict[str, object]:
    kept = {name: value for name, value in result.run.items() if name not in ("command", "suite")}
    return {"file": str(result.path), **kept}


def _side_by_side(results: Sequence[Result]) -> Iterator[Html]:
    names = list(dict.fromkeys(name for result in results for name in main_measures(result)))[:_PANELS]
    if names:
        short = short_names(results)
        lines = [
            Line(
                label=short[result.name],
                note=_n(result.n),
                small=result.n is not None and result.n < SMALL_N,
                values={plain_name(name): result.measures[name] for name in names if name in result.measures},
            )
            for result in results[:_ROWS]
        ]
        yield _framed(forest(f"Main measures of {results[0].suite}", lines, [plain_name(name) for name in names]))
    every = list(dict.fromkeys(name for result in results for name in result.measures))
    if every:
        rows = [(result.name, "", result.measures) for result in results]
        yield _table(f"All {len(every)} measures", rows, every, turned=len(results) < len(every))


def _group(name: str, found: Sequence[tuple[Result, SliceGroup]], beside: Sequence[Result]) -> Iterator[Html]:
    yield el("h3", plain_name(name))
    if all(group.counts for _, group in found):
        for result, group in found[:_FILES]:
            rows = [(key, each["count"]) for key, each in group.slices.items()]
            yield _framed(
                bars(f"{plain_name(name)} of {result.name}", result.name if len(found) > 1 else "", rows[:_ROWS])
            )
        if len(found) > _FILES:
            yield el("p", f"Pictures of the first {_FILES} of {len(found)} files.", class_="dim small")
        return
    measures = _best([group for _, group in found], beside)
    keys = list(dict.fromkeys(key for _, group in found for key in group.slices))
    shown = found[:_FILES]
    lines: list[Line] = []
    for key in keys:
        for number, (_, group) in enumerate(shown):
            if key not in group.slices or len(lines) == _ROWS:
                continue
            values = group.slices[key]
            n = next((each.n for each in values.values() if each.n is not None), None)
            lines.append(
                Line(
                    label=key if number == 0 or not any(key in other.slices for _, other in shown[:number]) else "",
                    note=_n(n),
                    small=n is not None and n < SMALL_N,
                    colour=number,
                    values={plain_name(measure): values[measure] for measure in measures if measure in values},
                    first=not any(key in other.slices for _, other in shown[:number]) and len(shown) > 1,
                )
            )
    if lines:
        if len(found) > 1:
            short = short_names(beside)
            yield el("p", [tag_of(number, short[result.name]) for number, (result, _) in enumerate(shown)])
        yield _framed(forest(f"{plain_name(name)}: slices", lines, [plain_name(measure) for measure in measures]))
    whole = sum(key in group.slices for _, group in shown for key in keys)
    if len(found) > len(shown) or whole > len(lines):
        files = f"the first {len(shown)} of {len(found)} files"
        yield el("p", f"The picture shows {len(lines)} rows of {files}; the table holds all.", class_="dim small")
    every = list(dict.fromkeys(measure for _, group in found for each in group.slices.values() for measure in each))
    rows = [(key, result.name, group.slices[key]) for key in keys for result, group in found if key in group.slices]
    yield _table("As a table", rows, every)


def _best(groups: Sequence[SliceGroup], results: Sequence[Result]) -> list[str]:
    """Return the measures of slices to draw: the main ones, then those with intervals, then what there is."""
    names = dict.fromkeys(
        name for group in groups for values in group.slices.values() for name in values if name != "p"
    )
    ends = {
        name
        for group in groups
        for values in group.slices.values()
        for name, each in values.items()
        if each.low is not None
    }
    main = dict.fromkeys(name for result in results for name in main_measures(result) if name in names)
    return list(dict.fromkeys([*main, *(name for name in names if name in ends), *names]))[:_PANELS]


def _curves(results: Sequence[Result]) -> Iterator[Html]:
    by_parent: dict[tuple[str, str], list[tuple[Result, Curve]]] = {}
    for result in results:
        for curve in result.found.curves:
            by_parent.setdefault((curve.parent or curve.name, "" if curve.parent else curve.along), []).append(
                (result, curve)
            )
    for (parent, _), found in by_parent.items():
        yield el("h3", plain_name(parent))
        yield el("div", list(_drawn(found, results)), class_="charts")
        rows = [
            (f"{plain_name(curve.along)} {x:g}", f"{result.name}: {curve.name}", {name: measure})
            for result, curve in found
            for name, points in curve.series.items()
            for x, measure in points
        ]
        yield _points(rows)


def _drawn(found: Sequence[tuple[Result, Curve]], results: Sequence[Result]) -> Iterator[Html]:
    """Yield a picture a curve, or, where several files have the same one, a picture a measure with a line a file."""
    by_name: dict[str, list[tuple[Result, Curve]]] = {}
    for result, curve in found:
        by_name.setdefault(curve.name, []).append((result, curve))
    short = short_names(results)
    for name, same in by_name.items():
        title = name.removeprefix(f"{same[0][1].parent} / ") or name
        along = same[0][1].along
        if len(same) == 1:
            result, curve = same[0]
            for series in _alike(curve.series):
                of = f" · {short[result.name]}" if len(results) > 1 else ""
                only = f": {plain_name(next(iter(series)))}" if len(series) == 1 else ""
                head = f"{plain_name(title)}{only}{of}"
                yield _figure(head, along, series, _domain(found, list(series)))
            continue
        for measure in dict.fromkeys(measure for _, curve in same for measure in curve.series):
            lines = {short[result.name]: curve.series[measure] for result, curve in same if measure in curve.series}
            head = plain_name(measure if same[0][1].parent == "" else f"{title}: {measure}")
            for part in _parts(lines):
                yield _figure(head, along, part, _domain(found, [measure]))


def _figure(
    head: str, along: str, series: Mapping[str, Sequence[tuple[float, Measure]]], domain: tuple[float, float]
) -> Html:
    legend = el("div", [tag_of(number, plain_name(name)) for number, name in enumerate(series)])
    return el("figure", el("figcaption", head), curve_picture(head, along, series, domain), legend)


def _alike(
    series: Mapping[str, Sequence[tuple[float, Measure]]],
) -> Iterator[Mapping[str, Sequence[tuple[float, Measure]]]]:
    """Yield curves that one axis fits: shares between 0 and 1 together, others alone, at most eight of these."""
    shares = {name: points for name, points in series.items() if all(0 <= each.value <= 1 for _, each in points)}
    yield from _parts(shares)
    for name, points in [pair for pair in series.items() if pair[0] not in shares][:8]:
        yield {name: points}


def _parts(
    lines: Mapping[str, Sequence[tuple[float, Measure]]],
) -> Iterator[Mapping[str, Sequence[tuple[float, Measure]]]]:
    pairs = list(lines.items())
    for start in range(0, len(pairs), _LINES):
        yield dict(pairs[start : start + _LINES])


def _domain(found: Sequence[tuple[Result, Curve]], measures: Sequence[str]) -> tuple[float, float]:
    """Return the ends of the upright axis, the same for all pictures of a parent that show these measures."""
    ends = [
        end
        for _, curve in found
        for name, points in curve.series.items()
        if name in measures
        for _, each in points
        for end in (each.value, each.low, each.high)
        if end is not None
    ] or [0.0, 1.0]
    low, high = min(ends), max(ends)
    if low >= 0 and high <= 1:
        return 0.0, 1.0 if high > 0.5 else max(high * 1.1, 1e-6)
    return (0.0 if 0 < low < high / 2 else low), (high if high > low else low + 1)


def _table(
    title: str, rows: Sequence[tuple[str, str, Mapping[str, Measure]]], measures: Sequence[str], *, turned: bool = False
) -> Html:
    """Return figures as a table that can be opened; a row a measure where `turned`."""
    if turned:
        heads = ["measure", *(name for name, _, _ in rows)]
        lines = [[plain_name(each), *(_cell(values, each) for _, _, values in rows)] for each in measures]
    else:
        with_file = any(file for _, file, _ in rows)
        heads = ["slice" if with_file else "run", *(["run"] if with_file else []), *map(plain_name, measures)]
        lines = [
            [key, *([file] if with_file else []), *(_cell(values, each) for each in measures)]
            for key, file, values in rows
        ]
    return _opened(title, heads, lines)


def _points(rows: Sequence[tuple[str, str, Mapping[str, Measure]]]) -> Html:
    lines = [[key, where, plain_name(name), fig(each)] for key, where, values in rows for name, each in values.items()]
    return _opened(f"All {len(lines)} points", ["at", "curve", "measure", "figure"], lines[:2_000])


def _opened(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Html:
    head = el(
        "thead",
        el("tr", [el("th", each, scope="col", class_=None if not at else "num") for at, each in enumerate(heads)]),
    )
    body = el(
        "tbody",
        [
            el("tr", el("th", line[0], scope="row"), [el("td", each, class_="num") for each in line[1:]])
            for line in lines
        ],
    )
    table = el("div", el("table", head, body), class_="wide", tabindex="0", role="region", aria_label=title)
    return el("details", el("summary", title), table)


def _cell(values: Mapping[str, Measure], name: str) -> str:
    return fig(values[name]) if name in values else "–"


def _framed(picture: Html) -> Html:
    return el("div", picture, class_="wide")


def _n(n: int | None) -> str:
    return "" if n is None else f"n {n:,}"


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"
