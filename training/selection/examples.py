"""Lists as the embedded selector sees them, measured once for all that is fitted on them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from questline.budget import Budget, Meter
from questline.tools.reading import Encoder
from questline.tools.selection.checks import Request
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.selection.features import Facts
from questline.tools.selection.judged import Judged, set_problem
from questline.tools.selection.membership import Membership
from questline.tools.selection.objective import SetProblem, choose
from questline.tools.selection.reading import Reader
from questline.training.evaluation.selection_metrics import Counts

from .lists import SelectionList

__all__ = ["NOTHING", "Example", "Prepared", "Remembering", "counted", "observe", "prepared"]

NOTHING = Membership(weights={}, tau=0.0, tau_several=0.0, least=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One list, measured."""

    given: SelectionList
    judged: Judged
    problem: SetProblem
    labels: NDArray[np.float64]
    """1 where a passage is gold, in the order of the rows of ``judged.facts``."""
    decides: NDArray[np.bool_]
    """Where the model that is fitted decides; for the others it stays with the one before."""

    def chances(self, membership: Membership) -> dict[int, float]:
        """Return how likely each passage helps, by position."""
        own = membership.of(self.judged.facts).chances(self.judged.facts).tolist()
        return {
            index: chance if decides else self.judged.chances[index]
            for index, chance, decides in zip(self.judged.order, own, self.decides, strict=True)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One list, judged: all that a set is made from."""

    given: SelectionList
    facts: Facts
    problem: SetProblem
    most: float
    """How likely the likeliest passage helps."""


class Remembering:
    """An encoder that encodes no text twice: the lists of a corpus share most of their passages."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: list[str], /) -> NDArray[np.float32]:
        """Return one row per text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def observe(
    lists: Iterable[SelectionList],
    encoder: Encoder | None,
    reader: Reader | None = None,
    *,
    words: Membership = NOTHING,
    cosine: Membership = NOTHING,
) -> list[Example]:
    """Measure every list as the selector does.

    Args:
        lists: What is measured; each with at least one passage.
        encoder: Gives the cosines.
        reader: Gives the cross-encoder's judgements.
        words: Judges before the models do; what the cross-encoder's model builds on.
        cosine: The same with the encoder.
    """
    selector = EmbeddedSelector(encoder, reader, words=words, cosine=cosine, reading=NOTHING)
    found: list[Example] = []
    for each in lists:
        request = Request.read(each.question, each.passages, max_set=None, tau=None)
        judged = selector.judge(request, Meter(budget=Budget()), threading.Event())
        assert judged is not None  # there is no deadline
        labels = [float(each.passages[index].id in each.gold) for index in judged.order]
        decides = [reader is None or index in judged.heard.judged for index in judged.order]
        found.append(
            Example(
                given=each,
                judged=judged,
                problem=set_problem(judged),
                labels=np.array(labels),
                decides=np.array(decides),
            )
        )
    return found


def prepared(examples: Sequence[Example], membership: Membership) -> list[Prepared]:
    """Judge every list with the weights of `membership`, once for all prices that are tried."""
    found: list[Prepared] = []
    for each in examples:
        chances = each.chances(membership)
        ranked = {index: chances[index] for index in sorted(chances, key=lambda at: (-chances[at], at))}
        found.append(
            Prepared(
                given=each.given,
                facts=each.judged.facts,
                problem=replace(each.problem, chances=ranked),
                most=max(chances.values()),
            )
        )
    return found


def counted(lists: Sequence[Prepared], membership: Membership) -> list[Counts]:
    """Make the sets at the prices of `membership`, and count."""
    counts: list[Counts] = []
    for each in lists:
        members: tuple[int, ...] = ()
        own = membership.of(each.facts)
        if each.most >= own.least:
            members = choose(each.problem, own.prices(each.facts.several), max_set=len(each.problem.chances)).members
        names = {each.given.passages[index].id for index in members}
        counts.append(
            Counts(
                hits=len(names & each.given.gold),
                chosen=len(names),
                gold=len(each.given.gold),
                helpless=not each.given.reachable,
            )
        )
    return counts
