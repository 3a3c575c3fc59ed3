"""What the recipes that tune a writer are asked for beside the model: how a query is put to it, how long a text is."""

from __future__ import annotations

from dataclasses import dataclass

from questline.training.tuning.settings import ModelSettings as Shared

__all__ = ["ModelSettings"]


@dataclass(frozen=True, kw_only=True)
class ModelSettings(Shared):
    """Shared by the tables ``[writer-sft]``, ``[reward-transformer]`` and ``[writer-grpo]``."""

    prompt: str = "{query}"
    """What a query is put into."""
    characters: int = 64
    """Of a text, at most: longer ones are cut behind a sentence, or left out."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("characters")
        self.hold("prompt", "{query}" in self.prompt, "a text that holds {query}")
