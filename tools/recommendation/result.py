"""What a recommender takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from questline.types import AnswerWarning

from .requests import Kind

__all__ = [
    "Audit",
    "Finding",
    "ForgetReport",
    "Origin",
    "Outcome",
    "Recommendation",
    "Recommendations",
    "Session",
    "Status",
]

Origin: TypeAlias = Literal["session", "popular"]
Status: TypeAlias = Literal["planned", "done", "already", "partial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A list of clicks, as it is learnt."""

    id: str
    items: tuple[str, ...]
    """Ids of what was clicked, oldest first."""
    user: str | None = None
    """Whose it is; only a keyed hash of it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One item."""

    item: str
    score: float
    """In [0, 1]: its share of what sessions like this one speak for; 0 where it is only popular."""
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """Items, best first."""

    items: tuple[Recommendation, ...] = ()
    cold_start: bool = False
    """Nothing of the session is known: these are popular items, or the configured ones."""
    version: int = 0
    """State of the store that they were made from; grows with each change."""
    warnings: tuple[AnswerWarning, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The items alone."""
        return tuple(each.item for each in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one request comes to."""

    kind: Kind
    clicks: int
    """Clicks that it names; those that another request of the batch names too are counted in both."""
    already: bool = False
    """It was carried out before, and names nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReport:
    """What was forgotten, or would be."""

    status: Status
    """``planned``: a dry run. ``already``: nothing of it was left. ``partial``: `remaining` says what is not done."""
    certificate: str = ""
    """Id of the entry in the log of the store, which says the same without what was forgotten."""
    clicks: int = 0
    share: float = 0.0
    """Of all clicks, in [0, 1]."""
    sessions: int = 0
    """Sessions that lose a click."""
    sessions_gone: int = 0
    """… all their clicks."""
    items_gone: int = 0
    """Items that nobody clicked any more; they left the catalogue."""
    requests: tuple[Outcome, ...] = ()
    followers: dict[str, int] = field(default_factory=dict[str, int])
    """Other stores that forgot with this one, with how many entries."""
    remaining: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    """Trained models that may still hold what was forgotten, with the mend; they recommend nothing until then."""
    undoable: bool = False
    """What was forgotten is kept aside for `rollback`, until `finish`."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One look of an audit."""

    where: str
    found: int
    """How often; 0 is what a sound store says."""
    looked: str
    """What was looked for and how, without the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Whether what was to be forgotten is absent."""

    absent: bool
    findings: tuple[Finding, ...]
