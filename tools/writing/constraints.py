"""Constraints are checked, never hoped for: what a text breaks of its brief, and briefs that nothing can meet."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from questline.errors import UsageError

from .brief import Brief

__all__ = ["SLOT", "check_satisfiable", "hanzi", "has_emoji", "problems"]

_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\U0001fb00-\U0001fbff\u2600-\u27bf\u2b00-\u2bff\u231a\u231b\u23e9-\u23fa\u2934\u2935\u3030"
    "\u303d\u3297\u3299\ufe0f\u20e3\U000e0020-\U000e007f]"
)
SLOT: Final = (
    r"\{[^{}]{0,40}\}|XX+|某某|○○|__+"
    r"|\[(?:姓名|名字|称呼|对方|收件人|新郎|新娘|公司|单位|日期|年龄|节日|地点|name|recipient|your name|date|company)\]"
)
"""A pattern of what nobody filled in; 【…】 and <…> may stand in a text that somebody wants."""
_SLOT: Final = re.compile(SLOT, re.IGNORECASE)


def problems(brief: Brief, text: str, *, recipient: str | None = None) -> list[str]:
    """Return what a text breaks, in the words of the brief's fields; empty for a text that may be shown.

    Args:
        brief: What was asked for.
        text: Counted in Unicode code points and never cut, so that no grapheme is split.
        recipient: Form of address that must stand in it; the brief's own where left out.
    """
    found: list[str] = []
    name = brief.recipient if recipient is None else recipient
    if not text.strip():
        found.append("empty")
    if brief.max_chars is not None and len(text) > brief.max_chars:
        found.append("max_chars")
    if name and name not in text:
        found.append("recipient")
    found += ["must_include"] * any(word not in text for word in brief.must_include)
    found += ["avoid"] * any(word in text for word in brief.avoid)
    found += ["emoji"] * (not brief.emoji and has_emoji(_without(text, brief)))
    found += ["slots"] * (_SLOT.search(_without(text, brief)) is not None)
    found += ["control"] * any(unicodedata.category(char) in ("Cc", "Cs", "Co") and char != "\n" for char in text)
    return found


def check_satisfiable(brief: Brief) -> None:
    """Refuse a brief whose own parts contradict each other.

    Raises:
        UsageError: ``unsatisfiable``, with the two fields in ``first`` and ``second`` and the words in ``words``.
    """
    for field, words in (("must_include", brief.must_include), ("recipient", (brief.recipient or "",))):
        for word in words:
            for other in brief.avoid:
                if word and other in word:
                    raise _contradiction(field, "avoid", f"{word!r} must stand in the text and holds {other!r}", word)
            if not brief.emoji and has_emoji(word):
                raise _contradiction(field, "emoji", f"{word!r} holds an emoji, and none is allowed", word)
    if brief.max_chars is None:
        return
    for field, words in (("must_include", brief.must_include), ("recipient", (brief.recipient or "",))):
        for word in words:
            if len(word) > brief.max_chars:
                raise _contradiction(
                    field, "max_chars", f"{word!r} has {len(word)} characters, and {brief.max_chars} are allowed", word
                )
    needed = least(brief)
    if needed > brief.max_chars:
        first = "must_include" if brief.must_include else "recipient"
        raise _contradiction(
            first,
            "max_chars",
            f"what must stand in the text has {needed} characters, and {brief.max_chars} are allowed",
        )


def least(brief: Brief) -> int:
    """Return how many characters the required words have together, those that stand in others left out."""
    words = [*brief.must_include, *([brief.recipient] if brief.recipient else [])]
    apart = [
        word
        for place, word in enumerate(words)
        if not any(word in other and word != other for other in words) and word not in words[:place]
    ]
    return sum(map(len, apart))


def hanzi(text: str) -> int:
    """Return how many Chinese characters a text has."""
    return sum("\u3400" <= char <= "\u9fff" for char in text)


def has_emoji(text: str) -> bool:
    """Say whether a text holds a pictograph, a variation selector for one, or a part of a flag."""
    return _EMOJI.search(text) is not None


def _without(text: str, brief: Brief) -> str:
    """Return a text without what the brief itself put there."""
    for word in (*brief.must_include, brief.recipient or ""):
        text = text.replace(word, "") if word else text
    return text


def _contradiction(first: str, second: str, problem: str, word: str = "") -> UsageError:
    return UsageError(
        f"{first} and {second} contradict each other: {problem}; change one of them",
        code="unsatisfiable",
        argument=first,
        first=first,
        second=second,
        words=word,
    )
