"""The suite over workflow planners: `planner`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from questline.errors import UsageError

from .command_options import BaseUrl, Corpus, Kept, Sample
from .option_groups import spread
from .suite_runs import check_target, run_suite, shown_phases, unless

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from questline.agents.workflow_planner.trained import Policy
    from questline.settings import Settings
    from questline.tools.retrieval.report import Progress as Hears
    from questline.training.planner.contenders import Contender
    from questline.training.planner.outcomes import Constants
    from questline.training.planner.rivals import Rivals
    from questline.training.planner.table_rows import TableRows

    from .suites.planner import PlannerSuite

__all__ = ["planner"]


@spread
def planner(
    *,
    corpus: Corpus,
    questions: Annotated[
        Path, typer.Option(help="JSON lines of {id, question, answers[], source?, type?}, plain or .gz.")
    ],
    planner: Annotated[
        str, typer.Option("--planner", help="rule, llm, constant:WORKFLOW, trained or trained:DIR.")
    ] = "rule",
    table: Annotated[
        Path | None,
        typer.Option(help="Table of these questions (agents train planner table); without, one is filled in --cache."),
    ] = None,
    train_table: Annotated[
        Path | None,
        typer.Option(help="Table of other questions: constants are chosen and baselines learn on it."),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(help="Another planner to set beside it, constant: or trained:, such as another seed; repeatable."),
    ] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="Tell of each weight of calls: 0, .05, .1, .2, .4.")] = False,
    seeds: Annotated[
        int, typer.Option(min=0, help="Trainings of the published recipe at each alpha, on --train-table; 0 for none.")
    ] = 5,
    picture: Annotated[
        Path | None, typer.Option(help="Folder of pictures: fronts, plans by source, learning curves.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="embedded, openai:NAME, anthropic:NAME or NAME.")] = None,
    base_url: BaseUrl = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Without --table: worker processes; all cores by default.")
    ] = None,
    sample: Sample,
    kept: Kept,
) -> None:
    """Judge a planner of workflows on every workflow's outcome: gain over constants, oracle gap, fronts, variety."""
    from questline.settings import load_settings
    from questline.training.planner.verdict import Trial

    from .table import terminal

    check_target(kept.json_file)
    settings = load_settings(flags={"model": model, "base_url": base_url})
    _check(planner, beside or [])
    task = _Task(
        corpus=corpus, questions=questions, cache=kept.cache, settings=settings, limit=sample.limit, seeds=seeds
    )
    with shown_phases() as hears:
        try:
            rows = task.table(table, processes or os.cpu_count() or 1, hears)
            train = None if train_table is None else task.train(train_table, rows)
            own, live = task.contender(planner, rows, hears)
            trial = Trial(
                own=own,
                table=rows,
                constants=task.constants(planner, rows, train),
                rivals=task.rivals(train, rows, hears),
                beside=[task.contender(name, rows, hears)[0] for name in beside or []],
                seed=sample.seed,
            )
        except KeyboardInterrupt:
            terminal(stderr=True).print("Finished rows are kept; the same command goes on from there.")
            raise

    def build(indexing: Hears) -> PlannerSuite:
        from .suites.planner import PlannerSuite

        return PlannerSuite(
            trial=trial,
            live=live,
            corpus=corpus,
            questions=questions,
            cache=kept.cache,
            settings=settings,
            identities=task.identities(planner, train),
            sweep=sweep,
            picture=picture,
            curves=task.curves([planner, *(beside or [])]),
            indexing=indexing,
        )

    given = {"corpus": corpus, "questions": questions, "planner": planner, "table": table, "train_table": train_table}
    given |= {"model": model, "base_url": base_url, "limit": sample.limit, "seeds": unless(5, seeds)}
    given |= {"beside": beside, "sweep": sweep}
    run_suite("planner", build, kept, given=given, seed=sample.seed)


