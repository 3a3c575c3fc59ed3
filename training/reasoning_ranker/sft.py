"""The recipe ``ranker-sft``: a language model is taught reasoning and order (arXiv:2508.07050 §3.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.training.recipe import Card, Figures
from questline.training.tuning.supervised import Lessons, SupervisedRecipe
from questline.training.tuning.tuned import Lesson

from . import recipe
from .lists import TaughtList
from .measure import OWN
from .prompts import written
from .settings import SFTSettings

__all__ = ["SFTRecipe", "SFTSettings"]

Settings = SFTSettings
_ABOUT: Final = """
A language model that is shown a query and numbered passages, reasons between `<think>` and `</think>`, and writes all
numbers, best first, between `<answer>` and `</answer>`. It was taught the reasoning and the orders of a teacher (TRL's
SFTTrainer, loss on the answers alone). It is where `agents train ranker-grpo` begins.
"""


class SFTRecipe(SupervisedRecipe[SFTSettings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds taught lists."""

    chosen_by: str = OWN

    def lessons(self) -> Lessons:
        """Read the lists; those without a teacher's order, or reasoning where it is wanted, teach nothing."""
        settings, path = self.settings, self.job.data
        self.asking = recipe.asking_of(settings, model=settings.model)
        self.split = recipe.split(path, settings, skip=settings.skip_misfits, tested=settings.tested)
        train = [each for each in self.split.train if self._teaches(each)]
        if not train:
            raise UsageError(
                f"none of {len(self.split.train)} lists of {str(path)!r} has a teacher's 'final_list'"
                f"{'' if settings.thinking == 'off' else ' and reasoning'}: let a teacher label them with "
                '`agents train ranker-lists teach`, or set thinking = "off" to learn orders alone',
                code="bad_data",
                path=path,
            )
        untaught = len(self.split.train) - len(train)
        return Lessons(
            train=[self._lesson(each) for each in train],
            held=[self._lesson(each) for each in self.split.held],
            counts={**self.split.counts, **({"lists without a teacher": untaught} if untaught else {})},
        )

    def measured(self) -> Figures:
        """Let it order the held-out lists."""
        figures, self.found = recipe.look(
            self.split.held,
            self.asking,
            lambda chats: self.written(chats, most=self.settings.tokens),
            self.samples,
            self.step,
        )
        return figures

    def export(self, folder: Path) -> Card:
        """Write model, tokenizer and prompt."""
        self._folder = folder
        return super().export(folder)

    def card(self, megabytes: float) -> Card:
        """Return the card."""
        title = "Language model that reasons and ranks"
        return recipe.card(title, _ABOUT, self.job, self.asking, self.split.held, self._folder, megabytes)

    def _teaches(self, each: TaughtList) -> bool:
        return bool(each.final_list) and (self.settings.thinking == "off" or bool(each.reasoning))

    def _lesson(self, each: TaughtList) -> Lesson:
        """Return the list as a lesson; one that nobody taught, held out, has its best order as answer."""
        best = each.final_list or sorted(each.ids, key=lambda one: -each.judged.get(one, 0))
        reasoning = "" if self.settings.thinking == "off" else each.reasoning
        return Lesson(self.asking.messages(each), written(each.numbers(best), reasoning))
