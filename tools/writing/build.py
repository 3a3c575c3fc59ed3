"""The writer that the configuration asks for: shipped reward model and judge, the user's examples, a memory."""

from __future__ import annotations

from pathlib import Path

from questline.tools.models.encoder_cache import SharedEncoder
from questline.tools.models.llm_contract import LLM

from .examples import read_examples
from .judge import embedded_judge
from .reward_model import load_reward_model
from .seen import Seen
from .types import Judge, RewardModel
from .writer import Writer

__all__ = ["build"]


def build(
    llm: LLM | None = None,
    *,
    reward: RewardModel | None = None,
    judge: Judge | None = None,
    examples: Path | None = None,
    seen: Path | None = None,
    prompt: str | Path | None = None,
    strict: bool = False,
    best_effort: bool = False,
    threads: int = 1,
) -> Writer:
    """Return a writer with the shipped reward model and the embedded judge where none is given.

    Args:
        llm: Models by role; the one for ``write`` writes.
        reward: Orders the candidates.
        judge: Judges them.
        examples: A file of texts that the user likes.
        seen: A file that remembers what was issued.
        prompt: A file that replaces the shipped prompt.
        strict: A failing model raises.
        best_effort: Write a general greeting where none is asked for.
        threads: Of the encoder that finds English examples.

    Raises:
        UsageError: As `read_examples` and `Seen`.
    """
    own = () if examples is None else read_examples(examples)
    return Writer(
        reward=reward or load_reward_model(),
        judge=judge or embedded_judge(),
        examples=own,
        encoder=SharedEncoder(threads=threads) if own else None,
        seen=None if seen is None else Seen(seen),
        llm=llm,
        prompt=prompt,
        strict=strict,
        best_effort=best_effort,
    )
