"""The policy: exact values, what it learns from a table, what it refuses, and the same network in ONNX."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from questline.agents.contract import Context, Draft, PlannerView
from questline.agents.workflow_planner import trained
from questline.agents.workflow_planner.build import build
from questline.agents.workflow_planner.features import EVIDENCE, FORM, NAMES, form
from questline.agents.workflow_planner.trained import Policy, TrainedPlanner
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Workflow
from questline.api import Agent
from questline.budget import PRESETS, Budget, Meter
from questline.errors import RunError, UsageError
from questline.testing import ScriptedLLM
from questline.training.planner.columns import TOP
from questline.training.planner.episodes import STATES, Episodes
from questline.training.planner.folds import held_out
from questline.training.planner.learnt import known
from questline.training.planner.mix import entropy, mutual_information
from questline.training.planner.rows import Asked, Cell, Work
from questline.training.planner.seconds import Pace, Seconds
from questline.training.planner.store import Store
from questline.training.planner.ways import Limit, likeliest
from questline.training.recipe import Job
from questline.types import Citation, Passage

torch = pytest.importorskip("torch", reason="the policy learns with torch (extra train)")

from torch import Tensor  # noqa: E402 because it needs torch

from questline.training.driver import Options, train  # noqa: E402 because it needs torch
from questline.training.planner.policy_measure import drawn_weights  # noqa: E402 because it needs torch
from questline.training.planner.policy_recipe import PolicyRecipe, Settings  # noqa: E402 because it needs torch
from questline.training.planner.policy_value import Batch, choices, values  # noqa: E402 because it needs torch

SECONDS = Seconds({"R": Pace(base=0.01, measured=1), "AG": Pace(base=0.1, measured=1)})
CALLS = {"AG": 0, "QR,AG": 1, "R,AG": 1, "QR,R,AG": 2, "R,DS,AG": 2, "QR,R,DS,AG": 3, "QDS": 4, "QDP": 4}


def cell(name: str, *, f1: float, sure: float, answer: str = "") -> Cell:
    saw = dict.fromkeys(EVIDENCE, 0.0) | {
        "drafted": float(sure > 0),
        "confidence": sure,
        "found": 0.5,
        "top_score": 0.3,
    }
    return Cell(
        column=name,
        answer=answer or (f"a{f1:.0f}" if sure else ""),
        status="complete" if sure else "abstained",
        f1=f1,
        em=f1,
        tokens=CALLS[name] * 1000,
        usd=CALLS[name] * 1e-4,
        calls=CALLS[name],
        retrievals=int("R" in name),
        turns=1,
        parts=0,
        nominal=True,
        evidence=saw,
        work=(Work(step="R"), *[Work(step="AG")] * CALLS[name]),
    )


def rows(count: int, seed: int = 0) -> list[tuple[Asked, dict[str, Cell]]]:
    """Make questions of two kinds: a search answers the first, only a split the second, and then a search is unsure."""
    chance = random.Random(seed)
    made: list[tuple[Asked, dict[str, Cell]]] = []
    for number in range(count):
        chained = chance.random() < 0.5
        text = f"Where was the designer of light {number} born?" if chained else f"Who designed light {number}?"
        asked = Asked(key=f"k{number}", id=f"{number:04}", text=text, source="one", answers=("x",), fold=1)
        lucky = chance.random() < 0.1
        cells = {
            name: cell(name, f1=1.0, sure=0.9)
            if (name == "QDS" and chained) or (name != "QDS" and name.startswith("R,") and (lucky or not chained))
            else cell(name, f1=0.0, sure=0.2 if "R" in name.split(",") else 0.0)
            for name in TOP
        }
        made.append((asked, cells))
    return made


@pytest.fixture(scope="module")
def episodes() -> Episodes:
    return Episodes.of(rows(40), SECONDS)


def batch_of(episodes: Episodes) -> Batch:
    vectors = torch.nn.functional.normalize(torch.randn(len(episodes.matrix.questions), 384), dim=1)
    return Batch.of(episodes, vectors, torch.as_tensor(episodes.matrix.costs.max(axis=(0, 1))).float())


@pytest.mark.requirement("policy.episodes")
def test_the_surer_answer_is_held_and_a_later_one_of_equals() -> None:
    [(asked, cells)] = rows(1)
    cells |= {
        "R,AG": cell("R,AG", f1=0.2, sure=0.5, answer="ann"),
        "QDS": cell("QDS", f1=0.9, sure=0.4, answer="bob"),
        "QDP": cell("QDP", f1=0.7, sure=0.5, answer="ann"),
        "AG": cell("AG", f1=0.0, sure=0.0),
    }
    found = Episodes.of([(asked, cells)], SECONDS)
    place = {frozenset(TOP[w] for w in state): at for at, state in enumerate(STATES)}
    assert found.draft_f1[0, place[frozenset()]] == 0
    assert not found.drafted[0, place[frozenset({"AG"})]]
    assert found.draft_f1[0, place[frozenset({"R,AG", "QDS"})]] == pytest.approx(0.2)
    assert found.draft_f1[0, place[frozenset({"R,AG", "QDP"})]] == pytest.approx(0.7)
    assert found.next_f1[0, place[frozenset({"QDS"})], TOP.index("R,AG")] == pytest.approx(0.2)
    agreement = NAMES.index("agreement")
    assert found.features[0, place[frozenset({"R,AG", "QDP"})], agreement] == 1
    assert found.features[0, place[frozenset({"R,AG", "QDS"})], agreement] == 0
    assert found.features[0, place[frozenset({"R,AG"})], NAMES.index("tried_R,AG")] == 1


@pytest.mark.requirement("policy.exact")
def test_the_value_of_a_policy_is_the_mean_over_all_its_ways(episodes: Episodes) -> None:
    batch = batch_of(episodes).at(torch.arange(2))
    shares = torch.rand(2, len(STATES), 10).double() * batch.legal
    shares /= shares.sum(dim=2, keepdim=True)
    lam = torch.tensor([[0.1, 0.0, 0.3, 0.0], [0.0, 0.2, 0.0, 0.1]]).double()
    doubled = replace(
        batch, costs=batch.costs.double(), draft_f1=batch.draft_f1.double(), next_f1=batch.next_f1.double()
    )
    told = values(shares, doubled, lam)
    for row in range(2):
        total = sum(
            chance * gain
            for length in range(4)
            for way in permutations(range(8), length)
            for chance, gain in ends(way, row, shares, doubled, lam)
        )
        assert told[row].item() == pytest.approx(total, abs=1e-9)


def ends(way: tuple[int, ...], row: int, shares: Tensor, batch: Batch, lam: Tensor) -> list[tuple[float, float]]:
    """Return chance and utility of each way to end after some workflows."""
    chance, spent = 1.0, 0.0
    for place, w in enumerate(way):
        at = STATES.index(frozenset(way[:place]))
        chance *= float(shares[row, at, w])
        spent += float((batch.costs[row, w] * lam[row]).sum())
    if len(way) == 3:
        before = STATES.index(frozenset(way[:2]))
        return [(chance, float(batch.next_f1[row, before, way[2]]) - spent)]
    at = STATES.index(frozenset(way))
    keep, give_up = float(shares[row, at, 8]), float(shares[row, at, 9])
    return [(chance * keep, float(batch.draft_f1[row, at]) - spent), (chance * give_up, -spent)]


@pytest.mark.requirement("policy.legal")
def test_no_workflow_twice_none_that_never_answers_no_answer_without_a_draft_no_giving_up_unseen(
    episodes: Episodes,
) -> None:
    batch = batch_of(episodes)
    answered = {"R,AG", "QR,R,AG", "R,DS,AG", "QR,R,DS,AG", "QDS"}
    for place, state in enumerate(STATES):
        for w in range(8):
            assert batch.legal[:, place, w].all() == (w not in state and TOP[w] in answered)
        assert (batch.legal[:, place, 8].numpy() == episodes.drafted[:, place]).all()
        assert batch.legal[:, place, 9].all() == bool(state)


def written(folder: Path, count: int = 160, *, seen: bool = False) -> Path:
    with Store.begin(folder, {"corpus": "c"}, resume=False) as store:
        for asked, cells in rows(count):
            store.add(asked, cells.values())
        store.note("seconds", SECONDS.as_dict())
        store.note("seen", seen)
    return folder


def _deaf(phase: str, done: int, total: int) -> None:
    del phase, done, total


def recipe(table: Path, out: Path, **settings: object) -> PolicyRecipe:
    job = Job(data=table, out=out, cache=out / "cache", seed=3, threads=1, hears=_deaf)
    return PolicyRecipe(job, Settings(**{"bags": 4, "steps": 150, "batch": 64, "wide": 32, "narrow": 32, **settings}))  # pyright: ignore[reportArgumentType]  # because the settings vary


@pytest.fixture(scope="module", params=["regression", "utility"])
def learnt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[PolicyRecipe, Path]:
    folder = tmp_path_factory.mktemp("policy")
    torch.manual_seed(3)
    made = recipe(written(folder / "table"), folder / "out", learner=request.param, shrink=3.0, first=3.0)
    made.prepare()
    figures = [dict(step) for step in made.fit(0)]
    if request.param == "utility":
        assert figures[-1]["utility"] > figures[0]["utility"] + 0.1
    (folder / "model").mkdir()
    made.export(folder / "model")
    return made, folder / "model"


@pytest.mark.slow
@pytest.mark.requirement("policy.learns")
def test_it_beats_the_best_constant_by_choosing_for_each_question(learnt: tuple[PolicyRecipe, Path]) -> None:
    found = learnt[0].evaluate()
    assert found["held-out gain"] > 0.1
    assert all(found[f"gain at {lam:g}"] > -0.02 for lam in (0, 0.05, 0.1, 0.2, 0.4))
    assert found["entropy"] > 0.3


@pytest.mark.slow
@pytest.mark.requirement("policy.onnx")
def test_the_exported_network_is_the_learnt_one_and_small_and_quick(learnt: tuple[PolicyRecipe, Path]) -> None:
    policy = Policy.load(learnt[1])
    assert policy.components == ("tokens", "usd", "calls", "seconds")
    judged = policy.judge(
        np.zeros((3, 384), np.float32), np.zeros((3, len(NAMES)), np.float32), np.zeros((3, 4), np.float32)
    )
    assert [part.shape for part in judged] == [(3, 9), (3, 8, 4), (3, 8, 4), (3, 10)]
    assert (judged.high >= judged.cost).all()
    assert ((judged.quality >= 0) & (judged.quality <= 1)).all()


@pytest.mark.slow
@pytest.mark.requirement("policy.assessed")
def test_what_it_is_worth_is_told_beside_what_it_has_to_beat(learnt: tuple[PolicyRecipe, Path]) -> None:
    told = json.loads((learnt[1] / "held_out.json").read_text())
    at = {one["lambda_calls"]: one for one in told["lambda_calls"]}
    assert set(at) == {0, 0.05, 0.1, 0.2, 0.4}
    for lam, one in at.items():
        gain = one["gains"]["best constant"]
        assert gain["low"] <= gain["gain"] <= gain["high"]
        assert one["utility"] == pytest.approx(one["f1"] - lam * one["calls"] / told_scale(learnt[1]))
        assert one["utility_of"]["oracle"] >= one["utility_of"]["best constant"]
        assert "best constant within one" in one["gains"]
    assert told["hypervolume"]["calls"]["policy"] > told["hypervolume"]["calls"]["constants"]
    assert sum(told["plans"]["by_source"]["one"]["shares"].values()) == pytest.approx(1)
    assert all(one["over_budget"] <= 0.05 for one in told["limits"])
    assert 0 < told["planner_ms"] < 100


def told_scale(folder: Path) -> float:
    manifest = json.loads((folder / "manifest.json").read_text())
    return manifest["scale"][manifest["components"].index("calls")]


def view(text: str, **more: object) -> PlannerView:
    return PlannerView(question=text, **more)  # pyright: ignore[reportArgumentType]  # because what is seen varies


@pytest.mark.slow
@pytest.mark.requirement("policy.decides")
async def test_it_decides_in_the_graphs_own_terms(learnt: tuple[PolicyRecipe, Path]) -> None:
    planner = TrainedPlanner(Policy.load(learnt[1]))
    context = Context(meter=Meter(budget=PRESETS["balanced"]))
    chained, single = "Where was the designer of light 7 born?", "Who designed light 7?"
    first = await planner.choose(view(chained), context)
    assert (str(first.workflow), first.decided_by) == ("QDS", "trained")
    assert "R,AG" in first.reason or "QDS" in first.reason
    second = await planner.choose(view(single), context)
    assert second.workflow is not None
    assert str(second.workflow).startswith("R,")
    passage = Passage(id="1", document_id="1", source="s", title="", text="light", score=0.3)
    draft = Draft(text="a1", short="a1", confidence=0.9, citations=(Citation(start=0, end=1, evidence_id="1"),))
    kept = await planner.choose(view(single, draft=draft, passages=(passage,), tried=(second.workflow,)), context)
    assert kept.action == "answer"
    below = await planner.choose(view(single, top_level=False), context)
    assert below.decided_by == "rule"


@pytest.mark.slow
@pytest.mark.requirement("policy.limits")
async def test_what_the_budget_cannot_carry_is_not_begun(learnt: tuple[PolicyRecipe, Path]) -> None:
    planner = TrainedPlanner(Policy.load(learnt[1]))
    context = Context(meter=Meter(budget=Budget(seconds=0.3)))
    chosen = await planner.choose(view("Where was the designer of light 7 born?"), context)
    assert str(chosen.workflow) != "QDS"
    nothing = Context(meter=Meter(budget=Budget(seconds=0.002)))
    begun = await planner.choose(view("Who designed light 7?"), nothing)
    assert (begun.action, begun.decided_by) == ("run", "rule")  # the cheapest search, which the budget ends
    tried = (Workflow.parse("R,AG"),)
    assert (await planner.choose(view("Who designed light 7?", tried=tried), nothing)).action == "abstain"


@pytest.mark.slow
@pytest.mark.requirement("use.limits")
def test_below_the_cheapest_plan_the_answer_says_that_the_budget_ended_it(
    learnt: tuple[PolicyRecipe, Path], tmp_path: Path
) -> None:
    (tmp_path / "light.md").write_text("# Light 7\n\nLight 7 was designed by Mara Lind.\n", "utf-8")
    with ScriptedLLM("Mara Lind designed it [1].\n=> Mara Lind") as server:
        agent = Agent(
            tmp_path / "light.md",
            index=tmp_path / "index",
            model="scripted",
            base_url=server.base_url,
            prices={"scripted": (100.0, 100.0)},
            planner=f"trained:{learnt[1]}",
        )
        with agent:
            poor = agent.ask("Who designed light 7?", budget=Budget(usd=1e-6))
            assert server.requests == []
            rich = agent.ask("Who designed light 7?", budget=Budget(usd=10.0))
    assert poor.status == "budget_exhausted"
    assert poor.usage.usd == 0
    assert (rich.status, rich.short) == ("complete", "Mara Lind")
    assert rich.why[0].decided_by == "trained"
    assert rich.why[0].expected[0].choice == rich.why[0].choice
    assert rich.ledger.by_role["planner"].seconds > 0


@pytest.mark.slow
@pytest.mark.requirement("use.shipped")
def test_the_policy_that_ships_is_named_trained(
    learnt: tuple[PolicyRecipe, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(learnt[1], tmp_path / "weights")

    def files(package: str) -> Path:
        del package
        return tmp_path

    monkeypatch.setattr("questline.agents.workflow_planner.trained.resources.files", files)
    trained.opened.cache_clear()
    assert isinstance(build("trained"), TrainedPlanner)
    trained.opened.cache_clear()


@pytest.mark.slow
@pytest.mark.requirement("use.influences")
async def test_the_means_of_training_travel_with_the_policy(learnt: tuple[PolicyRecipe, Path], tmp_path: Path) -> None:
    made = Policy.load(learnt[1])
    assert made.reference is not None
    assert made.reference.vector.shape == (384,)
    assert not made.reference.features[0, [NAMES.index(name) for name in EVIDENCE]].any()
    assert made.reference.features[1, [NAMES.index(f"tried_{name}") for name in TOP]].sum() == pytest.approx(1)
    context = Context(meter=Meter(budget=PRESETS["balanced"]))
    chosen = await TrainedPlanner(made).choose(view("Where was the designer of light 7 born?"), context)
    assert chosen.features
    assert not {one.name for one in chosen.features} & {"what was found", "the draft", "what was tried"}
    shutil.copytree(learnt[1], tmp_path / "old")
    manifest = json.loads((tmp_path / "old" / "manifest.json").read_text())
    for told, fails in ((None, False), ({"vector": [1.0]}, True)):
        kept = {name: value for name, value in manifest.items() if name != "reference"}
        (tmp_path / "old" / "manifest.json").write_text(json.dumps(kept | ({"reference": told} if told else {})))
        if fails:
            with pytest.raises(RunError, match="cannot be read"):
                Policy.load(tmp_path / "old")
        else:
            assert Policy.load(tmp_path / "old").reference is None


@pytest.mark.slow
@pytest.mark.requirement("policy.refuses")
def test_a_reward_that_is_no_number_ends_learning_and_the_last_good_step_stays(tmp_path: Path) -> None:
    made = recipe(written(tmp_path / "table", 40), tmp_path)
    made.prepare()
    steps = made.fit(0)
    next(steps)
    good = made.weights()["net"]
    made._batch.draft_f1.fill_(float("nan"))  # pyright: ignore[reportPrivateUsage]  # no file can hold such a reward
    with pytest.raises(RunError, match="not a finite number"):
        next(steps)
    assert all(torch.equal(good[name], value) for name, value in made.weights()["net"].items())


@pytest.mark.requirement("policy.refuses")
def test_a_table_that_was_seen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cross-fitting") as refused:
        recipe(written(tmp_path / "table", 20, seen=True), tmp_path).prepare()
    assert refused.value.code == "bad_table"


@pytest.mark.requirement("policy.refuses")
def test_a_policy_of_another_version_is_refused(learnt: tuple[PolicyRecipe, Path], tmp_path: Path) -> None:
    for name in ("policy.onnx", "manifest.json"):
        (tmp_path / name).write_bytes((learnt[1] / name).read_bytes())
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "version": 0}))
    with pytest.raises(RunError, match="another version") as refused:
        Policy.load(tmp_path)
    assert refused.value.code == "damaged_model"


@pytest.mark.requirement("policy.refuses")
@pytest.mark.parametrize(
    "settings", [{"rate": float("nan")}, {"steps": 0}, {"entropy": -1.0}, {"learner": "luck"}, {"shrink": -1.0}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError) as refused:
        Settings(**settings)  # pyright: ignore[reportArgumentType]  # because they are wrong
    assert refused.value.code == "bad_settings"


@pytest.mark.requirement("policy.collapse")
def test_learning_ends_when_every_question_gets_the_same_workflow(tmp_path: Path) -> None:
    made = recipe(written(tmp_path / "table", 40), tmp_path, learner="utility", patience=2, collapsed=10.0)
    made.prepare()
    steps = made.fit(0)
    for _ in range(2):
        next(steps)
        made.evaluate()
    assert list(steps) == []
    assert made.collapsed
    (tmp_path / "model").mkdir()
    assert "ended early" in made.export(tmp_path / "model").limits


@pytest.mark.requirement("policy.collapse")
@pytest.mark.parametrize(("collapsed", "constant"), [(10.0, True), (0.0, False)])
def test_the_card_of_the_regressions_says_when_they_choose_as_a_constant_does(
    collapsed: float, constant: bool, tmp_path: Path
) -> None:
    table, out = written(tmp_path / "table", 40), tmp_path / "out"
    job = Job(data=table, out=out, cache=tmp_path / "cache", seed=0, threads=1, hears=_deaf)
    settings = Settings(bags=2, patience=1, collapsed=collapsed)
    finished = train("policy", lambda job: PolicyRecipe(job, settings), job, Options(), settings={}, command="c")
    card = (finished.model / "MODEL_CARD.md").read_text("utf-8")
    assert ("there it is a constant" in card) == constant
    assert "Fitted in 2 parts." in card  # all bags count: nothing is chosen on what is held out
    assert "is the best on held-out" not in card
    assert "ended early" not in card


def test_the_best_step_of_a_climb_stays_as_it_was_while_learning_goes_on(tmp_path: Path) -> None:
    made = recipe(written(tmp_path / "table", 40), tmp_path, learner="utility")
    made.prepare()
    steps = made.fit(0)
    next(steps)
    kept = made.weights()
    before = {name: value.clone() for name, value in kept["net"].items()}
    for _ in range(3):
        next(steps)
    assert all(torch.equal(before[name], value) for name, value in kept["net"].items())
    assert not all(torch.equal(before[name], value) for name, value in made.weights()["net"].items())


@pytest.mark.requirement("policy.regression")
def test_a_refit_is_measured_without_the_held_out_fifth_and_learns_from_it_at_last(tmp_path: Path) -> None:
    table = written(tmp_path / "table", 60)
    with Store.open(table) as store:
        texts = [asked.text for asked, _ in store.questions()]
    plain, again = recipe(table, tmp_path / "a"), recipe(table, tmp_path / "b", refit=True)
    exported: dict[str, Policy] = {}
    for name, made in {"plain": plain, "again": again}.items():
        counts = made.prepare()
        assert len(list(made.fit(0))) == made.steps
        folder = tmp_path / name
        folder.mkdir()
        made.evaluate()
        made.export(folder)
        exported[name] = Policy.load(folder)
        if name == "again":
            assert counts["learnt from at last"] == len(texts) == counts["held out"] + counts["questions learnt from"]
    assert plain.evaluate() == again.evaluate()
    reports = [json.loads((tmp_path / name / "held_out.json").read_text()) for name in exported]
    assert [one["lambda_calls"] for one in reports[:1]] == [one["lambda_calls"] for one in reports[1:]]
    held = [text for text in texts if held_out(text)]
    assert known(exported["plain"].learnt, texts) == [text for text in texts if text not in held]
    assert known(exported["again"].learnt, texts) == texts
    assert known("", texts) == []
    with pytest.raises(UsageError, match="regression"):
        Settings(learner="utility", refit=True)


@pytest.mark.requirement("policy.exact")
def test_the_likeliest_way_is_followed_to_its_end(episodes: Episodes) -> None:
    plain, split = TOP.index("R,AG"), TOP.index("QDS")
    logits = np.full((len(episodes.matrix.questions), len(STATES), 10), -9.0)
    logits[:, 0, plain] = 0
    logits[:, STATES.index(frozenset({plain})), split] = 0
    logits[:, STATES.index(frozenset({plain, split})), 8] = 0
    ways = likeliest(logits, episodes)
    assert set(ways.taken) == {(plain, split)}
    assert set(ways.plans) == {"R,AG > QDS"}
    assert (ways.f1 == 1).all()  # either is right, and the right one is surer
    costs = episodes.matrix.costs
    assert ways.costs == pytest.approx(costs[:, plain] + costs[:, split])


@pytest.mark.requirement("policy.limits")
def test_a_way_never_begins_what_may_go_over_its_limit(episodes: Episodes) -> None:
    n, costs = len(episodes.matrix.questions), episodes.matrix.costs
    logits = np.zeros((n, len(STATES), 10))
    logits[..., TOP.index("QDS")] = 2
    logits[..., TOP.index("R,AG")] = 1
    high = np.broadcast_to(costs[:, None], (n, len(STATES), *costs.shape[1:]))
    calls = episodes.matrix.components.index("calls")
    reached: list[float] = []
    for most in (0, 1, 3, 5, 9):
        bound = np.full(costs.shape[2], np.inf)
        bound[calls] = most
        limit = Limit(most=bound, high=high)
        ways = likeliest(logits, episodes, limit)
        assert ways.costs[:, calls].max() <= most
        reached.append(float(ways.f1.mean()))
    assert reached == sorted(reached)
    assert reached[0] == 0


@pytest.mark.requirement("policy.exact")
def test_weights_are_drawn_with_zeros_and_within_bounds() -> None:
    torch.manual_seed(0)
    drawn = drawn_weights(4000, 4).numpy()
    assert 0.45 < (drawn == 0).mean() < 0.55
    assert drawn[drawn > 0].min() >= 0.01
    assert drawn.max() <= 2


@pytest.mark.requirement("policy.mix")
def test_entropy_and_mutual_information() -> None:
    assert entropy([]) == entropy([5]) == 0
    assert entropy([3, 3]) == pytest.approx(np.log(2))
    assert mutual_information(["a", "a", "b", "b"], ["x", "x", "y", "y"]) == pytest.approx(np.log(2))
    assert mutual_information(["a", "b", "a", "b"], ["x", "x", "y", "y"]) == pytest.approx(0)


@pytest.mark.requirement("policy.episodes")
def test_a_split_that_takes_the_last_turn_keeps_its_answer_and_ends_the_run() -> None:
    """The graph asks no planner there, so that the run saw nothing of its own answer."""
    [(asked, cells)] = rows(1)
    unseen = dict.fromkeys(EVIDENCE, 0.0)
    cells |= {
        "R,AG": cell("R,AG", f1=0.0, sure=0.9, answer="ann"),
        "QDS": replace(cell("QDS", f1=1.0, sure=0.9, answer="bob"), evidence=unseen, turns=5, parts=4),
        "QDP": replace(cell("QDP", f1=0.7, sure=0.9, answer="eve"), turns=3, parts=2),
    }
    found = Episodes.of([(asked, cells)], SECONDS)
    plain, split, sides = (TOP.index(name) for name in ("R,AG", "QDS", "QDP"))
    at = {state: place for place, state in enumerate(STATES)}
    after = at[frozenset({split})]
    assert found.next_f1[0, 0, split] == 1
    assert found.draft_f1[0, after] == 1
    assert np.flatnonzero(found.legal[0, after]).tolist() == [8]  # the answer, and nothing else
    second = at[frozenset({plain})]
    assert found.legal[0, second, split]  # begun, and cut to the turns that are left
    assert found.next_f1[0, second, split] == 0
    assert found.next_f1[0, second, sides] == pytest.approx(0.7)
    assert not found.legal[0, at[frozenset({sides})], split]
    assert found.legal[0, at[frozenset({sides})], plain]


@pytest.mark.requirement("policy.regression")
def test_the_regressions_are_a_mean_of_bags_that_the_seed_alone_decides(tmp_path: Path) -> None:
    table = written(tmp_path / "table", 40)
    whole, halted = (recipe(table, tmp_path / name) for name in ("a", "b"))
    whole.prepare()
    assert len(list(whole.fit(0))) == whole.steps == 4
    halted.prepare()
    steps = halted.fit(0)
    for _ in range(2):
        next(steps)
    rest = recipe(table, tmp_path / "c")
    rest.prepare()
    rest.restore(halted.state())
    assert len(list(rest.fit(2))) == 2
    for name, value in whole.weights()["net"].items():
        assert torch.equal(value, rest.weights()["net"][name]), name


@pytest.mark.requirement("policy.regression")
def test_what_follows_a_first_workflow_is_worth_less_the_more_it_costs(learnt: tuple[PolicyRecipe, Path]) -> None:
    """A split after a weak draft is in the value of the search before it, until it is too dear."""
    policy = Policy.load(learnt[1])
    seen = np.zeros((5, len(NAMES)), np.float32)
    seen[:, : len(FORM)] = np.array(list(form("Where was the designer of light 7 born?").values()), np.float32)
    weights = np.zeros((5, 4), np.float32)
    weights[:, policy.components.index("calls")] = (0, 0.1, 0.3, 0.6, 5)
    logits = policy.judge(np.zeros((5, 384), np.float32), seen, weights).logits[:, TOP.index("R,AG")]
    assert (np.diff(logits) < 0).all()


@pytest.mark.requirement("policy.onnx")
def test_a_fitted_policy_is_read_back_from_onnx() -> None:
    from questline.training.planner.policy_fitted import FittedNet
    from questline.training.planner.policy_graph import graph, read_net

    torch.manual_seed(0)
    net = FittedNet(3)
    for name in ("said", "over", "follows", "second", "mean"):
        torch.nn.init.normal_(getattr(net, name))
    again = read_net(graph(net))
    assert isinstance(again, FittedNet)
    state = (torch.rand(5, 384), torch.rand(5, len(NAMES)).round(), torch.rand(5, 3))
    for one, other in zip(net(*state), again(*state), strict=True):
        assert torch.allclose(one, other)


@pytest.mark.requirement("policy.episodes")
def test_a_table_with_other_features_is_refused() -> None:
    [(asked, cells)] = rows(1)
    old = {name: replace(each, evidence={"gap": 0.2}) for name, each in cells.items()}
    with pytest.raises(UsageError) as refused:
        Episodes.of([(asked, old)], SECONDS)
    assert refused.value.code == "bad_table"


@pytest.mark.requirement("policy.legal")
def test_the_networks_likeliest_choice_is_always_legal(episodes: Episodes) -> None:
    from questline.training.planner.policy_net import PolicyNet, Shape

    batch = batch_of(episodes)
    torch.manual_seed(1)
    net = PolicyNet(Shape(features=len(NAMES), components=4))
    torch.nn.init.normal_(net.logits.weight, std=50)
    with torch.no_grad():
        best = choices(net, batch, drawn_weights(len(batch), 4))[0].argmax(dim=2)
    assert batch.legal.gather(2, best[..., None]).all()
    assert {Workflow.parse(name) for name in TOP} == set(TOP_WORKFLOWS)
