"""What trials of unlearning come to: the measures of spec 07 §7 over the requests of all seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from questline.training.evaluation.intervals import mean
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.suite import Summary

from .forgetting_metrics import combined

__all__ = ["summarized"]


def summarized(items: Sequence[Item], *, untouched: bool) -> Summary:
    """Return the means over requests of all seeds, with intervals over requests.

    Args:
        items: A seed each, as the suites of unlearning write them.
        untouched: Nothing was forgotten, so there is no speed-up.

    ``hit_u_gap`` is of the requests of all seeds together; ``hit_u_gap_seed`` the mean of each seed's own distance, in
    which what a seed forgets too little is not made up for by what another forgets too much.
    """
    told = [cast("Mapping[str, list[float]]", item.prediction) for item in items if item.prediction]

    def pooled(name: str) -> list[float]:
        return [value for each in told for value in each[name]]

    def single(name: str) -> float | None:
        values = [cast("float | None", each.get(name)) for each in told]
        return mean([value for value in values if value is not None])

    hit, hit_retrain, hit_original = (mean(pooled(f"hit{of}")) or 0.0 for of in ("", "_retrain", "_original"))
    ndcg, ndcg_retrain = mean(pooled("ndcg")) or 0.0, mean(pooled("ndcg_retrain")) or 0.0
    auc, auc_retrain = single("auc"), single("auc_retrain")
    near = [at for at, is_near in enumerate(pooled("near")) if is_near]
    before, after = pooled("ndcg_retrain"), pooled("ndcg")
    drops = [before[at] - after[at] for at in near]
    gaps = [abs((mean(each["hit"]) or 0.0) - (mean(each["hit_retrain"]) or 0.0)) for each in told]
    gap, untouched_gap = abs(hit - hit_retrain), abs(hit_original - hit_retrain)
    again, again_retrain = single("relearn"), single("relearn_retrain")
    seconds = mean([item.cost["seconds"] for item in items if "seconds" in item.cost])
    retraining = mean([item.cost["retrain_seconds"] for item in items if "retrain_seconds" in item.cost])
    metrics: dict[str, Json] = {
        "ndcg@10": ndcg,
        "ndcg_ratio": ndcg / ndcg_retrain if ndcg_retrain else None,
        "hit_u_full": hit,
        "hit_u_500": mean(pooled("sampled")),
        "hit_u_gap": gap,
        "auc": auc,
        "auc_gap": None if auc is None or auc_retrain is None else abs(auc - auc_retrain),
        "kl": mean(pooled("kl")),
        "js": mean(pooled("js")),
        "neighbour_drop": mean(drops),
        "seconds": seconds,
        "speedup": retraining / seconds if seconds and retraining and not untouched else None,
        "combined": combined(ndcg, ndcg_retrain, hit, hit_retrain, hit_original),
        "exact": all(each["exact"] for each in told),
        "hit_u_gap_seed": mean(gaps),
        "hit_u_full_retrain": hit_retrain,
        "hit_u_full_original": hit_original,
        "gap_closed": 1 - gap / untouched_gap if untouched_gap else None,
        "relearn_ratio": again / again_retrain if again is not None and again_retrain else None,
        "seeds": len(items),
        "n": len(pooled("hit")),
    }
    rehearsing = [item.cost["rehearsal_seconds"] for item in items if "rehearsal_seconds" in item.cost]
    if rehearsing:
        metrics["rehearsal_seconds"] = mean(rehearsing)
    for name in ("steps", "rollbacks", "remaining"):
        if any(name in each for each in told):
            metrics[name] = single(name)
    means = {"ndcg@10": after, "hit_u_full": pooled("hit"), "hit_u_500": pooled("sampled")}
    return Summary(metrics=metrics, means=means | {"kl": pooled("kl"), "js": pooled("js")})
