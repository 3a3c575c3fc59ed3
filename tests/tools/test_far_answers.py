"""An answer at the end of a passage of ten thousand tokens is read, ranked, selected and summarized all the same."""

from __future__ import annotations

import pytest

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.ranking.embedded import EmbeddedRanker
from questline.tools.reading import read
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.summarization import summarize
from questline.types import Passage

ASKED = "When was the lighthouse of Velmora first lit?"
ANSWER = "Its lighthouse was lit for the first time on 3 May 1874, before a great crowd."
FILLER = " ".join(
    f"In year {n} of the chronicle the council of Velmora met {n % 7} times and spoke of roads, bread and the market."
    for n in range(1, 420)
)
LONG = f"The chronicle of Velmora was kept by its clerks. {FILLER} {ANSWER}"
OTHERS = (
    "The lighthouse of Velmora is painted white, and its keeper grows roses.",
    "Lighthouses are lit at dusk.",
    "Red clay tiles cover the roofs of the old town.",
)


@pytest.fixture(scope="module")
def given() -> list[Passage]:
    texts = (*OTHERS, LONG)
    return [Passage(id=f"p{n}", document_id=f"p{n}", source="notes", title="", text=t) for n, t in enumerate(texts)]


@pytest.fixture(scope="module")
def model() -> CrossEncoder:
    return CrossEncoder.load()


@pytest.mark.requirement("embedded.far-answers")
def test_the_passage_has_ten_thousand_tokens() -> None:
    assert Encoder.load().tokens(LONG) > 10_000


@pytest.mark.requirement("embedded.far-answers")
@pytest.mark.parametrize("reads", ["words", "models"])
def test_it_is_read_at_the_end(given: list[Passage], model: CrossEncoder, reads: str) -> None:
    found = read(ASKED, given, cross_encoder=model if reads == "models" else None)
    assert "1874" in found.short
    assert [each.quote for each in found.citations] == [ANSWER]


@pytest.mark.requirement("embedded.far-answers")
async def test_it_is_ranked_first(given: list[Passage]) -> None:
    ranking = await EmbeddedRanker.load().rank(ASKED, given)
    assert ranking.ids[0] == "p3"
    assert ranking.items[0].warnings == ("truncated",)


@pytest.mark.requirement("embedded.far-answers")
async def test_it_is_selected_with_its_sentence_as_evidence(given: list[Passage]) -> None:
    selection = await EmbeddedSelector.load().select(ASKED, given)
    (member,) = [each for each in selection.members if each.id == "p3"]
    assert member is selection.members[0]
    assert member.truncated
    assert any("1874" in span.text for span in member.spans)
    assert all(LONG[span.start : span.end] == span.text for span in member.spans)
    assert "1874" in selection.answer


@pytest.mark.requirement("embedded.far-answers")
def test_it_is_in_the_summary(model: CrossEncoder) -> None:
    assert "1874" in summarize(ASKED, LONG, max_sentences=1, cross_encoder=model).text
