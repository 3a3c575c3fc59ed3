"""A deed is done for a plain request, and for nothing else that only speaks of it."""

from __future__ import annotations

import pytest

from questline.agents.intents import split
from questline.agents.tool_planner.changing import does, may_change
from questline.agents.tool_planner.requests import Asking, asking_for
from questline.mcp_servers.gateway.definitions import ToolDefinition

from .shelf import TEXT, tool

pytestmark = pytest.mark.requirement("mends.deeds")
COSTUME = tool(
    "wardrobe", "reserve_costume", "Reserves a costume for a player on a day.",
    {"costume": TEXT, "day": {**TEXT, "description": "Day, YYYY-MM-DD"}, "player": TEXT},
)  # fmt: skip
REST = "the dragon costume for Ines on 2031-02-03"


def asked(question: str, of: ToolDefinition = COSTUME) -> list[Asking]:
    return [asking_for(of, question, text=one.text, start=one.start, end=one.end) for one in split(question).items]


@pytest.mark.parametrize(
    "question",
    [
        f"Reserve {REST}.",
        f"please reserve {REST}",
        f"Could you kindly reserve {REST}?",
        f"Would you mind reserving {REST}?",
        f"I'd like to reserve {REST}.",
        f"I want you to reserve {REST}.",
        f"Don't forget to reserve {REST}!",
        f"Make a reservation of {REST}.",
        f"When does the play open? Reserve {REST}.",
        f"What is 5 + 7, and could you reserve {REST}?",
        f"Look up when the play opens and reserve {REST}.",
        "I am Ines, please reserve the dragon for me on 2031-02-03.",
        "Reserve costume No. 5 for Ines for the day when the play opens.",
        "请帮我预订龙服给小李，2031-02-03。",
        "帮我把龙服预订给小李",
        "麻烦您预约龙服，2031-02-03",
    ],
)
def test_a_request_is_known(question: str) -> None:
    assert "request" in asked(question)


@pytest.mark.parametrize(
    ("question", "how"),
    [
        (f"Do not reserve {REST}.", "forbidden"),
        (f"Please never reserve {REST}.", "forbidden"),
        (f"I would rather not reserve {REST}.", "forbidden"),
        (f"I don't want you to reserve {REST}.", "forbidden"),
        (f"It is forbidden to reserve {REST}.", "forbidden"),
        (f"Reserve {REST}. No, don't.", "forbidden"),
        (f"Reserve {REST}. Actually, do not do that.", "forbidden"),
        ("Reserve nothing for Ines on 2031-02-03.", "forbidden"),
        (f"Don't look up the play and reserve {REST}.", "forbidden"),
        (f"Reserve {REST} unless it is taken.", "condition"),
        (f"Reserve {REST} if Omar is ill.", "condition"),
        (f"Reserve {REST} as soon as Omar has paid.", "condition"),
        (f"If the store has it, reserve {REST}.", "condition"),
        (f"Should I reserve {REST}?", "none"),
        (f"How do I reserve {REST}?", "none"),
        (f"How do I log in and reserve {REST}?", "none"),
        (f"Can players reserve {REST}?", "none"),
        (f"Is it wise to reserve {REST}", "none"),
        (f"What happens if I reserve {REST}?", "none"),
        (f"Reserve {REST}?", "none"),
        (f"Could you reserve {REST} or the crown?", "none"),
        (f"Tell me how to reserve {REST}.", "none"),
        (f"Remind me to reserve {REST}.", "none"),
        (f"Ines wants to reserve {REST}.", "none"),
        ("Ines reserved the dragon costume on 2031-02-03.", "none"),
        ("List the players who did not reserve a costume.", "none"),
        ("Who has never reserved a costume?", "none"),
        (f'The director said: "Reserve {REST}."', "none"),
        (f"Explain how players log in and reserve {REST}.", "none"),
        ("Reservation of the dragon costume on 2031-02-03", "none"),
        ("不要预订龙服", "forbidden"),
        ("别给小李预订龙服", "forbidden"),
        ("如果有空，请预订龙服", "condition"),
        ("怎么预订龙服？", "none"),
        ("我可以预订龙服吗", "none"),
        ("小李预订了龙服", "none"),
    ],
)
def test_whatever_else_speaks_of_a_deed_is_no_request(question: str, how: Asking) -> None:
    found = asked(question)
    assert "request" not in found
    assert how in found


@pytest.mark.requirement("mends.telling")
@pytest.mark.parametrize(
    ("name", "description", "tells"),
    [
        ("next_ferry", "Departures of the ferry after a time.", True),
        ("getPlayers", "", True),
        ("search", "Finds plays by title.", True),
        ("distance", "Distance between two places", True),
        ("reserve_costume", "Reserves a costume.", False),
        ("get_or_create_player", "Get or create a player.", False),
        ("check_out_script", "Check out a script.", False),
        ("cancellation", "Cancellation of a reservation", False),
        ("seats", "", False),
    ],
)
def test_what_a_tool_without_hints_says_of_itself_counts(name: str, description: str, tells: bool) -> None:
    assert may_change(tool("theatre", name, description, {})) is not tells


@pytest.mark.requirement("mends.telling")
def test_hints_count_before_words() -> None:
    assert not may_change(tool("theatre", "delete_all", "Deletes all.", {}, read_only=True))
    assert may_change(tool("theatre", "get_seats", "Gets the seats.", {}, read_only=False))
    assert does(tool("theatre", "seats", "", {}, destructive=True))
    assert not does(tool("theatre", "seats", "", {}))
