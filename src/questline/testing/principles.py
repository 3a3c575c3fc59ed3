"""The loop over a judge's rules in a scripted world: with the held-out gate and without, and killed on the way.

python -P -m questline.testing.principles --json principles.json --picture principles.svg

It shows what the mechanics do when an optimizer proposes harmful edits; it says nothing of a real model.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.settings import Settings
from questline.tools.writing.types import RuleSet
from questline.training.benchmarks.harness import parser, positive, quiet, run
from questline.training.curves import overlaid
from questline.training.writer.principles_loop import Evolution, Game
from questline.training.writer.principles_run import JUDGE, Order, evolve_principles

from .rule_game import RuleGame
from .scripted_llm import ScriptedLLM

__all__ = ["KilledLoop", "killed_loop", "main", "played"]

_MODEL: Final = "scripted"
_WAIT_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledLoop:
    """What SIGKILL left of a loop that was gone on with each time."""

    kills: int
    requests: int
    """That arrived at the model's server, of all processes together."""
    requests_unbroken: int
    """Of the same loop without a kill."""
    accounted: int
    """Requests in the ledger at the end."""
    lost: int
    """Calls under way at a kill; the ledger names them."""
    same_rules: bool
    """Whether both loops end with the same rules."""

    @property
    def asked_again(self) -> int:
        """Requests beyond those of the unbroken loop and beyond what the ledger names as lost."""
        return max(0, self.requests - self.requests_unbroken - self.lost)


def played(folder: Path, game: RuleGame, how: Game, *, texts: int) -> tuple[Evolution, int, int]:
    """Play one loop; return what came of it, the requests at the server, and those in the ledger."""
    labelled, rules = _files(folder, game, texts)
    with ScriptedLLM(game) as server:
        settings = Settings(model=_MODEL, base_url=server.base_url)
        out = folder / f"gate-{how.gate}"
        order = Order(labelled=labelled, rules=rules, out=out, game=how, settings=settings)
        outcome = evolve_principles(order, _silent)
        return outcome.evolution, len(server.requests), sum(cost.requests for cost in outcome.costs)


