"""The tables of `docs/results.md` on the small writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["fresh_rendered", "rendered"]

_FRESH: Final = (
    ("accepted_transformer_at_equal_length", "accepted more, at equal length"),
    ("accepted_transformer_strict_at_equal_length", "strictly, at equal length"),
    ("accepted_transformer", "accepted more"),
    ("accepted_transformer_strict", "strictly"),
    ("distinct_2", "distinct 2"),
    ("characters", "characters"),
    ("copied_share", "copied share"),
)
_JUDGES: Final = ("transformer", "transformer_strict", "surface", "principles")
_SAME: Final = ("characters", "distinct_2", "self_bleu", "template_share", "copied_share", "log_likelihood_a_token")


def rendered(report: Mapping[str, Any]) -> str:
    """Return the judges, the writers, what rose, and the attempts, of what `measure` wrote."""
    return "\n\n".join((_judges(report), _writers(report), _same(report), _rises(report), _attempts(report)))


def fresh_rendered(report: Mapping[str, Any]) -> str:
    """Return what `fresh` wrote: a change a line, its mean over seeds with the interval over seeds, and each seed."""
    fixed = report["fixed"]
    rows: list[list[str]] = []
    for form, told in report["forms"].items():
        steps = report["steps"]["graded" if form in ("graded", "varied") else "others"]
        for name, words in _FRESH:
            one = told["figures"][name]
            seeds = " ".join(f"{value:+.3f}" for value in one["by_seed"])
            rows.append(
                [f"{form}, {steps} steps", words, f"{one['mean']:+.3f}", _interval(one), seeds, _says(told, name)]
            )
    told = (
        f"Seeds {', '.join(map(str, fixed['seeds']))}; {fixed['draws']} texts for each of {fixed['tested']} prompts, "
        f"before and after; equal length: at most {fixed['equal_length']} characters apart."
    )
    heads = ("GRPO", "change", "mean over seeds", "95 % over seeds", "by seed", "by the rule")
    return f"{_table(heads, rows)}\n\n{told}"


def _interval(one: Mapping[str, Any]) -> str:
    return f"[{one['low']:+.3f}, {one['high']:+.3f}]"


def _says(told: Mapping[str, Any], name: str) -> str:
    if name == "distinct_2":
        return "kept" if told["keeps_distinct_2"] else "not shown to be kept"
    return str(told["says"].get(name, ""))


def _judges(report: Mapping[str, Any]) -> str:
    names = ("pair_accuracy", "pair_accuracy_length_matched", "pair_accuracy_cut", "accepts_chosen", "accepts_rejected")
    heads = ("judge", "pairs", "of equal length", "cut to equal length", "accepts of chosen", "of rejected")
    return _table(
        heads, ([name, *(_number(told.get(each)) for each in names)] for name, told in report["judges"].items())
    )


def _writers(report: Mapping[str, Any]) -> str:
    heads = ("writer", *(f"accepted: {name}" for name in _JUDGES), *(name.replace("_", " ") for name in _SAME))
    found = {"SFT": report["before"], **{f"GRPO, {name}": told for name, told in report["after"].items()}}
    return _table(
        heads,
        (
            [name, *(_number(told[f"accepted_{judge}"]) for judge in _JUDGES), *(_number(told[each]) for each in _SAME)]
            for name, told in found.items()
        ),
    )


def _same(report: Mapping[str, Any]) -> str:
    """Return what is not to change, with intervals, and distinct-2 seed by seed."""
    told = report["after"]
    rows = [["SFT", "", "", "", _seeds(report["before"]), ""]]
    for way, found in told.items():
        rise = found["rise"]
        changes = (rise[name] for name in ("characters", "characters_at_equal_length", "log_likelihood_a_token"))
        rows.append([way, *map(_change, changes), _seeds(found), str(found["n_at_equal_length"])])
    heads = (
        "writer",
        "characters",
        "at equal length",
        "log likelihood a token",
        "distinct 2 by seed",
        "pairs of texts",
    )
    return _table(heads, rows)


def _seeds(told: Mapping[str, Any]) -> str:
    return " ".join(_number(value) for value in told["distinct_2_by_draw"])


def _rises(report: Mapping[str, Any]) -> str:
    heads = ("GRPO", "judge", "accepted more", "by seed", "at equal length", "prompts", "wins at equal length")
    rows: list[list[str]] = []
    for way, told in report["after"].items():
        rise = told["rise"]
        for judge in _JUDGES:
            level = rise[f"accepted_{judge}_at_equal_length"]
            wins = rise.get(f"prefers_{judge}_at_equal_length")
            rows.append(
                [
                    *(way, judge, _change(rise[f"accepted_{judge}"])),
                    " ".join(f"{value:+.2f}" for value in rise[f"accepted_{judge}_by_seed"]),
                    *(_change(level), str(level["n"])),
                    _number(0.5 + wins["difference"]) if wins and wins["n"] else "",
                ]
            )
    return _table(heads, rows)


def _attempts(report: Mapping[str, Any]) -> str:
    heads = ("attempt", "pays, bare", "pays, guarded", "gain, bare", "gain, guarded", "caught", "honest texts caught")
    rows = (
        [
            name,
            *(_number(told[kind]["pays"]) for kind in ("bare", "guarded")),
            *(f"{told[kind]['gain']:+.2f}" for kind in ("bare", "guarded")),
            *(_number(told[each]) for each in ("caught_by_any", "honest_caught_by_any")),
        ]
        for name, told in report["attempts"].items()
    )
    return _table(heads, rows)


def _change(told: Mapping[str, Any]) -> str:
    if not told.get("n"):
        return ""
    return f"{told['difference']:+.3f} [{told['low']:+.3f}, {told['high']:+.3f}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    told = list(heads)
    lines = [f"| {' | '.join(told)} |", f"|---|{'---:|' * (len(told) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
