"""What each source of data and each head brings to the cross-encoder: short trainings that lack one of them.

    python -P -m questline.training.embedded.ablation --data DIR --start WHEEL --out DIR [--steps 780] [--json FILE]

Every variant is one run of `agents train cross-encoder` with the same seed and as many batches (where a source is
missing, the others are seen more often), in a folder of its own, so that a killed ablation goes on where it stopped;
what the file of ``--json`` has already, by the same batches and seed, is kept too.
They are compared on questions held out of training, and by reading the gold passages of questions that no training
sees.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from questline.errors import QuestlineError, UsageError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.training.driver import MODEL, Options, train
from questline.training.evaluation.provenance import Provenance
from questline.training.recipe import Job, Recipe
from questline.training.settings import told

from .cross_encoder import CrossEncoderRecipe
from .cross_encoder_settings import Settings
from .evaluate import Judges, gold_passages, reading_figures

__all__ = ["VARIANTS", "main", "settings_of"]

VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "everything": {},
    "no questions made by rule": {"uses": {"made/": 0.0}},
    "no sentences": {"uses": {"/sentences": 0.0}},
    "no Natural Questions": {"uses": {"nq": 0.0}},
    "no 2Wiki": {"uses": {"2wiki": 0.0}},
    "no TimeQA": {"uses": {"timeqa": 0.0}},
    "no PubMedQA and QMSum": {"uses": {"pubmedqa": 0.0, "qmsum": 0.0}},
    "no distillation from the bi-encoder": {"distillation": 0.0},
    "no answer's place": {"span": 0.0},
    "no usefulness": {"useful": 0.0},
    "no salience": {"salience": 0.0},
}
"""What each lacks: weights of losses, and uses of sources by the start (``/…``: the end) of their names."""


def settings_of(variant: str, base: Settings) -> Settings:
    """Return `base` without what the variant lacks."""
    changed = dict(VARIANTS[variant])
    dropped: Mapping[str, float] = changed.pop("uses", {})
    if dropped:
        starts = tuple(name for name in dropped if not name.startswith("/"))
        ends = tuple(name for name in dropped if name.startswith("/"))
        uses = {
            name: 0.0 if (starts and name.startswith(starts)) or (ends and name.endswith(ends)) else times
            for name, times in base.uses.items()
        }
        changed["uses"] = {**dict.fromkeys(starts, 0.0), **uses}
    return replace(base, **changed)


def _run(variant: str, base: Settings, chosen: argparse.Namespace) -> dict[str, float]:
    settings = settings_of(variant, base)
    out: Path = chosen.out / variant.replace(" ", "-").lower()
    kept = out / "figures.json"
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    options = Options(seed=chosen.seed, threads=chosen.threads, checkpoint_every=100, evaluate_every=10_000)

    def build(job: Job) -> Recipe:
        return CrossEncoderRecipe(job, settings)

    def hears(phase: str, done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            sys.stderr.write(f"{variant}, {phase}: {done} of {total}\n")

    out.mkdir(parents=True, exist_ok=True)
    job = Job(data=chosen.data, out=out, cache=chosen.cache, seed=chosen.seed, threads=chosen.threads, hears=hears)
    finished = train(
        "cross-encoder",
        build,
        job,
        options,
        settings=told(options, settings),
        command=f"ablation: {variant}",
        resume=True,
    )
    figures = dict(finished.figures)
    judges = Judges(CrossEncoder.load(folder=out / MODEL))
    figures["reading F1, NQ of mixed_dev"] = float(reading_figures(judges, gold_passages(chosen.data))["f1"])
    kept.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Train every variant, print and write the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="ablation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of training data")
    parser.add_argument("--start", required=True, help="wheel or folder of the encoder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--cache", type=Path, default=Path(".questline") / "train", help="folder of prepared examples")
    parser.add_argument("--steps", type=int, default=780, help="batches of each training")
    parser.add_argument("--only", action="append", choices=sorted(VARIANTS), help="these variants (repeatable)")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the table there")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.steps < 1:
            raise UsageError(f"steps={chosen.steps!r} must be 1 or more", argument="steps")
        base = Settings(start=chosen.start, steps=chosen.steps)
        table = _known(chosen)
        for variant in chosen.only or VARIANTS:
            if variant not in table:
                table[variant] = _run(variant, base, chosen)
                _write(table, chosen)
            sys.stdout.write(json.dumps({variant: table[variant]}) + "\n")
            sys.stdout.flush()
    except QuestlineError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return error.exit_code
    return 0


def _known(chosen: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return what the file of a former ablation has, if it was made with as many steps and the same seed."""
    path: Path | None = chosen.json
    if path is None or not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        same = kept["steps"] == chosen.steps and kept["seed"] == chosen.seed
        return {name: kept["variants"][name] for name in VARIANTS if same and name in kept["variants"]}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{str(path)!r} is no table of an ablation: {error}", code="bad_data", path=path) from error


def _write(table: Mapping[str, Mapping[str, float]], chosen: argparse.Namespace) -> None:
    path: Path | None = chosen.json
    if path is None:
        return
    command = ["python", "-P", "-m", "questline.training.embedded.ablation", "--steps", str(chosen.steps)]
    run = Provenance.gather().as_dict() | {"command": shlex.join(command)}
    made = {"steps": chosen.steps, "seed": chosen.seed, "variants": table, "run": run}
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
