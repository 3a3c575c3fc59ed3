"""``agents eval mathreal``: questions from photos, in six settings, by any vision model or the embedded backend."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from questline.errors import QuestlineError, UsageError
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Picture, Role, Thinking
from questline.tools.models.prices import PriceTable
from questline.tools.models.providers import EMBEDDED
from questline.training.evaluation.items import CACHE, Item, Json
from questline.training.evaluation.mathreal.answering import (
    ROLE,
    Answered,
    Answerer,
    Asker,
    ModelAnswerer,
    prompt_versions,
)
from questline.training.evaluation.mathreal.embedded import EmbeddedAnswerer
from questline.training.evaluation.mathreal.judging import judge_prompt, read_verdicts
from questline.training.evaluation.mathreal.pictures import check_files, picture, picture_path
from questline.training.evaluation.mathreal.predictions import GivenAnswerer, read_predictions
from questline.training.evaluation.mathreal.replies import KeptReplies
from questline.training.evaluation.mathreal.rows import (
    Language,
    MathPhoto,
    Setting,
    check_fields,
    read_photos,
    sees,
    unknown_values,
)
from questline.training.evaluation.mathreal.scoring import Scored, outcome_json, prefix, score
from questline.training.evaluation.mathreal.summary import Asked, summarize
from questline.training.evaluation.provenance import code_hash
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.types import Usage

__all__ = ["MathRealSuite"]

_JUDGE: Final[Role] = "judge"
_JUDGE_TOKENS: Final = 1_024
_JUDGED: Final = 1_000
"""Characters of a part of an answer that the judge is shown."""


@dataclass(kw_only=True)
class MathRealSuite:
    """Ask every question of a MathReal file in one setting, check the answers, and analyse what the noise does."""

    data: Path
    setting: Setting
    images: Path | None = None
    """The folder that the rows' paths of pictures begin in; needed by the settings that see."""
    settings: Settings = field(default_factory=Settings)
    """Whose ``model`` answers."""
    judge: Settings | None = None
    """Whose ``model`` judges what the rules leave open; None leaves it open."""
    predictions: Path | None = None
    """Answers of another program in place of a model."""
    clean: bool = False
    """Ask with the clean picture too, where there is one."""
    upright: bool = False
    """Ask with the photo turned upright too, where it is labelled as turned."""
    language: Language = "zh"
    thinking: Thinking = "off"
    """How long the model may think before it answers, where it has a switch for that."""
    answer_tokens: int = 4_096
    """The longest answer."""
    limit: int | None = None
    seed: int = 0
    cache: Path = CACHE
    fresh: bool = False
    name = "mathreal"

    def load(self) -> Sequence[Asked]:
        """Read and check rows, predictions and the pictures' files.

        Raises:
            UsageError: ``bad_data``, ``duplicate_id``, ``unknown_id``, ``missing_field``, ``file_not_found``.
        """
        self._check_options()
        photos = read_photos(self.data, setting=self.setting, language=self.language)
        self._given = None
        if self.predictions is not None:
            self._given = read_predictions(self.predictions, [photo.id for photo in photos])
        self._photos = photos
        rows = [Asked(photo=photo, variant="real") for photo in self._drawn(photos)]
        if self.clean:
            rows += [Asked(photo=row.photo, variant="clean") for row in rows if row.photo.clean]
        if self.upright:
            rows += [
                Asked(photo=row.photo, variant="upright") for row in rows if row.variant == "real" and row.photo.turn
            ]
        if self.images is not None and sees(self.setting) and self._given is None:
            check_files(self.images, [(row.photo, row.variant) for row in rows])
        self._rows = rows
        self._notes = unknown_values([row.photo for row in rows])
        if not sees(self.setting):
            self._notes.append(f"{self.setting} is none of the paper's six settings")
        self._prices: list[PriceTable] = []
        return rows

    def _drawn(self, photos: Sequence[MathPhoto]) -> Sequence[MathPhoto]:
        if self.limit is None or self.limit >= len(photos):
            return photos
        drawn = random.Random(self.seed).sample(range(len(photos)), self.limit)  # noqa: S311 because a sample is not a secret
        return [photos[place] for place in sorted(drawn)]

    def _check_options(self) -> None:
        if self.predictions is not None:
            if self.clean or self.upright:
                raise UsageError(
                    "--predictions holds one answer a question; run --clean and --upright with a model",
                    code="bad_param",
                    argument="predictions",
                )
        elif sees(self.setting) and self.images is None:
            raise UsageError(
                f"the setting {self.setting} shows photos; name their folder by --images",
                code="missing_field",
                argument="images",
                field="images",
            )
        if (self.clean or self.upright) and not sees(self.setting):
            told = f"the setting {self.setting} shows no picture; leave out --clean and --upright"
            raise UsageError(told, code="bad_param", argument="setting")

    def identify(self, row: Asked) -> str:
        """Return ``idx``, with ``@clean`` or ``@upright`` behind it where another picture than the photo is shown."""
        return row.id

    def show(self, row: Asked) -> Mapping[str, Json]:
        """Return the question, its right answers and the picture that is shown."""
        told = row.photo.question["zh"] or row.photo.question["en"]
        return {"question": told, "expected": list(row.photo.golds), "image": self._image(row)}

    def identity(self) -> Mapping[str, Json]:
        """Return setting, models, prompts, and the hashes of what is read."""
        data = {"questions": content_hash(self.data)}
        if self.predictions is not None:
            data["predictions"] = content_hash(self.predictions)
        elif self.images is not None and sees(self.setting):
            data["images"] = _images_hash(self.images, self._photos)
        options: dict[str, Json] = {
            "setting": self.setting,
            "language": self.language,
            "answer_tokens": self.answer_tokens,
            "thinking": self.thinking,
            "base_url": self.settings.base_url,
        }
        models: dict[str, Json] = {"answers": "given" if self.predictions is not None else self.settings.model}
        if self.judge is not None:
            models["judge"] = self.judge.model
            options["judge_url"] = self.judge.base_url
        return {"options": options, "data": {**data}, "models": models, "prompts": dict(prompt_versions())}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Open the models and the replies that are kept."""
        async with AsyncExitStack() as stack:
            self._answerer = await self._answers(stack)
            self._judges: Asker | None = None
            if self.judge is not None:
                self._judges = await self._asker(stack, self.judge, _JUDGE, _JUDGE_TOKENS)
            yield

    async def _answers(self, stack: AsyncExitStack) -> Answerer:
        if self._given is not None:
            return GivenAnswerer(self._given)
        if self.settings.model == EMBEDDED:
            readings = KeptReplies(
                self.cache / "replies" / f"mathreal-ocr-{code_hash('tools/photos')}.jsonl", fresh=self.fresh
            )
            return stack.enter_context(
                EmbeddedAnswerer(self.setting, self.language, threads=self.settings.threads, readings=readings)
            )
        return ModelAnswerer(
            await self._asker(stack, self.settings, ROLE, self.answer_tokens), self.setting, self.language
        )

    async def _asker(self, stack: AsyncExitStack, settings: Settings, role: Role, max_tokens: int) -> Asker:
        gateway = Gateway.of(replace(settings, models={}))
        if not gateway.serves(role):
            raise UsageError(
                f"{settings.model!r} is no language model and cannot judge; name one by --judge",
                code="bad_param",
                argument="judge",
            )
        await stack.enter_async_context(gateway.session())
        self._prices.append(gateway.prices)
        name = hashlib.sha256(f"{settings.model}\0{settings.base_url}".encode()).hexdigest()[:16]
        return Asker(
            gateway=gateway,
            role=role,
            model=settings.model,
            base_url=settings.base_url,
            replies=KeptReplies(self.cache / "replies" / f"mathreal-{name}.jsonl", fresh=self.fresh),
            max_tokens=max_tokens,
            thinking=self.thinking if role == ROLE else "off",
        )

    async def run(self, row: Asked) -> Outcome:
        """Answer one question, check the answer, and have the judge decide what is open."""
        if self._given is None:
            check_fields(row.photo, self.setting, self.language)
        answered = await self._answerer.answer(row.photo, await self._shown(row))
        cost = {"seconds": answered.seconds, "calls": float(answered.calls), "kept": float(answered.kept)}
        cost |= {"llm_tokens": float(answered.tokens), "usd": answered.usd}
        scored = await asyncio.to_thread(score, row.photo, answered)
        if self._judges is not None and scored.route not in ("refused", "abstained", "empty", "no_gold"):
            scored = await self._judged(row.photo, answered, scored, cost)
        start = prefix(row.variant, proof=row.photo.proof)
        scores = scored.shares(start)
        if self._judges is not None:
            scores |= scored.shares(f"rule_{start}", rules_only=True)
        scores |= await asyncio.to_thread(self._read_well, row, answered)
        told: dict[str, Json] = {
            "question": row.photo.question["zh"] or row.photo.question["en"],
            "gold": list(row.photo.golds),
            "image": self._image(row),
        }
        labels = {**row.photo.labels, "variant": row.variant, "class": "proof" if row.photo.proof else "main"}
        labels |= {"outcome": _kind(answered, scored), "cut": "yes" if answered.cut else "no"}
        return Outcome(prediction=outcome_json(answered, scored, told), scores=scores, cost=cost, labels=labels)

    async def _shown(self, row: Asked) -> Picture | None:
        if self._given is not None or self.images is None or not sees(self.setting):
            return None
        path = picture_path(self.images, row.photo, row.variant)
        shown, _ = await asyncio.to_thread(picture, path, row.variant)
        return shown

    def _image(self, row: Asked) -> str | None:
        return None if self.images is None else str(picture_path(self.images, row.photo, row.variant))

    async def _judged(self, photo: MathPhoto, answered: Answered, scored: Scored, cost: dict[str, float]) -> Scored:
        assert self._judges is not None
        parts = [{"gold": part.gold, "prediction": part.prediction[-_JUDGED:]} for part in scored.parts]
        try:
            reply, _ = await self._judges.ask(judge_prompt(photo, answered.text, parts))
        except QuestlineError as error:
            if any(
                part.rule == "undecided" for part in scored.parts
            ):  # asked again by the next run; the answer is kept
                error.usage += Usage(calls=answered.calls, tokens_out=answered.tokens, usd=answered.usd)
                raise
            cost["usd"] += error.usage.usd
            cost["llm_tokens"] += error.usage.tokens
            return replace(scored, warnings=(*scored.warnings, "judge_failed"))
        for name, value in {"usd": reply.usd, "llm_tokens": float(reply.tokens), "judge_calls": 1.0}.items():
            cost[name] = cost.get(name, 0.0) + value
        return scored.judged(read_verdicts(reply.text, len(scored.parts)))

    def _read_well(self, row: Asked, answered: Answered) -> dict[str, float]:
        """Return the score of the transcription against the given text."""
        gold = row.photo.question["zh"]
        if answered.transcript is None or not gold.strip():
            return {}
        from questline.tools.photos import ocr_score

        return {f"{prefix(row.variant, proof=False)}ocr": ocr_score(answered.transcript, gold).total}

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the figures with their denominators, slices, pairs and the effects of noise."""
        free = sorted({name for table in self._prices for name in table.unpriced})
        notes = [*self._notes, *(f"no price is known for {name}: its tokens count as 0 USD" for name in free)]
        return summarize(items, self._rows, seed=self.seed, notes=notes, judged=self.judge is not None)


def _kind(answered: Answered, scored: Scored) -> str:
    if answered.refused:
        return "refused"
    if answered.abstained:
        return "abstained"
    return "answered" if answered.text.strip() and scored.route != "empty" else "empty"


def _images_hash(images: Path, photos: Sequence[MathPhoto]) -> str:
    """Return one hash over all pictures that the rows name, drawn or not, so that another --limit keeps what it has."""
    digest = hashlib.sha256()
    for name in sorted({name for photo in photos for name in (photo.real, photo.clean) if name}):
        path = images / name
        digest.update(f"{name}\0".encode() + (hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""))
    return digest.hexdigest()
