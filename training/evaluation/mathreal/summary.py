"""Sum up a run of MathReal: every figure with its denominator, failures apart, bounds where parts stay open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, cast

from questline.training.evaluation.intervals import bootstrap_interval, mean
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.suite import Summary

from .abstention import risk_coverage
from .noise import kinds_of_noise, regress
from .pairs import SMALL, paired
from .pictures import Variant
from .rows import MathPhoto
from .scoring import prefix

__all__ = ["Asked", "summarize"]

_BOUNDS: Final = ("acc_low", "acc_high", "strict_low", "strict_high")
_SLICES: Final = ("stage", "type", "category", "difficulty", "table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question with one picture."""

    photo: MathPhoto
    variant: Variant

    @property
    def id(self) -> str:
        """``idx``, with the picture behind it where that is not the photo as taken."""
        return self.photo.id if self.variant == "real" else f"{self.photo.id}@{self.variant}"


def summarize(
    items: Sequence[Item], rows: Sequence[Asked], *, seed: int = 0, notes: Sequence[str] = (), judged: bool = False
) -> Summary:
    """Return the figures of a run, of which rows may have failed or not been run.

    Main figures are of the photos as taken, without proof and drawing items and without failures; what a model refused
    or left empty is wrong in them, and counted by name.

    Args:
        items: What came of the rows that were run.
        rows: All rows.
        seed: Of the bootstraps.
        notes: Warnings of the reading.
        judged: Whether there was a judge.
    """
    by_id = {row.id: row for row in rows}
    real = [item for item in items if by_id[item.id].variant == "real"]
    main = [item for item in real if not by_id[item.id].photo.proof]
    proofs = [item for item in real if by_id[item.id].photo.proof and not item.error]
    scored = [item for item in main if not item.error]
    parts = [(item.id, part) for item in scored for part in _parts(item)]
    means = {name: [item.scores[name] for item in scored] for name in _BOUNDS}
    means |= _fixed(main)
    clusters: dict[str, list[str]] = {}
    if judged:
        means |= {f"rule_{name}": [item.scores[f"rule_{name}"] for item in scored] for name in _BOUNDS}
    told = {item.id for item in scored if item.labels["outcome"] == "answered"}
    for name, values in _by_part(parts, told, judged=judged).items():
        means[name], clusters[name] = [value for _, value in values], [owner for owner, _ in values]
    means |= {f"proof_{name}": [item.scores[f"proof.{name}"] for item in proofs] for name in _BOUNDS}
    means["ocr"] = [item.scores["ocr"] for item in real if "ocr" in item.scores]
    counts = _counts(items, real, scored, proofs, parts, rows)
    metrics: dict[str, Json] = {**counts, **{name: mean(values) for name, values in means.items() if values}}
    metrics["acc_low_by_category"] = _macro(scored)
    found, details = _analyses(items, scored, by_id, seed)
    warnings = [*notes, *_warnings(scored, counts, rows, judged=judged)]
    metrics |= found
    metrics["warnings"] = "; ".join(warnings) or None
    return Summary(
        metrics=metrics,
        means={name: values for name, values in means.items() if values},
        details={**details, "warned": list(warnings), "unscored": "apart"},
        clusters=clusters,
    )


def _parts(item: Item) -> list[dict[str, Json]]:
    told = item.prediction
    cells = told.get("parts") if isinstance(told, dict) else None
    return [part for part in cells if isinstance(part, dict)] if isinstance(cells, list) else []


def _counts(
    items: Sequence[Item],
    real: Sequence[Item],
    scored: Sequence[Item],
    proofs: Sequence[Item],
    parts: Sequence[object],
    rows: Sequence[Asked],
) -> dict[str, Json]:
    """Return the denominators: rows of the photos as taken = n + proof_n + real_failed + not run."""
    kinds = Counter(item.labels.get("outcome", "") for item in scored)
    return {
        "photos": sum(1 for row in rows if row.variant == "real"),
        "n": len(scored),
        "parts": len(parts),
        "proof_n": len(proofs),
        "real_failed": sum(1 for item in real if item.error),
        "left": len(rows) - len(items),
        **{name: kinds[name] for name in ("refused", "empty", "abstained")},
        "cut": sum(1 for item in scored if item.labels.get("cut") == "yes"),
    }


