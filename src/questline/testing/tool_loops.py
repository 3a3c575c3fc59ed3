"""Questline's graph beside two peers: the same questions, the same scripted model, the same tools.

python -P -m questline.testing.tool_loops --json tool_loops.json
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.progress import Progress

from questline.tools.models.encoder import Encoder
from questline.training.benchmarks.harness import parser, positive, quiet, run

from .loops.comparing import Setting, compared
from .loops.script import Pace

__all__ = ["main"]

_QUICK = Pace(first_s=0.005, token_s=0.0)
"""Where failures are counted, nobody looks at the time."""


@quiet()
def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    pace = Pace(first_s=chosen.first, token_s=chosen.token)
    whole = Setting(per_shape=chosen.per_shape, pace=pace, median_s=chosen.tool, seed=chosen.seed, encoder=Encoder.load)
    faulty = Setting(
        per_shape=chosen.per_shape, pace=_QUICK, median_s=0.005, seed=chosen.seed, failing=chosen.failing,
        draws=chosen.draws, encoder=Encoder.load,
    )  # fmt: skip
    shown = [bar.add_task(name, total=setting.runs) for name, setting in (("timed", whole), ("failing", faulty))]
    timed = asyncio.run(compared(whole, lambda: bar.advance(shown[0])))
    failed = asyncio.run(compared(faulty, lambda: bar.advance(shown[1])))
    return {
        "model": {"first_token_s": pace.first_s, "token_s": pace.token_s},
        "tools": {"median_s": whole.median_s, "sigma": whole.sigma},
        "seed": chosen.seed,
        "loops": {name: results.timed(timed["graph"]) for name, results in timed.items()},
        "shapes": {name: results.by_shape() for name, results in timed.items()},
        "failing": {
            "share": chosen.failing,
            "draws": chosen.draws,
            "loops": {name: results.served() for name, results in failed.items()},
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--per-shape", type=positive, default=4, help="questions of each of the eleven shapes")
    options.add_argument("--first", type=float, default=0.2, help="seconds until the model's first token")
    options.add_argument("--token", type=float, default=0.005, help="seconds for each token that it writes")
    options.add_argument("--tool", type=float, default=0.1, help="seconds of a tool's call, the median")
    options.add_argument("--failing", type=float, default=0.1, help="share of the calls that fail")
    options.add_argument("--draws", type=positive, default=2, help="of what fails")
    options.add_argument("--seed", type=int, default=0)
    return run("tool_loops", options, _measure, arguments, package="questline.testing")


if __name__ == "__main__":
    sys.exit(main())
