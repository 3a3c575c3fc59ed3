"""A planner tuned on one's own documents and questions: what is read, taught, refused, compared, kept, gone on with."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tests.training.planner.conftest import Small

from questline.agents.workflow_planner.build import build
from questline.agents.workflow_planner.trained import Policy
from questline.budget import PRESETS
from questline.cli import main
from questline.errors import RunError, UsageError
from questline.graphs import search
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import Question, content_hash
from questline.training.planner import own_questions
from questline.training.planner.fill import Filled
from questline.training.planner.own_compare import RUNS, Line, asked_both, compared
from questline.training.planner.own_questions import ANSWERS, OwnQuestion, Taught, for_test, read_own, taught
from questline.types import Usage


def deaf(phase: str, done: int, total: int) -> None:
    del phase, done, total


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.requirement("use.own")
def test_rows_may_be_as_bare_as_a_question_and_an_answer(tmp_path: Path) -> None:
    rows = read_own(
        written(
            tmp_path / "q.jsonl",
            '{"question": "Who?", "answer": "Ada"}',
            "",
            '{"id": 7, "question": "When?", "answers": ["1900", "in 1900"], "source": "mine"}',
        ),
        teacher=False,
    )
    assert rows == [
        OwnQuestion(id="1", text="Who?", answers=("Ada",)),
        OwnQuestion(id="7", text="When?", answers=("1900", "in 1900"), source="mine"),
    ]


@pytest.mark.requirement("use.own-refuses")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ('{"question": "Who else?"}', "answers"),
        ('{"question": "Who else?", "answers": []}', "answers"),
        ('{"question": "Who else?", "answers": ["ok", " "]}', "answers"),
        ('{"question": "Who else?", "answers": "Ada"}', "answers"),
        ('{"question": "Who else?", "answer": 7}', "answer"),
        ('{"answers": ["Ada"]}', "question"),
        ('{"question": " ", "answers": ["Ada"]}', "question"),
        ('{"id": "1", "question": "Who else?", "answers": ["Ada"]}', "id"),
        ('{"question": "who?", "answers": ["Bea"]}', "question"),
    ],
)
def test_a_row_that_lacks_something_is_named_by_its_line(row: str, field: str, tmp_path: Path) -> None:
    path = written(tmp_path / "q.jsonl", '{"question": "Who?", "answers": ["Ada"]}', row)
    with pytest.raises(UsageError, match="line 2") as refused:
        read_own(path, teacher=False)
    assert (refused.value.code, refused.value.fields["line"], refused.value.fields["field"]) == ("bad_data", 2, field)


def words(small: Small, out: Path, *more: str) -> list[str]:
    files = ["--corpus", str(small.corpus), "--questions", str(small.questions), "--out", str(out)]
    return ["train", "planner", "own", *files, "--cache", str(small.cache), "--processes", "1", *more]


@pytest.mark.requirement("use.own-refuses")
def test_too_few_questions_are_refused_with_the_floor_and_why(
    small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="the policy learns with torch (extra train)")
    assert main(words(small, tmp_path / "out")) == 2
    told = capsys.readouterr().err
    assert "error[bad_data]" in told
    assert f"{len(small.asked)} questions with answers; at least 100 are needed" in told
    assert "cannot be told from luck" in told
    assert not (tmp_path / "out").exists()
    for option, value, code in (
        ("--budget", "usd=-1", "bad_budget"),
        ("--against", "oracle", "bad_planner"),
        ("--model", "gpt-99", "unknown_model"),
        ("--teacher", "openai:gpt-99", "missing_key"),
    ):
        assert main(words(small, tmp_path / "out", option, value)) == 2, option
        assert f"error[{code}]" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.requirement("use.own-teacher")
async def test_a_teacher_answers_what_has_no_answer_and_each_once(small: Small, tmp_path: Path) -> None:
    questions = [
        OwnQuestion(id="1", text="Who designed Tern Light?", answers=("Mara Lind",)),
        OwnQuestion(id="2", text="When was Tern Light designed?"),
        OwnQuestion(id="3", text="Where does Otto Falk live now?"),
    ]
    (tmp_path / ANSWERS).write_text(
        '{"question": "Where does Otto Falk live now?", "answer": ""}\n{"question": "When was Ter', "utf-8"
    )
    with (
        ScriptedLLM("It was designed in 1851 [1].\n=> 1851") as server,
        open_corpus(small.corpus, small.cache) as index,
    ):
        settings = Settings(model="teacher", base_url=server.base_url)
        first = await taught(questions, index, settings, tmp_path, deaf)
        asked = len(server.requests)
        again = await taught(questions, index, settings, tmp_path, deaf)
        assert len(server.requests) == asked >= 1
    assert [(one.id, one.answers) for one in first.questions] == [("1", ("Mara Lind",)), ("2", ("1851",))]
    assert (first.answered, first.dropped) == (1, 1)
    assert first.usage.calls == asked
    assert again.questions == first.questions
    assert again.usage.calls == 0


def policy() -> Policy:
    scale = np.array([1000, 1e-3, 4, 1], np.float32)
    return Policy(None, ("tokens", "usd", "calls", "seconds"), scale)  # pyright: ignore[reportArgumentType]  # because nothing is asked


def lines(f1: Sequence[float], calls: int) -> list[Line]:
    return [
        Line(question=str(n), planner="p", f1=value, tokens=0, usd=0.0, calls=calls, workflow="R,AG")
        for n, value in enumerate(f1)
    ]


@pytest.mark.requirement("use.own")
def test_the_verdict_follows_the_interval_and_costs_weigh_as_the_budget_says() -> None:
    right, wrong = [1.0] * 30, [1.0] * 15 + [0.0] * 15
    better = compared(lines(wrong, 1), lines(right, 1), policy(), PRESETS["balanced"])
    assert (better.verdict, better.gain.difference) == ("better", pytest.approx(0.5))
    assert compared(lines(right, 1), lines(wrong, 1), policy(), PRESETS["balanced"]).verdict == "worse"
    assert compared(lines(right, 1), lines(right, 1), policy(), PRESETS["balanced"]).verdict == "undecided"
    dear = compared(lines(right, 1), lines(right, 5), policy(), PRESETS["cheap"])
    assert dear.gain.difference == pytest.approx(-0.4 * (5 - 1) / 4)
    assert dear.verdict == "worse"
    assert compared(lines(right, 1), lines(right, 5), policy(), PRESETS["best"]).gain.difference == 0


@pytest.mark.requirement("use.own-refuses")
def test_a_utility_that_is_no_number_ends_the_comparison() -> None:
    with pytest.raises(RunError, match="not a finite number"):
        compared(lines([1.0] * 3, 1), lines([float("nan")] * 3, 1), policy(), PRESETS["best"])


@pytest.mark.requirement("use.own", "use.own-teacher")
@pytest.mark.parametrize("better", [True, False])
def test_the_command_says_which_is_kept_and_how_to_use_it(
    better: bool, small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from questline.training.planner import own

    orders: list[own.Own] = []
    right, wrong = lines([1.0] * 30, 1), lines([1.0] * 15 + [0.0] * 15, 1)
    result = compared(wrong if better else right, right, policy(), PRESETS["balanced"])

    def tune(order: own.Own, hears: object) -> own.Tuned:
        del hears
        orders.append(order)
        return own.Tuned(
            compared=result,
            filled=Filled(questions=70, runs=1, new=1, seconds=1, processor_s=1, deaths=0, seen=None),
            taught=Taught(questions=(), answered=90, dropped=4, usage=Usage(usd=0.5)),
            against="rule",
            kept="trained:out/policy/model" if better else "rule",
            report=Path("out/report.json"),
            learnt=70,
        )

    monkeypatch.setattr(own, "tune", tune)
    assert main(words(small, tmp_path / "out", "--teacher", "openai:big", "--budget", "cheap")) == 0
    told = capsys.readouterr().out
    assert (orders[0].teacher, orders[0].settings.budget, orders[0].settings.planner) == ("openai:big", "cheap", "rule")
    assert "The teacher answered 90 questions for $0.5000; 4 without" in told
    assert f"{result.gain.low:+.3f} to {result.gain.high:+.3f}" in told
    if better:
        assert "better: its gain is beyond luck" in told
        assert 'planner = "trained:out/policy/model"' in told
    else:
        assert "cannot be told apart" in told
        assert "Kept: rule. Nothing changes" in told
    assert str(small.corpus.parent) not in orders[0].command


@pytest.mark.requirement("use.own", "use.own-resume")
async def test_both_planners_are_asked_once_and_a_cut_line_is_asked_again(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = [Question(id=one.id, text=one.text, answers=one.answers, source=one.source) for one in small.asked[:3]]
    planners = {"rule": build("rule"), "plain": build("constant:R,AG")}
    with open_corpus(small.corpus, small.cache) as index:
        found = await asked_both(questions, planners, index, Settings(), tmp_path, deaf)
        whole = (tmp_path / RUNS).read_text("utf-8")
        (tmp_path / RUNS).write_text(whole[: whole.rindex("{") + 20], "utf-8")
        asked: list[str] = []
        answer = search.answer

        async def counted(*given: object) -> object:
            asked.append(str(given[2]))
            return await answer(*given)  # pyright: ignore[reportArgumentType]  # because it is passed on

        monkeypatch.setattr(search, "answer", counted)
        again = await asked_both(questions, planners, index, Settings(), tmp_path, deaf)
    assert again == found
    assert asked == [questions[-1].text]
    assert [line.workflow for line in found["plain"]] == ["R,AG"] * 3
    assert [len(each) for each in found.values()] == [3, 3]
    assert np.mean([line.f1 for line in found["plain"]]) > 0.6


@pytest.mark.requirement("use.own-refuses")
def test_a_folder_of_documents_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    written(tmp_path / "a" / "one.md", "One.")
    before = content_hash(tmp_path)
    written(tmp_path / ".hidden", "x")
    assert content_hash(tmp_path) == before
    written(tmp_path / "a" / "one.md", "Two.")
    assert content_hash(tmp_path) != before


Kill = Callable[[str], Callable[[str, int, int], None]]


@pytest.fixture
def interrupted() -> Kill:
    """Return what hears progress and sends this process Ctrl-C once a phase has begun."""

    def at(wanted: str) -> Callable[[str, int, int], None]:
        sent: list[str] = []

        def hear(phase: str, done: int, total: int) -> None:
            del done, total
            if phase == wanted and not sent:
                sent.append(phase)
                os.kill(os.getpid(), signal.SIGINT)

        return hear

    return at


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.requirement("use.own", "use.own-resume", "use.own-refuses")
def test_tuned_from_files_to_verdict_through_a_ctrl_c_in_every_part(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: Kill
) -> None:
    pytest.importorskip("torch", reason="the policy learns with torch (extra train)")
    own = _module(monkeypatch)
    tables: Mapping[str, Mapping[str, object]] = {
        "policy": {"steps": 12, "batch": 8, "wide": 8, "narrow": 8},
        "run": {"evaluate_every": 6, "checkpoint_every": 3},
    }
    order = own.Own(
        corpus=small.corpus,
        questions=small.questions,
        out=tmp_path / "out",
        cache=small.cache,
        processes=1,
        settings=Settings(),
        tables=tables,
    )
    for number, phase in enumerate(("measuring seconds", "running", "learning", "comparing")):
        with pytest.raises(KeyboardInterrupt):
            own.tune(replace(order, resume=number > 0), interrupted(phase))
    tuned = own.tune(replace(order, resume=True), deaf)
    test = [one for one in small.asked if for_test(one.text)]
    assert (tuned.learnt, tuned.compared.gain.n) == (len(small.asked) - len(test), len(test))
    runs = [json.loads(line) for line in (tmp_path / "out" / RUNS).read_text("utf-8").splitlines()]
    assert len({(run["question"], run["planner"]) for run in runs}) == len(runs) == 2 * len(test)
    learnt = (tmp_path / "out" / "learn.jsonl").read_text("utf-8")
    assert not any(json.dumps(one.text) in learnt for one in test)
    report = json.loads(tuned.report.read_bytes())
    assert report["against"] == "rule"
    assert report["kept"] == ("trained:policy/model" if report["verdict"] == "better" else "rule")
    assert build(f"trained:{tmp_path / 'out' / 'policy' / 'model'}")
    assert str(tmp_path) not in tuned.report.read_text("utf-8")
    with pytest.raises(UsageError) as there:
        own.tune(order, deaf)
    assert there.value.code == "already_there"
    with pytest.raises(UsageError) as other:
        own.tune(replace(order, resume=True, settings=Settings(budget="cheap")), deaf)
    assert (other.value.code, other.value.fields["differs"]) == ("bad_table", "budget")


def _module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    from questline.training.planner import own

    monkeypatch.setattr(own_questions, "LEAST", 10)
    return own
