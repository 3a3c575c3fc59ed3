"""Searching: modes, filters, other scripts, mentions, and readers beside a writer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from questline.errors import RunError, UsageError
from questline.tools.retrieval.analyze import analyze
from questline.tools.retrieval.documents import Document
from questline.tools.retrieval.fusion import combine, standard_scores
from questline.tools.retrieval.index import DocumentIndex
from questline.tools.retrieval.mentions import mention_of, mentions_in_query, mentions_in_text
from questline.tools.retrieval.ranking import Mode
from questline.types import Filters

if TYPE_CHECKING:
    from .conftest import HashEncoder


@pytest.mark.requirement("retrieval.hybrid")
@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
async def test_each_mode_finds_the_passage_with_the_words(library: DocumentIndex, mode: str) -> None:
    found = await library.search("sourdough bread in a cold kitchen", k=2, mode=mode)  # pyright: ignore[reportArgumentType]  # because parametrize gives str
    assert found[0].source == "docs/bread.txt"


@pytest.mark.requirement("retrieval.mentions")
async def test_what_the_best_passage_names_is_found_too(library: DocumentIndex) -> None:
    """The second hop shares no word with the question: only the first passage names her."""
    question = "Where was the pilot of the harbour of Vessby born?"
    found = await library.search(question, k=2)
    assert [passage.source for passage in found] == ["docs/harbour.md", "docs/people/holt.md"]


@pytest.mark.requirement("retrieval.mentions")
async def test_a_title_in_the_question_brings_its_passage_first(index: DocumentIndex) -> None:
    index.add(
        [
            Document(id="film", title="The Long Shore", text="A drama released in 1974 and directed by two brothers."),
            *(Document(id=f"s{n}", text="The long shore at low tide, a long walk by the shore.") for n in range(4)),
            *(Document(id=f"o{n}", text=f"An unrelated note about kettle number {n}.") for n in range(30)),
        ]
    )
    assert (await index.search("when was the long shore released", k=1))[0].document_id == "film"


def test_mentions_are_whole_runs_of_words() -> None:
    assert mention_of("Guide > Mercury (planet)") == "mercury"
    assert mention_of("a title of far too many words to be mentioned anywhere") == ""
    assert "st mary abbey" in mentions_in_query("who built St. Mary's Abbey")
    runs = mentions_in_text("He met Runa Holt's brother in 北京 yesterday.")
    assert {"runa holt", "runa holt brother", "北 京"} <= runs
    assert "brother" not in runs


@pytest.mark.requirement("retrieval.filters")
async def test_filters_leave_k_results_when_k_match(index: DocumentIndex) -> None:
    index.add(
        Document(
            id=f"d{n}",
            text=f"The ferry timetable number {n}.",
            source=f"box{n % 2}/d{n}",
            date=f"20{n % 20:02d}-01-01" if n % 5 else None,
        )
        for n in range(400)
    )
    for mode in ("hybrid", "lexical", "dense"):
        inside = await index.search("ferry timetable", k=150, filters=Filters(sources=("box1",)), mode=mode)
        assert len(inside) == 150
        assert all(passage.source.startswith("box1/") for passage in inside)
        one = await index.search("ferry timetable", k=5, filters=Filters(sources=("box0/d8", "box0/d9")), mode=mode)
        assert [passage.source for passage in one] == ["box0/d8"]
        dated = Filters(date_from="2003-01-01", date_to="2003-12-31", undated=False)
        found = await index.search("ferry timetable", k=400, filters=dated, mode=mode)
        assert {passage.date for passage in found} == {"2003-01-01"}
        assert len(found) == 20
        with_undated = await index.search("ferry", k=400, filters=Filters(date_from="2019-01-01"), mode=mode)
        assert {passage.date for passage in with_undated} == {"2019-01-01", None}
        assert len(with_undated) == 20 + 80


async def test_a_filter_by_origin_finds_rows_of_a_file(index: DocumentIndex, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"id": "{name}", "text": "the same text"}}\n')
    index.ingest([tmp_path / "one.jsonl", tmp_path / "two.jsonl"])
    found = await index.search("same text", k=5, filters=Filters(sources=("two.jsonl",)))
    assert [passage.id for passage in found] == ["two"]


@pytest.mark.requirement("retrieval.bad-input")
async def test_wrong_arguments_are_usage_errors(library: DocumentIndex) -> None:
    for arguments in (
        {"k": 0},
        {"k": 1, "mode": "magic"},
        {"k": 1, "filters": Filters(date_from="last week")},
        {"k": 1, "filters": Filters(date_to="2024-13-01")},
    ):
        with pytest.raises(UsageError) as caught:
            await library.search("x", **arguments)  # pyright: ignore[reportArgumentType]  # because the values are wrong on purpose
        assert caught.value.code == "bad_argument"


@pytest.mark.requirement("retrieval.cjk")
async def test_chinese_is_found_by_one_and_two_characters_without_the_encoder(
    index: DocumentIndex, encoder: HashEncoder
) -> None:
    index.add(
        [
            Document(id="bj", title="北京", text="北京是中国的首都，人口超过两千万。"),
            Document(id="sh", title="上海", text="上海是中国最大的港口城市。"),
            Document(id="en", title="Tea", text="Tea is grown on the hills."),
        ]
    )
    assert encoder.encoded == ["Tea\nTea is grown on the hills."]
    assert index.check().waiting == 0
    found = await index.search("中国的首都是哪里", k=2)
    assert found[0].document_id == "bj"
    assert len(encoder.encoded) == 1
    assert [passage.document_id for passage in await index.search("港口", k=1, mode="dense")] == ["sh"]


def test_terms_are_stemmed_folded_and_free_of_stop_words() -> None:
    assert analyze("The Pilots' charts, Holt's and Zéphyrine") == ["pilot", "chart", "holt", "zephyrin"]
    assert analyze("在北京 x") == ["在", "在北", "北", "北京", "京", "x"]
    assert analyze("a" * 65) == []


@pytest.mark.requirement("retrieval.concurrent")
async def test_searches_run_while_documents_are_added(library: DocumentIndex) -> None:
    async def write() -> None:
        for n in range(12):
            await asyncio.to_thread(library.add, [Document(id=f"new{n}", text=f"Fresh harbour note {n}.")])

    async def read() -> None:
        for _ in range(40):
            found = await library.search("harbour of Vessby", k=3)
            assert found
            assert all(passage.text for passage in found)

    await asyncio.gather(write(), read(), read(), read())
    assert {passage.id for passage in await library.search("fresh note", k=12)} >= {f"new{n}#1" for n in range(12)}


@pytest.mark.requirement("retrieval.concurrent")
async def test_a_reader_sees_what_another_connection_commits(
    library: DocumentIndex, encoder: HashEncoder, tmp_path: Path
) -> None:
    with DocumentIndex.open(tmp_path / "index", encoder=encoder, read_only=True) as reader:
        assert not [p for p in await reader.search("zeppelin", k=5) if "zeppelin" in p.text]
        library.add([Document(id="z", text="A zeppelin crossed the fjord.")])
        assert (await reader.search("zeppelin", k=1))[0].document_id == "z"
        library.remove("z")
        assert "z" not in {passage.document_id for passage in await reader.search("zeppelin", k=10)}


async def test_vectors_alone_cannot_be_searched_where_there_are_none(library: DocumentIndex, tmp_path: Path) -> None:
    with (
        DocumentIndex.open(tmp_path / "index", encoder=None, read_only=True) as reader,
        pytest.raises(UsageError) as caught,
    ):
        await reader.search("harbour", k=1, mode="dense")
    assert caught.value.fields["argument"] == "mode"


async def test_a_closed_index_and_a_read_only_one_say_so(library: DocumentIndex, tmp_path: Path) -> None:
    with DocumentIndex.open(tmp_path / "index", encoder=None, read_only=True) as reader:
        with pytest.raises(RunError) as caught:
            reader.add([Document(id="a", text="b")])
        assert caught.value.code == "read_only"
        with pytest.raises(RunError):
            reader.remove("docs")
    reader.close()
    with pytest.raises(RunError):
        await reader.search("anything", k=1)


def test_standard_scores_are_taken_over_what_was_found() -> None:
    values = np.array([1, 3, 100, np.nan], np.float32)
    found = np.array([True, True, False, True])
    assert standard_scores(values, found)[[0, 1, 3]] == pytest.approx([-1, 1, 0], abs=1e-4)
    nothing = standard_scores(values, np.zeros(4, np.bool_))
    assert not nothing.any()


def test_without_vectors_words_and_titles_decide() -> None:
    zeros = np.zeros(3, np.float32)
    scores = combine(
        np.array([3, 2, 1], np.float32), None, np.array([0, 0, 1], np.float32), zeros, np.ones(3, np.bool_)
    )
    assert scores.argmax() == 2


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_more_passages_than_there_are_can_be_asked_for(library: DocumentIndex, mode: Mode) -> None:
    found = library.search_now("harbour of Vessby", k=10**12, mode=mode)
    assert 1 <= len(found) <= 5
    assert [passage.id for passage in library.search_now("harbour of Vessby", k=2, mode=mode)] == [
        passage.id for passage in found[:2]
    ]


def test_an_index_without_passages_finds_nothing(index: DocumentIndex) -> None:
    assert index.search_now("harbour", k=10**12) == []


@pytest.mark.requirement("retrieval.vectors")
async def test_an_index_gives_the_vectors_that_its_own_encoder_made(
    library: DocumentIndex, encoder: HashEncoder
) -> None:
    found = await library.search("sourdough bread in a cold kitchen", k=3)
    vectors = library.vectors(found, encoder=encoder.fingerprint)
    assert list(vectors) == [passage.as_text() for passage in found]
    fresh = encoder.encode(list(vectors))
    assert np.allclose(np.stack(list(vectors.values())), fresh, atol=1e-3)
    assert library.vectors(found, encoder="another") == {}
    assert library.vectors([replace(found[0], id="gone")], encoder=encoder.fingerprint) == {}
    assert library.vectors([], encoder=encoder.fingerprint) == {}
