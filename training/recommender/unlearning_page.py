"""The parts of docs/results.md about unlearning from trained networks: tables of all ways, verdicts, and the drift."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

__all__ = ["PARTS", "claims", "drift", "table", "tested", "verdict"]

NAMES: Final[Mapping[str, str]] = {
    "unlearning_ways_lastfm_clicks_5": "LastFM, one click each of 5 % of the users",
    "unlearning_ways_lastfm_clicks_5_ten": "LastFM, the same with ten seeds",
    "unlearning_ways_lastfm_clicks_5_fresh": "LastFM, the same with ten seeds that nothing was chosen by",
    "unlearning_ways_lastfm_clicks_1": "LastFM, one click each of 1 % of the users",
    "unlearning_ways_lastfm_sessions": "LastFM, 20 users wholly",
    "unlearning_ways_lastfm_category": "LastFM, one category",
    "unlearning_ways_beauty_clicks_5": "5,000 users of Beauty, one click each of 5 % of them",
    "unlearning_ways_beauty_clicks_1": "5,000 users of Beauty, one click each of 1 % of them",
    "unlearning_ways_beauty_sessions": "5,000 users of Beauty, 20 of them wholly",
    "unlearning_ways_beauty_category": "5,000 users of Beauty, one category",
    "unlearning_ways_beauty_whole_clicks_5": "All of Beauty, one click each of 5 % of the users",
    "unlearning_ways_beauty_whole_clicks_5_fresh": "All of Beauty, the same with a seed that nothing was chosen by",
    "unlearning_ways_lastfm_gru4rec": "LastFM, one click each of 5 % of the users, GRU4Rec",
    "unlearning_ways_lastfm_bert4rec": "LastFM, one click each of 5 % of the users, BERT4Rec",
}
_COLUMNS: Final = (
    *(
        "ndcg@10",
        "ndcg_ratio",
        "ndcg_over",
        "hit_u_full",
        "hit_u_500",
        "hit_u_over",
        "hit_u_gap_seed",
        "gap_closed",
        "auc",
        "auc_gap",
        "kl",
        "js",
    ),
    *("neighbour_drop", "relearn_ratio", "seconds", "rehearsal_seconds", "speedup", "combined", "steps", "remaining"),
)
_COMPARED: Final = ("unlearning_ways_lastfm_clicks_5", "unlearning_ways_beauty_clicks_5")
"""Sets on which all ways are measured."""
_LIKELY: Final = 0.05
"""Below it, a difference is not put down to luck."""
_GAP: Final = 0.02
_PUBLISHED: Final = ("cau-no-unlearn", "cau-no-normal", "cau-no-kl", "cau-fixed", "cau-mgda")
_OURS: Final = ("cau-all-weights", "cau-alike")
_RIVALS: Final = ("npo", "npo-items", "ga", "ga-items", "gd", "finetune")
_UNSTOPPED: Final = ("cau-unstopped", "ga-unstopped")
_TARGETS: Final[tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...]] = (
    ("NDCG at most 2 % below retrain", lambda x: x["ndcg_ratio"] >= 0.98),
    ("Hit_u gap ≤ .02", lambda x: x["hit_u_gap"] <= _GAP),
    ("≥ 80 % of the gap closed", lambda x: x["gap_closed"] is not None and x["gap_closed"] >= 0.8),
    ("AUC gap ≤ .05", lambda x: x["auc_gap"] is not None and x["auc_gap"] <= 0.05),
    ("≥ 10 × faster", lambda x: x["speedup"] is not None and x["speedup"] >= 10),
)


def table(folder: Path) -> str:
    """Return a table for each set that was measured, a row a way."""
    parts: list[str] = []
    missing = [name for name in NAMES if not (folder / f"{name}.json").exists()]
    for name, told in NAMES.items():
        if name in missing:
            continue
        report = _read(folder, name)
        methods = cast("Mapping[str, Mapping[str, Any]]", report["methods"])
        some = next(iter(methods.values()))
        drawn = f"{some['n']} clicks, {_seeds(int(report['seeds']))}"
        head = f"**{_title(told, methods)}** ({drawn}; intervals resample {'users' if 'chance' in some else 'clicks'})"
        rows = [f"| way | {' | '.join(_COLUMNS)} |", f"|---|{'---:|' * len(_COLUMNS)}"]
        rows += [f"| {way} | {' | '.join(_cell(found, each) for each in _COLUMNS)} |" for way, found in methods.items()]
        parts.append("\n".join([head, "", *rows, "", _source(name, report["run"])]))
    if missing:
        parts.append(f"Not measured yet for this version: {', '.join(missing)}. `make results` does.")
    return "\n\n".join(parts)


def verdict(folder: Path) -> str:
    """Return which targets CAU meets on each set."""
    rows = [f"| set | {' | '.join(name for name, _ in _TARGETS)} |", f"|---|{'---|' * len(_TARGETS)}"]
    for name, told in NAMES.items():
        if not (folder / f"{name}.json").exists():
            continue
        methods = _read(folder, name)["methods"]
        if "cau" not in methods:
            continue
        cells: list[str] = []
        for at, (_, met) in enumerate(_TARGETS):
            if at == 2 and methods.get("original", {}).get("hit_u_gap", 1.0) <= 0.05:
                cells.append("the untouched gap is below .05")
            else:
                told_gap = _gap_told(methods) if at == 1 else _ndcg_told(methods) if at == 0 else ""
                cells.append(("met" if met(methods["cau"]) else "**missed**") + told_gap)
        rows.append(f"| {_title(told, methods)} | {' | '.join(cells)} |")
    return "\n".join(rows) if len(rows) > 2 else "Not measured yet for this version. `make results` does."


def claims(folder: Path) -> str:
    """Return what sets with all ways say of each claim that is published for CAU; of the time, what all sets say."""
    parts: list[str] = []
    for name in _COMPARED:
        if not (folder / f"{name}.json").exists():
            parts.append(f"Not measured yet for this version: {name}. `make results` does.")
            continue
        methods = cast("Mapping[str, Mapping[str, Any]]", _read(folder, name)["methods"])
        if any(way in methods for way in _RIVALS):
            parts.append(f"**{_title(NAMES[name], methods)}**\n\n{_claimed(folder, methods)}")
    return "\n\n".join(parts)


def _claimed(folder: Path, methods: Mapping[str, Mapping[str, Any]]) -> str:
    read = {told: _read(folder, each)["methods"] for each, told in NAMES.items() if (folder / f"{each}.json").exists()}
    speeds = {_title(told, found): float(found["cau"]["speedup"]) for told, found in read.items() if "cau" in found}

    def figures(*ways: str) -> str:
        told = (
            f"`{way}` {methods[way]['gap_closed']:.0%} of the gap, NDCG {methods[way]['ndcg_ratio']:.3f}"
            for way in ways
            if way in methods
        )
        return "; ".join(told)

    tested = any("against" in each for each in methods.values())

    def worse(way: str) -> bool:
        """Say whether a way lies further from `retrain`, or keeps less NDCG, and not by luck."""
        if not tested:
            cau, mine = methods["cau"], methods[way]
            return mine["gap_closed"] < cau["gap_closed"] - 0.1 or mine["ndcg_ratio"] < cau["ndcg_ratio"] - 0.02
        found = cast("Mapping[str, Mapping[str, float]]", methods[way].get("against", {}).get("cau") or {})
        if not found:
            return False
        gap, ndcg = found["hit_u_gap"], found["ndcg"]
        return (gap["value"] > 0 and gap["p"] < _LIKELY) or (ndcg["value"] < 0 and ndcg["p"] < _LIKELY)

    ablations = [way for way in (*_PUBLISHED, *_OURS) if way in methods]
    hurting = [way for way in ablations if worse(way)]
    harmless = [way for way in ablations if way not in hurting]
    rivals = [way for way in _RIVALS if way in methods]
    orders = [way for way in ("cau-hard", "cau-random", "cau-no-curriculum") if way in methods]
    rows = [
        (
            "soft order is better than hard, and any better than none",
            _verdict([way for way in orders if worse(way)], orders),
            figures("cau", *orders),
        ),
        (
            "each part is needed",
            f"{len(hurting)} of {len(ablations)} parts; not {', '.join(harmless) or '–'}",
            figures(*ablations),
        ),
        ("better than other ways", _verdict([way for way in rivals if worse(way)], rivals), figures(*rivals)),
        (
            "about 13 times faster than retraining",
            f"{sum(each >= 10 for each in speeds.values())} of {len(speeds)} sets are 10 times faster and more",
            "; ".join(f"{told}: {each:.1f} times" for told, each in speeds.items()),
        ),
        (
            "Hit_u below that of retraining is success",
            "the opposite: it shows what was deleted",
            "; ".join(
                f"`{way}` Hit_u {methods[way]['hit_u_full']:.3f}, AUC {methods[way]['auc']:.2f}"
                for way in ("retrain", *_UNSTOPPED)
                if way in methods
            ),
        ),
    ]
    table = ["| claim | here | measured |", "|---|---|---|"]
    untested = "These were measured without tests of chance: worse is .1 of the gap less, or .02 of NDCG.\n\n"
    lines = [*table, *(f"| {claim} | {here} | {told} |" for claim, here, told in rows)]
    return ("" if tested else untested) + "\n".join(lines)


def tested(folder: Path) -> str:
    """Return how ways differ from CAU with rehearsed references, with tests of chance."""
    parts: list[str] = []
    for name in _COMPARED:
        if not (folder / f"{name}.json").exists():
            parts.append(f"Not measured yet for this version: {name}. `make results` does.")
            continue
        methods = cast("Mapping[str, Mapping[str, Any]]", _read(folder, name)["methods"])
        if any(way in methods for way in _RIVALS):
            parts.append(f"**{_title(NAMES[name], methods)}**\n\n{_differences(methods)}")
    return "\n\n".join(parts)


def _differences(methods: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        "| way | further from retrain's Hit_u than `cau` | p | more NDCG than `cau` | p |",
        "|---|---:|---:|---:|---:|",
    ]
    for way, found in methods.items():
        other = cast("Mapping[str, Mapping[str, float]]", found.get("against") or {}).get("cau")
        if other and way != "retrain":
            told = cast("Mapping[str, Mapping[str, float]]", other)
            cells = [
                f"{each['value']:+.3f} [{each['low']:+.3f}, {each['high']:+.3f}] | {each['p']:.3f}"
                for each in (told["hit_u_gap"], told["ndcg"])
            ]
            rows.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _verdict(worse: list[str], all_of: list[str]) -> str:
    """Say how many of several ways are worse than CAU by more than luck."""
    if not worse:
        return "not shown: none is clearly worse"
    return "holds" if len(worse) == len(all_of) else f"holds against {', '.join(worse)} alone"


def _title(told: str, methods: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what a set is called; one that was measured without a rehearsal says so."""
    cau = methods.get("cau")
    return told if cau is None or "rehearsal_seconds" in cau else f"{told}, references by held-out clicks"


