"""How well a confidence tells right answers from wrong ones: the risk that is left at each coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["RiskCoverage", "risk_coverage"]

_STEPS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """The curve, and what it comes to."""

    area: float
    """Mean risk over all coverages (AURC); the lower the better."""
    best: float
    """The area if the confidence knew which answers are right."""
    points: Sequence[tuple[float, float]]
    """(coverage, risk) at each tenth."""


def risk_coverage(confidence: Sequence[float], right: Sequence[float]) -> RiskCoverage | None:
    """Return the risk (one minus the mean of `right`) of the most confident share, for each share.

    Items of one confidence are taken together: within them each order is as likely, so each counts with their mean.
    None without items.
    """
    if not confidence:
        return None
    levels: dict[float, list[float]] = {}
    for told, value in zip(confidence, right, strict=True):
        levels.setdefault(told, []).append(value)
    smooth = [
        sum(values) / len(values) for _, values in sorted(levels.items(), reverse=True) for _ in range(len(values))
    ]
    risks = _risks(smooth)
    count = len(risks)
    ends = sorted({max(1, round(count * step / _STEPS)) for step in range(1, _STEPS + 1)})
    return RiskCoverage(
        area=sum(risks) / count,
        best=sum(_risks(sorted(right, reverse=True))) / count,
        points=[(end / count, risks[end - 1]) for end in ends],
    )


def _risks(right: Sequence[float]) -> list[float]:
    risks: list[float] = []
    total = 0.0
    for at, value in enumerate(right, start=1):
        total += value
        risks.append(1 - total / at)
    return risks
