"""What the recipes of language models share: they learn, resume, take a step in parts, and refuse what cannot be."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the models learn with torch (extra train)")
pytest.importorskip("trl", reason="SFT and GRPO are TRL's (extra train)")

from questline.errors import RunError, UsageError  # noqa: E402 because torch decides first
from questline.training.driver import LOG, MODEL, Finished  # noqa: E402 because torch decides first
from questline.training.recipe import Figures, Job, Recipe  # noqa: E402 because torch decides first
from questline.training.torch_models import named  # noqa: E402 because torch decides first
from questline.training.tuning.chat import token_ids  # noqa: E402 because torch decides first
from questline.training.tuning.made import Size, made_gpt2  # noqa: E402 because torch decides first
from questline.training.tuning.models import write_model  # noqa: E402 because torch decides first
from questline.training.tuning.preference import PreferencePair, Preferences  # noqa: E402 because torch decides first
from questline.training.tuning.reinforced import Earned, Rollout  # noqa: E402 because torch decides first
from questline.training.tuning.samples import SAMPLES  # noqa: E402 because torch decides first
from questline.training.tuning.supervised import Lessons  # noqa: E402 because torch decides first
from questline.training.tuning.tuned import Lesson  # noqa: E402 because torch decides first

from .driven import killed_at  # noqa: E402 because torch decides first
from .toy import (  # noqa: E402 because torch decides first
    COLOURS,
    LESSONS,
    THINGS,
    Preferring,
    Reinforced,
    Taught,
    chat,
    drive,
    preferring,
    reinforcing,
    teaching,
    unheard,
)

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
KINDS = ("sft", "dpo", "grpo")
TOLERANCE = 2e-4
"""Of losses and rewards, where a step was taken in other parts: sums of floats in another order."""


def built(kind: str, model: Path, **more: Any) -> Callable[[Job], Recipe]:
    made = {"sft": lambda: teaching(**more), "dpo": lambda: preferring(model, **more)}
    return made.get(kind, lambda: reinforcing(model, **more))()


def logged(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / LOG).read_text(encoding="utf-8").splitlines()]


def kept(run: Path) -> Any:
    return torch.load(run / "checkpoint.pt", weights_only=True)


@pytest.mark.requirement("llm-recipes.learns")
def test_the_right_answers_are_learnt_and_shuffled_ones_are_not(undecided: Path, tmp_path: Path) -> None:
    found = drive(teaching(steps=60), tmp_path / "right", every=60)
    assert found.figures["right"] == 1.0
    [shuffled] = [row["right"] for row in logged(undecided.parent) if row["step"] == 60 and "right" in row]
    assert shuffled <= 0.5


@pytest.mark.requirement("llm-recipes.preference-loss")
def test_what_is_preferred_becomes_likelier_and_pairs_without_weight_count_nothing(
    undecided: Path, tmp_path: Path
) -> None:
    # For each pair there is its opposite, which weighs nothing.
    found = drive(preferring(undecided, steps=8), tmp_path / "run")
    assert found.figures["held-out preferred"] == 1.0
    assert found.figures["held-out margin"] > 0.05


@pytest.mark.requirement("llm-recipes.reward-parts")
def test_a_reward_is_learnt_and_its_parts_are_logged_apart(undecided: Path, tmp_path: Path) -> None:
    found = drive(reinforcing(undecided, steps=14), tmp_path / "run", every=7)
    steps = [row for row in logged(tmp_path / "run") if "reward" in row]
    assert np.mean([row["reward"] for row in steps[-4:]]) > np.mean([row["reward"] for row in steps[:4]]) + 0.15
    assert found.best_step > 0
    assert all(row["reward"] == pytest.approx(row["reward: red"] + row["reward: form"], abs=1e-4) for row in steps)
    samples = [json.loads(line) for line in (tmp_path / "run" / SAMPLES).read_text(encoding="utf-8").splitlines()]
    assert {"step", "chat", "text", "reward", "red", "form"} == samples[0].keys()


@pytest.mark.requirement("llm-recipes.monitors", "llm-recipes.broken-reward")
def test_a_constant_reward_teaches_nothing_and_its_run_is_ended(undecided: Path, tmp_path: Path) -> None:
    class Broken(Reinforced):
        constant = True

    with pytest.raises(RunError, match=r"100% of the groups have no advantage.*raise answers") as ended:
        drive(reinforcing(undecided, Broken, steps=9, stop_idle=0.9, stop_window=4), tmp_path / "run")
    assert (ended.value.code, ended.value.fields["monitor"]) == ("collapsed", "idle")
    steps = [row for row in logged(tmp_path / "run") if "reward" in row]
    assert len(steps) == 4
    assert {row["zero-advantage groups"] for row in steps} == {1.0}
    run = kept(tmp_path / "run")
    began, last = run["best_weights"]["model"], run["state"]["model"]
    assert run["best"][0] == 0
    assert all(torch.equal(began[name], last[name]) for name in last)


@pytest.mark.requirement("llm-recipes.monitors")
def test_the_best_step_of_a_run_that_collapsed_is_exported_with_the_reason(undecided: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is exported to") as ended:
        drive(reinforcing(undecided, steps=9, stop_shorter=0.99, stop_idle=0.0, stop_window=4), tmp_path / "run")
    assert ended.value.fields["monitor"] in {"idle", "length"}
    told = json.loads((tmp_path / "run" / "finished.json").read_text(encoding="utf-8"))
    assert "the run has collapsed" in told["ended"]
    assert "**Ended early**: the run has collapsed" in (tmp_path / "run" / MODEL / "MODEL_CARD.md").read_text("utf-8")


@pytest.mark.requirement("llm-recipes.resumes")
@pytest.mark.parametrize(
    ("kind", "more", "steps"),
    [
        ("sft", {}, (3,)),
        ("sft", {"neftune": 5.0}, (3,)),
        ("dpo", {}, (1, 2, 3, 4)),
        ("dpo", {"dropout": 0.3}, (3,)),
        ("grpo", {}, (1, 3)),
        ("grpo", {"lora": 2, "beta": 0.5}, (3,)),
    ],
    ids=["sft", "sft with noise", "dpo", "dpo with dropout", "grpo", "grpo of an adapter"],
)
def test_a_run_that_is_killed_at_any_step_goes_on_to_the_same_curve(
    kind: str, more: dict[str, Any], steps: tuple[int, ...], undecided: Path, tmp_path: Path
) -> None:
    model, more = undecided, dict(more)
    if dropout := more.pop("dropout", 0.0):
        model = shutil.copytree(undecided, tmp_path / "model")
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
        (model / "config.json").write_text(json.dumps({**config, "attention_dropout": dropout}), encoding="utf-8")
    whole = drive(built(kind, model, **more), tmp_path / "whole")
    for step in steps:
        part = tmp_path / f"killed at {step}"
        with pytest.raises(SystemExit):
            drive(built(kind, model, **more), part, hears=killed_at(step, SystemExit))
        again = drive(built(kind, model, **more), part, resume=True)
        assert (again.steps, again.best_step, again.figures) == (whole.steps, whole.best_step, whole.figures)
        one, other = kept(tmp_path / "whole"), kept(part)
        assert one["curves"] == other["curves"]
        assert all(torch.equal(value, other["state"]["model"][name]) for name, value in one["state"]["model"].items())
        assert one["state"].get("watch") == other["state"].get("watch")
        assert (part / LOG).read_text(encoding="utf-8") == (tmp_path / "whole" / LOG).read_text(encoding="utf-8")
        logs = [(run / SAMPLES).read_text(encoding="utf-8") for run in (tmp_path / "whole", part)]
        assert logs[0] == logs[1]
        rows = [json.loads(line) for line in logs[0].split("\n") if line]
        if kind != "grpo":  # measured at first, every three steps, and last; not where the best is exported
            assert [row["step"] for row in rows] == [step for step in (0, 3, 5) for _ in range(4)]


@pytest.mark.requirement("llm-recipes.resumes")
def test_a_run_goes_on_with_its_own_data_and_model_alone(undecided: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    model = shutil.copytree(undecided, tmp_path / "model")

    def run(**how: Any) -> Finished:
        return drive(preferring(model), tmp_path / "run", data=data, **how)

    data.write_text("one\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        run(hears=killed_at(3, SystemExit))
    data.write_text("two\n", encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"other settings, data or seed \(hash of data and model \w+ there, \w+ here\)"
    ):
        run(resume=True)
    data.write_text("one\n", encoding="utf-8")
    weights = model / "model.safetensors"
    kept_weights = weights.read_bytes()
    weights.write_bytes(kept_weights[:-1] + bytes([kept_weights[-1] ^ 1]))
    with pytest.raises(UsageError, match="other settings, data or seed"):
        run(resume=True)
    weights.write_bytes(kept_weights)
    assert run(resume=True).steps == 5


@pytest.mark.requirement("llm-recipes.reward-parts")
def test_an_answer_that_ends_by_the_second_end_mark_has_ended(undecided: Path, tmp_path: Path) -> None:
    ended: list[bool] = []

    class Watched(Reinforced):
        def earned(self, rollouts: Sequence[Rollout]) -> Sequence[Earned]:
            ended.extend(each.ended for each in rollouts)
            return super().earned(rollouts)

    model = shutil.copytree(undecided, tmp_path / "model")
    told = json.loads((model / "generation_config.json").read_text(encoding="utf-8"))
    every = list(range(300))
    (model / "generation_config.json").write_text(json.dumps({**told, "eos_token_id": every}), encoding="utf-8")
    with contextlib.suppress(RunError):  # every token ends it
        drive(reinforcing(model, Watched, steps=1), tmp_path / "run")
    assert ended
    assert all(ended)


@pytest.mark.requirement("llm-recipes.reward-parts")
def test_an_answer_that_was_cut_off_has_not_ended(undecided: Path, tmp_path: Path) -> None:
    ended: list[tuple[int, bool]] = []

    class Watched(Reinforced):
        def earned(self, rollouts: Sequence[Rollout]) -> Sequence[Earned]:
            ended.extend((each.tokens, each.ended) for each in rollouts)
            return super().earned(rollouts)

    with contextlib.suppress(RunError):  # nothing is in form
        drive(reinforcing(undecided, Watched, steps=1, tokens=1), tmp_path / "run")
    assert set(ended) == {(1, False)}


@pytest.mark.requirement("llm-recipes.learns")
def test_the_divergence_holds_back_and_the_entropy_keeps_wide(undecided: Path, tmp_path: Path) -> None:
    def steps(**more: Any) -> list[dict[str, float]]:
        run = tmp_path / str(more)
        drive(reinforcing(undecided, steps=8, **more), run, every=8)
        return [row for row in logged(run) if "reward" in row]

    free, held, wide = steps(beta=1e-9), steps(beta=5.0), steps(beta=1e-9, entropy=2.0)
    assert sum(row["divergence"] for row in held) < 0.7 * sum(row["divergence"] for row in free)
    assert wide[-1]["token entropy"] > free[-1]["token entropy"] + 0.05


@pytest.mark.requirement("llm-recipes.parts")
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_in_eight_parts_is_the_step_as_one(kind: str, undecided: Path, tmp_path: Path) -> None:
    runs = [tmp_path / str(parts) for parts in (1, 8)]
    for run, parts in zip(runs, (1, 8), strict=True):
        drive(built(kind, undecided, accumulate=parts, steps=3), run)
    rows = [logged(run) for run in runs]
    assert [row.keys() for row in rows[0]] == [row.keys() for row in rows[1]]
    for one, other in zip(*rows, strict=True):
        assert list(other.values()) == pytest.approx(list(one.values()), abs=TOLERANCE)
    models = [kept(run)["state"]["model"] for run in runs]
    apart = sum(float((models[0][name] - models[1][name]).square().sum()) for name in models[0]) ** 0.5
    whole = sum(float(each.square().sum()) for each in models[0].values()) ** 0.5
    assert apart < 1e-3 * whole


@pytest.mark.requirement("llm-recipes.bad-rows")
def test_what_a_model_cannot_read_is_left_out_and_counted(undecided: Path, tmp_path: Path) -> None:
    _, tokenizer = named(str(undecided))
    model = tmp_path / "gpt2"  # whose positions end where its context does
    write_model(
        made_gpt2(Size(width=32, layers=1, heads=2, vocabulary=len(tokenizer), context=40), tokenizer), tokenizer, model
    )
    long = chat("apple " * 60, 0)

    class LongLessons(Taught):
        def lessons(self) -> Lessons:
            made = super().lessons()
            more = [*made.train, Lesson(long, "red")]
            return Lessons(train=more, held=more, counts=made.counts)

        def measured(self) -> Figures:
            near = next(chat("apple " * times, 0) for times in range(60, 0, -1) if self._room(times) > 0)
            none, short, whole = self.written([long, near, LESSONS[0].messages], most=6)
            assert none == ""
            assert [whole] == self.written([LESSONS[0].messages], most=6)
            assert isinstance(short, str)
            return super().measured()

        def _room(self, times: int) -> int:
            """Return the tokens that are left for an answer."""
            return self.loaded.context - len(token_ids(self.loaded.tokenizer, chat("apple " * times, 0)))

    class LongPairs(Preferring):
        def preferences(self) -> Preferences:
            made = super().preferences()
            more = PreferencePair(messages=long, chosen="red", rejected="green")
            return Preferences(train=[more, *made.train], held=[more, *made.held], counts=made.counts)

    for build in (teaching(LongLessons, model=str(model)), preferring(model, LongPairs)):
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        assert drive(build, out).steps == 5
        counts = json.loads((out / "finished.json").read_text(encoding="utf-8"))["counts"]
        assert (counts["too long, left out"], counts["held out, but too long"]) == (1, 1)


@pytest.mark.requirement("llm-recipes.surface")
def test_nobody_is_told_of_a_training(undecided: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    def told() -> None:
        raise AssertionError("a thread that tells of trainings was started")

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)
    monkeypatch.setattr(constants, "is_offline_mode", lambda: False)
    monkeypatch.setattr("huggingface_hub.utils._telemetry._start_telemetry_thread", told)
    for name, build in (("sft", teaching(steps=1)), ("grpo", reinforcing(undecided, steps=1))):
        drive(build, tmp_path / name)
    assert constants.HF_HUB_DISABLE_TELEMETRY is False


@pytest.mark.requirement("llm-recipes.not-a-number")
def test_a_model_that_becomes_no_number_is_ended_and_its_last_good_step_kept(tmp_path: Path) -> None:
    class Poisoned(Taught):
        def fit(self, done: int) -> Iterator[Figures]:
            for figures in super().fit(done):
                yield figures
                if self.step == 4:
                    with torch.no_grad():
                        next(iter(self.loaded.model.parameters())).fill_(float("nan"))

    with pytest.raises(RunError, match=r"lower toy-sft.rate.*best step so far, 3"):
        drive(teaching(Poisoned), tmp_path / "run")
    assert kept(tmp_path / "run")["step"] == 4
    weights = (tmp_path / "run" / MODEL / "model.safetensors").read_bytes()
    from safetensors.torch import load

    assert all(bool(torch.isfinite(each).all()) for each in load(weights).values())


@pytest.mark.requirement("llm-recipes.not-a-number")
def test_a_reward_that_is_no_number_ends_the_run(undecided: Path, tmp_path: Path) -> None:
    class Broken(Reinforced):
        broken_at = 1

    with pytest.raises(RunError, match="the reward of step 2 is not a finite number"):
        drive(reinforcing(undecided, Broken), tmp_path / "run")


@pytest.mark.requirement("llm-recipes.one-run")
def test_a_folder_where_another_process_trains_is_left_alone(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    code = (
        "import sys; from pathlib import Path; from questline.training.run_lock import alone\n"
        "with alone(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-P", "-c", code, str(run)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="another process is training") as refused:
            drive(teaching(steps=1), run)
        assert refused.value.code == "run_locked"
        other.kill()
    drive(teaching(steps=1), run)  # the system let go


@pytest.mark.requirement("llm-recipes.bad-models")
def test_a_tokenizer_without_a_chat_template_is_refused(undecided: Path, tmp_path: Path) -> None:
    from questline.training.torch_models import named

    model, tokenizer = named(str(undecided))
    tokenizer.chat_template = None
    write_model(model, tokenizer, tmp_path / "mute")
    with pytest.raises(UsageError, match=r"has no chat template.*instruction-tuned") as refused:
        drive(teaching(model=str(tmp_path / "mute")), tmp_path / "run")
    assert refused.value.code == "no_chat_template"


@pytest.mark.requirement("llm-recipes.bad-rows")
def test_answers_that_are_too_long_for_the_model_are_counted_or_refused(tmp_path: Path) -> None:
    class Long(Taught):
        answers = tuple(f"{'red ' * 40 if place else ''}{COLOURS[thing]}" for place, thing in enumerate(THINGS))

    out = tmp_path / "run"
    job = Job(data=out, out=out, cache=out, seed=3, threads=1, hears=unheard)
    counts = teaching(Long, context=24)(job).prepare()
    assert (counts["lessons"], counts["too long, left out"]) == (1, 15)

    class Longest(Taught):
        answers = ("red " * 40,) * len(THINGS)

    with pytest.raises(UsageError, match=r"all 16 lessons are longer than the 16 tokens.*toy-sft.context"):
        teaching(Longest, context=16)(job).prepare()
