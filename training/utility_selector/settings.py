"""What the recipe ``selector-sft`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from questline.training.tuning.supervised import SupervisedSettings

from .prompts import DETAILS

__all__ = ["Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings(SupervisedSettings):
    """``[selector-sft]`` of the settings file."""

    table: ClassVar[str] = "selector-sft"

    batch: int = 32
    rate: float = 3e-3
    """Of a model that is made here; 5e-6 for one of 1.7 billion parameters (arXiv:2507.19102 §4)."""
    width: int = 64
    layers: int = 2
    neftune: float = 0.0
    """5 in arXiv:2507.19102 §4, for a pretrained model."""
    prompt: str = ""
    """short or full (the product's own). By default the one beside the model, else short for a model that is made here,
    full for another."""
    verdicts: bool = True
    """Write a verdict on each passage before the answer; without, answer and selection alone, as published."""
    beta: float = 1.0
    """Weight of the verdicts' loss beside that of the tokens; 0 for the published loss."""
    passage_tokens: int = 300
    """About how much of each passage is shown (arXiv:2507.19102 §3: 300 words)."""
    tokens: int = 200
    """Of verdicts, answer and selection, at most (arXiv:2507.19102 §4: 512)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("passage_tokens", "tokens")
        self.hold("prompt", self.prompt in ("", *DETAILS), f"one of {', '.join(DETAILS)}")
        self.hold_weights("beta")
        self.hold("beta", self.verdicts or not self.beta, "0 without verdicts: they are what it weighs")
