"""A list that is never closed was cut off, whatever the server says about it."""

from __future__ import annotations

import pytest

from questline.tools.selection.written import read

pytestmark = pytest.mark.requirement("hostile.list-breaks-off")


@pytest.mark.parametrize("text", ["Answer: x\nSelection: [2, 1", "[2, 1", "Selection:\n[", "Selection: [[2], [1"])
def test_an_open_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Selection"):
        read(text, 12)


@pytest.mark.parametrize("text", ["Selection: [2, 1]", "Selection: 2, 1", "[2], [1]", "Selection: [2, 1]."])
def test_a_whole_list_is_read(text: str) -> None:
    assert read(text, 12).members == (2, 1)
