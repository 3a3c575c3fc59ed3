"""What almost happened did not happen; what almost all did is no denial."""

from __future__ import annotations

import pytest

from questline.tools.reading import read
from questline.types import Passage

pytestmark = pytest.mark.requirement("hostile.almost")


@pytest.mark.parametrize(
    ("question", "text", "short"),
    [
        ("Did Ada win the prize?", "Ada won the prize.", "yes"),
        ("Did Ada win the prize?", "Ada almost won the prize.", "no"),
        ("Was the bridge finished?", "The bridge was nearly finished.", "no"),
        ("Did Ada nearly win the prize?", "Ada nearly won the prize.", "yes"),
        ("Did the bridge almost collapse?", "The bridge almost collapsed.", "yes"),
        ("Is the bridge open?", "The bridge, almost 300 metres long, is open.", "yes"),
    ],
)
def test_what_almost_happened_did_not(question: str, text: str, short: str) -> None:
    passage = Passage(id="a", document_id="a", source="", title="", text=text)
    assert read(question, [passage]).short == short
