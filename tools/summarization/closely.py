"""What the cross-encoder adds to the score of a segment: how salient it is, and how likely the answer stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from questline.tools.models.cross_encoder import Judgement
from questline.tools.models.cross_encoder_cache import Judges

from .asked import Asked
from .features import Floats
from .page import Page

__all__ = ["closely"]

_WINDOWS: Final = 6
"""Stretches of text that are read, those with the best segments: about 15 ms each on one core."""
_STRETCH: Final = 900
"""Characters of a stretch; beside a query of usual length all of it is read."""
_SPANS: Final = 6
_SALIENCE: Final = 0.5
_MARGIN: Final = 0.2
"""Weights of the two in the logit of a segment: a choice, made with the hit@1 of XQuAD in view. With half and twice of
each the hit@1 of 99 held-out questions of Natural Questions lies between .77 and .81, without them at .68."""
_FAR: Final = (-6.0, 12.0)
"""A margin counts between these."""


def closely(asked: Asked, page: Page, titles: Sequence[str], logits: Floats, model: Judges) -> Floats:
    """Return what is added to the logit of each unit ([units]); a unit that is not read gets the least of all.

    Args:
        asked: The query, in English.
        page: The documents.
        titles: Of each document.
        logits: Of each unit, by words: they decide what is read.
        model: Reads query and text together.
    """
    windows = list(_windows(page))
    best = sorted(windows, key=lambda window: -float(logits[window].max()))[:_WINDOWS]
    texts = ["\n".join(page.units[number].text for number in window) for window in best]
    names = [titles[page.units[window[0]].source] for window in best]
    added = np.full(len(page.units), np.nan)
    for window, one in zip(best, model.judge(asked.text, texts, titles=names, spans=_SPANS), strict=True):
        start = 0
        for number in window:
            end = start + len(page.units[number].text)
            added[number] = _added(one, start, end)
            start = end + 1
    return np.where(np.isnan(added), np.nanmin(added), added)


def _added(one: Judgement, start: int, end: int) -> float:
    """Weigh the stretch between two characters of what was read."""
    shared = [
        (item.probability, min(end, item.span.end) - max(start, item.span.start))
        for item in one.sentences
        if item.span.start < end and start < item.span.end
    ]
    total = sum(size for _, size in shared)
    salience = sum(chance * size for chance, size in shared) / total if total else 0.0
    margins = [span.margin for span in one.spans if start <= span.start < end]
    margin = min(_FAR[1], max(_FAR[0], max(margins, default=_FAR[0])))
    return _SALIENCE * float(np.log((salience + 1e-3) / (1.001 - salience))) + _MARGIN * margin


def _windows(page: Page) -> Iterator[list[int]]:
    held: list[int] = []
    size = 0
    for number, unit in enumerate(page.units):
        if held and (unit.source != page.units[held[0]].source or size + len(unit.text) > _STRETCH):
            yield held
            held, size = [], 0
        held.append(number)
        size += len(unit.text) + 1
    if held:
        yield held
