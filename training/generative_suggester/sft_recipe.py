"""The recipe ``suggester-sft``: a language model learns to write suggestions, one after the other, from lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from questline.training.licences import own_file
from questline.training.recipe import Card, Figures
from questline.training.tuning.rows import held_out
from questline.training.tuning.supervised import Lessons, SupervisedRecipe, SupervisedSettings
from questline.training.tuning.tuned import Lesson

from .figures import described
from .policy import grown
from .rows import Asked, Context, documents_of, read_asked
from .writing import PROMPT, ModelPolicy, form_of, write_form

__all__ = ["SFTRecipe", "Settings", "lessons_of"]

_ABOUT: Final = """
A language model that writes one more suggestion for a query and those that stand in the list, taught by lists that were
shown before (TRL's SFTTrainer, loss on the suggestions alone). It is where `agents train suggester-dpo` and
`agents train suggester-rounds` begin.
"""
_LIMITS: Final = """
- It suggests what was suggested, clicked or not, answered or not.
- Figures are of lists drawn at temperature 1, with nothing filtered out.
"""


@dataclass(frozen=True, kw_only=True)
class Settings(SupervisedSettings):
    """``[suggester-sft]`` of the settings file."""

    table: ClassVar[str] = "suggester-sft"

    prompt: str = PROMPT
    """What a query and the list so far are put into."""
    tokens: int = 16
    """Of a suggestion, at most."""
    size: int = 3
    """Suggestions of a list that is measured."""
    vocabulary: int = 512
    context: int = 128
    width: int = 64
    layers: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("tokens", "size")
        self.hold("prompt", "{query}" in self.prompt and "{shown}" in self.prompt, "a text with {query} and {shown}")


class SFTRecipe(SupervisedRecipe[Settings]):
    """``--data`` holds rows of {query, suggestions, documents?}; a tenth of the queries, by their hash, is held out."""

    chosen_by: str = "held-out log likelihood"

    def lessons(self) -> Lessons:
        """Read the lists: each suggestion is a lesson after those before it."""
        settings = self.settings
        read = read_asked(self.job.data, skip=settings.skip_misfits)
        self._prompt = form_of(Path(settings.model), settings.prompt) if settings.model else settings.prompt
        self._documents = documents_of(read.kept)
        self._held_queries = sorted({row.query for row in read.kept if held_out(row.query)})
        sides = [[row for row in read.kept if held_out(row.query) == held] for held in (False, True)]
        counts = {"lists": len(sides[0]), "held-out queries": len(self._held_queries)}
        if read.left_out:
            counts["rows left out"] = read.left_out
        train, held = (lessons_of(side, self._prompt) for side in sides)
        return Lessons(train=train, held=held, counts=counts)

    def measured(self) -> Figures:
        """Write lists for the queries held out."""
        loaded, settings = self.loaded, self.settings
        policy = ModelPolicy(model=loaded.model, tokenizer=loaded.tokenizer, prompt=self._prompt, most=settings.tokens)
        queries = self._held_queries[: settings.tested]
        lists = grown(policy, queries, settings.size, seed=f"{self.job.seed} measured")
        told = list(zip(queries, lists, strict=True))
        self.samples.add(self.step, ({"query": query, "suggestions": list(each)} for query, each in told))
        return described(told, self._documents)

    def export(self, folder: Path) -> Card:
        """Write the model with its tokenizer, and what it is asked with."""
        write_form(folder, self._prompt)
        return super().export(folder)

    def card(self, megabytes: float) -> Card:
        """Return the card."""
        return Card(
            title="Language model that writes suggestions",
            about=_ABOUT.strip(),
            data=(own_file(self.job.data),),
            limits=_LIMITS.strip(),
            figures={"megabytes": megabytes},
        )


def lessons_of(rows: Sequence[Asked], prompt: str) -> list[Lesson]:
    """Return a lesson for each suggestion: the query and those before it are asked."""
    return [
        Lesson(Context(row.query, row.suggestions[:at]).messages(prompt), text)
        for row in rows
        for at, text in enumerate(row.suggestions)
    ]
