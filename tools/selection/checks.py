"""Check what a selector is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from questline.errors import UsageError
from questline.tools.ranking.first_stage import FirstStage, check_number
from questline.types import AnswerWarning, Passage

__all__ = ["STEP", "Request"]

STEP = "select"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call that makes sense."""

    stage: FirstStage
    max_set: int
    tau: float | None
    twins: dict[int, int]
    """By position of a passage that repeats another word for word, the position of that one."""
    warnings: tuple[AnswerWarning, ...] = ()

    @classmethod
    def read(cls, question: str, passages: Sequence[Passage], *, max_set: int | None, tau: float | None) -> Request:
        """Check a call.

        Raises:
            UsageError: ``empty_question``; ``bad_document`` with the position of what is no passage with text;
                ``duplicate_id``; ``bad_param`` naming ``max_set`` or ``tau``.
        """
        if not isinstance(cast("object", question), str) or not question.strip():
            raise UsageError(
                "the question is empty: write what to select for", code="empty_question", argument="question"
            )
        if max_set is not None and (
            isinstance(max_set, bool) or not isinstance(cast("object", max_set), int) or max_set < 1
        ):
            raise UsageError(
                f"max_set={max_set!r} must be a whole number above 0", code="bad_param", argument="max_set"
            )
        check_number("tau", tau, low=0.0, high=1.0)
        stage = FirstStage.read(question, passages)
        for index, passage in enumerate(stage.passages):
            if not passage.text.strip():
                raise UsageError(f"passages[{index}] has no text", code="bad_document", index=index)
        return cls(
            stage=stage,
            max_set=max_set or max(1, len(stage.passages)),
            tau=tau,
            twins=_twins(stage),
            warnings=tuple(replace(warning, step=STEP, message=_told(warning)) for warning in stage.warnings),
        )

    @property
    def unique(self) -> tuple[int, ...]:
        """The positions of the passages that repeat none, in the first stage's order."""
        return tuple(index for index in self.stage.order if index not in self.twins)


def _told(warning: AnswerWarning) -> str:
    return "there is nothing to select from" if warning.code == "no_documents" else warning.message


def _twins(stage: FirstStage) -> dict[int, int]:
    """Return which passage repeats which; the first by the first stage's order, then by id, stands for all."""
    ranked = sorted(
        stage.order, key=lambda index: (-stage.strength[index] if stage.scored else 0.0, stage.passages[index].id)
    )
    first: dict[tuple[str, str], int] = {}
    twins: dict[int, int] = {}
    for index in ranked:
        passage = stage.passages[index]
        key = (" ".join(passage.title.split()), " ".join(passage.text.split()))
        if key in first:
            twins[index] = first[key]
        else:
            first[key] = index
    return twins
