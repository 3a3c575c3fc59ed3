"""What tells how likely a reading of the linker is right."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .built import Built
from .checking import Checked
from .features import Seen
from .roles import COLUMNED, FREE
from .spans import Span, strengths

__all__ = ["SIGNS", "signs"]

SIGNS: Final = (
    "one", "weakest span", "all spans", "weakest idle word", "nothing absent", "cells", "idle words", "a count",
    "a sum or mean", "no condition", "conditions", "answers", "a row is read", "read in the columns", "read in another",
    "answered", "relevant",
    "log read", "log answered", "log relevant", "read and answered", "rivals", "a flag by meaning",
    "a bare question word", "a cell by meaning",
)  # fmt: skip
"""Names of what `signs` returns."""
_LEAST: Final = 1e-4
_LIKELY: Final = 0.88
_SMALL: Final = 1e-3


def signs(
    seen: Seen, probabilities: NDArray[np.float32], found: list[Span], built: Built, checked: Checked
) -> NDArray[np.float64]:
    """Return what tells how likely a reading is right, one number for each of `SIGNS`.

    Args:
        seen: The question over its table.
        probabilities: [words, choices], of the network.
        found: The spans that these give.
        built: What is asked, of these spans.
        checked: What the reader says of the row that it finds.
    """
    sure = [
        strength for span, strength in zip(found, strengths(probabilities, found), strict=True)
        if span.role not in {"row", "names"}
    ]  # fmt: skip
    idle, absent, row = (FREE.index(role) for role in ("idle", "absent", "row"))
    choices = probabilities.argmax(axis=1)
    waiting = [
        place for place, word in enumerate(seen.spoken.words) if choices[place] == idle and word.telling
    ]  # fmt: skip
    left = min((float(probabilities[place, idle] + probabilities[place, row]) for place in waiting), default=1.0)
    asked = [span for span in found if span.role == "answer"]
    return np.array(
        [
            1.0,
            np.log(max(_LEAST, min(sure, default=_LEAST))),
            sum(np.log(max(_LEAST, each)) for each in sure),
            np.log(max(_LEAST, left)),
            np.log(max(_LEAST, 1.0 - float(probabilities[:, absent].max()))),
            np.log(max(_LEAST, built.sure)),
            len(waiting) / 5,
            float(built.way in {"count", "distinct"}),
            float(built.way in {"sum", "avg"}),
            float(built.conditions == 0),
            built.conditions / 3,
            len({span.column for span in asked}) / 2,
            float(checked.looked),
            checked.own,
            checked.other,
            checked.answered,
            checked.relevant,
            np.log(max(_SMALL, checked.own)) * checked.looked,
            np.log(max(_SMALL, checked.answered)) * checked.looked,
            np.log(max(_SMALL, checked.relevant)) * checked.looked,
            checked.own * checked.answered,
            _rivals(probabilities, found),
            float(any(_unnamed_flag(seen, span) for span in found)),
            float(any(_bare(seen, span) for span in found)),
            float(built.sure < _LIKELY),
        ]
    )


def _rivals(probabilities: NDArray[np.float32], found: list[Span]) -> float:
    """Return the greatest chance that any word gives to another column than the one it is of."""
    most = 0.0
    for span in found:
        if span.column < 0 or span.role == "names":
            continue
        best = probabilities[span.first : span.last + 1].max(axis=0)[len(FREE) :].reshape(-1, len(COLUMNED))
        others = np.delete(best, span.column, axis=0)
        most = max(most, float(others.max()) if others.size else 0.0)
    return most


def _unnamed_flag(seen: Seen, span: Span) -> bool:
    """Say whether words stand for a yes or a no without a word of the column's name."""
    if span.role not in {"value", "lacks"} or not seen.view.columns[span.column].field.flag:
        return False
    words = seen.spoken.words[span.first : span.last + 1]
    return not any(word.stem in seen.view.columns[span.column].spelled for word in words)


def _bare(seen: Seen, span: Span) -> bool:
    """Say whether a question word alone asks for a column that rows do not go by."""
    if span.role != "answer" or seen.view.columns[span.column].field in seen.view.source.identity[:1]:
        return False
    return not any(word.telling for word in seen.spoken.words[span.first : span.last + 1])
