"""What the recipes ``summarizer-sft`` and ``summarizer-dpo`` are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from questline.training.tuning.preference import PreferenceSettings
from questline.training.tuning.settings import Table
from questline.training.tuning.supervised import SupervisedSettings

from .rows import PROMPT
from .scores import Weights

__all__ = ["DPOSettings", "SFTSettings"]


def _hold_prompt(settings: Table, prompt: str) -> None:
    settings.hold("prompt", "{document}" in prompt and "{query}" in prompt, "a text that holds {document} and {query}")


@dataclass(frozen=True, kw_only=True)
class SFTSettings(SupervisedSettings):
    """``[summarizer-sft]`` of the settings file."""

    table: ClassVar[str] = "summarizer-sft"

    prompt: str = PROMPT
    """What document, query and {title} are put into; short, since all of it is read before the first word."""
    teacher: bool = False
    """Let the model of the role summary (agents.toml) write the summaries that rows lack."""
    words: int = 40
    """Of a teacher's summary, about."""
    check: bool = True
    """Refuse summaries with a number, date or name that their document has not."""
    tokens: int = 96
    """Of a summary that is written, at most."""
    samples: int = 8
    """Summaries that are kept at each measurement, in samples.jsonl."""
    int8: bool = False
    """Also export the model with weights of 8 bits, and measure what that changes."""

    width: int = 64
    layers: int = 2
    vocabulary: int = 400

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("words", "tokens", "samples")
        _hold_prompt(self, self.prompt)


@dataclass(frozen=True, kw_only=True)
class DPOSettings(PreferenceSettings):
    """``[summarizer-dpo]`` of the settings file; ``model`` is a folder of ``summarizer-sft``."""

    table: ClassVar[str] = "summarizer-dpo"

    beta: float = 5.0
    """How near the model stays to where it began: of means over tokens; 0.1 for sums (by_length = false)."""
    sft: float = 0.5
    """Weight of the likelihood of the better summary, which a preference alone may lower."""
    prompt: str = PROMPT
    """As the model was taught."""
    answers: int = 6
    """Summaries drawn for a document, of which pairs are made."""
    temperature: float = 1.0
    """They are drawn at."""
    documents: int = 400
    """Documents that summaries are drawn for, at most."""
    pairs: int = 2
    """Of a document, at most: those with the widest gaps."""
    gap: float = 0.2
    """Score by which the better one must be ahead (delta of spec 05)."""
    apart: float = 1.0
    """Share of the longer side's words by which the sides of a pair may differ: 0 for pairs of equal length alone."""
    check: bool = True
    """Refuse reference summaries with a number, date or name that their document has not."""
    relevance: float = 1.0
    """a1 of the score, as faithfulness a2, completeness a3 and length a4."""
    faithfulness: float = 1.0
    completeness: float = 1.0
    length: float = 0.5
    """Taken off for each length of L that a summary is off; 0 leaves length alone."""
    wanted: int = 0
    """L, in words; 0 for the length of the reference."""
    tokens: int = 96
    """Of a summary, at most."""
    samples: int = 8
    """Summaries that are kept at each measurement."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("documents", "pairs", "tokens", "samples")
        self.hold("answers", self.answers >= 2, "at least 2: summaries of one document are weighed against each other")
        self.hold_rates("temperature")
        self.hold_shares("apart")
        self.hold_weights("gap", "relevance", "faithfulness", "completeness", "length")
        self.hold("wanted", self.wanted >= 0, "at least 0")
        self.hold("shape", not self.shape, "left empty: the model is that of summarizer-sft")
        _hold_prompt(self, self.prompt)

    @property
    def weights(self) -> Weights:
        """Of the score."""
        return Weights(
            relevance=self.relevance,
            faithfulness=self.faithfulness,
            completeness=self.completeness,
            length=self.length,
            wanted=self.wanted,
        )
