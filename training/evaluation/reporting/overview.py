"""The head of the page: what failed or warns, and one table of all files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .markup import Html, el, slug
from .pictures import fig, strip
from .results import Result, main_measures
from .shapes import plain_name

__all__ = ["alarms", "anchor", "overview_table"]

_HEADS = (
    "run",
    "suite",
    "data",
    "system",
    "n",
    "failed",
    "main measures",
    "seconds",
    "cost",
    "date",
    "hardware",
    "commit",
)
_NUMBERS = frozenset({"n", "failed", "seconds", "cost"})


def alarms(results: Sequence[Result], skipped: Sequence[tuple[Path, str]], notes: Sequence[str]) -> Html:
    """Return what a reader has to know first: failures and warnings of runs, files left out, what the page cut."""
    lines: list[Html] = []
    by_text: dict[str, list[Result]] = {}
    for result in results:
        for text in result.warnings():
            by_text.setdefault(text, []).append(result)
    for text, said in sorted(by_text.items(), key=lambda pair: " rows failed" not in pair[0]):
        links = _listed([el("a", each.name, href=f"#{anchor(each)}") for each in said])
        lines.append(el("li", links, ": ", text))
    lines += [el("li", el("strong", f"{path} is left out"), f": {reason}") for path, reason in skipped]
    lines += [el("li", note) for note in notes]
    failed = sum(result.failed for result in results)
    counted = sum(result.n or 0 for result in results)
    total = f"{failed:,} failed rows in {len(results):,} files ({counted:,} measured rows in all)."
    if not lines:
        return el("section", el("h2", "Failures and warnings", id="failures"), el("p", f"None. {total}", class_="box"))
    grave = failed or any(result.run.get("stopped") or result.n == 0 for result in results)
    kind = "box alarm" if grave else "box caution"
    box = el("div", el("p", el("strong", total)), el("ul", lines), class_=kind, role="status")
    return el("section", el("h2", "Failures and warnings", id="failures"), box)


def overview_table(results: Sequence[Result], pages: Mapping[str, Sequence[Result]]) -> Html:
    """Return one table with a row a file; a script makes it sortable, and it is whole without one.

    Args:
        results: In the order of the rows.
        pages: Results by suite, for the options in which those of one suite differ.
    """
    heads = [el("th", head, scope="col", class_="num" if head in _NUMBERS else None) for head in _HEADS]
    rows = [el("tr", _cells(result, pages[result.suite])) for result in results]
    table = el("table", el("thead", el("tr", heads)), el("tbody", rows), class_="sortable")
    note = "Figures in brackets are 95 % intervals, n is what a figure is a mean of. Where scripts run, the heads sort."
    return el(
        "section",
        el("h2", "Overview", id="overview"),
        el("p", note, class_="dim small"),
        _wide(table, "Overview of all files"),
    )


def anchor(result: Result) -> str:
    """Return the id of a file's origin in the page."""
    return f"run-{slug(result.name)}"


def _cells(result: Result, beside: Sequence[Result]) -> Iterator[Html]:
    yield el("th", el("a", result.name, href=f"#{anchor(result)}"), scope="row")
    yield el("td", el("a", result.suite, href=f"#suite-{slug(result.suite)}"))
    digests = [
        el("div", f"{name} ", el("code", value[:8], title=value), class_="line")
        for name, value in result.data.items()
        if len(value) < 200
    ]
    yield el("td", digests or "–")
    yield el("td", result.system(beside) or "–")
    yield _number(result.n)
    yield _number(result.failed, warn=result.failed > 0)
    main = main_measures(result)
    measures = [
        (el("span", plain_name(name)), strip(result.measures[name]) or el("span"), el("span", _figure(result, name)))
        for name in main
    ]
    first = result.measures[main[0]].value if main else ""
    yield el("td", el("div", measures, class_="measures") if measures else "see its slices", data_sort=first)
    for told in (result.seconds(), result.cost()):
        yield el("td", told[0] if told else "–", class_="num", data_sort=told[1] if told else "")
    yield el("td", result.date or "–", class_="num")
    yield el("td", result.hardware or "–", class_="nowrap")
    yield el("td", el("code", result.commit or "–"))


def _figure(result: Result, name: str) -> str:
    """Return a figure with its interval; with its denominator where that is not the file's n."""
    measure = result.measures[name]
    return fig(replace(measure, n=None) if measure.n == result.n else measure)


def _number(value: int | None, *, warn: bool = False) -> Html:
    text = "–" if value is None else f"{value:,}"
    return el("td", text, class_="num warn" if warn else "num", data_sort="" if value is None else value)


def _listed(parts: Sequence[Html], most: int = 12) -> Iterator[Html]:
    for number, part in enumerate(parts[:most]):
        yield Html(", " if number else "")
        yield part
    if len(parts) > most:
        yield Html(f" and {len(parts) - most} others")


def _wide(child: Html, label: str) -> Html:
    """Return what is wider than a small screen in a box of its own that can be moved by keys."""
    return el("div", child, class_="wide", tabindex="0", role="region", aria_label=label)
