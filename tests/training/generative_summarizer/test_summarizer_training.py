"""The recipes of a summarizer, on one thread of a CPU: they learn, from real labels alone; they resume; they refuse."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the models learn with torch (extra train)")
pytest.importorskip("trl", reason="SFT is TRL's (extra train)")

from tests.training.tuning.driven import killed_at  # noqa: E402 because torch decides first

from questline.cli import main  # noqa: E402 because torch decides first
from questline.errors import MissingExtra, UsageError  # noqa: E402 because torch decides first
from questline.settings import Settings  # noqa: E402 because torch decides first
from questline.testing import ChatRequest, ScriptedLLM  # noqa: E402 because torch decides first
from questline.training.driver import LOG, MODEL, Finished, Options, train  # noqa: E402 because torch decides first
from questline.training.generative_summarizer import speed  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.decoding.copies import Copies  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.decoding.lookahead import Lookahead  # noqa: E402 because of torch
from questline.training.generative_summarizer.decoding.writing import Limits, decode  # noqa: E402 because of torch
from questline.training.generative_summarizer.dpo_recipe import DPORecipe, DPOSettings  # noqa: E402 because of torch
from questline.training.generative_summarizer.drawn import PAIRS  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.notes import notes  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.page import rendered_drafts  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.quantized import (  # noqa: E402 because torch decides first
    eight_bits,
    open_eight_bits,
    quantized,
)
from questline.training.generative_summarizer.rows import PROMPT, Asked  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.scores import measure  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.sft_recipe import SFTRecipe, SFTSettings  # noqa: E402 because of torch
from questline.training.generative_summarizer.shown import at_equal_length  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.teacher import Teacher  # noqa: E402 because torch decides first
from questline.training.recipe import Job, Recipe, unheard  # noqa: E402 because torch decides first
from questline.training.torch_models import named  # noqa: E402 because torch decides first
from questline.training.tuning import models  # noqa: E402 because torch decides first
from questline.training.tuning.chat import token_ids  # noqa: E402 because torch decides first
from questline.training.tuning.generation import Writer, end_marks  # noqa: E402 because torch decides first
from questline.training.tuning.made import GPT2, Size, made_gpt2  # noqa: E402 because torch decides first
from questline.training.tuning.models import Loaded, opened  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
TINY: dict[str, Any] = {"device": "cpu", "tokens": 16, "samples": 2, "tested": 20}
LEARNS: dict[str, Any] = {**TINY, "width": 48, "steps": 60, "rate": 8e-3, "warming": 15}
SHORT: dict[str, Any] = {**TINY, "width": 16, "layers": 1, "heads": 2, "steps": 4, "batch": 4, "tested": 3}
ROWS = notes(700, facts=3, asked=1, loose=0.3)


def written(path: Path, rows: Sequence[Asked | Mapping[str, object]]) -> Path:
    plain = [asdict(row) if isinstance(row, Asked) else dict(row) for row in rows]
    path.write_text("\n".join(json.dumps(row) for row in plain), encoding="utf-8")
    return path


def drive(
    build: Callable[[Job], Recipe], data: Path, out: Path, *, resume: bool = False, hears: Any = unheard
) -> Finished:
    options = Options(seed=3, threads=1, checkpoint_every=2, evaluate_every=1000)
    job = Job(data=data, out=out, cache=out / "cache", seed=3, threads=1, hears=hears)
    return train("summarizer", build, job, options, settings={"seed": 3}, command="agents train", resume=resume)


def sft(**more: Any) -> Callable[[Job], Recipe]:
    settings = SFTSettings(**{**LEARNS, **more})
    return lambda job: SFTRecipe(job, settings)


def dpo(model: Path, **more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {**TINY, "model": str(model), "steps": 24, "batch": 8, "rate": 1e-3, "documents": 60}
    own |= {"beta": 1.0, "sft": 0.1}
    settings = DPOSettings(**{**own, **more})
    return lambda job: DPORecipe(job, settings)


def curve(run: Path, name: str) -> list[float]:
    log = [json.loads(line) for line in (run / LOG).read_text(encoding="utf-8").splitlines()]
    return [row[name] for row in log if name in row]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that was taught for 60 steps: which sentence is asked for, not yet its word."""
    folder = tmp_path_factory.mktemp("sft")
    return drive(sft(int8=True), written(folder / "notes.jsonl", ROWS), folder / "run").model


