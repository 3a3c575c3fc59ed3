"""What came of a training, as JSON beside it: command, settings, counts, figures, time and machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from questline.training.evaluation.provenance import Provenance

from .recipe import Figures

__all__ = ["FINISHED", "write"]

FINISHED: Final = "finished.json"


def write(
    out: Path,
    *,
    recipe: str,
    command: str,
    seed: int,
    settings: Mapping[str, object],
    counts: Mapping[str, int],
    figures: Figures,
    export: Figures,
    steps: tuple[int, int, int],
    minutes: float,
    pace: Figures,
    ended: str = "",
) -> None:
    """Write ``finished.json`` into the folder of a run.

    Args:
        out: The folder.
        recipe: Its name.
        command: That repeats the training.
        seed: Of every draw.
        settings: What decided the run.
        counts: What there was to learn from.
        figures: Held-out, of the exported step.
        export: Measured while exporting.
        steps: The exported step, how many were taken, and how many were planned.
        minutes: Of learning.
        pace: Of the steps of the process that wrote this; see `questline.training.pace`.
        ended: Why the run ended early, where it did.
    """
    told = {
        "recipe": recipe,
        "figures": dict(figures),
        "export": dict(export),
        "counts": dict(counts),
        "settings": dict(settings),
        "best_step": steps[0],
        "steps": steps[1],
        "planned_steps": steps[2],
        "minutes": round(minutes, 2),
        "pace": {name: float(f"{value:.4g}") for name, value in pace.items()},
        **({"ended": ended} if ended else {}),
        "run": {"command": command, "seed": seed, **Provenance.gather().as_dict()},
    }
    (out / FINISHED).write_text(json.dumps(told, indent=2, default=str) + "\n", encoding="utf-8")
