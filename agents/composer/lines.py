"""What lines of a file answer: those that share most with the question, or those that say what the file is about.

Files are lists and records as often as prose, and there a reader of prose takes the first figure for the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.agents.tool_executor.asked import Asked
from questline.tools.ranking.orders import is_order
from questline.tools.reading.kinds import LIST_MARK
from questline.tools.reading.talk import is_talk
from questline.tools.text import content_terms, sentences

from .figures import figures_of

__all__ = ["best_line", "main_lines", "own_terms"]

_PATH: Final = re.compile(r"\S*[\w-]\.[A-Za-z]\w{0,4}\b|\S+/\S+")
_ABOUT: Final = re.compile(
    r"\b(?:summar\w+|(?:decide|agree|say|contain|tell|state|list|report|cover)[sd]?\b|about\b|is (?:on|in) my\b)"
    r"|说了什么|写了什么|决定了什么|内容|总结|概括",
    re.IGNORECASE,
)
_EMPTY: Final = frozenset(
    content_terms("decide agree say contain tell state list report cover about file note minute go summarize summary")
)
_LABELLED: Final = re.compile(r"^\s*[\w ]{2,24}:\s")
_WHOLE: Final = re.compile(r"\bsummar\w+|总结|概括", re.IGNORECASE)
_PARTS: Final = re.compile(r"[/._-]+")
_MOST: Final = 4
_LEAST_LEAD: Final = 1
"""By how many words of the question a line must beat what a reader chose."""


def own_terms(asked: Asked) -> frozenset[str]:
    """Return the content words of a question without the names of files in it."""
    return frozenset(content_terms(_PATH.sub(" ", asked.text)))


def best_line(text: str, asked: Asked, *, than: str) -> str | None:
    """Return the only line that shares most with a question; one with a figure, where a figure is asked for.

    Args:
        text: Of a file.
        asked: What is asked.
        than: What was chosen without looking at lines: it stays unless a line shares more.
    """
    figure = asked.kind in ("number", "date", "time")
    if not figure and (than or asked.kind not in ("entity", "person", "place")):
        return None
    head, *lines = [line for line in text.splitlines() if line.strip()] or [""]
    terms = own_terms(asked)
    if len(lines) > 1 and not head.rstrip().endswith((".", "!", "?", "。")):  # a heading says what all lines are about
        terms = terms - set(content_terms(head)) or terms
    shared: dict[str, int] = {}
    for line in lines or [head]:
        figures = figures_of(line)
        if not figure or figures.numbers or figures.days or figures.clocks:
            shared[line.strip()] = len(terms & set(content_terms(line)))
    most = max(shared.values(), default=0)
    best = [line for line, count in shared.items() if count == most]
    if len(best) != 1 or most < len(terms & set(content_terms(than))) + _LEAST_LEAD:
        return None
    return best[0]


def main_lines(text: str, asked: Asked, *, name: str = "") -> Sequence[str] | None:
    """Return what a file says in the main, where the question asks for that: its list, else its first sentences.

    None where the question asks for something in particular. ``name`` is the file's. Lines that give orders to whoever
    reads them are no part of what a file is about.
    """
    particular = asked.kind in ("number", "date", "time", "person", "weekday", "yesno")
    plain = _PATH.sub(" ", asked.text)  # a file that is called a list is not asked what it lists
    if not _ABOUT.search(plain) or (particular and not _WHOLE.search(plain)):
        return None
    wanted = own_terms(asked) - _EMPTY
    listed = [line.strip() for line in text.splitlines() if LIST_MARK.match(line)]
    said = [span.text for span in sentences(text) if not _LABELLED.match(span.text)]
    lines = [line for line in (listed or said) if not is_talk(asked.text, line) and not is_order(line)]
    if wanted and not wanted & set(content_terms(f"{re.sub(_PARTS, ' ', name)} {text}")):
        return None
    return lines[:_MOST]
