"""The recipe ``summarizer-sft``: a small model learns a teacher's summaries (sequence distillation, spec 05 §2.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.settings import load_settings
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job
from questline.training.tuning.rows import fitting
from questline.training.tuning.supervised import Lessons, SupervisedRecipe
from questline.training.tuning.tuned import Lesson

from .quantized import quantized
from .rows import Asked, reader, split
from .scores import Measured, Weights, describe, measure
from .settings import SFTSettings
from .teacher import Taught, Teacher

__all__ = ["SFTRecipe", "SFTSettings", "held_figures"]

_ABOUT: Final = """
A language model that writes a short summary of a document for a query. It learnt summaries that a teacher wrote
(sequence-level distillation: the likelihood of the teacher's text, TRL's SFTTrainer, loss on the summaries alone). It
is where `agents train summarizer-dpo` begins.
"""
_LIMITS: Final = """
- It writes freely: a summary may say what its document does not. Hold it to the document with
  `questline.tools.summarization.verify`, or take the default summarizer, whose pieces are the document's own text.
- It does not say when a document answers nothing.
- ROUGE says how near it is to its teacher, not how good that one was.
"""


def held_figures(texts: Sequence[str], rows: Sequence[Asked], weights: Weights) -> dict[str, float]:
    """Return what is told of the summaries of held-out rows; ``facts`` where rows have answers."""
    found: list[Measured] = [measure(text, row) for text, row in zip(texts, rows, strict=True)]
    figures = {f"held-out {name}": value for name, value in describe(found, weights=weights).items()}
    answered = [each.completeness for each, row in zip(found, rows, strict=True) if row.answers]
    return {**figures, **({"held-out facts": sum(answered) / len(answered)} if answered else {})}


class SFTRecipe(SupervisedRecipe[SFTSettings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds {query, document, summary}."""

    chosen_by: str = "held-out ROUGE-L"

    def __init__(self, job: Job, settings: SFTSettings, *, teacher: Teacher | None = None) -> None:
        super().__init__(job, settings)
        self._teacher = teacher
        self._taught: Taught | None = None
        self._eight: Mapping[str, float] = {}

    def lessons(self) -> Lessons:
        """Read the rows; what has no summary is put to the teacher."""
        settings, job = self.settings, self.job
        read = reader(needs_summary=not settings.teacher, check=settings.check)
        found = fitting(job.data, read, skip=settings.skip_misfits)
        rows = found.kept
        counts: dict[str, int] = {"documents": len({row.document for row in rows})}
        if found.left_out:
            counts["rows that do not fit, left out"] = found.left_out
        if settings.teacher:
            teacher = self._teacher or Teacher.of(load_settings(), job.cache / "teacher", words=settings.words)
            taught = teacher.teach(rows, job.hears)
            if not taught.rows:
                raise UsageError(
                    f"the teacher wrote no summary that holds: {taught.counts()}", code="bad_data", path=job.data
                )
            self._taught, rows = taught, taught.rows
            counts |= taught.counts()
        train, self._rows_held = split(rows, tested=settings.tested, path=job.data)
        return Lessons(train=[*map(self._lesson, train)], held=[*map(self._lesson, self._rows_held)], counts=counts)

    def measured(self) -> Figures:
        """Let it summarize what is held out, and compare."""
        settings = self.settings
        texts = self.written([row.chat(settings.prompt) for row in self._rows_held], most=settings.tokens)
        self.samples.add(
            self.step,
            (
                {"query": row.query, "summary": text, "reference": row.summary}
                for row, text in zip(self._rows_held[: settings.samples], texts, strict=False)
            ),
        )
        return held_figures(texts, self._rows_held, Weights())

    def card(self, megabytes: float) -> Card:
        """Say what the model is, and what its teacher cost."""
        figures: dict[str, float] = {"megabytes": megabytes, **self._eight}
        if self._taught is not None:
            spent = self._taught.spent
            figures |= {"teacher: calls": spent.calls, "teacher: tokens": spent.tokens, "teacher: usd": spent.usd}
        return Card(
            title="Language model that summarizes for a query",
            about=_ABOUT.strip(),
            data=(own_file(self.job.data),),
            limits=_LIMITS.strip(),
            figures=figures,
        )

    def export(self, folder: Path) -> Card:
        """Write the model with its tokenizer, and on request a copy of 8 bits."""
        if self.settings.int8:
            asked = [row.chat(self.settings.prompt) for row in self._rows_held]
            self._eight = quantized(self.loaded, asked, folder, most=self.settings.tokens)
        return super().export(folder)

    def _lesson(self, row: Asked) -> Lesson:
        return Lesson(row.chat(self.settings.prompt), row.summary)
