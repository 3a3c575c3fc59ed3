"""What a terminal shows of a report: whole figures at any width, and why rows failed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from questline.training.evaluation.compare import Comparison
from questline.training.evaluation.items import Item
from questline.training.evaluation.runner import Report
from questline.training.evaluation.table import comparison_table, report_tables

COLUMNS = ("n", "none", "gold", "retrieved", "from", "to", "recall from", "recall to", "all_gold@5")


def shown(table: RenderableType, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False)
    console.print(table)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def report(**changes: object) -> Report:
    slices = {name: dict.fromkeys(COLUMNS, 0.1234) for name in ("implicit", "a name of several long words, 中文也在内")}
    values = {"suite": "own", "metrics": {"n": 2, "by_temporal_expression_type": slices}, "intervals": {}, "failed": 0}
    return Report(**{**values, "items": [], **changes})  # pyright: ignore[reportArgumentType]  # because the values fit


@pytest.mark.requirement("eval.narrow")
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_slices_lose_no_figure_and_no_name_to_a_narrow_terminal(width: int) -> None:
    told = shown(report_tables(report()), width)
    assert "…" not in told
    assert told.count("0.1234") == 2 * len(COLUMNS)
    assert all(column in told for column in COLUMNS)
    assert max(len(line) for line in told.splitlines()) <= width
    assert told.count("by_temporal_expression_type") == (1 if width == 200 else told.count("implicit"))


@pytest.mark.requirement("eval.narrow")
def test_a_comparison_loses_none_either() -> None:
    told = shown(
        comparison_table(Comparison(a="one.json", b="two.json", shared=3, only_a=0, only_b=0, differences={})), 30
    )
    assert "one.json → two.json" in told
    assert "3 shared items" in told


@pytest.mark.requirement("eval.narrow")
def test_the_first_row_of_each_failure_says_why() -> None:
    items = [
        Item(id="q1", error="backend_unavailable", message="seer gave no answer: Connection error."),
        Item(id="q2", error="backend_unavailable", message="another"),
        Item(id="q3", error="model_refused", message="seer refused"),
    ]
    told = shown(report_tables(report(items=items, failed=3)), 120)
    assert "failed: backend_unavailable 2, model_refused 1" in told
    assert "backend_unavailable, row q1: seer gave no answer: Connection error." in told
    assert "model_refused, row q3: seer refused" in told
    assert "another" not in told
