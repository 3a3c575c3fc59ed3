"""The three recipes that tune a writer, from numbers alone, on one thread: they learn, they resume, they refuse."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the models learn with torch (extra train)")
pytest.importorskip("trl", reason="SFT, reward models and GRPO are TRL's (extra train)")

from tests.training.tuning.driven import killed_at  # noqa: E402 because torch decides first

from questline.cli import main  # noqa: E402 because torch decides first
from questline.errors import MissingExtra, RunError, UsageError  # noqa: E402 because torch decides first
from questline.tools.writing.types import FloatArray  # noqa: E402 because torch decides first
from questline.training.driver import CURVES, LOG, MODEL, Finished, Options, train  # noqa: E402 because torch decides first
from questline.training.recipe import Job, Recipe, unheard  # noqa: E402 because torch decides first
from questline.training.tuning.made import character_tokenizer  # noqa: E402 because torch decides first
from questline.training.tuning.samples import SAMPLES  # noqa: E402 because torch decides first
from questline.training.writer.novelty import Novelty  # noqa: E402 because torch decides first
from questline.training.writer.tuning.grpo import grpo_settings  # noqa: E402 because torch decides first
from questline.training.writer.tuning.grpo_recipe import GRPORecipe  # noqa: E402 because torch decides first
from questline.training.writer.tuning.grpo_settings import Settings as GRPOSettings  # noqa: E402 because torch decides first
from questline.training.writer.tuning.guards import Band, Guards  # noqa: E402 because torch decides first
from questline.training.writer.tuning.reward import Costs, Reward  # noqa: E402 because torch decides first
from questline.training.writer.tuning.rewarded import open_reward_model  # noqa: E402 because torch decides first
from questline.training.writer.tuning.scorer_recipe import ScorerRecipe  # noqa: E402 because torch decides first
from questline.training.writer.tuning.scorer_recipe import Settings as ScorerSettings  # noqa: E402 because torch decides first
from questline.training.writer.tuning.sft_recipe import Settings as SFTSettings  # noqa: E402 because torch decides first
from questline.training.writer.tuning.sft_recipe import SFTRecipe  # noqa: E402 because torch decides first
from questline.training.writer.tuning.texts import asked  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
TINY: dict[str, Any] = {"width": 32, "layers": 1, "heads": 2, "characters": 16, "device": "cpu"}
LIKED, OTHERS = "春", "夏秋冬"


def rows(count: int) -> list[dict[str, str]]:
    """Return texts of a few characters; a quarter of them say the liked one."""
    signs = LIKED + OTHERS
    return [{"query": f"祝福{n}", "text": f"{signs[n % 4]}天{signs[n % 4]}风好。"} for n in range(count)]


def written(path: Path, found: Sequence[object]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in found), encoding="utf-8")
    return path


def drive(
    build: Callable[[Job], Recipe], data: Path, out: Path, *, resume: bool = False, hears: Any = unheard
) -> Finished:
    options = Options(seed=3, threads=1, checkpoint_every=2, evaluate_every=3)
    job = Job(data=data, out=out, cache=out / "cache", seed=3, threads=1, hears=hears)
    return train("writer", build, job, options, settings={"seed": 3}, command="agents train writer", resume=resume)


def sft(**more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {**TINY, "batch": 8, "rate": 1e-2, "warming": 2, "samples": 4, **more}
    settings = SFTSettings(**own)
    return lambda job: SFTRecipe(job, settings)


class Likes:
    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        del query
        return np.array([float(LIKED in text) for text in texts])


def alike(query: str, texts: Sequence[str]) -> FloatArray:
    del query
    return np.full(len(texts), 0.5)


def liking(costs: Costs | None = None) -> Reward:
    likes = Likes()
    return Reward(
        signal=likes.score,
        guards=Guards(band=Band(length=6, width=1.0), known=Novelty([])),
        costs=costs or Costs.bare(),
    )


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a writer that says each of four seasons as often."""
    folder = tmp_path_factory.mktemp("sft")
    data = written(folder / "texts.jsonl", rows(120))
    found = drive(sft(steps=60), data, folder / "run")
    assert found.figures["held-out log likelihood"] > -1.2  # chance among its characters is about -3
    return found.model


