"""The writer, its judges, and language models that were tuned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from questline.training.generative_suggester.page import rendered_ablations as suggester_ablations
from questline.training.generative_suggester.page import rendered_learning as suggester_learning
from questline.training.generative_summarizer.page import rendered_drafts, rendered_learning
from questline.training.reasoning_ranker.page import rendered as ranker_rendered
from questline.training.tool_planner.page import rendered as tool_training_tables
from questline.training.utility_selector.page import rendered as selector_rendered
from questline.training.writer.shown.page import fresh_rendered
from questline.training.writer.shown.page import rendered as writer_tables

from .shared import HERE, benchmark, evaluations, measurement, rendered_by, source_line, unmeasured

__all__ = ["PARTS"]

JUDGES: Final = (*("reward_model", "reward_model_within", "naive_bayes", "reward_model_shipped", "embedded", "length"),)
JUDGED: Final = (
    *("pair_accuracy_length_matched", "length_baseline_length_matched", "style_baseline_length_matched"),
    *("pair_accuracy_length_matched_no_ties", "pair_accuracy_rejected_longer", "pair_accuracy", "length_baseline"),
    *("auc", "auc_length_matched", "kappa", "balanced_accuracy", "n", "n_matched", "failed"),
)
JUDGED_LENGTH: Final = (
    *("score_length_correlation", "score_length_correlation_good", "score_length_correlation_bad"),
    *("score_length_correlation_matched", "verbosity_slope", "verbosity_slope_low", "verbosity_slope_high", "ece"),
    *("praise_flip", "cut_flip", "lengthened_flip", "cut_verdict_change", "lengthened_verdict_change", "position_flip"),
    *("pair_accuracy_length_matched_unleaked", "n_matched_unleaked"),
)
WRITTEN: Final = (
    *("constraints", "accepted", "taboo", "covered", "occasion_named", "length", "distinct_1", "distinct_2"),
    *("train_distinct_2", "self_bleu", "train_self_bleu", "template_share", "longest_run", "longest_run_of_all"),
    *("overlap_4", "n", "failed"),
)


def _judges_verdicts() -> str:
    """Return what the audit says of each judge."""
    files = [(name, HERE / f"judge_zh_{name}.json") for name in JUDGES]
    told = [f"- `{name}`: {measurement(file.stem)['verdict']}." for name, file in files if file.exists()]
    missing = [file.stem for _, file in files if not file.exists()]
    return "\n".join(told) + (f"\n\n{unmeasured(missing)}" if missing else "")


def _principles() -> str:
    if not (HERE / "principles.json").exists():
        return unmeasured(["principles"])
    report = measurement("principles")
    columns = ("proposals", "accepted", "iterations_that_fell", "largest_fall", "test_before", "test_after")
    heads = "first|last|proposed|kept|iterations that fell|largest fall|third set, before|after|seeds that end worse"
    rows = [f"| edits of the rules | {heads.replace('|', ' | ')} |", f"|---|{'---:|' * 9}"]
    for name, way in report["ways"].items():
        curve = way["agreement_by_iteration"]
        figures = (*curve[:: len(curve) - 1], *(way[column] for column in columns), way["worse_than_at_first"])
        shown = " | ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in figures)
        rows.append(f"| {name} | {shown} |")
    killed = report["killed"]
    told = (
        f"{report['seeds']} seeds, {report['iterations']} iterations each; {report['harmful']:.0%} of the proposals "
        f"are harmful. {report['requests']:,} requests reached the server, {report['requests_accounted']:,} are in the "
        f"ledgers. Killed {killed['kills']} times: {killed['requests']} requests against {killed['requests_unbroken']} "
        f"unbroken, {killed['lost']} calls under way at a kill, {killed['asked_again']} asked again beyond those; "
        f"the rules are {'the same' if killed['same_rules'] else 'other ones'}."
    )
    return "\n".join([*rows, "", told, "", source_line("principles", report["run"])])


def _writer_composed() -> str:
    if not (HERE / "writer_composed.json").exists():
        return unmeasured(["writer_composed"])
    report = measurement("writer_composed")
    heads = (
        "model | written, held out | against the first | `zh`, of equal length | against the first | score with length"
    )
    rows = [f"| {heads} | pieces |", f"|---|{'---:|' * 6}"]
    for name, told in report["ways"].items():
        figures = [name.replace("_", " ")]
        for part in ("own_held_out", "outside_matched"):
            one = told[part]
            figures += [f"{one['agreement']:.3f}", f"{one['difference']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]"]
        rows.append(f"| {' | '.join(figures)} | {told['score_length_correlation']:+.3f} | {told['pieces']:,} |")
    return "\n".join([*rows, "", source_line("writer_composed", report["run"])])


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "writing": lambda: evaluations(("writing_zh",), WRITTEN),
        "judges": lambda: evaluations((f"judge_zh_{name}" for name in JUDGES), JUDGED),
        "judges_length": lambda: evaluations((f"judge_zh_{name}" for name in JUDGES), JUDGED_LENGTH),
        "judges_verdicts": _judges_verdicts,
        "writer_composed": _writer_composed,
        "principles": _principles,
        "summarizer_drafts": lambda: rendered_by("summarizer_drafts", rendered_drafts),
        "summarizer_learning": lambda: rendered_by("summarizer_learning", rendered_learning),
        "writer_grpo": lambda: rendered_by("writer_grpo", writer_tables),
        "writer_grpo_fresh": lambda: rendered_by("writer_grpo_fresh", fresh_rendered),
        "writer_grpo_varied": lambda: rendered_by("writer_grpo_varied", fresh_rendered),
        "suggester_learning": lambda: rendered_by("suggester_tuning", suggester_learning),
        "suggester_ablations": lambda: rendered_by("suggester_ablations", suggester_ablations),
        "ranker_tuning": lambda: rendered_by("ranker_tuning", ranker_rendered),
        "selector_tuning": lambda: rendered_by("selector_tuning", selector_rendered),
        "tool_training": lambda: rendered_by("tool_training", tool_training_tables),
        **{name: (lambda name=name: benchmark(name)) for name in ("write_speed",)},
    }
)
