"""Make lists of other kinds from mined ones: short, without support, of sentences, under one title.

Probabilities that have only seen a dozen whole passages of which one supports are wrong everywhere else: a title that
every passage bears lifts them all, sentences say less than passages, and where nothing answers something is still the
best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from questline.tools.text import sentences
from questline.training.embedded.examples import answer_places, question_hash
from questline.training.evaluation.lists import RankingList
from questline.types import Passage

__all__ = ["varied"]

_SIZES: Final = (1, 2, 3, 4, 5, 6, 8, 10)
_NEIGHBOURS: Final = 2
"""Passages whose sentences are mixed with those of the one that supports."""
_LEAST: Final = 16
"""Characters of a sentence; what is shorter is a heading or a fragment."""


def varied(given: RankingList, answers: Sequence[str], *, unsupported: float) -> Iterator[RankingList]:
    """Yield the list itself as ``home`` and those that it makes; the kind ends the id.

    ``bare`` is the same without titles, ``short`` its first 1 to 10, ``none`` what supports nothing.
    ``sentences`` holds the sentences of what supports, without a title; ``mixed`` those of others too, and ``page`` the
    same under one title. (The sentences of what supports under its title, four on average, are left out: with them the
    calibration error of WikiQA is .06 in place of .04.)

    Args:
        given: The best of a first stage, best first.
        answers: Accepted answers; a sentence of a supporting passage that holds one supports.
        unsupported: Share of the questions, by their hash, that make a list in which nothing supports.
    """
    support = [passage for passage in given.passages if given.grades.get(passage.id, 0) > 0]
    others = [passage for passage in given.passages if given.grades.get(passage.id, 0) <= 0]
    size = _SIZES[int(question_hash(given.query + "~") * len(_SIZES))]
    made: dict[str, tuple[Sequence[Passage], Mapping[str, int]]] = {
        "home": (given.passages, given.grades),
        "bare": (_under("", given.passages), given.grades),
        "short": (given.passages[:size], given.grades),
    }
    if question_hash(given.query + "!") < unsupported:
        made["none"] = (others, {})
    own = [each for passage in support for each in _cut(passage)]
    right = {each.id: 1 for each in own if answer_places(each.text, answers)}
    if right and len(right) < len(own):
        near = [each for passage in others[:_NEIGHBOURS] for each in _cut(passage)]
        near = [each for each in near if not answer_places(each.text, answers)]
        made["sentences"] = (_under("", own), right)
        made["mixed"] = (_under("", [*own, *near]), right)
        made["page"] = (_under(support[0].title, [*own, *near]), right)
    for kind, (chosen, grades) in made.items():
        if chosen:
            yield replace(given, id=f"{given.id}/{kind}", passages=tuple(chosen), grades=grades)


def _cut(passage: Passage) -> list[Passage]:
    """Return its sentences as passages that no first stage has scored."""
    found = [each.text for each in sentences(passage.text) if len(each.text) >= _LEAST]
    return [replace(passage, id=f"{passage.id}.{place}", text=text, score=0.0) for place, text in enumerate(found)]


def _under(title: str, passages: Sequence[Passage]) -> list[Passage]:
    return [replace(passage, title=title) for passage in passages]
