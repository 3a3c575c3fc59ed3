"""`agents eval ranking --model FOLDER --prompt reasonrank`: a model of transformers, run here, in the judge's place."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the model is run with torch (extra train)")
pytest.importorskip("transformers", reason="the model is run by transformers (extra train)")

from questline.budget import Budget, Meter  # noqa: E402 because torch decides first
from questline.cli import main  # noqa: E402 because torch decides first
from questline.errors import ModelError  # noqa: E402 because torch decides first
from questline.testing import ScriptedLLM  # noqa: E402 because torch decides first
from questline.tools.models.llm_contract import Prompt  # noqa: E402 because torch decides first
from questline.training.evaluation.local_llm import LocalLLM  # noqa: E402 because torch decides first
from questline.training.tuning.made import Size, made_model, made_tokenizer  # noqa: E402 because torch decides first
from questline.training.tuning.models import write_model  # noqa: E402 because torch decides first
from questline.types import Message  # noqa: E402 because torch decides first

pytestmark = [pytest.mark.slow, pytest.mark.requirement("llm-recipes.released-checkpoints")]
WRITES = ("<think> so </think> <answer> [2] > [1]", " > [2] > [9] </answer>")
"""What the model says, whatever it is asked: a double, a foreign number, and two of four are missing."""
TEXTS = ("salt [1] works", "a ferry", "the mill of Kelby,\nbuilt in 1802", "tiles")


@pytest.fixture(scope="module")
def stubborn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that always writes the same: each token tells the next, by numbers set by hand."""
    tokenizer = made_tokenizer(["a"], 300)
    tokenizer.add_tokens(list(WRITES))
    model = made_model(Size(width=64, layers=1, heads=2, vocabulary=len(tokenizer), context=2048), tokenizer)
    model.config.tie_word_embeddings = False
    chain = [tokenizer.encode("\n")[-1], *map(tokenizer.convert_tokens_to_ids, WRITES), tokenizer.eos_token_id]
    with torch.no_grad():
        [layer] = model.model.layers
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
        told = torch.zeros_like(model.lm_head.weight)
        for before, after in pairwise(chain):
            told[after] = model.model.embed_tokens.weight[before]
        model.lm_head.weight = torch.nn.Parameter(told)
    folder = tmp_path_factory.mktemp("stubborn")
    write_model(model, tokenizer, folder)
    return folder


def lists(folder: Path) -> list[str]:
    rows = [{"docid": f"d{place}", "text": text} for place, text in enumerate(TEXTS)]
    (folder / "c.jsonl").write_text(
        json.dumps({"qid": "1", "query": "when was the mill built", "candidates": rows}), encoding="utf-8"
    )
    (folder / "q.jsonl").write_text(json.dumps({"qid": "1", "docid": "d1", "grade": 1}), encoding="utf-8")
    return ["eval", "ranking", "--candidates", str(folder / "c.jsonl"), "--qrels", str(folder / "q.jsonl")]


def ran(folder: Path, *words: str) -> Any:
    out = folder / "out.json"
    words = (*lists(folder), "--cache", str(folder / "cache"), "--json", str(out), *words)
    assert main(words) == 0
    return json.loads(out.read_bytes())


def test_what_a_model_of_a_folder_writes_is_repaired_and_counted(stubborn: Path, tmp_path: Path) -> None:
    report = ran(tmp_path, "--model", str(stubborn), "--prompt", "reasonrank")
    assert report["items"][0]["prediction"]["ids"] == ["d1", "d0", "d2", "d3"]
    assert (report["failed"], report["invalid"], report["ndcg@10"]) == (0, 1.0, 1.0)
    assert report["items"][0]["cost"]["calls"] == 1
    assert "--prompt reasonrank --schedule sliding --window 20 --step 10 --thinking full" in report["run"]["command"]
    assert report["run"]["models"]["llm"].startswith(f"{stubborn.name} ")


def test_answers_that_say_nothing_leave_the_order_and_are_counted(tmp_path: Path) -> None:
    torch.manual_seed(2)
    tokenizer = made_tokenizer(["a"], 300)
    model = made_model(Size(width=16, layers=1, heads=2, vocabulary=len(tokenizer), context=2048), tokenizer)
    write_model(model, tokenizer, tmp_path / "random")
    report = ran(tmp_path, "--model", str(tmp_path / "random"), "--prompt", "reasonrank", "--thinking", "off")
    assert report["items"][0]["prediction"]["ids"] == ["d0", "d1", "d2", "d3"]
    assert (report["failed"], report["invalid"], report["mrr"]) == (0, 1.0, 0.5)
    assert report["items"][0]["cost"]["calls"] == 2  # asked once more


def test_our_own_prompt_is_run_here_too(stubborn: Path, tmp_path: Path) -> None:
    report = ran(tmp_path, "--model", str(stubborn), "--prompt", "ours")
    assert "--schedule partition --window 20 --step 10 --thinking off" in report["run"]["command"]
    assert (report["failed"], report["items"][0]["cost"]["windows"]) == (0, 1)


def test_the_form_of_reasonrank_is_what_a_served_model_is_asked_in(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "<think>a</think><answer>[3] > [1] > [2] > [4]</answer>") as server:
        words = ["--ranker", "llm", "--prompt", "reasonrank", "--model", "m", "--base-url", server.base_url]
        report = ran(tmp_path, *words)
        [asked] = server.requests
    assert report["items"][0]["prediction"]["ids"][0] == "d2"
    messages: Any = asked.body["messages"]
    system, user = (str(message["content"]) for message in messages)
    assert all(tag in system for tag in ("<think>", "</think>", "<answer>", "</answer>"))
    lines = user.splitlines()
    assert [line for line in lines if line.startswith("[") and line[2:3] == "]"] == [
        "[1] salt (1) works",
        "[2] a ferry",
        "[3] the mill of Kelby, built in 1802",
        "[4] tiles",
    ]
    assert user.count("when was the mill built") == 2
    assert user.endswith("such as [2] > [1].")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--prompt", "reasonrank"), "give --model a folder or an ID"),
        (("--prompt", "reasonrank", "--model", "./nowhere"), "error[unknown_model]: the model './nowhere'"),
        (("--prompt", "reasonrank", "--ranker", "embedded"), "--ranker embedded asks none"),
        (("--prompt", "other", "--model", "m"), "ours, reasonrank"),
    ],
)
def test_what_cannot_be_run_is_refused(
    words: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*lists(tmp_path), "--cache", str(tmp_path / "cache"), *words]) == 2
    assert says in " ".join(capsys.readouterr().err.split())


async def test_a_prompt_that_is_longer_than_the_model_reads_is_refused(stubborn: Path) -> None:
    llm = LocalLLM(str(stubborn), role="rank", shorter="lower --window")
    long = Prompt(system="", messages=(Message(role="user", content="word " * 900),))
    with pytest.raises(ModelError, match=r"reads 2048 tokens, and the prompt has \d+: lower --window") as refused:
        await llm.complete(long, role="rank", meter=Meter(Budget()), parse=str)
    assert refused.value.code == "model_refused"
    with pytest.raises(ModelError, match=r"has \d+: shorten what it is shown"):  # where its caller has no window
        await LocalLLM(str(stubborn), role="planner").complete(long, role="planner", meter=Meter(Budget()), parse=str)
    short = Prompt(system="", messages=(Message(role="user", content="x"),))
    cut = await llm.complete(short, role="rank", meter=Meter(Budget()), parse=str, max_tokens=2)
    assert (cut.finish_reason, cut.usage.tokens_out) == ("length", 2)
