"""The ranker that the configuration asks for."""

from __future__ import annotations

from pathlib import Path

from questline.tools.models.llm_contract import LLM

from .contract import Ranker
from .embedded import EmbeddedRanker
from .listwise import ListwiseRanker
from .llm_judge import LLMJudge, Thoughts
from .schedules import ScheduleName

__all__ = ["build"]


def build(
    llm: LLM | None = None,
    *,
    thoughts: Thoughts | None = None,
    schedule: ScheduleName = "partition",
    prompt: Path | str | None = None,
    strict: bool = False,
    threads: int = 1,
) -> Ranker:
    """Return a listwise ranker where a language model serves the role ``rank``, else the embedded one.

    Args:
        llm: Models by role; None is the embedded ranker.
        thoughts: When the model thinks.
        schedule: In which windows it judges.
        prompt: A file that replaces its prompt.
        strict: A model that fails is an error; else the embedded ranker takes its place, with a warning.
        threads: Of the encoder.
    """
    embedded = EmbeddedRanker.load(threads=threads)
    if llm is None or not llm.serves("rank"):
        return embedded
    judge = LLMJudge(llm, thoughts=thoughts, prompt=prompt)
    return ListwiseRanker(judge, schedule=schedule, strict=strict, fallback=None if strict else embedded)
