"""What is retrieved, ranked, selected, read and answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from .shared import HERE, benchmark, evaluations, figure_text, measurement, unmeasured

__all__ = ["PARTS"]

WORKFLOWS: Final = ("AG", "QR-AG", "R-AG", "QR-R-AG", "R-DS-AG", "QR-R-DS-AG", "QDS", "QDP", "rule", "trained")
RANKING: Final = ("ndcg@10", "recall@5", "recall@10", "recall@100", "mrr@10", "ms_p50", "ms_p95", "n", "failed")
ANSWERS: Final = ("f1", "em", "seconds_p50", "seconds_p95", "calls", "retrievals", "turns", "abstained", "n", "failed")
PANES: Final = (
    *("ndcg", "kendall", "auc", "ece", "diversity", "top1", "ndcg_slot_aware"),
    *("ndcg_shown_order", "ndcg_shortest_first", "ndcg_random", "n", "failed"),
)
ORDER: Final = ("ndcg@10", "mrr", "map", "ece", "passages_per_second", "n", "skipped", "failed")
SETS: Final = ("micro_f1", "macro_f1", "precision", "recall", "mean_size", "abstention_f1", "ece", "n", "failed")
SHAPES: Final = (
    *("micro_f1", "macro_f1", "precision", "recall", "mean_size", "abstention_f1", "ece", "opposed_marked"),
    *("conflict_rate", "span_answer", "reader_tokens", "reader_tokens_all", "n", "failed"),
)
READ: Final = ("f1", "em", "no_answer_f1", "gave_up_though_answerable", "ms_p50", "ms_p95", "n", "failed")
PIECES: Final = ("hit@1", "answer_kept", "abstained", "offset_valid", "mean_sentences", "ms_p50", "n", "failed")
METHODS: Final = ("words", "encoder", "cross-encoder")
SOURCES: Final = ("nq", "2wiki", "hotpot", "musique")


def _by_source() -> str:
    missing = [f"qa_{name}" for name in WORKFLOWS if not (HERE / f"qa_{name}.json").exists()]
    if missing:
        return unmeasured(missing)
    rows = [f"| run | {' | '.join(SOURCES)} |", f"|---|{'---:|' * len(SOURCES)}"]
    for name in WORKFLOWS:
        found = measurement(f"qa_{name}")["by_source"]
        cells = [figure_text(found[source]["f1"]) if source in found else "–" for source in SOURCES]
        rows.append(f"| qa_{name} | {' | '.join(cells)} |")
    return "\n".join(rows)


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "answers": lambda: evaluations((f"qa_{name}" for name in WORKFLOWS), ANSWERS),
        "answers_by_source": _by_source,
        "retrieval_mixed": lambda: evaluations(
            (f"retrieval_mixed_dev_{mode}" for mode in ("lexical", "dense", "hybrid")), RANKING
        ),
        "retrieval_collections": lambda: evaluations(
            (f"retrieval_{name}_{mode}" for name in ("cisi", "cran", "time", "lisa") for mode in ("lexical", "hybrid")),
            RANKING,
        ),
        "selection": lambda: evaluations(
            (
                f"selection_{name}_{selector}"
                for name in ("mixed_dev", "wikiqa_dev", "trecqa_dev")
                for selector in ("first", "words", "embedded")
            ),
            SETS,
        ),
        "selection_sets": lambda: evaluations(
            (
                f"selection_{name}_{selector}"
                for name in ("rgb_zh", *(f"realtimeqa_{year}" for year in (2022, 2023, 2024)), "conflictqa")
                for selector in ("first", "words", "embedded")
            ),
            SHAPES,
        ),
        "reading": lambda: evaluations(
            (
                f"reading_{name}_{method}{always}"
                for name in ("nq_dev", "xquad_en")
                for always in ("", "--always")
                for method in METHODS
            ),
            READ,
        ),
        "unanswerable": lambda: evaluations((f"reading_nq_unanswerable_{method}" for method in METHODS), READ),
        "summary": lambda: evaluations(
            (*(f"summary_xquad_en_{method}" for method in METHODS), "summary_cmrc2018_dev_words"), PIECES
        ),
        "ranking": lambda: evaluations(
            (
                f"ranking_{name}_{ranker}"
                for name in ("dl19", "dl21", "wikiqa_dev", "trecqa_dev")
                for ranker in ("first_stage", "embedded")
            ),
            ORDER,
        ),
        "suggestion": lambda: evaluations((f"suggestion_mimics_{mode}" for mode in ("encoder", "words")), PANES),
        **{
            name: (lambda name=name: benchmark(name))
            for name in (
                "suggestion_ablation",
                "injection_wikiqa_dev",
                "reading_less_dl19",
                "reading_less_dl21",
                "fusion",
                "indexing",
                "ask_latency",
                "start_up",
                "rank_speed",
                "clean_clone",
            )
        },
    }
)
