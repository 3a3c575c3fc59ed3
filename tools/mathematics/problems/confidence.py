"""How often each rule is right: shares on the even rows of SVAMP and CMATH, with one right and one wrong row added."""

from __future__ import annotations

from typing import Final

__all__ = ["confidence_of"]

_SHARES: Final = {
    "expression": 0.95,
    "en:at_first": 0.6, "en:comparison": 0.7, "en:difference": 0.75, "en:groups": 0.95, "en:left": 0.9, "en:need": 0.7,
    "en:now": 0.85, "en:part": 0.9, "en:product": 0.7, "en:share": 0.8, "en:together": 0.85, "en:unknown_change": 0.95,
    "zh:area": 0.7, "zh:comparison": 0.85, "zh:difference": 0.85, "zh:groups": 0.75, "zh:product": 0.9, "zh:ratio": 0.8,
    "zh:rest": 0.8, "zh:running": 0.95, "zh:share": 0.85, "zh:times": 0.5, "zh:together": 0.95,
}  # fmt: skip
_UNSEEN: Final = 0.7


def confidence_of(rule: str) -> float:
    """Return the share of a rule's answers that were right, rounded; a rule that was too rare there has 0.7."""
    return _SHARES.get(rule, _SHARES.get(rule.split(":")[0], _UNSEEN))
