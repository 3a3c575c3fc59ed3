"""Drafts, trees and break-even without any model: what is asked, what is accepted, and when it is switched off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.generative_summarizer.decoding.break_even import Costs, Switch, measured_costs
from questline.training.generative_summarizer.decoding.copies import Copies
from questline.training.generative_summarizer.decoding.lookahead import Lookahead
from questline.training.generative_summarizer.decoding.tree import ROOT, Source, Tree, accepted

TOKENS = st.lists(st.integers(0, 5), min_size=1, max_size=40)


@pytest.mark.requirement("summarizer.copies")
def test_a_draft_goes_on_with_the_longest_run_that_was_just_written() -> None:
    copies = Copies([1, 2, 3, 9, 2, 3, 4, 5, 6, 7], longest=3)
    assert copies.draft([8, 2, 3]) == (9, 2, 3)  # the first place of "2 3"
    assert copies.draft([8, 9, 2, 3]) == (4, 5, 6)  # "9 2 3" is longer
    assert copies.draft([8, 9, 2, 3, 4]) == (5, 6, 7)
    assert copies.draft([7, 1]) == ()  # no run of two
    assert copies.draft([2]) == ()
    assert copies.draft([6, 7]) == ()  # nothing follows there


@pytest.mark.requirement("summarizer.copies")
def test_a_copy_goes_on_where_it_was_and_not_at_another_place_that_reads_alike() -> None:
    copies = Copies([1, 2, 3, 4, 5, 9, 9, 7, 3, 4, 5, 8, 8], most=2, longest=2)
    assert copies.draft([7, 3]) == (4, 5)
    assert copies.draft([7, 3, 4, 5]) == (8, 8)  # "4 5" stands before, too


@pytest.mark.requirement("summarizer.copies")
@given(TOKENS, TOKENS, st.integers(1, 3), st.integers(0, 2), st.integers(1, 16))
def test_what_is_drafted_stands_in_the_document_behind_what_was_written(
    document: list[int], written: list[int], least: int, more: int, longest: int
) -> None:
    draft = Copies(document, least=least, most=least + more, longest=longest).draft(written)
    assert len(draft) <= longest
    if draft:
        both = (*written[-least:], *draft)
        assert both in {tuple(document[at : at + len(both)]) for at in range(len(document))}


@pytest.mark.requirement("summarizer.lookahead", "summarizer.copies")
def test_what_is_accepted_is_what_the_model_says_itself() -> None:
    chain = Tree.chain([5, 6, 7])
    assert (chain.parents, chain.is_chain, chain.depths()) == ((ROOT, 0, 1), True, [1, 2, 3])
    assert accepted(chain, 5, [6, 8, 0]) == [0, 1]
    assert accepted(chain, 4, [6, 7, 0]) == []
    tree = Tree(tokens=(5, 6, 5, 7), parents=(ROOT, 0, ROOT, 0))
    assert (tree.is_chain, tree.depths(), tree.seen()) == (False, [1, 2, 1, 2], [[0], [0, 1], [2], [0, 3]])
    assert accepted(Tree(tokens=(5, 6, 4, 7), parents=(ROOT, 0, ROOT, 2)), 4, [0, 0, 7, 3]) == [2, 3]
    assert accepted(Tree(), 4, []) == []


def rule(token: int) -> int:
    """Say what a model would that counts up to 7 and begins again."""
    return (token + 1) % 8


def run(source: Source, tokens: int) -> tuple[list[int], int]:
    """Write with the rule as the model; return what was written and the passes."""
    text, passes = [0], 0
    while len(text) <= tokens:
        tree = source.ask(text, 99)
        said = [rule(token) for token in tree.tokens]
        places = accepted(tree, rule(text[-1]), said)
        text += [rule(text[-1]), *(said[place] for place in places)]
        source.hear(said)
        passes += 1
    return text, passes


@pytest.mark.requirement("summarizer.lookahead")
def test_lookahead_learns_the_ngrams_of_its_own_guesses() -> None:
    ahead = Lookahead([3], window=4, gram=3, guesses=2)
    tree = ahead.ask([0], 99)
    assert tree.is_chain  # of row 0 and one more: the guess below a column is its neighbour's, and shared
    assert tree.tokens == (3, 3, 3, 3, 3)
    ahead.hear([rule(token) for token in tree.tokens])
    assert ahead.ask([3], 99).tokens[:2] == (3, 4)  # the n-gram 3 3 4, of which 3 was written
    assert ahead.ask([3], 1).tokens == (3,)  # the window is left out where it would reach too far
    text, passes = run(Lookahead(range(8), window=6, gram=4, guesses=4), 60)
    assert text == [n % 8 for n in range(len(text))]
    assert passes < 40


@pytest.mark.requirement("summarizer.lookahead")
def test_lookahead_may_know_the_prompts_ngrams_and_keeps_the_last_g() -> None:
    ahead = Lookahead([0], window=1, gram=3, guesses=2, prompt=[1, 2, 3, 1, 4, 5, 1, 6, 7])
    tokens = ahead.ask([1], 99).tokens
    assert tokens[:4] == (6, 7, 4, 5)  # 2 3 was the oldest
    for window, gram, guesses in ((0, 5, 7), (7, 1, 7), (7, 5, 0)):
        with pytest.raises(UsageError, match="at least 1"):
            Lookahead([0], window=window, gram=gram, guesses=guesses)
    with pytest.raises(UsageError, match="least"):
        Copies([1], least=3, most=2)


@pytest.mark.requirement("summarizer.break-even")
def test_break_even_follows_from_what_passes_cost() -> None:
    costs = Costs(by_tokens={1: 2.0, 5: 3.0, 9: 5.0})
    assert [costs.of(size) for size in (1, 3, 5, 7, 9, 11)] == [1.0, 1.25, 1.5, 2.0, 2.5, 3.0]
    assert costs.break_even(4) == 0.5  # half a token a pass must be accepted
    assert costs.break_even(8) == 1.5
    assert Costs(by_tokens={1: 1.0}).of(16) == 1.0
    for wrong in ({2: 1.0}, {1: 0.0}, {1: 1.0, 0: 1.0}):
        with pytest.raises(UsageError, match="above 0"):
            Costs(by_tokens=wrong)


@pytest.mark.requirement("summarizer.break-even")
def test_costs_are_the_least_of_passes_in_turn_by_the_clock_that_is_given() -> None:
    asked: list[int] = []
    now = 0.0

    def clock() -> float:
        return now

    def runs(tokens: int) -> None:
        nonlocal now
        asked.append(tokens)
        now += 10.0 if len(asked) == 5 else 1.0 + tokens / 4  # one disturbance

    costs = measured_costs(runs, sizes=(1, 4), rounds=3, clock=clock)
    assert asked == [1, 4] * 4
    assert costs.by_tokens == {1: 1.25, 4: 2.0}


def kept_on(switch: Switch, results: Iterator[int], passes: int) -> list[bool]:
    found: list[bool] = []
    for _ in range(passes):
        found.append(switch.on)
        if switch.on:
            switch.heard(drafted=4, accepted=next(results))
        else:
            switch.passed()
    return found


@pytest.mark.requirement("summarizer.break-even")
def test_drafts_below_break_even_are_switched_off_and_tried_again_ever_later() -> None:
    costs = Costs(by_tokens={1: 1.0, 5: 2.0})  # a draft of 4 must bring one token
    switch = Switch(costs, window=4, rest=3)
    seen = kept_on(switch, iter([0] * 99), 4 + 3 + 2 + 6 + 2 + 12)
    assert seen == [True] * 4 + [False] * 3 + [True] * 2 + [False] * 6 + [True] * 2 + [False] * 12
    assert switch.switched_off == 3
    exactly = Switch(costs, window=4, rest=3)
    assert all(kept_on(exactly, iter([1] * 50), 50))  # at break-even nothing is lost
    back = Switch(costs, window=4, rest=3)
    seen = kept_on(back, iter([0] * 4 + [4] * 99), 20)
    assert seen == [True] * 4 + [False] * 3 + [True] * 13


class Wrong:
    """Drafts what is never written."""

    def ask(self, written: Sequence[int], reach: int) -> Tree:
        del written
        return Tree.chain([6] * min(4, reach))

    def hear(self, said: Sequence[int]) -> None:
        del said
