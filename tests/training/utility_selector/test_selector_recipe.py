"""A tiny selector is taught on one thread, from wrong selections the form alone; it is asked as the product asks."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the model learns with torch (extra train)")
pytest.importorskip("trl", reason="SFT is TRL's (extra train)")

from tests.training.tuning.driven import (  # noqa: E402 because of torch, see above
    Watched,
    drive,
    kept,
    prepared,
    resumes_the_same,
    wrong_where_learnt,
)
from tests.training.utility_selector.red import TINY, red  # noqa: E402 because of torch, see above

from questline.budget import Budget, Meter  # noqa: E402 because of torch, see above
from questline.cli import main  # noqa: E402 because of torch, see above
from questline.errors import UsageError  # noqa: E402 because of torch, see above
from questline.tools.selection.llm_judge import LLMJudge  # noqa: E402 because of torch, see above
from questline.training.driver import Finished  # noqa: E402 because of torch, see above
from questline.training.evaluation.intervals import paired_bootstrap  # noqa: E402 because of torch, see above
from questline.training.evaluation.local_llm import LocalLLM  # noqa: E402 because of torch, see above
from questline.training.recipe import Job, unheard  # noqa: E402 because of torch, see above
from questline.training.tuning.prompt_files import threshold_beside  # noqa: E402 because of torch, see above
from questline.training.utility_selector.measure import set_values  # noqa: E402 because of torch, see above
from questline.training.utility_selector.recipe import SelectorRecipe  # noqa: E402 because of torch, see above
from questline.training.utility_selector.rows import held_out_rows, read_sets, spoilt, write_sets  # noqa: E402
from questline.training.utility_selector.settings import Settings  # noqa: E402 because of torch, see above

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
TAUGHT = Settings(**TINY, steps=130, batch=16, rate=6e-3, warming=10, vocabulary=400, tested=60)
SHORT = replace(TAUGHT, steps=5, batch=4, tested=3, tokens=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("selector")
    sets = red(1200)
    write_sets(home / "windows.jsonl", sets)
    write_sets(home / "wrong.jsonl", wrong_where_learnt(sets, spoilt, lambda each: each.question))
    write_sets(home / "few.jsonl", sets[:80])
    return home


@pytest.fixture(scope="module")
def taught(folder: Path) -> tuple[Finished, Watched]:
    return drive("selector-sft", lambda job: SelectorRecipe(job, TAUGHT), folder / "windows.jsonl", folder / "sft")


@pytest.mark.timeout(600)
@pytest.mark.requirement("selector.learns", "selector.thresholds")
def test_a_tiny_model_is_taught_to_select_and_to_abstain(taught: tuple[Finished, Watched]) -> None:
    finished, watched = taught
    assert paired_bootstrap(set_values(watched.found[0]), set_values(watched.found[-1])).low > 0
    figures = {**finished.card.figures, **finished.figures}
    assert figures["valid"] > 0.8
    assert figures["micro-F1"] > max(figures[f"micro-F1 of {name}"] for name in ("first 1", "first 2", "all"))
    assert figures["abstention F1"] > 0.5
    told = json.loads((finished.model / "selection.json").read_text())
    assert told["windows"] > 30
    assert 0 < told["tau"] < 1
    assert list(told["strengths"]) == sorted(told["strengths"])
    shown = [json.loads(line) for line in (finished.model.parent / "samples.jsonl").read_text().splitlines()]
    assert {"step", "held_out", "text", "exact"} <= shown[0].keys()


@pytest.mark.timeout(600)
@pytest.mark.requirement("selector.learns")
def test_from_selections_of_other_windows_it_learns_the_form_alone(folder: Path) -> None:
    finished, watched = drive(
        "selector-sft", lambda job: SelectorRecipe(job, TAUGHT), folder / "wrong.jsonl", folder / "wrong", every=130
    )
    # Dropping everything is right where nothing helps: what it must not beat is that.
    nothing = [float(not each.counts.gold) for each in watched.found[1]]
    assert paired_bootstrap(nothing, set_values(watched.found[1])).low <= 0
    assert finished.steps == TAUGHT.steps


@pytest.mark.timeout(600)
@pytest.mark.requirement("selector.asked-alike")
def test_the_product_asks_the_exported_model_and_hears_how_sure_it_was(
    taught: tuple[Finished, Watched], folder: Path
) -> None:
    settings = replace(TAUGHT, model=str(taught[0].model))
    recipe = prepared(lambda job: SelectorRecipe(job, settings), folder / "few.jsonl", folder / "again")
    held = recipe.sets[:12]
    found, _ = recipe.selections(held)
    model = str(taught[0].model)
    judge = LLMJudge(LocalLLM(model, role="select", device="cpu"), prompt=Path(model) / "prompts" / "select.md")
    meter = Meter(budget=Budget())
    for each, one in zip(held, found, strict=True):
        verdict = asyncio.run(judge.judge(each.question, each.passages, meter=meter))
        assert len(verdict.members) == one.counts.chosen
        assert verdict.chances is not None
        assert [verdict.chances[place] for place in range(len(each.passages))] == pytest.approx(one.chances, abs=1e-3)
        assert verdict.answer == each.answer or not one.exact or one.answer < 1


@pytest.mark.timeout(600)
@pytest.mark.requirement("selector.asked-alike")
def test_the_suite_measures_a_model_run_here(
    taught: tuple[Finished, Watched], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held_out_rows(folder / "held.jsonl", red(24, first=5000))
    told = folder / "told.json"
    words = ["eval", "selection", "--questions", str(folder / "held.jsonl"), "--fresh"]
    words += ["--json", str(told), "--cache", str(folder / "eval")]
    assert main([*words, "--selector", "local"]) == 2
    assert "--model" in capsys.readouterr().err
    assert main([*words, "--selector", "words", "--model", str(taught[0].model)]) == 2
    assert "--selector words asks none" in capsys.readouterr().err
    assert main([*words, "--model", str(taught[0].model)]) == 0
    figures = json.loads(told.read_text())
    assert figures["failed"] == 0
    assert figures["micro_f1"] > 0.4
    assert figures["ece"] is not None
    told_tau = json.loads((taught[0].model / "selection.json").read_text())["tau"]
    assert figures["run"]["options"]["tau"] == told_tau
    assert main([*words, "--model", str(taught[0].model), "--tau", "1"]) == 0
    cut = json.loads(told.read_text())
    assert cut["mean_size"] <= figures["mean_size"]
    assert cut["run"]["options"]["tau"] == 1
    assert main([*words[:4], "--selector", "words", "--tau", "0.5"]) == 2


@pytest.mark.requirement("selector.thresholds")
@pytest.mark.parametrize("text", ['{"tau": 2}', '{"tau": "0.5"}', "[]", "{"])
def test_a_threshold_that_is_none_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    assert threshold_beside(str(tmp_path)) is None
    (tmp_path / "selection.json").write_text(text)
    with pytest.raises(UsageError, match="'tau' in") as caught:
        threshold_beside(str(tmp_path))
    assert caught.value.code == "bad_data"


@pytest.mark.timeout(600)
@pytest.mark.requirement("selector.thresholds")
def test_what_is_measured_and_what_chooses_thresholds_is_not_learnt(folder: Path, tmp_path: Path) -> None:
    data = folder / "windows.jsonl"
    recipe: Any = SelectorRecipe(Job(data=data, out=tmp_path, cache=tmp_path, seed=2, threads=1, hears=unheard), SHORT)
    made = recipe.lessons()
    questions = {str(tuple(recipe.asking.messages(each))): each.question for each in read_sets(data).kept}
    learnt = {questions[str(each.messages)] for each in made.train}
    measured, choosing = ({each.question for each in sets} for sets in (recipe.sets, recipe.choosing))
    assert min(map(len, (learnt, measured, choosing))) > 0
    assert learnt.isdisjoint(measured | choosing)
    assert measured.isdisjoint(choosing)
    recipe.prepare()
    asked: list[object] = []
    select = recipe.selections

    def watched(sets: object) -> Any:
        asked.append(sets)
        return select(sets)

    recipe.selections = watched
    recipe.export(tmp_path)
    assert asked[0] is recipe.choosing


@pytest.mark.timeout(600)
@pytest.mark.requirement("selector.resumes")
def test_a_kill_at_any_step_resumes_to_the_same_curve(folder: Path, tmp_path: Path) -> None:
    data, noisy = folder / "few.jsonl", replace(SHORT, neftune=5.0)
    resumes_the_same("selector-sft", lambda job: SelectorRecipe(job, SHORT), data, tmp_path, kills=(1, 4))
    drive("selector-sft", lambda job: SelectorRecipe(job, noisy), data, tmp_path / "noisy")
    one, other = (kept(tmp_path / each)["state"]["model"] for each in ("whole", "noisy"))
    assert not all(torch.equal(one[key], value) for key, value in other.items())


@pytest.mark.timeout(600)
@pytest.mark.requirement("selector.loss")
def test_a_step_in_parts_is_the_same_step_and_verdicts_count(folder: Path, tmp_path: Path) -> None:
    def weights(name: str, **changed: Any) -> dict[str, Any]:
        settings = replace(SHORT, steps=2, batch=8, **changed)
        recipe = prepared(lambda job: SelectorRecipe(job, settings), folder / "few.jsonl", tmp_path / name)
        list(recipe.fit(0))
        return recipe.weights()["model"]

    whole, parts = weights("whole"), weights("parts", accumulate=8)
    assert all(torch.allclose(whole[name], each, atol=2e-5) for name, each in parts.items())
    plain = weights("plain", beta=0.0)
    assert not all(torch.allclose(whole[name], each, atol=2e-5) for name, each in plain.items())
    published = weights("published", beta=0.0, verdicts=False)
    assert published.keys() == whole.keys()


@pytest.mark.requirement("selector.bad-rows")
def test_windows_without_a_teacher_and_settings_that_contradict_are_refused(tmp_path: Path) -> None:
    write_sets(tmp_path / "bare.jsonl", [replace(each, selection=None, answer="") for each in red(60)])
    job = Job(data=tmp_path / "bare.jsonl", out=tmp_path, cache=tmp_path, seed=0, threads=1, hears=unheard)
    with pytest.raises(UsageError) as caught:
        SelectorRecipe(job, SHORT).prepare()
    assert "selector-lists teach" in caught.value.message
    unjudged = [replace(each, id=f"u{each.id}", gold=None, selection=None, answer="") for each in red(30)]
    write_sets(tmp_path / "some.jsonl", [*red(200), *unjudged])
    some = SelectorRecipe(replace(job, data=tmp_path / "some.jsonl"), SHORT)
    told = some.lessons()
    assert told.counts["windows that nobody judged"] == 30
    assert not {each.id for each in (*some.sets, *some.choosing)} & {each.id for each in unjudged}
    with pytest.raises(UsageError) as caught:
        Settings(verdicts=False)
    assert caught.value.fields["argument"] == "beta"
    with pytest.raises(UsageError) as caught:
        Settings(prompt="long")
    assert caught.value.fields["argument"] == "prompt"
