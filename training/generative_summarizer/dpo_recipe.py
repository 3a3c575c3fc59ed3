"""The recipe ``summarizer-dpo``: a summarizer comes to prefer what scores better at equal length (spec 05 §2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.training.evaluation.rows import Row, content_hash
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures
from questline.training.tuning.preference import PreferenceRecipe, Preferences
from questline.training.tuning.rows import fitting

from .drawn import Drawn, Pair, paired, preferred
from .rows import Asked, reader, row_held_out, split
from .settings import DPOSettings
from .sft_recipe import held_figures

__all__ = ["DPORecipe", "DPOSettings"]

_ABOUT: Final = """
A language model that writes a short summary of a document for a query, tuned by DPO from where `agents train
summarizer-sft` left it: of several summaries of one document those that score higher (relevance, faithfulness,
completeness, less what their length is off) were preferred, the gain of a token in the mean being compared.
"""
_LIMITS: Final = """
- It was tuned for a score of rules, which are no reader. Look at `samples.jsonl`, and at quality and words together.
- It writes freely: hold it to the document with `questline.tools.summarization.verify`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A row of the data: what is asked, and a pair where the row holds one."""

    asked: Asked
    pair: Pair | None = None


class DPORecipe(PreferenceRecipe[DPOSettings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds {query, document, summary?} or {…, chosen, rejected}."""

    chosen_by: str = "held-out score"

    def preferences(self) -> Preferences:
        """Read pairs, or draw summaries from the model as it is and pair them."""
        settings, job = self.settings, self.job
        found = fitting(job.data, self._read, skip=settings.skip_misfits)
        pairs = [each.pair for each in found.kept if each.pair is not None]
        if pairs and len(pairs) < len(found.kept):
            raise UsageError(
                f"{len(pairs)} of {len(found.kept)} rows hold chosen and rejected: all must, or none",
                code="bad_data",
                path=job.data,
            )
        train, held = split([each.asked for each in found.kept], tested=settings.tested, path=job.data)
        self._held_rows = held
        train = train[: settings.documents]
        counts = {"documents": len(train), "held-out documents": len(held)}
        if found.left_out:
            counts["rows that do not fit, left out"] = found.left_out
        if pairs:
            first = [pair for pair in pairs if not row_held_out(_asked(pair))]
            second = [pair for pair in pairs if row_held_out(_asked(pair))]
        else:
            drawn = self._drawn([*train, *held])
            cut = sum(drawn.by_document[: len(train)])
            first, second = drawn.pairs[:cut], drawn.pairs[cut:]
            counts["documents without a pair"] = drawn.by_document.count(0)
        counts["pairs with the longer one chosen, per mille"] = _longer(first)
        return Preferences(
            train=[preferred(pair, settings.prompt) for pair in first],
            held=[preferred(pair, settings.prompt) for pair in second],
            counts=counts,
        )

    def measured(self) -> Figures:
        """Let it summarize what is held out, and score it."""
        settings = self.settings
        texts = self.written([row.chat(settings.prompt) for row in self._held_rows], most=settings.tokens)
        self.samples.add(
            self.step,
            (
                {"query": row.query, "summary": text}
                for row, text in zip(self._held_rows[: settings.samples], texts, strict=False)
            ),
        )
        return held_figures(texts, self._held_rows, settings.weights)

    def card(self, megabytes: float) -> Card:
        """Say what the model is."""
        return Card(
            title="Language model that summarizes for a query, tuned by DPO",
            about=_ABOUT.strip(),
            data=(own_file(self.job.data),),
            limits=_LIMITS.strip(),
            figures={"megabytes": megabytes},
        )

    def _read(self, row: Row) -> _Given:
        if "chosen" not in row.values and "rejected" not in row.values:
            return _Given(asked=reader(needs_summary=False, check=self.settings.check)(row))
        chosen, rejected = row.text("chosen").strip(), row.text("rejected").strip()
        asked = replace(reader(needs_summary=False, check=False)(row), summary=chosen)
        pair = Pair(query=asked.query, document=asked.document, title=asked.title, chosen=chosen, rejected=rejected)
        return _Given(asked=asked, pair=pair)

    def _drawn(self, rows: Sequence[Asked]) -> Drawn:
        settings, job = self.settings, self.job
        folder = Path(settings.model)

        whole = settings.answers * len(rows)

        def draw(each: Sequence[Asked], before: int) -> list[str]:
            def heard(done: int) -> None:
                job.hears("drawing summaries", before + done, whole)

            heard(0)
            chats = [row.chat(settings.prompt) for row in each]
            return self.written(
                chats, most=settings.tokens, temperature=settings.temperature, before=before, heard=heard
            )

        model = content_hash(folder) if folder.is_dir() else settings.model
        return paired(
            rows,
            draw,
            answers=settings.answers,
            weights=settings.weights,
            gap=settings.gap,
            most=settings.pairs,
            apart=settings.apart,
            folder=job.out,
            drawn_by=f"{model} {settings.prompt!r} {settings.temperature} {settings.tokens} {job.seed}",
        )


def _asked(pair: Pair) -> Asked:
    return Asked(query=pair.query, document=pair.document)


def _longer(pairs: Sequence[Pair]) -> int:
    """Return how many of a thousand pairs have the longer side chosen: what plain DPO would learn as length."""
    return round(1000 * sum(len(each.chosen) > len(each.rejected) for each in pairs) / max(1, len(pairs)))
