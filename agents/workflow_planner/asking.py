"""What a planner's model is told of a search: counts, scores and limits, and not one word of a document.

The planner that is served and the one that is trained (`questline.training.planner.llm`) are asked by these functions
alike. The numbers are those of `features.evidence`, so that a table of runs can be put into the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from questline.budget import Budget
from questline.tools.fencing import inline

from .parse import Choice
from .workflow import SUB_WORKFLOWS, TOP_WORKFLOWS, Workflow

__all__ = ["asked", "left_line", "open_choices", "word"]


def open_choices(
    tried: Sequence[Workflow], *, top_level: bool, documents: bool, from_memory: bool, drafted: bool
) -> list[Choice]:
    """Return what may be chosen now.

    Args:
        tried: Workflows run before; none runs twice.
        top_level: Whether it is the question itself, which alone may be split.
        documents: Whether there is anything to retrieve from.
        from_memory: Whether an answer without a search is open: there are passages, or the caller allows it.
        drafted: Whether there is an answer to keep.
    """
    choices: list[Choice] = [
        workflow
        for workflow in (TOP_WORKFLOWS if top_level else SUB_WORKFLOWS)
        if workflow not in tried
        and (workflow.retrieves or workflow.is_decomposition or from_memory)
        and (documents or not workflow.retrieves)
    ]
    if drafted:
        choices.append("answer")
    return [*choices, "abstain"] if tried or not choices else choices


def word(choice: Choice) -> str:
    """Return how a choice is written: ``R,AG``, ``ANSWER``."""
    return choice.upper() if isinstance(choice, str) else str(choice)


def asked(
    question: str, *, choices: Iterable[Choice], seen: Mapping[str, float], tried: Sequence[Workflow], left: str
) -> dict[str, str]:
    """Return the values of the placeholders of ``planner.md``.

    Args:
        question: As it is; it is put on one line.
        choices: From `open_choices`.
        seen: Numbers by name, see `features.evidence`.
        tried: Workflows run before.
        left: From `left_line`.
    """
    return {
        "question": inline(question),
        "menu": " | ".join(map(word, choices)),
        "evidence": _evidence(seen, begun=bool(tried)),
        "draft": _draft(seen, begun=bool(tried)),
        "tried": ", then ".join(map(str, tried)) or "nothing",
        "left": left,
    }


def left_line(left: Budget | None, *, calls: int, tokens: int, weights: Mapping[str, float]) -> str:
    """Say what is left (None: nothing), what was spent, and what each cost weighs against an answer.

    Args:
        left: Limits that remain.
        calls: Spent so far.
        tokens: Spent so far, in and out.
        weights: By name of the cost; a cost at its 95th percentile takes so much off an F1 of 1.
    """
    if left is None:
        return "nothing"
    parts = [
        "" if left.seconds is None else f"{left.seconds:.0f} s",
        "" if left.calls is None else f"{left.calls} calls",
        "" if left.tokens is None else f"{left.tokens} tokens",
        "" if left.usd is None else f"{left.usd:.4f} USD",
    ]
    spent = f"; spent so far {calls} calls, {tokens} tokens" if calls else ""
    weighed = ", ".join(f"{name} {value:.2f}" for name, value in weights.items() if value >= _LEAST)
    return (", ".join(part for part in parts if part) or "no limit") + spent + f"; weights: {weighed or 'none'}"


_LEAST: Final = 0.005
"""A smaller weight is shown as none."""


def _evidence(seen: Mapping[str, float], *, begun: bool) -> str:
    if not seen["found"]:
        return "none found" if begun else "none yet"
    counts = f"{_count(seen['found'])} passages of {_count(seen['sources'])} documents"
    scores = f"best score {seen['top_score']:.2f}, next {seen['gap']:.2f} below it, mean {seen['mean_score']:.2f}"
    return f"{counts}, {scores}, {seen['coverage']:.0%} of the question's terms found"


def _draft(seen: Mapping[str, float], *, begun: bool) -> str:
    """Describe the draft without quoting it: its words come from documents."""
    if not seen["drafted"]:
        return "no answer found" if begun else "none yet"
    agreed = f", agreement {seen['agreement']:.2f}" if seen["agreement"] else ""
    return f"an answer with confidence {seen['confidence']:.2f} and {round(5 * seen['cited'])} citations{agreed}"


def _count(share: float) -> str:
    return "10 or more" if share >= 1 else str(round(10 * share))
