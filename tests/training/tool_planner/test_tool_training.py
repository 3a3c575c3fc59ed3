"""The three recipes learn from numbers alone, on one thread; controls do not; they resume, and batches are alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the models learn with torch (extra train)")
pytest.importorskip("trl", reason="SFT and GRPO are TRL's (extra train)")

from questline.cli import main  # noqa: E402 because torch decides first
from questline.errors import RunError, UsageError  # noqa: E402 because torch decides first
from questline.training.checkpoints import FILE  # noqa: E402 because torch decides first
from questline.training.driver import LOG, MODEL, Finished, Options, train  # noqa: E402 because torch decides first
from questline.training.recipe import Job, Recipe, unheard  # noqa: E402 because torch decides first
from questline.training.recipes import find  # noqa: E402 because torch decides first
from questline.training.tool_planner.controls import LastGRPO, LastSFT, erring, shuffled  # noqa: E402 because torch decides first
from questline.training.tool_planner.environment import environment  # noqa: E402 because torch decides first
from questline.training.tool_planner.executor_recipe import ExecutorRecipe, Settings, State  # noqa: E402 because torch decides first
from questline.training.tool_planner.made import made_traces, write_world  # noqa: E402 because torch decides first
from questline.training.tool_planner.planner_recipes import (  # noqa: E402 because torch decides first
    GRPORecipe,
    GRPOSettings,
    SFTRecipe,
    SFTSettings,
)
from questline.training.tool_planner.recorded import Recorded  # noqa: E402 because torch decides first
from questline.training.tool_planner.reward import Judged, ours  # noqa: E402 because torch decides first
from questline.training.tool_planner.traces import Trace, called  # noqa: E402 because torch decides first
from questline.training.tool_planner.world import World  # noqa: E402 because torch decides first
from questline.training.tuning.made import Size, made_model, made_tokenizer  # noqa: E402 because torch decides first
from questline.training.tuning.samples import SAMPLES  # noqa: E402 because torch decides first
from questline.training.tuning.supervised import Lessons  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
WORLD = World(towns=4)
MADE = [each for each in made_traces(WORLD, most=2) if not each.needs]
TINY: dict[str, Any] = {
    "width": 48,
    "layers": 2,
    "heads": 2,
    "vocabulary": 420,
    "device": "cpu",
    "batch": 8,
    "rate": 1e-2,
    "warming": 10,
    "tested": 16,
    "tokens": 40,
}
STEPS = 110


def drive(
    build: Callable[[Job], Recipe], data: Path, out: Path, *, resume: bool = False, every: int = 10_000
) -> Finished:
    torch.set_num_threads(1)
    options = Options(seed=3, threads=1, checkpoint_every=2 if every < 10_000 else every, evaluate_every=every)
    job = Job(data=data, out=out, cache=out / "cache", seed=3, threads=1, hears=unheard)
    return train("tool", build, job, options, settings={"seed": 3}, command="agents train tool", resume=resume)


def log_of(found: Finished) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (found.model.parent / LOG).read_text(encoding="utf-8").splitlines()]


def last(found: Finished) -> dict[str, float]:
    """Return the figures after the last step."""
    return [row for row in log_of(found) if "held-out log likelihood" in row or "score" in row][-1]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to learn from; the one beside it has an expert who errs in every question."""
    folder = tmp_path_factory.mktemp("data")
    write_world(folder / "right", WORLD, MADE)
    write_world(folder / "wrong", WORLD, erring(WORLD, MADE, 1.0))
    return folder / "right"


def sft(**more: Any) -> Callable[[Job], SFTRecipe]:
    """Return the recipe that exports its last step, whatever that is worth."""
    own: dict[str, Any] = {**TINY, "steps": STEPS, **more}
    settings = SFTSettings(**own)
    return lambda job: LastSFT(job, settings)


class Torn(SFTRecipe):
    """Is taught two plans for each question: the right one, and one whose last call is of another tool."""

    def lessons(self) -> Lessons:
        made = super().lessons()
        self.job = replace(self.job, data=self.job.data.parent / "wrong")
        return replace(made, train=[*made.train, *super().lessons().train])


class Shuffled(SFTRecipe):
    def lessons(self) -> Lessons:
        return shuffled(super().lessons(), 1)


