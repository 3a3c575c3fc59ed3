"""Streamed text that survives a retry: what was shown is not shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from questline.tools.models.llm_contract import RESTART

__all__ = ["TokenStream", "without_thoughts"]

_OPENING: Final = "<think>"
_CLOSING: Final = "</think>"


def without_thoughts(text: str) -> str:
    """Return what follows the last ``</think>``: some servers send a model's thoughts as text, often without opening.

    Of a text that begins with ``<think>`` and does not close it there is nothing to return yet.
    """
    said = text.rpartition(_CLOSING)[2].lstrip() if _CLOSING in text else text
    begun = said.lstrip()
    return "" if begun.startswith(_OPENING) or (begun and _OPENING.startswith(begun)) else said


class TokenStream:
    """Pass pieces of text on to a consumer who has seen the pieces of an attempt that failed.

    While a new attempt repeats what was shown, nothing is passed on; beyond that, only what is new. As soon as it says
    something else, `RESTART` tells the consumer to forget the text so far, and all of the new text follows. The
    consumer's text, with this rule applied, is at the end exactly the model's answer, or empty when there is none.
    A model's thoughts are not part of it; those that turn out to be thoughts by their end alone are taken back then.
    """

    def __init__(self, on_token: Callable[[str], None]) -> None:
        self._on_token: Final = on_token
        self._shown = ""
        self._text = ""
        self._raw = ""

    def begin(self) -> None:
        """Start an attempt."""
        self._text = self._raw = ""

    def piece(self, text: str) -> None:
        """Take the next piece of the attempt."""
        self._raw += text
        self._text = without_thoughts(self._raw)
        if self._shown.startswith(self._text):
            return
        if not self._text.startswith(self._shown):
            self.discard()
        new = self._text[len(self._shown) :]
        self._shown = self._text
        self._on_token(new)

    def end(self) -> None:
        """End an attempt that is complete: a text shorter than what was shown replaces it."""
        if self._shown != self._text:
            self.discard()
            self.piece("")

    def discard(self) -> None:
        """Take back what was shown."""
        if self._shown:
            self._shown = ""
            self._on_token(RESTART)
