"""What indexing says while it runs and when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

__all__ = ["IngestReport", "Phase", "Progress", "Skipped", "Tally", "silent"]

Phase: TypeAlias = Literal["read", "lexical", "embed", "dense"]


class Progress(Protocol):
    """Hears how far indexing has come, in the thread that indexes."""

    def __call__(self, phase: Phase, done: int, total: int) -> None:
        """Note that `done` of `total` are through: documents (``read``) or passages (the other phases)."""
        ...


def silent(phase: Phase, done: int, total: int) -> None:
    """Show nothing."""
    del phase, done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file of a folder, or a row of a file, that was left out."""

    path: str
    code: str
    """One of `questline.errors.CODES`."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What one run of indexing did."""

    added: int = 0
    """Documents that are new."""
    replaced: int = 0
    """Documents that have changed."""
    unchanged: int = 0
    removed: int = 0
    """Documents whose row, or whose file with ``prune``, is gone."""
    embedded: int = 0
    """Passages that went through the encoder in this run."""
    documents: int = 0
    """In the index now."""
    passages: int = 0
    """In the index now."""
    skipped: tuple[Skipped, ...] = ()
    missing: tuple[str, ...] = ()
    """Indexed files under the given folders that no longer exist and were kept (see ``prune``)."""
    seconds: Mapping[Phase, float] = field(default_factory=dict[Phase, float])
    """Wall clock by phase."""


@dataclass(slots=True)
class Tally:
    """Counts while a run is under way."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
    embedded: int = 0
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    missing: list[str] = field(default_factory=list[str])
    seconds: dict[Phase, float] = field(default_factory=dict[Phase, float])

    def report(self, *, documents: int, passages: int) -> IngestReport:
        """Return the finished report."""
        return IngestReport(
            added=self.added,
            replaced=self.replaced,
            unchanged=self.unchanged,
            removed=self.removed,
            embedded=self.embedded,
            documents=documents,
            passages=passages,
            skipped=tuple(self.skipped),
            missing=tuple(self.missing),
            seconds=dict(self.seconds),
        )
