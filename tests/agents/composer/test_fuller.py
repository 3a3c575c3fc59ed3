"""The sentence of a passage that says most of a question is told, and what only shares its heading is not."""

from __future__ import annotations

import pytest

from questline.agents.composer.fuller import better
from questline.agents.composer.holding import held_of_text
from questline.agents.tool_executor.asked import asked_of
from questline.types import Evidence

pytestmark = pytest.mark.requirement("tura.probing.accounted")
FAIR = (
    "The apple fair takes place on 3 October 2031 from 14:00. Ruth Oye brings the press. The brass band plays from"
    " 17:30. Tokens for the press are sold by Milo Castel. If it rains we meet in the barn."
)
MINUTES = (
    "Present: Ada Moss (chair), Bo Hart, Ida Holt, Jun Park. Excused: Lena Voss.\n"
    "Jun Park was elected treasurer. Bo Hart stays harbour master. The fee rises from 40 to 55 on 1 January 2032."
)
WARDEN = "The warden is Omar Reed. He is in his hut on Mondays. His deputy is Ida Holt."
MILL = "The mill was built in 1890. Its miller was Hedda Moen for thirty years. It was painted red in 1931."
BOAT = "Her mast was replaced in 2017 at a cost of 41,000 kroner. She may be sailed by members."
CAMP = "The camp runs from 8 July to 15 July. The cook is Jonas Weil."
WASH = "A wash costs 1.80 euros, a drying 1.20 euros. The machines were bought in 2022 for 3,400 euros."


def told(question: str, text: str, source: str, title: str = "") -> str:
    sources = [Evidence(id="a", text=source, title=title, source="notes/fair.md")]
    found = better(asked_of(question), question, text, sources)
    return found.text if found else ""


@pytest.mark.parametrize(
    ("question", "text", "source", "title", "wanted"),
    [
        (
            "What time does the band play?",
            "The apple fair takes place on 3 October 2031 from 14:00.",
            FAIR,
            "Apple fair",
            "The brass band plays from 17:30.",
        ),
        (
            "Where do I buy tokens for the press?",
            "If it rains we meet in the barn.",
            FAIR,
            "Apple fair",
            "Tokens for the press are sold by Milo Castel.",
        ),
        ("Who is the treasurer", "Excused: Lena Voss.", MINUTES, "", "Jun Park was elected treasurer."),
        ("Who stands in for the warden?", "The warden is Omar Reed.", WARDEN, "", "His deputy is Ida Holt."),
        (
            "What did the washing machines cost?",
            "A wash costs 1.80 euros, a drying 1.20 euros.",
            WASH,
            "The laundry",
            "The machines were bought in 2022 for 3,400 euros.",
        ),
        (
            "When did the spring meeting take place?",
            "The fee rises from 40 to 55 on 1 January 2032.",
            MINUTES,
            "Minutes of the spring meeting, 11 March 2031",
            "Minutes of the spring meeting, 11 March 2031",
        ),
        # what is right stays
        ("Who brings the press?", "Ruth Oye brings the press.", FAIR, "Apple fair", ""),
        ("What does a wash cost?", "A wash costs 1.80 euros, a drying 1.20 euros.", WASH, "The laundry", ""),
        ("My son asks why the fair meets in the barn?", "If it rains we meet in the barn.", FAIR, "Apple fair", ""),
        ("乐队几点演奏？", "The brass band plays from 17:30.", FAIR, "", ""),
    ],
)
def test_the_sentence_that_says_most_of_a_question_is_told(
    question: str, text: str, source: str, title: str, wanted: str
) -> None:
    assert told(question, text, source, title) == wanted


@pytest.mark.parametrize(
    ("question", "text", "source", "wanted"),
    [
        ("Who built the mill?", "Its miller was Hedda Moen for thirty years.", MILL, "near"),
        ("When was the mill built?", "The mill was built in 1890.", MILL, "fits"),
        ("What colour is the mill?", "The mill was built in 1890.", MILL, "other"),
        ("What colour is the mill?", "It was painted red in 1931.", MILL, "fits"),
        ("Who is Jun Park?", "Present: Ada Moss (chair), Bo Hart, Ida Holt, Jun Park.", MINUTES, "other"),
        ("Who is the treasurer of the club?", "Ada Moss is the chair.", "Ada Moss is the chair.", "other"),
        ("What did the Heron cost?", "Her mast was replaced in 2017 at a cost of 41,000 kroner.", BOAT, "near"),
        ("What did her mast cost?", "Her mast was replaced in 2017 at a cost of 41,000 kroner.", BOAT, "fits"),
        ("Who paid for the camp?", "The cook is Jonas Weil.", CAMP, "near"),
        ("Who cooks at the camp?", "The cook is Jonas Weil.", CAMP, "fits"),
        ("Which hut is empty?", "Each hut may be used twice a week.", "Each hut may be used twice a week.", "near"),
        ("How many years after it was built was the mill painted?", "It was painted red in 1931.", MILL, "near"),
        ("How much more is the fee from 2032?", "The fee rises from 40 to 55 on 1 January 2032.", MINUTES, "near"),
    ],
)
def test_what_does_not_speak_of_what_is_done_or_of_the_whole_is_no_whole_answer(
    question: str, text: str, source: str, wanted: str
) -> None:
    sources = [Evidence(id="a", text=source, title="The Heron" if source == BOAT else "", source="notes/mill.md")]
    assert held_of_text(asked_of(question), question, text, sources=sources)[0] == wanted
