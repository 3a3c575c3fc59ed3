"""A planner tuned on a user's own documents and questions, in one go: answers, table, policy, comparison, verdict.

The questions are split by a hash of their words: four fifths fill the table that the policy learns from, and on the
last fifth the tuned planner, the one that is used without it, and the best single workflow of the table are asked the
same questions, as a user would ask them. Every part goes on where an earlier run of it ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from questline import event_loop
from questline.agents.contract import WorkflowPlanner
from questline.agents.workflow_planner.build import build as build_planner
from questline.agents.workflow_planner.trained import TrainedPlanner, opened
from questline.budget import Budget
from questline.errors import UsageError, require
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.retrieval.faults import storage_faults
from questline.tools.retrieval.index import DocumentIndex
from questline.tools.retrieval.report import Phase
from questline.training import checkpoints
from questline.training.driver import Options, train
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.provenance import Provenance
from questline.training.evaluation.reports import write_json
from questline.training.evaluation.rows import content_hash, read_questions
from questline.training.recipe import Hears, Job
from questline.training.recipes import find
from questline.training.settings import filled, told

from .baselines import best_constant
from .columns import TOP
from .fill import Filled, Order, fill
from .folds import learnt_by_shipped
from .matrix import Matrix, read_matrix
from .own_compare import Doubles, Prices, asked_all
from .own_questions import OwnQuestion, Taught, check_enough, for_test, read_own, taught, write_own
from .own_verdict import Compared, compared
from .store import FILE

__all__ = ["RUN", "Own", "Tuned", "tune"]

RUN: Final = "own.json"
"""What decides the run, in its folder."""
_VERSION: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What to tune on, and how."""

    corpus: Path
    """Documents: JSON lines of {id, title, text}, or a folder or file that `agents index` reads."""
    questions: Path
    out: Path
    cache: Path
    processes: int
    settings: Settings
    """Model and base URL of the executors, budget, and as ``planner`` the one to beat."""
    teacher: str | None = None
    """Model that answers the questions that have no answers."""
    tables: Mapping[str, Mapping[str, object]]
    """``[run]`` and ``[policy]`` of a settings file."""
    command: str = ""
    resume: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What it came to."""

    compared: Compared
    filled: Filled
    taught: Taught | None
    against: str
    """The planner to beat, as in ``--planner``."""
    kept: str
    """The better one, as in ``--planner``: another than `against` only where it is better beyond luck."""
    report: Path
    learnt: int
    """Questions of the table."""
    alike: int = 0
    """Compared questions with an answer that a question of the table has too."""


def tune(own: Own, hears: Hears) -> Tuned:
    """Do all of it.

    Raises:
        MissingExtra: Without torch.
        UsageError: ``bad_data`` with the row, or for too few questions; ``already_there`` for a folder that holds a run
            and no ``resume``; ``bad_table`` for one of other documents, questions or settings; ``bad_budget``,
            ``bad_planner``, ``unknown_model``, ``missing_key``; all before anything is run.
        RunError: A part failed; what was done is kept.
        KeyboardInterrupt: After what runs is kept.
    """
    require("torch", feature="planner training")
    budget = Budget.parse(own.settings.budget)
    build_planner(own.settings.planner)
    for model in filter(None, (own.settings.model, own.teacher)):
        Gateway.of(replace(own.settings, model=model))  # for what it refuses
    options = filled(Options, own.tables.get("run", {}), table="run")
    found = find("policy")
    policy_table = own.tables.get("policy", {})
    # The last fifth is asked at the end, so that the policy need not do without a fifth of the others too.
    refit = policy_table.get("learner", "regression") == "regression"
    settings = filled(found.settings, {"refit": refit, **policy_table}, table="policy")
    questions = read_own(own.questions, teacher=own.teacher is not None)
    check_enough(len(questions), own.questions)
    if learnt_by_shipped(own.questions):
        raise UsageError(
            "the shipped executors have learnt from these questions: a planner learnt on them trusts the wrong "
            "workflows. Use questions of your own, or `agents train planner folds`, `table` and `agents train policy`",
            code="bad_table",
            path=own.questions,
        )
    _begin(own)
    made = _answered(own, questions, hears)
    rows = list(made.questions) if made is not None else questions
    check_enough(len(rows), own.questions)
    learn, test = [one for one in rows if not for_test(one.text)], [one for one in rows if for_test(one.text)]
    write_own(own.out / "learn.jsonl", learn)
    write_own(own.out / "test.jsonl", test)
    filling = fill(
        Order(
            corpus=own.corpus,
            questions=own.out / "learn.jsonl",
            out=own.out / "table",
            cache=own.cache,
            processes=own.processes,
            settings=own.settings,
            resume=(own.out / "table" / FILE).exists(),
        ),
        hears,
    )
    job = Job(
        data=own.out / "table",
        out=own.out / "policy",
        cache=own.cache,
        seed=options.seed,
        threads=options.threads,
        hears=hears,
    )
    finished = train(
        "policy",
        lambda job: found.recipe(job, settings),
        job,
        options,
        settings=told(options, settings),
        command=own.command,
        resume=any((job.out / name).exists() for name in (checkpoints.FILE, checkpoints.PLAIN)),
    )
    opened.cache_clear()  # the folder may have held another policy
    policy = opened(finished.model)
    matrix = read_matrix(own.out / "table")
    prices = Prices.of(policy, budget, embedded=own.settings.model == "embedded" and not own.settings.models)
    constant = f"constant:{TOP[best_constant(prices.utility(matrix.f1, _costs(matrix, prices)))]}"
    against, mine = own.settings.planner, f"tuned {policy.fingerprint}"
    planners: dict[str, WorkflowPlanner] = {name: build_planner(name) for name in (against, constant)}
    planners[mine] = TrainedPlanner(policy)
    with _corpus(own, hears) as index:
        lines = event_loop.run(
            asked_all(read_questions(own.out / "test.jsonl"), planners, index, own.settings, own.out, hears)
        )
    result = compared(lines[against], lines[mine], lines[constant], prices, name=constant, seed=options.seed)
    kept = {"tuned": f"trained:{finished.model}", "default": against}.get(result.kept, result.kept)
    whole = Tuned(
        compared=result,
        filled=filling,
        taught=made,
        against=against,
        kept=kept,
        report=own.out / "report.json",
        learnt=len(learn),
        alike=_alike(learn, test),
    )
    _write(own, whole)
    return whole


def _costs(matrix: Matrix, prices: Prices) -> Doubles:
    """Return the costs ``[n, w, c]`` of a table in the order of prices; 0 for one that is 0 in every run."""
    none = np.zeros(matrix.f1.shape)
    columns = {name: matrix.costs[..., place] for place, name in enumerate(matrix.components)}
    return np.stack([columns.get(name, none) for name in prices.components], axis=-1)


def _alike(learn: Sequence[OwnQuestion], test: Sequence[OwnQuestion]) -> int:
    """Count the compared questions that may be others in other words: one that was learnt from has the same answer."""
    said = {answer.casefold() for one in learn for answer in one.answers}
    return sum(any(answer.casefold() in said for answer in one.answers) for one in test)


def _begin(own: Own) -> None:
    """Keep what decides the run in a new folder, or hold an old one to it."""
    ours = {
        "version": _VERSION,
        "corpus": content_hash(own.corpus),
        "questions": content_hash(own.questions),
        "teacher": own.teacher,
        "model": own.settings.model,
        "budget": own.settings.budget,
        "planner": own.settings.planner,
        "policy": json.dumps({name: dict(values) for name, values in own.tables.items()}, sort_keys=True),
    }
    path = own.out / RUN
    if path.exists():
        if not own.resume:
            raise UsageError(
                f"{str(own.out)!r} holds a run already; go on with it with --resume, or take another --out",
                code="already_there",
                path=own.out,
            )
        try:
            theirs = json.loads(path.read_bytes())
            differs = sorted(name for name in ours if theirs.get(name) != ours[name])
        except (ValueError, AttributeError) as error:
            raise UsageError(f"{str(path)!r} is damaged ({error})", code="bad_table", path=path) from error
        if differs:
            raise UsageError(
                f"{str(own.out)!r} is a run with another {' and '.join(differs)}; repeat those, or take another --out",
                code="bad_table",
                path=own.out,
                differs=",".join(differs),
            )
        return
    with storage_faults(own.out, what="the run"):
        own.out.mkdir(parents=True, exist_ok=True)
        write_json(path, ours)


def _corpus(own: Own, hears: Hears) -> AbstractContextManager[DocumentIndex]:
    def progress(phase: Phase, done: int, total: int) -> None:
        hears(f"indexing: {phase}", done, total)

    return open_corpus(own.corpus, own.cache, progress=progress)


def _answered(own: Own, questions: list[OwnQuestion], hears: Hears) -> Taught | None:
    if own.teacher is None or all(one.answers for one in questions):
        return None
    settings = replace(own.settings, model=own.teacher)
    with _corpus(own, hears) as index:
        return event_loop.run(taught(questions, index, settings, own.out, hears))


def _write(own: Own, tuned: Tuned) -> None:
    made = tuned.taught
    report: dict[str, Any] = {
        **tuned.compared.as_dict(),
        "against": tuned.against,
        "kept": "trained:policy/model" if tuned.compared.kept == "tuned" else tuned.kept,
        "budget": own.settings.budget,
        "questions": {"learnt": tuned.learnt, "compared": tuned.compared.gain.n, "alike": tuned.alike},
        "teacher": None
        if made is None
        else {"model": own.teacher, "answered": made.answered, "dropped": made.dropped, "usd": made.usage.usd},
        "run": {"suite": "own planner", "command": own.command, **Provenance.gather().as_dict()},
    }
    write_json(tuned.report, report)
