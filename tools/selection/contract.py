"""What every selector promises, and the values that it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from questline.tools.ranking.contract import Limits
from questline.types import AnswerWarning, Backend, Passage, TextSpan, Usage

__all__ = ["Limits", "Member", "RejectReason", "Rejected", "Selection", "SelectionStatus", "Selector", "Source"]

SelectionStatus: TypeAlias = Literal["selected", "partial"]
"""Every passage was judged; or time or budget ended before that."""
Source: TypeAlias = Literal["features", "logits", "windows"]
"""What probabilities rest on: what was fitted on features; how likely a language model's tokens were; or how often
windows chose a passage, where the model's server tells no such thing."""
RejectReason: TypeAlias = Literal["unlikely", "redundant", "duplicate", "over_limit", "dropped", "unjudged"]
"""Why a passage is no member: it hardly helps; the members do without it; it repeats another word for word; there was
no room under ``max_set``; a later judgement took it out; time or budget ended first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One passage that helps."""

    index: int
    """Its position in the caller's list, from 0."""
    id: str
    p: float
    """How likely it helps to answer, in [0, 1]."""
    spans: tuple[TextSpan, ...] = ()
    """Sentences that carry the support, in order; places are characters of the passage's own text."""
    conflict: bool = False
    """It contradicts another member, or supports only an answer that few windows gave."""
    warnings: tuple[str, ...] = ()
    """``truncated``: text was cut; ``instructions``: orders to a judge were left out of what was judged;
    ``untouched``: time ended before a model got to it, and words alone decided; ``unread``: words alone decided,
    because models read only the likeliest of a long list."""

    @property
    def truncated(self) -> bool:
        """Whether a part of its text was not looked at."""
        return "truncated" in self.warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One passage that is no member."""

    index: int
    id: str
    reason: RejectReason
    p: float = 0.0
    """How likely it helps; 0 where it was not judged."""
    of: str = ""
    """Id of the passage that it repeats, for ``duplicate``."""
    warnings: tuple[str, ...] = ()
    """As those of a `Member`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The passages that help, as a set, and what went wrong."""

    members: tuple[Member, ...] = ()
    """By falling ``p``; equal ones as the first stage had them."""
    rejected: tuple[Rejected, ...] = ()
    """All others, in the caller's order."""
    answer: str = ""
    """A short answer that the members support: a by-product, not checked further. Empty where none was found."""
    abstained: bool = False
    """No passage helps. False where that is not known because time ended first."""
    coverage: float = 0.0
    """Share of the question's parts (names, terms, weighted by rarity) that the members hold, in [0, 1]."""
    status: SelectionStatus = "selected"
    warnings: tuple[AnswerWarning, ...] = ()
    usage: Usage = field(default_factory=Usage)
    windows: int = 0
    """Windows that a judge was asked about, the last pass over the members included."""
    rounds: int = 0
    """Steps of them that had to wait for each other; windows that are judged side by side are one."""
    tau: float = 0.0
    """The threshold that was used."""
    backend: Backend = "embedded"
    model: str = ""
    source: Source = "features"
    """What the probabilities ``p`` rest on."""
    degraded: bool = False
    """A language model failed somewhere, and the embedded selector judged in its place."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the members, best first."""
        return tuple(member.id for member in self.members)

    def passages(self, given: Sequence[Passage]) -> tuple[Passage, ...]:
        """Return the caller's own passages, `given` to the call, that are members, in the caller's order."""
        return tuple(given[index] for index in sorted(member.index for member in self.members))


@runtime_checkable
class Selector(Protocol):
    """Choose the passages that help to answer a question, as a set: as many as it takes, none when none helps.

    ``questline.testing.SelectorContract`` holds an implementation to this.
    """

    async def select(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        max_set: int | None = None,
        tau: float | None = None,
        answer: bool = True,
        spans: bool = True,
        budget: Limits = None,
    ) -> Selection:
        """Return each passage exactly once, as a member or as rejected; no passages are an abstention with a warning.

        When the budget's seconds end, the members so far come back with the status ``partial``.

        Args:
            question: Standalone.
            passages: As a first stage found them: by falling ``score``, or where those are equal or missing, best
                first. They are never changed.
            max_set: Most members; no limit by default.
            tau: How likely a passage must be to help to be kept for itself alone, in [0, 1]: higher is more precise.
                By default what was fitted.
            answer: Whether to name a short answer.
            spans: Whether to point at the sentences that carry the support.
            budget: Limits of this call, or the meter of the question that it belongs to.

        Raises:
            UsageError: ``empty_question``, ``bad_document``, ``duplicate_id`` or ``bad_param``.
            ModelError: A language model failed and the selector is strict.
        """
        ...
