"""The grammar of workflows: one decomposition, or a chain of executors that ends in generate (arXiv:2508.01005 §3).

    workflow := "QDS" | "QDP" | ["QR"] ["R" ["DS"]] "AG"

The published parser accepts ``DS`` before ``R``; here the order is enforced. Eight workflows exist at the top level and
three for a sub-question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from questline.errors import UsageError

__all__ = ["SUB_WORKFLOWS", "TOP_WORKFLOWS", "Token", "Workflow"]

Token: TypeAlias = Literal["QDS", "QDP", "QR", "R", "DS", "AG", "AS"]
_CHAIN: Final[tuple[Token, ...]] = ("QR", "R", "DS", "AG")
_DECOMPOSE: Final[tuple[Token, ...]] = ("QDS", "QDP")


@dataclass(frozen=True, slots=True)
class Workflow:
    """A legal sequence of executor tokens; build it with `parse`."""

    tokens: tuple[Token, ...]

    @classmethod
    def parse(cls, text: str, *, top_level: bool = True) -> Workflow:
        """Read comma-separated tokens such as ``R,DS,AG``.

        Raises:
            UsageError: ``bad_workflow`` naming the first offending token and its position (from 1).
        """
        if not isinstance(cast("object", text), str):
            raise UsageError(
                f"workflow {text!r} must be text such as 'R,AG'",
                code="bad_workflow",
                argument="workflow",
                token=str(text),
                position=1,
            )
        tokens = [part.strip().upper() for part in text.split(",")]
        for position, token in enumerate(tokens, start=1):
            problem = _problem(tokens, position - 1, top_level=top_level)
            if problem:
                raise UsageError(
                    f"workflow {text!r}: {token!r} at position {position} {problem}",
                    code="bad_workflow",
                    argument="workflow",
                    token=token,
                    position=position,
                )
        return cls(tuple(token for token in (*_DECOMPOSE, *_CHAIN) if token in tokens))

    @property
    def is_decomposition(self) -> bool:
        """Whether it splits the question instead of answering it."""
        return self.tokens[0] in _DECOMPOSE

    @property
    def retrieves(self) -> bool:
        """Whether it looks into the documents."""
        return "R" in self.tokens

    def __str__(self) -> str:
        return ",".join(self.tokens)


def _problem(tokens: list[str], index: int, *, top_level: bool) -> str:
    """Say what is wrong with the token at `index` given those before it; empty when nothing is."""
    token, before = tokens[index], tokens[:index]
    if token not in _CHAIN and token not in _DECOMPOSE:
        return f"is not one of {', '.join((*_DECOMPOSE, *_CHAIN))}"
    if token in before:
        return "stands twice"
    if token in _DECOMPOSE:
        if len(tokens) > 1:
            return "must stand alone"
        return "" if top_level else "cannot decompose a sub-question again"
    if any(other in _CHAIN and _CHAIN.index(other) > _CHAIN.index(token) for other in before):
        return f"must come before {before[-1]}"
    if token == "DS" and "R" not in before:  # noqa: S105 because DS is an executor, not a password
        return "needs R before it"
    if index == len(tokens) - 1 and token != "AG":  # noqa: S105 because AG is an executor, not a password
        return "cannot be last: a workflow ends in AG"
    return ""


TOP_WORKFLOWS: Final[tuple[Workflow, ...]] = tuple(
    Workflow.parse(text) for text in ("AG", "QR,AG", "R,AG", "QR,R,AG", "R,DS,AG", "QR,R,DS,AG", "QDS", "QDP")
)
"""The eight workflows of a question."""

SUB_WORKFLOWS: Final[tuple[Workflow, ...]] = tuple(
    Workflow.parse(text, top_level=False) for text in ("AG", "R,AG", "R,DS,AG")
)
"""The three workflows that planners choose from for a sub-question."""
