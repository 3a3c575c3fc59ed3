"""What a workflow will roughly cost, so that no planner starts what the budget cannot finish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from questline.agents.contract import ROLE_OF, Context

from .workflow import Token, Workflow

__all__ = ["NOMINAL", "TOKENS", "Cost", "asks_model", "estimate", "fits"]

TOKENS: Final[dict[Token, int]] = {"QR": 300, "DS": 1_100, "AG": 2_000, "QDS": 400, "QDP": 350, "AS": 500}
"""Tokens in and out with the shipped prompts and five passages of 100 words."""
NOMINAL: Final = ("tokens", "usd", "calls")
"""Costs that only a language model has; what is said of them for steps without one is nominal."""
_CALL_SECONDS: Final = 1.5
_EMBEDDED_SECONDS: Final = 0.15
_PARTS: Final = 2
"""Sub-questions that a decomposition is expected to yield."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An estimate: model calls, their tokens in and out, and seconds."""

    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0


def estimate(workflow: Workflow, context: Context) -> Cost:
    """Add up the steps of `workflow`; a decomposition counts its parts (``R,AG`` each) and the summary.

    In serial mode the second part's question is rewritten first; in parallel mode the parts overlap in time.
    """
    steps: list[Token] = list(workflow.tokens)
    overlap = 0.0
    if workflow.is_decomposition:
        for part in range(_PARTS):
            rewritten: tuple[Token, ...] = ("QR",) if part and workflow.tokens == ("QDS",) else ()
            steps += (*rewritten, "R", "AG")
        steps.append("AS")
        if workflow.tokens == ("QDP",):
            overlap = _seconds("R", context) + _seconds("AG", context)
    calls: list[Token] = [step for step in steps if _asks_model(step, context)]
    return Cost(
        calls=len(calls),
        tokens=sum(TOKENS[step] for step in calls),
        seconds=sum(_seconds(step, context) for step in steps) - overlap,
    )


def fits(workflow: Workflow, context: Context) -> bool:
    """Say whether what is left of the budget will probably carry `workflow` to its end."""
    left, cost = context.meter.left(), estimate(workflow, context)
    if left is None:  # a limit on calls, tokens or dollars does not bind steps without a model
        return cost.calls == 0 and context.meter.exhausted(llm=False) is None
    return (
        (left.calls is None or cost.calls <= left.calls)
        and (left.tokens is None or cost.tokens <= left.tokens)
        and (left.seconds is None or cost.seconds <= left.seconds)
    )


def asks_model(workflow: Workflow, context: Context) -> bool:
    """Say whether any step of `workflow`, or of its parts, asks a language model."""
    return estimate(workflow, context).calls > 0


def _asks_model(step: Token, context: Context) -> bool:
    return step in ROLE_OF and context.llm is not None and context.llm.serves(ROLE_OF[step])


def _seconds(step: Token, context: Context) -> float:
    return _CALL_SECONDS if _asks_model(step, context) else _EMBEDDED_SECONDS
