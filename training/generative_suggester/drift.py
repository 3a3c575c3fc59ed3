"""A page for people: what a policy writes more of and less of from round to round, and whether users wanted it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from questline.tools.retrieval.manifest import write_atomically
from questline.tools.suggestion.similarity import facet

from .click_model import load_clicks
from .shown import Shown, read_shown

__all__ = ["DRIFT", "write_drift"]

DRIFT: Final = "drift.md"
_ROWS: Final = 6


def write_drift(folder: Path, rounds: Sequence[Mapping[str, Any]], why: str) -> Path:
    """Write the page of a run and return its path.

    Args:
        folder: Of the run.
        rounds: What each told.
        why: The run ended.
    """
    lines = ["# What changed from round to round", "", f"The run ended because {why}.", "", *_table(rounds), ""]
    logs = [read_shown(folder / f"round-{one['round']}" / "impressions.jsonl") for one in rounds]
    for one, before, after in zip(rounds[1:], logs, logs[1:], strict=False):
        lines += [f"## Round {one['round'] - 1} to {one['round']}", "", *_moved(folder, one, before, after), ""]
    path = folder / DRIFT
    write_atomically(path, ["\n".join(lines).encode()])
    return path


def _table(rounds: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        "| round | clicks a list | next policy, DR [95 %] | effective size | calibration error | slots | adopted |",
        "|---:|---:|---:|---:|---:|---|---|",
    ]
    for one in rounds:
        after = one["after"]
        slots = ", ".join(f"{value:+.2f}" for value in one["slots"][1:])
        adopted = {True: "yes", False: "no"}.get(one["adopted"], str(one["adopted"]))
        lines.append(
            f"| {one['round']} | {one['clicks a list']:.3f} | {after['dr']:.3f} [{after['dr_low']:.3f}, "
            f"{after['dr_high']:.3f}] | {after['effective_size']:.0f} | {one['click model']['ece']:.3f} | {slots} | "
            f"{adopted} |"
        )
    return lines


def _moved(folder: Path, one: Mapping[str, Any], before: Sequence[Shown], after: Sequence[Shown]) -> list[str]:
    """Tell what rose and fell most: its share, how often it was clicked, what the model before had expected."""
    model = load_clicks(folder / f"round-{one['round'] - 1}" / "clicks.json")
    shares = [_shares(log) for log in (before, after)]
    names = sorted(set(shares[0]) | set(shares[1]))
    moved = sorted(names, key=lambda name: (shares[1][name] - shares[0][name], name))
    lines = [
        "| adds | share before | share now | clicked now | had been expected | for example |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name in dict.fromkeys([*reversed(moved[-_ROWS:]), *moved[:_ROWS]]):
        rows = [(row, at) for row in after for at, option in enumerate(row.options) if _adds(row, option) == name]
        told = [float(model.expected(row.query, row.options)[at]) for row, at in rows[:200]]
        clicked = f"{sum(row.rates[at] for row, at in rows) / len(rows):.2f}" if rows else "–"
        expected = f"{sum(told) / len(told):.2f}" if told else "–"
        example = f"{rows[0][0].query} → {rows[0][0].options[rows[0][1]]}" if rows else "–"
        lines.append(
            f"| {name or '(nothing)'} | {shares[0][name]:.3f} | {shares[1][name]:.3f} | {clicked} | {expected} | "
            f"{example.replace('|', '/')} |"
        )
    return lines


def _shares(log: Sequence[Shown]) -> defaultdict[str, float]:
    counts = Counter(_adds(row, option) for row in log for option in row.options)
    return defaultdict(float, {name: count / counts.total() for name, count in counts.items()})


def _adds(row: Shown, option: str) -> str:
    return " ".join(facet(row.query, option)).replace("|", "/")
