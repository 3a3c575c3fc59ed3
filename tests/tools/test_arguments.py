"""Whatever an entry of the tools is given, the answer is a result or a `UsageError` that names the argument."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.budget import Budget
from questline.errors import CODES, UsageError
from questline.testing import SimulatedJudge, SimulatedSelectionJudge
from questline.tools.arguments import check_number, check_passages, check_texts, check_whole
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.cross_encoder_cache import RecentPairs
from questline.tools.models.encoder import Encoder
from questline.tools.ranking.embedded import EmbeddedRanker
from questline.tools.ranking.listwise import ListwiseRanker
from questline.tools.reading import combine, read
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.selection.sliding import SlidingSelector
from questline.tools.suggestion.suggester import Suggester
from questline.tools.summarization import QuerySummarizer, Source, summarize, verify
from questline.types import Passage

Q: Final = "When was the lighthouse of Velmora lit?"
TEXT: Final = "The lighthouse of Velmora was lit in 1874."
PASSAGE: Final = Passage(id="a", document_id="a", source="notes", title="", text=TEXT)
NAN: Final = float("nan")


class _Opaque:
    def __repr__(self) -> str:
        return "<something>"


def bad_passage(**fields: object) -> list[Passage]:
    return [replace(PASSAGE, **fields)]  # pyright: ignore[reportArgumentType]  # because that is the mistake


ODD: Final[tuple[object, ...]] = (
    None,
    3,
    -1,
    2.5,
    NAN,
    float("inf"),
    True,
    "text",
    b"bytes",
    [None],
    [3],
    [""],
    {},
    {"a": 1},
    _Opaque(),
)
"""Values of every kind; each entry can use some of them for some argument."""
_OBJECTS: Final = (3, -1, 2.5, NAN, True, "text", b"bytes", [None], {"a": 1}, _Opaque())
NEVER: Final[Mapping[str, tuple[object, ...]]] = {
    "text": (None, 3, 2.5, True, b"bytes", [None], ["text"], {}, _Opaque()),
    "texts": (None, 3, 2.5, True, "text", b"bytes", [None], ["a", 3], {"a": 1}, _Opaque()),
    "passages": (
        *(None, 3, 2.5, True, "text", b"bytes", [None], [3], [TEXT], {"a": 1}, _Opaque()),
        *(bad_passage(**{name: None}) for name in ("id", "document_id", "source", "title", "text", "score")),
        *(bad_passage(**{name: 3}) for name in ("title", "text", "date")),
        *(bad_passage(score=score) for score in ("3", True, None)),
    ),
    "flag": (None, 3, 2.5, "text", b"bytes", [None], {}, _Opaque()),
    "whole": (0.5, -1, NAN, True, "3", b"3", [3], {}, _Opaque()),
    "number": (-1, NAN, float("inf"), True, "0.5", [0.5], {}, _Opaque()),
    "object": _OBJECTS,
    "text or none": (3, 2.5, True, b"bytes", [None], {}, _Opaque()),
    "texts or none": (3, 2.5, True, "text", b"bytes", [None], {"a": 1}, _Opaque()),
    "choice": (3, 2.5, True, "loud", b"bytes", [None], {}, _Opaque()),
    "document": (None, 3, 2.5, True, [None], [3], {"a": 1}, _Opaque(), Source(text=None), Source(text=TEXT, date=3)),  # pyright: ignore[reportArgumentType]  # because those are the mistakes
    "pairs": (None, 3, True, "text", [None], [3], ["text"], [("a",)], [("a", None)], {"a": 1}, _Opaque()),
    "summary": (None, *_OBJECTS),
}
"""By kind of argument, values that no entry can use."""


@dataclass(frozen=True)
class Entry:
    call: Callable[..., Any]
    arguments: Mapping[str, tuple[str, object]]
    """By name, its kind and a value that can be used."""


RANKED: Final = {
    "query": ("text", Q),
    "passages": ("passages", [PASSAGE]),
    "top_n": ("whole", 1),
    "budget": ("object", None),
}
SELECTED: Final = {
    "question": ("text", Q),
    "passages": ("passages", [PASSAGE]),
    "max_set": ("whole", 1),
    "tau": ("number", 0.5),
    "answer": ("flag", True),
    "spans": ("flag", True),
    "budget": ("object", Budget()),
}
SUMMARIZED: Final = {
    "query": ("text", Q),
    "document": ("document", TEXT),
    "title": ("text", ""),
    "max_sentences": ("whole", None),
    "max_chars": ("whole", None),
    "max_words": ("whole", None),
    "style": ("choice", "extractive"),
    "min_answerability": ("number", None),
    "fallback": ("choice", ""),
}
JUDGED: Final = {"question": ("text", Q), "texts": ("texts", [TEXT]), "titles": ("texts or none", None)}
MODEL: Final = CrossEncoder.load()
ENTRIES: Final = {
    "read": Entry(
        read,
        {
            "question": ("text", Q),
            "passages": ("passages", [PASSAGE]),
            "encoder": ("object", None),
            "cross_encoder": ("object", None),
            "give_up": ("flag", True),
        },
    ),
    "combine": Entry(combine, {"question": ("text", Q), "steps": ("pairs", [("a", "b")])}),
    "EmbeddedRanker.rank": Entry(EmbeddedRanker().rank, RANKED),
    "ListwiseRanker.rank": Entry(ListwiseRanker(SimulatedJudge({})).rank, RANKED),
    "EmbeddedSelector.select": Entry(EmbeddedSelector().select, SELECTED),
    "SlidingSelector.select": Entry(SlidingSelector(SimulatedSelectionJudge({})).select, SELECTED),
    "summarize": Entry(
        summarize,
        {
            **SUMMARIZED,
            "seconds": ("number", None),
            "encoder": ("object", None),
            "cross_encoder": ("object", None),
        },
    ),
    "QuerySummarizer.summarize": Entry(QuerySummarizer().summarize, {**SUMMARIZED, "meter": ("object", None)}),
    "verify": Entry(verify, {"summary": ("summary", summarize(Q, TEXT)), "document": ("document", TEXT)}),
    "Suggester.suggest": Entry(
        Suggester().suggest,
        {
            "history": ("texts", [Q]),
            "answer": ("object", None),
            "k": ("whole", 3),
            "kind": ("choice", "auto"),
            "meter": ("object", None),
            "subject": ("text or none", None),
        },
    ),
    "CrossEncoder.score": Entry(MODEL.score, {**JUDGED, "batch_size": ("whole", 1)}),
    "CrossEncoder.judge": Entry(MODEL.judge, {**JUDGED, "spans": ("whole", 1)}),
    "CrossEncoder.fits": Entry(MODEL.fits, {"question": ("text", Q), "text": ("text", TEXT)}),
    "CrossEncoder.load": Entry(CrossEncoder.load, {"threads": ("whole", 1)}),
    "RecentPairs.judge": Entry(RecentPairs(MODEL).judge, {**JUDGED, "spans": ("whole", 1)}),
    "Encoder.encode": Entry(
        Encoder.load().encode,
        {"texts": ("texts", [TEXT]), "batch_size": ("whole", 1), "progress": ("object", None)},
    ),
    "Encoder.tokens": Entry(Encoder.load().tokens, {"text": ("text", TEXT)}),
    "Encoder.load": Entry(Encoder.load, {"threads": ("whole", 1)}),
}
CASES: Final = [(name, argument) for name, entry in ENTRIES.items() for argument in entry.arguments]


def called(name: str, argument: str, value: object) -> object:
    entry = ENTRIES[name]
    given = {each: usable for each, (_, usable) in entry.arguments.items()} | {argument: value}
    found: object = entry.call(**given)
    return asyncio.run(found) if inspect.iscoroutine(found) else found


@pytest.mark.requirement("embedded.bad-values")
@pytest.mark.parametrize(("name", "argument"), CASES)
def test_what_cannot_be_used_is_a_usage_error_that_names_it(name: str, argument: str) -> None:
    kind, _ = ENTRIES[name].arguments[argument]
    for value in NEVER[kind]:
        with pytest.raises(UsageError) as caught:
            called(name, argument, value)
        error = caught.value
        assert error.code in CODES
        assert not error.retryable
        named = str(error.fields["argument"]) if "argument" in error.fields else "passages"
        assert named.partition("[")[0] == argument, value
        assert argument in error.message


@pytest.mark.requirement("embedded.bad-values")
@pytest.mark.parametrize(("name", "argument"), CASES)
def test_no_value_at_all_is_an_error_of_another_kind(name: str, argument: str) -> None:
    for value in ODD:
        with suppress(UsageError):
            called(name, argument, value)


@pytest.mark.requirement("embedded.bad-values")
def test_the_place_in_a_list_is_told() -> None:
    with pytest.raises(UsageError) as caught:
        check_texts("texts", ["a", None])
    assert (caught.value.code, caught.value.fields) == ("bad_argument", {"argument": "texts", "index": 1})
    with pytest.raises(UsageError) as caught:
        check_passages([PASSAGE, replace(PASSAGE, title=None)])  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert (caught.value.code, caught.value.fields) == ("bad_document", {"argument": "passages", "index": 1})
    assert "passages[1].title" in caught.value.message


@pytest.mark.requirement("embedded.bad-values")
@given(st.lists(st.text()), st.integers(), st.floats())
def test_what_can_be_used_comes_back(texts: list[str], number: int, real: float) -> None:
    assert check_texts("texts", texts) == check_texts("texts", iter(texts)) == tuple(texts)
    assert check_whole("n", number, low=number) == number
    if 0 <= real < float("inf"):
        check_number("x", real, low=0)
    else:
        with pytest.raises(UsageError):
            check_number("x", real, low=0)
