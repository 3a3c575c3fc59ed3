"""The planner of workflows, and what was left out of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from questline.training.planner.verdict_page import rendered

from .shared import HERE, benchmark, figure_text, measurement, source_line, unmeasured

__all__ = ["PARTS"]

PAGE: Final = HERE.parent / "results.md"
LESS: Final = (
    *(
        (f"ranking, {name}", f"ranking_{file}_embedded", f"ranking_{file}", key)
        for name, file, key in (
            ("DL19, nDCG@10", "dl19", "ndcg@10"),
            ("DL21, nDCG@10", "dl21", "ndcg@10"),
            ("WikiQA, MRR", "wikiqa_dev", "mrr"),
            ("TREC-QA, MRR", "trecqa_dev", "mrr"),
        )
    ),
    ("selection, WikiQA, abstention F1", "selection_wikiqa_dev_embedded", "selection_wikiqa_dev", "abstention_f1"),
    ("selection, WikiQA, micro-F1", "selection_wikiqa_dev_embedded", "selection_wikiqa_dev", "micro_f1"),
    ("selection, TREC-QA, micro-F1", "selection_trecqa_dev_embedded", "selection_trecqa_dev", "micro_f1"),
    ("reading, Natural Questions, F1", "reading_nq_dev_cross-encoder--always", "reading_nq_dev", "f1"),
    ("reading, XQuAD, F1", "reading_xquad_en_cross-encoder--always", "reading_xquad_en", "f1"),
)


def _planner_table() -> str:
    if not (HERE / "planner_table.json").exists():
        return unmeasured(["planner_table"])
    report = measurement("planner_table")
    sources = list(cast("Mapping[str, object]", report["by_source"]))
    rows = [f"| workflow | F1 | calls | seconds | {' | '.join(f'F1 of {one}' for one in sources)} |"]
    rows.append(f"|---|---:|---:|---:|{'---:|' * len(sources)}")
    constants = cast("Mapping[str, Any]", report["constants"])
    for name, found in constants.items():
        if isinstance(found, dict):
            row = cast("Mapping[str, float]", found)
            own = (figure_text(report["by_source"][one][name]["f1"]) for one in sources)
            rows.append(
                f"| {name} | {figure_text(row['f1'])} | {row['calls']:.2f} | {row['seconds']:.2f} | {' | '.join(own)} |"
            )
    best = (figure_text(report["by_source"][one]["oracle_f1"]) for one in sources)
    rows.append(f"| oracle | {figure_text(report['constants']['oracle_f1'])} | | | {' | '.join(best)} |")
    rows += [
        "",
        "| λ of calls | best constant, chosen on four fifths | its utility on the other | best per source | oracle |",
    ]
    rows.append("|---:|---|---:|---:|---:|")
    for at in report["lambda_calls"]:
        utility = {name: figure_text(one["utility"]) for name, one in at["policies"].items()}
        told = (utility["best constant"], utility["best constant per source"], utility["oracle"])
        rows.append(f"| {at['lambda_calls']:g} | {at['best_constant']} | {' | '.join(told)} |")
    rate = f"{report['rate']['runs_per_processor_minute']:,.0f} runs a minute of one processor."
    for one in report["rate"]["fillings"]:
        rate += (
            f" {one['runs']:,} runs by {one['processes']} processes: {one['seconds'] / 60:.1f} minutes,"
            f" {one['processor_s'] / 60:.1f} of a processor."
        )
    return "\n".join([*rows, "", rate, "", source_line("planner_table", report["run"])])


def _planner() -> str:
    names = [name for name in ("planner_trained", "planner_rule") if (HERE / f"{name}.json").exists()]
    if not names:
        return "Not measured yet for this version; `docs/results/measure.sh planner` does."
    pictures = {
        "planner_front.svg": "F1 against calls of the planner and everything that it is held against",
        "planner_plans.svg": "Plans by source",
        "planner_curves.svg": "Learning curves of the planner, a line a seed",
        "planner_curves_published_0.5.svg": "Learning curves of the published recipe at α .5, a line a seed",
    }
    shown = [
        f"![{text}](pictures/{file})" for file, text in pictures.items() if (PAGE.parent / "pictures" / file).exists()
    ]
    parts: list[str] = []
    for name in names:
        report = measurement(name)
        parts += [f"**{report['run']['options']['planner']}**, {report['n']} questions:", rendered(report)]
        parts.append(source_line(name, report["run"]))
    return "\n\n".join([*parts, *shown])


def _ablation() -> str:
    if not (HERE / "ablation.json").exists():
        return "Not measured yet for this version; `docs/results/measure.sh ablation` does."
    report = measurement("ablation")
    variants: Mapping[str, Mapping[str, float]] = report["variants"]
    names = list(next(iter(variants.values())))
    rows = [f"| variant | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    rows += [
        f"| {variant} | {' | '.join(figure_text(figures[name]) for name in names)} |"
        for variant, figures in variants.items()
    ]
    return "\n".join([*rows, "", source_line("ablation", report["run"])])


def _less_distillation() -> str:
    rows = ["| figure | shipped | less distillation |", "|---|---:|---:|"]
    for name, shipped, other, key in LESS:
        figures = (figure_text(measurement(file)[key]) for file in (shipped, f"less_distillation/{other}"))
        rows.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(rows)


def _gpu_runs() -> str:
    report = measurement("gpu_runs/runs")
    tables: list[str] = []
    for rows in (report["whole"], report["at_step_3000"]):
        names = [name for name in rows[0] if name != "what"]
        tables += [f"| training | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
        tables += [f"| {row['what']} | {' | '.join(figure_text(row[name]) for name in names)} |" for row in rows]
        tables.append("")
    return "\n".join([*tables, f"Measured {report['date']} on {report['hardware']}."])


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "planner_table": _planner_table,
        "planner": _planner,
        "ablation": _ablation,
        "less_distillation": _less_distillation,
        "gpu_runs": _gpu_runs,
        **{name: (lambda name=name: benchmark(name)) for name in ("graph_overhead", "rollouts")},
    }
)
