"""Readings of questions whose tables a network has not seen, beside what is right: for calibration and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from questline.tools.tables import Rows
from questline.tools.tables.linker.built import Unbuilt, build
from questline.tools.tables.linker.confidence import SIGNS
from questline.tools.tables.linker.linking import Read, may_be_read, reading
from questline.tools.tables.linker.network import Calibration
from questline.training.logistic import newton

from .batches import alone
from .examples import Example, gold
from .net import LinkNet

__all__ = ["Tried", "calibrated", "probabilities", "right_answer", "same", "threshold", "tried"]

Probabilities = NDArray[np.float32]
_RIDGE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A question, read."""

    example: Example
    read: Read | None
    """None for a question that is not read at all: for a yes or a no."""
    right: bool
    """Whether it finds what its marks ask for."""


def probabilities(nets: Sequence[LinkNet], example: Example) -> Probabilities:
    """Return the mean of what networks say of a question over its table, [words, choices]."""
    with torch.no_grad():
        batch = alone(example.seen)
        return torch.stack([net(batch)[0].softmax(-1) for net in nets]).mean(dim=0).numpy()


def right_answer(example: Example) -> tuple[str, tuple[int, ...]] | None:
    """Return SQL and answering columns as the marks give them; None where the table does not answer."""
    if not example.asked.answerable:
        return None
    try:
        built = build(example.seen, gold(example))
    except Unbuilt:
        return None
    return built.sql, built.answers


def _is_right(example: Example, read: Read) -> bool:
    """Say whether a reading finds what the marks ask for, row for row."""
    right, ask = right_answer(example), example.of.view.source.ask
    if read.built is None or right is None or ask is None:
        return False
    if (read.built.sql, read.built.answers) == right:
        return True
    return same(ask(read.built.sql), read.built.answers, ask(right[0]), right[1])


def same(rows: Rows, answers: Sequence[int], right: Rows, asked: Sequence[int]) -> bool:
    """Say whether rows hold what is asked, row for row, whatever stands beside it.

    Args:
        rows: What was found.
        answers: The columns of it that answer; all where there are none.
        right: What should be.
        asked: Its columns that answer; all where there are none.
    """
    if len(rows.rows) != len(right.rows) or not right.rows:
        return False
    wanted = sorted(sorted(map(str, _picked(row, asked))) for row in right.rows)
    left = [sorted(map(str, _picked(row, answers))) for row in rows.rows]
    for cells in wanted:
        found = next((each for each in left if set(cells) <= set(each)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _picked(row: Sequence[object], places: Sequence[int]) -> list[object]:
    return [row[place] for place in places] if places else list(row)


def tried(
    examples: Sequence[Example],
    says: Callable[[Example], Probabilities],
    hears: Callable[[int], None] = lambda done: None,
) -> list[Tried]:
    """Return the reading of each question.

    Args:
        examples: The questions.
        says: What the networks say of one.
        hears: Told how many are done.
    """
    found: list[Tried] = []
    for done, example in enumerate(examples, start=1):
        if example.asked.yesno or not may_be_read(example.asked.text):
            found.append(Tried(example=example, read=None, right=False))
        else:
            read = reading(example.seen, says(example))
            found.append(Tried(example=example, read=read, right=_is_right(example, read)))
        hears(done)
    return found


def calibrated(found: Sequence[Tried], held: Sequence[Tried], right: float) -> Calibration:
    """Return the weights of the signs, and the least confidence from which on `right` of the answers are right.

    Args:
        found: Readings of tables that the reading network had not seen: the weights are fitted to them.
        held: Readings by all networks of the tables that are held out: the threshold is chosen on them. Where too few
            answers are right at any confidence, nothing will be answered.
        right: Share of the answers.
    """
    signs, labels = _signs(found)
    if not len(labels):
        return Calibration(weights=(0.0,) * len(SIGNS), threshold=1.0)
    weights = tuple(map(float, newton(signs, labels, np.array([_RIDGE] * len(SIGNS), np.float64))))
    return Calibration(weights=weights, threshold=threshold(held, weights, right))


def threshold(held: Sequence[Tried], weights: Sequence[float], right: float) -> float:
    """Return the least confidence from which on `right` of the answers are right; 1 where there is none."""
    signs, labels = _signs(held)
    confidence = 1 / (1 + np.exp(-np.clip(signs @ np.array(weights), -30, 30)))
    order = np.argsort(-confidence)
    share = np.cumsum(labels[order]) / np.arange(1, len(labels) + 1)
    enough = np.flatnonzero(share >= right)
    return float(confidence[order[enough[-1]]]) if len(enough) else 1.0


def _signs(found: Sequence[Tried]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the signs [n, k] of the readings that are built, and which of them are right [n]."""
    built = [each for each in found if each.read is not None and each.read.signs is not None]
    signs = [each.read.signs for each in built if each.read is not None]
    return np.array(signs, np.float64).reshape(-1, len(SIGNS)), np.array([each.right for each in built], np.float64)
