"""Closed words as people type them in a hurry, and how they are spelled: "wich", "cant", "an till when"."""

from __future__ import annotations

import re
from typing import Final

from .closed_words import WH

__all__ = ["spelled_out"]

_WORDS: Final = {
    "wat": "what", "wot": "what", "wats": "what is", "whats": "what is", "whos": "who is", "wheres": "where is",
    "whens": "when is", "hows": "how is", "wich": "which", "whitch": "which", "wen": "when", "wher": "where",
    "meny": "many", "mutch": "much", "mch": "much", "hw": "how", "u": "you", "ur": "your", "r": "are", "im": "I'm",
    "ive": "I've", "id": "I'd", "teh": "the", "hte": "the", "abt": "about", "dose": "does", "till": "until", "til": "until",
    "cant": "can't", "wont": "won't", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "isnt": "isn't",
    "arent": "aren't", "wasnt": "wasn't", "werent": "weren't", "havent": "haven't", "hasnt": "hasn't",
    "couldnt": "couldn't", "shouldnt": "shouldn't", "wouldnt": "wouldn't", "mustnt": "mustn't", "thats": "that's",
    "theres": "there's", "youre": "you're", "theyre": "they're", "plz": "please", "pls": "please", "thx": "thanks",
}  # fmt: skip
_WORD: Final = re.compile(rf"(?<![\w'’.-])(?:{'|'.join(_WORDS)})(?![\w'’-]|\.\w)")
_AN: Final = re.compile(rf"(?:(?<=[,;] )an|(?<= )n|(?<= )&) (?=(?:(?:until|from|at|by|in) )?{WH}\b)")


def spelled_out(text: str) -> str:
    """Return a text with its hasty words spelled out; words with a capital stay as they are.

    >>> spelled_out("wich day is it, an till when cant i come")
    "which day is it, and until when can't i come"
    """
    return _AN.sub("and ", _WORD.sub(lambda match: _WORDS[match[0]], text))
