"""What GRPO does to a small writer of greetings, in the eyes of judges that learnt from other prompts.

    python -P -m questline.training.writer.shown.measure --pairs PAIRS --queries QUERIES --json writer_grpo.json

One part of the prompts teaches a writer of characters (SFT), its reward model and GRPO; another the judges; texts for a
third are compared. Every training is kept in ``--work`` and goes on from there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from rich.progress import Progress

from questline.tools.writing.reward_model import load_model, save_model
from questline.training.benchmarks.harness import parser, positive, run
from questline.training.driver import MODEL, Options, train
from questline.training.recipe import Job
from questline.training.recipes import find
from questline.training.settings import told
from questline.training.writer.pairs import read_pairs
from questline.training.writer.reward_model import Fit, fit_reward_model
from questline.training.writer.tuning.grpo_settings import Settings as GRPOSettings
from questline.training.writer.tuning.models import opened
from questline.training.writer.tuning.rewarded import reward_of
from questline.training.writer.tuning.sample import Sample
from questline.training.writer.tuning.scorer import load_scorer
from questline.training.writer.tuning.scorer_recipe import Settings as ScorerSettings
from questline.training.writer.tuning.sft_recipe import Settings as SFTSettings
from questline.training.writer.tuning.texts import read_written
from questline.training.writer.tuning.writing import sampled

from .attempts import WAYS, attempts, compared
from .compared import Eyes, compare, described
from .judges import independent_judges
from .split import Split, split

__all__ = ["main", "measured"]

_CHARACTERS: Final = 64
_GUARDS: Final = ("length", "template", "motif", "duplicate", "repetition", "copy", "taboo", "odd", "fit")
_BARE: Final = {f"c_{name}": 0.0 for name in _GUARDS}
_WAYS: Final[dict[str, dict[str, Any]]] = {
    "guarded": {},
    "bare": _BARE,
    "free": {**_BARE, "beta": 0.0, "entropy": 0.0},
    "group": {"form": "group"},
    "binary": {"form": "binary"},
    "judge": {"reward": "judge"},
    "both": {"reward": "both"},
}
"""Rewards that are compared, the first with all seeds, the others with one: ``bare`` has no guards, and ``free`` is not
held to where it began either."""
_DRAW: Final = 1000


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the figures: judges, the writer before and after each kind of GRPO, and attempts at the reward."""
    work: Path = arguments.work
    parts = split(arguments.pairs, arguments.queries, work / "parts", tested=arguments.tested)
    show = _Show(work, bar, threads=1)
    before = show.train("writer-sft", "sft", parts.writer, SFTSettings(steps=arguments.sft_steps))
    likely = show.train("writer-sft", "sft_judges", parts.judges, SFTSettings(steps=arguments.sft_steps))
    judge = show.train("reward-transformer", "judge", parts.judges, _judge(arguments, likely))
    pairs = read_pairs(parts.judges)
    accepts, scores, judges = independent_judges(pairs, load_scorer(judge, device="cpu"))
    fluent = opened(SFTSettings(model=str(likely)), "writes", (), seed=0)
    eyes = Eyes(accepts=accepts, scores=scores, fluent=fluent, known=read_written(parts.writer, most=10_000))
    reward = _reward_model(work / "reward.json.gz", parts)
    settings = GRPOSettings(
        model=str(before), reward_model=str(reward), known=str(parts.writer), steps=arguments.grpo_steps
    )
    base = _texts(before, parts.tested, range(arguments.seeds))
    found: dict[str, object] = {}
    for way in arguments.ways:
        seeds = range(arguments.seeds if way == "guarded" else 1)
        after: list[list[Sample]] = []
        for seed in seeds:
            made = replace(settings, **_WAYS[way])
            folder = show.train("writer-grpo", f"grpo_{way}_{seed}", parts.queries, made, seed=seed)
            after += _texts(folder, parts.tested, [seed])
        found[way] = compare(eyes, base[: len(after)], after)
    known = read_written(parts.writer, most=_CHARACTERS)
    whole = reward_of(settings, known)
    model = load_model(reward)
    tried = {way: compared(whole, base[0], attempts(way, base[0], known, model)) for way in WAYS}
    return {
        "judges": judges,
        "before": described(eyes, base),
        "after": found,
        "attempts": tried,
        "prompts": {
            "tested": len(parts.tested),
            "pairs_of_writer": len(read_pairs(parts.writer)),
            "pairs_of_judges": len(pairs),
        },
        "steps": {"sft": arguments.sft_steps, "judge": arguments.judge_steps, "grpo": arguments.grpo_steps},
    }


class _Show:
    """Trains in folders under one, each going on from where it was."""

    def __init__(self, work: Path, bar: Progress, *, threads: int) -> None:
        self._work, self._bar, self._threads = work, bar, threads

    def train(self, name: str, folder: str, data: Path, settings: object, *, seed: int = 0) -> Path:
        """Return the folder of the model."""
        found = find(name)
        out = self._work / folder
        task = self._bar.add_task(folder, total=None)

        def hear(phase: str, done: int, total: int) -> None:
            self._bar.update(task, completed=done, total=total)

        options = Options(seed=seed, threads=self._threads, **cast("dict[str, Any]", dict(found.run)))
        job = Job(data=data, out=out, cache=self._work / "cache", seed=seed, threads=self._threads, hears=hear)
        train(
            name,
            lambda each: found.recipe(each, settings),
            job,
            options,
            settings=told(options, settings),
            command=f"agents train {name}",
            torch=found.torch,
            resume=True,
        )
        return out / MODEL


def _reward_model(path: Path, parts: Split) -> Path:
    """Fit the reward model of characters on the writer's pairs, no longer among them only for being longer."""
    if not path.exists():
        save_model(fit_reward_model(read_pairs(parts.writer), Fit(decorrelate="within")), path)
    return path


def _judge(arguments: argparse.Namespace, start: Path) -> ScorerSettings:
    """Return the settings of the judge, which begins as a writer of its own prompts: it has read Chinese before."""
    return ScorerSettings(model=str(start), steps=arguments.judge_steps, rate=5e-4)


def _texts(folder: Path, queries: Sequence[str], seeds: Sequence[int] | range) -> list[list[Sample]]:
    """Return a text a query for each seed; the seed is of the draw alone."""
    loaded = opened(SFTSettings(model=str(folder)), "writes", (), seed=0)
    return [sampled(loaded, queries, tokens=_CHARACTERS + 2, temperature=1.0, seed=_DRAW + seed) for seed in seeds]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--pairs", type=Path, required=True, help="JSON lines of {query, chosen, rejected}")
    options.add_argument("--queries", type=Path, required=True, help="JSON lines of {query}")
    options.add_argument("--work", type=Path, default=Path("runs/writer_grpo"), help="folder of the trainings")
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--tested", type=positive, default=300, help="prompts")
    options.add_argument("--sft-steps", type=positive, default=700)
    options.add_argument("--judge-steps", type=positive, default=200)
    options.add_argument("--grpo-steps", type=positive, default=80)
    options.add_argument("--ways", nargs="+", choices=sorted(_WAYS), default=list(_WAYS))
    return run("measure", options, measured, arguments, package="questline.training.writer.shown")


if __name__ == "__main__":
    sys.exit(main())
