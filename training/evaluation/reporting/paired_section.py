"""The section of paired comparisons: a picture and a table a pair, and the pairs that were refused with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from .markup import Html, el
from .pairs import Pair, Paired, Refused
from .pictures import Line, fig, forest
from .shapes import Measure, plain_name

__all__ = ["paired_section"]

_HEADS: Final = ("measure", "A", "B", "B − A", "95 % interval", "wins", "ties", "losses", "test", "p", "p adjusted")
_CLEAR: Final = 0.05
_REFUSED: Final = 30


def paired_section(pairs: Sequence[Pair], refused: Sequence[Refused], left: int) -> Html:
    """Return the section; it says so where there was nothing to compare."""
    parts: list[Html] = [el("h2", "Paired comparisons", id="pairs")]
    tests = sum(row.p is not None for pair in pairs for row in pair.rows)
    if pairs:
        parts.append(
            el(
                "p",
                "Item by item, B minus A; intervals are of a paired bootstrap. Where all values are 0 or 1, p is of"
                " McNemar's exact test, else of the bootstrap. A filled mark is a difference whose adjusted p is"
                f" below 0.05: this page makes {tests:,} tests, and p adjusted is Holm's over all of them. A failed"
                " item scores 0 in a measure that the other file has of it, but not in suites that count failures"
                " apart; costs compare items that finished in both, and are not tested.",
                class_="dim small",
            )
        )
    for pair in pairs:
        parts += _pair(pair)
    if left:
        parts.append(el("p", f"{left:,} further pairs are not compared; name a --baseline to choose.", class_="warn"))
    if refused:
        shown = [
            el("li", el("strong", f"{each.a.name} and {each.b.name}"), f": {each.reason}")
            for each in refused[:_REFUSED]
        ]
        more = el("p", f"… and {len(refused) - _REFUSED:,} more.") if len(refused) > _REFUSED else None
        parts.append(el("div", el("p", el("strong", "Not compared")), el("ul", shown), more, class_="box"))
    if not pairs and not refused:
        parts.append(
            el(
                "p",
                "No two files of one suite hold items, so that nothing could be compared item by item.",
                class_="box",
            )
        )
    return el("section", parts)


def _pair(pair: Pair) -> Iterator[Html]:
    yield el("h3", f"A {pair.a.name} → B {pair.b.name}")
    failed = f"; failed: {pair.failed_a:,} in A, {pair.failed_b:,} in B" if pair.failed_a or pair.failed_b else ""
    yield el("p", f"{pair.shared:,} shared items{failed}", class_="dim")
    if pair.notes:
        yield el("ul", [el("li", note, class_="small") for note in pair.notes])
    tested = [row for row in pair.rows if row.p is not None]
    if tested:
        lines = [
            Line(
                label=plain_name(row.measure),
                note=f"n {row.found.n:,}",
                values={
                    "B − A": Measure(value=row.found.difference, low=row.found.low, high=row.found.high, n=row.found.n)
                },
                hollow=not _clear(row),
                colour=0,
            )
            for row in tested
        ]
        yield el(
            "div",
            forest(f"Differences of {pair.b.name} from {pair.a.name}", lines, ["B − A"], around_zero=True),
            class_="wide",
        )
    head = el(
        "thead", el("tr", [el("th", name, scope="col", class_="num" if at else None) for at, name in enumerate(_HEADS)])
    )
    body = el("tbody", [el("tr", _cells(row)) for row in pair.rows])
    label = f"Differences of {pair.b.name} from {pair.a.name} as a table"
    yield el("div", el("table", head, body), class_="wide", tabindex="0", role="region", aria_label=label)


def _cells(row: Paired) -> Iterator[Html]:
    found = row.found
    yield el("th", plain_name(row.measure), f" (n {found.n:,})", scope="row")
    for value in (found.a, found.b):
        yield el("td", fig(Measure(value=value)), class_="num")
    kind = "num" if not _clear(row) else "num warn" if found.difference < 0 else "num good"
    yield el("td", f"{found.difference:+.4f}", class_=kind)
    yield el("td", f"{found.low:+.4f} to {found.high:+.4f}", class_="num")
    for count in (row.wins, row.ties, row.losses):
        yield el("td", f"{count:,}", class_="num")
    yield el("td", "not tested" if row.p is None else "McNemar" if row.binary else "bootstrap", class_="num")
    for p in (row.p, row.p_adjusted):
        yield el("td", "–" if p is None else "< 0.0001" if p < 0.0001 else f"{p:.4f}", class_="num")


def _clear(row: Paired) -> bool:
    return row.p_adjusted is not None and row.p_adjusted < _CLEAR
