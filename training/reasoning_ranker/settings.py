"""What the recipes ``ranker-sft`` and ``ranker-grpo`` are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from questline.training.tuning.reinforced import ReinforcedSettings
from questline.training.tuning.settings import Table
from questline.training.tuning.supervised import SupervisedSettings

from .prompts import DETAILS

__all__ = ["GRPOSettings", "RankerSettings", "SFTSettings"]

_THINKING: Final = ("off", "short", "full")
_ORDERS: Final = ("shuffled", "first_stage")
_LABELS: Final = ("given", "teacher")


@dataclass(frozen=True, kw_only=True)
class RankerSettings(Table):
    """Shared by the tables of both recipes."""

    prompt: str = ""
    """short or full (the product's own). By default the one beside the model, else short for a model that is made here,
    full for another."""
    thinking: str = "short"
    """off, short or full: how the product asks for thoughts. With off the answer is learnt without reasoning."""
    passage_tokens: int = 300
    """About how much of each passage is shown, as the product shows it (arXiv:2508.07050 §4: 100 to 512)."""
    tokens: int = 200
    """Of thoughts and answer, at most (arXiv:2508.07050 §4: 3,072)."""

    def hold_asking(self) -> None:
        """Check the settings above."""
        self.hold_counts("passage_tokens", "tokens")
        self.hold("prompt", self.prompt in ("", *DETAILS), f"one of {', '.join(DETAILS)}")
        self.hold("thinking", self.thinking in _THINKING, f"one of {', '.join(_THINKING)}")


@dataclass(frozen=True, kw_only=True)
class SFTSettings(RankerSettings, SupervisedSettings):
    """``[ranker-sft]`` of the settings file."""

    table: ClassVar[str] = "ranker-sft"

    batch: int = 32
    rate: float = 3e-3
    width: int = 64
    layers: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_asking()


@dataclass(frozen=True, kw_only=True)
class GRPOSettings(RankerSettings, ReinforcedSettings):
    """``[ranker-grpo]`` of the settings file."""

    table: ClassVar[str] = "ranker-grpo"

    tokens: int = 200
    order: str = "shuffled"
    """shuffled: passages are shown in an order by chance, so that no place is better; first_stage: as they stand."""
    labels: str = "given"
    """What nDCG and recall are of: the grades that are given, or the teacher's relevant ids, as published. What is
    held out is measured on given grades wherever there are some."""
    p: float = 0.9
    """Of the rank-biased overlap with the teacher's order; 1 is the average overlap, as released."""
    w_ndcg: float = 1.0
    w_recall: float = 0.2
    w_overlap: float = 0.1
    """Weights of the three views (arXiv:2508.07050 §3.3)."""
    free: float = 0.75
    """Share of `tokens` that costs nothing; from there on an answer loses up to `w_long`, in proportion: thoughts that
    are drawn out earn nothing more, and one that is cut off is no answer."""
    w_long: float = 0.2
    beta: float = 0.001
    """Weight of the divergence from where it begins (arXiv:2508.07050 §4)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_asking()
        self.hold("thinking", self.thinking != "off", "short or full: an order without thoughts earns nothing")
        self.hold("order", self.order in _ORDERS, f"one of {', '.join(_ORDERS)}")
        self.hold("labels", self.labels in _LABELS, f"one of {', '.join(_LABELS)}")
        self.hold("p", 0 < self.p <= 1, "above 0 and at most 1")
        self.hold_weights("w_ndcg", "w_recall", "w_overlap", "w_long")
        self.hold("free", 0 <= self.free < 1, "at least 0 and below 1")
        self.hold("w_ndcg", self.w_ndcg + self.w_recall + self.w_overlap > 0, "above 0, or another weight is")