def _fixed(main: Sequence[Item]) -> dict[str, list[float]]:
    """Return Acc with failures in the denominator: all wrong, and all right."""
    if not any(item.error for item in main):
        return {}
    return {
        f"acc_with_failures_{end}": [worst if item.error else item.scores[f"acc_{end}"] for item in main]
        for end, worst in (("low", 0.0), ("high", 1.0))
    }


def _by_part(
    parts: Sequence[tuple[str, Mapping[str, Json]]], told: Container[str], *, judged: bool
) -> dict[str, list[tuple[str, float]]]:
    """Return figures over parts, each value with its item: micro Acc, what the rules decide, what the judge adds.

    What is decided is a share of the parts of the items in `told`, which have an answer.
    """
    found = {
        "acc_micro_low": [(owner, float(part["status"] == "right")) for owner, part in parts],
        "acc_micro_high": [(owner, float(part["status"] != "wrong")) for owner, part in parts],
        "decided": [(owner, float(part["rule"] != "undecided")) for owner, part in parts if owner in told],
    }
    if judged:
        by_judge = [(owner, float(part["rule"] == "undecided" and part["judge"] is not None)) for owner, part in parts]
        both = [(owner, part) for owner, part in parts if part["rule"] != "undecided" and part["judge"] is not None]
        found["judge_share"] = by_judge
        found["judge_agreement"] = [(owner, float(part["rule"] == part["judge"])) for owner, part in both]
    return {name: values for name, values in found.items() if values}


def _macro(scored: Sequence[Item]) -> float | None:
    """Return the mean over categories of each one's Acc, open parts counted wrong."""
    groups: dict[str, list[float]] = {}
    for item in scored:
        groups.setdefault(item.labels["category"], []).append(item.scores["acc_low"])
    return mean([cast("float", mean(values)) for values in groups.values()])


