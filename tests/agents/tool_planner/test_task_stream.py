"""Tasks that are read while a model still writes them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.task_stream import TaskStream

pytestmark = pytest.mark.requirement("tura.planner.stream")
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)
TASKS = st.lists(st.dictionaries(st.sampled_from(["id", "args", "tasks", 'a"b', "]}"]), VALUES, max_size=3), max_size=4)


def fed(pieces: list[str]) -> list[dict[str, Any]]:
    stream = TaskStream()
    return [task for piece in pieces for task in stream.feed(piece)]


@given(tasks=TASKS, rest=VALUES, data=st.data(), indent=st.sampled_from([None, 1]), around=st.booleans())
def test_every_cut_of_the_stream_gives_the_same_tasks(
    tasks: list[dict[str, Any]], rest: object, data: st.DataObject, indent: int | None, around: bool
) -> None:
    text = json.dumps({"missing": rest, "tasks": tasks, "more": [rest]}, indent=indent, ensure_ascii=False)
    text = f"Here it is: 'x'\n```json\n{text}\n```" if around else text
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    assert fed(pieces) == fed([text]) == fed(list(text)) == tasks


@given(tasks=TASKS.filter(bool), data=st.data())
def test_a_stream_that_breaks_off_gives_the_whole_tasks_before(
    tasks: list[dict[str, Any]], data: st.DataObject
) -> None:
    text = json.dumps({"tasks": tasks, "missing": []})
    end = data.draw(st.integers(0, len(text)))
    found = fed([text[:end]])
    assert found == tasks[: len(found)]
    assert fed([text]) == tasks


@given(text=st.text(alphabet='[]{}":,\\ tasks1', max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert all(isinstance(task, dict) for task in fed(list(text)))


def test_a_bare_list_is_read_and_a_task_is_told_before_the_end() -> None:
    stream = TaskStream()
    assert stream.feed('[{"id": "T1", "args": {"a": "]}"') == []
    assert stream.feed("}}") == [{"id": "T1", "args": {"a": "]}"}}]
    assert stream.feed(', {"id": "T2"}]') == [{"id": "T2"}]
    assert stream.feed('{"tasks": [{"id": "T3"}]}') == []
