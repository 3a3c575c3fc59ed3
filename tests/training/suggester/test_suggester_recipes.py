"""The recipes of the suggester with a tiny model: it learns lists, then clicks, and a killed run ends the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the models learn with torch (extra train)")
pytest.importorskip("trl", reason="SFT is TRL's (extra train)")

from tests.training.tuning.driven import killed_at  # noqa: E402 because torch decides first

from questline.cli import main  # noqa: E402 because torch decides first
from questline.errors import UsageError  # noqa: E402 because torch decides first
from questline.training.driver import MODEL, Finished, Options, train  # noqa: E402 because torch decides first
from questline.training.generative_suggester.dpo_recipe import DPORecipe  # noqa: E402 because torch decides first
from questline.training.generative_suggester.dpo_recipe import Settings as DPOSettings  # noqa: E402 because torch decides first
from questline.training.generative_suggester.made import made_rows, pool  # noqa: E402 because torch decides first
from questline.training.generative_suggester.made import main as make  # noqa: E402 because torch decides first
from questline.training.generative_suggester.pairs import Pair, write_pairs  # noqa: E402 because torch decides first
from questline.training.generative_suggester.policy import grown  # noqa: E402 because torch decides first
from questline.training.generative_suggester.rows import Context  # noqa: E402 because torch decides first
from questline.training.generative_suggester.sft_recipe import Settings as SFTSettings  # noqa: E402 because torch decides first
from questline.training.generative_suggester.sft_recipe import SFTRecipe  # noqa: E402 because torch decides first
from questline.training.generative_suggester.users import KnownUsers  # noqa: E402 because torch decides first
from questline.training.generative_suggester.writing import ModelPolicy  # noqa: E402 because torch decides first
from questline.training.recipe import Job, Recipe, unheard  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
THINGS = {"lamp", "tent", "boat"}
USERS = KnownUsers(seed=1)


def drive(
    build: Callable[[Job], Recipe], data: Path, out: Path, *, resume: bool = False, hears: Any = unheard
) -> Finished:
    options = Options(seed=3, threads=1, checkpoint_every=2, evaluate_every=60)
    job = Job(data=data, out=out, cache=out / "cache", seed=3, threads=1, hears=hears)
    return train("suggester", build, job, options, settings={"seed": 3}, command="agents train", resume=resume)


def written(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [row.as_dict() for row in made_rows(lists=8) if row.query.split()[1] in THINGS]
    return written(tmp_path_factory.mktemp("suggester") / "lists.jsonl", rows)


def sft(**more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {
        "steps": 60,
        "batch": 32,
        "rate": 8e-3,
        "warming": 5,
        "vocabulary": 400,
        "width": 32,
        "layers": 1,
        "heads": 2,
        "tested": 20,
        "tokens": 8,
        "device": "cpu",
        **more,
    }
    settings = SFTSettings(**own)
    return lambda job: SFTRecipe(job, settings)


@pytest.fixture(scope="module")
def taught(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    drive(sft(), data, tmp_path_factory.mktemp("taught") / "sft")
    return max(tmp_path_factory.getbasetemp().glob("taught*")) / "sft" / MODEL


def dpo(model: Path, **more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {"model": str(model), "steps": 25, "rate": 2e-3, "tokens": 8, "device": "cpu", **more}
    settings = DPOSettings(**own)
    return lambda job: DPORecipe(job, settings)


def pairs(path: Path, *, turned: bool = False) -> Path:
    found: list[Pair] = []
    for query in sorted({row.query for row in made_rows(lists=1) if row.query.split()[1] in THINGS}):
        order = sorted(pool(query), key=lambda text: -USERS.relevance(query, text))
        for better, worse in zip(order[:8], reversed(order[-8:]), strict=True):
            chosen, rejected = (worse, better) if turned else (better, worse)
            found.append(Pair(query=query, shown=(), chosen=chosen, rejected=rejected, weight=1.0, why="clicks"))
    write_pairs(path, found)
    return path


def truth(model: Path) -> float:
    queries = sorted({row.query for row in made_rows(lists=1) if row.query.split()[1] in THINGS}) * 8
    lists = grown(ModelPolicy.load(str(model), device="cpu", most=8), queries, 1, seed="truth")
    return sum(float(USERS.chances(query, each)[0]) for query, each in zip(queries, lists, strict=True)) / len(queries)


@pytest.mark.requirement("suggester.recipes")
def test_a_tiny_model_learns_lists(taught: Path, data: Path) -> None:
    finished = json.loads((taught.parent / "finished.json").read_text(encoding="utf-8"))
    assert finished["figures"]["held-out log likelihood"] > -1.5
    assert (taught / "suggester.json").is_file()
    policy = ModelPolicy.load(str(taught), device="cpu", most=8)
    here = [Context("old lamp")] * 24
    assert 0.5 < policy.chances(here, pool("old lamp")).sum() <= 1.0
    assert policy.draw(here, seed="a") == policy.draw(here, seed="a")
    assert data.is_file()


@pytest.mark.requirement("suggester.recipes")
@pytest.mark.timeout(120)
def test_pairs_teach_what_users_click_and_turned_round_do_not(taught: Path, tmp_path: Path) -> None:
    right = drive(dpo(taught, steps=60), pairs(tmp_path / "right.jsonl"), tmp_path / "right")
    wrong = drive(dpo(taught, steps=60), pairs(tmp_path / "wrong.jsonl", turned=True), tmp_path / "wrong")
    assert right.figures["held-out preferred"] > 0.7
    before = truth(taught)
    assert truth(right.model) > 1.4 * before
    assert truth(wrong.model) < before


@pytest.mark.requirement("suggester.recipes", "suggester.resumes")
@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_a_killed_training_goes_on_to_the_same_weights(kind: str, taught: Path, data: Path, tmp_path: Path) -> None:
    build = sft(steps=5) if kind == "sft" else dpo(taught, steps=5)
    rows = data if kind == "sft" else pairs(tmp_path / "pairs.jsonl")

    whole = drive(build, rows, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        drive(build, rows, tmp_path / "parts", hears=killed_at(3))
    again = drive(build, rows, tmp_path / "parts", resume=True)
    assert (again.steps, again.figures) == (whole.steps, whole.figures)
    last = [
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["state"]["model"]
        for name in ("whole", "parts")
    ]
    assert all(torch.equal(last[0][name], last[1][name]) for name in last[0])


@pytest.mark.requirement("suggester.loop", "suggester.resumes", "suggester.refuses")
@pytest.mark.timeout(120)
def test_the_command_runs_rounds_of_a_language_model_and_goes_on(
    taught: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["train", "suggester-rounds", "--data", str(data), "--out", "run", f"--set=model={taught}"]
    given += ["--set=steps=2", "--set=batch=4", "--set=impressions=120", "--set=drawn=4", "--set=members=2"]
    given += ["--set=tokens=8", "--set=device=cpu", "--set=delta=0.001", "--set=interval=0.0"]
    assert main([*given, "--set=rounds=1"]) == 0
    assert "by DR, effective size" in capsys.readouterr().out
    first = (tmp_path / "run" / "round-1" / "told.json").read_bytes()
    assert (tmp_path / "run" / "drift.md").is_file()
    assert (tmp_path / "run" / "round-1" / "policy" / "dpo" / MODEL / "suggester.json").is_file()
    assert main([*given, "--set=rounds=1"]) == 2
    assert main([*given, "--set=rounds=1", "--resume"]) == 0
    assert (tmp_path / "run" / "round-1" / "told.json").read_bytes() == first
    assert main([*given[:-2], f"--set=model={tmp_path / 'nowhere'}", "--out", "other"]) == 2
    assert "unknown_model" in capsys.readouterr().err
    assert main([*given, "--set=explore=0"]) == 2
    written(tmp_path / "one.jsonl", [{"query": "old lamp", "suggestions": ["lamp size"]}])
    assert main(["train", "suggester-rounds", "--data", "one.jsonl", "--out", "one", f"--set=model={taught}"]) == 2
    assert "bad_data" in capsys.readouterr().err
    assert make(["--out", "lists.jsonl", "--lists", "1"]) == 0
    assert len((tmp_path / "lists.jsonl").read_text(encoding="utf-8").splitlines()) == 50


@pytest.mark.requirement("suggester.refuses")
def test_what_cannot_be_taught_is_refused(data: Path, taught: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        SFTSettings(prompt="{query}")
    with pytest.raises(UsageError):
        DPOSettings(model="")
    one = written(tmp_path / "one.jsonl", [{"query": "old lamp", "suggestions": ["lamp size"]}])
    with pytest.raises(UsageError) as caught:
        drive(sft(), one, tmp_path / "few")
    assert caught.value.code == "bad_data"
    with pytest.raises(UsageError) as caught:
        drive(dpo(taught), data, tmp_path / "lists")
    assert caught.value.code == "bad_data"
