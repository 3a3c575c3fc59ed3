"""The planner's model learns, from a config to plans that pay, on one thread of a CPU; and only from real rewards."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the model learns with torch (extra train)")
pytest.importorskip("trl", reason="GRPO is TRL's (extra train)")

from tests.training.planner.llm_tables import stored, tiny  # noqa: E402 because of torch, see above

from questline.errors import MissingExtra, RunError, UsageError  # noqa: E402 because torch decides first
from questline.training.checkpoints import FILE  # noqa: E402 because of torch, see above
from questline.training.driver import CURVES, LOG, MODEL, Options, train  # noqa: E402 because of torch, see above
from questline.training.planner.llm import grpo  # noqa: E402 because of torch, see above
from questline.training.planner.llm.cases import Case  # noqa: E402 because of torch, see above
from questline.training.planner.llm.grammar import Grammar  # noqa: E402 because of torch, see above
from questline.training.planner.llm.recipe import PlannerRecipe, Settings  # noqa: E402 because of torch, see above
from questline.training.planner.llm.reward import Outcome, Score, ours  # noqa: E402 because of torch, see above
from questline.training.planner.llm.rollouts import play  # noqa: E402 because of torch, see above
from questline.training.recipe import Figures, Job, unheard  # noqa: E402 because of torch, see above
from questline.training.tuning.chat import token_ids  # noqa: E402 because of torch, see above
from questline.training.tuning.constrained import Trie, allowed, chances  # noqa: E402 because of torch, see above

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
SEED = 4
LEARNS = tiny(
    legal_steps=30,
    best_steps=0,
    grpo_steps=40,
    batch=16,
    rate=6e-3,
    questions=16,
    answers=8,
    grpo_rate=3e-3,
    later=0.0,
)
SHORT = tiny(tested=3, legal_steps=3, best_steps=2, grpo_steps=3, batch=4, questions=2, answers=2)


def recipe(table: Path, out: Path, settings: dict[str, Any], score: Score = ours) -> PlannerRecipe:
    torch.set_num_threads(1)
    job = Job(data=table, out=out, cache=out / "cache", seed=SEED, threads=1, hears=unheard)
    return PlannerRecipe(job, Settings(**settings), score=score)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(tmp_path_factory.mktemp("table"))


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table in which every decision is a first one."""
    return stored(tmp_path_factory.mktemp("settled"), unsure=0.4)


def f1(outcome: Outcome) -> float:
    """Reward the answer alone: 1 for a right one, so that a constant plan brings 1/2 and chance less."""
    return outcome.f1