def grpo(model: Path, reward: Reward | None = None, **more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {**TINY, "model": str(model), "queries": 2, "answers": 4, "rate": 3e-3, "beta": 0.0}
    own |= {"entropy": 0.0, "tested": 8, "tokens": 10, "length": 6.0}
    settings = GRPOSettings(**{**own, **more})
    return lambda job: GRPORecipe(job, settings, reward=reward or liking())


@pytest.mark.requirement("tuning.sft")
def test_a_tokenizer_of_characters_gives_back_what_it_reads() -> None:
    tokenizer = character_tokenizer(["祝你 好。\n🎂"])
    ids = tokenizer.encode("好 你。\n🎂", add_special_tokens=False)
    assert tokenizer.decode(ids) == "好 你。\n🎂"
    assert len(ids) == 6
    assert tokenizer.encode("鑫", add_special_tokens=False) == [tokenizer.unk_token_id]
    told = tokenizer.decode(asked(tokenizer, "你好", "{query}"))
    assert told == "<|im_start|>你好<|im_sep|>"


@pytest.mark.requirement("tuning.sft")
def test_a_writer_is_taught_and_what_it_writes_is_logged(taught: Path) -> None:
    run = taught.parent
    log = [json.loads(line) for line in (run / LOG).read_text(encoding="utf-8").splitlines()]
    losses = [row["of the texts"] for row in log if "of the texts" in row]
    assert losses[-1] < losses[0] / 2
    samples = [json.loads(line) for line in (run / SAMPLES).read_text(encoding="utf-8").splitlines()]
    assert {"step", "query", "text"} == samples[0].keys()
    assert (run / CURVES).read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.requirement("tuning.grpo")
@pytest.mark.timeout(300)
def test_grpo_learns_what_is_rewarded_and_nothing_from_a_constant(taught: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "queries.jsonl", rows(60))
    found = drive(grpo(taught, steps=25, queries=4, answers=8), data, tmp_path / "likes")
    log = [json.loads(line) for line in (tmp_path / "likes" / LOG).read_text(encoding="utf-8").splitlines()]
    steps = [row for row in log if "reward" in row]
    assert np.mean([row["reward"] for row in steps[-4:]]) > np.mean([row["reward"] for row in steps[:4]]) + 0.3
    assert found.best_step > 0
    told = {"reward", "signal", "zero-advantage groups", "caught: template", "caught: copy", "caught: length"}
    assert told <= steps[0].keys()
    samples = [json.loads(line) for line in (tmp_path / "likes" / SAMPLES).read_text(encoding="utf-8").splitlines()]
    assert {"step", "query", "text", "reward", "signal"} <= samples[0].keys()

    constant = replace(liking(), signal=alike)
    drive(grpo(taught, constant, steps=3), data, tmp_path / "same")
    log = [json.loads(line) for line in (tmp_path / "same" / LOG).read_text(encoding="utf-8").splitlines()]
    assert {row["zero-advantage groups"] for row in log if "reward" in row} == {1.0}
    assert "100% of the groups" in (tmp_path / "same" / MODEL / "MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.mark.requirement("tuning.resumes")
@pytest.mark.parametrize("kind", ["sft", "grpo", "scorer"])
def test_a_killed_run_goes_on_as_if_it_had_not_been(kind: str, taught: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "rows.jsonl", rows(60))
    build = {
        "sft": sft(steps=5),
        "grpo": grpo(taught, liking(Costs()), steps=5, beta=0.05),
        "scorer": scorer(steps=5),
    }[kind]
    if kind == "scorer":
        data = written(tmp_path / "pairs.jsonl", pairs(60))
    whole = drive(build, data, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        drive(build, data, tmp_path / "parts", hears=killed_at(3))  # kept at 2, so that the third is taken again
    again = drive(build, data, tmp_path / "parts", resume=True)
    assert (again.steps, again.figures) == (whole.steps, whole.figures)
    last = [
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["state"]["model"]
        for name in ("whole", "parts")
    ]
    assert all(torch.equal(last[0][name], last[1][name]) for name in last[0])
    if kind != "scorer":
        logs = [(tmp_path / name / SAMPLES).read_text(encoding="utf-8") for name in ("whole", "parts")]
        assert logs[0] == logs[1]


def pairs(count: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for n in range(count):
        other = OTHERS[n % 3]
        found.append(
            {"query": f"祝福{n}", "chosen": f"{LIKED}天{LIKED}风，好。", "rejected": f"{other}天{other}风，好。"}
        )
    return found


def scorer(**more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {**TINY, "batch": 8, "rate": 5e-3, "warming": 2, **more}
    settings = ScorerSettings(**own)
    return lambda job: ScorerRecipe(job, settings)


@pytest.mark.requirement("tuning.reward-transformer", "tuning.length-control")
def test_a_transformer_learns_what_is_preferred_and_not_what_is_long(tmp_path: Path) -> None:
    longer = [{**row, "chosen": row["chosen"][:-1] + "花香鸟语。"} for row in pairs(120)]
    data = written(tmp_path / "pairs.jsonl", longer)
    found = drive(scorer(steps=30, decorrelation=5.0), data, tmp_path / "run")
    assert found.figures["cut_pair_accuracy"] == 1.0
    model = open_reward_model(str(found.model), device="cpu")
    scores = model.score("祝福", [f"{LIKED}天{LIKED}风，好。", "夏天夏风，好。", "夏天夏风，好花香鸟语。"])
    assert scores[0] > scores[1]
    assert scores[0] > scores[2]


@pytest.mark.requirement("tuning.commands")
@pytest.mark.timeout(300)
def test_the_commands_go_from_texts_to_a_tuned_writer_with_an_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "texts.jsonl", rows(60))
    small = [f"--set={name}={value}" for name, value in TINY.items()]
    run = ["--set=run.threads=1", "--set=steps=2"]
    assert main(["train", "writer-sft", "--data", "texts.jsonl", "--out", "sft", *small, *run]) == 0
    more = ["--set=model=sft/model", "--set=known=texts.jsonl", "--set=queries=2", "--set=answers=2", "--set=lora=2"]
    more += ["--set=reward=both", "--set=form=group", "--set=tested=2"]
    assert main(["train", "writer-grpo", "--data", "texts.jsonl", "--out", "grpo", *small, *run, *more]) == 0
    assert (tmp_path / "grpo" / "model" / "config.json").is_file()
    assert "held-out reward" in capsys.readouterr().out


@pytest.mark.requirement("tuning.refuses")
def test_what_cannot_be_tuned_is_refused(taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = written(tmp_path / "one.jsonl", rows(1))
    for build in (sft(), grpo(taught)):
        with pytest.raises(UsageError) as caught:
            drive(build, one, tmp_path / "few")
        assert caught.value.code == "bad_data"
    many = written(tmp_path / "many.jsonl", rows(60))
    with pytest.raises(UsageError) as caught:
        drive(grpo(tmp_path / "nowhere"), many, tmp_path / "none")
    assert caught.value.code == "unknown_model"
    monkeypatch.setitem(sys.modules, "trl", None)  # as where it is not installed
    for build in (sft(), grpo(taught), scorer()):
        with pytest.raises(MissingExtra, match="train"):
            drive(build, many, tmp_path / "missing")


@pytest.mark.requirement("tuning.gpu")
def test_a_gpu_is_asked_for_half_precision_and_vllm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = GRPOSettings(model="somewhere", vllm=True, accumulate=4, vllm_memory=0.4)
    cuda = torch.device("cuda")
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(MissingExtra, match="vllm"):
        grpo_settings(settings, tmp_path, steps=3, device=cuda, seed=1)
    monkeypatch.setitem(sys.modules, "vllm", ModuleType("vllm"))
    with pytest.raises(RunError, match="GPU"):
        grpo_settings(settings, tmp_path, steps=3, device=torch.device("cpu"), seed=1)
    told = grpo_settings(settings, tmp_path, steps=3, device=cuda, seed=1)
    assert (told["bf16"], told["use_cpu"], told["use_vllm"], told["vllm_mode"]) == (True, False, True, "colocate")
    assert (told["per_device_train_batch_size"], told["gradient_accumulation_steps"]) == (16, 4)
