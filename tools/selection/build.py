"""The selector that the configuration asks for."""

from __future__ import annotations

from pathlib import Path

from questline.tools.models.llm_contract import LLM

from .contract import Selector
from .embedded import EmbeddedSelector
from .llm_judge import LLMJudge
from .sliding import SelectionSchedule, SlidingSelector

__all__ = ["build"]


def build(
    llm: LLM | None = None,
    *,
    prompt: Path | str | None = None,
    schedule: SelectionSchedule = "sliding",
    strict: bool = False,
    threads: int = 1,
) -> Selector:
    """Return a sliding selector where a language model serves the role ``select``, else the embedded one.

    Args:
        llm: Models by role; None is the embedded selector.
        prompt: A file that replaces its prompt.
        schedule: Of its windows: ``sliding``, or ``parallel`` for fewer steps that wait for each other.
        strict: A model that fails is an error; else the embedded selector takes its place, with a warning.
        threads: Of the encoder.
    """
    embedded = EmbeddedSelector.load(threads=threads)
    if llm is None or not llm.serves("select"):
        return embedded
    return SlidingSelector(LLMJudge(llm, prompt=prompt), schedule=schedule, strict=strict, fallback=embedded)
