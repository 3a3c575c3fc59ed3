"""Order passages by how well they answer a query, with calibrated scores: embedded, or by a language model."""

from .contract import RankedPassage, Ranker, Ranking

__all__ = ["RankedPassage", "Ranker", "Ranking"]