def _check(planner: str, beside: Sequence[str]) -> None:
    from questline.agents.workflow_planner.build import build

    for name in (planner, *beside):
        build(name)
    wrong = next((name for name in beside if name in ("rule", "llm")), None)
    if wrong is not None:
        raise UsageError(
            f"--beside takes constant:WORKFLOW or trained:DIR, which a table tells; measure {wrong!r} by itself with "
            "--planner",
            argument="beside",
        )
    if len({planner, *beside}) <= len(beside):
        raise UsageError("--planner and --beside name one planner twice", argument="beside")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What the parts of the measurement are made of."""

    corpus: Path
    questions: Path
    cache: Path
    settings: Settings
    limit: int | None
    seeds: int

    def table(self, folder: Path | None, processes: int, hears: Callable[[str, int, int], None]) -> TableRows:
        """Read the table of the questions, or fill one beside the indexes, from where an earlier run of it ended."""
        from questline.runtime import MAX_QUESTION_CHARS
        from questline.training.planner.fill import Order, fill, sampled
        from questline.training.planner.folds import Fits
        from questline.training.planner.identity import identity
        from questline.training.planner.table_rows import TableRows

        from .rows import read_distinct_questions

        everything = read_distinct_questions(self.questions, most=MAX_QUESTION_CHARS)
        wanted = sampled(everything, self.limit)
        if folder is None:
            folder = self.cache / "planner" / _named(identity(self.corpus, self.settings, Fits()))
            order = Order(
                corpus=self.corpus,
                questions=self.questions,
                out=folder,
                cache=self.cache,
                processes=processes,
                settings=self.settings,
                limit=self.limit,
                resume=True,
            )
            fill(order, hears)
        return TableRows.read(folder).of_questions(wanted, self.corpus)

    def train(self, folder: Path, rows: TableRows) -> TableRows:
        """Read the table that constants are chosen on; a question of both would be chosen on and measured."""
        from questline.training.planner.table_rows import TableRows

        found = TableRows.read(folder)
        both = {asked.text.casefold() for asked, _ in found.rows} & {text.casefold() for text in rows.texts}
        if both:
            raise UsageError(
                f"{len(both)} questions stand in --train-table too, such as {min(both)!r}; measure on others, or leave "
                "--train-table out",
                code="bad_table",
                path=folder,
            )
        ours, theirs = rows.top.components, found.top.components
        if ours != theirs:
            raise UsageError(
                f"the tables hold other costs: {', '.join(ours)} and {', '.join(theirs)}; fill both with one model",
                code="bad_table",
                path=folder,
                differs="components",
            )
        return found

    def constants(self, planner: str, rows: TableRows, train: TableRows | None) -> Constants:
        """Choose the constants on the training table; else take those of the policy; else cross the halves."""
        from questline.training.planner.assess import Chosen, chosen
        from questline.training.planner.outcomes import Constants
        from questline.training.planner.rewards import scales

        matrix = rows.top
        if train is not None:
            learnt = train.top
            told = f"{len(learnt.questions)} questions of --train-table"
            return Constants.of(chosen(learnt, scales(learnt.costs)), matrix, told)
        policy = _policy(planner)
        if policy is not None and policy.constants is not None:
            found = Chosen.read(policy.constants, policy.scale.tolist())
            return Constants.of(found, matrix, "the training table of the policy")
        return Constants.crossed(matrix)

    def contender(self, name: str, rows: TableRows, hears: Callable[[str, int, int], None]) -> tuple[Contender, bool]:
        """Return a planner with what the table says of it; or its name alone, where it has to be run."""
        from questline.tools.models.encoder import Encoder
        from questline.training.planner.contenders import Contender, constant_contender, trained_contender

        policy = _policy(name)
        if policy is not None:
            self._unknown_to(policy, name, rows)
            hears(f"weighing {name}", 0, 1)
            found = trained_contender(name, policy, rows, Encoder.load(threads=self.settings.threads))
            hears(f"weighing {name}", 1, 1)
            return found, False
        if name.startswith("constant:"):
            return constant_contender(name, rows), False
        return Contender(name=name, got={}), True

    def _unknown_to(self, policy: Policy, name: str, rows: TableRows) -> None:
        """See that a policy is not measured on what it learnt from."""
        from questline.training.planner.learnt import known

        learnt = known(policy.learnt, rows.texts)
        if learnt:
            raise UsageError(
                f"{name} has learnt from {len(learnt):,} of these {len(rows.texts):,} questions, such as "
                f"{learnt[0]!r}: on them it looks better than it is. Measure it on others",
                code="bad_table",
                path=self.questions,
                learnt=len(learnt),
            )

    def rivals(self, train: TableRows | None, rows: TableRows, hears: Callable[[str, int, int], None]) -> Rivals:
        """Learn the baselines that learn."""
        from questline.tools.models.encoder import Encoder
        from questline.training.planner.rivals import CLASSIFIER, PUBLISHED, Rivals, learn_rivals

        if train is None:
            return Rivals(missing=dict.fromkeys((CLASSIFIER, PUBLISHED), "needs --train-table"))
        return learn_rivals(train, rows, Encoder.load(threads=self.settings.threads), hears, seeds=self.seeds)

    def identities(self, planner: str, train: TableRows | None) -> dict[str, str]:
        """Return the fingerprints of the policy and of the training table."""
        policy = _policy(planner)
        return {
            "policy": "" if policy is None else policy.fingerprint,
            "train_table": "" if train is None else train.fingerprint,
        }

    def curves(self, names: Sequence[str]) -> dict[str, list[tuple[int, str, float]]]:
        """Return the learning curves of trained planners, as far as their runs still hold them."""
        from questline.training.planner.verdict_pictures import logged_curves

        kinds = {name: name.partition(":") for name in names}
        return {
            name: logged_curves(Path(folder))
            for name, (kind, _, folder) in kinds.items()
            if kind.strip() == "trained" and folder
        }


def _policy(name: str) -> Policy | None:
    from questline.agents.workflow_planner.trained import opened

    kind, _, folder = (part.strip() for part in name.partition(":"))
    return opened(Path(folder) if folder else None) if kind == "trained" else None


def _named(told: dict[str, str]) -> str:
    import hashlib
    import json

    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
