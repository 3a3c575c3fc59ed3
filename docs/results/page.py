"""Write docs/results.md from the measurements beside this file: `python -P docs/results/page.py`.

No figure is typed by hand: `make results` measures, this fills ``page.md.in``, and a test compares the page with both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from questline.training.benchmarks.photo_page import PARTS as PHOTOS
from questline.training.evaluation.results import render_results
from questline.training.generative_summarizer.page import rendered_drafts, rendered_learning
from questline.training.planner.verdict_page import rendered
from questline.training.reasoning_ranker.page import rendered as ranker_rendered
from questline.training.recommender.unlearning_page import PARTS as UNLEARNING
from questline.training.tool_planner.page import rendered as tool_training_tables
from questline.training.writer.shown.page import fresh_rendered
from questline.training.writer.shown.page import rendered as writer_tables

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parent / "results.md"
WORKFLOWS: Final = ("AG", "QR-AG", "R-AG", "QR-R-AG", "R-DS-AG", "QR-R-DS-AG", "QDS", "QDP", "rule", "trained")
RANKING: Final = ("ndcg@10", "recall@5", "recall@10", "recall@100", "mrr@10", "ms_p50", "ms_p95", "n", "failed")
ANSWERS: Final = ("f1", "em", "seconds_p50", "seconds_p95", "calls", "retrievals", "turns", "abstained", "n", "failed")
PANES: Final = (
    *("ndcg", "kendall", "auc", "ece", "diversity", "top1", "ndcg_slot_aware"),
    *("ndcg_shown_order", "ndcg_shortest_first", "ndcg_random", "n", "failed"),
)
MATH_SOLVED: Final = ("math_solver_even", "math_solver_odd", "math_solver_others")
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
SOLVED: Final = (
    *("acc_low", "acc_high", "strict_low", "strict_high", "ocr", "n", "parts", "abstained", "refused", "proof_n"),
    *("proof_acc_low", "failed"),
)
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
ORDER: Final = ("ndcg@10", "mrr", "map", "ece", "passages_per_second", "n", "skipped", "failed")
SETS: Final = ("micro_f1", "macro_f1", "precision", "recall", "mean_size", "abstention_f1", "ece", "n", "failed")
SHAPES: Final = (
    *("micro_f1", "macro_f1", "precision", "recall", "mean_size", "abstention_f1", "ece", "opposed_marked"),
    *("conflict_rate", "span_answer", "reader_tokens", "reader_tokens_all", "n", "failed"),
)
READ: Final = ("f1", "em", "no_answer_f1", "gave_up_though_answerable", "ms_p50", "ms_p95", "n", "failed")
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
PIECES: Final = ("hit@1", "answer_kept", "abstained", "offset_valid", "mean_sentences", "ms_p50", "n", "failed")
METHODS: Final = ("words", "encoder", "cross-encoder")
TOOLS: Final = (
    *("server_recall@1", "server_recall@5", "server_ndcg@5", "tool_recall@1", "tool_recall@5", "tool_recall@10"),
    *("all@10", "ms_p50", "refused", "n", "failed"),
)
PLANS: Final = ("node_f1", "edge_f1", "exact", "invalid", "ms_p50", "n", "failed")
REFERENCES: Final = ("reference_accuracy", "nearest_accuracy", "references", "n", "failed")
SCENARIOS: Final = (
    *("right", "right_without_writing", "wrong_complete", "status", "answer", "missing", "enough_cited", "routed"),
    *("sentences_cited", "sentences_faithful", "sentences", "late", "seconds_p50", "seconds_p95"),
    *("n", "n_without_writing", "failed"),
)
ROUTES: Final = (
    *("same_tools", "same_tools_without_writing", "all_made", "one_too_many", "ms_p50"),
    *("n", "n_without_writing", "failed"),
)
CALLS: Final = (
    *("ast_accuracy", "function_accuracy", "argument_accuracy", "irrelevance_accuracy", "false_refusal"),
    *("ms_p50", "n", "failed"),
)
CALL_SETS: Final = ("simple_python", "multiple", "irrelevance")
TOOL_SETS: Final = ("metatool", "metatool_several", "sealtools_test", "stabletoolbench", "mcptoolbenchpp")
SCHEDULES: Final = ("schedule_easy", "schedule_generated", "schedule_generated_slots2")
MAKESPANS: Final = (
    *("makespan_over_critical_path", "makespan_over_bound", "saving_share", "plans_with_a_saving"),
    *("speedup_over_sequential", "speedup_over_supersteps", "longer_than_supersteps", "longest_over_supersteps"),
    *("overhead_us_per_task", "overhead_over_send", "overhead_over_send_max", "completed", "n", "failed"),
)
BROKEN: Final = (
    *("completed", "accounted", "deadline_misses", "over_deadline_ms_max"),
    *("tasks_done", "tasks_failed", "tasks_skipped", "tasks_cancelled", "n", "failed"),
)
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
SOURCES: Final = ("nq", "2wiki", "hotpot", "musique")
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


def page() -> str:
    """Return the whole page: the template with each ``{{part}}`` filled."""
    parts: Mapping[str, Callable[[], str]] = {
        "answers": lambda: _eval((f"qa_{name}" for name in WORKFLOWS), ANSWERS),
        "answers_by_source": _by_source,
        "planner_table": _planner_table,
        "planner": _planner,
        "ablation": _ablation,
        "less_distillation": _less_distillation,
        "gpu_runs": _gpu_runs,
        "faults": _faults,
        "tool_runs": _tool_runs,
        "tool_loops": _tool_loops,
        "tool_loops_shapes": _tool_loops_shapes,
        "tool_loops_failing": _tool_loops_failing,
        "targets": _targets,
        "temporal_ranking": _temporal_ranking,
        "temporal_lift": lambda: _benchmark("temporal_lift"),
        "retrieval_mixed": lambda: _eval(
            (f"retrieval_mixed_dev_{mode}" for mode in ("lexical", "dense", "hybrid")), RANKING
        ),
        "retrieval_collections": lambda: _eval(
            (f"retrieval_{name}_{mode}" for name in ("cisi", "cran", "time", "lisa") for mode in ("lexical", "hybrid")),
            RANKING,
        ),
        "selection": lambda: _eval(
            (
                f"selection_{name}_{selector}"
                for name in ("mixed_dev", "wikiqa_dev", "trecqa_dev")
                for selector in ("first", "words", "embedded")
            ),
            SETS,
        ),
        "selection_sets": lambda: _eval(
            (
                f"selection_{name}_{selector}"
                for name in ("rgb_zh", *(f"realtimeqa_{year}" for year in (2022, 2023, 2024)), "conflictqa")
                for selector in ("first", "words", "embedded")
            ),
            SHAPES,
        ),
        "reading": lambda: _eval(
            (
                f"reading_{name}_{method}{always}"
                for name in ("nq_dev", "xquad_en")
                for always in ("", "--always")
                for method in METHODS
            ),
            READ,
        ),
        "temporal_answers": lambda: _eval(("temporal_answers_chronoqa",), TIMED),
        "temporal_slices": _temporal_slices,
        "temporal_other_sets": lambda: _eval((f"temporal_answers_{name}" for name in TIMED_SETS), TIMED_OTHER),
        "unanswerable": lambda: _eval((f"reading_nq_unanswerable_{method}" for method in METHODS), READ),
        "summary": lambda: _eval(
            (*(f"summary_xquad_en_{method}" for method in METHODS), "summary_cmrc2018_dev_words"), PIECES
        ),
        "writing": lambda: _eval(("writing_zh",), WRITTEN),
        "judges": lambda: _eval((f"judge_zh_{name}" for name in JUDGES), JUDGED),
        "judges_length": lambda: _eval((f"judge_zh_{name}" for name in JUDGES), JUDGED_LENGTH),
        "judges_verdicts": _judges_verdicts,
        "writer_composed": _writer_composed,
        "solved_photos": lambda: _eval((f"mathreal_{name}_embedded" for name in ("I", "I_QG", "I_QG_DG")), SOLVED),
        "solved_photos_read": _photo_pairs,
        "math_checker": _math_checker,
        "math_checker_kinds": _math_checker_kinds,
        "math_solver": _math_solver,
        "math_solver_curve": _math_solver_curve,
        "principles": _principles,
        "summarizer_drafts": lambda: _small("summarizer_drafts", rendered_drafts),
        "summarizer_learning": lambda: _small("summarizer_learning", rendered_learning),
        "writer_grpo": _writer_grpo,
        "writer_grpo_fresh": _writer_grpo_fresh,
        "ranker_tuning": _ranker_tuning,
        "tool_training": _tool_training,
        "suggestion": lambda: _eval((f"suggestion_mimics_{mode}" for mode in ("encoder", "words")), PANES),
        "recommendation": lambda: _eval(
            (f"recommendation_{name}_{method}" for name in SESSIONS for method in RECOMMENDERS), NEXT
        ),
        "recommenders": lambda: _eval(
            (f"recommendation_{name}_{method}" for name in NETWORKS for method in ("trained", "hybrid")), NEXT
        ),
        "recommenders_learnt": _recommenders_learnt,
        "unlearning": lambda: _eval(
            (
                f"unlearning_{name}_{method}"
                for name in ("lastfm", "beauty")
                for method in ("original", "exact", "retrain")
            ),
            UNLEARNT,
        ),
        "tools": lambda: _eval(
            (f"tools_{name}_{mode}" for name in TOOL_SETS for mode in ("lexical", "dense", "max", "hybrid")), TOOLS
        ),
        "plans": lambda: _eval((f"plans_complextool_{method}" for method in ("words", "embedded")), PLANS),
        "routes": lambda: _eval(("routes_open",), ROUTES),
        "scenarios": lambda: _eval(("scenarios_open", "scenarios_sealed"), SCENARIOS),
        "choice": lambda: _eval(("scenarios_choice_open", "scenarios_choice_kept"), SCENARIOS),
        "second": lambda: _eval(sorted(file.stem for file in HERE.glob("scenarios_second*.json")), SCENARIOS),
        "third": lambda: _eval(sorted(file.stem for file in HERE.glob("scenarios_third*.json")), SCENARIOS),
        "seventh": lambda: _eval(sorted(file.stem for file in HERE.glob("scenarios_seventh*.json")), SCENARIOS),
        "fresh": lambda: _eval((f"scenarios_fresh_{half}" for half in ("seen", "kept")), SCENARIOS),
        "worlds": lambda: _eval(
            sorted(file.stem for name in ("fourth", "fifth", "sixth") for file in HERE.glob(f"scenarios_{name}*.json")),
            SCENARIOS,
        ),
        "references": lambda: _eval(("plans_nestful",), REFERENCES),
        "plan_parts": _plan_parts,
        "tables": _tables,
        "calls": lambda: _eval(
            (f"calls_{name}_{method}" for name in CALL_SETS for method in ("words", "cross-encoder")), CALLS
        ),
        "calls_held_out": _calls_held_out,
        "no_tool": _no_tool,
        "unseen_tools": _unseen_tools,
        "linker": _linker,
        "ranking": lambda: _eval(
            (
                f"ranking_{name}_{ranker}"
                for name in ("dl19", "dl21", "wikiqa_dev", "trecqa_dev")
                for ranker in ("first_stage", "embedded")
            ),
            ORDER,
        ),
        "schedule": lambda: _eval(SCHEDULES, MAKESPANS),
        "schedule_ways": _schedule_ways,
        "schedule_faults": lambda: _eval(
            (
                "schedule_easy_faults30",
                *(f"schedule_generated_{name}" for name in ("faults10", "faults30", "dead", "hanging")),
            ),
            BROKEN,
        ),
        **{name: (lambda made=made: made(HERE)) for name, made in (dict(UNLEARNING) | dict(PHOTOS)).items()},
        **{
            name: (lambda name=name: _benchmark(name))
            for name in (
                "suggestion_ablation",
                "forgetting_s3rec_lastfm",
                "forgetting_s3rec_beauty",
                "forgetting_diginetica_train_sessions",
                "recommender_round_lastfm",
                "injection_wikiqa_dev",
                "reading_less_dl19",
                "reading_less_dl21",
                "schedules_dl19",
                "schedules_dl21",
                "fusion",
                "indexing",
                "ask_latency",
                "graph_overhead",
                "gateway_overhead",
                "start_up",
                "rank_speed",
                "write_speed",
                "rollouts",
                "clean_clone",
                "tools_catalogue",
            )
        },
    }
    template = (HERE / "page.md.in").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match.group(1)]().strip(), template)


def _eval(names: Iterable[str], columns: Iterable[str]) -> str:
    files = [HERE / f"{name}.json" for name in names]
    missing = [file.stem for file in files if not file.exists()]
    table = render_results([file for file in files if file.exists()], columns=list(columns))
    return f"{table.strip()}\n\n{_open(missing)}" if missing else table


def _temporal_slices() -> str:
    """Return the accuracies and the recall of every slice of ChronoQA, and what its audit counted."""
    name = "temporal_answers_chronoqa"
    if not (HERE / f"{name}.json").exists():
        return _open([name])
    report = _read(name)
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


def _judges_verdicts() -> str:
    """Return what the audit says of each judge."""
    files = [(name, HERE / f"judge_zh_{name}.json") for name in JUDGES]
    told = [f"- `{name}`: {_read(file.stem)['verdict']}." for name, file in files if file.exists()]
    missing = [file.stem for _, file in files if not file.exists()]
    return "\n".join(told) + (f"\n\n{_open(missing)}" if missing else "")


def _photo_pairs() -> str:
    """Return what clean pictures and turning upright win in reading, and the OCR score by each kind of noise."""
    name = "mathreal_I_embedded"
    if not (HERE / f"{name}.json").exists():
        return _open([name])
    report = _read(name)
    rows = ["| pictures | OCR as taken | OCR then | difference | 95 % interval | n |", "|---|---:|---:|---:|---:|---:|"]
    rows = rows if "ocr_pairs" in report else []
    for told, pair in report.get("ocr_pairs", {}).items():
        ends = f"{_figure(pair['low'])} to {_figure(pair['high'])}"
        cells = (told, *(_figure(pair[key]) for key in ("ocr_a", "ocr_b", "difference")), ends, str(pair["n"]))
        rows.append(f"| {' | '.join(cells)} |")
    rows += ["", "| noise and severity | OCR score | 95 % interval | n |", "|---|---:|---:|---:|"]
    for told, cell in report["by_noise"].items():
        ends = " to ".join(_figure(end) for end in cell["intervals"]["ocr"])
        rows.append(f"| {told} | {_figure(cell['ocr'])} | {ends} | {cell['n']} |")
    return "\n".join(rows)


def _recommenders_learnt() -> str:
    """Return what each training of a recommender took and came to."""
    names = [f"recommender_{name}" for name in NETWORKS]
    found = [name for name in names if (HERE / f"{name}.json").exists()]
    told = ("network", "parameters", "clicks learnt", "items", "step", "of", "minutes", "held out: NDCG@10", "HR@20")
    rows = [f"| {' | '.join(told)} |", f"|---|{'---:|' * (len(told) - 1)}"]
    sources: list[str] = []
    for name in found:
        report = _read(name)
        counts, figures = report["counts"], report["figures"]
        cells = (
            *(f"{int(report['export']['parameters']):,}", f"{counts['clicks learnt']:,}", f"{counts['items']:,}"),
            *(f"{report['best_step']:,}", f"{report['steps']:,}", f"{report['minutes']:.1f}"),
            *(_figure(figures["ndcg@10"]), _figure(figures["hr@20"])),
        )
        rows.append(f"| [{name}](results/{name}.md) | {' | '.join(cells)} |")
        sources.append(_source(name, report["run"]))
    missing = [name for name in names if name not in found]
    return "\n".join([*rows, "", *sources, *(["", _open(missing)] if missing else [])])


def _schedule_ways() -> str:
    measured = [name for name in SCHEDULES if (HERE / f"{name}.json").exists()]
    if not measured:
        return _open(SCHEDULES)
    columns = MAKESPANS[0], *MAKESPANS[4:6], MAKESPANS[8]
    rows = [f"| run | way | {' | '.join(columns)} |", f"|---|---|{'---:|' * len(columns)}"]
    for name in measured:
        for way, figures in _read(name)["ways"].items():
            rows.append(f"| {name} | {way} | {' | '.join(_figure(figures[column]) for column in columns)} |")
    return "\n".join(rows)


def _by_source() -> str:
    missing = [f"qa_{name}" for name in WORKFLOWS if not (HERE / f"qa_{name}.json").exists()]
    if missing:
        return _open(missing)
    rows = [f"| run | {' | '.join(SOURCES)} |", f"|---|{'---:|' * len(SOURCES)}"]
    for name in WORKFLOWS:
        found = _read(f"qa_{name}")["by_source"]
        cells = [_figure(found[source]["f1"]) if source in found else "–" for source in SOURCES]
        rows.append(f"| qa_{name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _planner_table() -> str:
    if not (HERE / "planner_table.json").exists():
        return _open(["planner_table"])
    report = _read("planner_table")
    sources = list(cast("Mapping[str, object]", report["by_source"]))
    rows = [f"| workflow | F1 | calls | seconds | {' | '.join(f'F1 of {one}' for one in sources)} |"]
    rows.append(f"|---|---:|---:|---:|{'---:|' * len(sources)}")
    constants = cast("Mapping[str, Any]", report["constants"])
    for name, found in constants.items():
        if isinstance(found, dict):
            row = cast("Mapping[str, float]", found)
            own = (_figure(report["by_source"][one][name]["f1"]) for one in sources)
            rows.append(
                f"| {name} | {_figure(row['f1'])} | {row['calls']:.2f} | {row['seconds']:.2f} | {' | '.join(own)} |"
            )
    best = (_figure(report["by_source"][one]["oracle_f1"]) for one in sources)
    rows.append(f"| oracle | {_figure(report['constants']['oracle_f1'])} | | | {' | '.join(best)} |")
    rows += [
        "",
        "| λ of calls | best constant, chosen on four fifths | its utility on the other | best per source | oracle |",
    ]
    rows.append("|---:|---|---:|---:|---:|")
    for at in report["lambda_calls"]:
        utility = {name: _figure(one["utility"]) for name, one in at["policies"].items()}
        told = (utility["best constant"], utility["best constant per source"], utility["oracle"])
        rows.append(f"| {at['lambda_calls']:g} | {at['best_constant']} | {' | '.join(told)} |")
    rate = f"{report['rate']['runs_per_processor_minute']:,.0f} runs a minute of one processor."
    for one in report["rate"]["fillings"]:
        rate += (
            f" {one['runs']:,} runs by {one['processes']} processes: {one['seconds'] / 60:.1f} minutes,"
            f" {one['processor_s'] / 60:.1f} of a processor."
        )
    return "\n".join([*rows, "", rate, "", _source("planner_table", report["run"])])


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
        report = _read(name)
        parts += [f"**{report['run']['options']['planner']}**, {report['n']} questions:", rendered(report)]
        parts.append(_source(name, report["run"]))
    return "\n\n".join([*parts, *shown])


def _plan_parts() -> str:
    """Return the rows of one set apart: chains, the held-out fifth and the rest, and by number of tools."""
    found: Any = _read("plans_complextool_embedded")
    groups = {
        "forward chain": found["forward_chain"],
        "reversed chain": found["reversed_chain"],
        "embedded, held-out fifth": found["parts"]["held_out"],
        "embedded, the other four fifths": found["parts"]["rest"],
        **{f"embedded, {tools} tools": cells for tools, cells in found["tools"].items()},
    }
    rows = ["| plans | node F1 | edge F1 | exact | invalid | n |", "|---|---:|---:|---:|---:|---:|"]
    for name, cells in groups.items():
        figures = " | ".join(_figure(cells[metric]) for metric in ("node_f1", "edge_f1", "exact", "invalid"))
        rows.append(f"| {name} | {figures} | {cells['n']} |")
    return "\n".join(rows)


def _calls_held_out() -> str:
    names = [f"calls_{name}_{method}" for name in CALL_SETS for method in ("words", "cross-encoder")]
    missing = [name for name in names if not (HERE / f"{name}.json").exists()]
    if missing:
        return _open(missing)
    columns = [name for name in CALLS if name not in ("ms_p50", "failed")]
    rows = [f"| held-out fifth of | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for name in names:
        found = _read(name)["held_out"]
        rows.append(f"| {name} | {' | '.join(_figure(found.get(column, '–')) for column in columns)} |")
    return "\n".join(rows)


def _tables() -> str:
    firsts = ("tables_fresh_first", "tables_fresh", "tables_blind_first", "tables_blind")
    firsts = ("tables_fields_first", "tables_fields", *firsts)
    names = (*firsts, "tables_later_first", "tables_later", "tables_asked")
    missing = [name for name in names if not (HERE / f"{name}.json").exists()]
    if missing:
        return _open(missing)
    columns = ("n", "right", "wrong", "answered_wrongly", "refused", "refused_rightly")
    shares = ("answered_of_answerable", "wrong_of_answered")
    rows = [f"| run | part | {' | '.join((*columns, *shares))} |", f"|---|---|{'---:|' * (len(columns) + len(shares))}"]
    for name in names:
        for part, figures in _read(name)["parts"].items():
            cells = [*(str(figures[column]) for column in columns), *(_figure(figures[share]) for share in shares)]
            rows.append(f"| {name} | {part} | {' | '.join(cells)} |")
    return "\n".join([*rows, "", *(_source(name, _read(name)["run"]) for name in names)])


def _math_checker() -> str:
    """Return what the checker of answers makes of right answers and their edits, file by file."""
    kept = [name for name in ("math_checker", "math_checker_more") if (HERE / f"{name}.json").exists()]
    if not kept:
        return _open(["math_checker"])
    heads = "| file | rows | itself | edits that keep: accepted | edits that change: accepted | parts | decided |"
    rows = [heads, "|---|---:|---:|---:|---:|---:|---:|"]
    for report in map(_read, kept):
        for name, found in report["files"].items():
            cells = [f"{_edited(found[key])}" if key in found else "–" for key in ("kept", "changed")]
            share = found["decided"]
            decided = f"{_figure(share['share'])} [{_figure(share['low'])}, {_figure(share['high'])}]"
            figures = f"{_figure(found['itself'])} | {' | '.join(cells)} | {share['parts']} | {decided}"
            rows.append(f"| {name} | {found['n']} | {figures} |")
    return "\n".join([*rows, "", *(_source(name, _read(name)["run"]) for name in kept)])


def _math_checker_kinds() -> str:
    """Return the same kind by kind."""
    if not (HERE / "math_checker.json").exists():
        return _open(["math_checker"])
    rows = ["| edit | n | accepted | rejected | undecided |", "|---|---:|---:|---:|---:|"]
    for name, found in _read("math_checker")["kinds"].items():
        rest = f"{found['rejected']:.4f} | {found['undecided']:.4f}"
        rows.append(f"| {name.replace('_', ' ')} | {found['n']} | {_edited(found).split(' (')[0]} | {rest} |")
    return "\n".join(rows)


def _math_solver() -> str:
    """Return how many questions the solver of rules answers, and how many of its answers are right."""
    missing = [name for name in MATH_SOLVED if not (HERE / f"{name}.json").exists()]
    if missing:
        return _open(missing)
    rows = [
        "| rows | file | n | answered | coverage | right of answered | accuracy |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name in MATH_SOLVED:
        for file, found in _read(name)["files"].items():
            share = f"{_figure(found['right_of_answered'])} [{_figure(found['low'])}, {_figure(found['high'])}]"
            share = share if found["answered"] else "–"
            figures = f"{found['n']} | {found['answered']} | {_figure(found['coverage'])} | {share}"
            rows.append(f"| {name.split('_')[-1]} | {file} | {figures} | {_figure(found['right'] / found['n'])} |")
    return "\n".join([*rows, "", *(_source(name, _read(name)["run"]) for name in MATH_SOLVED)])


def _math_solver_curve() -> str:
    """Return the risk of answering with at least some confidence, on the rows that were kept apart."""
    if not (HERE / "math_solver_odd.json").exists():
        return _open(["math_solver_odd"])
    rows = ["| confidence at least | coverage | risk |", "|---:|---:|---:|"]
    points = _read("math_solver_odd")["curve"]
    rows += [f"| {p['least_confidence']:.2f} | {_figure(p['coverage'])} | {_figure(p['risk'])} |" for p in points]
    return "\n".join(rows)


def _edited(found: Mapping[str, Any]) -> str:
    return f"{found['accepted']:.4f} [{found['low']:.4f}, {found['high']:.4f}] ({found['n']})"


def _no_tool() -> str:
    names = ["no_tool", *(f"calls_{name}_{method}" for name in CALL_SETS for method in ("words", "cross-encoder"))]
    missing = [name for name in names if not (HERE / f"{name}.json").exists()]
    if missing:
        return _open(missing)
    heads = ("irrelevance: refused", "of these not fitted to", *("simple: refused", "multiple: refused"))
    rows = [f"| who decides | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    report = _read("no_tool")
    for mode, told in (("hybrid", "the catalogue's threshold"), ("lexical", "the same by words alone")):
        useless, simple, multiple = (report["sets"][f"bfcl_{name}"][mode] for name in ("irrelevance", *CALL_SETS[:2]))
        figures = (
            *(useless["refused"], useless["refused_left_out"]),
            *(simple["false_refusal"], multiple["false_refusal"]),
        )
        rows.append(f"| {told} | {' | '.join(map(_figure, figures))} |")
    for method, told in (("cross-encoder", "slot filling's `choose`"), ("words", "the same by words alone")):
        simple, multiple, useless = (_read(f"calls_{name}_{method}") for name in CALL_SETS)
        apart = useless["held_out"]["irrelevance_accuracy"]
        figures = useless["irrelevance_accuracy"], apart, simple["false_refusal"], multiple["false_refusal"]
        rows.append(f"| {told} | {' | '.join(map(_figure, figures))} |")
    return "\n".join([*rows, "", _source("no_tool", report["run"])])


def _temporal_ranking() -> str:
    name = "temporal_ranking_chronoqa"
    if not (HERE / f"{name}.json").exists():
        return _open([name])
    report = _read(name)
    metrics = ("recall@5", "recall@10", "all_gold@5", "ndcg@10", "map@10")
    heads = ("pool", "side", "ranked by", "questions", "n", *metrics)
    rows = [f"| {' | '.join(heads)} |", f"|---|---|---|---|{'---:|' * (len(metrics) + 1)}"]
    for pool, found in report["pools"].items():
        for way, sides in found["ways"].items():
            for side, slices in sides.items():
                for kind, told in slices.items():
                    figures = " | ".join(_figure(told[metric]) for metric in metrics)
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
    return "\n".join([*rows, "", _source(name, report["run"])])


def _unseen_tools() -> str:
    if not (HERE / "unseen_tools.json").exists():
        return _open(["unseen_tools"])
    report = _read("unseen_tools")
    columns = ("recall@5_no_map", "recall@5_unseen", "recall@5_shipped", "n")
    rows = [
        "| held-out fifth of | no map | a map that never saw its tools | the shipped map | n |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in report["left_out"].items():
        rows.append(f"| {name} | {' | '.join(_figure(found[column]) for column in columns)} |")
    return "\n".join([*rows, "", _source("unseen_tools", report["run"])])


def _linker() -> str:
    if not (HERE / "tables_linker.json").exists():
        return _open(["tables_linker"])
    report = _read("tables_linker")
    columns = {
        "right": "right", "wrong": "wrong", "right_of_answered": "right of what is answered",
        "unanswerable_refused": "unanswerable: refused",
    }  # fmt: skip
    rows = [f"| who reads | {' | '.join(columns.values())} |", f"|---|{'---:|' * len(columns)}"]
    for name, told in (
        ("rules", "the rules alone"),
        ("linker", "the linker alone"),
        ("both", "the linker where the rules refuse"),
    ):
        cells = [_share(report[name][key]) for key in columns]
        rows.append(f"| {told} | {' | '.join(cells)} |")
    whole = ("role F1", "exact readings", "answered right", "right of what is answered", "unanswerable refused")
    rows += ["", f"| tables read by a linker that | {' | '.join(whole)} |", f"|---|{'---:|' * len(whole)}"]
    for told, found in (
        ("saw the other four fifths", report),
        *((f"saw all but `{name}` (one network)", part) for name, part in report.get("across", {}).items()),
    ):
        rows.append(f"| {told} | {' | '.join(_figure(found[key]) for key in whole)} |")
    return "\n".join([*rows, "", _source("tables_linker", report["run"])])


def _share(told: Any) -> str:
    if told["share"] is None:
        return "–"
    low, high = told["interval"]
    return f"{told['share']:.3f} [{low:.3f}, {high:.3f}] ({told['count']} of {told['n']})"


def _targets() -> str:
    rows = ["| target | wanted | measured | |", "|---|---:|---:|---|"]
    for name, file, keys, wanted in TARGETS:
        found: Any = _read(file) if (HERE / f"{file}.json").exists() else None
        for key in keys:
            found = found.get(key) if found is not None else None
        if found is None:
            rows.append(f"| {name} | {abs(wanted):g} | not measured yet for this version | |")
            continue
        met = found >= wanted if wanted > 0 else found <= -wanted
        sign = "≥" if wanted > 0 else "≤"
        rows.append(f"| {name} | {sign} {abs(wanted):g} | {found:.3f} | {'met' if met else 'missed'} |")
    return "\n".join(rows)


def _ablation() -> str:
    if not (HERE / "ablation.json").exists():
        return "Not measured yet for this version; `docs/results/measure.sh ablation` does."
    report = _read("ablation")
    variants: Mapping[str, Mapping[str, float]] = report["variants"]
    names = list(next(iter(variants.values())))
    rows = [f"| variant | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    rows += [
        f"| {variant} | {' | '.join(_figure(figures[name]) for name in names)} |"
        for variant, figures in variants.items()
    ]
    return "\n".join([*rows, "", _source("ablation", report["run"])])


def _less_distillation() -> str:
    rows = ["| figure | shipped | less distillation |", "|---|---:|---:|"]
    for name, shipped, other, key in LESS:
        figures = (_figure(_read(file)[key]) for file in (shipped, f"less_distillation/{other}"))
        rows.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(rows)


def _gpu_runs() -> str:
    report = _read("gpu_runs/runs")
    tables: list[str] = []
    for rows in (report["whole"], report["at_step_3000"]):
        names = [name for name in rows[0] if name != "what"]
        tables += [f"| training | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
        tables += [f"| {row['what']} | {' | '.join(_figure(row[name]) for name in names)} |" for row in rows]
        tables.append("")
    return "\n".join([*tables, f"Measured {report['date']} on {report['hardware']}."])


def _faults(name: str = "faults") -> str:
    if not (HERE / f"{name}.json").exists():
        return _open([name])
    report = _read(name)
    heads = "calls end as|worst over, ms|late|stall, ms|neighbour p95, ms|alone|ratio|forced|opens after|closes, s|left"
    rows = [f"| fault | {heads.replace('|', ' | ')} |", f"|---|---|{'---:|' * 10}"]
    for row in report["rows"]:
        outcomes = ", ".join(f"{code} {count}" for code, count in row["outcomes"].items())
        opened = "–" if row["opened_after"] is None else row["opened_after"]
        left = row["left_processes"] + row["left_sockets"] + row["left_tasks"]
        figures = (
            *(row["case"], outcomes, f"{row['worst_over_ms']:+.0f}", row["late"], f"{row['machine_stall_ms']:.0f}"),
            *(f"{row['neighbour_p95_ms']:.1f}", f"{row['neighbour_alone_p95_ms']:.1f}"),
            *(f"{row['neighbour_ratio']:.2f}", f"{row['forced_neighbour_ratio']:.2f}", opened),
            *("never" if row["closed_after_s"] is None else f"{row['closed_after_s']:.1f}", left),
        )
        rows.append(f"| {' | '.join(map(str, figures))} |")
    return "\n".join([*rows, "", _source(name, report["run"])])


def _principles() -> str:
    if not (HERE / "principles.json").exists():
        return _open(["principles"])
    report = _read("principles")
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
    return "\n".join([*rows, "", told, "", _source("principles", report["run"])])


def _small(name: str, rendered_as: Callable[[Mapping[str, Any]], str]) -> str:
    if not (HERE / f"{name}.json").exists():
        return _open([name])
    report = _read(name)
    return f"{rendered_as(report)}\n\n{_source(name, report['run'])}"


def _writer_grpo() -> str:
    if not (HERE / "writer_grpo.json").exists():
        return _open(["writer_grpo"])
    report = _read("writer_grpo")
    return f"{writer_tables(report)}\n\n{_source('writer_grpo', report['run'])}"


def _writer_composed() -> str:
    if not (HERE / "writer_composed.json").exists():
        return _open(["writer_composed"])
    report = _read("writer_composed")
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
    return "\n".join([*rows, "", _source("writer_composed", report["run"])])


def _writer_grpo_fresh() -> str:
    if not (HERE / "writer_grpo_fresh.json").exists():
        return _open(["writer_grpo_fresh"])
    report = _read("writer_grpo_fresh")
    return f"{fresh_rendered(report)}\n\n{_source('writer_grpo_fresh', report['run'])}"


def _ranker_tuning() -> str:
    if not (HERE / "ranker_tuning.json").exists():
        return _open(["ranker_tuning"])
    report = _read("ranker_tuning")
    return f"{ranker_rendered(report)}\n\n{_source('ranker_tuning', report['run'])}"


def _tool_training() -> str:
    if not (HERE / "tool_training.json").exists():
        return _open(["tool_training"])
    report = _read("tool_training")
    return f"{tool_training_tables(report)}\n\n{_source('tool_training', report['run'])}"


def _tool_runs() -> str:
    if not (HERE / "tool_runs.json").exists():
        return _open(["tool_runs"])
    report = _read("tool_runs")
    heads = "runs|kills|resumed|not to be repeated, repeated|done, done again|tasks without a reason|unknown outcome"
    rows = [f"| plan | {heads.replace('|', ' | ')} |", f"|---|{'---:|' * 7}"]
    columns = ("runs", "kills", "resumed", "repeated", "repeated_finished", "unnamed", "unknown_outcome")
    for name, row in report["killed"].items():
        rows.append(f"| {name} | {' | '.join(str(row[column]) for column in columns)} |")
    heads = "runs|late|needs|answered|neither answered nor named|worst after the deadline, ms|why not"
    rows += ["", f"| calls that fail | {heads.replace('|', ' | ')} |", f"|---:|{'---:|' * 6}---|"]
    for row in report["faulty"]:
        codes = ", ".join(f"{code} {count}" for code, count in row["codes"].items())
        figures = (*(row[column] for column in ("runs", "late", "needs", "answered", "unnamed")),)
        worst = f"{1000 * row['worst_over_deadline_s']:+.0f}"
        rows.append(f"| {row['failing']:.0%} | {' | '.join(map(str, figures))} | {worst} | {codes} |")
    return "\n".join([*rows, "", _source("tool_runs", report["run"])])


def _tool_loops() -> str:
    if not (HERE / "tool_loops.json").exists():
        return _open(["tool_loops"])
    report = _read("tool_loops")
    heads = "right|seconds, median|95 %|times `graph`|95 %|requests|tokens in|tokens out|tool calls|processor s"
    rows = [f"| loop | {heads.replace('|', ' | ')} |", f"|---|{'---:|' * 10}"]
    for name, row in report["loops"].items():
        seconds = f"{row['seconds_median']:.2f} | {row['seconds_low']:.2f}–{row['seconds_high']:.2f}"
        times = f"{row['times_graph']:.2f} | {row['times_graph_low']:.2f}–{row['times_graph_high']:.2f}"
        means = [f"{row[f'{column}_mean']:.1f}" for column in ("requests", "tokens_in", "tokens_out", "tool_calls")]
        told = (seconds, times, *means, f"{row['processor_s_mean']:.2f}")
        rows.append(f"| {name} | {row['right']}/{row['n']} | {' | '.join(told)} |")
    return "\n".join([*rows, "", _source("tool_loops", report["run"])])


def _tool_loops_shapes() -> str:
    if not (HERE / "tool_loops.json").exists():
        return _open(["tool_loops"])
    shapes: Mapping[str, Mapping[str, Mapping[str, Any]]] = _read("tool_loops")["shapes"]
    rows = [f"| plan | {' | '.join(shapes)} |", f"|---|{'---:|' * len(shapes)}"]
    for shape in next(iter(shapes.values())):
        told = [_shape(by_shape[shape]) for by_shape in shapes.values()]
        rows.append(f"| {shape} | {' | '.join(told)} |")
    return "\n".join(rows)


def _shape(row: Mapping[str, Any]) -> str:
    wrong = "" if row["right"] == row["n"] else f" ({row['right']}/{row['n']} right)"
    tokens = f"{row['tokens_in_mean']:.0f} + {row['tokens_out_mean']:.0f}"
    return f"{row['seconds_median']:.2f} s, {row['requests_mean']:.0f}, {tokens}{wrong}"


def _tool_loops_failing() -> str:
    if not (HERE / "tool_loops.json").exists():
        return _open(["tool_loops"])
    failing = _read("tool_loops")["failing"]
    heads = "questions|wholly answered|answered or named|needs|answered|named as missing|neither|requests|tool calls"
    rows = [f"| loop | {heads.replace('|', ' | ')} |", f"|---|{'---:|' * 9}"]
    for name, row in failing["loops"].items():
        shares = (f"{row['wholly_answered']:.0%}", f"{row['answered_or_named']:.0%}")
        needs = (row["needs"], row["needs_answered"], row["needs_named"], row["needs_lost"])
        told = (row["n"], *shares, *needs, f"{row['requests_mean']:.1f}", row["tool_calls"])
        rows.append(f"| {name} | {' | '.join(map(str, told))} |")
    return "\n".join(rows)


def _source(name: str, run: Mapping[str, Any]) -> str:
    machine = run["hardware"]
    place = f"{machine['cores']} cores, {machine['processor'] or machine['machine']}"
    return f"- **{name}**: `{run['command']}` ({run['date']}, {run['commit']}, {place})"


def _benchmark(name: str) -> str:
    if not (HERE / f"{name}.json").exists():
        return _open([name])
    report = _read(name)
    figures = {key: value for key, value in report.items() if key not in {"run", "benchmark"}}
    rows = ["| figure | value |", "|---|---:|", *(f"| {key} | {value} |" for key, value in _flat(figures))]
    return "\n".join([*rows, "", _source(name, report["run"])])


def _open(names: Iterable[str]) -> str:
    return f"Not measured yet for this version: {', '.join(names)}. `make results` does."


def _flat(figures: Mapping[str, object], before: str = "") -> Iterable[tuple[str, str]]:
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(cast("Mapping[str, object]", value), f"{before}{key} · ")
        elif isinstance(value, list):
            yield f"{before}{key}", ", ".join(_figure(each) for each in cast("list[object]", value))
        else:
            yield f"{before}{key}", _figure(value)


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _read(name: str) -> dict[str, Any]:
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
