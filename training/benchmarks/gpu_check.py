"""Run the prepared checks of a GPU, one after another, and write what each came to: `make gpu-check`.

    python -P -m questline.training.benchmarks.gpu_check --json gpu_check.json

The checks are in ``questline/training/gpu_check.toml``. Each is a command of its own in a process of its own: rollouts,
tokens and steps a second and the peak of memory, beside TRL's own loop. A check that is in the JSON already is not run
again (--fresh runs all). Without a GPU nothing is run, and the exit code is 2; 1 says that a check failed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import QuestlineError, UsageError, require
from questline.training.evaluation.provenance import Provenance
from questline.training.evaluation.reports import write_json
from questline.training.finished import FINISHED

__all__ = ["Check", "checks", "main"]

_TAIL: Final = 2_000
"""Characters of what a failed check printed that are kept."""
_NOWHERE: Final = 2
_FAILED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One prepared command."""

    name: str
    does: str
    minutes: float
    command: str
    """With its places filled in."""
    needs: tuple[str, ...]
    """Modules without which it is left out."""

    @property
    def missing(self) -> list[str]:
        """Modules that are not there."""
        return [each for each in self.needs if importlib.util.find_spec(each) is None]

    def words(self) -> list[str]:
        """Return the command for this interpreter."""
        first, *rest = shlex.split(self.command)
        starts = {"agents": [sys.executable, "-P", "-m", "questline.cli"], "python": [sys.executable]}
        return [*starts[first], *rest]

    def told(self) -> Path | None:
        """Return the JSON that the command writes."""
        words = shlex.split(self.command)
        if "--json" in words:
            return Path(words[words.index("--json") + 1])
        return Path(words[words.index("--out") + 1]) / FINISHED if "--out" in words else None


