"""What both recipes of the ranker share: how lists are read and asked about, what is measured, what is exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from questline.tools.models.llm_contract import Thinking
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job
from questline.training.tuning.chat import Message
from questline.training.tuning.rows import held_out
from questline.training.tuning.samples import SampleLog

from .lists import TaughtList, need_relevant, read_lists
from .measure import Scored, means, scored, yardsticks
from .prompts import Asking, Detail
from .settings import RankerSettings

__all__ = ["Split", "asking_of", "card", "look", "split"]

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


def look(
    held: Sequence[TaughtList],
    asking: Asking,
    write: Callable[[Sequence[Sequence[Message]]], Sequence[str]],
    log: SampleLog,
    step: int,
) -> tuple[Figures, Sequence[Scored]]:
    """Let a model order the held-out lists at its likeliest; the first few texts go into ``samples.jsonl``."""
    texts = write([asking.messages(each) for each in held])
    found = [scored(each, text) for each, text in zip(held, texts, strict=True)]
    rows = zip(held[:_SHOWN], texts, found, strict=False)
    told = [{"held_out": each.id, "text": text, "nDCG@10": round(one.ndcg, 4)} for each, text, one in rows]
    log.add(step, told)
    return means(found), found


def card(
    title: str, about: str, job: Job, asking: Asking, held: Sequence[TaughtList], folder: Path, megabytes: float
) -> Card:
    """Write the prompt beside the exported model, and return its card."""
    asking.write(folder)
    marks = yardsticks(held, seed=job.seed)
    return Card(
        title=title,
        about=about.strip(),
        data=(own_file(job.data),),
        limits=_LIMITS.strip(),
        figures={"megabytes": megabytes, **{f"nDCG@10 of {name}": value for name, value in marks.items()}},
    )


def _says(each: TaughtList) -> bool:
    """Whether an order can do well or badly on a list."""
    grades = [each.judged.get(one, 0) for one in each.ids]
    return max(grades) > 0 and len(set(grades)) > 1