@pytest.fixture(scope="module")
def writes_plans(settled: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the state of a model that has read legal plans, all alike likely, and nothing of which one pays."""
    made = recipe(settled, tmp_path_factory.mktemp("legal"), LEARNS, f1)
    made.prepare()
    learning = made.fit(0)
    losses = [next(learning)["of any plan"] for _ in range(LEARNS["legal_steps"])]
    assert losses[-1] < 0.5 * losses[0]
    return deepcopy(made.state())


def worth(made: PlannerRecipe) -> float:
    """Return the mean F1 of plans drawn for the same decisions, with the same luck, each time."""
    torch.manual_seed(1)
    grammar = Grammar(made.tokenizer)
    cases = made.drawer.draw("fixed", 96)

    def write(due: Sequence[Case]) -> list[str]:
        ids = [token_ids(made.tokenizer, made.prompts.messages(case)) for case in due]
        tries = [grammar.of(case.choices) for case in due]
        return [made.writer.text(each) for each in made.writer.write(ids, temperature=1.0, tries=tries)]

    return sum(f1(each.outcome) for each in play(cases, write(cases), write)) / len(cases)


@dataclass(frozen=True)
class Learnt:
    steps: list[Figures]
    before: float
    after: float

    @property
    def clearly(self) -> bool:
        """Whether it plans by the question: the best constant brings about 1/2."""
        return self.after > 0.65 and self.after - self.before > 0.25


def reinforced(table: Path, out: Path, state: dict[str, Any], score: Score) -> Learnt:
    """Return what the steps of GRPO came to, and what the same decisions are worth before and after them."""
    made = recipe(table, out, LEARNS, score)
    made.prepare()
    made.restore(state)
    before = worth(made)
    steps = list(made.fit(int(LEARNS["legal_steps"])))
    return Learnt(steps, before, worth(made))


@pytest.mark.timeout(600)
@pytest.mark.requirement("llm-planner.learns")
def test_a_small_model_learns_which_plan_pays(settled: Path, writes_plans: dict[str, Any], tmp_path: Path) -> None:
    learnt = reinforced(settled, tmp_path, writes_plans, f1)
    assert learnt.clearly, (learnt.before, learnt.after)
    kept = {"reward", "zero-advantage groups", "token entropy", "f1", "illegal", "unanswered", "plan entropy"}
    assert all(kept <= step.keys() for step in learnt.steps)
    assert {step["illegal"] for step in learnt.steps} == {0.0}


@pytest.mark.timeout(600)
@pytest.mark.requirement("llm-planner.learns")
def test_nothing_is_learnt_where_the_reward_is_disconnected(
    settled: Path, writes_plans: dict[str, Any], tmp_path: Path
) -> None:
    learnt = reinforced(settled, tmp_path, writes_plans, lambda outcome: 0.5)
    assert {step["zero-advantage groups"] for step in learnt.steps} == {1.0}
    assert not learnt.clearly
    assert learnt.after == pytest.approx(learnt.before)


def driven(table: Path, out: Path, build: Callable[[Job], PlannerRecipe], *, resume: bool = False) -> Any:
    options = Options(seed=3, threads=1, checkpoint_every=2, evaluate_every=4)
    job = Job(data=table, out=out, cache=out / "cache", seed=3, threads=1, hears=unheard)
    return train(
        "llm-planner", build, job, options, settings={"seed": 3}, command="agents train llm-planner", resume=resume
    )


def short(job: Job) -> PlannerRecipe:
    return PlannerRecipe(job, Settings(**SHORT))


def broken_at(step: int) -> Callable[[Job], PlannerRecipe]:
    """Return the recipe whose rewards are not numbers from a step of GRPO on."""
    asked = 0

    def score(outcome: Outcome) -> float:
        nonlocal asked
        asked += 1
        return float("nan") if asked > step * 4 else ours(outcome)

    return lambda job: PlannerRecipe(job, Settings(**SHORT), score=score)


@pytest.mark.requirement("llm-planner.resumes", "llm-planner.nan")
def test_a_reward_that_is_no_number_ends_the_run_and_what_was_kept_goes_on_as_if_it_had_not(
    table: Path, tmp_path: Path
) -> None:
    whole = driven(table, tmp_path / "whole", short)
    with pytest.raises(RunError, match="not a finite number"):
        driven(table, tmp_path / "parts", broken_at(2))
    assert torch.load(tmp_path / "parts" / FILE, weights_only=True)["step"] == 6  # of 8; the broken one is the eighth
    again = driven(table, tmp_path / "parts", short, resume=True)
    assert (again.steps, again.figures) == (whole.steps, whole.figures)
    last = [torch.load(tmp_path / name / FILE, weights_only=True)["state"]["model"] for name in ("whole", "parts")]
    assert all(torch.equal(last[0][name], last[1][name]) for name in last[0])
    assert (tmp_path / "whole" / CURVES).read_text().startswith("<svg")
    log = [json.loads(line) for line in (tmp_path / "whole" / LOG).read_text().splitlines()]
    assert [row["step"] for row in log if "reward" in row] == [6, 7, 8]


@pytest.mark.requirement("llm-planner.nan")
def test_a_gradient_that_is_no_number_moves_no_weight(table: Path, tmp_path: Path) -> None:
    made = recipe(table, tmp_path, {**SHORT, "legal_steps": 1, "best_steps": 0})
    made.prepare()
    steps = made.fit(0)
    next(steps)
    before = made.weights()["model"]
    model = made.writer.model
    hook = model.lm_head.weight.register_hook(lambda grad: grad * float("nan"))  # pyright: ignore[reportUnknownLambdaType]  # because the model is untyped
    with pytest.raises(RunError, match="no step was taken"):
        next(steps)
    hook.remove()
    assert all(torch.equal(before[name], each) for name, each in made.weights()["model"].items())


@pytest.mark.requirement("llm-planner.grammar")
def test_a_model_that_knows_nothing_writes_an_open_choice(table: Path, tmp_path: Path) -> None:
    made = recipe(table, tmp_path, SHORT)
    made.prepare()
    cases = made.drawer.draw("a key", 24)
    ids = [token_ids(made.tokenizer, made.prompts.messages(case)) for case in cases]
    assert any(case.read(made.writer.text(each)) is None for case, each in zip(cases, _free(made, ids), strict=True))
    grammar = Grammar(made.tokenizer)
    tries = [grammar.of(case.choices) for case in cases]
    held = made.writer.write(ids, temperature=1.0, tries=tries)
    assert all(case.read(made.writer.text(each)) in case.choices for case, each in zip(cases, held, strict=True))


def _free(made: PlannerRecipe, ids: list[list[int]]) -> list[list[int]]:
    return made.writer.write(ids, temperature=1.0)


@pytest.mark.requirement("llm-planner.grammar")
def test_chances_are_those_among_the_open_choices() -> None:
    trie: Trie = {(): (1, 2), (1,): (3,), (2,): (3,)}
    written = torch.tensor([[1, 3, 0], [2, 3, 0]])
    logits = torch.zeros(2, 3, 5)
    logs, entropy = chances(logits, written, allowed([trie, trie], written, 5))
    half, all_ = -math.log(2), -math.log(5)
    assert torch.allclose(logs, torch.tensor([[half, 0.0, all_]] * 2))
    assert torch.allclose(entropy, torch.tensor([[-half, 0.0, -all_]] * 2))


@pytest.mark.requirement("llm-planner.exports")
def test_what_is_exported_is_opened_by_its_folder_and_tuned_on_with_an_adapter(table: Path, tmp_path: Path) -> None:
    first = driven(table, tmp_path / "first", short)
    model = tmp_path / "first" / MODEL
    assert first.model == model
    assert {path.name for path in (model / "prompts").iterdir()} == {"planner.md", "planner_part.md"}
    more = {
        **SHORT,
        "model": str(model),
        "prompt": "short",
        "lora": 2,
        "role": "part",
        "best_steps": 0,
        "legal_steps": 1,
    }
    made = recipe(table, tmp_path / "second", more)
    counts = made.prepare()
    assert counts["parameters that learn"] < counts["parameters"] / 4
    list(made.fit(0))
    folder = tmp_path / "second" / MODEL
    folder.mkdir(parents=True)
    made.export(folder)
    assert (folder / "adapter-part" / "adapter_config.json").exists()


@pytest.mark.requirement("llm-planner.refuses")
def test_what_cannot_be_learnt_from_is_refused(tmp_path: Path) -> None:
    seen = stored(tmp_path / "seen", 8, seen=True)
    with pytest.raises(UsageError) as caught:
        recipe(seen, tmp_path, SHORT).prepare()
    assert caught.value.code == "bad_table"
    with pytest.raises(UsageError) as missing:
        recipe(stored(tmp_path / "table", 8), tmp_path, {**SHORT, "model": str(tmp_path / "none")}).prepare()
    assert missing.value.code == "unknown_model"
    wrongs: list[dict[str, Any]] = [
        {"answers": 1},
        {"reward": "theirs"},
        {"width": 33},
        {"role": "all"},
        {"alpha": -1.0},
        {"rate": 0.0},
    ]
    for wrong in wrongs:
        with pytest.raises(UsageError):
            Settings(**{**SHORT, **wrong})


PLAN = grpo.Plan(
    questions=2,
    answers=2,
    rate=1e-4,
    beta=0.0,
    temperature=1.0,
    most=16,
    accumulate=1,
    vllm=True,
    vllm_memory=0.25,
    seed=1,
)


@pytest.mark.requirement("llm-planner.vllm")
def test_vllm_is_asked_to_write_on_the_same_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)  # as where it is not installed
    with pytest.raises(MissingExtra, match="vllm"):
        grpo.trainer_settings(PLAN, tmp_path, 3, torch.device("cuda"))
    monkeypatch.setitem(sys.modules, "vllm", ModuleType("vllm"))
    with pytest.raises(RunError, match="GPU"):
        grpo.trainer_settings(PLAN, tmp_path, 3, torch.device("cpu"))
    told = grpo.trainer_settings(PLAN, tmp_path, 3, torch.device("cuda"))
    assert (told["use_vllm"], told["vllm_mode"], told["vllm_gpu_memory_utilization"]) == (True, "colocate", 0.25)
    assert (told["bf16"], told["use_cpu"], told["num_generations"]) == (True, False, 2)


@pytest.mark.requirement("llm-planner.vllm")
def test_what_vllm_wrote_is_played_with_its_own_chances(table: Path, tmp_path: Path) -> None:
    made = recipe(table, tmp_path, SHORT)
    made.prepare()
    [case] = made.drawer.draw("a key", 1)
    room = grpo.Room(made.prompts, made.tokenizer, PLAN, 0, [case])
    plan = made.tokenizer.encode("nonsense", add_special_tokens=False)
    asked: list[dict[str, Any]] = []

    def generate(**given: Any) -> tuple[Any, ...]:
        asked.append(given)
        written = [plan] * len(given["prompts"])
        return given["prompts"], written, [[[-0.5]] * len(plan)] * len(written), None

    def unwrapped(model: object) -> object:
        return model

    trainer = SimpleNamespace(
        state=SimpleNamespace(global_step=0),
        vllm_generation=SimpleNamespace(generate=generate),
        accelerator=SimpleNamespace(unwrap_model=unwrapped),
        model=None,
    )
    prompt = made.prompts.messages(case)
    rolled = room.roll([prompt, prompt], trainer)
    assert asked[0]["num_generations"] == 1
    assert rolled["completion_ids"] == [plan, plan]
    assert rolled["logprobs"] == [[-0.5] * len(plan)] * 2
    assert [each.outcome.legal for each in rolled["played"]] == [False, False]
