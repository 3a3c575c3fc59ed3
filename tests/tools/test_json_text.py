from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from questline.tools.json_text import json_list

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@example([{",]": None}], "{}")
@given(st.lists(JSON, max_size=4), st.sampled_from(["{}", "```json\n{}\n```", "```\n{}```", "Sure, here: {} Done."]))
def test_any_list_is_found_bare_fenced_or_amid_words(value: list[object], frame: str) -> None:
    plain = json.dumps(value).replace("`", "\\u0060")

    assert json_list(frame.replace("{}", plain)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 3,]", [1, 3]),
        ("['When?', 'It\\u2019s where?']", ["When?", "It’s where?"]),
        ("[“a”, “b”]", ["a", "b"]),
        ('{"ids": [2]}', [2]),
        ('{"question": "a"}\n{"question": "b"}', [{"question": "a"}, {"question": "b"}]),
        ("[see below] [4]", [4]),
        ('[{",]": ",}"},]', [{",]": ",}"}]),
        ('As "they said: [1, 2,]', [1, 2]),
    ],
)
def test_what_models_get_wrong_is_mended(text: str, value: list[object]) -> None:
    assert json_list(text) == value


@pytest.mark.parametrize("text", ["", "none of them", "[1, 2", "{", "[" * 30_000, "null"])
def test_a_text_without_a_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JSON list"):
        json_list(text)


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(json_list(text), list)
