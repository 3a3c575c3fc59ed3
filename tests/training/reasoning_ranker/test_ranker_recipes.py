"""A tiny ranker is taught on one thread, and from wrong labels learns nothing; reinforcement runs as it says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the model learns with torch (extra train)")
pytest.importorskip("trl", reason="SFT and GRPO are TRL's (extra train)")

from tests.training.reasoning_ranker.marked import TINY, marked  # noqa: E402 because of torch, see above
from tests.training.tuning.driven import (  # noqa: E402 because of torch, see above
    Watched,
    drive,
    prepared,
    resumes_the_same,
    wrong_where_learnt,
)

from questline.budget import Budget, Meter  # noqa: E402 because of torch, see above
from questline.cli import main  # noqa: E402 because of torch, see above
from questline.errors import ModelError, UsageError  # noqa: E402 because torch decides first
from questline.settings import load_settings  # noqa: E402 because of torch, see above
from questline.testing import ChatRequest, ScriptedLLM  # noqa: E402 because of torch, see above
from questline.tools.models.gateway import Gateway  # noqa: E402 because of torch, see above
from questline.tools.ranking.llm_judge import LLMJudge, Thoughts  # noqa: E402 because of torch, see above
from questline.training.driver import LOG, Finished  # noqa: E402 because of torch, see above
from questline.training.evaluation.intervals import Difference, paired_bootstrap  # noqa: E402 because of torch
from questline.training.reasoning_ranker.grpo import GRPORecipe, GRPOSettings  # noqa: E402 because of torch
from questline.training.reasoning_ranker.lists import held_out_rows, read_lists, write_lists  # noqa: E402
from questline.training.reasoning_ranker.prompts import Asking  # noqa: E402 because of torch, see above
from questline.training.reasoning_ranker.sft import SFTRecipe, SFTSettings  # noqa: E402 because of torch
from questline.training.reasoning_ranker.worlds import backwards, spoilt, world_lists  # noqa: E402 because of torch
from questline.training.recipe import Job, unheard  # noqa: E402 because of torch, see above
from questline.training.torch_models import named  # noqa: E402 because of torch, see above
from questline.training.tuning.chat import token_ids  # noqa: E402 because of torch, see above
from questline.training.tuning.generation import Writer  # noqa: E402 because of torch, see above
from questline.training.tuning.last_step import last  # noqa: E402 because of torch, see above
from questline.training.tuning.reinforced import Rollout  # noqa: E402 because of torch, see above
from questline.training.tuning.rows import held_out  # noqa: E402 because of torch, see above
from questline.training.tuning.worlds import World  # noqa: E402 because of torch, see above

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
TAUGHT = SFTSettings(**TINY, steps=150, batch=16, rate=6e-3, warming=10, vocabulary=500, tested=60)
SHORT = replace(TAUGHT, steps=5, batch=4, tested=3, tokens=12)


def rise(watched: Watched, place: int = -1) -> Difference:
    """Return how a measurement differs from the start; the driver measures the best step last."""
    return paired_bootstrap([each.ndcg for each in watched.found[0]], [each.ndcg for each in watched.found[place]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("ranker")
    world = World(passages=3, nouns=4, attributes=4, asked=1, values=3, towns=24, one_thing=True, outdated=0.0)
    lists = world_lists(world, 1500)
    write_lists(home / "lists.jsonl", lists)
    write_lists(home / "wrong.jsonl", wrong_where_learnt(lists, spoilt, lambda each: each.query))
    held = [each for each in lists if held_out(each.query)]
    write_lists(home / "few.jsonl", [*[each for each in lists if each not in held[:4]][:76], *held[:4]])
    write_lists(home / "halves.jsonl", backwards(lists, share=0.5))
    return home


@pytest.fixture(scope="module")
def taught(folder: Path) -> tuple[Finished, Watched]:
    return drive("ranker-sft", lambda job: SFTRecipe(job, TAUGHT), folder / "lists.jsonl", folder / "sft")


@pytest.fixture(scope="module")
def half(taught: tuple[Finished, Watched], folder: Path) -> Path:
    """Return a model that a second teacher, who puts half of what is relevant last, has made of two minds."""
    settings = replace(TAUGHT, model=str(taught[0].model), steps=130, rate=2.5e-3)
    return drive("ranker-sft", lambda job: last(SFTRecipe)(job, settings), folder / "halves.jsonl", folder / "half")[
        0
    ].model


def reinforced(model: Path, **more: Any) -> GRPOSettings:
    values: dict[str, Any] = {
        **TINY,
        "steps": 4,
        "questions": 6,
        "answers": 8,
        "rate": 2e-4,
        "beta": 0.0,
        "tested": 60,
    }
    return GRPOSettings(model=str(model), **{**values, **more})


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.learns", "ranker.sft")
def test_a_tiny_model_is_taught_to_rank(taught: tuple[Finished, Watched]) -> None:
    finished, watched = taught
    assert rise(watched).low > 0, rise(watched)
    assert finished.figures["valid"] > 0.3
    assert finished.card.figures["nDCG@10 of chance"] < finished.figures["nDCG@10"]
    shown = [json.loads(line) for line in (finished.model.parent / "samples.jsonl").read_text().splitlines()]
    assert {"step", "held_out", "text", "nDCG@10"} <= shown[0].keys()


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.learns")
def test_from_orders_of_other_lists_it_learns_the_form_alone(folder: Path) -> None:
    finished, watched = drive(
        "ranker-sft", lambda job: SFTRecipe(job, TAUGHT), folder / "wrong.jsonl", folder / "wrong", every=150
    )
    assert watched.found[1] is not watched.found[0]
    assert rise(watched, 1).low <= 0, rise(watched, 1)
    assert finished.steps == TAUGHT.steps


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.grpo")
def test_each_part_of_the_reward_is_logged_and_the_prompt_lies_beside_the_model(half: Path, folder: Path) -> None:
    settings = reinforced(half)
    finished, _ = drive("ranker-grpo", lambda job: GRPORecipe(job, settings), folder / "few.jsonl", folder / "grpo")
    rows = [json.loads(line) for line in (folder / "grpo" / LOG).read_text().splitlines()]
    steps = [row for row in rows if "reward" in row]
    assert len(steps) == 4
    parts = {"nDCG@10", "recall@10", "overlap", "tags", "valid", "long"}
    assert all({f"reward: {name}" for name in parts} <= row.keys() for row in steps)
    assert (finished.model / "prompts" / "rank.md").read_text().count("{{") == 4


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.reinforces", "ranker.grpo")
def test_rewards_mend_what_a_second_teacher_spoilt_and_rewards_of_other_lists_do_not(half: Path, folder: Path) -> None:
    settings = reinforced(half, questions=12, temperature=0.7, steps=14, rate=3e-4)

    def risen(data: str) -> Difference:
        _, watched = drive(
            "ranker-grpo", lambda job: last(GRPORecipe)(job, settings), folder / data, folder / f"on {data}"
        )
        return rise(watched)

    right, wrong = risen("lists.jsonl"), risen("wrong.jsonl")
    assert right.low > 0, right
    assert wrong.low <= 0, wrong


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.resumes")
@pytest.mark.parametrize("name", ["ranker-sft", "ranker-grpo"])
def test_a_kill_at_any_step_resumes_to_the_same_curve(
    name: str, taught: tuple[Finished, Watched], folder: Path, tmp_path: Path
) -> None:
    def build(job: Job) -> Any:
        if name == "ranker-sft":
            return SFTRecipe(job, SHORT)
        return GRPORecipe(
            job, reinforced(taught[0].model, steps=5, questions=2, answers=4, tested=3, tokens=12, beta=0.001)
        )

    resumes_the_same(name, build, folder / "few.jsonl", tmp_path, kills=(1, 3, 4))


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.parts")
def test_a_step_in_parts_is_the_same_step(folder: Path, tmp_path: Path) -> None:
    weights: list[dict[str, Any]] = []
    for parts in (1, 4):
        settings = replace(SHORT, steps=2, accumulate=parts)
        recipe = prepared(lambda job, settings=settings: SFTRecipe(job, settings), folder / "few.jsonl", tmp_path)
        list(recipe.fit(0))
        weights.append(recipe.weights()["model"])
    assert all(torch.allclose(weights[0][name], each, atol=2e-5) for name, each in weights[1].items())


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.grpo")
def test_an_adapter_learns_alone_and_is_merged(taught: tuple[Finished, Watched], folder: Path, tmp_path: Path) -> None:
    settings = reinforced(
        taught[0].model, lora=2, steps=2, questions=2, answers=4, tested=3, beta=0.01, order="first_stage"
    )
    done, _ = drive("ranker-grpo", lambda job: GRPORecipe(job, settings), folder / "few.jsonl", tmp_path)
    names = {each.name for each in done.model.iterdir()}
    assert {"config.json", "tokenizer.json", "prompts"} <= names
    assert "adapter_config.json" not in names
    log = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert any("divergence" in row for row in log)


@pytest.mark.requirement("ranker.grpo", "ranker.exploits")
def test_an_answer_that_is_cut_off_or_drawn_out_earns_less(
    taught: tuple[Finished, Watched], folder: Path, tmp_path: Path
) -> None:
    settings = reinforced(taught[0].model, tokens=100, free=0.5, w_long=0.4)
    job = Job(data=folder / "few.jsonl", out=tmp_path, cache=tmp_path, seed=0, threads=1, hears=unheard)
    recipe = GRPORecipe(job, settings)
    chats, _ = recipe.chats()
    assert "Query: " in chats[0][0]["content"]
    asked = recipe.split.train[0].id
    shown = next(each for each in recipe.shown if each.id == asked)
    order = " > ".join(f"[{number}]" for number in shown.numbers(shown.final_list))
    text = f"<think>so</think><answer>{order}</answer>"
    place = recipe.shown.index(shown)
    found = recipe.earned(
        [
            Rollout(place=place, text=text, tokens=50, ended=True),
            Rollout(place=place, text=text, tokens=75, ended=True),
            Rollout(place=place, text=text, tokens=100, ended=False),
            Rollout(place=place, text="<think>so</think><answer>[9]</answer>", tokens=99, ended=True),
        ]
    )
    assert [round(each.total, 6) for each in found] == [1.3, 1.1, -1.0, 0.0]
    assert [each.formed for each in found] == [True, True, False, False]


@pytest.mark.requirement("ranker.refuses")
def test_what_cannot_be_learnt_from_is_refused(taught: tuple[Finished, Watched], folder: Path, tmp_path: Path) -> None:
    bare = [replace(each, reasoning="", final_list=()) for each in marked(60)]
    write_lists(tmp_path / "bare.jsonl", bare)
    job = Job(data=tmp_path / "bare.jsonl", out=tmp_path, cache=tmp_path, seed=0, threads=1, hears=unheard)
    with pytest.raises(UsageError, match="teach"):
        SFTRecipe(job, SHORT).prepare()
    assert GRPORecipe(job, reinforced(taught[0].model)).prepare()["chats"] > 0  # grades are enough to reinforce
    with pytest.raises(UsageError, match="thinking"):
        reinforced(taught[0].model, thinking="off")
    wrongs: list[dict[str, Any]] = [{"p": 0.0}, {"order": "best"}, {"labels": "none"}, {"w_ndcg": -1.0}, {"free": 1.0}]
    for wrong in [*wrongs, {"prompt": "long"}, {"answers": 1}, {"w_ndcg": 0.0, "w_recall": 0.0, "w_overlap": 0.0}]:
        with pytest.raises(UsageError) as caught:
            reinforced(taught[0].model, **wrong)
        assert caught.value.code == "bad_settings"
    silent = [replace(each, grades={}, relevant=()) for each in marked(20)]
    write_lists(tmp_path / "silent.jsonl", silent)
    with pytest.raises(UsageError, match="relevant passage"):
        SFTRecipe(replace(job, data=tmp_path / "silent.jsonl"), SHORT).prepare()


@pytest.mark.timeout(600)
@pytest.mark.requirement("ranker.served", "ranker.prompt")
def test_an_exported_ranker_is_asked_and_measured_as_any_other_model(
    taught: tuple[Finished, Watched], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = taught[0].model
    model, tokenizer = named(str(home))
    writer = Writer(model=model.eval(), tokenizer=tokenizer, most=TINY["tokens"])

    def answer(request: ChatRequest) -> str:
        chat = [{"role": each.role, "content": each.content} for each in request.messages]
        [ids] = writer.write([token_ids(tokenizer, chat)], temperature=0.0)
        return writer.text(ids)

    lists = [each for each in read_lists(folder / "lists.jsonl").kept if held_out(each.query)][:8]
    held_out_rows(tmp_path / "held.jsonl", lists)
    prompt = home / "prompts" / "rank.md"
    asking = Asking.beside(str(home))
    assert asking is not None
    with ScriptedLLM(answer) as server:
        told = f'model = "ranker"\nbase_url = "{server.base_url}"\n[prompts]\nrank = "{prompt}"\n'
        (tmp_path / "agents.toml").write_text(told, encoding="utf-8")
        monkeypatch.setenv("QUESTLINE_CONFIG", str(tmp_path / "agents.toml"))
        found = tmp_path / "ranking.json"
        words = ["--questions", str(tmp_path / "held.jsonl"), "--ranker", "llm", "--thinking", "short"]
        assert main(["eval", "ranking", *words, "--json", str(found), "--cache", str(tmp_path / "cache")]) == 0
        asked = len(server.requests)
        judge = LLMJudge(Gateway.of(load_settings()), thoughts=Thoughts(mode="short"), prompt=prompt)
        with contextlib.suppress(ModelError):  # what is asked counts here
            asyncio.run(judge.permute(lists[0].query, lists[0].passages, meter=Meter(budget=Budget())))
        request = server.requests[asked]
    assert [{"role": each.role, "content": each.content} for each in request.messages] == asking.messages(lists[0])
    report = json.loads(found.read_text())
    assert report["n"] == len(lists)
    assert report["failed"] == 0
    here = [
        "eval",
        "ranking",
        *words[:2],
        "--json",
        str(found),
        "--cache",
        str(tmp_path / "cache"),
        "--model",
        str(home),
    ]
    assert main(here) == 0  # a folder is run here, asked as it was taught
    local = json.loads(found.read_text())
    assert (local["failed"], local["n"]) == (0, len(lists))
    assert local["ndcg@10"] == report["ndcg@10"] == pytest.approx(1.0)
    assert local["run"]["options"]["ranker"] == "local"
    assert main([*here, "--ranker", "embedded"]) == 2


@pytest.mark.requirement("ranker.grpo")
def test_the_settings_of_the_guide_are_settings(repo_root: Path) -> None:
    text = (repo_root / "docs" / "howto" / "train-a-ranker.md").read_text(encoding="utf-8")
    [block] = [
        each.partition("```")[0] for each in text.split("```toml\n") if "[ranker-grpo]" in each.partition("```")[0]
    ]
    tables = tomllib.loads(block)
    assert SFTSettings(**tables["ranker-sft"]).lora == 32
    assert GRPOSettings(**tables["ranker-grpo"]).vllm
