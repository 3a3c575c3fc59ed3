"""The history of two rule sets: each version a file, each proposal a line with its diff and why it stayed or went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from questline.tools.retrieval.faults import storage_faults
from questline.tools.retrieval.manifest import write_atomically
from questline.tools.writing.types import RuleSet

__all__ = ["FILE", "RULES", "Event", "History"]

FILE: Final = "history.jsonl"
RULES: Final = "rules"
"""Folder of the versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the history."""

    iteration: int
    kind: str
    """``judge`` or ``generator`` for a proposal to edit those rules; ``copy`` for a bad text that copied the good one,
    ``unread`` for an answer without a readable form; ``iteration`` at the end of each."""
    query: str = ""
    text: str = ""
    why: str = ""
    """What led to the proposal: ``fooled``, ``label missed`` or ``found out``."""
    advice: str = ""
    reason: str = ""
    version: int = 0
    """Of the rules before the proposal; at the end of an iteration of the judge's."""
    diff: Sequence[str] = ()
    decision: Mapping[str, object] = field(default_factory=dict[str, object])
    agreement: float | None = None
    """On the gate set, at the end of an iteration."""


class History:
    """Written as it happens; a run that is gone on with writes it again from the start, out of the calls it kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.events: list[Event] = []
        with storage_faults(folder, what="the history"):
            (folder / RULES).mkdir(parents=True, exist_ok=True)
            for old in (folder / RULES).glob("*_v*.json"):
                old.unlink()
            (folder / FILE).write_text("", encoding="utf-8")

    def note(self, event: Event) -> None:
        """Append an event."""
        self.events.append(event)
        told = {name: value for name, value in asdict(event).items() if value not in ("", (), [], {}, None)}
        with (
            storage_faults(self._folder, what="the history"),
            (self._folder / FILE).open("a", encoding="utf-8") as file,
        ):
            file.write(json.dumps(told, ensure_ascii=False) + "\n")

    def keep(self, rules: RuleSet, role: str) -> None:
        """Write a version, such as ``rules/judge_v0003.json``."""
        with storage_faults(self._folder, what="the rules"):
            path = self._folder / RULES / f"{role}_v{rules.version:04d}.json"
            write_atomically(path, [rules.to_json().encode()])
