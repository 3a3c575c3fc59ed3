"""Roughly how many tokens a text has, without its tokenizer: to plan a request, and where a server does not say."""

from __future__ import annotations

import math
import re
from typing import Final

from questline.tools.models.llm_contract import Prompt
from questline.tools.text import CJK

__all__ = ["estimate_prompt_tokens", "estimate_tokens"]

_CJK: Final = re.compile(f"[{CJK}]")
_PER_TURN: Final = 4
"""Tokens around each turn in the common chat templates (role and separators)."""
_PER_PICTURE: Final = 1_000
"""Providers count 85 to some 1,600 tokens for a photo, by its size."""


def estimate_tokens(text: str) -> int:
    """Return one token per CJK character and one per four other characters, rounded up."""
    cjk = len(_CJK.findall(text))
    return cjk + math.ceil((len(text) - cjk) / 4)


def estimate_prompt_tokens(prompt: Prompt) -> int:
    """Return the estimate of all turns, with four tokens for each turn's frame and a thousand for each picture."""
    texts = [turn.content for turn in prompt.messages]
    if prompt.system:
        texts.append(prompt.system)
    return sum(estimate_tokens(text) + _PER_TURN for text in texts) + _PER_PICTURE * len(prompt.pictures)
