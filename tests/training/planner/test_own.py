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
from questline.training.planner.own_compare import RUNS, Line, Prices, asked_all
from questline.training.planner.own_questions import ANSWERS, OwnQuestion, Taught, for_test, read_own, taught
from questline.training.planner.own_verdict import compared
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
def test_a_question_that_is_too_long_is_named_before_anything_runs(tmp_path: Path) -> None:
    path = written(tmp_path / "q.jsonl", json.dumps({"question": "Who " * 6000 + "?", "answers": ["Ada"]}))
    with pytest.raises(UsageError, match="line 1") as refused:
        read_own(path, teacher=False)
    assert (refused.value.code, len(refused.value.message) < 300) == ("question_too_long", True)


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
    assert "agents eval planner" in told  # which needs fewer
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


def lines(f1: Sequence[float], calls: int = 0, *, seconds: float = 0.1, plan: str = "") -> list[Line]:
    """Return lines of plans that differ, or of one plan."""
    plans = [plan] * len(f1) if plan else ["R,AG", "QDS"] * len(f1)
    return [
        Line(question=str(n), planner="p", f1=value, tokens=0, usd=0.0, calls=calls, seconds=seconds, plan=plans[n])
        for n, value in enumerate(f1)
    ]


def prices(budget: str, *, embedded: bool = False) -> Prices:
    return Prices.of(policy(), PRESETS[budget], embedded=embedded)


RIGHT, WRONG = [1.0] * 30, [1.0] * 15 + [0.0] * 15
PLAIN = "constant:R,AG"


@pytest.mark.requirement("use.own")
def test_the_verdict_follows_the_interval_and_costs_weigh_as_the_budget_says() -> None:
    right, wrong, balanced = lines(RIGHT, 1), lines(WRONG, 1), prices("balanced")
    better = compared(wrong, right, wrong, balanced, name=PLAIN)
    assert (better.verdict, better.gain.difference, better.kept) == ("better", pytest.approx(0.5), "tuned")
    assert better.weights == {"calls": pytest.approx(0.1)}
    for default, tuned, verdict in ((right, wrong, "worse"), (right, right, "undecided")):
        found = compared(default, tuned, default, balanced, name=PLAIN)
        assert (found.verdict, found.kept) == (verdict, "default")
    dear = compared(right, lines(RIGHT, 5), right, prices("cheap"), name=PLAIN)
    assert dear.gain.difference == pytest.approx(-0.4 * (5 - 1) / 4)
    assert dear.verdict == "worse"
    assert compared(right, lines(RIGHT, 5), right, prices("best"), name=PLAIN).gain.difference == 0


@pytest.mark.requirement("use.own")
def test_without_a_language_model_seconds_alone_weigh() -> None:
    weighed = prices("cheap", embedded=True)
    assert {name for name, weight in zip(weighed.components, weighed.weights, strict=True) if weight} == {"seconds"}
    slow, quick = lines(RIGHT, seconds=0.6), lines(RIGHT, seconds=0.1)
    found = compared(slow, quick, slow, weighed, name=PLAIN)
    assert found.gain.difference == pytest.approx(0.4 * 0.5)
    assert found.weights == {"seconds": pytest.approx(0.4)}
    assert compared(slow, quick, slow, prices("best", embedded=True), name=PLAIN).kept == "default"


@pytest.mark.requirement("use.own")
def test_a_tuned_planner_that_runs_one_workflow_is_that_constant() -> None:
    constant = lines(RIGHT, 1, plan="R,AG")
    found = compared(lines(WRONG, 1), constant, constant, prices("balanced"), name=PLAIN)
    assert (found.verdict, found.only, found.kept) == ("better", "R,AG", PLAIN)
    other = compared(lines(WRONG, 1), lines(RIGHT, 1, plan="R,DS,AG"), lines(WRONG, 1), prices("balanced"), name=PLAIN)
    assert (other.only, other.kept) == ("R,DS,AG", "constant:R,DS,AG")
    in_turn = compared(lines(WRONG, 1), lines(RIGHT, 1, plan="R,AG > QDS"), lines(WRONG, 1), prices("best"), name=PLAIN)
    assert (in_turn.only, in_turn.kept) == ("R,AG > QDS", "tuned")  # no constant does that


@pytest.mark.requirement("use.own")
def test_a_single_workflow_that_is_as_good_is_kept_in_place_of_a_tuned_planner() -> None:
    found = compared(lines(WRONG, 1), lines(RIGHT, 1), lines(RIGHT, 1, plan="R,AG"), prices("balanced"), name=PLAIN)
    assert (found.verdict, found.only, found.kept) == ("better", "", PLAIN)
    assert found.over_constant.difference == 0
    worse = compared(lines(RIGHT, 1), lines(WRONG, 1), lines(RIGHT, 1, plan="R,AG"), prices("balanced"), name=PLAIN)
    assert worse.kept == "default"


@pytest.mark.requirement("use.own-refuses")
def test_a_utility_that_is_no_number_ends_the_comparison() -> None:
    with pytest.raises(RunError, match="not a finite number"):
        compared(lines(RIGHT), lines([float("nan")] * 30), lines(RIGHT), prices("best"), name=PLAIN)


