"""What a small suggester made here comes to, taught lists and then clicks of users who are known.

    python -P -m questline.training.generative_suggester.learns --work runs/suggester --json suggester_learns.json

For each seed: lists of a made-up shop, `suggester-sft`, then `suggester-rounds`; and the same rounds with clicks that
are handed to other lists, as a control: what its last round learnt, whether or not the loop would have it. Told is the
truth: clicks a list that the users would give, and how alike the suggestions of a list are, before and after, on
queries that were shown and on others, which SFT has not seen either; changes are paired, with 95 % intervals over
queries. Every training is kept in ``--work`` and goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Final

from rich.progress import Progress

from questline.tools.suggestion.similarity import similarity
from questline.training.benchmarks.harness import parser, positive, run
from questline.training.driver import MODEL, Options, train
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.rows import content_hash
from questline.training.recipe import Job, unheard
from questline.training.settings import told

from .ablations import Shuffled
from .command import Settings, begun, known_of
from .figures import described
from .made import made_rows
from .policy import Policy, grown
from .rounds import Ended, Order, run_rounds
from .rows import read_asked
from .sft_recipe import Settings as SFTSettings
from .sft_recipe import SFTRecipe
from .users import KnownUsers
from .writing import ModelPolicy

__all__ = ["main", "measured"]

_LISTS: Final = 20
"""Of a query, that a truth is the mean of."""
_KINDS: Final = 12
"""Of each thing of the shop: enough queries that a tenth held out tells something."""


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the figures of each seed, and of its control."""
    task = bar.add_task("trainings", total=3 * arguments.seeds)
    found: dict[str, object] = {}
    size = 0
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        work = arguments.work / str(seed)
        data, taught = _taught(work, seed, arguments)
        bar.advance(task)
        settings = Settings(
            model=str(taught), rounds=arguments.rounds, impressions=arguments.impressions, seed=seed, users=seed
        )
        ended = _rounds(data, work / "rounds", settings, KnownUsers(seed=seed))
        bar.advance(task)
        control = _rounds(data, work / "shuffled", settings, Shuffled(users=KnownUsers(seed=seed)))
        bar.advance(task)
        size = _parameters(settings)
        found[str(seed)] = _compared(data, ended, control, last_learnt(work / "shuffled", settings), settings)
    return {
        "seeds": found,
        "parameters": size,
        "lists_a_query": _LISTS,
        "steps": {"sft": arguments.sft_steps, "dpo": Settings(model="-").steps, "rounds": arguments.rounds},
        "impressions": arguments.impressions,
    }


def _taught(work: Path, seed: int, arguments: argparse.Namespace) -> tuple[Path, Path]:
    """Return the lists of the shop, and the model that was taught them."""
    work.mkdir(parents=True, exist_ok=True)
    data, run_ = work / "lists.jsonl", work / "sft"
    lines = (json.dumps(row.as_dict(), ensure_ascii=False) + "\n" for row in made_rows(seed=seed, kinds=_KINDS))
    data.write_text("".join(lines), encoding="utf-8")
    if not (run_ / "finished.json").is_file():
        settings = SFTSettings(steps=arguments.sft_steps, batch=32, rate=3e-3, tested=20)
        options = Options(seed=seed, threads=1, evaluate_every=100, checkpoint_every=100)
        job = Job(data=data, out=run_, cache=work, seed=seed, threads=1, hears=unheard)
        train(
            "suggester-sft",
            lambda job: SFTRecipe(job, settings),
            job,
            options,
            settings=told(options, settings),
            command="agents train suggester-sft",
            resume=(run_ / "checkpoint.pt").is_file(),
        )
    return data, run_ / MODEL


def _rounds(data: Path, out: Path, settings: Settings, users: KnownUsers | Shuffled) -> Ended:
    pools, held, documents = known_of(read_asked(data).kept)
    order = Order(
        out=out,
        pools=pools,
        held=held,
        documents=documents,
        settings=settings,
        identity=content_hash(data),
        resume=out.is_dir(),
    )
    return run_rounds(order, begun(settings), users, unheard)


