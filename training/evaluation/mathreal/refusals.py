"""Whether a model refused instead of answering: such an answer is wrong, and counted by name."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_refusal"]

_LONGEST: Final = 600
"""Characters; a longer text has worked on the question."""
_ENGLISH: Final = re.compile(
    r"\b(?:i(?:'m| am)? (?:sorry|unable|not able)|i (?:can(?:no|')?t|cannot|won't|must decline)"
    r"|as an ai\b|(?:can(?:no|')?t|cannot|unable to) (?:help|assist|comply|fulfil\w*|view|see|read|process))",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(
    r"(?:抱歉|对不起|不好意思)|(?:我)?(?:无法|不能|没办法|没有能力)(?:提供|回答|协助|帮助|识别|查看|看到|读取|处理|完成)"
)


def is_refusal(text: str) -> bool:
    """Say whether `text` declines to answer: short, without a box, and apologising or unable."""
    plain = text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not plain or len(plain) > _LONGEST or "\\boxed" in plain:
        return False
    return bool(_ENGLISH.search(plain) or _CHINESE.search(plain))
