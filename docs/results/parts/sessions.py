"""What comes next in a session, and what is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from questline.training.recommender.unlearning_page import PARTS as UNLEARNING

from .shared import HERE, benchmark, evaluations, figure_text, measurement, source_line, unmeasured

__all__ = ["PARTS"]

SESSIONS: Final = ("diginetica", "nowplaying", "beauty", "lastfm", "yelp")
RECOMMENDERS: Final = ("embedded", "neighbours", "transitions", "last", "popularity")
NETWORKS: Final = ("beauty_sasrec", "diginetica_sasrec", "lastfm_sasrec", "lastfm_gru4rec", "lastfm_bert4rec")
NEXT: Final = (
    *("hr@10", "hr@20", "mrr@20", "ndcg@10", "hr@10_of_500_biased"),
    *("ms_p50", "processor_ms_p50", "processor_ms_p95", "unknown", "n", "failed"),
)
UNLEARNT: Final = (
    *("ndcg@10", "ndcg_ratio", "hit_u_full", "hit_u_500", "hit_u_gap", "auc", "auc_gap", "kl", "js"),
    *("neighbour_drop", "seconds", "speedup", "combined", "n", "failed"),
)


def _recommenders_learnt() -> str:
    """Return what each training of a recommender took and came to."""
    names = [f"recommender_{name}" for name in NETWORKS]
    found = [name for name in names if (HERE / f"{name}.json").exists()]
    told = ("network", "parameters", "clicks learnt", "items", "step", "of", "minutes", "held out: NDCG@10", "HR@20")
    rows = [f"| {' | '.join(told)} |", f"|---|{'---:|' * (len(told) - 1)}"]
    sources: list[str] = []
    for name in found:
        report = measurement(name)
        counts, figures = report["counts"], report["figures"]
        cells = (
            *(f"{int(report['export']['parameters']):,}", f"{counts['clicks learnt']:,}", f"{counts['items']:,}"),
            *(f"{report['best_step']:,}", f"{report['steps']:,}", f"{report['minutes']:.1f}"),
            *(figure_text(figures["ndcg@10"]), figure_text(figures["hr@20"])),
        )
        rows.append(f"| [{name}](results/{name}.md) | {' | '.join(cells)} |")
        sources.append(source_line(name, report["run"]))
    missing = [name for name in names if name not in found]
    return "\n".join([*rows, "", *sources, *(["", unmeasured(missing)] if missing else [])])


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "recommendation": lambda: evaluations(
            (f"recommendation_{name}_{method}" for name in SESSIONS for method in RECOMMENDERS), NEXT
        ),
        "recommenders": lambda: evaluations(
            (f"recommendation_{name}_{method}" for name in NETWORKS for method in ("trained", "hybrid")), NEXT
        ),
        "recommenders_learnt": _recommenders_learnt,
        "unlearning": lambda: evaluations(
            (
                f"unlearning_{name}_{method}"
                for name in ("lastfm", "beauty")
                for method in ("original", "exact", "retrain")
            ),
            UNLEARNT,
        ),
        **{
            name: (lambda name=name: benchmark(name))
            for name in (
                "forgetting_s3rec_lastfm",
                "forgetting_s3rec_beauty",
                "forgetting_diginetica_train_sessions",
                "recommender_round_lastfm",
            )
        },
        **{name: (lambda made=made: made(HERE)) for name, made in UNLEARNING.items()},
    }
)
