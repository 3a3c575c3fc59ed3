"""How sure the sources themselves were of what an answer is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from .contract import Finding
from .drafting import Part

__all__ = ["sureness"]


def sureness(parts: Sequence[Part], answered: Sequence[int], findings: Sequence[Finding]) -> float:
    """Return the mean over the answered intents of the least sureness that a source gave of what answers them.

    Args:
        parts: What is said of each intent, with the evidence that it rests on.
        answered: Positions of the intents that are answered.
        findings: A result may say with ``confidence``, a number in [0, 1], how sure its tool is of it; one that does
            not counts as 1.
    """
    of = {item.id: sure for one in findings if (sure := _told(one)) is not None for item in one.result.evidence}
    shares = [
        min((of[each] for each in part.sources if each in of), default=1.0) for part in parts if part.intent in answered
    ]
    return sum(shares) / len(shares) if shares else 1.0


def _told(finding: Finding) -> float | None:
    result = finding.result.result
    told = cast("Mapping[str, object]", result).get("confidence") if isinstance(result, Mapping) else None
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0.0 <= told <= 1.0:
        return None
    return float(told)
