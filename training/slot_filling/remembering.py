"""The cross-encoder behind a memory: a fit asks the same of it several times."""

from __future__ import annotations

from collections.abc import Sequence

from questline.tools.models.cross_encoder import CrossEncoder, Judgement, PairScores

__all__ = ["Remembering"]


class Remembering:
    """Answers what it was asked before without reading again."""

    def __init__(self) -> None:
        self._model = CrossEncoder.load()
        self._judged: dict[tuple[str, tuple[str, ...], int], list[Judgement]] = {}
        self._scored: dict[tuple[str, tuple[str, ...]], PairScores] = {}

    @property
    def fingerprint(self) -> str:
        """Of the model."""
        return self._model.fingerprint

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        """See `CrossEncoder.judge`; titles are not used here."""
        key = (question, tuple(texts), spans)
        if key not in self._judged:
            self._judged[key] = self._model.judge(question, texts, titles=titles, spans=spans)
        return self._judged[key]

    def score(self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None) -> PairScores:
        """See `CrossEncoder.score`; titles are not used here."""
        key = (question, tuple(texts))
        if key not in self._scored:
            self._scored[key] = self._model.score(question, texts, titles=titles)
        return self._scored[key]
