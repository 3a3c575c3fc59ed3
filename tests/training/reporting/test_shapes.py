"""What is found in a result by its form alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.training.evaluation.reporting.pictures import Line, forest
from questline.training.evaluation.reporting.shapes import Measure, find_shapes, measures_of

from .conftest import Parsed


@pytest.mark.requirement("report.shapes")
@pytest.mark.parametrize(
    ("record", "name", "expected"),
    [
        ({"f1": 0.5, "n": 9, "intervals": {"f1": [0.4, 0.6]}}, "f1", Measure(value=0.5, low=0.4, high=0.6, n=9)),
        ({"f1": 0.5, "f1_interval": [0.4, 0.6]}, "f1", Measure(value=0.5, low=0.4, high=0.6)),
        ({"gain": 0.1, "gain_low": -0.1, "gain_high": 0.2}, "gain", Measure(value=0.1, low=-0.1, high=0.2)),
        ({"f1": 0.9, "gain": 0.1, "low": -0.1, "high": 0.2}, "gain", Measure(value=0.1, low=-0.1, high=0.2)),
        ({"share": 0.2, "interval": [0.1, 0.3], "n": 7}, "share", Measure(value=0.2, low=0.1, high=0.3, n=7)),
        ({"right_open": 0.5, "n": 9, "n_open": 4}, "right_open", Measure(value=0.5, n=4)),
        ({"proof_acc": 0.5, "n": 9, "proof_n": 3}, "proof_acc", Measure(value=0.5, n=3)),
        ({"acc": 0.5, "n": 9, "denominators": {"acc": 5}}, "acc", Measure(value=0.5, n=5)),
        ({"acc": 0.5, "from": 0.4, "to": 0.6}, "acc", Measure(value=0.5, low=0.4, high=0.6)),
        (
            {"acc": 0.5, "from": 0.4, "to": 0.6, "recall@5": 0.9, "recall from": 0.8, "recall to": 1.0},
            "recall@5",
            Measure(value=0.9, low=0.8, high=1.0),
        ),
        ({"late": 3, "n": 9}, "late", Measure(value=3.0, n=9, whole=True)),
    ],
)
def test_a_measure_finds_its_interval_and_its_denominator(
    record: dict[str, object], name: str, expected: Measure
) -> None:
    assert measures_of(record)[name] == expected


@pytest.mark.requirement("report.shapes")
def test_slices_are_objects_side_by_side_with_the_same_numbers() -> None:
    found = find_shapes({"by_kind": {"old": {"f1": 0.2, "n": 3}, "new": {"f1": 0.4, "n": 5}}})
    (group,) = found.groups
    assert group.name == "by_kind"
    assert group.slices["new"] == {"f1": Measure(value=0.4, n=5)}


@pytest.mark.requirement("report.shapes")
def test_an_only_slice_is_one_where_the_file_says_so() -> None:
    (group,) = find_shapes({"by_scope": {"short": {"f1": 0.4, "n": 5}}}).groups
    assert list(group.slices) == ["short"]


@pytest.mark.requirement("report.shapes")
def test_parts_that_stand_among_the_measures_are_slices_too() -> None:
    found = find_shapes({"right": 0.5, "n": 4, "single": {"right": 1.0, "n": 2}, "chained": {"right": 0.0, "n": 2}})
    (group,) = found.groups
    assert list(group.slices) == ["single", "chained"]


@pytest.mark.requirement("report.shapes")
@pytest.mark.parametrize(
    ("report", "along", "points"),
    [
        ({"sweep": [{"lambda": x / 10, "f1": x / 10} for x in (3, 1, 2)]}, "lambda", [0.1, 0.2, 0.3]),
        ({"levels": {str(x): {"ocr": 1 - x / 4} for x in range(4)}}, "levels", [0, 1, 2, 3]),
        ({"levels": {"0": 1.0, "1": 0.8, "2": 0.5}}, "levels", [0, 1, 2]),
        ({"recall@5": 0.5, "recall@10": 0.6, "recall@100": 0.9}, "k", [5, 10, 100]),
        ({"blur": [{"mean": x, "low": x - 0.1, "high": x + 0.1} for x in (0.9, 0.6, 0.4)]}, "place", [0, 1, 2]),
        ({"risk": [[0.1, 0.9], [0.5, 0.8], [1.0, 0.6]]}, "", [0.1, 0.5, 1.0]),
    ],
)
def test_a_curve_runs_along_one_number(report: dict[str, object], along: str, points: list[float]) -> None:
    (curve,) = find_shapes(report).curves
    assert curve.along == along
    assert [x for x, _ in next(iter(curve.series.values()))] == points


@pytest.mark.requirement("report.shapes")
def test_curves_of_one_parent_stand_together() -> None:
    kinds = {kind: [{"level": x, "ocr": 1 - x / 5} for x in range(4)] for kind in ("blur", "glare")}
    curves = find_shapes({"kinds": kinds}).curves
    assert {curve.parent for curve in curves} == {"kinds"}
    assert len(curves) == 2


@pytest.mark.requirement("report.shapes")
def test_whole_numbers_side_by_side_are_counts_with_their_sum() -> None:
    (group,) = find_shapes({"routes": {"number": 6, "set": 2}}).groups
    assert group.counts
    assert group.slices["set"]["count"] == Measure(value=2, n=8, whole=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=25,
)


@given(report=st.dictionaries(st.text(max_size=5), JSON, max_size=6))
@settings(max_examples=150, deadline=None)
@pytest.mark.requirement("report.shapes")
def test_no_json_breaks_the_search(report: dict[str, object]) -> None:
    found = find_shapes(report)
    assert all(group.slices for group in found.groups)
    assert all(curve.series for curve in found.curves)


@pytest.mark.requirement("report.marks")
def test_wide_intervals_small_n_and_missing_intervals_are_marked() -> None:
    lines = [
        Line(label="wide", values={"f1": Measure(value=0.5, low=0.2, high=0.8, n=400)}),
        Line(label="few", small=True, note="n 8", values={"f1": Measure(value=0.5, low=0.45, high=0.55, n=8)}),
        Line(label="bare", values={"f1": Measure(value=0.5, n=400)}),
        Line(label="sure", values={"f1": Measure(value=0.5, low=0.45, high=0.55, n=400)}),
    ]
    page = Parsed.of(forest("marks", lines, ["f1"]))
    assert page.faults == []
    assert len(page.all("path", "loose")) == 1
    assert len(page.all("circle", "hollow")) == 1
    assert len(page.all("path", "bare")) == 1
    assert [node.text for node in page.all("tspan", "warn")] == [" n 8 small"]
