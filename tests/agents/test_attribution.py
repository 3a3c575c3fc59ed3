"""What weighed in a trained planner's choice is exactly what the network does without each group of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.agents.contract import Context, Draft, PlannerView
from questline.agents.workflow_planner import trained
from questline.agents.workflow_planner.attribution import GROUPS, WORDS, Reference, influences
from questline.agents.workflow_planner.build import build
from questline.agents.workflow_planner.features import NAMES, vector
from questline.agents.workflow_planner.trained import Policy, TrainedPlanner
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Workflow
from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.types import Expected, Passage

Floats = NDArray[np.float32]
WIDTH = 4
COMPONENTS = ("tokens", "usd", "calls", "seconds")
QUESTION = "Who designed the lighthouse of Velmora?"
SPLIT, PLAIN = (tuple(map(str, TOP_WORKFLOWS)).index(name) for name in ("QDS", "R,AG"))


class Toy:
    """A network by hand: one feature speaks for a split, one number of the vector against it, the rest is not read."""

    def __init__(self, *, calls: float = 1.0) -> None:
        self.calls = calls

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        del output_names
        question, features = (np.asarray(input_feed[name], np.float32) for name in ("question", "features"))
        n, w, c = len(question), len(TOP_WORKFLOWS), len(COMPONENTS)
        logits = np.full((n, w + 2), -50.0, np.float32)
        logits[:, PLAIN] = 0.0
        logits[:, SPLIT] = 10 * features[:, NAMES.index("asks_who")] - 2 * question[:, 0]
        cost = np.full((n, w, c), self.calls, np.float32)
        return [np.full((n, w + 1), 0.5, np.float32), cost, 2 * cost, logits]


class Words:
    """Encodes every text alike."""

    def encode(self, texts: Sequence[str], /) -> Floats:
        return np.tile(np.array([0.5, 0.1, 0.0, 0.0], np.float32), (len(texts), 1))


def reference(**depths: float) -> Reference:
    """Return means of 0, but for ``asks_who`` after so many workflows."""
    features = np.zeros((3, len(NAMES)), np.float32)
    for row, name in enumerate(("none", "one", "two")):
        features[row, NAMES.index("asks_who")] = depths.get(name, 0.0)
    return Reference(np.zeros(WIDTH, np.float32), features, 0.05)


def policy(*, means: Reference | None = None, calls: float = 1.0) -> Policy:
    return Policy(Toy(calls=calls), COMPONENTS, np.ones(len(COMPONENTS), np.float32), "toy", means)


def context(budget: str | Budget = "balanced") -> Context:
    return Context(meter=Meter(budget=Budget.parse(budget)), encoder=Words())


@pytest.mark.requirement("use.influences")
def test_every_feature_is_in_one_group_and_the_vector_in_its_own() -> None:
    members = [member for group in GROUPS.values() for member in group]
    assert sorted(members) == sorted(NAMES)
    assert GROUPS[WORDS] == ()


@pytest.mark.requirement("use.influences")
async def test_a_group_weighs_what_the_lead_loses_with_its_mean_and_the_rest_weighs_nothing() -> None:
    decision = await TrainedPlanner(policy(means=reference())).choose(PlannerView(question=QUESTION), context())
    # The lead is 10 - 2 * .5 = 9 logits of .05; without the question word it is -1, without the words 10.
    assert str(decision.workflow) == "QDS"
    assert [(one.name, one.value) for one in decision.features] == [("question word", "who"), (WORDS, "")]
    assert [one.change for one in decision.features] == pytest.approx([0.5, -0.05])


@pytest.mark.requirement("use.influences")
async def test_it_is_held_against_questions_at_the_same_point() -> None:
    planner = TrainedPlanner(policy(means=reference(one=1.0)))
    first = await planner.choose(PlannerView(question=QUESTION), context())
    tried = (Workflow.parse("R,DS,AG"),)
    second = await planner.choose(PlannerView(question=QUESTION, tried=tried), context())
    assert [one.name for one in first.features] == ["question word", WORDS]
    assert [one.name for one in second.features] == [WORDS]  # after one workflow "who" is what all of them ask


@pytest.mark.requirement("use.influences")
def test_it_equals_asking_the_network_again_for_each_group() -> None:
    chance = np.random.default_rng(3)
    weights = chance.normal(size=(WIDTH + len(NAMES), 3)).astype(np.float32)
    view = PlannerView(question=QUESTION)
    question, features = chance.normal(size=WIDTH).astype(np.float32), vector(view)
    means = Reference(
        chance.normal(size=WIDTH).astype(np.float32), chance.normal(size=(3, len(NAMES))).astype(np.float32), 0.05
    )

    def lead(vectors: Floats, rows: Floats) -> Floats:
        hidden = np.tanh(np.hstack([vectors, rows]) @ weights)
        return hidden[:, 0] - np.maximum(hidden[:, 1], hidden[:, 2])

    found = {one.name: one.change for one in influences(lead, question, features, means, view)}
    whole = lead(question[None], features[None])[0]
    for name, members in GROUPS.items():
        row = np.array([means.features[0, p] if n in members else features[p] for p, n in enumerate(NAMES)])
        words = means.vector if name == WORDS else question
        alone = float(whole - lead(words[None], row[None].astype(np.float32))[0]) * 0.05
        assert found.get(name, 0.0) == pytest.approx(alone, abs=6e-4)
    assert [abs(change) for change in found.values()] == sorted(map(abs, found.values()), reverse=True)


@pytest.mark.requirement("use.influences")
async def test_without_means_or_without_an_alternative_nothing_is_said_to_weigh() -> None:
    bare = await TrainedPlanner(policy()).choose(PlannerView(question=QUESTION), context())
    assert bare.features == ()
    assert bare.expected
    others = tuple(each for each in TOP_WORKFLOWS if str(each) != "QDS")
    alone = PlannerView(question=QUESTION, tried=others)
    only = await TrainedPlanner(policy(means=reference())).choose(alone, context())
    assert [one.choice for one in only.expected if one.open] == ["QDS"]
    given_up = await TrainedPlanner(policy(means=reference())).choose(
        PlannerView(question=QUESTION, tried=TOP_WORKFLOWS), context()
    )
    assert (given_up.action, given_up.features) == ("abstain", ())
    assert given_up.expected[0] == Expected(choice="abstain", f1=0.0)


@pytest.mark.requirement("use.influences")
@pytest.mark.parametrize(
    "told",
    [
        {"vector": [0.0], "features": [[0.0]], "tau": 0.05},
        {"vector": [0.0], "features": np.zeros((3, len(NAMES))).tolist(), "tau": 0},
        {"vector": [0.0], "features": np.zeros((3, len(NAMES))).tolist(), "tau": float("nan")},
    ],
)
def test_means_of_another_shape_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="another shape"):
        Reference.read(told)
    whole = reference(one=0.25)
    again = Reference.read(whole.as_dict())
    assert (again.features == whole.features).all()
    assert again.tau == whole.tau


@pytest.mark.requirement("use.why")
async def test_the_choice_comes_first_with_every_alternative_its_f1_and_its_costs() -> None:
    draft = Draft(text="Ada.", short="Ada", confidence=0.4)
    view = PlannerView(question=QUESTION, draft=draft, tried=(Workflow.parse("R,AG"),))
    decision = await TrainedPlanner(policy(means=reference())).choose(view, context())
    choice, *others = decision.expected
    assert choice.choice == str(decision.workflow) == "QDS"
    assert (choice.f1, choice.open) == (0.5, True)
    assert choice.cost == {"tokens": 0, "usd": 0, "calls": 0, "seconds": 1}
    assert choice.nominal == {"tokens": 1, "usd": 1, "calls": 1}  # no language model is asked
    assert choice.high == {"seconds": 2}
    assert {one.choice for one in others} == {*map(str, TOP_WORKFLOWS), "answer"} - {"QDS"}
    closed = {one.choice for one in others if not one.open}
    assert closed == {"R,AG", "AG", "QR,AG"}  # tried, and from memory without a model


@pytest.mark.requirement("use.why")
@pytest.mark.parametrize(
    ("closed_book", "found", "open_"), [(False, False, False), (True, False, True), (False, True, True)]
)
async def test_a_model_answers_without_a_search_only_where_the_caller_allows_it_or_passages_are_there(
    *, closed_book: bool, found: bool, open_: bool
) -> None:
    passage = Passage(id="p", document_id="p", source="p.md", title="", text="Ada Brandt designed it.")
    view = PlannerView(question=QUESTION, llm=True, passages=(passage,) if found else ())
    decision = await TrainedPlanner(policy()).choose(view, replace(context(), closed_book=closed_book))
    (from_memory,) = [one for one in decision.expected if one.choice == "AG"]
    assert from_memory.open == open_


@pytest.mark.requirement("use.limits")
async def test_below_the_cheapest_plan_the_cheapest_search_begins_and_the_budget_ends_it() -> None:
    planner = TrainedPlanner(policy(means=reference(), calls=5.0))
    decision = await planner.choose(PlannerView(question=QUESTION), context("seconds=0.5"))
    assert (decision.action, decision.decided_by) == ("run", "rule")
    assert "budget carries no other workflow" in decision.reason
    assert (decision.expected[0].choice, decision.expected[0].open) == (str(decision.workflow), True)
    nothing = await planner.choose(PlannerView(question=QUESTION), context("seconds=0.01"))
    assert not nothing.expected[0].open  # it begins, and the budget may end it
    tried = (Workflow.parse("R,AG"),)
    later = await planner.choose(PlannerView(question=QUESTION, tried=tried), context("seconds=0.5"))
    assert later.action == "abstain"


@pytest.mark.requirement("use.shipped")
def test_without_a_shipped_policy_its_name_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def files(package: str) -> Path:
        del package
        return tmp_path

    monkeypatch.setattr("questline.agents.workflow_planner.trained.resources.files", files)
    trained.opened.cache_clear()
    with pytest.raises(UsageError, match="agents train planner own") as refused:
        build("trained")
    assert (refused.value.code, refused.value.fields["argument"]) == ("bad_planner", "planner")
    with pytest.raises(UsageError, match="trained:DIR"):
        build("trained:")
