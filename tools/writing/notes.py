"""What a writer says of how it read a brief: nothing that was told is passed over without a word."""

from __future__ import annotations

from typing import Final

from questline.types import AnswerWarning

from .asking import ROLE
from .brief import Brief
from .grammar.bank import bank
from .reading import Reading

__all__ = ["notes", "writer_warning"]

_ALWAYS_CAREFUL: Final = frozenset({"pregnancy_loss", "remembrance"})
"""Occasions that somebody who asks for a greeting may not have thought of as grave."""


def notes(brief: Brief, reading: Reading) -> list[AnswerWarning]:
    """Return the warnings of a brief before anything is written."""
    found: list[AnswerWarning] = []
    context, occasion = reading.context, bank().occasions[reading.occasion]
    if not reading.in_scope:
        found.append(writer_warning("out_of_scope", "the query asks for no greeting; a general one was written"))
    if reading.voice != "bright" and (brief.tone == "humorous" or brief.rhyme):
        found.append(
            writer_warning("tone_not_fitting", "nothing funny or rhymed is said here; a quiet text was written")
        )
    if context.quiet:
        found.append(
            writer_warning(
                "careful_tone",
                f"the brief tells of {context.words!r}: a quiet text that does not name it was written; read it first",
            )
        )
    elif occasion.id in _ALWAYS_CAREFUL:
        found.append(
            writer_warning(
                "careful_tone",
                f"this was read as {occasion.name} ({occasion.id}): the text is a quiet one; read it first",
            )
        )
    if context.dropped:
        names = ", ".join(f"{bank().occasions[name].name} ({name})" for name in context.dropped)
        found.append(
            writer_warning(
                "occasion_dropped",
                f"the brief also names {names}, and the text is for {occasion.name} ({occasion.id}) alone; "
                "ask for each by itself, or leave more room",
            )
        )
    return found


def writer_warning(code: str, message: str) -> AnswerWarning:
    """Return a warning of the writer."""
    return AnswerWarning(code=code, message=message, step=ROLE)
