"""The loop with users who are known: it learns what they like, knows how well it does, and survives every kill."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from questline.errors import UsageError
from questline.training.generative_suggester import rounds
from questline.training.generative_suggester.ablations import main as ablations
from questline.training.generative_suggester.ablations import trial
from questline.training.generative_suggester.click_fit import Fit, fit_clicks
from questline.training.generative_suggester.command import known_of
from questline.training.generative_suggester.drift import write_drift
from questline.training.generative_suggester.estimates import list_chances
from questline.training.generative_suggester.made import made_rows, pool
from questline.training.generative_suggester.own_clicks import Gained
from questline.training.generative_suggester.policy import TablePolicy, grown
from questline.training.generative_suggester.rounds import Ended, Order, RoundSettings, run_rounds
from questline.training.generative_suggester.rows import Context
from questline.training.generative_suggester.shown import Shown
from questline.training.generative_suggester.users import KnownUsers
from questline.training.recipe import unheard


def small(out: Path, *, resume: bool = False, **more: Any) -> Ended:
    own: dict[str, Any] = {"rounds": 2, "impressions": 120, "drawn": 4, "members": 3, **more}
    rows = [row for row in made_rows() if row.query.split()[1] in {"lamp", "tent", "boat"}]
    pools, held, documents = known_of(rows)
    order = Order(out=out, pools=pools, held=held, documents=documents, settings=RoundSettings(**own), resume=resume)
    return run_rounds(
        order, TablePolicy.imitating(rows, lambda query: pools.get(query) or pool(query)), KnownUsers(), unheard
    )


@pytest.mark.requirement("suggester.resumes")
def test_a_loop_that_is_killed_after_every_stage_comes_to_the_same_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few clicks say nothing surely: the second round is there to be killed.
    def borne_out(before: object, after: object) -> Gained:
        del before, after
        return Gained(before=0.5, after=0.6, low=0.1, n=9)

    monkeypatch.setattr(rounds, "gained", borne_out)
    whole = small(tmp_path / "whole")

    def killed(loop: Any, path: Path, make: Any) -> Path:
        del loop
        if not path.is_file():
            make(path)
            raise KeyboardInterrupt
        return path

    kills = 0
    with monkeypatch.context() as patched:
        patched.setattr(rounds._Loop, "_kept", killed)  # pyright: ignore[reportPrivateUsage]  # because a kill asks nobody
        while True:
            try:
                parts = small(tmp_path / "parts", resume=kills > 0)
                break
            except KeyboardInterrupt:
                kills += 1
    assert len(whole.rounds) == 2
    assert kills == 4 * 2 + 1  # the lists of the last policy are shown, too
    for path in sorted((tmp_path / "whole").rglob("*.json*")):
        other = tmp_path / "parts" / path.relative_to(tmp_path / "whole")
        assert other.read_bytes() == path.read_bytes(), path.name
    assert parts.rounds == whole.rounds
    page = write_drift(tmp_path / "whole", whole.rounds, whole.why).read_text(encoding="utf-8")
    assert "## Round 1 to 2" in page
    assert " → " in page


@pytest.mark.requirement("suggester.refuses")
def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    small(tmp_path / "run", rounds=1)
    wrong: tuple[dict[str, Any], ...] = ({}, {"resume": True, "impressions": 121})
    for more in wrong:
        with pytest.raises(UsageError) as caught:
            small(tmp_path / "run", **more)
        assert caught.value.code == "already_there"
    with pytest.raises(UsageError):
        RoundSettings(explore=0.0)
    with pytest.raises(UsageError):
        RoundSettings(drawn=1)


@pytest.mark.requirement("suggester.recovers")
@pytest.mark.timeout(120)
def test_shuffled_lists_tell_what_a_slot_does_from_what_the_policy_thinks_best() -> None:
    users = KnownUsers(seed=2)
    chance = random.Random(0)
    queries = sorted({row.query for row in made_rows(lists=1)})[:40]
    liked = {query: random.Random(query).sample(pool(query), 4) for query in queries}

    def off(share: float) -> float:
        """Return how far the slots are off after 1500 lists that put what is liked best first, save the shuffled."""
        rows: list[Shown] = []
        for at in range(1500):
            query = queries[at % len(queries)]
            best = sorted(chance.sample(liked[query], 3), key=lambda text: -users.relevance(query, text))
            shown = tuple(chance.sample(best, 3) if chance.random() < share else best)
            rates = users.clicks(query, shown, chance)
            rows.append(Shown(key=str(at), query=query, options=shown, rates=rates))
        slots = fit_clicks(rows, Fit(members=1)).slots
        return max(abs(one - true) for one, true in zip(slots[:3], users.position, strict=False))

    with_shuffled, without = (fmean(off(share) for _ in range(3)) for share in (0.4, 0.0))
    assert with_shuffled < 0.4
    assert with_shuffled < 0.6 * without


@pytest.mark.requirement("suggester.loop", "suggester.recovers")
@pytest.mark.timeout(120)
def test_the_loop_finds_what_users_like_and_shuffled_clicks_do_not(tmp_path: Path) -> None:
    told = trial("whole", 0, rounds=2, impressions=900, folder=tmp_path / "whole")
    assert told["true clicks, end"] > 1.4 * told["true clicks, start"]
    assert told["true clicks, held out"] > 1.2 * told["true clicks, start"]
    assert told["similarity, end"] < told["similarity, start"] + 0.02
    assert told["slots off"] < 0.3
    assert told["ece"] <= 0.05
    broken = trial("shuffled clicks", 0, rounds=1, impressions=300, folder=tmp_path / "broken")
    assert broken["true clicks, end"] < 1.15 * broken["true clicks, start"]


def test_chances_are_logged_of_what_is_shown(tmp_path: Path) -> None:
    small(tmp_path / "run", rounds=1, explore=0.5)
    rows = [json.loads(line) for line in (tmp_path / "run" / "round-1" / "impressions.jsonl").read_text().splitlines()]
    assert len(rows) == 120
    assert all(0 < each <= 1 for row in rows for each in row["propensities"])
    assert all(bool(row["propensities"]) != row.get("shuffled", False) for row in rows)
    assert 0.25 < sum(row.get("shuffled", False) for row in rows) / len(rows) < 0.55
    told = json.loads((tmp_path / "run" / "round-1" / "told.json").read_text())
    assert told["now"]["snips"] == pytest.approx(told["clicks a list"], rel=0.35)


def test_a_policy_over_known_suggestions_sums_to_one_and_follows_pairs(tmp_path: Path) -> None:
    rows = made_rows(lists=2)
    policy = TablePolicy.imitating(rows, pool)
    here = Context("old lamp", ("lamp size",))
    every = pool("old lamp")
    assert policy.chances([here] * len(every), every).sum() == pytest.approx(1)
    assert policy.chances([here], ["no such thing"]).tolist() == [0.0]
    shown = Shown(key="1", query="old lamp", options=("lamp size", "lamp price"), rates=(0.0, 0.0))
    both = policy.chances([Context("old lamp"), here], list(shown.options))
    assert list_chances(policy, [shown])[0] == pytest.approx(both[0] * both[1])
    assert grown(policy, ["old lamp"], 2, seed="a") == grown(policy, ["old lamp"], 2, seed="a")
    del tmp_path


@pytest.mark.requirement("suggester.loop")
def test_known_users_say_what_they_are_said_to() -> None:
    users = KnownUsers(seed=3)
    one = users.chances("old lamp", ["lamp price"])[0]
    behind = users.chances("old lamp", ["tent size", "lamp price"])[1]
    twice = users.chances("old lamp", ["lamp price", "lamp price"])[1]
    assert one > behind > twice

    def logit(chance: float) -> float:
        import math

        return math.log(chance / (1 - chance))

    assert logit(one) - logit(behind) == pytest.approx(0.6)
    assert logit(behind) - logit(twice) == pytest.approx(users.redundancy)
    assert users.relevance("old lamp", "piano price") == users.relevance("old lamp", "lamp old") == -3.0
    chance = random.Random(0)
    clicks = [users.clicks("old lamp", ["lamp price"], chance)[0] for _ in range(3000)]
    assert sum(clicks) / 3000 == pytest.approx(one, abs=0.03)
    with pytest.raises(UsageError):
        KnownUsers(position=(0.5,))


def test_the_ablations_are_a_command(tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    given: Sequence[str] = ["--seeds=1", "--rounds=1", "--impressions=100", "--ways", "whole", "--json", str(path)]
    assert ablations(given) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["ways"]["whole"]["gain"]["mean"]
