"""Plans as lines of calls: what is written is what is read, however the text is cut, and what is wrong is said."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_planner.call_lines import CallStream, calls, read_call, shown_name

pytestmark = pytest.mark.requirement("graphs2.call-lines")
NAMES = st.one_of(st.sampled_from(["city", "rows", "a-b", "größe", "读"]), st.text(min_size=1, max_size=6))
TEXTS = st.text(max_size=12)
TOOLS = st.text(min_size=1, max_size=8).filter(lambda name: not set(name) & set("()[]{}"))
"""Protocol names have no brackets; one that is never closed would hold the next line."""


def _reference(call: int, way: str) -> dict[str, Any]:
    return {"$ref": f"T{call}.result{way}"}


def _read(source: dict[str, Any], kind: str, told: list[str]) -> dict[str, Any]:
    return {"$read": source, "as": kind, **dict(zip(("ask", "of"), told, strict=False))}


def _template(pieces: list[Any]) -> dict[str, Any]:
    return {"$template": pieces}


REFERENCES = st.builds(
    _reference, st.integers(1, 999), st.sampled_from(["", ".days", ".rows[0].id", '["full name"]', ".a.b[12]"])
)
READ = st.builds(_read, REFERENCES, st.sampled_from(["date", "number", "text"]), st.lists(TEXTS, max_size=2))
TEMPLATES = st.builds(_template, st.lists(st.one_of(TEXTS, REFERENCES, READ), max_size=3))
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(PLAIN, REFERENCES, READ, TEMPLATES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


def _call(number: int, tool: str, args: dict[str, Any], needs: list[int]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"T{number}", "tool": tool, "args": args}
    return {**row, "needs": needs} if needs else row


CALLS = st.builds(
    _call,
    st.integers(0, 999),
    st.one_of(st.sampled_from(["next_stop", "maps/route", "odd (name)", "天气"]), TOOLS),
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.lists(st.integers(0, 30), max_size=3),
)


def written(value: Any) -> str:
    """Write a value as a model would."""
    if isinstance(value, list):
        return f"[{', '.join(map(written, cast('list[Any]', value)))}]"
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return of_object(cast("dict[str, Any]", value))


def of_object(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return f"${value['$ref'][1:].replace('.result', '', 1)}"
    if "$read" in value:
        told = [json.dumps(value[name]) for name in ("ask", "of") if name in value]
        return f"read({', '.join([written(value['$read']), value['as'], *told])})"
    if "$template" in value:
        return f"text({', '.join(map(written, value['$template']))})"
    return f"{{{', '.join(f'{json.dumps(name)}: {written(each)}' for name, each in value.items())}}}"


def line(call: dict[str, Any]) -> str:
    given = ", ".join(f"{json.dumps(name)}={written(value)}" for name, value in call["args"].items())
    needs = f" for {', '.join(map(str, call['needs']))}" if "needs" in call else ""
    return f"{call['id'][1:]}. {shown_name(call['tool'])}({given}){needs}"


@given(rows=st.lists(CALLS, min_size=1, max_size=4), data=st.data())
def test_what_is_written_is_read_however_it_is_cut(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    text = "\n".join(map(line, rows))
    assert calls(text) == (rows, [])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    stream = CallStream()
    lines = [each for start, end in pairwise([0, *cuts, len(text)]) for each in stream.feed(text[start:end])]
    assert [read_call(each) for each in (*lines, *stream.rest())] == rows


@given(text=st.text(alphabet="1. f(a=$\"\\'[]{},:)for missing\n", max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    try:
        found = calls(text)
    except ValueError:
        return
    assert found is None or all(isinstance(row["args"], dict) for row in found[0])


@given(depth=st.integers(51, 3_000))
def test_brackets_without_end_are_an_error(depth: int) -> None:
    with pytest.raises(ValueError, match="too deep"):
        calls(f"1. f(a={'[' * depth}{']' * depth})")


def test_what_stands_around_is_passed_over_and_a_line_may_go_on_below() -> None:
    text = """Sure. 1. First I look it up (quickly):
```
Call 1: route(
    from='Lyon', to="it's $1",
)  for need 1 and 2;
missing 3: needs_input("day", hour).
Missing 4: no_tool
join()
```"""
    assert calls(text) == (
        [{"id": "T1", "tool": "route", "args": {"from": "Lyon", "to": "it's $1"}, "needs": [1, 2]}],
        [
            {"need": 3, "code": "needs_input", "fields": ["day", "hour"]},
            {"need": 4, "code": "no_tool", "fields": []},
        ],
    )
    assert calls("There is nothing to call.") is None
    assert calls('{"tasks": [{"id": "T1"}]}') is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1. f(a=Lyon)", "double quotes"),
        ("1. f(a=1 b=2)", "comma"),
        ("1. f(a=1, a=2)", "twice"),
        ("1. f(a)", "="),
        ("1. f(1)", "="),
        ("1. f(=1)", "name=value"),
        ('1. f(a="x', "does not end"),
        ("1. f(a=1) because", "write: for 1"),
        ("1. f(a=$one)", "no value"),
        ("1. f(a=read($1))", "read("),
        ("1. f(a=read($1, date, 3))", "read("),
        ("1. f(a=01)", "no value"),
        ("1. f(a=[1, 2)", "missing"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_number(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="call 1") as caught:
        calls(text)
    assert said in str(caught.value)