@pytest.fixture(scope="module")
def taught(right: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    settings = SFTSettings(**TINY, steps=STEPS)
    return drive(lambda job: Torn(job, settings), right, tmp_path_factory.mktemp("sft") / "run")


def grpo(
    model: Path, reward: Callable[[Judged], Mapping[str, float]] | None = None, **more: Any
) -> Callable[[Job], GRPORecipe]:
    own: dict[str, Any] = {"model": str(model), "questions": 4, "answers": 8, "rate": 2e-3, "tokens": 40, "tested": 16}
    own |= {"device": "cpu", **more}
    settings = GRPOSettings(**own)
    return lambda job: LastGRPO(job, settings, reward=reward)


@pytest.mark.requirement("tool-training.learns")
@pytest.mark.timeout(600)
def test_plans_are_learnt_and_not_from_shuffled_answers(taught: Finished, right: Path, tmp_path: Path) -> None:
    rows = [row for row in log_of(taught) if "score" in row]
    assert rows[0]["score"] == 0.0
    assert (rows[-1]["executed"], rows[-1]["unparsable"]) == (1.0, 0.0)
    settings = SFTSettings(**TINY, steps=STEPS)
    mixed = last(drive(lambda job: Shuffled(job, settings), right, tmp_path / "run"))
    assert rows[-1]["held-out log likelihood"] > mixed["held-out log likelihood"] + 0.05
    assert rows[-1]["score"] > mixed["score"]
    samples = [json.loads(line) for line in (taught.model.parent / SAMPLES).read_text(encoding="utf-8").splitlines()]
    assert samples[0].keys() == {"step", "question", "text"}


@pytest.mark.requirement("tool-training.learns", "tool-training.executes", "tool-training.reward")
@pytest.mark.timeout(600)
def test_grpo_raises_what_its_plans_earn_and_moves_nothing_for_a_constant(
    taught: Finished, right: Path, tmp_path: Path
) -> None:
    found = drive(grpo(taught.model, steps=18), right, tmp_path / "ours")
    steps = [row for row in log_of(found) if "reward" in row]
    earned = [row["reward"] for row in steps]
    assert sum(earned[-6:]) / 6 > sum(earned[:6]) / 6 + 0.03, earned
    parts = [f"reward: {name}" for name in ("parses", "valid", "executes", "nodes", "edges", "exact", "extra")]
    assert all(sum(row[name] for name in parts) == pytest.approx(row["reward"], abs=1e-4) for row in steps)
    samples = [json.loads(line) for line in (tmp_path / "ours" / SAMPLES).read_text(encoding="utf-8").splitlines()]
    assert {"step", "chat", "text", "reward", "executes", "exact"} <= samples[0].keys()

    idle = drive(grpo(taught.model, lambda one: {"same": 0.5}, steps=2), right, tmp_path / "idle")
    assert {row["zero-advantage groups"] for row in log_of(idle) if "reward" in row} == {1.0}
    before, after = ({**weights(model)} for model in (taught.model, idle.model))
    assert all(torch.equal(before[name], after[name]) for name in before)


def weights(folder: Path) -> dict[str, Any]:
    load: Any = pytest.importorskip("safetensors.torch").load_file
    return load(folder / "model.safetensors")


def close(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return all(torch.allclose(first[name], second[name], atol=2e-5) for name in first)


@pytest.mark.requirement("tool-training.batches")
@pytest.mark.timeout(600)
def test_eight_at_once_are_one_eight_times(taught: Finished, right: Path, tmp_path: Path) -> None:
    short: dict[str, Any] = {"steps": 2, "tested": 1, "tokens": 8}
    runs = [drive(sft(accumulate=n, **short), right, tmp_path / f"sft{n}").model for n in (1, 8)]
    assert close(*runs)
    tuned = [
        drive(
            grpo(taught.model, steps=2, questions=4, answers=4, accumulate=n, tested=1), right, tmp_path / f"g{n}"
        ).model
        for n in (1, 8)
    ]
    assert close(*tuned)
    assert not close(taught.model, tuned[0])


_FEW: dict[str, Any] = {"questions": 4, "answers": 4, "tested": 4}


def broken_at(step: int, model: Path) -> Callable[[Job], GRPORecipe]:
    """Return the recipe whose rewards are no numbers from a step on."""
    asked = 0

    def reward(one: Judged) -> Mapping[str, float]:
        nonlocal asked
        asked += 1
        return {"none": float("nan")} if asked > 16 * step else ours(one)

    return grpo(model, reward, steps=4, **_FEW)


@pytest.mark.requirement("tool-training.resumes")
@pytest.mark.timeout(600)
def test_a_run_that_broke_off_goes_on_to_the_same_weights_and_curve(
    taught: Finished, right: Path, tmp_path: Path
) -> None:
    whole = drive(grpo(taught.model, steps=4, **_FEW), right, tmp_path / "whole", every=2)
    with pytest.raises(RunError, match="not a finite number"):
        drive(broken_at(3, taught.model), right, tmp_path / "parts", every=2)
    again = drive(grpo(taught.model, steps=4, **_FEW), right, tmp_path / "parts", every=2, resume=True)
    assert (again.steps, again.figures) == (whole.steps, whole.figures)
    states = [torch.load(tmp_path / name / FILE, weights_only=True)["state"]["model"] for name in ("whole", "parts")]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    curves = [{row["step"]: row for row in log_of(one) if "reward" in row} for one in (whole, again)]
    assert curves[0] == curves[1]  # of the step that was taken twice, its last line


@pytest.mark.requirement("tool-training.executor")
@pytest.mark.timeout(600)
def test_an_executor_is_taught_thoughts_and_calls_by_a_mark(right: Path, tmp_path: Path) -> None:
    settings = Settings(**TINY, steps=30)
    found = drive(lambda job: ExecutorRecipe(job, settings), right, tmp_path / "run")
    before, after = [row for row in log_of(found) if "call accuracy" in row]
    assert after["held-out log likelihood"] > before["held-out log likelihood"] + 2
    names = {"call accuracy", "tool accuracy", "ends right"}
    assert {*names, *(f"{name} after a thought" for name in names)} <= after.keys()
    job = Job(data=right, out=tmp_path / "again", cache=tmp_path, seed=3, threads=1, hears=unheard)
    for share, thinking in ((0.0, {"act"}), (1.0, {"think"}), (0.5, {"act", "think"})):
        made = ExecutorRecipe(job, Settings(**TINY, steps=1, thoughts=share)).lessons()
        assert {each.messages[-1]["content"].rpartition("\n")[2] for each in made.train} == thinking
        for each in made.train:
            thinks = each.messages[-1]["content"].endswith("think")
            assert each.answer.count("\n") == int(thinks)
            assert each.answer.startswith(("I need the", "That is all.")) == thinks
    recipe = ExecutorRecipe(job, settings)
    recipe.prepare()
    for state in recipe.held_states:
        step = state.trace.steps[state.place] if not state.ends else None
        good = "done" if step is None else f"{step.tool}({call_of(state)})"
        assert recipe.right(good, state, thinks=False) == (True, True)
        assert recipe.right(f"I need it.\n{good}", state, thinks=True) == (True, True)
        assert recipe.right("twin(town=1)", state, thinks=False) == (False, False)
        assert recipe.right("I do not know", state, thinks=False) == (False, False)


def call_of(state: State) -> str:
    given = called(state.trace, state.place) or {}
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in given.items())


@pytest.mark.requirement("tool-training.learns")
def test_the_commands_of_the_guide_run(
    right: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = [f"--set={name}={value}" for name, value in {**TINY, "steps": 1, "tested": 2, "warming": 1}.items()]
    run = ["--data", str(right), "--set=run.threads=1"]
    for name in ("tool-planner-sft", "executor-sft"):
        assert main(["train", name, *run, "--out", name, *small]) == 0
    more = ["--set=model=tool-planner-sft/model", "--set=steps=1", "--set=questions=2", "--set=answers=2"]
    more += ["--set=tested=2", "--set=tokens=8", "--set=device=cpu", "--set=reward=published"]
    assert main(["train", "tool-planner-grpo", *run, "--out", "grpo", *more]) == 0
    assert "exact plans" in capsys.readouterr().out
    assert main(["train", "tool-planner-grpo", *run, "--out", "none"]) == 2
    assert "bad_settings" in capsys.readouterr().err


@pytest.mark.requirement("tool-training.form")
def test_what_is_exported_has_the_prompt_that_is_served(right: Path, tmp_path: Path) -> None:
    for recipe, settings, name in (
        (SFTRecipe, SFTSettings(**TINY, steps=1, prompt="short", context=4096, shown=3), "tool_planner.md"),
        (ExecutorRecipe, Settings(**TINY, steps=1, prompt="short", context=4096, shown=3), "tool_executor.md"),
    ):
        job = Job(data=right, out=tmp_path / name, cache=tmp_path, seed=3, threads=1, hears=unheard)
        made: Any = recipe(job, settings)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]  # each its own settings
        counts = made.prepare()
        assert counts["lessons"] > 0
        folder = tmp_path / name / MODEL
        folder.mkdir(parents=True)
        card = made.export(folder)
        assert (folder / "prompts" / name).exists()
        assert card.data[0].file == "traces.jsonl"


@pytest.mark.requirement("tool-training.environment")
@pytest.mark.timeout(600)
def test_trl_calls_recorded_tools_as_its_environment(tmp_path: Path) -> None:
    datasets: Any = pytest.importorskip("datasets")
    trl: Any = pytest.importorskip("trl")
    from trl.chat_template_utils import qwen3_chat_template

    one: Trace = next(each for each in MADE if len(each.steps) == 2)
    env = environment(WORLD.recorded, [one])
    tokenizer = made_tokenizer([one.question], 300)
    tokenizer.chat_template = qwen3_chat_template
    model = made_model(Size(width=32, layers=1, heads=2, vocabulary=len(tokenizer), context=4096), tokenizer)
    config = trl.GRPOConfig(
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=2, num_generations=2, use_cpu=True,
        max_completion_length=400, report_to="none", save_strategy="no", logging_steps=1, disable_tqdm=True,
    )  # fmt: skip
    trainer = trl.GRPOTrainer(
        model=model,
        args=config,
        train_dataset=datasets.Dataset.from_list(env.rows()),
        processing_class=tokenizer,
        environment_factory=env,
    )

    def write(prompts: Sequence[list[int]], *_: object, **__: object) -> tuple[list[list[int]], None]:
        said: list[list[int]] = []
        for number, ids in enumerate(prompts):
            turn: int = tokenizer.decode(ids).split("<|im_end|>\n<|im_start|>user", 1)[1].count("<tool_call>")
            call: Any = {"name": one.steps[min(turn, 1)].tool, "arguments": called(one, min(turn, 1))}
            wrong = number == 0 and len(prompts) == 2 and turn == 0
            call = {"name": "twin", "arguments": {"town": "Olm"}} if wrong else call
            text = f"<tool_call>\n{json.dumps(call)}\n</tool_call>" if turn < 2 else "It is so."
            said.append(tokenizer.encode(f"{text}<|im_end|>", add_special_tokens=False))
        return said, None

    trainer._generate_single_turn = write
    trainer.train()
    log = trainer.state.log_history[0]
    assert log["tools/failure_frequency"] == 0
    # one calls as the expert did: 1; the other one wrong call and one right: 2 * 1 / (2 + 2)
    assert log["rewards/RecordedTools/mean"] == pytest.approx(0.75)


@pytest.mark.requirement("tool-training.environment")
def test_an_environment_shows_tools_and_counts_calls() -> None:
    one = next(each for each in MADE if len(each.steps) == 2)
    env = environment(WORLD.recorded, [one])()
    env.reset(question=one.question)
    assert env.get_reward() == 0.0
    for place, step in enumerate(one.steps):
        getattr(env, step.tool)(**(called(one, place) or {}))
    assert env.get_reward() == 1.0
    env.twin(town="Olm")
    assert env.get_reward() == pytest.approx(0.8 - 0.05)
    with pytest.raises(RunError):
        env.twin(town="Nowhere")
    with pytest.raises(UsageError):
        environment(Recorded([replace(WORLD.tools[0], name="get_reward")], {}), [one])


@pytest.mark.requirement("tool-training.refuses")
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("executor-sft", {"thoughts": 1.5}),
        ("executor-sft", {"prompt": "long"}),
        ("executor-sft", {"thoughts_by": "hand"}),
        ("tool-planner-sft", {"shown": 0}),
        ("tool-planner-sft", {"prompt": "none"}),
        ("tool-planner-grpo", {}),
        ("tool-planner-grpo", {"model": "x", "reward": "theirs"}),
        ("tool-planner-grpo", {"model": "x", "w_exact": -1.0}),
        ("tool-planner-grpo", {"model": "x", "prompt": "none"}),
    ],
)
def test_settings_out_of_range_are_refused(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        find(name).settings(**wrong)
    assert refused.value.code == "bad_settings"
    assert find("tool-planner-grpo").settings(model="x", w_exact=0.5).weights.exact == 0.5
