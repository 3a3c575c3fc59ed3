"""Ranking metrics: properties, and the same numbers as `ir_measures` gives."""

import gzip
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.training.evaluation.ranking_metrics import average_precision, ndcg, recall, reciprocal_rank

IDS = [f"d{number}" for number in range(12)]
ranked_lists = st.permutations(IDS).flatmap(lambda ids: st.integers(0, len(ids)).map(lambda n: list(ids)[:n]))
judgements = st.dictionaries(st.sampled_from(IDS), st.integers(-1, 3), max_size=len(IDS))
depths = st.integers(1, 15)

OWN_QRELS = {
    "q1": {"a": 3, "b": 0, "c": 1, "z": 2},
    "q2": {"b": 1},
    "q3": {"a": 0},
    "q4": {"c": 1, "d": -2, "e": 2, "f": 1, "g": 1},
}
OWN_RUN = {
    "q1": ["b", "a", "x", "c"],
    "q2": ["a", "c", "d"],
    "q3": ["a", "b"],
    "q4": ["d", "e", "x", "c", "y", "g", "w", "v", "u", "t", "s", "f"],
}


def measured_elsewhere(measures: list[str], qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> Any:
    library = pytest.importorskip("ir_measures", reason="needs the eval extra")
    names = {library.parse_measure(measure): measure for measure in measures}
    return {(row.query_id, names[row.measure]): row.value for row in library.iter_calc(list(names), qrels, run)}


def ours(ranked: list[str], grades: dict[str, int], relevant_from: int) -> dict[str, float]:
    rel = f"rel={relevant_from}"
    return {
        "nDCG@10": ndcg(ranked, grades, 10),
        f"R({rel})@5": recall(ranked, grades, 5, relevant_from=relevant_from),
        f"R({rel})@100": recall(ranked, grades, 100, relevant_from=relevant_from),
        f"RR({rel})@10": reciprocal_rank(ranked, grades, 10, relevant_from=relevant_from),
        f"AP({rel})@100": average_precision(ranked, grades, 100, relevant_from=relevant_from),
        f"AP({rel})": average_precision(ranked, grades, relevant_from=relevant_from),
    }


def same(qrels: dict[str, dict[str, int]], run: dict[str, list[str]], relevant_from: int) -> None:
    scored = {q: {d: float(-rank) for rank, d in enumerate(ranked)} for q, ranked in run.items()}
    names = list(ours([], {}, relevant_from))
    elsewhere = measured_elsewhere(names, qrels, scored)
    for query, ranked in run.items():
        for name, value in ours(ranked, qrels[query], relevant_from).items():
            assert value == pytest.approx(elsewhere[query, name], abs=1e-9), (query, name)


@pytest.mark.requirement("eval.golden")
@pytest.mark.parametrize("relevant_from", [1, 2])
def test_own_data_scores_as_ir_measures_scores_it(relevant_from: int) -> None:
    same(OWN_QRELS, OWN_RUN, relevant_from)


def rows_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path) as file:
        return [json.loads(line) for line in file]


@pytest.mark.data
@pytest.mark.requirement("eval.golden")
@pytest.mark.parametrize(("year", "official"), [("19", 0.5058), ("20", 0.4796)])
@pytest.mark.parametrize("run_name", ["bm25", "splade"])
def test_trec_dl_runs_score_as_ir_measures_scores_them(
    data_dir: Path, year: str, official: float, run_name: str
) -> None:
    folder = data_dir / "ir" / f"trec_dl{year}_metric_fixture"
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows_of(folder / "qrels.jsonl.gz"):
        qrels[row["q"]][row["d"]] = row["s"]
    rows: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for row in rows_of(folder / f"run_{run_name}.jsonl.gz"):
        rows[row["q"]].append((row["score"], row["d"]))
    run = {query: [d for _, d in sorted(found, reverse=True)] for query, found in rows.items() if query in qrels}
    same(qrels, run, 2)
    if run_name == "bm25":
        mean = sum(ndcg(ranked, qrels[query], 10) for query, ranked in run.items()) / len(run)
        assert mean == pytest.approx(official, abs=2e-4)


@given(ranked_lists, judgements, depths)
def test_every_metric_lies_between_0_and_1(ranked: list[str], grades: dict[str, int], k: int) -> None:
    for metric in (ndcg, recall, reciprocal_rank, average_precision):
        assert 0 <= metric(ranked, grades, k) <= 1 + 1e-12


@given(judgements, depths)
def test_the_ideal_order_scores_1(grades: dict[str, int], k: int) -> None:
    ideal = sorted(grades, key=lambda name: -grades[name])
    relevant = sum(grade > 0 for grade in grades.values())
    assert ndcg(ideal, grades, k) == pytest.approx(1.0 if relevant else 0.0)
    assert recall(ideal, grades, max(k, relevant)) == (1.0 if relevant else 0.0)
    assert reciprocal_rank(ideal, grades, k) == average_precision(ideal, grades) == (1.0 if relevant else 0.0)


@given(ranked_lists, judgements, depths)
def test_recall_never_falls_with_depth(ranked: list[str], grades: dict[str, int], k: int) -> None:
    assert recall(ranked, grades, k) <= recall(ranked, grades, k + 1)


@given(ranked_lists, judgements, st.integers(0, 10))
def test_moving_a_relevant_document_up_never_lowers_ndcg(ranked: list[str], grades: dict[str, int], place: int) -> None:
    if place + 1 >= len(ranked) or grades.get(ranked[place + 1], 0) < grades.get(ranked[place], 0):
        return
    better = [*ranked[:place], ranked[place + 1], ranked[place], *ranked[place + 2 :]]
    for metric in (ndcg, average_precision):
        assert metric(better, grades, 10) >= metric(ranked, grades, 10) - 1e-12


@pytest.mark.requirement("eval.linear-gain")
def test_ndcg_uses_the_grade_itself_as_gain() -> None:
    found = ndcg(["low", "high"], {"low": 1, "high": 3}, 10)
    assert found == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))
