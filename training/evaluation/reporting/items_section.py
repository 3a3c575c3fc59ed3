"""The section of single items: question, expected, answer, why, the photo, and who worked when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from questline.tools.drawing import Page, draw_bars

from .examples import Chosen, Example, State
from .images import ImageShelf
from .markup import Html, clean, el
from .results import Result
from .shapes import plain_name

__all__ = ["items_section"]

_LONG: Final = 1_500
"""Characters of one text that are shown."""
_STATES: Final[tuple[tuple[str, State, str], ...]] = (
    ("hide-failed", "failed", "hide failed and unscored"),
    ("hide-wrong", "wrong", "hide wrong and partly right"),
    ("hide-right", "right", "hide right"),
)
_LABELS: Final = 12
"""Labels of an item that are shown and filtered by."""
_IMAGES: Final = 3
_TIMED: Final = 0.0


def items_section(chosen: Sequence[tuple[Result, Chosen]], shelf: ImageShelf) -> Html:
    """Return the section; its filters by right and wrong need no script, those by slice do."""
    parts: list[Html] = [el("h2", "Examples of errors", id="items")]
    if not any(each.examples for _, each in chosen):
        text = "No file holds items: measure again without --no-items to see single answers here."
        return el("section", parts, el("p", text, class_="box"))
    boxes = [el("label", el("input", type="checkbox", id=name), text) for name, _, text in _STATES]
    parts.append(el("div", boxes, el("span", id="slices", class_="filters"), class_="filters box"))
    parts.append(
        el("noscript", el("p", "Filters by slice need scripts; all shown items are below.", class_="dim small"))
    )
    number = 0
    for result, each in chosen:
        if not each.examples:
            continue
        counts = ", ".join(f"{count:,} {state}" for state, count in each.states.items())
        told = f"{len(each.examples):,} of {each.total:,} items ({counts})"
        by = f", the worst by {plain_name(each.measure)} first, then some right ones" if each.measure else ""
        articles: list[Html] = []
        for example in each.examples:
            number += 1
            articles.append(_article(example, result, shelf, number))
        parts.append(el("h3", result.name))
        parts.append(el("p", f"{told}{by}.", class_="dim"))
        parts.append(el("div", articles))
    return el("section", parts)


def _article(example: Example, result: Result, shelf: ImageShelf, number: int) -> Html:
    labels = dict(list(example.labels.items())[:_LABELS])
    marks = [
        el("span", f"{plain_name(name)} {value:g}", class_="chip")
        for name, value in list(example.scores.items())[:_LABELS]
    ]
    groups = [el("span", f"{plain_name(name)}: {_cut(value, 60)}", class_="chip") for name, value in labels.items()]
    told = {"file": result.name, **{name: clean(_cut(value, 60)) for name, value in labels.items()}}
    return el(
        "article",
        el("h4", el("span", example.state, class_="state"), f" · {_cut(example.id, 120)}"),
        el("div", marks, groups),
        el("dl", list(_told(example))),
        _pictures(example, shelf),
        _trace(example, number),
        el("details", el("summary", "What else the item tells"), el("pre", _cut(example.rest, 2 * _LONG)))
        if example.rest
        else None,
        class_=f"item {example.state}",
        data_labels=json.dumps(told, ensure_ascii=False),
    )


def _told(example: Example) -> Iterator[Html]:
    for name, text in (
        ("question", example.question),
        ("expected", example.expected),
        ("answer", example.answer or ("" if example.state == "failed" else "(empty)")),
        ("reason", example.reason),
    ):
        if text:
            yield el("dt", name)
            yield el("dd", _cut(text, _LONG), dir="auto")


def _pictures(example: Example, shelf: ImageShelf) -> Html | None:
    if not example.images:
        return None
    shown: list[Html] = []
    for name in example.images[:_IMAGES]:
        uri = shelf.data_uri(name)
        text = f"image {_cut(name, 80)}"
        shown.append(
            el("img", src=uri, alt=f"The item's {text}", decoding="async")
            if uri
            else el("span", f"{text} is not shown", class_="chip")
        )
    more = len(example.images) - _IMAGES
    return el("p", shown, el("span", f" and {more} more images", class_="dim") if more > 0 else None)


def _trace(example: Example, number: int) -> Html | None:
    if not example.trace and not example.details:
        return None
    parts: list[Html] = []
    took = max((row.ended_s for row in example.trace), default=0.0)
    if example.trace and took > _TIMED:
        page = Page()
        draw_bars(page, example.trace, _colours(example))
        picture = page.svg(f"Who worked when on {_cut(example.id, 60)}", name=f"trace{number}-", style=False)
        parts.append(el("div", Html(picture), class_="trace wide"))
    elif example.trace:
        parts.append(el("p", " → ".join(row.label for row in example.trace)))
    if example.details:
        parts.append(el("ol", [el("li", _cut(text, 300), class_="small") for text in example.details]))
    steps = f"{len(example.trace) or len(example.details)} steps{f', {took:.2f} s' if took > _TIMED else ''}"
    return el("details", el("summary", f"Trace: {steps}"), parts, open=number == 1)


def _colours(example: Example) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(row.server for row in example.trace if row.server))}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"
