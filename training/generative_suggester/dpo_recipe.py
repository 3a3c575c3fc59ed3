"""The recipe ``suggester-dpo``: weighted DPO of a suggester on pairs of clicks, repeats and unanswered ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job
from questline.training.tuning.preference import PreferencePair, PreferenceRecipe, Preferences, PreferenceSettings
from questline.training.tuning.rows import held_out

from .click_model import ClickModel, load_clicks
from .figures import described
from .pairs import Pair, read_pairs
from .policy import grown
from .rows import Context, documents_of, read_asked
from .writing import PROMPT, ModelPolicy, form_of, write_form

__all__ = ["DPORecipe", "Settings"]

_ABOUT: Final = """
A language model that writes suggestions, tuned by weighted DPO (spec 06 §2.4, ours): pairs whose calibrated chances
of a click lie apart, weighted by how far, and pairs whose worse side repeats the list or cannot be answered.
"""
_LIMITS: Final = """
- Clicks are not usefulness: what is preferred is what was clicked.
- The click model that made the pairs also measures; only a log of the tuned model's own lists, or users who are known,
  tell whether it is better (`agents train suggester-rounds`).
"""
_CLICKS: Final = "expected clicks a list"
_PREFERRED: Final = "held-out preferred"


@dataclass(frozen=True, kw_only=True)
class Settings(PreferenceSettings):
    """``[suggester-dpo]`` of the settings file; ``model`` is a folder of `suggester-sft`, or any chat model."""

    table: ClassVar[str] = "suggester-dpo"

    steps: int = 60
    rate: float = 3e-4
    beta: float = 2.0
    """How near it stays to where it began: of means over tokens, so larger than the 0.1 of sums."""
    sft: float = 0.3
    """Weight of the likelihood of the better side, which a preference alone lowers, and what is no suggestion rises."""
    prompt: str = PROMPT
    clicks: str = ""
    """File of `agents train click-model` that expects the clicks of what is written; without one they are not told."""
    known: str = ""
    """Rows of {query, suggestions, documents?}, whose documents say what can be answered."""
    tokens: int = 16
    size: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold_counts("tokens", "size")
        self.hold("prompt", "{query}" in self.prompt and "{shown}" in self.prompt, "a text with {query} and {shown}")


class DPORecipe(PreferenceRecipe[Settings]):
    """``--data`` holds pairs: {query, shown?, chosen, rejected, weight?, why?}; a tenth of the queries is held out."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, settings)
        self.chosen_by = _CLICKS if settings.clicks else _PREFERRED
        self._clicks: ClickModel | None = load_clicks(Path(settings.clicks)) if settings.clicks else None

    def preferences(self) -> Preferences:
        """Read the pairs."""
        settings = self.settings
        read = read_pairs(self.job.data, skip=settings.skip_misfits)
        self._prompt = form_of(Path(settings.model), settings.prompt)
        rows = read_asked(Path(settings.known)).kept if settings.known else []
        self._documents = documents_of(rows)
        held = [each for each in read.kept if _held(each)]
        self._queries = sorted({each.query for each in held})[: settings.tested]
        counts = {f"pairs of {why}": sum(each.why == why for each in read.kept) for why in _WHYS}
        if read.left_out:
            counts["rows left out"] = read.left_out
        train = [self._pair(each) for each in read.kept if not _held(each)]
        return Preferences(train=train, held=[self._pair(each) for each in held], counts=counts)

    def measured(self) -> Figures:
        """Write lists for the queries held out."""
        loaded, settings = self.loaded, self.settings
        policy = ModelPolicy(model=loaded.model, tokenizer=loaded.tokenizer, prompt=self._prompt, most=settings.tokens)
        lists = grown(policy, self._queries, settings.size, seed=f"{self.job.seed} measured")
        told = list(zip(self._queries, lists, strict=True))
        self.samples.add(self.step, ({"query": query, "suggestions": list(each)} for query, each in told))
        figures = described(told, self._documents)
        if self._clicks is None:
            return figures
        clicks = [float(self._clicks.expected(query, each).sum()) for query, each in told]
        return {_CLICKS: sum(clicks) / len(clicks), **figures}

    def export(self, folder: Path) -> Card:
        """Write the model with its tokenizer, and what it is asked with."""
        write_form(folder, self._prompt)
        return super().export(folder)

    def card(self, megabytes: float) -> Card:
        """Return the card."""
        return Card(
            title="Language model that writes suggestions, tuned by clicks",
            about=_ABOUT.strip(),
            data=(own_file(self.job.data),),
            limits=_LIMITS.strip(),
            figures={"megabytes": megabytes},
        )

    def _pair(self, pair: Pair) -> PreferencePair:
        return PreferencePair(
            messages=Context(pair.query, pair.shown).messages(self._prompt),
            chosen=pair.chosen,
            rejected=pair.rejected,
            weight=pair.weight,
        )


_WHYS: Final = ("clicks", "repeats", "unanswered")


def _held(pair: Pair) -> bool:
    """Of another hash than the queries that are never shown: the loop's pairs have none of those."""
    return held_out(f"pairs of {pair.query}")
