"""Sum up scored answers: by condition, by each field of the taxonomy, macro and micro, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from questline.training.evaluation.intervals import bootstrap_interval, mean
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.suite import Summary

__all__ = ["RETRIEVAL", "summarize"]

RETRIEVAL: Final = (
    "recall@5", "recall@10", "all_gold@5", "all_gold@10", "map@5", "map@10", "ndcg@5", "ndcg@10",
)  # fmt: skip
_TYPE: Final = "answer_type"


def summarize(
    items: Sequence[Item], conditions: Sequence[str], fields: Sequence[str], *, seed: int, judged: bool
) -> Summary:
    """Return the figures of a run: accuracies first, the condition that is asked about before the others, then search.

    An item that failed is in no denominator but ``n``; ``scored`` is what accuracies are of. What rules leave
    undecided counts as wrong in ``accuracy``; ``accuracy_high`` would have it right.

    Args:
        items: All, failed ones included.
        conditions: In their order, the one that is asked about last.
        fields: Labels by which slices are made.
        seed: Of the intervals of slices.
        judged: Whether a judge decided the undecided.
    """
    ran = [item for item in items if not item.error]
    means: dict[str, list[float]] = {}
    metrics: dict[str, Json] = {"n": len(items), "scored": len(ran)}
    main = conditions[-1]
    more: dict[str, Json] = {}
    for condition in reversed(conditions):
        found, values = _answers(ran, condition, judged=judged)
        metrics[f"accuracy_{condition}"] = found[f"accuracy_{condition}"]
        more |= found
        means |= values
    if len(conditions) > 1 and conditions[0] == "none":
        for condition in conditions[1:]:
            name = f"gap_{condition}"
            means[name] = [_score(item, "accuracy", condition) - _score(item, "accuracy", "none") for item in ran]
            metrics[name] = mean(means[name])
    with_gold = [item for item in ran if "recall@5" in item.scores]
    for name in RETRIEVAL if with_gold else ():
        means[name] = [item.scores[name] for item in with_gold]
        metrics[name] = mean(means[name])
    if with_gold:
        metrics["retrieval_n"] = len(with_gold)
    metrics |= {name: value for name, value in more.items() if name not in metrics}
    judgements = [item for item in ran if "always_yes" in item.scores]
    if judgements:
        means["always_yes"] = [item.scores["always_yes"] for item in judgements]
        metrics["always_yes"] = mean(means["always_yes"])
        metrics["judgements"] = len(judgements)
    for field in fields:
        metrics[f"by_{field}"] = {
            value: _slice([item for item in ran if item.labels.get(field) == value], conditions, main, seed)
            for value in sorted({item.labels[field] for item in ran if field in item.labels})
        }
    rules: dict[str, Json] = {condition: _rules(ran, condition) for condition in conditions}
    return Summary(metrics=metrics, means=means, details={"rules": rules})


def _score(item: Item, name: str, condition: str) -> float:
    return item.scores.get(f"{name}_{condition}", 0.0)


def _answers(ran: Sequence[Item], condition: str, *, judged: bool) -> tuple[dict[str, Json], dict[str, list[float]]]:
    means: dict[str, list[float]] = {}
    metrics: dict[str, Json] = {}

    def add(name: str, values: list[float]) -> None:
        means[f"{name}_{condition}"] = values
        metrics[f"{name}_{condition}"] = mean(values)

    add("accuracy", [_score(item, "accuracy", condition) for item in ran])
    add("accuracy_high", [_score(item, "accuracy", condition) + _score(item, "undecided", condition) for item in ran])
    kinds = sorted({item.labels[_TYPE] for item in ran if _TYPE in item.labels})
    if len(kinds) > 1:
        each = [
            mean([_score(item, "accuracy", condition) for item in ran if item.labels[_TYPE] == kind]) for kind in kinds
        ]
        metrics[f"macro_{condition}"] = mean([value for value in each if value is not None])
    if any(f"overlay_{condition}" in item.scores for item in ran):
        add("overlay", [item.scores.get(f"overlay_{condition}", _score(item, "accuracy", condition)) for item in ran])
    if judged:
        add("judged", [item.scores.get(f"judged_{condition}", _score(item, "accuracy", condition)) for item in ran])
        checks = [
            item.scores[f"judge_agrees_{condition}"] for item in ran if f"judge_agrees_{condition}" in item.scores
        ]
        add("judge_agrees", checks)
        metrics[f"judge_checks_{condition}"] = len(checks)
    timed = [item for item in ran if item.labels.get(_TYPE) == "time"]
    if timed:
        add("partial_time", [_score(item, "partial", condition) for item in timed])
    add("answered", [_score(item, "answered", condition) for item in ran])
    return metrics, means


def _slice(items: Sequence[Item], conditions: Sequence[str], main: str, seed: int) -> Json:
    values = [_score(item, "accuracy", main) for item in items]
    low, high = bootstrap_interval(values, seed=seed)
    row: dict[str, Json] = {"n": len(items)}
    row |= {name: mean([_score(item, "accuracy", name) for item in items]) for name in conditions}
    row |= {"from": low, "to": high}
    with_gold = [item for item in items if "recall@5" in item.scores]
    if with_gold:
        recalls = [item.scores["recall@5"] for item in with_gold]
        ends = bootstrap_interval(recalls, seed=seed)
        row |= {"r@5": mean(recalls), "r@5 from": ends[0], "r@5 to": ends[1]}
        row["all@5"] = mean([item.scores["all_gold@5"] for item in with_gold])
    return row


def _rules(ran: Sequence[Item], condition: str) -> Json:
    """Return how often each rule decided, and how."""
    counts: dict[str, dict[str, int]] = {}
    for item in ran:
        rule = item.labels.get(f"rule_{condition}")
        if rule:
            row = counts.setdefault(rule, {"right": 0, "wrong": 0, "undecided": 0})
            undecided = _score(item, "undecided", condition) > 0
            row["undecided" if undecided else "right" if _score(item, "accuracy", condition) > 0 else "wrong"] += 1
    return {rule: {**counts[rule]} for rule in sorted(counts)}
