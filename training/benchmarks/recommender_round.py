"""A recommender from nothing to forgotten, by the commands that a user gives.

    python -P -m questline.training.benchmarks.recommender_round --sessions lastfm.jsonl.gz --json out.json

Learn, train, rehearse, recommend, forget, audit, report: each command is a process of its own. Forgotten is one click
each of a share of the users, in the second half of their sessions, by the network (CAU) and by the store. It must end
below five minutes on two cores (issue 6); a network that is learnt for longer recommends better, and `--minutes` bounds
how long it is.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from rich.progress import Progress

from questline.errors import RunError, UsageError, require
from questline.tools.recommendation.files import read_sessions

from .harness import parser, positive, run

__all__ = ["main", "measure"]

_STORE: Final = "shop.sqlite"
_MODEL: Final = "run/model"
_PARTIAL: Final = 1
"""Exit code of a forgetting that left some clicks likelier than asked; what it prints says the rest."""


def measure(options: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Give each command once; return its seconds, and what came of it."""
    for module in ("torch", "onnx"):
        require(module, feature="learning a network")
    requests, first = _requests(options.sessions, options.share, options.seed)
    task = bar.add_task("learn, train, rehearsal, recommend, forget, audit, report", total=7)
    seconds: dict[str, float] = {}
    started, worked = time.perf_counter(), _processor()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "requests.jsonl").write_text("".join(json.dumps(each) + "\n" for each in requests), encoding="utf-8")

        def agents(part: str, *words: object) -> str:
            before = time.perf_counter()
            done = _agents(folder, words)
            seconds[part] = round(time.perf_counter() - before, 1)
            bar.advance(task)
            return done

        store, forgotten = ("--store", _STORE), ("--file", "requests.jsonl")
        threads = ("--set", f"run.threads={options.threads}")
        agents("learn", "learn", options.sessions.resolve(), *store)
        agents("train", "train", "recommender", "--data", _STORE, "--out", "run", *_learning(options))
        agents(
            "rehearsal", "train", "rehearsal", "--data", _STORE, "--out", "again", "--set", f"model={_MODEL}", *threads
        )
        found = json.loads(agents("recommend", "recommend", first, "--model", _MODEL, *store, "--json"))
        told = json.loads(agents("forget", "forget", *forgotten, "--model", _MODEL, *store, "--yes", "--json"))
        absent = json.loads(agents("audit", "forget", "audit", *forgotten, *store, "--json"))["absent"]
        log = json.loads(agents("report", "forget", "status", *store, "--json"))["entries"]
        learnt = json.loads((folder / "run" / "finished.json").read_bytes())
        certificate = json.loads(_certificates(folder).read_text(encoding="utf-8").splitlines()[-1])
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "processor_seconds": round(_processor() - worked, 1),
        "seconds_by_command": seconds,
        "sessions": learnt["counts"]["sessions"],
        "steps": learnt["steps"],
        "network_ndcg@10": round(float(learnt["figures"]["ndcg@10"]), 4),
        "recommended": len(found["items"]),
        "requests": len(requests),
        "status": told["status"],
        "clicks": told["clicks"],
        "remaining": told["remaining"],
        "chance_before": float(f"{told['chance_before']:.3g}"),
        "chance_after": float(f"{told['chance_after']:.3g}"),
        "kept_ndcg@10_before": certificate["kept_ndcg_before"],
        "kept_ndcg@10_after": certificate["kept_ndcg_after"],
        "absent": absent,
        "certificates": len(log),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark with the given words; return the exit code."""
    options = parser(__doc__)
    options.add_argument("--sessions", type=Path, required=True, help="JSON lines of sessions, plain or .gz")
    options.add_argument("--share", type=float, default=0.01, help="of the users, who take one click back each")
    options.add_argument("--minutes", type=float, default=3.0, help="how long the network is learnt at most")
    options.add_argument("--threads", type=positive, default=2, help="of the learning")
    options.add_argument("--epochs", type=positive, default=60, help="how often it sees every session at most")
    options.add_argument("--seed", type=int, default=0, help="of the clicks that are drawn, and of the network")
    return run("recommender_round", options, measure, arguments)


def _learning(options: argparse.Namespace) -> list[str]:
    """Return the settings of the network: quicker ones than those of `training/recommender/lastfm.toml`."""
    chosen: Mapping[str, object] = {
        "run.seed": options.seed,
        "run.threads": options.threads,
        "run.evaluate_every": 108,
        "run.patience": 4,
        "run.minutes": options.minutes,
        "kind": "sasrec",
        "epochs": options.epochs,
        "batch": 32,
        "rate": 3e-3,
        "negatives": 256,
        "sampling": "popularity",
    }
    return [word for name, value in chosen.items() for word in ("--set", f"{name}={value}")]


def _requests(path: Path, share: float, seed: int) -> tuple[list[dict[str, object]], str]:
    """Return requests for one click each of a share of the sessions, and an item to recommend after."""
    sessions = [each for each in read_sessions(path) if len(each.items) > 1]
    count = round(share * len(sessions))
    if not 0 < count <= len(sessions) // 5:
        raise UsageError(f"--share {share} of {len(sessions)} sessions is none, or too many", argument="--share")
    random = np.random.default_rng(seed)
    drawn: list[int] = np.sort(random.permutation(len(sessions))[:count]).tolist()
    chosen = [sessions[at] for at in drawn]
    requests: list[dict[str, object]] = [
        {"kind": "click", "session": each.id, "place": int(random.integers(len(each.items) // 2, len(each.items)))}
        for each in chosen
    ]
    return requests, sessions[0].items[0]


def _agents(folder: Path, words: Sequence[object]) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUESTLINE_")}
    command = [str(Path(sys.executable).with_name("agents")), *map(str, words)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 because the words are those above
    if done.returncode and not (done.returncode == _PARTIAL and words[0] == "forget" and done.stdout.startswith("{")):
        raise RunError(f"agents {' '.join(map(str, words))} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def _certificates(folder: Path) -> Path:
    return (folder / _MODEL).with_name("model.certificates.jsonl")


def _processor() -> float:
    """Return the processor seconds of the commands so far."""
    used = cast("Any", resource.getrusage(resource.RUSAGE_CHILDREN))
    return float(used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    raise SystemExit(main())
