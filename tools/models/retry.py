"""When a failed model request is sent again, and how long to wait before."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from questline.types import Usage

__all__ = ["RequestFailed", "Retry"]


class RequestFailed(Exception):
    """One request to a model failed; a retry policy decides what follows.

    Args:
        message: What happened, in one line.
        transient: Whether the same request can succeed when it is sent again.
        retry_after_s: How long the server asked to wait.
        usage: Tokens that the server reported before it failed.
        status: The HTTP status, where one came.
        sent: Whether the model may have worked on it: the request went out, and no error came in place of an answer.
        filtered: Whether a content filter withheld the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool,
        retry_after_s: float | None = None,
        usage: Usage | None = None,
        status: int | None = None,
        sent: bool = True,
        filtered: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.transient = transient
        self.retry_after_s = retry_after_s
        self.usage = usage or Usage()
        self.status = status
        self.sent = sent
        self.filtered = filtered


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Exponential backoff with jitter; a server's own ``Retry-After`` comes first."""

    retries: int = 2
    """How often a request is sent again."""
    first_wait_s: float = 0.5
    """Before the first retry; doubled for each one after it, then drawn between half of that and all of it."""
    longest_backoff_s: float = 8.0
    longest_wait_s: float = 60.0
    """A server that asks for more patience than this is given up."""
    rng: random.Random = field(default_factory=random.Random)

    def wait_s(self, retry: int, failure: RequestFailed) -> float | None:
        """Return how long to wait before retry number `retry` (from 0), None when there is to be none."""
        if not failure.transient or retry >= self.retries:
            return None
        if failure.retry_after_s is not None:
            return failure.retry_after_s if failure.retry_after_s <= self.longest_wait_s else None
        backoff = min(self.first_wait_s * 2**retry, self.longest_backoff_s)
        return backoff * self.rng.uniform(0.5, 1.0)
