"""What a suite is to the runner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from .items import Item, Json

__all__ = ["Outcome", "Shows", "Suite", "Summary"]

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What running one row gave."""

    prediction: Json
    scores: Mapping[str, float]
    cost: Mapping[str, float]
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    shown: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """What only running tells of what `Shows` names, such as ``reason`` and ``trace``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The metrics of a suite, in the order in which they are shown."""

    metrics: Mapping[str, Json]
    means: Mapping[str, Sequence[float]]
    """For each metric that is a mean, the values it is the mean of; the runner adds their intervals."""
    details: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """What stands in the JSON beside the metrics and is too long to be shown."""
    clusters: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """By metric what each of those values belongs to, such as its query: intervals then draw clusters, not values."""


class Suite(Protocol[RowT]):
    """Loads rows, runs one, and sums up; resume, concurrency, limits and intervals are the runner's."""

    name: str

    def load(self) -> Sequence[RowT]:
        """Read and check the rows. Raises `UsageError` ``bad_data``."""
        ...

    def identify(self, row: RowT) -> str:
        """Return the row's id."""
        ...

    def identity(self) -> Mapping[str, Json]:
        """Return what else decides the outcome, for the fingerprint and for ``run``: options, data, models, prompts."""
        ...

    def open(self) -> AbstractAsyncContextManager[None]:
        """Hold what running needs (an index, an agent); entered only when there is a row to run."""
        ...

    async def run(self, row: RowT) -> Outcome:
        """Run and score one row. A `QuestlineError` makes it a failed item."""
        ...

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Sum up all items, failed ones included."""
        ...


@runtime_checkable
class Shows(Protocol):
    """What a suite may have beside: tells of each row, failed or not, what a reader of its errors looks at.

    What running a row tells of these is in its outcome's ``shown``. Known names, all of them optional: ``question``,
    ``expected`` (a text or a list), ``answer`` (where the prediction is more than it), ``reason`` (why it counts as it
    does), ``image`` (a file's name) or ``images``, and ``trace``: a list of steps, each of ``step`` and, as far as they
    are known, ``server``, ``started_s``, ``seconds``, ``failed``, ``detail``.
    Other names are shown as they are.
    """

    def show(self, row: Any, /) -> Mapping[str, Json]:
        """Return what is known of a row before it runs."""
        ...
