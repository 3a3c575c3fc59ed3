"""The memory of recent pairs, over the packaged cross-encoder."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from questline.tools.models.cross_encoder import CrossEncoder, Judgement
from questline.tools.models.cross_encoder_cache import RecentPairs

TEXTS = ["Orrin Light was designed by Hugo Brandt in 1857. It has 214 steps.", "Tern Bridge is closed in winter."]


class Counting:
    """The packaged model, counting what it reads."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        self.read += texts
        return CrossEncoder.load().judge(question, texts, titles=titles, spans=spans)


@pytest.mark.requirement("models.cross-encoder-cache")
def test_a_pair_is_read_once_and_remembering_changes_nothing() -> None:
    model = Counting()
    recent = RecentPairs(model)
    alone = CrossEncoder.load().judge("Who designed Orrin Light?", TEXTS, titles=["Orrin", ""], spans=2)
    for spans in (2, 6, 1):
        judged = recent.judge("Who designed Orrin Light?", TEXTS, titles=["Orrin", ""], spans=spans)
        assert [len(one.spans) <= spans for one in judged] == [True, True]
    assert recent.judge("Who designed Orrin Light?", TEXTS, titles=["Orrin", ""], spans=2) == alone
    assert model.read == TEXTS
    recent.judge("Who designed Orrin Light?", TEXTS[:1])  # without its title it is another pair
    assert model.read == [*TEXTS, TEXTS[0]]


@pytest.mark.requirement("models.cross-encoder-cache")
def test_the_oldest_pairs_are_forgotten_and_texts_given_twice_are_read_once() -> None:
    model = Counting()
    recent = RecentPairs(model, size=1)
    assert len(recent.judge("Who?", [TEXTS[0], TEXTS[0]])) == 2
    recent.judge("Who?", TEXTS[1:])
    recent.judge("Who?", TEXTS[:1])
    assert model.read == [TEXTS[0], TEXTS[1], TEXTS[0]]
    recent.judge("Who?", TEXTS[:1], spans=9)  # more than is remembered
    assert model.read[3:] == TEXTS[:1]
