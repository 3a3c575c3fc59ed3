"""Sum up an audit: from the items of a run to the figures of `agents eval judge`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import numpy as np

from questline.training.evaluation.intervals import mean
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.suite import Summary

from .judge_audit import (
    LIMITS,
    STEEPEST,
    agreement,
    area,
    area_matched,
    calibration_error,
    length_slope,
    self_preference,
    thresholds,
    verdict,
)
from .pair_figures import correlation
from .pairs import MATCHED

__all__ = ["PROBES", "summarize"]

PROBES: Final = (
    *("position_flip", "praise_flip", "transitivity_violations", "not_repeatable"),
    *("cut_flip", "lengthened_flip", "cut_verdict_change", "lengthened_verdict_change"),
)
_RULES: Final = {"length": "length_baseline", "style": "style_baseline"}


class _Texts:
    """All texts of some items in one row: scores, lengths, labels, queries."""

    def __init__(self, items: Sequence[Item]) -> None:
        told = [cast("Mapping[str, Any]", item.prediction) for item in items]
        self.scores = np.array([score for one in told for score in one["scores"]], np.float64)
        self.lengths = np.array([length for one in told for length in one["lengths"]], np.float64)
        self.good = np.array([label for one in told for label in one["good"]], bool)
        self.queries = [item.labels["query"] for item, one in zip(items, told, strict=True) for _ in one["scores"]]
        verdicts = [one["verdicts"] for one in told]
        self.told = (
            np.array([good for one in verdicts for good in one], bool)
            if verdicts and all(one is not None for one in verdicts)
            else thresholds(self.scores, self.good, self.queries)
        )


def summarize(items: Sequence[Item], *, own: Sequence[str] = ()) -> Summary:
    """Return the figures over finished items; a failed one counts as wrong in the accuracies alone.

    Args:
        items: Of the suite.
        own: Sources that are the judge's own model, for its self-preference.
    """
    done = [item for item in items if not item.error]
    kept = [item for item in done if _unseen(item)]
    paired = any(item.labels.get("kind") == "pair" for item in items)
    metrics: dict[str, Json] = {}
    means: dict[str, list[float]] = {}
    for suffix, part, all_items in (("", done, items), ("_unleaked", kept, [one for one in items if _unseen(one)])):
        if suffix and len(kept) == len(done):
            continue
        if paired:
            told = _pair_means(all_items, suffix)
            means |= told
            metrics |= {name: mean(values) for name, values in told.items()}
        metrics |= _agreement(part, suffix)
        metrics[f"n{suffix}"] = len(all_items)
        metrics[f"n_matched{suffix}"] = len(_at_equal_length(all_items))
    metrics["n_leaked"] = len(done) - len(kept)
    metrics |= _length(done, paired=paired)
    for name in PROBES:
        values = [item.scores[name] for item in done if name in item.scores]
        if values:
            means[name], metrics[name] = values, mean(values)
    metrics |= _own(done, own)
    word, details = _verdict(items, metrics, paired=paired)
    metrics["verdict"] = word
    return Summary(metrics=metrics, means=means, details=details)


def _unseen(item: Item) -> bool:
    return item.labels.get("leaked") != "yes"


def _pair_means(items: Sequence[Item], suffix: str) -> dict[str, list[float]]:
    told: dict[str, list[float]] = {}
    for name in ("pair_accuracy", *_RULES.values()):
        values = [(item, item.scores[name]) for item in items if name in item.scores]
        told[f"{name}{suffix}"] = [value for _, value in values]
        told[f"{name}_length_matched{suffix}"] = [
            value for item, value in values if item.labels.get("matched") == "yes"
        ]
    for group in ("no_ties", "rejected_longer"):
        name = "pair_accuracy_length_matched_no_ties" if group == "no_ties" else "pair_accuracy_rejected_longer"
        told[f"{name}{suffix}"] = [item.scores.get("pair_accuracy", 0.0) for item in items if _in_group(item, group)]
    return told


def _in_group(item: Item, group: str) -> bool:
    if group == "no_ties":
        return item.labels.get("matched") == "yes" and item.labels.get("identical") != "yes"
    return item.labels.get("rejected_longer") == "yes"


def _agreement(items: Sequence[Item], suffix: str) -> dict[str, Json]:
    texts = _Texts(items)
    matched = _Texts(_at_equal_length(items))
    kappa, balanced = agreement(texts.told, texts.good)
    kappa_matched, balanced_matched = agreement(matched.told, matched.good)
    by_length, _ = agreement(thresholds(texts.lengths, texts.good, texts.queries), texts.good)
    return {
        f"auc{suffix}": area(texts.scores[texts.good], texts.scores[~texts.good]),
        f"auc_length_matched{suffix}": area_matched(texts.scores, texts.lengths, texts.good),
        f"auc_of_length{suffix}": area(texts.lengths[texts.good], texts.lengths[~texts.good]),
        f"auc_of_length_length_matched{suffix}": area_matched(texts.lengths, texts.lengths, texts.good),
        f"kappa{suffix}": kappa,
        f"kappa_length_matched{suffix}": kappa_matched,
        f"kappa_of_length{suffix}": by_length,
        f"balanced_accuracy{suffix}": balanced,
        f"balanced_accuracy_length_matched{suffix}": balanced_matched,
    }


def _at_equal_length(items: Sequence[Item]) -> list[Item]:
    """Return the pairs of equal length; of labelled texts good and bad ones, each once, two and two of one length."""
    if any(item.labels.get("kind") == "pair" for item in items):
        return [item for item in items if item.labels.get("matched") == "yes"]
    by_length = sorted(((_first_length(item), item) for item in items if not item.error), key=lambda one: one[0])
    kept: list[Item] = []
    waiting: tuple[int, Item] | None = None
    for length, item in by_length:
        if waiting is None or length - waiting[0] > MATCHED or _label(item) == _label(waiting[1]):
            waiting = length, item
        else:
            kept += [waiting[1], item]
            waiting = None
    return kept


def _first_length(item: Item) -> int:
    return int(cast("Mapping[str, Any]", item.prediction)["lengths"][0])


def _label(item: Item) -> bool:
    return bool(cast("Mapping[str, Any]", item.prediction)["good"][0])


def _length(items: Sequence[Item], *, paired: bool) -> dict[str, Json]:
    texts = _Texts(items)
    matched = _Texts([item for item in items if item.labels.get("matched") == "yes"])
    told: dict[str, Json] = {
        "score_length_correlation": correlation(texts.scores, texts.lengths),
        "score_length_correlation_good": correlation(texts.scores[texts.good], texts.lengths[texts.good]),
        "score_length_correlation_bad": correlation(texts.scores[~texts.good], texts.lengths[~texts.good]),
    }
    if paired:
        told["score_length_correlation_matched"] = correlation(matched.scores, matched.lengths)
        margins = texts.scores.reshape(-1, 2)
        told["ece"] = calibration_error(margins[:, 0] - margins[:, 1], texts.queries[::2])
    slope = length_slope(texts.scores, texts.lengths, texts.good.astype(np.float64), texts.queries)
    if slope is not None:
        told |= {"verbosity_slope": slope.slope, "verbosity_slope_low": slope.low, "verbosity_slope_high": slope.high}
    return told


def _own(items: Sequence[Item], own: Sequence[str]) -> dict[str, Json]:
    rows = [item for item in items if "chosen_source" in item.labels and "rejected_source" in item.labels]
    if not own or not rows:
        return {}
    sources = [(item.labels["chosen_source"], item.labels["rejected_source"]) for item in rows]
    return {"self_preference": self_preference(own, sources, [item.scores["pair_accuracy"] for item in rows])}


def _verdict(items: Sequence[Item], metrics: Mapping[str, Json], *, paired: bool) -> tuple[str, dict[str, Json]]:
    beyond = [
        f"{name} {value:.3f} (at most {limit:g})"
        for name, limit in LIMITS.items()
        if isinstance(value := metrics.get(name), float) and value > limit
    ]
    low, high = metrics.get("verbosity_slope_low"), metrics.get("verbosity_slope_high")
    if isinstance(low, float) and isinstance(high, float) and (low > STEEPEST or high < -STEEPEST):
        beyond.append(f"verbosity_slope {low:.3f} to {high:.3f} (at most {STEEPEST:g} either way)")
    if not paired:
        return _verdict_of_labels(metrics, beyond), {}

    def of(name: str) -> dict[str, list[float]]:
        return {
            "raw": [item.scores.get(name, 0.5) for item in items],
            "matched": [item.scores.get(name, 0.5) for item in items if item.labels.get("matched") == "yes"],
        }

    word, differences = verdict(of("pair_accuracy"), {rule: of(name) for rule, name in _RULES.items()}, beyond)
    details: dict[str, Json] = {
        name: {
            "judge": one.b,
            "rule": one.a,
            "difference": one.difference,
            "low": one.low,
            "high": one.high,
            "p": one.p,
        }
        for name, one in differences.items()
    }
    return word, {"beside": details}


def _verdict_of_labels(metrics: Mapping[str, Json], beyond: Sequence[str]) -> str:
    for part, words in (("_length_matched", "at equal length"), ("", "on all texts")):
        judge, rule = metrics.get(f"auc{part}"), metrics.get(f"auc_of_length{part}")
        if not isinstance(judge, float) or not isinstance(rule, float):
            return f"not called good: {words} there are not both good and bad texts"
        if judge <= (best := max(rule, 1 - rule)):
            return f"not called good: {words} a length rule does as well (AUC {best:.3f}, judge {judge:.3f})"
    if beyond:
        return f"not called good: beyond its limits are {', '.join(beyond)}"
    return f"good: AUC {metrics['auc_length_matched']:.3f} at equal length"
