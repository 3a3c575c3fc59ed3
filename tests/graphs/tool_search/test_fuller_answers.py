"""An answer of the documents is told by the sentence that says most of the question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from questline.graphs.tool_search.fuller_answers import fuller_answer
from questline.types import Answer, Citation, Evidence

pytestmark = pytest.mark.requirement("graphs2.documents-among-tools")
TEXT = "The fair takes place on 3 October 2031 from 14:00. The brass band plays from 17:30."
FIRST = "The fair takes place on 3 October 2031 from 14:00."
QUESTION = "What time does the band play?"
ANSWER = Answer(
    question=QUESTION,
    text=FIRST,
    short="14:00",
    status="complete",
    citations=(Citation(start=0, end=len(FIRST), evidence_id="a"),),
    evidence=(Evidence(id="a", kind="passage", text=TEXT, title="Apple fair", source="fair.md"),),
)


def test_the_fuller_sentence_takes_the_place_of_the_first_and_cites_its_passage() -> None:
    made = fuller_answer(ANSWER, QUESTION)
    assert made.text == "The brass band plays from 17:30."
    assert [(one.start, one.end, one.evidence_id, one.quote) for one in made.citations] == [
        (0, len(made.text), "a", made.text)
    ]


def test_what_a_model_wrote_and_what_abstains_stays() -> None:
    for kept in (replace(ANSWER, backend="llm"), replace(ANSWER, status="abstained"), replace(ANSWER, evidence=())):
        assert fuller_answer(kept, QUESTION) == kept
