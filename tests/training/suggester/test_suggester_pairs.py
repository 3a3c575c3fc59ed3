"""Pairs of suggestions: golden weights, what is no pair, what always loses, and rows that do not fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.tools.suggestion.similarity import similarity
from questline.training.generative_suggester.click_model import Told
from questline.training.generative_suggester.figures import described
from questline.training.generative_suggester.pairs import (
    Pair,
    Rules,
    Scored,
    pairs_of,
    read_pairs,
    scored,
    weighed,
    write_pairs,
)
from questline.training.generative_suggester.rows import Asked, Context, answered, documents_of, read_asked, repeats

HERE = Context("old lamp", ("lamp size",))


def one(text: str, chance: float, deviation: float = 0.01, **more: bool) -> Scored:
    return Scored(text=text, chance=chance, deviation=deviation, **more)


@pytest.mark.requirement("suggester.pairs")
def test_weights_are_those_computed_by_hand() -> None:
    rules = Rules(delta=0.05, z=1.0, gamma=0.5, least=0.4)
    found = weighed(pairs_of(HERE, [one("a", 0.5), one("b", 0.41), one("c", 0.1)], rules), rules)
    told = {(pair.chosen, pair.rejected): pair.weight for pair in found}
    # The largest gap is .40: sqrt(.09 / .40) = .4743, sqrt(.31 / .40) = .8803.
    assert told == pytest.approx({("a", "b"): 0.474342, ("a", "c"): 1.0, ("b", "c"): 0.880341}, abs=1e-6)
    steep = Rules(delta=0.05, z=1.0, gamma=2.0, least=0.4)
    low = weighed(pairs_of(HERE, [one("a", 0.5), one("b", 0.41), one("c", 0.1)], steep), steep)
    assert min(pair.weight for pair in low) == 0.4  # (.09 / .40)^2 = .05 is clipped


@pytest.mark.requirement("suggester.pairs")
def test_likeness_to_what_is_shown_costs_clicks() -> None:
    near, far = Scored(text="a", chance=0.5, alike=0.8), Scored(text="b", chance=0.4, alike=0.2)
    (pair,) = pairs_of(HERE, [near, far], Rules(variety=0.3))
    # .4 - .3 * .2 = .34 over .5 - .3 * .8 = .26
    assert (pair.chosen, pair.why, pair.gap) == ("b", "clicks", pytest.approx(0.08))
    (pair,) = pairs_of(HERE, [near, far], Rules(variety=0.0))
    assert (pair.chosen, pair.gap) == ("a", pytest.approx(0.1))
    assert pairs_of(HERE, [near, far], Rules(variety=1 / 6)) == []  # worth the same


class Even:
    """Expects one chance of everything."""

    def predict(self, query: str, options: Sequence[str]) -> Told:
        del query
        return Told(chances=np.full(len(options), 0.4), deviations=np.full(len(options), 0.1))


@pytest.mark.requirement("suggester.pairs")
def test_a_suggestion_is_as_alike_as_to_the_nearest_that_is_shown() -> None:
    shown = ("lamp size", "lamp price")
    model: Any = Even()
    near, far, empty = scored(Context("old lamp", shown), ["lamp prices", "repair", " "], model, {}, penalty=1.0)
    assert near.alike == similarity("lamp prices", "lamp price") > far.alike
    assert (near.chance, near.deviation, empty.fits) == (pytest.approx(0.3), 0.1, False)
    assert scored(Context("old lamp"), ["lamp price"], model, {})[0].alike == 0.0


@pytest.mark.requirement("suggester.pairs")
def test_a_small_gap_or_intervals_that_meet_make_no_pair() -> None:
    assert pairs_of(HERE, [one("a", 0.30), one("b", 0.28)], Rules(delta=0.03, z=0.0)) == []
    wide = [one("a", 0.5, 0.1), one("b", 0.2, 0.1)]
    assert pairs_of(HERE, wide, Rules(z=1.645)) == []
    assert len(pairs_of(HERE, wide, Rules(z=1.0))) == 1
    assert pairs_of(HERE, [one("a", 0.3), one("b", 0.3)], Rules(delta=0.0, z=0.0)) == []


@pytest.mark.requirement("suggester.pairs")
def test_what_repeats_or_cannot_be_answered_loses_to_the_best_whatever_its_clicks() -> None:
    told = [one("bait", 0.9, answered=False), one("again", 0.8, repeats=True), one("good", 0.3), one("fair", 0.2)]
    found = {
        (pair.chosen, pair.rejected): (pair.why, pair.weight)
        for pair in weighed(pairs_of(HERE, told, Rules()), Rules())
    }
    assert found == {
        ("good", "fair"): ("clicks", 1.0),
        ("good", "bait"): ("unanswered", 1.0),
        ("good", "again"): ("repeats", 1.0),
    }
    assert pairs_of(HERE, told[:2], Rules()) == []


CANDIDATES = st.lists(
    st.builds(
        Scored,
        text=st.text("abc", min_size=1, max_size=4),
        chance=st.floats(0, 1),
        deviation=st.floats(0, 0.2),
        repeats=st.booleans(),
        answered=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.text,
)


@pytest.mark.requirement("suggester.pairs")
@given(told=CANDIDATES)
def test_the_better_side_fits_and_weights_are_in_range(told: list[Scored]) -> None:
    rules = Rules()
    known = {each.text: each for each in told}
    for pair in weighed(pairs_of(HERE, told, rules), rules):
        assert known[pair.chosen].fits
        assert rules.least <= pair.weight <= 1
        if pair.why == "clicks":
            assert pair.gap > rules.delta


def test_near_duplicates_and_what_adds_nothing_repeat() -> None:
    assert repeats("old lamp", "lamp size", ("lamp size",))
    assert repeats("old lamp", "lamp old", ())
    assert not repeats("old lamp", "lamp price", ("lamp size",))
    documents = {"old lamp": ("The lamp: size and price.",)}
    assert answered("old lamp", "lamp price", documents)
    assert not answered("old lamp", "lamp rental", documents)
    assert answered("new tent", "tent rental", documents)  # nothing is known


def test_a_query_has_the_documents_of_all_its_rows_and_is_filled_in_once() -> None:
    rows = [Asked(query="q", suggestions=("a",), documents=("one",)), Asked(query="q", suggestions=("b",))]
    rows.append(Asked(query="q", suggestions=("c",), documents=("two", "one")))
    assert documents_of(rows) == {"q": ("one", "two")}
    (message,) = Context("what is {shown}?", ("{query}",)).messages("{query} | {shown}")
    assert message["content"] == "what is {shown}? | {query}"


def test_figures_of_lists_are_those_counted_by_hand() -> None:
    documents = {"old lamp": ("The lamp: size and price.",)}
    told = described(
        [("old lamp", ("lamp size", "lamp size", "lamp rental")), ("old lamp", ("lamp price",))], documents
    )
    assert (told["distinct facets"], told["lists that repeat"]) == (pytest.approx(5 / 6), 0.5)
    assert (told["answered"], told["not new"]) == (0.75, 0.0)


@pytest.mark.requirement("suggester.refuses")
def test_rows_that_do_not_fit_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    good = {"query": "q", "chosen": "a", "rejected": "b"}
    rows = [good, {**good, "rejected": "a"}, {**good, "weight": -1}, {"query": "q"}, {**good, "weight": True}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_pairs(path)
    assert (caught.value.code, caught.value.fields["rows"]) == ("bad_data", [2, 3, 4, 5])
    read = read_pairs(path, skip=True)
    assert (read.left_out, read.kept[0].weight) == (4, 1.0)
    pair = Pair(query="q", shown=("s",), chosen="a", rejected="b", weight=0.5, why="repeats")
    write_pairs(path, [pair])
    assert read_pairs(path).kept == [pair]
    wrong: tuple[dict[str, object], ...] = (
        {"query": "q", "suggestions": []},
        {"query": "q", "suggestions": [" "]},
        {"query": "q", "suggestions": ["a"], "documents": "d"},
    )
    for row in wrong:
        path.write_text(json.dumps(row), encoding="utf-8")
        with pytest.raises(UsageError) as caught:
            read_asked(path)
        assert caught.value.code == "bad_data"
    with pytest.raises(UsageError):
        Rules(delta=-1)
    with pytest.raises(UsageError):
        Rules(variety=-1)
