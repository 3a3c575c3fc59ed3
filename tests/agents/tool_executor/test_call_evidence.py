"""What the evidence of a call says is read as it was written."""

from __future__ import annotations

from questline.agents.tool_executor.call_evidence import arguments_told, result_told, texts_given
from questline.types import Evidence

CALL = Evidence(id="T1:1", kind="tool", text='{"place": "Oslo", "rows": 3}\nIt rains.\nA lot.', source="w/ask")


def test_arguments_and_result_of_a_call_are_told_apart() -> None:
    assert arguments_told(CALL) == '{"place": "Oslo", "rows": 3}'
    assert result_told(CALL) == "It rains.\nA lot."
    assert texts_given(CALL) == ["Oslo"]


def test_a_passage_is_all_result_and_strange_text_gives_nothing() -> None:
    passage = Evidence(id="p", kind="passage", text="One line.\nAnother.", source="a.md")
    assert result_told(passage) == passage.text
    assert texts_given(passage) == []
