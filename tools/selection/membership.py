"""How likely each passage helps: a logistic model over `features`, with what the set objective needs beside it.

``coefficients.toml`` says on what the shipped numbers were fitted (`agents train selection`). It holds one model for
words alone, one with the encoder's cosines, and may hold one with a cross-encoder's readings; without it they are not
used. Each has other numbers for passages that are alike, such as the sentences of one page.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError, UsageError
from questline.tools.models.fitted import fitted
from questline.tools.ranking.first_stage import check_number

from .features import FEATURES, Facts
from .objective import Prices

__all__ = ["MEMBERSHIPS", "Membership", "MembershipName", "shipped"]

Doubles: TypeAlias = NDArray[np.float64]
MembershipName: TypeAlias = Literal["words", "cosine", "reading"]
MEMBERSHIPS: Final[tuple[MembershipName, ...]] = ("words", "cosine", "reading")
"""Without a model, with the encoder's cosine, and with the cross-encoder too."""
_SIZE: Final = 30.0
"""Log odds beyond which a probability is as good as sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The judgement of single passages, and the prices at which a set is made of them."""

    weights: Mapping[str, float]
    """``intercept`` and some of `FEATURES`; one that is not named counts nothing."""
    tau: float
    """How likely a passage must be for its own sake, for a question that one passage may answer."""
    tau_several: float
    """The same for a question whose form says that it needs several: the prior of the set's size."""
    least: float
    """How likely the likeliest passage must be; below it none helps."""
    coverage: float = 0.0
    redundancy: float = 0.0
    alike: Membership | None = None
    """Judges in its place where all passages have the same title or none; itself where None."""

    def __post_init__(self) -> None:
        unknown = set(self.weights) - {"intercept", *FEATURES}
        if unknown or not all(np.isfinite(weight) for weight in self.weights.values()):
            raise UsageError(
                f"weights {dict(self.weights)!r} must be finite numbers for intercept or {', '.join(FEATURES)}",
                code="bad_param",
                argument="weights",
            )
        for name in ("tau", "tau_several", "least"):
            check_number(name, getattr(self, name), low=0.0, high=1.0)
        check_number("coverage", self.coverage, low=0.0, high=1e3)
        check_number("redundancy", self.redundancy, low=0.0, high=1e3)

    def of(self, facts: Facts) -> Membership:
        """Return what judges these passages."""
        return self.alike if self.alike is not None and facts.alike else self

    def chances(self, facts: Facts) -> Doubles:
        """Return how likely each passage helps: float64 [n]."""
        names = [name for name in self.weights if name != "intercept"]
        odds = facts.columns(names) @ np.array([self.weights[name] for name in names])
        odds = np.clip(odds + self.weights.get("intercept", 0.0), -_SIZE, _SIZE)
        return 1 / (1 + np.exp(-odds))

    def prices(self, several: bool, tau: float | None = None) -> Prices:
        """Return the prices for a question that needs several passages or not, with the caller's threshold if any."""
        own = self.tau_several if several else self.tau
        return Prices(tau=own if tau is None else tau, coverage=self.coverage, redundancy=self.redundancy)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    file = (fitted("selection") or files("questline.tools.selection")) / "coefficients.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunError(
            f"the file {str(file)!r} is missing or damaged ({error}): reinstall questline", code="damaged_model"
        ) from error


def shipped(name: MembershipName) -> Membership | None:
    """Return the shipped model of this name, None for ``reading`` where none is shipped.

    Raises:
        RunError: ``damaged_model`` naming the file when it is missing or damaged.
    """
    try:
        table = cast("Mapping[str, Any]", _table()["membership"])
        if name not in table and name == "reading":
            return None
        return _membership(cast("Mapping[str, Any]", table[name]))
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise RunError(
            f"coefficients.toml of questline.tools.selection lacks the membership {name!r} ({error}): "
            "reinstall questline",
            code="damaged_model",
        ) from error


def _membership(row: Mapping[str, Any]) -> Membership:
    prices = {key: float(row[key]) for key in ("tau", "tau_several", "least", "coverage", "redundancy")}
    alike = _membership(row["alike"]) if "alike" in row else None
    return Membership(weights=cast("Mapping[str, float]", row["weights"]), alike=alike, **prices)
