"""How fast TRL's own GRPO goes on a model: its generation, its loop, and a reward that costs nothing.

    python -P -m questline.training.benchmarks.trl_loop --model runs/sft/model --texts texts.jsonl --json trl.json

What our recipes reach with as many prompts, answers and tokens stands beside it in `finished.json`, under ``pace``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from rich.progress import Progress

from questline.errors import require
from questline.training.evaluation.rows import read_rows

from .harness import parser, positive, run

__all__ = ["main", "measure"]


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Take the steps and return their pace."""
    require("trl", feature="TRL's own loop")
    import datasets  # pyright: ignore[reportMissingTypeStubs]  # because it ships none
    import torch

    from questline.training.pace import WRITTEN, Pace
    from questline.training.stepwise import driven, quietly
    from questline.training.torch_models import device_of, named
    from questline.training.tuning.steps import optimizer_of, trl_settings

    device = device_of(chosen.device, table="trl_loop")
    model, tokenizer = named(chosen.model)
    model.to(device)
    trl = cast("Any", import_module("trl"))
    queries = [{"role": "user", "content": row.text("query")} for row in read_rows(chosen.texts)]
    rows = chosen.queries * chosen.steps
    asked = [[queries[place % len(queries)]] for place in range(rows)]
    pace = Pace()

    def reward(*, completion_ids: Sequence[Sequence[int]], **_: Any) -> list[float]:
        WRITTEN.add(len(completion_ids), sum(map(len, completion_ids)))
        return [float(len(each)) for each in completion_ids]

    with tempfile.TemporaryDirectory() as folder:
        own = trl_settings(
            Path(folder),
            steps=chosen.steps,
            rows=chosen.queries * chosen.answers,
            accumulate=chosen.accumulate,
            rate=1e-6,
            device=device,
            seed=0,
        )
        own |= {
            "num_generations": chosen.answers,
            "max_completion_length": chosen.tokens,
            "temperature": 1.0,
            "lr_scheduler_type": "constant",
            "beta": 0.0,
            "loss_type": "dr_grpo",
        }
        optimizer = optimizer_of(model, 1e-6)
        trainer = quietly(
            lambda: trl.GRPOTrainer(
                model=model,
                reward_funcs=reward,
                args=trl.GRPOConfig(**own),
                train_dataset=cast("Any", datasets).Dataset.from_dict({"prompt": asked}),
                processing_class=tokenizer,
                optimizers=(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)),
            )
        )
        task = bar.add_task("steps", total=chosen.steps)
        pace.go()
        for _ in driven(trainer, told_by="reward", rate="the rate", first=0, seed=0):
            pace.taken()
            bar.advance(task)
            pace.go()
    parameters = sum(each.numel() for each in model.parameters())
    return {
        "parameters": parameters,
        "steps": chosen.steps,
        "pace": {name: float(f"{value:.4g}") for name, value in pace.figures().items()},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--model", required=True, metavar="ID", help="folder, or name at Hugging Face")
    options.add_argument("--texts", type=Path, required=True, metavar="F", help="JSON lines of {query}")
    options.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    options.add_argument("--steps", type=positive, default=10)
    options.add_argument("--queries", type=positive, default=8, help="of a step")
    options.add_argument("--answers", type=positive, default=16, help="to each")
    options.add_argument("--accumulate", type=positive, default=1, help="parts of a step")
    options.add_argument("--tokens", type=positive, default=64, help="of an answer, at most")
    return run("trl_loop", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
