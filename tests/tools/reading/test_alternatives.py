"""A reading tells what else could be the answer, how sure that is, and how many passages say it."""

from __future__ import annotations

import pytest

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.reading import ReadCandidate, Reading, read
from questline.types import Citation, Passage

BUILT = "When was the lighthouse of Velmora built?"
TEXTS = (
    "The lighthouse of Velmora was built in 1874.",
    "The old guide says that the lighthouse of Velmora was built in 1902.",
    "The lighthouse of Velmora was built in 1874, says the survey.",
)
MODELS = [None, CrossEncoder.load()]


def passages(*texts: str) -> list[Passage]:
    return [Passage(id=f"p{n}", document_id=f"p{n}", source="notes", title="", text=t) for n, t in enumerate(texts)]


def told(found: Reading) -> dict[str, ReadCandidate]:
    return {each.text: each for each in found.candidates}


@pytest.mark.requirement("embedded.reading-candidates")
@pytest.mark.parametrize("model", MODELS, ids=["words", "models"])
def test_the_other_value_is_told_with_its_agreement_and_its_place(model: CrossEncoder | None) -> None:
    found = read(BUILT, passages(*TEXTS), cross_encoder=model)
    first, *_ = found.candidates
    assert (first.text, first.confidence) == (found.short, found.confidence)
    assert found.short == "1874"
    other = told(found)["1902"]
    assert (first.agreement, other.agreement) == (2, 1)
    assert 0 < other.confidence < first.confidence
    assert other.citation == Citation(start=0, end=4, evidence_id="p1", quote=TEXTS[1])


@pytest.mark.requirement("embedded.reading-candidates")
@pytest.mark.parametrize("model", MODELS, ids=["words", "models"])
def test_candidates_fall_are_few_and_stand_in_what_they_quote(model: CrossEncoder | None) -> None:
    text = "Ann Ruun, Bo Salas, Cy Marlow, Di Brandt, Ed Quill and Flo Vane built the bridge of Velmora in 1874."
    found = read("Who built the bridge of Velmora?", passages(text), cross_encoder=model)
    assert 1 <= len(found.candidates) <= 5
    sure = [each.confidence for each in found.candidates]
    assert sure == sorted(sure, reverse=True)
    assert all(each.text in each.citation.quote and each.citation.quote in text for each in found.candidates)
    assert len(told(found)) == len(found.candidates)


@pytest.mark.requirement("embedded.reading-candidates")
def test_an_abstention_has_none_and_a_verdict_has_itself() -> None:
    assert read("Who won the cup in Serin?", passages("Bread is baked at night.")).candidates == ()
    found = read("Is the tower of Velmora open to visitors?", passages("The tower of Velmora is open to visitors."))
    assert [(each.text, each.confidence) for each in found.candidates] == [("yes", found.confidence)]


@pytest.mark.requirement("embedded.reading-candidates")
def test_a_scaled_reading_scales_its_candidates() -> None:
    found = read(BUILT, passages(*TEXTS))
    half = found.scaled(0.5)
    assert half.confidence == 0.5 * found.confidence == half.candidates[0].confidence
    assert [each.text for each in half.candidates] == [each.text for each in found.candidates]