def checks(device: str, size: str, runs: Path) -> list[Check]:
    """Read the checks.

    Args:
        device: cpu or cuda.
        size: A table of ``sizes``.
        runs: Folder that the commands write to.

    Raises:
        UsageError: ``bad_settings`` for a size that is not there.
    """
    text = (files("questline.training") / "gpu_check.toml").read_text(encoding="utf-8")
    told: dict[str, Any] = tomllib.loads(text)
    if size not in told["sizes"]:
        raise UsageError(f"--size {size!r} is not one of {', '.join(told['sizes'])}", code="bad_settings")
    chosen = cast("Mapping[str, Any]", told["sizes"][size])
    fills = {
        "device": device,
        "runs": shlex.quote(str(runs)),
        "made": shlex.quote(str(runs / "made")),
        "steps": chosen["steps"],
        "size": " ".join(f"--set {each}" for each in chosen["set"]),
    }
    return [
        Check(
            name=each["name"],
            does=each["does"],
            minutes=float(each["minutes"]),
            command=" ".join(each["command"].format(**fills).split()),
            needs=tuple(each.get("needs", ())),
        )
        for each in told["check"]
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks and return the exit code: 0, 1 (a check failed) or 2 (nothing could be run)."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    options.add_argument("--json", type=Path, default=Path("gpu_check.json"), metavar="FILE")
    options.add_argument("--runs", type=Path, default=Path("runs") / "gpu-check", metavar="DIR", help="of the commands")
    options.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu tries the checks out")
    options.add_argument("--size", default="half", metavar="NAME", help="half (0.5 billion parameters) or tiny")
    options.add_argument("--only", action="append", metavar="NAME", help="only this check; repeat")
    options.add_argument("--fresh", action="store_true", help="run again what is in the JSON already")
    options.add_argument("--list", action="store_true", help="print the commands and run nothing")
    chosen = options.parse_args(arguments)
    try:
        return _run(chosen)
    except QuestlineError as error:
        sys.stderr.write(f"error[{error.code}]: {' '.join(error.message.split())}\n")
        return error.exit_code


def _run(chosen: argparse.Namespace) -> int:
    wanted = checks(chosen.device, chosen.size, chosen.runs)
    if chosen.only:
        unknown = set(chosen.only) - {each.name for each in wanted}
        if unknown:
            names = ", ".join(each.name for each in wanted)
            raise UsageError(f"there is no check {min(unknown)!r}; there are {names}", code="bad_settings")
        wanted = [each for each in wanted if each.name in chosen.only]
    if chosen.list:
        sys.stdout.writelines(f"# {each.name}: {each.does}\n{each.command}\n" for each in wanted)
        return 0
    where = _machine(chosen.device)
    if where is None:
        sys.stderr.write(
            "There is no GPU that torch sees, so nothing was run. On a machine with one: make gpu-check; "
            "the commands: --list; to try them out on a CPU: --device cpu --size tiny.\n"
        )
        return _NOWHERE
    from .gpu_data import made

    made(chosen.runs / "made")
    report = _before(chosen)
    done: dict[str, Any] = report["checks"]
    for place, each in enumerate(wanted, start=1):
        if done.get(each.name, {}).get("ok"):
            sys.stderr.write(f"[{place}/{len(wanted)}] {each.name}: done before\n")
            continue
        sys.stderr.write(f"[{place}/{len(wanted)}] {each.name}: {each.does} …\n")
        done[each.name] = _ran(each)
        report |= {"device": chosen.device, "size": chosen.size, "machine": where}
        report["run"] = Provenance.gather().as_dict()
        write_json(chosen.json, report)
        sys.stderr.write(f"    {_line(done[each.name])}\n")
    failed = [each.name for each in wanted if not done[each.name].get("ok") and "left_out" not in done[each.name]]
    sys.stderr.write(f"{len(wanted) - len(failed)} of {len(wanted)} are in {chosen.json}.\n")
    return _FAILED if failed else 0


def _machine(device: str) -> str | None:
    """Return what is worked on; None without the GPU that is asked for."""
    torch: Any = require("torch", feature="the checks of a GPU")
    if device == "cpu":
        return "CPU"
    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else None


def _before(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the report so far, where it is of the same device and size."""
    fresh: dict[str, Any] = {"benchmark": "gpu_check", "checks": {}}
    if chosen.fresh or not chosen.json.is_file():
        return fresh
    told: dict[str, Any] = json.loads(chosen.json.read_text(encoding="utf-8"))
    if (told.get("device"), told.get("size")) != (chosen.device, chosen.size):
        raise UsageError(
            f"{str(chosen.json)!r} is of {told.get('device')}, {told.get('size')}: give another --json, or --fresh",
            code="bad_settings",
        )
    return told


def _ran(check: Check) -> dict[str, Any]:
    """Run one check in a process of its own."""
    found: dict[str, Any] = {"command": check.command, "ok": False}
    if check.missing:
        return {**found, "left_out": f"{', '.join(check.missing)} is not installed"}
    _clear(check)
    began = time.perf_counter()
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    try:
        ended = subprocess.run(  # noqa: S603 because the commands are those of the package's own file
            check.words(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60 * check.minutes,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return {**found, "error": f"it took more than {check.minutes:g} minutes"}
    found["seconds"] = round(time.perf_counter() - began, 1)
    if ended.returncode:
        return {**found, "error": f"exit code {ended.returncode}", "tail": (ended.stdout + ended.stderr)[-_TAIL:]}
    return {**found, "ok": True, **_figures(check.told())}


def _clear(check: Check) -> None:
    """Put aside what a run that was broken off has left, which the command would refuse."""
    words = shlex.split(check.command)
    if "--out" in words and (out := Path(words[words.index("--out") + 1])).exists():
        out.rename(out.with_name(f"{out.name}.{time.time_ns()}"))


def _figures(told: Path | None) -> dict[str, Any]:
    if told is None or not told.is_file():
        return {}
    report: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    parameters = report.get("parameters", report.get("counts", {}).get("parameters"))
    flat = {name: report[name] for name in ("ndcg@10", "invalid", "passages_per_second") if name in report}
    return {
        **({"parameters": parameters} if parameters is not None else {}),
        **({"pace": report["pace"]} if "pace" in report else {}),
        **({"figures": report["figures"]} if "figures" in report else {}),
        **flat,
    }


def _line(done: Mapping[str, Any]) -> str:
    if not done["ok"]:
        return str(done.get("left_out") or done.get("error"))
    pace = ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in done.get("pace", {}).items())
    return f"{done['seconds']} s; {pace}" if pace else f"{done['seconds']} s"


if __name__ == "__main__":
    sys.exit(main())
