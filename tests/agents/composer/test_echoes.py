"""What a result only gives back is no answer."""

from __future__ import annotations

import pytest

from .conftest import composed, found

pytestmark = pytest.mark.requirement("mends.echoes")
ASKED = {"costume": "dragon", "day": "2031-02-03"}
QUESTION = "Who has reserved the dragon on 2031-02-03?"


@pytest.mark.parametrize(
    "result",
    [
        {"costume": "Dragon", "day": "2031-02-03", "player": None},
        {"day": "2031-02-03", "players": [], "note": ""},
        {"result": {"costume": "dragon", "player": None}},
        '{"costume": "dragon", "player": null}',
    ],
)
async def test_arguments_beside_nothing_are_no_answer(result: object) -> None:
    told = await composed(QUESTION, found(result, QUESTION, tool="wardrobe/who_reserved", arguments=ASKED))
    assert [each.code for each in told.missing] == ["not_found"]
    assert "2031-02-03" not in told.text.replace(QUESTION, "")


async def test_what_stands_beside_them_is() -> None:
    result = {"costume": "dragon", "day": "2031-02-03", "player": "Ines Vale"}
    told = await composed(QUESTION, found(result, QUESTION, tool="wardrobe/who_reserved", arguments=ASKED))
    assert not told.missing
    assert "Ines Vale" in told.text


async def test_a_result_that_is_all_of_the_arguments_stays_one() -> None:
    told = await composed("Say hello twice.", found({"text": "hello"}, "Say hello twice.", arguments={"text": "hello"}))
    assert "hello" in told.text