def _ndcg_told(methods: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the ratio where it is more than 2 % above, with that of the untouched network."""
    ratio = float(methods["cau"]["ndcg_ratio"])
    if ratio <= 1.02:
        return ""
    untouched = methods.get("original", {}).get("ndcg_ratio")
    return f", above: {ratio:.3f}" + (f" (untouched {float(untouched):.3f})" if untouched is not None else "")


def _gap_told(methods: Mapping[str, Mapping[str, Any]]) -> str:
    """Return Hit_u less that of `retrain`, its interval, whether that decides, and the same of another retraining."""
    chance = cast("Mapping[str, Mapping[str, float]]", methods["cau"].get("chance") or {}).get("hit_u_over")
    if chance is None:
        return ""
    inside = chance["low"] >= -_GAP and chance["high"] <= _GAP
    outside = chance["low"] > _GAP or chance["high"] < -_GAP
    sure = "surely" if inside or outside else "the interval leaves it open"
    again = methods.get("retrain-again", {}).get("chance")
    other = f"; retrained again {again['hit_u_over']['value']:+.3f}" if again else ""
    seed = methods["cau"].get("hit_u_gap_seed")
    apart = "" if seed is None else f"; by seed {seed:.3f}"
    return f", {chance['value']:+.3f} [{chance['low']:+.3f}, {chance['high']:+.3f}], {sure}{other}{apart}"


def drift(folder: Path) -> str:
    """Return what each of several forgettings left."""
    name = "unlearning_drift_lastfm"
    if not (folder / f"{name}.json").exists():
        return f"Not measured yet for this version: {name}. `make results` does."
    report = _read(folder, name)
    batches = cast("list[Mapping[str, Any]]", report["batches"])
    columns = list(batches[0])
    rows = [f"| {' | '.join(columns)} |", f"|{'---:|' * len(columns)}"]
    rows += [f"| {' | '.join(_cell(each, column) for column in columns)} |" for each in batches]
    return "\n".join([*rows, "", _source(name, report["run"])])


def _cell(found: Mapping[str, Any], column: str) -> str:
    value, ends = found.get(column), cast("Mapping[str, list[float]]", found.get("intervals") or {}).get(column)
    if column in {"hit_u_over", "ndcg_over"}:
        chance = cast("Mapping[str, Mapping[str, float]]", found.get("chance") or {}).get(column)
        return "–" if chance is None else f"{chance['value']:+.3f} [{chance['low']:+.3f}, {chance['high']:+.3f}]"
    if value is None:
        return "–"
    text = str(value) if not isinstance(value, float) else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return text + (f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends and column in {"ndcg@10", "hit_u_full"} else "")


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"


def _source(name: str, run: Mapping[str, Any]) -> str:
    machine = cast("Mapping[str, object]", run.get("hardware") or {})
    place = f"{machine.get('cores', '?')} cores, {machine.get('processor') or machine.get('machine', 'unknown')}"
    return f"- **{name}**: `{run['command']}` ({run['date']}, {run['commit']}, {place})"


def _read(folder: Path, name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((folder / f"{name}.json").read_bytes()))


PARTS: Final[dict[str, Callable[[Path], str]]] = {
    "unlearning_ways": table,
    "unlearning_verdict": verdict,
    "unlearning_drift": drift,
    "unlearning_claims": claims,
    "unlearning_tested": tested,
}
