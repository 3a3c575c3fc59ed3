"""Hold a retriever to its contract: subclass `RetrieverContract` in a pytest file and give it a retriever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from questline.tools.retrieval.contract import Retriever
from questline.types import Filters, Passage

__all__ = ["RetrieverContract"]


class RetrieverContract:
    """What every `questline.tools.retrieval.contract.Retriever` promises, as tests.

    A subclass named ``Test…`` provides a fixture ``retriever`` over at least three passages, and may set the
    attributes below. Its tests run under pytest-asyncio in auto mode::

        class TestMyRetriever(RetrieverContract):
            queries = ("solar panels", "wind farms")

            @pytest.fixture
            def retriever(self) -> MyRetriever:
                return MyRetriever(...)
    """

    queries: ClassVar[Sequence[str]] = ("what is this about", "the first of all", "name of the place")
    """Questions in the words of the passages; each must find something."""
    supports_filters: ClassVar[bool] = True
    """Whether ``filters`` narrows the result; a retriever without it must ignore or refuse them itself."""

    async def test_each_query_finds_something(self, retriever: Retriever) -> None:
        """The passages' own words find them."""
        for query in self.queries:
            assert await retriever.search(query, k=3), query

    async def test_at_most_k_passages_come_back(self, retriever: Retriever) -> None:
        """``k`` is a limit, however few passages there are."""
        for query in self.queries:
            for k in (1, 2, 100):
                assert len(await retriever.search(query, k=k)) <= k

    async def test_ids_are_unique_and_texts_are_there(self, retriever: Retriever) -> None:
        """No passage comes twice, and each can be shown and cited."""
        for query in self.queries:
            found = await retriever.search(query, k=100)
            assert len({passage.id for passage in found}) == len(found)
            assert all(passage.id and passage.text and passage.source for passage in found)

    async def test_scores_never_rise(self, retriever: Retriever) -> None:
        """The best comes first."""
        for query in self.queries:
            scores = [passage.score for passage in await retriever.search(query, k=100)]
            assert scores == sorted(scores, reverse=True)

    async def test_fewer_are_the_head_of_more(self, retriever: Retriever) -> None:
        """Asking for one gives the first of three."""
        for query in self.queries:
            more = await retriever.search(query, k=3)
            assert _ids(await retriever.search(query, k=1)) == _ids(more)[:1]

    async def test_an_empty_query_finds_nothing(self, retriever: Retriever) -> None:
        """Nothing asked, nothing found, and no error."""
        for query in ("", "  \n"):
            assert not await retriever.search(query, k=3)

    async def test_odd_queries_do_no_harm(self, retriever: Retriever) -> None:
        """Query syntax, control characters, other scripts and huge texts are only text."""
        for query in ("?", '" AND ( NOT *:*', "\x00", "a" * 10_000, "什么时候", "word " * 2_000):
            assert len(await retriever.search(query, k=3)) <= 3

    async def test_searches_side_by_side_answer_as_they_do_alone(self, retriever: Retriever) -> None:
        """Searches share no state."""
        alone = [_ids(await retriever.search(query, k=3)) for query in self.queries]
        together = await asyncio.gather(*(retriever.search(query, k=3) for query in [*self.queries] * 8))
        assert [_ids(found) for found in together] == alone * 8

    async def test_a_source_filter_is_respected(self, retriever: Retriever) -> None:
        """Only the allowed source comes back, and the best passage is found again in its own source."""
        if not self.supports_filters:
            return
        for query in self.queries:
            best, *others = await retriever.search(query, k=3)
            for source in {best.source, *(passage.source for passage in others)}:
                found = await retriever.search(query, k=3, filters=Filters(sources=(source,)))
                assert {passage.source for passage in found} <= {source}
                assert source != best.source or best.id in _ids(found)

    async def test_a_filter_that_nothing_passes_finds_nothing(self, retriever: Retriever) -> None:
        """A filter is not a mere preference."""
        if self.supports_filters:
            nowhere = Filters(sources=("no such source anywhere",))
            assert not await retriever.search(self.queries[0], k=3, filters=nowhere)


def _ids(passages: Sequence[Passage]) -> list[str]:
    return [passage.id for passage in passages]
