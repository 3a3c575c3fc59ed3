"""The file of coefficients that `questline.tools.reading` reads, with where they come from at its head."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from questline.errors import RunError
from questline.tools.reading.features import FEATURES

from .confidence import Confidence
from .tables import COLUMNS, Doubles

__all__ = ["Fitted", "Mode", "rendered", "write"]

Mode = str
"""``words`` or ``encoder``."""
_SUFFIX: Final[Mapping[Mode, str]] = {"words": "", "encoder": "_encoder"}
_SUPPORT: Final = 0.2
"""Share of the question's terms below which passages are about something else and are not read at all."""
_ABOUT_CONFIDENCE: Final = """
# Confidence: the chance that the short answer has token F1 >= 0.5, a logistic regression on answers to questions that
# the weights were not fitted on, and on every fourth question read again without the documents that answer it.
# `weights` are for: share of the best text, its lead over the second, coverage with context, by the sentence, by the
# passage, reliability of the relation, cosine, named share of the title, rank of the passage, and whether the question
# may ask for anything. `sentences` are searched; `support` keeps passages about something else from being read at all.
# Figures are those of held-out folds.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What was fitted for reading with or without the encoder."""

    weights: Doubles
    """[len(COLUMNS), len(FEATURES)]."""
    confidence: Confidence
    sentences: int
    abstain_below: float
    figures: Mapping[str, float]
    """What was measured on held-out folds, by name."""


def rendered(head: Sequence[str], fitted: Mapping[Mode, Fitted]) -> str:
    """Return the file's text; equal input gives equal text.

    Args:
        head: Lines on the origin of the coefficients.
        fitted: By mode, both.
    """
    columns = [f'"{name}{_SUFFIX[mode]}"' for mode in _SUFFIX for name in COLUMNS]
    lines = [f"# {line}".rstrip() for line in head]
    lines += ["[weights]", f"columns = [{', '.join(columns)}]"]
    for place, feature in enumerate(FEATURES):
        lines.append(f"{feature} = {_row(np.concatenate([fitted[mode].weights[:, place] for mode in _SUFFIX]))}")
    lines += _ABOUT_CONFIDENCE.rstrip().split("\n")
    for mode in _SUFFIX:
        lines += _mode(mode, fitted[mode])
    return "\n".join(lines) + "\n"


def _mode(mode: Mode, fitted: Fitted) -> list[str]:
    return [
        "",
        *(f"# {name}: {value:.3f}" for name, value in fitted.figures.items()),
        f"[confidence.{mode}]",
        f"sentences = {fitted.sentences}",
        f"support = {_SUPPORT}",
        f"abstain_below = {fitted.abstain_below:.2f}",
        f"bias = {fitted.confidence.bias:.2f}",
        f"weights = {_row(np.array(fitted.confidence.weights))}",
    ]


def _row(values: Doubles) -> str:
    # Adding 0.0 makes the minus of a rounded -0.0 go away.
    return f"[{', '.join(f'{round(float(value), 2) + 0.0:.2f}' for value in values)}]"


def write(path: Path, text: str) -> None:
    """Write the file in one step.

    Raises:
        RunError: ``read_only`` or ``disk_full``.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        code = "disk_full" if error.errno == 28 else "read_only"  # ENOSPC
        raise RunError(f"{str(path)!r} cannot be written ({error})", code=code, path=path) from error
