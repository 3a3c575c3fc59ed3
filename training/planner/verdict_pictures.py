"""Pictures of a planner's measurement: the front against all baselines, the plans of each source, learning curves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.tools.retrieval.faults import storage_faults
from questline.training.curves import overlaid
from questline.training.driver import LOG

from .picture import STROKES, Point, Strokes, scatter
from .rivals import CLASSIFIER, PUBLISHED, Curves, Rivals
from .verdict import ALL_CONSTANTS

__all__ = ["front_picture", "logged_curves", "plans_picture", "write_pictures"]

_OWN: Final = "#d95f02"
_OTHERS: Final = {CLASSIFIER: "#17becf", PUBLISHED: "#e377c2"}
_BESIDE: Final = "#f6b26b"
_SHADES: Final = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22")
_OTHER_PLANNERS: Final = "planners beside it"
_REST: Final = "#d9d9d9"
_BAR: Final = 320
_SHOWN: Final = ("held-out gain", "entropy", "loss: utility", "utility")
"""Curves of a trained planner's log that are drawn; the others stand in the log."""


def front_picture(found: Mapping[str, Any], name: str, component: str) -> str:
    """Return F1 against a mean cost: dots for the constants, a line for what has a dial, squares for the rest."""
    points: dict[str, list[Point]] = {}
    for one in found["front"][component]:
        points.setdefault(one["policy"], []).append((one["cost"], one["f1"], one["point"]))
    dots = points.pop(ALL_CONSTANTS, [])
    strokes = {name: _OWN, **STROKES}
    lines: dict[str, Strokes] = {}
    for policy in sorted(points, key=lambda policy: policy == name):  # the own one on top
        group = PUBLISHED if policy.startswith(PUBLISHED) else policy
        if group not in {*strokes, *_OTHERS}:
            group = _OTHER_PLANNERS
        stroke = strokes.get(group) or _OTHERS.get(group) or _BESIDE
        first = group not in lines  # the seeds of a recipe are named once
        lines[group if first else policy] = Strokes(
            points=points[policy], stroke=stroke, width=2.5 if policy == name else 1.0, named=first
        )
    lines = {_short(policy): line for policy, line in lines.items()}
    highest = max((f1 for one in (dots, *points.values()) for _, f1, _ in one), default=1.0)
    title = f"{_short(name)} on {found['n']} questions"
    return scatter(title, component, dots, lines, top=min(1.0, 0.1 * (int(highest * 10) + 1)), legend=230)


def plans_picture(found: Mapping[str, Any], name: str) -> str:
    """Return a bar a source, cut into the shares of its plans; the same plan has the same colour in each."""
    sources = cast("Mapping[str, Mapping[str, Any]]", found["plans"]["by_source"])
    commonest = list(cast("Mapping[str, float]", found["plans"]["shares"]))[: len(_SHADES)]
    shades = dict(zip(commonest, _SHADES, strict=False))
    height = 60 + 26 * max(len(sources), len(shades) + 1)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" viewBox="0 0 720 {height}"'
            ' font-family="sans-serif" font-size="11">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="22" font-size="14">Plans of {escape(_short(name))}, by source</text>',
    ]
    for row, (source, told) in enumerate(sources.items()):
        y, x = 44 + 26 * row, 110.0
        parts.append(f'<text x="104" y="{y + 12}" text-anchor="end">{escape(source)} ({told["n"]})</text>')
        for plan, share in cast("Mapping[str, float]", told["shares"]).items():
            width = share * _BAR
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="16" fill="{shades.get(plan, _REST)}">'
                f"<title>{escape(plan)}: {share:.1%}</title></rect>"
            )
            x += width
    for row, (plan, shade) in enumerate([*shades.items(), ("others", _REST)]):
        y = 44 + 26 * row
        parts.append(f'<rect x="450" y="{y}" width="12" height="12" fill="{shade}"/>')
        parts.append(f'<text x="468" y="{y + 10}">{escape(plan)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def logged_curves(model: Path) -> Curves:
    """Return the curves of the run that a policy was exported by, from the log beside its folder; none without one.

    Raises:
        UsageError: ``bad_data`` for a log that cannot be read.
    """
    path = model.parent / LOG
    if not path.is_file():
        return []
    try:
        rows: list[dict[str, float]] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return [
            (int(row["step"]), name, float(row[name]))
            for row in rows
            for name in row
            if name in _SHOWN or name.startswith("gain at")
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{str(path)!r} is no log of a training ({error})", code="bad_data", path=path) from error


def _short(name: str) -> str:
    """Return a name as a picture has room for it: of a path its last two parts."""
    kind, colon, path = name.partition(":")
    return f"{kind}{colon}{'/'.join(Path(path).parts[-2:])}" if kind == "trained" else name


def write_pictures(
    folder: Path, name: str, found: Mapping[str, Any], rivals: Rivals, trained: Mapping[str, Curves]
) -> Sequence[Path]:
    """Write ``front.svg`` (``front_COST.svg`` for costs but calls), ``plans.svg`` and the curves; return the files.

    Args:
        folder: Is made where it is not there.
        name: Of the planner.
        found: What `questline.training.planner.verdict.Trial.verdict` gave.
        rivals: Whose training is drawn, a file an alpha: ``curves_published_ALPHA.svg``.
        trained: Curves of trained planners by name, for ``curves.svg``.

    Raises:
        RunError: ``read_only`` or ``disk_full``.
    """
    main = "calls" if "calls" in found["components"] else found["components"][0]
    files = {
        f"front{'' if component == main else f'_{component}'}.svg": front_picture(found, name, component)
        for component in found["components"]
    }
    files["plans.svg"] = plans_picture(found, name)
    told = {_short(label): curves for label, curves in trained.items() if curves}
    if told:
        files["curves.svg"] = overlaid(told, title="agents train policy")
    for alpha, runs in rivals.curves.items():
        seeds = {f"seed {seed}": curves for seed, curves in enumerate(runs)}
        files[f"curves_published_{alpha:g}.svg"] = overlaid(seeds, title=f"{PUBLISHED}, α {alpha:g}")
    with storage_faults(folder, what="the pictures"):
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    return [folder / file for file in files]
