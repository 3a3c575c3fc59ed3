"""What GRPO does to the small writer with seeds that nothing was chosen on, by rules that were fixed before them.

    python -P -m questline.training.writer.shown.fresh --pairs PAIRS --queries QUERIES --json writer_grpo_fresh.json

The writer, its reward, the judges and the tested prompts are those of `measure`, whose seeds 0 to 2 came after pilots;
here seeds are new, of GRPO and of what is drawn from the writer. What is fixed is written below as constants.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, cast

from rich.progress import Progress

from questline.training.benchmarks.harness import positive, run
from questline.training.writer.pairs import MATCHED

from .begun import Begun, Trainings, asked, begin, texts
from .compared import compare, described
from .judges import STRICT
from .seeds import over_seeds

__all__ = ["FORMS", "LOSS", "SEEDS", "main", "measured"]

SEEDS: Final = (3, 4, 5, 6, 7)
"""Fixed before any was run. Each is the seed of a GRPO of its own, and of the texts drawn before and after it."""
VARIED_SEEDS: Final = (8, 9, 10, 11, 12)
"""Of the form ``varied``, which came after those above had been seen and a pilot with seed 0; fixed before they ran."""
DRAWS: Final = 3
"""Texts a prompt, before and after, so that enough pairs are of equal length."""
LOSS: Final = 0.02
"""Fixed before any seed was run: distinct-2 is kept when the whole interval over seeds lies above minus this."""
FORMS: Final[dict[str, dict[str, Any]]] = {
    "graded": {},
    "graded_short": {},
    "group": {"form": "group"},
    "binary": {"form": "binary"},
    "varied": {"entropy": 0.02, "c_motif": 25.0},
}
"""The first and the last have ``--grpo-steps``, the others ``--form-steps``: those are compared with `graded_short`."""
_WHOLE: Final = frozenset({"graded", "varied"})
_COUNTED: Final = ("accepted_transformer", "accepted_transformer_strict")


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return for each form what changed, as means over seeds with 95 % intervals over seeds, and what that says."""
    trainings = Trainings(arguments.work, bar, threads=1)
    begun = begin(trainings, arguments)
    found: dict[str, list[dict[str, float]]] = {form: [] for form in arguments.forms}
    seeds = {form: (VARIED_SEEDS if form == "varied" else SEEDS)[: arguments.seeds] for form in arguments.forms}
    whole = [(form, seed) for form in FORMS if form in _WHOLE for seed in seeds.get(form, ())]
    short = [(form, seed) for seed in SEEDS for form in FORMS if form not in _WHOLE and seed in seeds.get(form, ())]
    for form, seed in [*whole, *short]:
        steps = arguments.grpo_steps if form in _WHOLE else arguments.form_steps
        made = replace(begun.settings, steps=steps, **FORMS[form])
        after = trainings.train("writer-grpo", f"fresh_{form}_{seed}", begun.parts.queries, made, seed=seed)
        found[form].append(_changed(begun, arguments.draws, seed, after))
        sys.stderr.write(f"{form} {seed}: {found[form][-1]}\n")
    return {
        "fixed": {
            "seeds": sorted({seed for each in seeds.values() for seed in each}),
            "equal_length": MATCHED,
            "strict": STRICT,
            "loss_of_distinct_2": LOSS,
            "draws": arguments.draws,
            "tested": len(begun.parts.tested),
        },
        "steps": {"graded": arguments.grpo_steps, "others": arguments.form_steps},
        "forms": {form: _told(rows) for form, rows in found.items()},
    }


def _changed(begun: Begun, draws: int, seed: int, after: Path) -> dict[str, float]:
    """Return what one seed changed."""
    seeds = range(100 * seed, 100 * seed + draws)
    before = texts(begun.writer, begun.parts.tested, seeds)
    written = texts(after, begun.parts.tested, seeds)
    was = cast("dict[str, Any]", described(begun.eyes, before))
    now = cast("dict[str, Any]", compare(begun.eyes, before, written))
    told = {"pairs_at_equal_length": float(now["n_at_equal_length"]), "distinct_2_before": float(was["distinct_2"])}
    for name in _COUNTED:
        told[f"{name}_before"] = float(was[name])
        told[name] = float(now["rise"][name]["difference"])
        told[f"{name}_at_equal_length"] = float(now["rise"][f"{name}_at_equal_length"].get("difference", 0.0))
    for name in ("distinct_2", "self_bleu", "template_share", "copied_share", "characters"):
        told[name] = float(now[name]) - float(was[name])
    return told


def _told(rows: list[dict[str, float]]) -> dict[str, object]:
    """Return the figures of one form; `kept` and `says` follow the rules above and nothing else."""
    figures = {name: over_seeds([row[name] for row in rows]) for name in rows[0]}
    names = [f"{name}_at_equal_length" for name in _COUNTED]
    return {
        "figures": {name: asdict(one) for name, one in figures.items()},
        "says": {name: figures[name].says for name in names},
        "keeps_distinct_2": figures["distinct_2"].above(-LOSS),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = asked(__doc__)
    options.add_argument("--seeds", type=positive, choices=range(2, len(SEEDS) + 1), default=len(SEEDS))
    options.add_argument("--draws", type=positive, default=DRAWS, help="texts a prompt")
    options.add_argument("--form-steps", type=positive, default=40, help="steps of the forms that are compared")
    options.add_argument(
        "--forms", nargs="+", choices=list(FORMS), default=["graded", "group", "binary", "graded_short"]
    )
    return run("fresh", options, measured, arguments, package="questline.training.writer.shown")


if __name__ == "__main__":
    sys.exit(main())
