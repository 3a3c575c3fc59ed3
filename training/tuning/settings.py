"""What every recipe that tunes a language model is asked for alike: the model, its device, its adapter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

from questline.errors import UsageError

__all__ = ["ModelSettings", "Table"]

_DEVICES: Final = ("auto", "cpu", "cuda")
_SHAPES: Final = ("", "gpt2")


class Table:
    """A table of the settings file that checks its own values."""

    table: ClassVar[str] = ""

    def hold(self, name: str, holds: bool, wanted: str) -> None:
        """Refuse a setting: `UsageError` ``bad_settings`` that says what is wanted, unless it `holds`."""
        if not holds:
            raise UsageError(
                f"{self.table}.{name}={getattr(self, name)!r} must be {wanted}", code="bad_settings", argument=name
            )

    def hold_counts(self, *names: str) -> None:
        """Refuse what is below 1."""
        for name in names:
            self.hold(name, getattr(self, name) >= 1, "at least 1")

    def hold_rates(self, *names: str) -> None:
        """Refuse what is not a finite number above 0."""
        for name in names:
            value = getattr(self, name)
            self.hold(name, math.isfinite(value) and value > 0, "a finite number above 0")

    def hold_weights(self, *names: str) -> None:
        """Refuse what is not a finite number of at least 0."""
        for name in names:
            value = getattr(self, name)
            self.hold(name, math.isfinite(value) and value >= 0, "a finite number of at least 0")

    def hold_shares(self, *names: str) -> None:
        """Refuse what is not in [0, 1]."""
        for name in names:
            self.hold(name, 0 <= getattr(self, name) <= 1, "in [0, 1]")


@dataclass(frozen=True, kw_only=True)
class ModelSettings(Table):
    """Shared by the tables of all recipes that tune a language model."""

    model: str = ""
    """A Hugging Face model, by name or folder; empty for a small one that is made here."""
    device: str = "auto"
    """auto, cpu or cuda."""
    lora: int = 0
    """Rank of an adapter that alone learns, and is merged at the end; 0 for the whole model."""
    accumulate: int = 1
    """Parts that a step is learnt from in, so that it fits into memory."""

    shape: str = ""
    """Of the model that is made here: empty for Qwen3's kind with the sizes below, gpt2 for GPT-2's kind with its
    published ones (12 layers, width 768, 12 heads)."""
    width: int = 128
    """Of the model that is made here, as the two below."""
    layers: int = 3
    heads: int = 4

    def __post_init__(self) -> None:
        self.hold_counts("accumulate", "width", "layers", "heads")
        self.hold("lora", self.lora >= 0, "at least 0")
        self.hold("device", self.device in _DEVICES, f"one of {', '.join(_DEVICES)}")
        self.hold("shape", self.shape in _SHAPES, "gpt2, or empty")
        self.hold("width", self.width % self.heads == 0, "a multiple of heads")
