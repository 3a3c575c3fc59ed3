"""Whatever is composed: every sentence is cited or is a note, and every span is exact."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.agents.composer.contract import Missing
from questline.agents.composer.faithfulness import unsupported
from questline.agents.intents.values import Intent, Intents

from .conftest import composed, found, table

pytestmark = pytest.mark.requirement("tura.comp.cited")
QUESTIONS = (
    "How many passengers can the ferry take?",
    "Who wrote it?",
    "What is the length of the boat?",
    "渡轮能坐多少人？",
    "list the boats",
    "Is it open?",
)
CELLS = st.one_of(
    st.integers(-(10**7), 10**7),
    st.floats(-(10**6), 10**6, allow_nan=False),
    st.booleans(),
    st.none(),
    st.sampled_from(
        ["Judith Marlow", "2027-03-14", "Monday", "2026-11-26T17:39:14+03:00", "林晚秋", "E47", "a. b", ""]
    ),
    st.text(max_size=20),
)
RESULTS = st.one_of(
    CELLS,
    st.dictionaries(
        st.sampled_from(["value", "unit", "passengers", "author", "length_m", "zone", "x"]), CELLS, max_size=4
    ),
    st.lists(st.tuples(CELLS, CELLS), max_size=15).map(lambda rows: table(["boat", "seats"], *rows)),
    st.lists(st.dictionaries(st.sampled_from(["name", "count"]), CELLS, min_size=1, max_size=2), max_size=4),
    st.recursive(
        CELLS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)
PARTS = st.tuples(st.sampled_from(QUESTIONS), st.lists(RESULTS, max_size=2))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(QUESTIONS), st.lists(RESULTS, max_size=2)), min_size=1, max_size=3),
    st.booleans(),
)
def test_every_sentence_is_cited_and_borne_or_says_what_is_missing(
    parts: list[tuple[str, list[object]]], lost: bool
) -> None:
    question = " ".join(text for text, _ in parts)
    items = tuple(Intent(text=text, start=0, end=len(text)) for text, _ in parts)
    findings = [
        found(result, text, task=f"T{place}{number}", intents=[place])
        for place, (text, results) in enumerate(parts)
        for number, result in enumerate(results)
    ]
    missing = [Missing(intent=0, text=parts[0][0], code="tool_failed", server="harbour")] if lost else []
    done = asyncio.run(composed(question, *findings, missing=missing, intents=Intents(items=items)))

    by_id = {each.id: each for each in done.evidence}
    spans = {(each.start, each.end) for each in done.citations}
    assert all(0 <= start < end <= len(done.text) for start, end in spans)
    assert all(each.evidence_id in by_id for each in done.citations)
    assert all(done.text[note.start : note.end] == note.text for note in done.notes)
    notes = [(note.start, note.end) for note in done.notes]
    for start, end in spans - set(notes):
        cited = [by_id[each.evidence_id] for each in done.citations if (each.start, each.end) == (start, end)]
        assert unsupported(done.text[start:end], cited, question=question) == ()
    outside = list(done.text)
    for start, end in [*spans, *notes]:
        outside[start:end] = " " * (end - start)
    assert not "".join(outside).strip()
    assert set(done.answered).isdisjoint({each.intent for each in done.missing})
    assert set(done.answered) | {each.intent for each in done.missing} == set(range(len(parts)))
