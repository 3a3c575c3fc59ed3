"""The parts of a question that a statement keeps: its subject, its verb, and what follows."""

from __future__ import annotations

import re
from typing import Final

from .verbs import AUXILIARIES, inflected, is_base

__all__ = ["agreeing", "clause", "opens_a_noun", "person", "said"]

_WORDS: Final = (
    "the a an this that these those my our your his her its their all each both i we you he she it they two three four"
    " five six seven eight nine ten twelve"
)
_DETERMINERS: Final = frozenset(_WORDS.split())
_PERSONS: Final = {"i": "you", "we": "you", "me": "you", "us": "you", "my": "your", "our": "your", "am": "are"}
_PLACES: Final = "from between until in to on at of for with by since during per after before"
_FOLLOWING: Final = frozenset(f"{_PLACES} me us there here now off".split())
"""Words that may follow the verb at the end of a question."""


def person(text: str) -> str:
    """Return words of the asker as they are said back: ``I`` becomes ``you``."""
    return " ".join(_PERSONS.get(word.casefold(), word) for word in text.split())


def opens_a_noun(text: str) -> bool:
    """Say whether a text begins with a thing: an article, a name, a number, a path."""
    word = text.split(" ", 1)[0]
    named = word[:1].isupper() or word[:1].isdigit() or word[:1] in "$£€¥" or "/" in word or "." in word
    return word.casefold() in _DETERMINERS or named


_COMPLEMENT: Final = re.compile(r"\s(?:of|for|in|at|on|to|from|with|by|that|which)\s")


def agreeing(subject: str, verb: str) -> str:
    """Return ``is`` or ``was`` as it stands behind a subject: the prices of the bun are.

    >>> agreeing("the prices of the bun", "is"), agreeing("the price of the buns", "is")
    ('are', 'is')
    """
    head = _COMPLEMENT.split(subject)[0].split()[-1:]
    several = bool(head) and head[0].islower() and re.search(r"[^su'’i]s$", head[0]) is not None
    return {"is": "are", "was": "were"}.get(verb, verb) if several else verb


def clause(rest: str) -> tuple[str, str, str] | None:
    """Split ``the ferry Northern Light take on board`` into subject, verb and what follows; None when unsure."""
    tokens = rest.split()
    for place in range(len(tokens) - 1, 0, -1):
        word = tokens[place].strip(",")
        behind = tokens[place + 1 :]
        follows = not behind or behind[0].casefold().strip(",") in _FOLLOWING
        if is_base(word) and follows and opens_a_noun(rest):
            return " ".join(tokens[:place]), word, " ".join(behind)
    return None


def said(subject: str, auxiliary: str, verb: str) -> str | None:
    """Return subject and verb as a statement has them."""
    if auxiliary.casefold() in AUXILIARIES:
        return f"{person(subject)} {auxiliary.casefold()} {verb}"
    form = inflected(verb, auxiliary)
    return f"{person(subject)} {form}" if form else None
