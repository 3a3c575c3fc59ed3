"""The recipe ``ranker-sft``: a language model is taught reasoning and order (arXiv:2508.07050 §3.2)."""

from __future__ import annotations

from typing import Final

from questline.errors import UsageError
from questline.training.tuning.supervised import Lessons, SupervisedRecipe
from questline.training.tuning.tuned import Lesson

from .lists import TaughtList
from .prompts import written
from .recipe import Ranks
from .settings import SFTSettings

__all__ = ["SFTRecipe", "SFTSettings"]

Settings = SFTSettings
_ABOUT: Final = """
A language model that is shown a query and numbered passages, reasons between `<think>` and `</think>`, and writes all
numbers, best first, between `<answer>` and `</answer>`. It was taught the reasoning and the orders of a teacher (TRL's
SFTTrainer, loss on the answers alone). It is where `agents train ranker-grpo` begins.
"""


class SFTRecipe(Ranks[SFTSettings], SupervisedRecipe[SFTSettings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds taught lists."""

    title = "Language model that reasons and ranks"
    about = _ABOUT

    def lessons(self) -> Lessons:
        """Read the lists; those without a teacher's order, or reasoning where it is wanted, teach nothing."""
        settings, path, split = self.settings, self.job.data, self.read()
        train = [each for each in split.train if self._teaches(each)]
        if not train:
            raise UsageError(
                f"none of {len(split.train)} lists of {str(path)!r} has a teacher's 'final_list'"
                f"{'' if settings.thinking == 'off' else ' and reasoning'}: let a teacher label them with "
                '`agents train ranker-lists teach`, or set thinking = "off" to learn orders alone',
                code="bad_data",
                path=path,
            )
        untaught = len(split.train) - len(train)
        return Lessons(
            train=[self._lesson(each) for each in train],
            held=[self._lesson(each) for each in split.held],
            counts={**split.counts, **({"lists without a teacher": untaught} if untaught else {})},
        )

    def _teaches(self, each: TaughtList) -> bool:
        return bool(each.final_list) and (self.settings.thinking == "off" or bool(each.reasoning))

    def _lesson(self, each: TaughtList) -> Lesson:
        """Return the list as a lesson; one that nobody taught, held out, has its best order as answer."""
        best = each.final_list or sorted(each.ids, key=lambda one: -each.judged.get(one, 0))
        reasoning = "" if self.settings.thinking == "off" else each.reasoning
        return Lesson(self.asking.messages(each), written(each.numbers(best), reasoning))
