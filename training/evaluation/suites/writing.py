"""``agents eval writing``: whether a writer keeps constraints, is accepted, varied and new, over many queries.

Every query is written for twice: as it stands, and under wishes drawn from its hash (a limit, a name, required and
forbidden words), because constraints that nobody sets are easily kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.writing import Brief, Greetings, Writer
from questline.tools.writing.build import build
from questline.tools.writing.constraints import problems
from questline.tools.writing.grammar.bank import bank
from questline.tools.writing.judge import embedded_judge
from questline.tools.writing.reward_model import load_reward_model
from questline.tools.writing.taboo import taboo_in
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash, read_rows
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.writer.novelty import Novelty, training_texts
from questline.training.writer.variety import COUNT, LENGTH, distinct, equalized, self_bleu, template_share

__all__ = ["WritingSuite", "wishes_of"]

_NAMES: Final = ("王芳", "李建国", "欧阳娜娜", "Tom", "小豆子")
_WORDS: Final = ("平安", "健康", "2026", "常回家看看", "万事如意")
_MEANS: Final = (
    *("constraints", "accepted", "covered", "occasion_named", "taboo", "self_bleu", "longest_run", "overlap_4"),
    *("length", "judge_score"),
)


@dataclass(kw_only=True)
class WritingSuite:
    """Write for the distinct queries of a file, in the order of their hashes."""

    queries: Path
    train: tuple[Path, ...] = ()
    """Texts that a writer could have copied."""
    reward: Path | None = None
    """Of `agents train reward-model`; the shipped one by default."""
    limit: int | None = None
    seed: int = 0
    settings: Settings = field(default_factory=Settings)
    name = "writing"

    def load(self) -> Sequence[str]:
        """Return the queries; raises `UsageError` ``bad_data`` where there is none."""
        told = [row.values.get("query") for row in read_rows(self.queries)]
        found = {text.strip() for text in told if isinstance(text, str) and text.strip()}
        if not found:
            raise UsageError(f"{str(self.queries)!r} has no row with a query", code="bad_data", path=self.queries)
        return sorted(found, key=_hash)[: self.limit]

    def identify(self, row: str) -> str:
        """Return the beginning of the query's hash."""
        return _hash(row)[:16]

    def identity(self) -> Mapping[str, Json]:
        """Return the seed, the size of the grammar, and the hashes of the data."""
        files = {"queries": self.queries, **{f"train{place}": path for place, path in enumerate(self.train)}}
        if self.reward is not None and self.reward.is_file():
            files["reward"] = self.reward
        return {
            "options": {"seed": self.seed, "phrases": bank().size()},
            "data": {name: content_hash(path) for name, path in files.items()},
            "models": {"writer": self.settings.models.get("writer", self.settings.model)},
            "prompts": {"writer": str(self.settings.prompts.get("writer", ""))},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Make the writer, and read what it could have copied."""
        gateway = Gateway.of(self.settings)
        self._novelty = Novelty([text for path in self.train for text in training_texts(path)]) if self.train else None
        self._writer: Writer = build(
            gateway,
            reward=load_reward_model(self.reward),
            prompt=self.settings.prompts.get("writer"),
            strict=self.settings.strict,
        )
        self._judge = embedded_judge()
        async with gateway.session():
            yield

    async def run(self, row: str) -> Outcome:
        """Write for a query twice, and measure both."""
        plain = await self._writer.write(Brief(query=row), 1, seed=self.seed)
        covered = plain.status in ("complete", "partial")
        scores = {"covered": float(covered), "occasion_named": float(covered and plain.occasion != "general")}
        prediction: dict[str, Json] = {"status": plain.status, "occasion": plain.occasion}
        if covered:
            prediction |= {"text": plain.items[0].text, "masked": [plain.address, *_cores(plain)]}
            scores |= self._measured(row, plain)
            brief = wishes_of(row)
            wished = await self._writer.write(brief, 1, seed=self.seed)
            broken = [text for text in wished.texts if problems(brief, text)]
            broken += [text for text in plain.texts if problems(Brief(query=row), text)]
            scores["constraints"] = float(bool(wished.items) and not broken)
            if broken or not wished.items:
                prediction["broken"] = [*broken]
        return Outcome(prediction=prediction, scores=scores, cost={}, labels={"occasion": plain.occasion})

    def _measured(self, query: str, found: Greetings) -> dict[str, float]:
        text = found.items[0].text
        verdict = found.items[0].verdict or self._judge.judge(query, text)
        told = {
            "accepted": float(verdict.good),
            "judge_score": verdict.score,
            "taboo": float(bool(taboo_in(found.occasion, text))),
            "length": float(len(text)),
        }
        if self._novelty is not None:
            told |= {"longest_run": float(self._novelty.longest_run(text)), "overlap_4": self._novelty.overlap(text)}
        return told

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return means with intervals, and what is measured over all texts at once."""
        told = [cast("Mapping[str, object]", item.prediction) for item in items if isinstance(item.prediction, dict)]
        written = [each for each in told if "text" in each]
        texts = [cast("str", each["text"]) for each in written]
        masks = [cast("list[str]", each["masked"]) for each in written]
        equal = equalized(texts)
        means = {name: [item.scores[name] for item in items if name in item.scores] for name in _MEANS}
        means["self_bleu"] = self_bleu(equal)
        metrics: dict[str, Json] = {name: sum(found) / len(found) for name, found in means.items() if found}
        runs = means["longest_run"]
        if runs:
            metrics["longest_run_of_all"] = max(runs)
        metrics |= {
            "distinct_1": distinct(equal, 1),
            "distinct_2": distinct(equal, 2),
            "template_share": template_share(texts, masks),
            "written": len(texts),
            "n": len(items),
        }
        for name, told_by in (("train_distinct_2", distinct), ("train_self_bleu", _mean_bleu)):
            if self.train:
                metrics[name] = told_by(equalized(training_texts(self.train[0])), 2)
        occasions = Counter(str(each["occasion"]) for each in told)
        details: dict[str, Json] = {
            "occasions": dict(occasions.most_common()),
            "statuses": dict(Counter(str(each["status"]) for each in told)),
            "equal": {"characters": LENGTH, "texts": len(equal), "of": COUNT},
        }
        return Summary(metrics=metrics, means={name: found for name, found in means.items() if found}, details=details)


def wishes_of(query: str) -> Brief:
    """Return a brief for a query with wishes drawn from its hash, all of which can be met together."""
    drawn = bytes.fromhex(_hash(query))
    recipient = _NAMES[drawn[0] % len(_NAMES)] if drawn[1] % 2 else None
    words = (_WORDS[drawn[2] % len(_WORDS)],) if drawn[3] % 2 else ()
    least = len(recipient or "") + sum(map(len, words)) + 8
    limit = (None, least, least + 6, 30, 60)[drawn[4] % 5]
    return Brief(
        query=query,
        recipient=recipient,
        must_include=words,
        avoid=(("快乐",), ("愿",), ())[drawn[5] % 3],
        max_chars=limit,
        tone=("warm", "formal", "humorous", "poetic", "short", None)[drawn[6] % 6],
        emoji=bool(drawn[7] % 2),
    )


def _mean_bleu(texts: Sequence[str], _: int) -> float:
    found = self_bleu(texts)
    return sum(found) / len(found) if found else 0.0


def _cores(found: Greetings) -> list[Json]:
    return list(bank().phrases(found.occasion, "", "core"))


def _hash(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()
