"""The packaged cross-encoder behind a memory of recent pairs: selecting and reading look at the same passages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from questline.tools.arguments import check_text, check_texts, check_whole

from .cache_hits import hit
from .cross_encoder import CrossEncoder, Judgement
from .fitted import fitted

__all__ = ["RECENT", "Judges", "RecentPairs", "SharedCrossEncoder"]

RECENT: Final = 512
"""Pairs remembered: about 4 MiB."""
_SPANS: Final = 6
"""Possible answers remembered of each; who asks for fewer gets the likeliest."""


class Judges(Protocol):
    """Says everything about passages beside a question; safe to share between threads."""

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        """Return one judgement a text, as `questline.tools.models.cross_encoder.CrossEncoder.judge` does."""
        ...


class RecentPairs:
    """A cross-encoder that remembers what it said of the last pairs.

    What is said of a pair does not depend on the pairs beside it, so remembering changes no result.
    """

    def __init__(self, model: Judges, *, size: int = RECENT) -> None:
        self._model = model
        self._size = size
        self._known: OrderedDict[tuple[str, str, str], Judgement] = OrderedDict()
        self._lock = threading.Lock()

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        """Return one judgement a text; only new pairs are read."""
        check_text("question", question)
        texts = check_texts("texts", texts)
        titles = None if titles is None else check_texts("titles", titles)
        check_whole("spans", spans, low=0)
        if spans > _SPANS:
            return self._model.judge(question, texts, titles=titles, spans=spans)
        names = titles if titles is not None else [""] * len(texts)
        keys = [(question, title, text) for title, text in zip(names, texts, strict=True)]
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
        hit(len(found))
        new = [key for key in dict.fromkeys(keys) if key not in found]
        if new:
            judged = self._model.judge(
                question, [text for *_, text in new], titles=[title for _, title, _ in new], spans=_SPANS
            )
            found |= dict(zip(new, judged, strict=True))
        with self._lock:
            for key in dict.fromkeys(keys):
                self._known[key] = found[key]
                self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return [replace(found[key], spans=found[key].spans[:spans]) for key in keys]


class SharedCrossEncoder:
    """The packaged cross-encoder, opened at its first use: where language models do all the work it is never needed."""

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        """Return one judgement a text."""
        model = CrossEncoder.load(threads=self._threads, folder=fitted("cross-encoder"))
        return model.judge(question, texts, titles=titles, spans=spans)