def killed_loop(folder: Path, *, seed: int, kills: int, texts: int = 60, iterations: int = 2) -> KilledLoop:
    """Run `agents train judge-principles` in processes that get SIGKILL, then to its end; beside one that is let be.

    Args:
        folder: For data and runs.
        seed: Of the game and of the moments.
        kills: How many.
        texts: Labelled texts.
        iterations: Of the loop.
    """
    game = RuleGame(seed=seed)
    chance = random.Random(seed)  # noqa: S311 because the moments are no secret
    labelled, rules = _files(folder, game, texts)
    with ScriptedLLM(game) as server:
        words = [sys.executable, "-P", "-m", "questline.cli", "train", "judge-principles", "--labelled", str(labelled)]
        words += ["--rules", str(rules), "--model", _MODEL, "--base-url", server.base_url]
        words += ["--iterations", str(iterations), "--seed", str(seed), "--out"]
        subprocess.run([*words, str(folder / "whole")], check=True, capture_output=True)  # noqa: S603 because it is our own command
        unbroken = len(server.requests)
        out = folder / "killed"
        done = 0
        for place in range(kills):
            goal = unbroken + int((place + chance.random()) / kills * unbroken)
            child = subprocess.Popen(  # noqa: S603 because it is our own command
                [*words, str(out), *(["--resume"] if out.exists() else [])],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            begun = time.monotonic()
            while len(server.requests) < goal and child.poll() is None and time.monotonic() - begun < _WAIT_S:
                time.sleep(0.005)
            child.kill()
            done += child.wait() < 0
        subprocess.run([*words, str(out), "--resume"], check=True, capture_output=True)  # noqa: S603 because it is our own command
        arrived = len(server.requests) - unbroken
    costs = json.loads((out / "costs.json").read_text("utf-8"))
    return KilledLoop(
        kills=done,
        requests=arrived,
        requests_unbroken=unbroken,
        accounted=sum(cost["requests"] for cost in costs),
        lost=sum(cost["lost"] for cost in costs),
        same_rules=_rules(out).digest == _rules(folder / "whole").digest,
    )


def _files(folder: Path, game: RuleGame, texts: int) -> tuple[Path, Path]:
    labelled, rules = folder / "labelled.jsonl", folder / "rules.json"
    rows = [json.dumps(row, ensure_ascii=False) for row in game.rows(texts)]
    labelled.write_text("\n".join(rows), encoding="utf-8")
    rules.write_text(game.rules().to_json(), encoding="utf-8")
    return labelled, rules


def _rules(folder: Path) -> RuleSet:
    return RuleSet.from_json((folder / JUDGE).read_text("utf-8"))


def _silent(phase: str, done: int, total: int) -> None:
    del phase, done, total


@quiet()
def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    ways: dict[bool, list[Evolution]] = {True: [], False: []}
    sent = accounted = 0
    shown = bar.add_task("loops", total=2 * chosen.seeds)
    for seed in range(chosen.seeds):
        for gate, found in ways.items():
            how = Game(seed=seed, gate=gate, iterations=chosen.iterations)
            with tempfile.TemporaryDirectory() as folder:
                one, arrived, told = played(
                    Path(folder), RuleGame(seed=seed, harmful=chosen.harmful), how, texts=chosen.texts
                )
            found.append(one)
            sent, accounted = sent + arrived, accounted + told
            bar.advance(shown)
    with tempfile.TemporaryDirectory() as folder:
        killed = killed_loop(Path(folder), seed=0, kills=chosen.kills)
    if chosen.picture:
        chosen.picture.write_text(_picture(ways), encoding="utf-8")
    return {
        "harmful": chosen.harmful,
        "texts": chosen.texts,
        "iterations": chosen.iterations,
        "seeds": chosen.seeds,
        "ways": {"gate" if gate else "no gate": _told(found) for gate, found in ways.items()},
        "requests": sent,
        "requests_accounted": accounted,
        "killed": {
            "kills": killed.kills,
            "requests": killed.requests,
            "requests_unbroken": killed.requests_unbroken,
            "accounted": killed.accounted,
            "lost": killed.lost,
            "asked_again": killed.asked_again,
            "same_rules": killed.same_rules,
        },
    }


def _told(found: Sequence[Evolution]) -> dict[str, object]:
    curves = [one.gate_by_iteration for one in found]
    falls = [max(0.0, a - b) for curve in curves for a, b in pairwise(curve)]
    return {
        "agreement_by_iteration": [round(statistics.mean(each), 4) for each in zip(*curves, strict=True)],
        "agreement_by_seed": [[round(value, 4) for value in curve] for curve in curves],
        "iterations_that_fell": sum(fall > 0 for fall in falls),
        "largest_fall": round(max(falls), 4),
        "proposals": sum(one.proposals for one in found),
        "accepted": sum(one.accepted for one in found),
        "test_before": round(statistics.mean(one.before.balanced_length_matched for one in found), 4),
        "test_after": round(statistics.mean(one.after.balanced_length_matched for one in found), 4),
        "test_pairs": sum(one.after.n_matched for one in found),
        "worse_than_at_first": sum(
            one.after.balanced_length_matched < one.before.balanced_length_matched for one in found
        ),
        "most_rules": max(len(one.judge.principles) for one in found),
    }


def _picture(ways: dict[bool, list[Evolution]]) -> str:
    runs: dict[str, list[tuple[int, str, float]]] = {}
    for gate, found in ways.items():
        curves = list(zip(*(one.gate_by_iteration for one in found), strict=True))
        mean = [(step, "agreement on the gate set, mean", statistics.mean(each)) for step, each in enumerate(curves)]
        worst = [(step, "the same, worst seed", min(each)) for step, each in enumerate(curves)]
        runs["with the gate" if gate else "without"] = mean + worst
    return overlaid(runs, title="Rules of a judge, by iteration")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--seeds", type=positive, default=8)
    options.add_argument("--iterations", type=positive, default=6)
    options.add_argument("--texts", type=positive, default=150, help="labelled texts of a seed")
    options.add_argument("--harmful", type=float, default=0.5, help="share of the proposals that make rules worse")
    options.add_argument("--kills", type=positive, default=4)
    options.add_argument("--picture", type=Path, help="where to draw the agreement by iteration")
    return run("principles", options, _measure, arguments, package="questline.testing")


if __name__ == "__main__":
    sys.exit(main())
