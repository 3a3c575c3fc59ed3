"""One self-contained HTML page of a set of result files.

Nothing is fetched: style and script stand in the page, images are data. A policy in its head forbids all else, so
that even a text that got out of its place could not run or call. Suites are not known here: what a file holds is found
by its form (`shapes`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.drawing import STYLE

from .examples import Chosen, choose
from .images import ImageShelf
from .items_section import items_section
from .markup import Html, el, slug
from .overview import alarms, overview_table
from .paired_section import paired_section
from .pairs import compare_all
from .results import Result, read_results
from .sections import origins, reading_aid, suite_section
from .shapes import plain_name
from .writing import GENERATOR

__all__ = ["MOST_BYTES", "PageReport", "picture_style", "report_page"]

MOST_BYTES: Final = 12_000_000
"""Size of a page; beyond it fewer items are shown."""
_FEWEST: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReport:
    """The page, and what a caller should say about it."""

    html: str
    files: int
    """Result files that it shows."""
    failed: int
    """Failed rows in them."""
    pairs: int
    """Pairs of files that it compares."""
    warnings: Sequence[str]
    """What was left out or refused."""


def report_page(
    files: Sequence[Path],
    *,
    title: str = "",
    baseline: Path | None = None,
    images: Sequence[Path] = (),
    worst: int = 20,
    seed: int = 0,
    most_bytes: int = MOST_BYTES,
) -> PageReport:
    """Make the page.

    Args:
        files: Result files of ``agents eval … --json`` and of the benchmarks, or folders: then all ``*.json`` in them.
        title: Of the page.
        baseline: The file that every other one of its suite is compared with; by default each with each.
        images: Folders in which the images of items are looked for, beside those of the files.
        worst: Items that are shown of each file; a quarter as many right ones are shown beside.
        seed: Of the bootstrap.
        most_bytes: Size of the page: fewer items are shown where it would be larger, which the page says.

    Raises:
        UsageError: ``bad_argument`` without a file, ``file_not_found``, ``unreadable_file``, ``empty_folder``, or
            ``bad_data`` for a file that is not JSON and where no file is a result.
    """
    if worst < 0:
        raise UsageError(f"worst={worst!r} must be 0 or more", argument="worst")
    named = _named(files)
    if not named:
        raise UsageError("name at least one result file: agents eval report FILES… --out report.html", argument="files")
    wanted = [*named, *([baseline] if baseline is not None and _same(baseline, named) is None else [])]
    results, skipped = read_results(wanted)
    against = None
    if baseline is not None:
        against = next((each for each in results if each.path.resolve() == baseline.resolve()), None)
        if against is None:
            raise UsageError(
                f"the baseline {str(baseline)!r} is no result of a measurement", code="bad_data", field="run"
            )
    made = _Maker(results, skipped, title, against, images, seed)
    html, notes = made.page(worst, most_bytes)
    return PageReport(
        html=html,
        files=len(results),
        failed=sum(result.failed for result in results),
        pairs=len(made.pairs),
        warnings=[
            *(f"{path} is left out: {reason}" for path, reason in skipped),
            *(f"{each.a.name} and {each.b.name} are not compared: {each.reason}" for each in made.refused),
            *notes,
        ],
    )


class _Maker:
    """What does not change when fewer items are shown is made once."""

    def __init__(
        self,
        results: Sequence[Result],
        skipped: Sequence[tuple[Path, str]],
        title: str,
        baseline: Result | None,
        images: Sequence[Path],
        seed: int,
    ) -> None:
        self._results, self._skipped, self._title = results, skipped, title
        self._images = [*images, *dict.fromkeys(result.path.parent for result in results)]
        self.pairs, self.refused, self._left = compare_all(results, baseline=baseline, seed=seed)
        self._suites: dict[str, list[Result]] = {}
        for result in results:
            self._suites.setdefault(result.suite, []).append(result)
        self._sections = [suite_section(suite, found) for suite, found in self._suites.items()]

    def page(self, worst: int, most_bytes: int) -> tuple[str, list[str]]:
        """Return the page with as many items as fit, and what has to be said about it."""
        shown = worst
        while True:
            shelf = ImageShelf(self._images, room=most_bytes // 3)
            chosen = [(result, choose(result, shown)) for result in self._results]
            items = items_section(chosen, shelf)
            notes = self._notes(chosen, shelf, shown, worst)
            html = self._whole(items, notes)
            if len(html.encode()) <= most_bytes or shown < _FEWEST:
                return html, notes
            shown //= 2

    def _notes(self, chosen: Sequence[tuple[Result, Chosen]], shelf: ImageShelf, shown: int, worst: int) -> list[str]:
        cut = sum(each.total - len(each.examples) for _, each in chosen)
        notes = [f"{cut:,} items of {sum(each.total for _, each in chosen):,} are not shown"] if cut else []
        if shown < worst:
            notes.append(
                f"only the worst {shown} items of each file are shown instead of {worst}: the page would be too large"
            )
        notes += [f"{count:,} images are not shown: {reason}" for reason, count in shelf.notes.items()]
        notes += [
            f"{result.name}: {result.found.left_out} further groups and curves are not shown"
            for result in self._results
            if result.found.left_out
        ]
        return notes

    def _whole(self, items: Html, notes: Sequence[str]) -> str:
        count = len(self._results)
        title = self._title or f"Measurements: {', '.join(plain_name(suite) for suite in list(self._suites)[:4])}"
        links = [("failures", "Failures and warnings"), ("overview", "Overview")]
        links += [(f"suite-{slug(suite)}", plain_name(suite)) for suite in self._suites]
        links += [("pairs", "Paired comparisons"), ("items", "Examples of errors"), ("origins", "Origins")]
        body = [
            el("a", "Skip to the overview", href="#overview", class_="skip"),
            el(
                "header",
                el("h1", title),
                el(
                    "p",
                    f"{count} result file{'s' * (count != 1)} · page made on {datetime.now(UTC).date()}",
                    class_="dim",
                ),
            ),
            el("nav", [el("a", text, href=f"#{place}") for place, text in links], aria_label="Sections"),
            el(
                "main",
                alarms(self._results, self._skipped, notes),
                overview_table(self._results, self._suites),
                reading_aid(),
                self._sections,
                paired_section(self.pairs, self.refused, self._left),
                items,
                origins(self._results),
            ),
        ]
        return _document(title, body)


def picture_style() -> str:
    """Return the style of the page's pictures, for one of them alone."""
    return _file("page.css").partition("/*")[0]


def _document(title: str, body: Sequence[Html]) -> str:
    style = _file("page.css") + ".trace{" + STYLE + ".trace .page{fill:none}}"
    script = _file("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    policy += "; base-uri 'none'; form-action 'none'"
    head = [
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="generator", content=GENERATOR),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", Html(style)),
    ]
    whole = el("html", el("head", head), el("body", body, el("script", Html(script))), lang="en")
    return f"<!DOCTYPE html>\n{whole}\n"


def _file(name: str) -> str:
    return resources("questline.training.evaluation.reporting").joinpath(name).read_text("utf-8")


def _named(files: Sequence[Path]) -> list[Path]:
    """Return the files, each once; of a folder all JSON in it."""
    found: dict[Path, Path] = {}
    for path in files:
        inside = sorted(each for each in path.glob("*.json") if each.is_file()) if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"the folder {str(path)!r} holds no .json file", code="empty_folder", path=path)
        for each in inside:
            found.setdefault(each.resolve(), each)
    return list(found.values())


def _same(path: Path, named: Sequence[Path]) -> Path | None:
    return next((each for each in named if each.resolve() == path.resolve()), None)
