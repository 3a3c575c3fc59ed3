"""Plans that run: scenarios, schedules, faults and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from .shared import HERE, benchmark, evaluations, figure_text, measurement, source_line, unmeasured

__all__ = ["PARTS"]

SCENARIOS: Final = (
    *("right", "right_without_writing", "wrong_complete", "status", "answer", "missing", "enough_cited", "routed"),
    *("sentences_cited", "sentences_faithful", "sentences", "late", "seconds_p50", "seconds_p95"),
    *("n", "n_without_writing", "failed"),
)
ROUTES: Final = (
    *("same_tools", "same_tools_without_writing", "all_made", "one_too_many", "ms_p50"),
    *("n", "n_without_writing", "failed"),
)
SCHEDULES: Final = ("schedule_easy", "schedule_generated", "schedule_generated_slots2")
MAKESPANS: Final = (
    *("makespan_over_critical_path", "makespan_over_bound", "saving_share", "plans_with_a_saving"),
    *("speedup_over_sequential", "speedup_over_supersteps", "longer_than_supersteps", "longest_over_supersteps"),
    *("overhead_us_per_task", "overhead_over_send", "overhead_over_send_max", "completed", "n", "failed"),
)
BROKEN: Final = (
    *("completed", "accounted", "deadline_misses", "over_deadline_ms_max"),
    *("tasks_done", "tasks_failed", "tasks_skipped", "tasks_cancelled", "n", "failed"),
)


def _schedule_ways() -> str:
    measured = [name for name in SCHEDULES if (HERE / f"{name}.json").exists()]
    if not measured:
        return unmeasured(SCHEDULES)
    columns = MAKESPANS[0], *MAKESPANS[4:6], MAKESPANS[8]
    rows = [f"| run | way | {' | '.join(columns)} |", f"|---|---|{'---:|' * len(columns)}"]
    for name in measured:
        for way, figures in measurement(name)["ways"].items():
            rows.append(f"| {name} | {way} | {' | '.join(figure_text(figures[column]) for column in columns)} |")
    return "\n".join(rows)


def _faults(name: str = "faults") -> str:
    if not (HERE / f"{name}.json").exists():
        return unmeasured([name])
    report = measurement(name)
    heads = "calls end as|worst over, ms|late|stall, ms|neighbour p95, ms|alone|ratio|forced|opens after|closes, s|left"
    rows = [f"| fault | {heads.replace('|', ' | ')} |", f"|---|---|{'---:|' * 10}"]
    for row in report["rows"]:
        outcomes = ", ".join(f"{code} {count}" for code, count in row["outcomes"].items())
        opened = "–" if row["opened_after"] is None else row["opened_after"]
        left = row["left_processes"] + row["left_sockets"] + row["left_tasks"]
        figures = (
            *(row["case"], outcomes, f"{row['worst_over_ms']:+.0f}", row["late"], f"{row['machine_stall_ms']:.0f}"),
            *(f"{row['neighbour_p95_ms']:.1f}", f"{row['neighbour_alone_p95_ms']:.1f}"),
            *(f"{row['neighbour_ratio']:.2f}", f"{row['forced_neighbour_ratio']:.2f}", opened),
            *("never" if row["closed_after_s"] is None else f"{row['closed_after_s']:.1f}", left),
        )
        rows.append(f"| {' | '.join(map(str, figures))} |")
    return "\n".join([*rows, "", source_line(name, report["run"])])


def _tool_runs() -> str:
    if not (HERE / "tool_runs.json").exists():
        return unmeasured(["tool_runs"])
    report = measurement("tool_runs")
    heads = "runs|kills|resumed|not to be repeated, repeated|done, done again|tasks without a reason|unknown outcome"
    rows = [f"| plan | {heads.replace('|', ' | ')} |", f"|---|{'---:|' * 7}"]
    columns = ("runs", "kills", "resumed", "repeated", "repeated_finished", "unnamed", "unknown_outcome")
    for name, row in report["killed"].items():
        rows.append(f"| {name} | {' | '.join(str(row[column]) for column in columns)} |")
    heads = "runs|late|needs|answered|neither answered nor named|worst after the deadline, ms|why not"
    rows += ["", f"| calls that fail | {heads.replace('|', ' | ')} |", f"|---:|{'---:|' * 6}---|"]
    for row in report["faulty"]:
        codes = ", ".join(f"{code} {count}" for code, count in row["codes"].items())
        figures = (*(row[column] for column in ("runs", "late", "needs", "answered", "unnamed")),)
        worst = f"{1000 * row['worst_over_deadline_s']:+.0f}"
        rows.append(f"| {row['failing']:.0%} | {' | '.join(map(str, figures))} | {worst} | {codes} |")
    return "\n".join([*rows, "", source_line("tool_runs", report["run"])])


def _tool_loops() -> str:
    if not (HERE / "tool_loops.json").exists():
        return unmeasured(["tool_loops"])
    report = measurement("tool_loops")
    heads = "right|seconds, median|95 %|times `graph`|95 %|requests|tokens in|tokens out|tool calls|processor s"
    rows = [f"| loop | {heads.replace('|', ' | ')} |", f"|---|{'---:|' * 10}"]
    for name, row in report["loops"].items():
        seconds = f"{row['seconds_median']:.2f} | {row['seconds_low']:.2f}–{row['seconds_high']:.2f}"
        times = f"{row['times_graph']:.2f} | {row['times_graph_low']:.2f}–{row['times_graph_high']:.2f}"
        means = [f"{row[f'{column}_mean']:.1f}" for column in ("requests", "tokens_in", "tokens_out", "tool_calls")]
        told = (seconds, times, *means, f"{row['processor_s_mean']:.2f}")
        rows.append(f"| {name} | {row['right']}/{row['n']} | {' | '.join(told)} |")
    return "\n".join([*rows, "", source_line("tool_loops", report["run"])])


def _tool_loops_shapes() -> str:
    if not (HERE / "tool_loops.json").exists():
        return unmeasured(["tool_loops"])
    shapes: Mapping[str, Mapping[str, Mapping[str, Any]]] = measurement("tool_loops")["shapes"]
    rows = [f"| plan | {' | '.join(shapes)} |", f"|---|{'---:|' * len(shapes)}"]
    for shape in next(iter(shapes.values())):
        told = [_shape(by_shape[shape]) for by_shape in shapes.values()]
        rows.append(f"| {shape} | {' | '.join(told)} |")
    return "\n".join(rows)


def _shape(row: Mapping[str, Any]) -> str:
    wrong = "" if row["right"] == row["n"] else f" ({row['right']}/{row['n']} right)"
    tokens = f"{row['tokens_in_mean']:.0f} + {row['tokens_out_mean']:.0f}"
    return f"{row['seconds_median']:.2f} s, {row['requests_mean']:.0f}, {tokens}{wrong}"


def _tool_loops_failing() -> str:
    if not (HERE / "tool_loops.json").exists():
        return unmeasured(["tool_loops"])
    failing = measurement("tool_loops")["failing"]
    heads = "questions|wholly answered|answered or named|needs|answered|named as missing|neither|requests|tool calls"
    rows = [f"| loop | {heads.replace('|', ' | ')} |", f"|---|{'---:|' * 9}"]
    for name, row in failing["loops"].items():
        shares = (f"{row['wholly_answered']:.0%}", f"{row['answered_or_named']:.0%}")
        needs = (row["needs"], row["needs_answered"], row["needs_named"], row["needs_lost"])
        told = (row["n"], *shares, *needs, f"{row['requests_mean']:.1f}", row["tool_calls"])
        rows.append(f"| {name} | {' | '.join(map(str, told))} |")
    return "\n".join(rows)


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "routes": lambda: evaluations(("routes_open",), ROUTES),
        "scenarios": lambda: evaluations(("scenarios_open", "scenarios_sealed"), SCENARIOS),
        "choice": lambda: evaluations(("scenarios_choice_open", "scenarios_choice_kept"), SCENARIOS),
        "second": lambda: evaluations(sorted(file.stem for file in HERE.glob("scenarios_second*.json")), SCENARIOS),
        "third": lambda: evaluations(sorted(file.stem for file in HERE.glob("scenarios_third*.json")), SCENARIOS),
        "seventh": lambda: evaluations(sorted(file.stem for file in HERE.glob("scenarios_seventh*.json")), SCENARIOS),
        "fresh": lambda: evaluations((f"scenarios_fresh_{half}" for half in ("seen", "kept")), SCENARIOS),
        "worlds": lambda: evaluations(
            sorted(file.stem for name in ("fourth", "fifth", "sixth") for file in HERE.glob(f"scenarios_{name}*.json")),
            SCENARIOS,
        ),
        "schedule": lambda: evaluations(SCHEDULES, MAKESPANS),
        "schedule_ways": _schedule_ways,
        "schedule_faults": lambda: evaluations(
            (
                "schedule_easy_faults30",
                *(f"schedule_generated_{name}" for name in ("faults10", "faults30", "dead", "hanging")),
            ),
            BROKEN,
        ),
        "faults": _faults,
        "tool_runs": _tool_runs,
        "tool_loops": _tool_loops,
        "tool_loops_shapes": _tool_loops_shapes,
        "tool_loops_failing": _tool_loops_failing,
        **{
            name: (lambda name=name: benchmark(name))
            for name in ("schedules_dl19", "schedules_dl21", "gateway_overhead")
        },
    }
)
