"""Checkpoints give back exactly what went in, and build nothing else."""

from __future__ import annotations

import datetime as dt
from enum import Enum

import ormsgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.types import Send

from questline.agents.contract import Draft, SubAnswer, SubQuestion
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS
from questline.errors import RunError
from questline.graphs.adaptive_rag.serde import ValueSerializer
from questline.graphs.adaptive_rag.state import PartResult
from questline.types import AnswerWarning, Citation, LedgerEntry, Message, Passage, Task, Usage

SERDE = ValueSerializer()
TEXT = st.text(max_size=20)
USAGE = st.builds(Usage, calls=st.integers(0, 9), usd=st.floats(0, 1), seconds=st.floats(0, 9))
DRAFTS = st.builds(
    Draft,
    text=TEXT,
    short=TEXT,
    citations=st.lists(st.builds(Citation, start=st.integers(0, 9), end=st.integers(0, 9), evidence_id=TEXT)).map(
        tuple
    ),
    confidence=st.floats(0, 1),
)
VALUES = st.one_of(
    DRAFTS,
    USAGE,
    st.sampled_from(TOP_WORKFLOWS),
    st.builds(LedgerEntry, step=TEXT, usage=USAGE),
    st.builds(
        Passage, id=TEXT, document_id=TEXT, source=TEXT, title=TEXT, text=TEXT, metadata=st.dictionaries(TEXT, TEXT)
    ),
    st.builds(Task, id=TEXT, intent=TEXT, depends_on=st.lists(TEXT).map(tuple)),
    st.builds(SubAnswer, question=TEXT, draft=DRAFTS),
    st.builds(SubQuestion, text=TEXT, depends_on=st.lists(st.integers(1, 4)).map(tuple)),
    st.builds(PartResult, number=st.integers(1, 4), question=TEXT, task=TEXT, status=st.just("done"), draft=DRAFTS),
    st.builds(Message, role=st.just("user"), content=TEXT),
    st.builds(AnswerWarning, code=TEXT, message=TEXT),
)
NESTED = st.recursive(
    VALUES | st.none() | st.booleans() | TEXT | st.binary(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.requirement("checkpoint.exact")
@given(NESTED)
def test_every_value_comes_back_equal_and_of_the_same_type(value: object) -> None:
    back = SERDE.loads_typed(SERDE.dumps_typed(value))
    assert back == value
    assert type(back) is type(value)


def test_what_langgraph_stores_beside_the_values_comes_back() -> None:
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    value = {"sends": [Send("part", {"steps": (1, 2)})], "at": now, "seen": {1, 2}}
    assert SERDE.loads_typed(SERDE.dumps_typed(value)) == value


class Colour(Enum):
    RED = "red"


@pytest.mark.requirement("checkpoint.safe")
def test_no_other_type_is_built() -> None:
    back = SERDE.loads_typed(SERDE.dumps_typed(Colour.RED))
    assert (type(back), back) == (str, "red")
    with pytest.raises(TypeError):
        SERDE.dumps_typed(object())
    forged = ormsgpack.packb(ormsgpack.Ext(2, ormsgpack.packb(["Popen", {"args": "true"}])))
    for data in (("questline-1", forged), ("pickle", b""), ("questline-1", b"\xc1")):
        with pytest.raises(RunError) as caught:
            SERDE.loads_typed(data)
        assert caught.value.code == "damaged_index"
