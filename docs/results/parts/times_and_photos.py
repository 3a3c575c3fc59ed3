"""Questions about times, and mathematics from photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from questline.training.benchmarks.photo_page import PARTS as PHOTOS

from .shared import HERE, benchmark, evaluations, figure_text, measurement, source_line, unmeasured

__all__ = ["PARTS"]

MATH_SOLVED: Final = ("math_solver_even", "math_solver_odd", "math_solver_others")
SOLVED: Final = (
    *("acc_low", "acc_high", "strict_low", "strict_high", "ocr", "n", "parts", "abstained", "refused", "proof_n"),
    *("proof_acc_low", "failed"),
)
TIMED: Final = (
    *("accuracy_none", "accuracy_gold", "accuracy_retrieved", "accuracy_high_retrieved", "overlay_retrieved"),
    *("macro_retrieved", "gap_retrieved", "partial_time_retrieved", "always_yes", "judgements"),
    *("recall@5", "all_gold@5", "n", "scored", "failed"),
)
TIMED_SETS: Final = ("realtimeqa_2022", "timeqa_human_train", "menatqa")
TIMED_OTHER: Final = (
    *("accuracy_none", "accuracy_retrieved", "accuracy_high_retrieved", "gap_retrieved", "answered_retrieved"),
    *("recall@5", "n", "scored", "failed"),
)


def _temporal_slices() -> str:
    """Return the accuracies and the recall of every slice of ChronoQA, and what its audit counted."""
    name = "temporal_answers_chronoqa"
    if not (HERE / f"{name}.json").exists():
        return unmeasured([name])
    report = measurement(name)
    lines = [
        "| field | value | n | none | gold | retrieved | recall@5 |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for field, values in report.items():
        for value, row in values.items() if field.startswith("by_") else ():
            cells = (f"{row[each]:.3f}" for each in ("none", "gold"))
            ends = f"{row['retrieved']:.3f} [{row['from']:.3f}, {row['to']:.3f}]"
            found = f"{row['r@5']:.3f} [{row['r@5 from']:.3f}, {row['r@5 to']:.3f}]"
            lines.append(
                f"| {field.removeprefix('by_')} | {value} | {row['n']} | {' | '.join(cells)} | {ends} | {found} |"
            )
    if "audit" not in report:
        return "\n".join(lines)
    counts = ", ".join(f"{kind} {count}" for kind, count in report["audit"].items())
    labels = ", ".join(f"{kind} {count}" for kind, count in report["judgement_labels"].items())
    return "\n".join([*lines, "", f"The audit counted: {counts}. Labels of the judgements: {labels}."])


def _photo_pairs() -> str:
    """Return what clean pictures and turning upright win in reading, and the OCR score by each kind of noise."""
    name = "mathreal_I_embedded"
    if not (HERE / f"{name}.json").exists():
        return unmeasured([name])
    report = measurement(name)
    rows = ["| pictures | OCR as taken | OCR then | difference | 95 % interval | n |", "|---|---:|---:|---:|---:|---:|"]
    rows = rows if "ocr_pairs" in report else []
    for told, pair in report.get("ocr_pairs", {}).items():
        ends = f"{figure_text(pair['low'])} to {figure_text(pair['high'])}"
        cells = (told, *(figure_text(pair[key]) for key in ("ocr_a", "ocr_b", "difference")), ends, str(pair["n"]))
        rows.append(f"| {' | '.join(cells)} |")
    rows += ["", "| noise and severity | OCR score | 95 % interval | n |", "|---|---:|---:|---:|"]
    for told, cell in report["by_noise"].items():
        ends = " to ".join(figure_text(end) for end in cell["intervals"]["ocr"])
        rows.append(f"| {told} | {figure_text(cell['ocr'])} | {ends} | {cell['n']} |")
    return "\n".join(rows)


def _math_checker() -> str:
    """Return what the checker of answers makes of right answers and their edits, file by file."""
    kept = [name for name in ("math_checker", "math_checker_more") if (HERE / f"{name}.json").exists()]
    if not kept:
        return unmeasured(["math_checker"])
    heads = "| file | rows | itself | edits that keep: accepted | edits that change: accepted | parts | decided |"
    rows = [heads, "|---|---:|---:|---:|---:|---:|---:|"]
    for report in map(measurement, kept):
        for name, found in report["files"].items():
            cells = [f"{_edited(found[key])}" if key in found else "–" for key in ("kept", "changed")]
            share = found["decided"]
            decided = f"{figure_text(share['share'])} [{figure_text(share['low'])}, {figure_text(share['high'])}]"
            figures = f"{figure_text(found['itself'])} | {' | '.join(cells)} | {share['parts']} | {decided}"
            rows.append(f"| {name} | {found['n']} | {figures} |")
    return "\n".join([*rows, "", *(source_line(name, measurement(name)["run"]) for name in kept)])


def _math_checker_kinds() -> str:
    """Return the same kind by kind."""
    if not (HERE / "math_checker.json").exists():
        return unmeasured(["math_checker"])
    rows = ["| edit | n | accepted | rejected | undecided |", "|---|---:|---:|---:|---:|"]
    for name, found in measurement("math_checker")["kinds"].items():
        rest = f"{found['rejected']:.4f} | {found['undecided']:.4f}"
        rows.append(f"| {name.replace('_', ' ')} | {found['n']} | {_edited(found).split(' (')[0]} | {rest} |")
    return "\n".join(rows)


def _math_solver() -> str:
    """Return how many questions the solver of rules answers, and how many of its answers are right."""
    missing = [name for name in MATH_SOLVED if not (HERE / f"{name}.json").exists()]
    if missing:
        return unmeasured(missing)
    rows = [
        "| rows | file | n | answered | coverage | right of answered | accuracy |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name in MATH_SOLVED:
        for file, found in measurement(name)["files"].items():
            share = (
                f"{figure_text(found['right_of_answered'])} [{figure_text(found['low'])}, {figure_text(found['high'])}]"
            )
            share = share if found["answered"] else "–"
            figures = f"{found['n']} | {found['answered']} | {figure_text(found['coverage'])} | {share}"
            rows.append(f"| {name.split('_')[-1]} | {file} | {figures} | {figure_text(found['right'] / found['n'])} |")
    return "\n".join([*rows, "", *(source_line(name, measurement(name)["run"]) for name in MATH_SOLVED)])


def _math_solver_curve() -> str:
    """Return the risk of answering with at least some confidence, on the rows that were kept apart."""
    if not (HERE / "math_solver_odd.json").exists():
        return unmeasured(["math_solver_odd"])
    rows = ["| confidence at least | coverage | risk |", "|---:|---:|---:|"]
    points = measurement("math_solver_odd")["curve"]
    rows += [
        f"| {p['least_confidence']:.2f} | {figure_text(p['coverage'])} | {figure_text(p['risk'])} |" for p in points
    ]
    return "\n".join(rows)


def _edited(found: Mapping[str, Any]) -> str:
    return f"{found['accepted']:.4f} [{found['low']:.4f}, {found['high']:.4f}] ({found['n']})"


def _temporal_ranking() -> str:
    name = "temporal_ranking_chronoqa"
    if not (HERE / f"{name}.json").exists():
        return unmeasured([name])
    report = measurement(name)
    metrics = ("recall@5", "recall@10", "all_gold@5", "ndcg@10", "map@10")
    heads = ("pool", "side", "ranked by", "questions", "n", *metrics)
    rows = [f"| {' | '.join(heads)} |", f"|---|---|---|---|{'---:|' * (len(metrics) + 1)}"]
    for pool, found in report["pools"].items():
        for way, sides in found["ways"].items():
            for side, slices in sides.items():
                for kind, told in slices.items():
                    figures = " | ".join(figure_text(told[metric]) for metric in metrics)
                    rows.append(f"| {pool} | {side} | {way} | {kind} | {told['n']} | {figures} |")
    rows += ["", "| pool | difference | side | recall@5 | all_gold@5 | ndcg@10 |", "|---|---|---|---:|---:|---:|"]
    for pool, found in report["pools"].items():
        for pair, sides in found["differences"].items():
            for side, told in sides.items():
                figures = " | ".join(f"{value:+.3f} ({low:+.3f} to {high:+.3f})" for value, low, high in told.values())
                rows.append(f"| {pool} | {pair} | {side} | {figures} |")
    for pool, found in report["pools"].items():
        seconds = found["cpu_seconds"]
        rows += [
            "",
            f"Pool {pool}: {found['passages']} passages, {found['undated']} without a date. Processor seconds, ",
        ]
        rows[-1] += f"one core: {seconds['index']} to index, {seconds['time_and_parts']} for all questions."
    return "\n".join([*rows, "", source_line(name, report["run"])])


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "temporal_ranking": _temporal_ranking,
        "temporal_lift": lambda: benchmark("temporal_lift"),
        "temporal_answers": lambda: evaluations(("temporal_answers_chronoqa",), TIMED),
        "temporal_slices": _temporal_slices,
        "temporal_other_sets": lambda: evaluations((f"temporal_answers_{name}" for name in TIMED_SETS), TIMED_OTHER),
        "solved_photos": lambda: evaluations(
            (f"mathreal_{name}_embedded" for name in ("I", "I_QG", "I_QG_DG")), SOLVED
        ),
        "solved_photos_read": _photo_pairs,
        "math_checker": _math_checker,
        "math_checker_kinds": _math_checker_kinds,
        "math_solver": _math_solver,
        "math_solver_curve": _math_solver_curve,
        **{name: (lambda made=made: made(HERE)) for name, made in PHOTOS.items()},
    }
)