@pytest.mark.requirement("summarizer.sft")
def test_a_summarizer_learns_what_its_teacher_says_and_nothing_from_shuffled_summaries(
    taught: Path, tmp_path: Path
) -> None:
    right = curve(taught.parent, "held-out ROUGE-L")
    assert right[0] < 0.1
    assert right[-1] > 0.6
    names = ("faithfulness", "facts", "copied", "violations", "words", "relevance", "score")
    assert all(curve(taught.parent, f"held-out {name}") for name in names)
    others = [replace(row, summary=ROWS[(7 * place + 3) % len(ROWS)].summary) for place, row in enumerate(ROWS)]
    data = written(tmp_path / "shuffled.jsonl", others)
    with pytest.raises(UsageError, match=r"rows do not fit.*its document does not"):
        drive(sft(), data, tmp_path / "refused")
    drive(sft(check=False), data, tmp_path / "run")
    found = [curve(run, "held-out relevance")[-1] for run in (taught.parent, tmp_path / "run")]
    assert found[0] > 0.7 > 0.5 > found[1]
    card = (taught / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "distillation" in card


@pytest.mark.requirement("summarizer.dpo")
def test_dpo_raises_the_score_of_what_it_draws_and_a_broken_score_does_not(taught: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "notes.jsonl", notes(100, seed=5, facts=3, asked=1))
    drive(dpo(taught), data, tmp_path / "run")
    run = tmp_path / "run"
    assert sum(curve(run, "preferred")[-8:]) / 8 > 0.8
    score = curve(run, "held-out score")
    assert score[-1] > score[0] + 0.2
    pairs = (run / PAIRS).read_text(encoding="utf-8").splitlines()
    assert len(pairs) > 40
    assert all(json.loads(pair)["gap"] > 0.2 for pair in pairs)
    swapped = [json.loads(pair) for pair in pairs]
    broken = [
        {**pair, "chosen": pair["rejected"], "rejected": pair["chosen"]} if place % 2 else pair
        for place, pair in enumerate(swapped)
    ]
    drive(dpo(taught, documents=400), written(tmp_path / "broken.jsonl", broken), tmp_path / "broken")
    run = tmp_path / "broken"
    assert sum(curve(run, "preferred")[-8:]) / 8 < 0.7
    score = curve(run, "held-out score")
    assert score[-1] < score[0] + 0.1


@pytest.mark.requirement("summarizer.resumes")
@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_a_killed_run_goes_on_to_the_same_curve(kind: str, taught: Path, tmp_path: Path) -> None:
    build = sft(**SHORT) if kind == "sft" else dpo(taught, steps=4, batch=4, documents=6, answers=3, tested=3)
    data = written(tmp_path / "notes.jsonl", ROWS[:40])
    whole = drive(build, data, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        drive(build, data, tmp_path / "parts", hears=killed_at(3))  # kept at 2, so that the third is taken again
    again = drive(build, data, tmp_path / "parts", resume=True)
    assert (again.steps, again.figures) == (whole.steps, whole.figures)
    name = "of the answers" if kind == "sft" else "of the pairs"
    first, second = curve(tmp_path / "whole", name), curve(tmp_path / "parts", name)
    assert len(first) == 4
    assert first == second  # the third step, which was taken twice, is told once


@pytest.mark.requirement("summarizer.batches")
def test_a_step_in_one_part_or_eight_is_the_same(taught: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "notes.jsonl", ROWS[:40])
    for name in ("sft", "dpo"):
        curves: list[list[float]] = []
        for accumulate in (1, 8):
            out = tmp_path / f"{name}-{accumulate}"
            own: dict[str, Any] = {**SHORT, "batch": 8, "steps": 2, "accumulate": accumulate}
            drive(sft(**own) if name == "sft" else dpo(taught, documents=6, answers=3, **own), data, out)
            curves.append(curve(out, "of the answers" if name == "sft" else "of the pairs"))
        assert curves[0] == pytest.approx(curves[1], abs=2e-5)


@pytest.mark.requirement("summarizer.exact")
def test_a_taught_model_writes_the_same_with_drafts(taught: Path) -> None:
    model, tokenizer = named(str(taught))
    model.eval()
    limits = Limits(most=24, ends=frozenset(end_marks(model, tokenizer)))
    passes = {"plain": 0, "copies": 0, "lookahead": 0}
    for row in notes(12, seed=9, facts=4):
        prompt = token_ids(tokenizer, row.chat(PROMPT))
        plain = decode(model, prompt, limits)
        [whole] = Writer(model=model, tokenizer=tokenizer, most=24).write([prompt], temperature=0.0)
        copies = decode(model, prompt, limits, source=Copies(prompt))
        ahead = decode(model, prompt, limits, source=Lookahead(prompt, window=3, gram=3, guesses=3))
        assert plain.ids == tuple(whole) == copies.ids == ahead.ids
        for name, each in (("plain", plain), ("copies", copies), ("lookahead", ahead)):
            passes[name] += each.passes
    assert passes["copies"] < passes["plain"]


@pytest.mark.requirement("summarizer.measured")
def test_drafts_are_measured_beside_greedy_decoding(
    taught: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drafts.json"
    words = ["--model", str(taught), "--facts", "2", "4", "--documents", "2", "--tokens", "8", "--json", str(path)]
    assert speed.main([*words, "--window", "2", "--gram", "3", "--guesses", "2"]) == 0
    report = json.loads(path.read_bytes())
    assert json.loads(capsys.readouterr().out) == report
    assert [told["sentences"] for told in report["by_length"]] == [2, 4]
    for told in report["by_length"]:
        ways = [told[way] for way in ("greedy", "copies", "copies, switched", "lookahead", "lookahead, switched")]
        assert {way["same"] for way in ways} == {1.0}
        assert ways[0]["tokens_a_pass"] == 1.0 <= min(way["tokens_a_pass"] for way in ways)
        assert set(told["break_even"]) == {"1", "2", "4", "8", "16"}
    assert "| copies |" in rendered_drafts(report)


@pytest.mark.requirement("summarizer.measured")
def test_summaries_are_compared_where_they_have_equally_many_words() -> None:
    row = notes(1, facts=3, asked=1)[0]  # whose summary has four words
    short, long, wrong = (measure(text, row) for text in (row.summary, f"{row.summary} It was.", "It stands in X."))
    told = at_equal_length([[wrong, long], [long]], [[short, short], [short]], lambda one: one.rouge_l)
    assert told == {
        "difference": round(short.rouge_l - wrong.rouge_l, 4),
        "low": told["low"],
        "high": told["high"],
        "n": 1,
    }
    assert at_equal_length([[long]], [[short]], lambda one: one.rouge_l) == {"n": 0}


@pytest.mark.requirement("summarizer.int8")
def test_eight_bits_are_smaller_and_write_nearly_the_same(taught: Path, tmp_path: Path) -> None:
    told = json.loads((taught.parent / "finished.json").read_text(encoding="utf-8"))["export"]
    assert told["int8 megabytes"] < told["megabytes"]
    assert told["int8 tokens before they part"] > 0.5
    eight = open_eight_bits(taught)
    model, _ = named(str(taught))
    ids = torch.tensor([token_ids(eight.tokenizer, ROWS[0].chat(PROMPT))])
    with torch.no_grad():
        one, two, three = (each(input_ids=ids).logits for each in (model.eval(), eight.model, eight_bits(model)))
    assert torch.equal(two, three)  # what was read is what was written
    assert (one - two).abs().max() < 0.1 * one.abs().max()
    with pytest.raises(UsageError, match="int8 = true"):
        open_eight_bits(tmp_path)


@pytest.mark.requirement("summarizer.gpt2", "summarizer.int8")
def test_a_student_of_gpt2s_shape_is_made_and_quantized(
    taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tokenizer = named(str(taught))
    student = made_gpt2(Size(width=32, layers=2, heads=2, vocabulary=len(tokenizer), context=64), tokenizer)
    loaded = Loaded(model=student.eval(), tokenizer=tokenizer)
    figures = quantized(loaded, [row.chat(PROMPT) for row in ROWS[:4]], tmp_path, most=4)
    assert 0 <= figures["int8 same summaries"] <= figures["int8 tokens before they part"] <= 1
    assert any("quantized" in type(each).__module__ for each in eight_bits(student).modules())
    width, layers, heads = GPT2
    with torch.device("meta"):  # nothing is drawn
        whole = made_gpt2(
            Size(width=width, layers=layers, heads=heads, vocabulary=len(tokenizer), context=1024), tokenizer
        )
    assert 85e6 < sum(each.numel() for each in whole.parameters()) < 90e6  # 38.6 million fewer words than published
    monkeypatch.setattr(models, "GPT2", (32, 2, 2))
    small = opened(SFTSettings(shape="gpt2", device="cpu"), lambda: tokenizer, seed=0, context=64).model.config
    assert (small.model_type, small.n_layer, small.n_positions) == ("gpt2", 2, 64)
    with pytest.raises(UsageError, match="shape"):
        SFTSettings(shape="gpt3")


@pytest.mark.requirement("summarizer.teacher")
def test_a_teacher_labels_what_the_student_learns(tmp_path: Path) -> None:
    rows = {row.document: row for row in notes(40, facts=3, asked=1)}

    def answer(request: ChatRequest) -> str:
        return next(row.summary for text, row in rows.items() if text in request.text())

    data = written(tmp_path / "notes.jsonl", [{"query": row.query, "document": row.document} for row in rows.values()])
    with pytest.raises(UsageError, match="teacher = true"):
        drive(sft(**SHORT), data, tmp_path / "none")
    with ScriptedLLM(answer) as server:
        own = Settings(model="teacher", base_url=server.base_url)
        given: dict[str, Any] = {**SHORT, "teacher": True}
        settings = SFTSettings(**given)
        teacher = Teacher.of(own, tmp_path / "calls", words=10)
        found = drive(lambda job: SFTRecipe(job, settings, teacher=teacher), data, tmp_path / "run")
        assert found.card.figures["teacher: calls"] == len(rows) == len(server.requests)
        assert found.card.figures["teacher: tokens"] == server.billed.tokens


@pytest.mark.requirement("summarizer.commands", "summarizer.refuses")
def test_the_commands_go_from_notes_to_a_tuned_summarizer(
    taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "notes.jsonl", ROWS[:40])
    run = ["--data", "notes.jsonl", "--set=run.threads=1", "--set=steps=1", "--set=tested=2", "--set=tokens=4"]
    small = ["--set=width=16", "--set=layers=1", "--set=heads=2", "--set=batch=2"]
    assert main(["train", "summarizer-sft", "--out", "sft", *run, *small]) == 0
    more = [f"--set=model={taught}", "--set=documents=4", "--set=answers=3", "--set=batch=2", "--set=lora=2"]
    assert main(["train", "summarizer-dpo", "--out", "dpo", *run, *more]) == 0
    assert (tmp_path / "dpo" / MODEL / "config.json").is_file()
    assert "held-out score" in capsys.readouterr().out
    assert main(["train", "summarizer-dpo", "--out", "none", *run]) == 2
    assert "summarizer-dpo.model" in capsys.readouterr().err
    assert main(["train", "summarizer-sft", "--out", "none", *run, "--set=prompt=no"]) == 2
    assert main(["train", "summarizer-sft", "--out", "none", *run, "--set=promt=x"]) == 2
    assert main(["train", "summarizer-sft", "--out", "none", *run, f"--set=model={tmp_path / 'nowhere'}"]) == 2
    assert "nowhere" in capsys.readouterr().err
    half = [asdict(ROWS[0]), {**asdict(ROWS[1]), "chosen": "a", "rejected": "b"}]
    written(tmp_path / "notes.jsonl", half)
    assert main(["train", "summarizer-dpo", "--out", "none", *run, *more]) == 2
    assert "all must, or none" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "trl", None)  # as where it is not installed
    with pytest.raises(MissingExtra, match="train"):
        drive(sft(), written(tmp_path / "notes.jsonl", ROWS[:40]), tmp_path / "missing")
