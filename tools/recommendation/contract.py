"""What every recommender promises (design, section 5), and what a store that forgets with it has to have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .requests import ForgetRequest
from .result import ForgetReport, Recommendations

__all__ = ["AlsoForgets", "Recommender"]


class Recommender(Protocol):
    """Recommends what comes next in a session, and forgets on request."""

    def recommend(self, session: Sequence[str], k: int) -> Recommendations:
        """Return at most `k` items for what comes after `session`, best first."""
        ...

    def forget(self, requests: Sequence[ForgetRequest]) -> ForgetReport:
        """Forget what the requests name, wholly or not at all."""
        ...


class AlsoForgets(Protocol):
    """A store that keeps something of the same people, such as `questline.tools.suggestion.ImpressionStore`."""

    def forget(self, subject: str, /) -> int:
        """Delete everything of a user, and return how many entries that were."""
        ...
