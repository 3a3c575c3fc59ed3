"""The audit of labels and their corrections."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.training.temporal.test_known_sets import CHRONO, written

from questline.training.evaluation.temporal import audit as auditing
from questline.training.evaluation.temporal.audit import DEFECTS, Correction, audit, corrected, corrections
from questline.training.evaluation.temporal.known_sets import TAXONOMY, read_timed
from questline.training.evaluation.temporal.scorer import score

ORDER: dict[str, Any] = CHRONO | {
    "id": "order",
    "question": "雾山索道检修和银山书展开幕哪个事件更早发生？",
    "answer": "银山书展开幕",
    "temporal_type": "aggregate",
    "reference_document_count": "multiple",
    "golden_chunks": ["2021年5月3日，雾山索道检修。", "2021年8月9日，银山书展开幕。"],
}
SAME: dict[str, Any] = ORDER | {
    "id": "same",
    "question": "雾山索道检修和银山书展开幕是在同一年发生的吗？",
    "answer": "不是",
    "answer_type": "judgement",
}


@pytest.mark.requirement("temporal-eval.audit")
def test_each_defect_is_found_and_a_sound_row_is_left(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        CHRONO | {"question_date": "2024-08-03"},
        CHRONO | {"id": "padded", "question": "云门何时合龙？"},
        CHRONO | {"id": "model", "question": "云门何时？", "question_date": "some-model-7b"},
        CHRONO | {"id": "twice", "question_date": "2024-08-03"},
        CHRONO | {"id": "several", "question": "去年云门？", "question_date": "2024-08-03", "temporal_type": "relative",
                  "reference_document_count": "multiple"},
        CHRONO | {"id": "open", "question": "云门如何？", "question_date": "2024-08-03", "answer_type": "judgement"},
        ORDER | {"question_date": "2024-08-03"},
        SAME | {"question_date": "2024-08-03"},
        SAME | {"id": "sound", "question_date": "2024-08-03", "answer": "是的", "question": SAME["question"] + " "
                "请回答。"},
    ]  # fmt: skip
    found = audit(read_timed(written(tmp_path, *rows)))
    assert {(each.id, each.kind) for each in found.defects} == {
        ("padded", "not_padded"),
        ("model", "no_day"),
        ("twice", "duplicate"),
        ("several", "relative_multiple"),
        ("several", "one_gold_text"),
        ("open", "no_yes_or_no"),
        ("order", "evidence"),
        ("same", "evidence"),
    }
    assert all(each.kind in DEFECTS for each in found.defects)
    assert found.judgements == {"yes": 1, "no": 1, "other": 1}
    assert found.corrected == ()


@pytest.mark.requirement("temporal-eval.overlay")
def test_a_correction_is_for_one_text_and_changes_one_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timed = read_timed(written(tmp_path, ORDER, SAME))
    mark = {row["id"]: hashlib.sha256(row["question"].encode()).hexdigest()[:12] for row in (ORDER, SAME)}
    given = (
        Correction(id="order", rule="order", reason="x", question=mark["order"], span=(0, 6)),
        Correction(
            id="order", rule="count", reason="x", question=mark["order"], field="temporal_type", value="absolute"
        ),
        Correction(id="same", rule="same", reason="x", question="0" * 12, value="是的"),
    )
    monkeypatch.setattr(auditing, "corrections", lambda: given)
    right = corrected(timed.questions)
    assert list(right) == ["order"]
    assert (right["order"].answers, right["order"].fields["temporal_type"]) == (("雾山索道检修",), "absolute")
    assert score("雾山索道检修", right["order"]).correct is True
    assert score("雾山索道检修", timed.questions[0]).correct is False


@pytest.mark.requirement("temporal-eval.overlay")
def test_the_corrections_of_the_package_have_their_evidence_and_no_text_of_the_data() -> None:
    found = corrections()
    assert {"chrono-462", "chrono-487", "chrono-2466", "chrono-4151"} <= {each.id for each in found}
    assert len({(each.id, each.field) for each in found}) == len(found)
    for each in found:
        assert each.rule in {"order", "same", "year", "count"}
        assert len(each.reason) > 10
        assert each.reason.isascii()
        assert (each.span is None) != (each.value == "")
        assert each.value in {"", "是的", "不是", "single", "aggregate"}
        assert each.field in {"answer", *TAXONOMY}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.requirement("temporal-eval.overlay", "temporal-eval.scorer")
def test_every_gold_answer_of_the_part_is_right_and_every_correction_fits(data_dir: Path) -> None:
    timed = read_timed(data_dir / "temporal" / "chronoqa_part.jsonl.gz")
    assert [each.id for each in timed.questions if score(each.answers[0], each).correct is not True] == []
    right = corrected(timed.questions)
    assert len(right) == len({each.id for each in corrections()})
    by_id = {each.id: each for each in timed.questions}
    for name, item in right.items():
        assert score(item.answers[0], item).correct is True
        if item.answers != by_id[name].answers:
            assert score(item.answers[0], by_id[name]).correct is not True, name
