"""The table of `docs/results.md` on what the tool planner and its executor learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from questline.training.tuning.tables import interval

__all__ = ["rendered"]

_PLANNERS: Final = {
    "sft": "taught by an expert who errs in half",
    "grpo": "then GRPO",
    "foreign": "then GRPO, paid as if for another question",
    "shuffled": "taught plans of other questions",
}
_EXECUTORS: Final = {
    "taught": "taught, the call alone",
    "after_a_thought": "taught, after a thought",
    "elsewhere": "taught, where the tools answer otherwise",
    "no_thoughts": "taught without thoughts",
    "shuffled": "taught calls of other states",
}


def rendered(report: Mapping[str, Any]) -> str:
    """Return what `questline.training.tool_planner.shown` wrote."""
    rows = ["| seed | planner | exact plans | edge F1 | executed |", "|---:|---|---:|---:|---:|"]
    for one in report["planner"]:
        for name, words in _PLANNERS.items():
            told = " | ".join(_figure(one[measure][name]) for measure in ("exact", "edge_f1", "executed"))
            rows.append(f"| {one['seed']} | {words} | {told} |")
    lines = ["| seed | executor | call accuracy |", "|---:|---|---:|"]
    for one in report["executor"]:
        for name, words in ((name, words) for name, words in _EXECUTORS.items() if name in one["call_accuracy"]):
            lines.append(f"| {one['seed']} | {words} | {_figure(one['call_accuracy'][name])} |")
    says = [
        f"Seed {one['seed']}, of {one['questions']} fresh questions: SFT less its control "
        f"{interval(one['sft_less_shuffled']['exact'])} exact plans; GRPO less SFT "
        f"{interval(one['grpo_less_sft']['exact'])} exact plans, {interval(one['grpo_less_sft']['edge_f1'])} edge F1; "
        f"its control less SFT {interval(one['foreign_less_sft']['exact'])} exact plans."
        for one in report["planner"]
    ]
    for one in report["executor"]:
        less = [f"its control {interval(one['taught_less_shuffled'])}"]
        if "taught_less_no_thoughts" in one:
            less.append(f"the one taught without thoughts {interval(one['taught_less_no_thoughts'])}")
        says.append(
            f"Seed {one['seed']}, of {one['calls']} calls of fresh questions: the executor less "
            f"{', less '.join(less)}; after a thought less without one {interval(one['thought_less_none'])}."
        )
    steps = report["steps"]
    first = (
        f"{report['traces']} traces to learn from, {report['tools']} tools; {steps['sft']} steps of SFT, "
        f"{steps['grpo']} of GRPO, {steps['executor']} of the executor. All begin at 0."
    )
    return "\n\n".join(["\n".join(rows), "\n".join(lines), " ".join([first, *says])])


def _figure(one: Mapping[str, float]) -> str:
    return f"{one['mean']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"
