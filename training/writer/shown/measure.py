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
from typing import Any, Final

from rich.progress import Progress

from questline.tools.writing.reward_model import load_model
from questline.training.benchmarks.harness import positive, run
from questline.training.writer.pairs import read_pairs
from questline.training.writer.tuning.rewarded import reward_of
from questline.training.writer.tuning.sample import Sample
from questline.training.writer.tuning.texts import read_written

from .attempts import WAYS, attempts, compared
from .begun import CHARACTERS, Trainings, asked, begin, texts
from .compared import compare, described

__all__ = ["main", "measured"]

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


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the figures: judges, the writer before and after each kind of GRPO, and attempts at the reward."""
    trainings = Trainings(arguments.work, bar, threads=1)
    begun = begin(trainings, arguments)
    parts = begun.parts
    base = texts(begun.writer, parts.tested, range(arguments.seeds))
    found: dict[str, object] = {}
    for way in arguments.ways:
        seeds = range(arguments.seeds if way == "guarded" else 1)
        after: list[list[Sample]] = []
        for seed in seeds:
            made = replace(begun.settings, **_WAYS[way])
            folder = trainings.train("writer-grpo", f"grpo_{way}_{seed}", parts.queries, made, seed=seed)
            after += texts(folder, parts.tested, [seed])
        found[way] = compare(begun.eyes, base[: len(after)], after)
    known = read_written(parts.writer, most=CHARACTERS)
    whole = reward_of(begun.settings, known)
    model = load_model(begun.reward)
    tried = {way: compared(whole, base[0], attempts(way, base[0], known, model)) for way in WAYS}
    return {
        "judges": begun.judges,
        "before": described(begun.eyes, base),
        "after": found,
        "attempts": tried,
        "prompts": {
            "tested": len(parts.tested),
            "pairs_of_writer": len(read_pairs(parts.writer)),
            "pairs_of_judges": len(read_pairs(parts.judges)),
        },
        "steps": {"sft": arguments.sft_steps, "judge": arguments.judge_steps, "grpo": arguments.grpo_steps},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = asked(__doc__)
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--ways", nargs="+", choices=sorted(_WAYS), default=list(_WAYS))
    return run("measure", options, measured, arguments, package="questline.training.writer.shown")


if __name__ == "__main__":
    sys.exit(main())