def _analyses(
    items: Sequence[Item], scored: Sequence[Item], by_id: Mapping[str, Asked], seed: int
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return groups to show, and details."""
    groups: dict[str, Json] = {f"by_{name}": _slice(scored, name, seed, wide=True) for name in _SLICES}
    noises = {kind: _slice(scored, kind, seed, wide=False) for kind in kinds_of_noise()}
    groups["by_noise"] = {f"{kind} {value}": cells for kind, found in noises.items() for value, cells in found.items()}
    pairs = {
        f"{variant} − as taken": paired(*_both(items, by_id, variant), seed=seed)
        for variant in ("clean", "upright")
        if any(row.variant == variant for row in by_id.values())
    }
    read = _ocr_pairs(items, by_id)
    if pairs:
        groups["pairs"] = cast("Json", pairs)
    if read:
        groups["ocr_pairs"] = cast("Json", read)
    owners = [by_id[item.id].photo.id for item in scored]
    effects = regress(
        [item.labels for item in scored], [bool(item.scores["strict_low"]) for item in scored], owners, seed=seed
    )
    if effects.effects:
        groups["noise_effects"] = {kind: asdict(effect) for kind, effect in effects.effects.items()}
    told = asdict(effects)
    del told["effects"]
    details: dict[str, Json] = {"noise_regression": told}
    sure = [
        (float(cast("float", _told(item, "confidence"))), item.scores["acc_low"])
        for item in scored
        if _told(item, "confidence") is not None
    ]
    curve = risk_coverage([one for one, _ in sure], [right for _, right in sure])
    if curve is not None:
        groups |= {"risk_area": curve.area, "risk_area_best": curve.best}
        details["risk_coverage"] = [list(point) for point in curve.points]
    details["failed_items"] = [
        {"id": item.id, "error": item.error, "message": item.message[:200]} for item in items if item.error
    ]
    details["refused_items"] = [item.id for item in items if item.labels.get("outcome") == "refused"]
    details["open_golds"] = [item.id for item in items if _told(item, "route") == "no_gold"]
    details["gold_disagreements"] = [item.id for item in items if "gold_disagreement" in _codes(item)]
    details["routes"] = dict(Counter(str(_told(item, "route")) for item in scored).most_common())
    return groups, details


def _told(item: Item, name: str) -> Json:
    return item.prediction.get(name) if isinstance(item.prediction, dict) else None


def _slice(scored: Sequence[Item], name: str, seed: int, *, wide: bool) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for value in sorted({item.labels[name] for item in scored}):
        chosen = [item for item in scored if item.labels[name] == value]
        names = _BOUNDS if wide else ("acc_low", "strict_low")
        cells: dict[str, Json] = {"n": len(chosen)}
        cells |= {bound: mean([item.scores[bound] for item in chosen]) for bound in names}
        if read := [item.scores["ocr"] for item in chosen if "ocr" in item.scores]:
            cells["ocr"] = mean(read)
        cells["intervals"] = {
            bound: list(bootstrap_interval(values, seed=seed))
            for bound in ("acc_low", "strict_low", "ocr")
            if (values := [item.scores[bound] for item in chosen if bound in item.scores])
        }
        found[value] = cells | ({"few": True} if len(chosen) < SMALL else {})
    return found


def _finished(items: Sequence[Item], by_id: Mapping[str, Asked], variant: Variant) -> dict[str, Item]:
    return {by_id[item.id].photo.id: item for item in items if not item.error and by_id[item.id].variant == variant}


def _both(
    items: Sequence[Item], by_id: Mapping[str, Asked], variant: Variant
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return (Acc, strict Acc) of the main questions that were finished with the photo and with another picture."""
    one, other = _finished(items, by_id, "real"), _finished(items, by_id, variant)
    names = [name for name in one if name in other and one[name].labels["class"] == "main"]
    start = prefix(variant, proof=False)
    return (
        [(one[name].scores["acc_low"], one[name].scores["strict_low"]) for name in names],
        [(other[name].scores[f"{start}acc_low"], other[name].scores[f"{start}strict_low"]) for name in names],
    )


def _ocr_pairs(items: Sequence[Item], by_id: Mapping[str, Asked]) -> dict[str, Json]:
    """Return how well the same questions were read from the photo and from another picture."""
    found: dict[str, Json] = {}
    one = _finished(items, by_id, "real")
    for variant in ("clean", "upright"):
        other = _finished(items, by_id, variant)
        both = [
            (one[name].scores["ocr"], each.scores[f"{variant}.ocr"])
            for name, each in other.items()
            if name in one and "ocr" in one[name].scores and f"{variant}.ocr" in each.scores
        ]
        if both:
            told = paired([(a, 0.0) for a, _ in both], [(b, 0.0) for _, b in both])
            kept = {"n": "n", "acc_a": "ocr_a", "acc_b": "ocr_b", "acc_difference": "difference"}
            kept |= {"low": "low", "high": "high", "p": "p"}
            found[f"{variant} − as taken"] = {new: told[old] for old, new in kept.items()}
    return found


def _warnings(scored: Sequence[Item], counts: Mapping[str, Json], rows: Sequence[Asked], *, judged: bool) -> list[str]:
    found: list[str] = []
    if len(scored) < SMALL:
        found.append(f"only {len(scored)} items are scored: do not rank by these figures")
    if counts["real_failed"]:
        found.append(f"{counts['real_failed']} rows failed and are in no figure but acc_with_failures; run them again")
    if counts["left"]:
        found.append(f"{counts['left']} of {len(rows)} rows are left; the same command goes on from there")
    unread = sum(1 for item in scored for code in _codes(item) if code in ("judge_unreadable", "judge_failed"))
    if judged and unread:
        found.append(f"the judge gave no readable verdict on {unread} items; they stay as the rules left them")
    return found


def _codes(item: Item) -> list[str]:
    told = _told(item, "warnings")
    return [str(code) for code in told] if isinstance(told, list) else []
