"""Which of a teacher's windows are learnt from (spec 04 §2.4): where answer or selection agrees with what is known.

A window that names gold answers is kept where the teacher's answer is near one of them, or where what it selected holds
one. That nothing helps is believed where no passage holds an answer, and none is known to help.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from questline.errors import UsageError
from questline.training.evaluation.answer_metrics import holds_answer, token_f1

from .rows import TaughtSet

__all__ = ["LEAST", "Ending", "checked"]

LEAST: Final = 0.5
"""Token F1 of the teacher's answer with a gold one, at least [ours]."""
Ending: TypeAlias = Literal["kept", "kept unchecked", "another answer", "something would help", "unreadable"]


def checked(each: TaughtSet, *, least: float = LEAST) -> Ending:
    """Return how a taught window ends; one of which no answer and no gold is known cannot be checked.

    Raises:
        UsageError: ``bad_param`` for a window without a teacher.
    """
    if each.selection is None:
        raise UsageError(f"the window {each.id!r} has no teacher's selection", code="bad_param", argument="selection")
    texts = {one.id: one.as_text() for one in each.passages}
    if not each.selection:
        held = bool(each.answers) and any(holds_answer(text, each.answers) for text in texts.values())
        if held or each.gold:
            return "something would help"
        return "kept" if each.answers or each.gold is not None else "kept unchecked"
    if not each.answers:
        if each.gold is None:
            return "kept unchecked"
        return "kept" if set(each.gold) & set(each.selection) else "another answer"
    near = bool(each.answer) and token_f1(each.answer, each.answers) >= least
    held = any(holds_answer(texts[name], each.answers) for name in each.selection)
    return "kept" if near or held else "another answer"