def last_learnt(out: Path, settings: Settings) -> ModelPolicy:
    """Return what the last round of a run learnt from its clicks, adopted or not; the first model where none did."""
    learnt = {
        int(path.parent.name.removeprefix("round-")): path / "dpo" / MODEL
        for path in out.glob("round-*/policy")
        if (path / "dpo" / "finished.json").is_file()
    }
    return ModelPolicy.load(str(learnt[max(learnt)]) if learnt else settings.model, most=settings.tokens)


def _compared(data: Path, ended: Ended, control: Ended, shuffled: Policy, settings: Settings) -> dict[str, object]:
    """Compare what the last model writes with what the first did, and with the control, in the users' eyes."""
    pools, held, documents = known_of(read_asked(data).kept)
    users = KnownUsers(seed=settings.users)
    sides: dict[str, Policy] = {
        "before": ModelPolicy.load(settings.model),
        "after": ended.policy,
        "shuffled": shuffled,
    }
    found: dict[str, object] = {
        "rounds": [_told(one) for one in ended.rounds],
        "ended": ended.why,
        "shuffled ended": control.why,
        "shuffled adopted": [one["adopted"] for one in control.rounds],
    }
    for name, queries in (("shown", sorted(pools)), ("held out", held)):
        asked = [query for query in queries for _ in range(_LISTS)]
        lists = {
            side: list(zip(asked, grown(policy, asked, settings.size, seed="learns"), strict=True))
            for side, policy in sides.items()
        }
        clicks = {
            side: [float(users.chances(query, options).sum()) for query, options in one] for side, one in lists.items()
        }
        alike = {side: [_alike(options) for _, options in one] for side, one in lists.items()}
        figures: dict[str, object] = {
            side: {"true clicks a list": round(fmean(clicks[side]), 4), **_rounded(described(lists[side], documents))}
            for side in sides
        }
        found[name] = {
            "queries": len(queries),
            **figures,
            "gain": _change(clicks["before"], clicks["after"], asked),
            "gain over shuffled": _change(clicks["shuffled"], clicks["after"], asked),
            "shuffled's gain": _change(clicks["before"], clicks["shuffled"], asked),
            "similarity, change": _change(alike["before"], alike["after"], asked),
        }
    return found


def _alike(options: Sequence[str]) -> float:
    """Return the mean similarity of two suggestions of a list."""
    told = [similarity(one, other) for one, other in combinations(options, 2)]
    return fmean(told) if told else 0.0


def _change(before: Sequence[float], after: Sequence[float], asked: Sequence[str]) -> dict[str, float]:
    """Return the mean change of paired lists, with a 95 % interval over queries."""
    change = [late - early for early, late in zip(before, after, strict=True)]
    low, high = bootstrap_interval(change, clusters=asked)
    return {"mean": round(fmean(change), 4), "low": round(low, 4), "high": round(high, 4)}


def _parameters(settings: Settings) -> int:
    """Return how large the model is."""
    return sum(each.numel() for each in ModelPolicy.load(settings.model).model.parameters())


def _told(one: Mapping[str, object]) -> dict[str, object]:
    told = ("round", "clicks a list", "slots", "click model", "pairs", "after", "adopted", "own clicks")
    return {name: one[name] for name in told if name in one}


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--work", type=Path, default=Path("runs/suggester"), help="folder of the trainings")
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--first-seed", type=int, default=12, help="settings were chosen on seeds 11 and 101")
    options.add_argument("--sft-steps", type=positive, default=200)
    options.add_argument("--rounds", type=positive, default=2)
    options.add_argument("--impressions", type=positive, default=1500)
    return run("learns", options, measured, arguments, package="questline.training.generative_suggester")


if __name__ == "__main__":
    sys.exit(main())
