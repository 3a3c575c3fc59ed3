"""Watch a model that learns from its own texts, and end the run with a reason when it has collapsed.

Four ways in which reinforcement goes wrong while the reward still looks well: what is written narrows down to one text
(entropy), every group of a step earns alike so that nothing is learnt (advantages), answers grow without end or shrink
to nothing (length), or the form is lost (format). Each is a mean over a window of steps, so that one step ends nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from questline.errors import RunError

__all__ = ["Limits", "Watch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a run has collapsed; a limit at its default never ends one."""

    entropy: float = 0.0
    """Nats a token, below which what is written has narrowed down."""
    idle: float = 1.0
    """Share of groups without advantage, above which nothing is learnt."""
    longer: float = 0.0
    """Times the length of the first window, above which answers have grown; 0 for none."""
    shorter: float = 0.0
    """Share of the length of the first window, below which answers have shrunk."""
    format: float = 0.0
    """Share of answers in the agreed form, below which it is lost; not before it was once reached."""
    window: int = 20
    """Steps."""


_ADVICE: Final = {
    "entropy": "raise entropy or beta, or lower the rate",
    "idle": "raise answers or temperature, or give a finer reward",
    "length": "give a cost to length, or raise beta",
    "format": "teach the form for more steps first, or raise beta",
}


class Watch:
    """Sees the figures of each step."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seen: dict[str, deque[float]] = {}
        self._first_length: float | None = None
        self._had_format = False

    def see(self, *, entropy: float | None, idle: float, length: float, form: float) -> None:
        """Take a step's figures up.

        Args:
            entropy: Mean over tokens, in nats; None where it is not known.
            idle: Share of the groups without advantage.
            length: Mean tokens of an answer.
            form: Share of the answers in the agreed form.

        Raises:
            RunError: ``collapsed``, with the figure, its limit, and what to change.
        """
        limits = self._limits
        told = {"idle": idle, "length": length, "format": form}
        if entropy is not None:
            told["entropy"] = entropy
        means = {name: self._mean(name, value) for name, value in told.items()}
        if any(mean is None for mean in means.values()):
            return
        known = {name: mean for name, mean in means.items() if mean is not None}
        if self._first_length is None:
            self._first_length = known["length"]
        self._had_format = self._had_format or known["format"] >= limits.format
        first = self._first_length
        if "entropy" in known and known["entropy"] < limits.entropy:
            self._end("entropy", f"the entropy of a token is {known['entropy']:.3f} nats, under {limits.entropy}")
        if known["idle"] > limits.idle:
            self._end("idle", f"{known['idle']:.0%} of the groups have no advantage, over {limits.idle:.0%}")
        if limits.longer and known["length"] > limits.longer * first:
            self._end("length", f"answers have {known['length']:.0f} tokens, over {limits.longer} times {first:.0f}")
        if known["length"] < limits.shorter * first:
            self._end("length", f"answers have {known['length']:.1f} tokens, under {limits.shorter:.0%} of {first:.0f}")
        if self._had_format and known["format"] < limits.format:
            self._end("format", f"{known['format']:.0%} of the answers are in form, under {limits.format:.0%}")

    def state(self) -> dict[str, Any]:
        """Return what was seen."""
        return {
            "seen": {name: list(values) for name, values in self._seen.items()},
            "first_length": self._first_length,
            "had_format": self._had_format,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it over."""
        seen: Mapping[str, Sequence[float]] = state["seen"]
        self._seen = {name: deque(values, maxlen=self._limits.window) for name, values in seen.items()}
        self._first_length, self._had_format = state["first_length"], state["had_format"]

    def _mean(self, name: str, value: float) -> float | None:
        held = self._seen.setdefault(name, deque(maxlen=self._limits.window))
        held.append(value)
        return sum(held) / len(held) if len(held) == self._limits.window else None

    def _end(self, name: str, why: str) -> None:
        raise RunError(
            f"the run has collapsed: over the last {self._limits.window} steps {why}; {_ADVICE[name]}",
            code="collapsed",
            monitor=name,
        )
