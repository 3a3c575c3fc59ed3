"""What the loop rests on, by hand: logged chances, ratios, estimates, the clicks of its own lists, and when it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.training.generative_suggester import rounds
from questline.training.generative_suggester.estimates import estimate, ratios
from questline.training.generative_suggester.made import made_rows, pool
from questline.training.generative_suggester.own_clicks import Gained, gained, last_shown
from questline.training.generative_suggester.pairs import Pair, write_pairs
from questline.training.generative_suggester.policy import TablePolicy
from questline.training.generative_suggester.rows import Context
from questline.training.generative_suggester.shown import Shown

from .test_suggester_rounds import small


class Fixed:
    """Writes x, and finds every suggestion as likely as it is told."""

    def __init__(self, chance: float) -> None:
        self.chance = chance

    def draw(self, contexts: Sequence[Context], *, seed: str) -> list[str]:
        del seed
        return ["x" for _ in contexts]

    def chances(self, contexts: Sequence[Context], suggestions: Sequence[str]) -> Any:
        del contexts
        return np.full(len(suggestions), self.chance)

    def learn(self, pairs: Sequence[Pair], folder: Path, *, seed: int) -> Fixed:
        del pairs, folder, seed
        return self


class Clicks:
    """Expects .3 clicks of x and .4 of anything else."""

    def expected(self, query: str, options: Sequence[str]) -> Any:
        del query
        return np.array([0.3 if each == "x" else 0.4 for each in options])


def row(*rates: float, propensities: Sequence[float] = (), number: int = 1, shuffled: bool = False) -> Shown:
    options = tuple(f"y{slot}" for slot in range(len(rates)))
    return Shown(
        key="k",
        query="q",
        options=options,
        rates=rates,
        propensities=tuple(propensities),
        round=number,
        shuffled=shuffled,
    )


@pytest.mark.requirement("suggester.loop")
def test_a_ratio_is_the_policys_chance_of_the_list_over_the_logged_one() -> None:
    log = [row(1, 0, propensities=(0.25, 0.5)), row(0, 0, propensities=(1.0, 1.0))]
    assert ratios(Fixed(0.5), log, clip=20) == pytest.approx([0.25 / 0.125, 0.25])
    assert ratios(Fixed(0.5), log, clip=1.5) == pytest.approx([1.5, 1 / 1.5])


@pytest.mark.requirement("suggester.loop")
def test_estimates_by_hand() -> None:
    clicks: Any = Clicks()
    log = [row(1, propensities=(0.5,)), row(0, propensities=(0.125,))]
    told = estimate(Fixed(0.25), log, clicks, clip=20, seed="s")
    # Weights .25 / .5 = 1/2 and .25 / .125 = 2; x is worth .3, and y is worth .4.
    assert told.ips == pytest.approx((0.5 * 1 + 2 * 0) / 2)
    assert told.snips == pytest.approx(0.5 / 2.5)
    assert told.dr == pytest.approx(((0.3 + 0.5 * (1 - 0.4)) + (0.3 + 2 * (0 - 0.4))) / 2)
    assert told.effective_size == pytest.approx(2.5**2 / (0.25 + 4))


@pytest.mark.requirement("suggester.loop")
def test_what_own_lists_gain_by_hand() -> None:
    before = [row(each) for each in (0.0, 1.0, 0.0, 1.0)]
    after = [row(each) for each in (1.0, 1.0, 1.0, 0.0)]
    by_chance = [row(0.0, shuffled=True)] * 9
    found = gained([*before, *by_chance], [*by_chance, *after])
    assert (found.before, found.after, found.n) == (0.5, 0.75, 4)
    assert found.low == pytest.approx(0.25 - 1.6448536 * sqrt(1 / 3 / 4 + 1 / 4 / 4))
    log = [row(0.0, number=1), row(1.0, number=2)]
    assert last_shown(log) == log[1:]


@pytest.mark.requirement("suggester.loop")
def test_a_logged_chance_is_that_of_policy_and_exploration_together(tmp_path: Path) -> None:
    small(tmp_path / "run", rounds=1, explore=0.25)
    rows = [row for row in made_rows() if row.query.split()[1] in {"lamp", "tent", "boat"}]
    known: dict[str, list[str]] = {}
    for each in rows:
        mine = known.setdefault(each.query, [])
        mine += [text for text in each.suggestions if text not in mine]
    policy = TablePolicy.imitating(rows, lambda query: known.get(query) or pool(query))
    shown = [json.loads(line) for line in (tmp_path / "run" / "round-1" / "impressions.jsonl").read_text().splitlines()]
    in_order = [each for each in shown if not each.get("shuffled")]
    assert len(in_order) > 40
    for each in in_order:
        options = each["options"]
        contexts = [Context(each["query"], tuple(options[:slot])) for slot in range(len(options))]
        uniform = [(text in known[each["query"]]) / len(known[each["query"]]) for text in options]
        wanted = 0.75 * policy.chances(contexts, options) + 0.25 * np.array(uniform)
        assert each["propensities"] == pytest.approx(wanted.tolist(), rel=1e-6)


@pytest.mark.requirement("suggester.loop")
def test_lists_in_an_order_by_chance_weigh_nothing_and_judge_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Shown] = []
    penalties: set[float] = set()
    ratio, judge, score = rounds.ratios, rounds.estimate, rounds.scored

    def weighed(policy: Any, log: Sequence[Shown], **how: Any) -> Any:
        seen.extend(log)
        return ratio(policy, log, **how)

    def judged(policy: Any, log: Sequence[Shown], *more: Any, **how: Any) -> Any:
        seen.extend(log)
        return judge(policy, log, *more, **how)

    def scored(*given: Any, penalty: float) -> Any:
        penalties.add(penalty)
        return score(*given, penalty=penalty)

    for name, told in (("ratios", weighed), ("estimate", judged), ("scored", scored)):
        monkeypatch.setattr(rounds, name, told)
    small(tmp_path / "run", rounds=1, penalty=0.7)
    assert seen
    assert not any(each.shuffled for each in seen)
    assert penalties == {0.7}


def always(found: Gained) -> Callable[[object, object], Gained]:
    def told(before: object, after: object) -> Gained:
        del before, after
        return found

    return told


def weights(policy: Any) -> Any:
    return policy.weights


@pytest.mark.requirement("suggester.loop")
@pytest.mark.parametrize(("low", "kept"), [(0.01, 2), (0.0, 1)])
def test_a_policy_that_the_log_cannot_judge_is_kept_when_its_own_lists_are_clicked_more(
    low: float, kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Gained(before=0.5, after=0.5 + low, low=low, n=9)
    monkeypatch.setattr(rounds, "gained", always(found))
    ended = small(tmp_path / "run")
    assert len(ended.rounds) == kept
    assert all(each["adopted"] == "undecided" and each["own clicks"]["low"] == low for each in ended.rounds)
    assert (ended.why == "all rounds are done") == (kept == 2)
    begun = small(tmp_path / "begun", rounds=1).policy if low else None
    first = json.loads((tmp_path / "run" / "round-1" / "policy" / "table.json").read_text())
    assert weights(ended.policy) != first
    assert begun is None or weights(begun) == first


@pytest.mark.requirement("suggester.loop")
@pytest.mark.parametrize(
    ("after", "why"), [(0.9, "all rounds are done"), (0.4, "the lower bound of DR no longer rises")]
)
def test_where_the_log_is_large_enough_its_lower_bound_decides(
    after: float, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = rounds.estimate

    def judged(*given: Any, seed: str, **how: Any) -> Any:
        from dataclasses import replace

        told = judge(*given, seed=seed, **how)
        return replace(told, dr_low=after if seed.endswith("after") else 0.4, effective_size=500.0)

    monkeypatch.setattr(rounds, "estimate", judged)
    ended = small(tmp_path / "run", rounds=1)
    assert ended.why == why
    assert ended.rounds[0]["adopted"] is (after > 0.4)
    table = json.loads((tmp_path / "run" / "round-1" / "policy" / "table.json").read_text())
    assert (weights(ended.policy) == table) is (after > 0.4)


@pytest.mark.requirement("suggester.recipes")
def test_pairs_weigh_what_they_are_told_and_held_out_queries_are_not_learnt(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the recipe learns with torch (extra train)")
    from questline.training.generative_suggester.dpo_recipe import DPORecipe, Settings
    from questline.training.recipe import Job, unheard

    pairs = [
        Pair(query=f"lamp {at}", shown=(), chosen=f"lamp {at} price", rejected="lamp", weight=at / 100, why="clicks")
        for at in range(100)
    ]
    write_pairs(tmp_path / "pairs.jsonl", pairs)
    job = Job(data=tmp_path / "pairs.jsonl", out=tmp_path, cache=tmp_path, seed=1, threads=1, hears=unheard)
    told = DPORecipe(job, Settings(model="none")).preferences()
    weights = {each.chosen: each.weight for each in (*told.train, *told.held)}
    assert weights == {pair.chosen: pair.weight for pair in pairs}
    learnt, held = ({each.chosen for each in side} for side in (told.train, told.held))
    assert held
    assert learnt.isdisjoint(held)
