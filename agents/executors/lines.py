"""Lines of text to and from a model: the one line that was asked for, and a sub-answer as an item of a prompt."""

from __future__ import annotations

import re
from typing import Final

from questline.agents.contract import SubAnswer
from questline.tools.fencing import inline

__all__ = ["one_line", "sub_answer_line"]

_QUOTES: Final = "\"'`“”‘’「」"
_LONGEST: Final = 2_000


def one_line(text: str, *, drop: re.Pattern[str], what: str) -> str:
    """Return the first line with words in it, without code fences, quotes around it, and the prefix `drop`.

    Raises:
        ValueError: There is none, or it is longer than a question may be; names `what` was asked for.
    """
    for line in text.splitlines():
        body = drop.sub("", line.strip().strip("`").strip())
        if len(body) > 1 and body[0] in _QUOTES and body[-1] in _QUOTES:
            body = body[1:-1].strip()
        if re.search(r"\w", body) and not line.lstrip().startswith("```"):
            if len(body) > _LONGEST:
                raise ValueError(f"write {what} in fewer than {_LONGEST} characters")
            return body
    raise ValueError(f"write {what} on one line")


def sub_answer_line(answered: SubAnswer) -> str:
    """Return a sub-question and its answer, each on one line."""
    return (
        f"{inline(answered.question)}\nAnswer: {inline(answered.draft.short or answered.draft.text) or '(none found)'}"
    )
