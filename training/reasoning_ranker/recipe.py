"""What both recipes of the ranker share: how lists are read and asked about, what is measured, what is exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from questline.tools.models.llm_contract import Thinking
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures
from questline.training.tuning.rows import held_out
from questline.training.tuning.tuned import TunedRecipe

from .lists import TaughtList, need_relevant, read_lists
from .measure import OWN, means, scored, yardsticks
from .prompts import Asking, Detail
from .settings import GRPOSettings, RankerSettings, SFTSettings

__all__ = ["Ranks", "Split", "asking_of", "split"]

RankerT = TypeVar("RankerT", SFTSettings, GRPOSettings)
_SHOWN: Final = 8
_LIMITS: Final = """
- It orders what it is shown, at most as many passages as its lists had; longer lists go through the product's windows.
- It is served with the prompt beside it (`prompts.rank` of the settings), with the same thinking; another prompt is
  another model.
- Its order is as good as the labels that it learnt from; what is measured here is on lists like those.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Lists to learn from, and lists to measure on."""

    train: Sequence[TaughtList]
    held: Sequence[TaughtList]
    """Each has a relevant passage, and one that is not."""
    left_out: int
    """Rows that do not fit."""

    @property
    def counts(self) -> Mapping[str, int]:
        """For the card."""
        told = {"lists": len(self.train), "held-out lists": len(self.held)}
        return {**told, **({"rows left out": self.left_out} if self.left_out else {})}


def split(path: Path, settings: RankerSettings, *, skip: bool, tested: int) -> Split:
    """Read lists and hold a tenth of them out, by a hash of their query.

    Raises:
        UsageError: ``bad_data``.
    """
    found = read_lists(path, skip=skip)
    need_relevant(found.kept)
    held = [each for each in found.kept if held_out(each.query) and _says(each)][:tested]
    return Split(train=[each for each in found.kept if not held_out(each.query)], held=held, left_out=found.left_out)


def asking_of(settings: RankerSettings, *, model: str) -> Asking:
    """Return how the settings ask: by the prompt that is named, or that lies beside the model, or that suits it.

    Args:
        settings: Of the recipe.
        model: By name or folder; empty for one that is made here.
    """
    thinking, tokens = cast("Thinking", settings.thinking), settings.passage_tokens
    beside = None if settings.prompt else Asking.beside(model, thinking=thinking, passage_tokens=tokens)
    detail = settings.prompt or ("full" if model else "short")
    return beside or Asking.of(cast("Detail", detail), thinking=thinking, passage_tokens=tokens)


class Ranks(TunedRecipe[RankerT]):
    """What a recipe does with a model that orders: it measures it, and exports it with its prompt."""

    chosen_by: str = OWN
    title: str
    about: str

    def read(self) -> Split:
        """Read the lists, and how they are asked about."""
        settings = self.settings
        self.asking = asking_of(settings, model=settings.model)
        self.split = split(self.job.data, settings, skip=settings.skip_misfits, tested=settings.tested)
        return self.split

    def measured(self) -> Figures:
        """Let the model order the held-out lists at its likeliest; the first few texts go into ``samples.jsonl``."""
        held = self.split.held
        texts = self.written([self.asking.messages(each) for each in held], most=self.settings.tokens)
        self.found = [scored(each, text) for each, text in zip(held, texts, strict=True)]
        rows = zip(held[:_SHOWN], texts, self.found, strict=False)
        told = [{"held_out": each.id, "text": text, "nDCG@10": round(one.ndcg, 4)} for each, text, one in rows]
        self.samples.add(self.step, told)
        return means(self.found)

    def export(self, folder: Path) -> Card:
        """Write model, tokenizer and prompt."""
        card = super().export(folder)
        self.asking.write(folder)
        return card

    def card(self, megabytes: float) -> Card:
        """Return the card."""
        marks = yardsticks(self.split.held, seed=self.job.seed)
        return Card(
            title=self.title,
            about=self.about.strip(),
            data=(own_file(self.job.data),),
            limits=_LIMITS.strip(),
            figures={"megabytes": megabytes, **{f"nDCG@10 of {name}": value for name, value in marks.items()}},
        )


def _says(each: TaughtList) -> bool:
    """Whether an order can do well or badly on a list."""
    grades = [each.judged.get(one, 0) for one in each.ids]
    return max(grades) > 0 and len(set(grades)) > 1