@pytest.mark.requirement("use.own", "use.own-teacher")
@pytest.mark.parametrize("kept", ["tuned", "constant:R,AG", "default"])
def test_the_command_says_which_is_kept_and_how_to_use_it(
    kept: str, small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from questline.training.planner import own

    orders: list[own.Own] = []
    right, wrong = lines(RIGHT, 1), lines(WRONG, 1)
    plain = wrong if kept == "tuned" else lines(RIGHT, 1, plan="R,AG")
    default, tuned = (right, right) if kept == "default" else (wrong, plain if kept == PLAIN else right)
    result = compared(default, tuned, plain, prices("balanced"), name=PLAIN)
    assert result.kept == kept
    named = {"tuned": "trained:out/policy/model", "default": "rule"}.get(kept, kept)

    def tune(order: own.Own, hears: object) -> own.Tuned:
        del hears
        orders.append(order)
        return own.Tuned(
            compared=result,
            filled=Filled(questions=70, runs=1, new=1, seconds=1, processor_s=1, deaths=0, seen=None),
            taught=Taught(questions=(), answered=90, dropped=4, usage=Usage(usd=0.5)),
            against="rule",
            kept=named,
            report=Path("out/report.json"),
            learnt=70,
            alike=3,
        )

    monkeypatch.setattr(own, "tune", tune)
    assert main(words(small, tmp_path / "out", "--teacher", "openai:big", "--budget", "cheap")) == 0
    told = capsys.readouterr().out
    assert (orders[0].teacher, orders[0].settings.budget, orders[0].settings.planner) == ("openai:big", "cheap", "rule")
    assert "The teacher answered 90 questions for $0.5000; 4 without" in told
    assert f"{result.gain.low:+.3f} to {result.gain.high:+.3f}" in told
    assert "3 of them have an answer that a question learnt from has too" in told
    assert "constant:R,AG, the best single workflow of your table, gains" in told
    assert ("ran R,AG on every one of them: it does not choose" in told) == (kept == PLAIN)
    if kept == "default":
        assert "cannot be told apart" in told
        assert "Kept: rule. Nothing changes" in told
    else:
        assert "better: its gain is beyond luck" in told
        assert f'planner = "{named}"' in told
    assert str(small.corpus.parent) not in orders[0].command


@pytest.mark.requirement("use.own", "use.own-resume")
async def test_every_planner_is_asked_once_and_a_cut_line_is_asked_again(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = [Question(id=one.id, text=one.text, answers=one.answers, source=one.source) for one in small.asked[:3]]
    planners = {"rule": build("rule"), "plain": build("constant:R,AG")}
    with open_corpus(small.corpus, small.cache) as index:
        found = await asked_all(questions, planners, index, Settings(), tmp_path, deaf)
        whole = (tmp_path / RUNS).read_text("utf-8")
        (tmp_path / RUNS).write_text(whole[: whole.rindex("{") + 20], "utf-8")
        asked: list[str] = []
        answer = search.answer

        async def counted(*given: object) -> object:
            asked.append(str(given[2]))
            return await answer(*given)  # pyright: ignore[reportArgumentType]  # because it is passed on

        monkeypatch.setattr(search, "answer", counted)
        again = await asked_all(questions, planners, index, Settings(), tmp_path, deaf)
    timeless = [
        {name: [replace(line, seconds=0.0) for line in each] for name, each in one.items()} for one in (again, found)
    ]
    assert timeless[0] == timeless[1]
    assert asked == [questions[-1].text] * 2  # the first run loads the models, and is not kept
    assert [line.plan for line in found["plain"]] == ["R,AG"] * 3
    assert all(line.seconds > 0 == line.calls for line in found["plain"])  # no nominal charge
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
        "policy": {"learner": "utility", "steps": 12, "batch": 8, "wide": 8, "narrow": 8},
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
    assert len({(run["question"], run["planner"]) for run in runs}) == len(runs) == 3 * len(test)
    learnt = (tmp_path / "out" / "learn.jsonl").read_text("utf-8")
    assert not any(json.dumps(one.text) in learnt for one in test)
    report = json.loads(tuned.report.read_bytes())
    assert report["against"] == "rule"
    assert report["kept"] in {"trained:policy/model", "rule", report["constant"]}
    assert report["weights"] == {"seconds": pytest.approx(0.1)}
    assert report["kept"] == "rule" or report["verdict"] == "better" or report["constant_gain"]["low"] > 0
    assert build(f"trained:{tmp_path / 'out' / 'policy' / 'model'}")
    assert str(tmp_path) not in tuned.report.read_text("utf-8")
    with pytest.raises(UsageError) as there:
        own.tune(order, deaf)
    assert there.value.code == "already_there"
    with pytest.raises(UsageError) as other:
        own.tune(replace(order, resume=True, settings=Settings(budget="cheap")), deaf)
    assert (other.value.code, other.value.fields["differs"]) == ("bad_table", "budget")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.requirement("use.own", "policy.regression")
def test_the_command_learns_by_its_default_learner_from_files_to_a_verdict(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="the policy learns with torch (extra train)")
    _module(monkeypatch)
    assert main(words(small, tmp_path / "out")) == 0
    told = capsys.readouterr().out
    assert "Kept: " in told
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    test = [one for one in small.asked if for_test(one.text)]
    assert report["questions"]["learnt"] == len(small.asked) - len(test)
    assert report["questions"]["compared"] == len(test)
    card = (tmp_path / "out" / "policy" / "model" / "MODEL_CARD.md").read_text("utf-8")
    assert "`learner='regression'`" in card
    assert "`refit=True`" in card  # the last fifth is asked at the end, so that the policy learns from all others
    policy = Policy.load(tmp_path / "out" / "policy" / "model")
    assert policy.blank > 0  # the regressions read no sentence vector
    assert f"constant:{report['only']}" == report["kept"] or report["kept"] in {
        "rule",
        "trained:policy/model",
        report["constant"],
    }


def _module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    from questline.training.planner import own

    monkeypatch.setattr(own_questions, "LEAST", 10)
    return own
