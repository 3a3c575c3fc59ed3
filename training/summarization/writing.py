"""The file of coefficients that `questline.tools.summarization` reads, with where they come from at its head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from questline.tools.summarization.features import FEATURES
from questline.tools.summarization.scoring import COLUMNS, EVIDENCE, Column

from .answerable import Answerable
from .sets import Choosing
from .tables import Doubles

__all__ = ["Fitted", "rendered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What was fitted for one column."""

    weights: Doubles
    """[FEATURES]."""
    answerable: Answerable
    choosing: Choosing
    figures: Mapping[str, float]
    """What was measured on queries that were held out, by name."""


def rendered(head: Sequence[str], fitted: Mapping[Column, Fitted]) -> str:
    """Return the file's text; equal input gives equal text."""
    models = [fitted[column] for column in COLUMNS]
    lines = [f"# {line}".rstrip() for line in head]
    lines += ["[weights]", "columns = [" + ", ".join(f'"{column}"' for column in COLUMNS) + "]"]
    lines += [f"{name} = {_row(model.weights[place] for model in models)}" for place, name in enumerate(FEATURES)]
    lines += [
        "",
        "# The chance that there is an answer: a logistic regression on what the best segment and the whole document",
        "# say, fitted on queries with their own documents and with others'; below the threshold there is none.",
        "[answerability]",
        f"threshold = {_row(model.answerable.threshold for model in models)}",
        f"bias = {_row(model.answerable.bias for model in models)}",
    ]
    lines += [
        f"{name} = {_row(model.answerable.weights[place] for model in models)}" for place, name in enumerate(EVIDENCE)
    ]
    for column, model in fitted.items():
        chosen = model.choosing
        lines += ["", *(f"# {name}: {value:.3f}" for name, value in model.figures.items()), f"[choice.{column}]"]
        lines += [f"coverage = {chosen.coverage}", f"redundancy = {chosen.redundancy}"]
        lines += [f"breaks = {chosen.breaks}", f"length = {chosen.length}"]
    return "\n".join(lines) + "\n"


def _row(values: Iterable[float]) -> str:
    # Adding 0.0 makes the minus of a rounded -0.0 go away.
    return f"[{', '.join(f'{round(float(value), 3) + 0.0:.3f}' for value in values)}]"
