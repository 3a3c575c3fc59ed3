"""Tools found, called and planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from .shared import HERE, benchmark, evaluations, figure_text, measurement, source_line, unmeasured

__all__ = ["PARTS"]

TOOLS: Final = (
    *("server_recall@1", "server_recall@5", "server_ndcg@5", "tool_recall@1", "tool_recall@5", "tool_recall@10"),
    *("all@10", "ms_p50", "refused", "n", "failed"),
)
PLANS: Final = ("node_f1", "edge_f1", "exact", "invalid", "ms_p50", "n", "failed")
REFERENCES: Final = ("reference_accuracy", "nearest_accuracy", "references", "n", "failed")
CALLS: Final = (
    *("ast_accuracy", "function_accuracy", "argument_accuracy", "irrelevance_accuracy", "false_refusal"),
    *("ms_p50", "n", "failed"),
)
CALL_SETS: Final = ("simple_python", "multiple", "irrelevance")
TOOL_SETS: Final = ("metatool", "metatool_several", "sealtools_test", "stabletoolbench", "mcptoolbenchpp")


def _plan_parts() -> str:
    """Return the rows of one set apart: chains, the held-out fifth and the rest, and by number of tools."""
    found: Any = measurement("plans_complextool_embedded")
    groups = {
        "forward chain": found["forward_chain"],
        "reversed chain": found["reversed_chain"],
        "embedded, held-out fifth": found["parts"]["held_out"],
        "embedded, the other four fifths": found["parts"]["rest"],
        **{f"embedded, {tools} tools": cells for tools, cells in found["tools"].items()},
    }
    rows = ["| plans | node F1 | edge F1 | exact | invalid | n |", "|---|---:|---:|---:|---:|---:|"]
    for name, cells in groups.items():
        figures = " | ".join(figure_text(cells[metric]) for metric in ("node_f1", "edge_f1", "exact", "invalid"))
        rows.append(f"| {name} | {figures} | {cells['n']} |")
    return "\n".join(rows)


def _calls_held_out() -> str:
    names = [f"calls_{name}_{method}" for name in CALL_SETS for method in ("words", "cross-encoder")]
    missing = [name for name in names if not (HERE / f"{name}.json").exists()]
    if missing:
        return unmeasured(missing)
    columns = [name for name in CALLS if name not in ("ms_p50", "failed")]
    rows = [f"| held-out fifth of | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for name in names:
        found = measurement(name)["held_out"]
        rows.append(f"| {name} | {' | '.join(figure_text(found.get(column, '–')) for column in columns)} |")
    return "\n".join(rows)


def _tables() -> str:
    firsts = ("tables_fresh_first", "tables_fresh", "tables_blind_first", "tables_blind")
    firsts = ("tables_fields_first", "tables_fields", *firsts)
    names = (*firsts, "tables_later_first", "tables_later", "tables_asked")
    missing = [name for name in names if not (HERE / f"{name}.json").exists()]
    if missing:
        return unmeasured(missing)
    columns = ("n", "right", "wrong", "answered_wrongly", "refused", "refused_rightly")
    shares = ("answered_of_answerable", "wrong_of_answered")
    rows = [f"| run | part | {' | '.join((*columns, *shares))} |", f"|---|---|{'---:|' * (len(columns) + len(shares))}"]
    for name in names:
        for part, figures in measurement(name)["parts"].items():
            cells = [*(str(figures[column]) for column in columns), *(figure_text(figures[share]) for share in shares)]
            rows.append(f"| {name} | {part} | {' | '.join(cells)} |")
    return "\n".join([*rows, "", *(source_line(name, measurement(name)["run"]) for name in names)])


def _no_tool() -> str:
    names = ["no_tool", *(f"calls_{name}_{method}" for name in CALL_SETS for method in ("words", "cross-encoder"))]
    missing = [name for name in names if not (HERE / f"{name}.json").exists()]
    if missing:
        return unmeasured(missing)
    heads = ("irrelevance: refused", "of these not fitted to", *("simple: refused", "multiple: refused"))
    rows = [f"| who decides | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    report = measurement("no_tool")
    for mode, told in (("hybrid", "the catalogue's threshold"), ("lexical", "the same by words alone")):
        useless, simple, multiple = (report["sets"][f"bfcl_{name}"][mode] for name in ("irrelevance", *CALL_SETS[:2]))
        figures = (
            *(useless["refused"], useless["refused_left_out"]),
            *(simple["false_refusal"], multiple["false_refusal"]),
        )
        rows.append(f"| {told} | {' | '.join(map(figure_text, figures))} |")
    for method, told in (("cross-encoder", "slot filling's `choose`"), ("words", "the same by words alone")):
        simple, multiple, useless = (measurement(f"calls_{name}_{method}") for name in CALL_SETS)
        apart = useless["held_out"]["irrelevance_accuracy"]
        figures = useless["irrelevance_accuracy"], apart, simple["false_refusal"], multiple["false_refusal"]
        rows.append(f"| {told} | {' | '.join(map(figure_text, figures))} |")
    return "\n".join([*rows, "", source_line("no_tool", report["run"])])


def _unseen_tools() -> str:
    if not (HERE / "unseen_tools.json").exists():
        return unmeasured(["unseen_tools"])
    report = measurement("unseen_tools")
    columns = ("recall@5_no_map", "recall@5_unseen", "recall@5_shipped", "n")
    rows = [
        "| held-out fifth of | no map | a map that never saw its tools | the shipped map | n |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in report["left_out"].items():
        rows.append(f"| {name} | {' | '.join(figure_text(found[column]) for column in columns)} |")
    return "\n".join([*rows, "", source_line("unseen_tools", report["run"])])


def _linker() -> str:
    if not (HERE / "tables_linker.json").exists():
        return unmeasured(["tables_linker"])
    report = measurement("tables_linker")
    columns = {
        "right": "right", "wrong": "wrong", "right_of_answered": "right of what is answered",
        "unanswerable_refused": "unanswerable: refused",
    }  # fmt: skip
    rows = [f"| who reads | {' | '.join(columns.values())} |", f"|---|{'---:|' * len(columns)}"]
    for name, told in (
        ("rules", "the rules alone"),
        ("linker", "the linker alone"),
        ("both", "the linker where the rules refuse"),
    ):
        cells = [_share(report[name][key]) for key in columns]
        rows.append(f"| {told} | {' | '.join(cells)} |")
    whole = ("role F1", "exact readings", "answered right", "right of what is answered", "unanswerable refused")
    rows += ["", f"| tables read by a linker that | {' | '.join(whole)} |", f"|---|{'---:|' * len(whole)}"]
    for told, found in (
        ("saw the other four fifths", report),
        *((f"saw all but `{name}` (one network)", part) for name, part in report.get("across", {}).items()),
    ):
        rows.append(f"| {told} | {' | '.join(figure_text(found[key]) for key in whole)} |")
    return "\n".join([*rows, "", source_line("tables_linker", report["run"])])


def _share(told: Any) -> str:
    if told["share"] is None:
        return "–"
    low, high = told["interval"]
    return f"{told['share']:.3f} [{low:.3f}, {high:.3f}] ({told['count']} of {told['n']})"


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "tools": lambda: evaluations(
            (f"tools_{name}_{mode}" for name in TOOL_SETS for mode in ("lexical", "dense", "max", "hybrid")), TOOLS
        ),
        "plans": lambda: evaluations((f"plans_complextool_{method}" for method in ("words", "embedded")), PLANS),
        "references": lambda: evaluations(("plans_nestful",), REFERENCES),
        "plan_parts": _plan_parts,
        "tables": _tables,
        "calls": lambda: evaluations(
            (f"calls_{name}_{method}" for name in CALL_SETS for method in ("words", "cross-encoder")), CALLS
        ),
        "calls_held_out": _calls_held_out,
        "no_tool": _no_tool,
        "unseen_tools": _unseen_tools,
        "linker": _linker,
        **{name: (lambda name=name: benchmark(name)) for name in ("tools_catalogue",)},
    }
)
