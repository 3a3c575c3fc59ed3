"""What a writer gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from questline.types import AnswerWarning, Backend, Usage

from .brief import Tone
from .types import Verdict

__all__ = ["Greeting", "Greetings", "Origin", "Refusal", "Status"]

Origin: TypeAlias = Literal["grammar", "example", "model"]
Status: TypeAlias = Literal["complete", "partial", "refused", "out_of_scope"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """One text that meets every constraint of its brief."""

    text: str
    score: float
    """In [0, 1]; of the judge and the reward model together where both are given, comparable within one list."""
    reward: float | None = None
    """Bradley-Terry logit of the reward model."""
    verdict: Verdict | None = None
    """Of the judge."""
    origin: Origin = "grammar"
    """``example``: it holds a sentence of the user's own examples."""
    tone: str = ""
    reason: str = ""
    """Where it comes from, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing is written."""

    principle: str
    """Id of the principle: ``harassing``, ``sexual``, ``hateful``, ``taboo``."""
    text: str
    """The principle."""
    evidence: str
    """The words of the brief that it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greetings:
    """Texts, best first, no two alike; fewer where no more meet the brief (``partial``), none with a reason."""

    items: tuple[Greeting, ...] = ()
    status: Status = "complete"
    occasion: str = ""
    """Id of what the brief was taken for; ``general`` where it names no occasion."""
    address: str = ""
    tone: Tone | None = None
    """As the brief says it; None for several."""
    refusal: Refusal | None = None
    warnings: tuple[AnswerWarning, ...] = ()
    usage: Usage = field(default_factory=Usage)
    backend: Backend = "embedded"
    degraded: bool = False
    """The language model failed, and the grammar wrote in its place."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts alone."""
        return tuple(item.text for item in self.items)
