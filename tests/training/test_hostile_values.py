"""Numbers in logs and options that no float or seed can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.training.suggestion.panes import read_panes

pytestmark = pytest.mark.requirement("hostile.numbers")


@pytest.mark.parametrize("field", ["clicks", "impressions"])
def test_counts_beyond_any_float_are_refused_by_line(tmp_path: Path, field: str) -> None:
    huge = "9" * 400
    counts = {"clicks": "[1, 0]", "impressions": "9"} | {field: f"[{huge}, 0]" if field == "clicks" else huge}
    row = (
        f'{{"query": "q", "options": ["a", "b"], "clicks": {counts["clicks"]}, "impressions": {counts["impressions"]}}}'
    )
    path = tmp_path / "panes.jsonl"
    path.write_text(row, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_panes(path)
    error = caught.value
    assert (error.code, error.fields["line"], error.fields["field"]) == ("bad_log_row", 1, field)
    assert len(error.message) < 400


def test_a_seed_below_zero_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"question": "q", "answers": ["a"], "context": "a"}', encoding="utf-8")
    assert main(["eval", "reading", "--questions", str(path), "--seed", "-1"]) == 2
    assert "--seed" in capsys.readouterr().err
