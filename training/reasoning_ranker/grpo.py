"""The recipe ``ranker-grpo``: orders are tuned by GRPO for the multi-view reward (arXiv:2508.07050 §3.3), mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.errors import UsageError
from questline.training.ranking.reward import BAD_TAGS, Views, views
from questline.training.tuning.chat import Message
from questline.training.tuning.reinforced import Earned, ReinforcedRecipe, Rollout

from .lists import TaughtList
from .recipe import Ranks
from .settings import GRPOSettings

__all__ = ["GRPORecipe", "GRPOSettings"]

Settings = GRPOSettings
_ABOUT: Final = """
A language model that is shown a query and numbered passages, reasons between `<think>` and `</think>`, and writes all
numbers, best first, between `<answer>` and `</answer>`. It was tuned by GRPO: orders of one list are weighed against
each other by nDCG@10, recall@10 and their overlap with a teacher's order; an answer without the tags earns -1, one that
is no order of exactly the shown passages 0.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A list as it is shown while it is learnt from, and what is known of it by number."""

    shown: TaughtList
    grades: Mapping[int, int]
    order: tuple[int, ...] | None


class GRPORecipe(Ranks[GRPOSettings], ReinforcedRecipe[GRPOSettings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds lists with grades, or with a teacher's labels."""

    title = "Language model that reasons and ranks, tuned by its orders"
    about = _ABOUT

    @property
    def shown(self) -> Sequence[TaughtList]:
        """The lists that are learnt from, as they are shown; a rollout's place is one of them."""
        return [each.shown for each in self._known]

    def chats(self) -> tuple[Sequence[Sequence[Message]], Mapping[str, int]]:
        """Read the lists."""
        path, split = self.job.data, self.read()
        if not split.held:
            raise UsageError(
                f"no list of {str(path)!r} that is held out (a tenth, by a hash of its query) has both relevant and "
                "other passages: give more lists",
                code="bad_data",
                path=path,
            )
        asked = [self._asked(each) for each in split.train]
        self._known = [each for each in asked if any(grade > 0 for grade in each.grades.values())]
        silent = len(asked) - len(self._known)
        counts = {**split.counts, **({"lists without a relevant passage": silent} if silent else {})}
        return [self.asking.messages(each.shown) for each in self._known], counts

    def earned(self, rollouts: Sequence[Rollout]) -> Sequence[Earned]:
        """Weigh each order; an answer that was cut off has no matching tags."""
        return [self._earned(each) for each in rollouts]

    def _earned(self, rollout: Rollout) -> Earned:
        settings, asked = self.settings, self._known[rollout.place]
        found = views(
            rollout.text,
            len(asked.shown.passages),
            asked.order,
            asked.grades,
            p=settings.p,
            weights=(settings.w_ndcg, settings.w_recall, settings.w_overlap),
        )
        if not rollout.ended:  # cut off: inference does not read it either
            found = Views(total=BAD_TAGS, tagged=False)
        long = self._long(rollout.tokens) if found.valid else 0.0
        parts = {
            "nDCG@10": found.ndcg,
            "recall@10": found.recall,
            "overlap": found.overlap,
            "tags": float(found.tagged),
            "valid": float(found.valid),
            "long": -long,
        }
        return Earned(total=found.total - long, parts=parts, formed=found.valid)

    def _long(self, tokens: int) -> float:
        """Return what an answer of so many tokens loses."""
        settings = self.settings
        free = settings.free * settings.tokens
        return settings.w_long * max(0.0, tokens - free) / (settings.tokens - free)

    def _asked(self, each: TaughtList) -> _Asked:
        settings = self.settings
        bare = TaughtList(
            id=each.id,
            query=each.query,
            passages=each.passages,
            grades=each.grades,
            relevant=each.relevant,
            final_list=each.final_list,
        )
        shown = bare.shuffled(f"{self.job.seed} shown") if settings.order == "shuffled" else bare
        by_teacher = dict.fromkeys(each.relevant, 1)
        grades = (each.judged if settings.labels == "given" else by_teacher) or {}
        return _Asked(
            shown=shown,
            grades=dict(zip(shown.numbers(grades), grades.values(), strict=True)),
            order=shown.numbers(each.final_list) if each.final_list else None,
        )
