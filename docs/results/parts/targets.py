"""What was to be reached, beside what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from .shared import HERE, measurement

__all__ = ["PARTS"]

_PHOTOS: Final = ("files", "mathreal_testmini_part")
_TIME: Final = ("pools", "closed", "ways", "time_and_parts", "all")
TARGETS: Final = (
    ("TREC DL19, nDCG@10", "ranking_dl19_embedded", ("ndcg@10",), 0.66),
    ("WikiQA, MRR", "ranking_wikiqa_dev_embedded", ("mrr",), 0.76),
    ("TREC-QA, MRR", "ranking_trecqa_dev_embedded", ("mrr",), 0.90),
    ("selection on mixed_dev, micro-F1", "selection_mixed_dev_embedded", ("micro_f1",), 0.72),
    ("selection on WikiQA, abstention F1", "selection_wikiqa_dev_embedded", ("abstention_f1",), 0.82),
    ("reading, Natural Questions of mixed_dev, F1", "reading_nq_dev_cross-encoder--always", ("f1",), 0.62),
    ("reading, XQuAD, F1", "reading_xquad_en_cross-encoder--always", ("f1",), 0.55),
    ("answers on mixed_dev, best constant workflow, F1", "qa_QDS", ("f1",), 0.42),
    ("suggestion, nDCG without slots", "suggestion_mimics_encoder", ("ndcg",), 0.78),
    (
        "reward model of greetings, pairs of equal length",
        "judge_zh_reward_model",
        ("pair_accuracy_length_matched",),
        0.92,
    ),
    (
        "the same, pairs that share no text with those learnt",
        "judge_zh_reward_model",
        ("pair_accuracy_length_matched_unleaked",),
        0.92,
    ),
    ("next click: Diginetica, HR@20", "recommendation_diginetica_embedded", ("hr@20",), 0.336),
    ("next click: Nowplaying, HR@20", "recommendation_nowplaying_embedded", ("hr@20",), 0.131),
    ("next click: Beauty, NDCG@10", "recommendation_beauty_embedded", ("ndcg@10",), 0.040),
    ("next click: LastFM, NDCG@10", "recommendation_lastfm_embedded", ("ndcg@10",), 0.022),
    ("next click: Beauty by SASRec, NDCG@10", "recommendation_beauty_sasrec_trained", ("ndcg@10",), 0.045),
    ("next click: Diginetica by SASRec, HR@20", "recommendation_diginetica_sasrec_trained", ("hr@20",), 0.45),
    ("the same, with the counts", "recommendation_diginetica_sasrec_hybrid", ("hr@20",), 0.50),
    ("next click: Yelp, NDCG@10", "recommendation_yelp_embedded", ("ndcg@10",), 0.012),
    ("a recommendation, processor ms (Diginetica)", "recommendation_diginetica_embedded", ("processor_ms_p50",), -1.0),
    ("100 requests to forget, seconds (LastFM)", "forgetting_s3rec_lastfm", ("batch_seconds",), -1.0),
    ("LastFM end to end, seconds", "forgetting_s3rec_lastfm", ("seconds",), -300.0),
    ("LastFM end to end with a network, seconds", "recommender_round_lastfm", ("seconds",), -300.0),
    ("sentence of XQuAD, hit@1", "summary_xquad_en_cross-encoder", ("hit@1",), 0.85),
    ("sentence of CMRC, hit@1", "summary_cmrc2018_dev_words", ("hit@1",), 0.84),
    ("tools: MetaTool, recall@5", "tools_metatool_hybrid", ("tool_recall@5",), 0.83),
    ("tools: Seal-Tools in domain, recall@5", "tools_sealtools_test_hybrid", ("tool_recall@5",), 0.90),
    ("tools: Seal-Tools in domain, recall@10", "tools_sealtools_test_hybrid", ("tool_recall@10",), 0.95),
    ("tools: StableToolBench G1, recall@5", "tools_stabletoolbench_hybrid", ("tool_recall@5",), 0.78),
    ("tools: MCPToolBench++, recall@1", "tools_mcptoolbenchpp_hybrid", ("tool_recall@1",), 0.80),
    (
        "dependencies alone (`infer`) on the held-out fifth of plans, edge F1",
        "plans_complextool_embedded",
        ("parts", "held_out", "edge_f1"),
        0.55,
    ),
    ("the same, exact plans", "plans_complextool_embedded", ("parts", "held_out", "exact"), 0.35),
    ("calls: BFCL simple, whole calls", "calls_simple_python_cross-encoder", ("ast_accuracy",), 0.50),
    ("calls: BFCL multiple, whole calls", "calls_multiple_cross-encoder", ("ast_accuracy",), 0.45),
    ("calls: BFCL irrelevance, refused", "calls_irrelevance_cross-encoder", ("irrelevance_accuracy",), 0.70),
    ("calls: BFCL simple, false refusals", "calls_simple_python_cross-encoder", ("false_refusal",), -0.10),
    ("calls: BFCL multiple, false refusals", "calls_multiple_cross-encoder", ("false_refusal",), -0.10),
    (
        "tables: later questions, unseen half, answered",
        "tables_later",
        ("parts", "held_out", "answered_of_answerable"),
        0.80,
    ),
    ("the same, wrong among the answers", "tables_later", ("parts", "held_out", "wrong_of_answered"), -0.05),
    ("1,000 servers, search, ms at the median", "tools_catalogue", ("modes", "hybrid", "ms_p50"), -5.0),
    ("the same in processor ms", "tools_catalogue", ("modes", "hybrid", "processor_ms_p50"), -5.0),
    ("1,000 servers, memory, MB", "tools_catalogue", ("modes", "hybrid", "peak_mb"), -300.0),
    ("failing servers: calls that end over 100 ms late", "faults", ("late",), -0.0),
    ("failing servers: p95 of a server beside them, times", "faults", ("worst_neighbour_ratio",), -1.2),
    (
        "open scenarios, in view while building: right without free writing",
        "scenarios_open",
        ("right_without_writing",),
        0.85,
    ),
    ("sealed scenarios, the one run: right without free writing", "scenarios_sealed", ("right_without_writing",), 0.85),
    ("open scenarios: sentences that cite", "scenarios_open", ("sentences_cited",), 1.0),
    ("open scenarios: sentences that what they cite bears", "scenarios_open", ("sentences_faithful",), 1.0),
    ("second world, first run, written unseen: right", "scenarios_second_first", ("right_without_writing",), 0.85),
    ("third world, first run, written unseen: right", "scenarios_third_first", ("right_without_writing",), 0.85),
    ("fourth world, first run, written unseen: right", "scenarios_fourth_first", ("right_without_writing",), 0.85),
    ("fifth world, first run, written unseen: right", "scenarios_fifth_first", ("right_without_writing",), 0.85),
    ("sixth world, first run, written unseen: right", "scenarios_sixth_first", ("right_without_writing",), 0.85),
    ("seventh world, first run, written unseen: right", "scenarios_seventh_first", ("right_without_writing",), 0.85),
    ("killed runs: calls repeated that may not be", "tool_runs", ("killed", "whole", "repeated"), -0.0),
    ("the same, plans run while they are written", "tool_runs", ("killed", "streamed", "repeated"), -0.0),
    ("gateway in memory, ms added to a call", "gateway_overhead", ("memory", "added_ms"), -0.1),
    ("gateway over stdio, times a bare call", "gateway_overhead", ("stdio", "ratio"), -1.1),
    ("gateway over HTTP, times a bare call", "gateway_overhead", ("http", "ratio"), -1.1),
    *(
        (f"ranking on {name}, calibration error", f"ranking_{file}_embedded", ("ece",), -0.06)
        for name, file in {"DL19": "dl19", "DL21": "dl21", "WikiQA": "wikiqa_dev", "TREC-QA": "trecqa_dev"}.items()
    ),
    *(
        (f"selection on {name}, calibration error", f"selection_{file}_embedded", ("ece",), -0.06)
        for name, file in {"mixed_dev": "mixed_dev", "WikiQA": "wikiqa_dev", "TREC-QA": "trecqa_dev"}.items()
    ),
    ("search by time, ChronoQA: recall@5", "temporal_ranking_chronoqa", (*_TIME, "every", "recall@5"), 0.945),
    ("the same, several documents: recall@5", "temporal_ranking_chronoqa", (*_TIME, "multiple", "recall@5"), 0.9),
    ("the same, several documents: all gold@5", "temporal_ranking_chronoqa", (*_TIME, "multiple", "all_gold@5"), 0.8),
    ("the same, relative times: recall@5", "temporal_ranking_chronoqa", (*_TIME, "relative", "recall@5"), 0.98),
    ("answers of MathReal: parts decided by rules", "math_checker", (*_PHOTOS, "decided", "share"), 0.75),
    ("the same, equal answers accepted", "math_checker", (*_PHOTOS, "kept", "accepted"), 0.98),
    ("the same, changed answers accepted", "math_checker", (*_PHOTOS, "changed", "accepted"), -0.005),
    ("photos of MathReal turned upright", "photos_mathreal", ("orientation", "all", "all", "mean"), 0.95),
    ("the same, rotated ones", "photos_mathreal", ("orientation", "all", "rotated", "mean"), 0.9),
    (
        "the same, rotated ones, half that nothing was tuned on",
        "photos_mathreal",
        ("orientation", "other_half", "rotated", "mean"),
        0.9,
    ),
    ("a hundred passages ranked, seconds", "rank_speed", ("ways", "ranker_early_exit", "seconds_median"), -0.5),
    ("the same network in torch, times slower", "rank_speed", ("times_faster_than_fastest_torch", "int8_batch_4"), 3.0),
)
"""What was to be reached: at least so much, or at most where the number is below 0."""


def _targets() -> str:
    rows = ["| target | wanted | measured | |", "|---|---:|---:|---|"]
    for name, file, keys, wanted in TARGETS:
        found: Any = measurement(file) if (HERE / f"{file}.json").exists() else None
        for key in keys:
            found = found.get(key) if found is not None else None
        if found is None:
            rows.append(f"| {name} | {abs(wanted):g} | not measured yet for this version | |")
            continue
        met = found >= wanted if wanted > 0 else found <= -wanted
        sign = "≥" if wanted > 0 else "≤"
        rows.append(f"| {name} | {sign} {abs(wanted):g} | {found:.3f} | {'met' if met else 'missed'} |")
    return "\n".join(rows)


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "targets": _targets,
    }
)
