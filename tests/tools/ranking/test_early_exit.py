"""The embedded ranker on long lists: words order all, a cheap model the best of them, a close one reads the head."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.tools.ranking.conftest import passages

from questline.budget import Budget
from questline.errors import UsageError
from questline.testing import RankerContract
from questline.tools.ranking.blend import Blend
from questline.tools.ranking.contract import Ranker, Ranking
from questline.tools.ranking.embedded import HEAD, SKIMMED, EmbeddedRanker
from questline.tools.ranking.pooling import falling
from questline.tools.ranking.standing import carried

DEPTH = Blend(weights={"depth": 1.0})


class Says:
    """Gives each text ``Note n about the harbour.`` the value that a function has for n."""

    def __init__(self, value: Callable[[int], float], *, known: Sequence[int] = (), seconds: float = 0.0) -> None:
        self.value = value
        self.known = set(known)
        self.seconds = seconds
        self.read: list[int] = []

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        del query
        time.sleep(self.seconds)
        numbers = [int(text.split()[1]) for text in texts]
        self.read += numbers
        return np.array([self.value(number) for number in numbers], np.float32)

    def fits(self, query: str, text: str, /) -> bool:
        del query, text
        return True

    def knows(self, text: str, /) -> bool:
        return int(text.split()[1]) in self.known


def ranker(scorer: Says, skim: Says, *, head: int = 4, skims: int = 10) -> EmbeddedRanker:
    words = Blend(weights={"first_stage": 1.0})
    return EmbeddedRanker(scorer, skim=skim, blend=DEPTH, skimmed=DEPTH, words=words, share=0.5, head=head, skims=skims)


def marked(ranking: Ranking, mark: str) -> list[int]:
    return sorted(item.index for item in ranking.items if mark in item.warnings)


@pytest.mark.requirement("ranking.early-exit")
class TestEarlyExit(RankerContract):
    @pytest.fixture
    def ranker(self) -> Ranker:
        class Any(Says):
            def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
                return np.array([len(text) % 7 for text in texts], np.float32)

            def knows(self, text: str, /) -> bool:
                return False

        return ranker(Any(float), Any(float))


@pytest.mark.requirement("ranking.early-exit")
async def test_words_order_all_the_cheap_model_the_best_and_the_close_one_reads_the_head() -> None:
    scorer, skim = Says(lambda n: 100.0 * n), Says(float)
    ranking = await ranker(scorer, skim).rank("harbour", passages(20))
    assert sorted(skim.read) == list(range(10))  # the best by words
    assert sorted(scorer.read) == [6, 7, 8, 9]  # the best of those by the cheap model
    assert [item.index for item in ranking.items] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, *range(10, 20)]
    assert ranking.items[0].raw == pytest.approx(900 + 0.5 * 9)
    assert marked(ranking, "unread") == [*range(6), *range(10, 20)]
    assert (ranking.status, ranking.warnings) == ("ranked", ())


@pytest.mark.requirement("ranking.early-exit")
async def test_a_list_no_longer_than_the_head_is_read_whole() -> None:
    scorer, skim = Says(lambda n: -float(n)), Says(float)
    ranking = await ranker(scorer, skim, head=9, skims=2).rank("harbour", passages(9))
    assert sorted(scorer.read) == list(range(9))
    assert marked(ranking, "unread") == []
    assert [item.index for item in ranking.items] == list(range(9))


@pytest.mark.requirement("ranking.early-exit")
async def test_the_head_is_as_long_as_the_places_that_are_asked_for() -> None:
    scorer, skim = Says(float), Says(float)
    await ranker(scorer, skim).rank("harbour", passages(20), top_n=12)
    assert len(scorer.read) == len(skim.read) == 12
    scorer.read.clear()
    await ranker(scorer, skim).rank("harbour", passages(20), top_n=2)
    assert len(scorer.read) == 4


@pytest.mark.requirement("ranking.early-exit")
async def test_what_costs_nothing_is_skimmed_wherever_it_stands() -> None:
    scorer, skim = Says(float), Says(float, known=[3, 15, 19])
    ranking = await ranker(scorer, skim).rank("harbour", passages(20))
    assert sorted(skim.read) == [*range(10), 15, 19]
    assert ranking.items[0].index == 19


@pytest.mark.requirement("ranking.early-exit")
async def test_scores_fall_though_what_was_read_is_worse_than_what_was_not() -> None:
    """Those below keep their places, and share their chances with what reading made worse than them."""
    scorer = Says(lambda n: 9.0 if n == 9 else -9.0)
    ranking = await ranker(scorer, Says(float)).rank("harbour", passages(12))
    assert [item.index for item in ranking.items][:5] == [9, 8, 7, 6, 5]
    scores = [item.score for item in ranking.items]
    assert scores == sorted(scores, reverse=True)
    assert [item.raw for item in ranking.items] == sorted((item.raw for item in ranking.items), reverse=True)
    assert scores[0] > 0.99
    assert scores[2] == scores[4] < 0.5


@pytest.mark.requirement("ranking.early-exit")
async def test_what_reading_says_of_the_head_is_carried_to_the_others() -> None:
    """A list whose head reads better than its cosines promised is a rich one, and the other way round."""
    rich, poor = [
        await ranker(Says(lambda n, more=more: n / 2 + more), Says(float)).rank("harbour", passages(20))
        for more in (2.0, -2.0)
    ]
    cosine, word = [[made.scores()[name] for made in (rich, poor)] for name in ("p5", "p19")]
    assert cosine[0] > cosine[1]
    assert word[0] > word[1]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.lists(st.floats(-3, 3), min_size=1, max_size=20))
def test_what_is_carried_makes_the_means_equal(cheap: list[float], close: list[float]) -> None:
    def mean(odds: NDArray[np.float64]) -> float:
        return float((1 / (1 + np.exp(-odds))).mean())

    moved = np.array(cheap) + carried(np.array(cheap), np.array(close))
    assert mean(moved) == pytest.approx(mean(np.array(close)), abs=1e-6)


@pytest.mark.requirement("ranking.early-exit", "ranking.deadline")
async def test_when_time_ends_the_head_keeps_the_cheap_order_and_says_so() -> None:
    scorer, skim = Says(float, seconds=0.3), Says(float)
    made = ranker(scorer, skim, head=20, skims=40)
    ranking = await made.rank("harbour", passages(60), budget=Budget(seconds=0.25))
    assert ranking.status == "partial"
    assert len(scorer.read) == 8
    assert len(marked(ranking, "untouched")) == 12
    assert len(marked(ranking, "unread")) == 40
    assert [item.index for item in ranking.items][:40] == list(range(39, -1, -1))


@pytest.mark.requirement("ranking.early-exit", "ranking.bad-judge")
async def test_what_the_cheap_model_cannot_read_is_not_read_closely() -> None:
    scorer, skim = Says(float), Says(lambda n: float("nan") if n == 2 else float(n))
    ranking = await ranker(scorer, skim, head=5).rank("harbour", passages(5))
    assert (scorer.read, marked(ranking, "untouched")) == ([4, 3, 1, 0], [2])
    nothing = Says(lambda n: float("nan"))
    blind = await ranker(scorer, nothing).rank("harbour", passages(20))
    assert (blind.status, marked(blind, "untouched")) == ("unranked", list(range(20)))
    assert [item.index for item in blind.items] == list(range(20))


@pytest.mark.requirement("ranking.bad-param")
@pytest.mark.parametrize("name", ["head", "skims"])
def test_a_head_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        EmbeddedRanker(**{name: 0})  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", name)


@pytest.mark.requirement("ranking.bad-param")
def test_what_skims_for_nobody_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        EmbeddedRanker(skim=Says(float))
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_param", "skim")


def test_the_head_that_ships_is_skimmed() -> None:
    assert 10 <= HEAD <= SKIMMED


@given(st.lists(st.floats(0, 1), max_size=30))
def test_pooled_numbers_fall_and_keep_their_mean(values: list[float]) -> None:
    found = falling(np.array(values, np.float64))
    assert len(found) == len(values)
    assert (np.diff(found) <= 1e-12).all()
    assert float(found.sum()) == pytest.approx(sum(values))
    assert falling(np.sort(np.array(values))[::-1]).tolist() == sorted(values, reverse=True)


def test_pooling_takes_no_more_than_the_neighbours_in_the_wrong_order() -> None:
    assert falling(np.array([0.9, 0.2, 0.4, 0.1])).tolist() == pytest.approx([0.9, 0.3, 0.3, 0.1])
