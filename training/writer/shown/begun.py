"""What a comparison begins with: a small writer, its reward, and judges of other prompts, trained once and kept."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from rich.progress import Progress

from questline.tools.writing.reward_model import save_model
from questline.training.benchmarks.harness import parser, positive
from questline.training.driver import MODEL, Options, train
from questline.training.recipe import Job
from questline.training.recipes import find
from questline.training.settings import told
from questline.training.writer.pairs import read_pairs
from questline.training.writer.reward_model import Fit, fit_reward_model
from questline.training.writer.tuning.grpo_settings import Settings as GRPOSettings
from questline.training.writer.tuning.models import opened
from questline.training.writer.tuning.sample import Sample
from questline.training.writer.tuning.scorer import load_scorer
from questline.training.writer.tuning.scorer_recipe import Settings as ScorerSettings
from questline.training.writer.tuning.sft_recipe import Settings as SFTSettings
from questline.training.writer.tuning.texts import read_written
from questline.training.writer.tuning.writing import sampled

from .compared import Eyes
from .judges import independent_judges
from .split import Split, split

__all__ = ["CHARACTERS", "Begun", "Trainings", "asked", "begin", "texts"]

CHARACTERS: Final = 64
"""Of a text, at most."""
_DRAW: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What is there before any GRPO."""

    parts: Split
    writer: Path
    """Folder of the writer after SFT."""
    reward: Path
    """File of the reward model."""
    eyes: Eyes
    judges: Mapping[str, Mapping[str, float]]
    """How well the judges do on prompts that they have not seen."""
    settings: GRPOSettings
    """Of the GRPO that follows."""


def asked(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with what every comparison takes; the first line of ``description`` heads its help."""
    options = parser(description)
    options.add_argument("--pairs", type=Path, required=True, help="JSON lines of {query, chosen, rejected}")
    options.add_argument("--queries", type=Path, required=True, help="JSON lines of {query}")
    options.add_argument("--work", type=Path, default=Path("runs/writer_grpo"), help="folder of the trainings")
    options.add_argument("--tested", type=positive, default=300, help="prompts")
    options.add_argument("--sft-steps", type=positive, default=700)
    options.add_argument("--judge-steps", type=positive, default=200)
    options.add_argument("--grpo-steps", type=positive, default=80)
    return options


def begin(trainings: Trainings, arguments: argparse.Namespace) -> Begun:
    """Train writer, reward and judges, or find them trained.

    Raises:
        UsageError: What reading pairs and queries raises; ``bad_data`` where a part has nothing.
    """
    parts = split(arguments.pairs, arguments.queries, trainings.work / "parts", tested=arguments.tested)
    before = trainings.train("writer-sft", "sft", parts.writer, SFTSettings(steps=arguments.sft_steps))
    likely = trainings.train("writer-sft", "sft_judges", parts.judges, SFTSettings(steps=arguments.sft_steps))
    judge = trainings.train("reward-transformer", "judge", parts.judges, _judge(arguments.judge_steps, likely))
    accepts, scores, judges = independent_judges(read_pairs(parts.judges), load_scorer(judge, device="cpu"))
    fluent = opened(SFTSettings(model=str(likely)), "writes", (), seed=0)
    reward = _reward_model(trainings.work / "reward.json.gz", parts)
    return Begun(
        parts=parts,
        writer=before,
        reward=reward,
        eyes=Eyes(accepts=accepts, scores=scores, fluent=fluent, known=read_written(parts.writer, most=10_000)),
        judges=judges,
        settings=GRPOSettings(
            model=str(before), reward_model=str(reward), known=str(parts.writer), steps=arguments.grpo_steps
        ),
    )


class Trainings:
    """Trains in folders under one, each going on from where it was."""

    def __init__(self, work: Path, bar: Progress, *, threads: int) -> None:
        self.work, self._bar, self._threads = work, bar, threads

    def train(self, name: str, folder: str, data: Path, settings: object, *, seed: int = 0) -> Path:
        """Return the folder of the model."""
        found = find(name)
        out = self.work / folder
        task = self._bar.add_task(folder, total=None)

        def hear(phase: str, done: int, total: int) -> None:
            self._bar.update(task, completed=done, total=total)

        options = Options(seed=seed, threads=self._threads, **cast("dict[str, Any]", found.run(settings)))
        job = Job(data=data, out=out, cache=self.work / "cache", seed=seed, threads=self._threads, hears=hear)
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


def _judge(steps: int, start: Path) -> ScorerSettings:
    """Return the settings of the judge, which begins as a writer of its own prompts: it has read Chinese before."""
    return ScorerSettings(model=str(start), steps=steps, rate=5e-4)


def texts(folder: Path, queries: Sequence[str], seeds: Sequence[int] | range) -> list[list[Sample]]:
    """Return a text a query for each seed; the seed is of the draw alone."""
    loaded = opened(SFTSettings(model=str(folder)), "writes", (), seed=0)
    return [sampled(loaded, queries, tokens=CHARACTERS + 2, temperature=1.0, seed=_DRAW + seed) for seed in seeds]
