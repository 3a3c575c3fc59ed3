"""The embedded backend: reads the photo by OCR, solves what rules can read, and abstains from the rest."""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from questline.tools.mathematics import Calculator
from questline.tools.mathematics.problems import answers_in
from questline.tools.models.llm_contract import Picture

from .answering import Answered
from .replies import KeptReplies, KeptReply
from .rows import Language, MathPhoto, Setting, sees

if TYPE_CHECKING:
    from questline.tools.photos import Reader

__all__ = ["EmbeddedAnswerer"]

_OWN: Final = ("I", "IUER", "I+QM", "I+QM+DM")
"""Settings whose text the answerer reads itself."""


class EmbeddedAnswerer:
    """Answers without a language model; open it with ``with``.

    Args:
        setting: Decides whether the text is read from the photo or given.
        language: Of the given texts.
        threads: Of the text recognizer.
        readings: Where readings are kept by picture, so that a changed solver reads nothing again.
    """

    def __init__(
        self, setting: Setting, language: Language = "zh", *, threads: int = 1, readings: KeptReplies | None = None
    ) -> None:
        self._setting: Setting = setting
        self._language: Language = language
        self._threads = threads
        self._readings = readings
        self._open = ExitStack()
        self._reader: Reader | None = None

    def __enter__(self) -> Self:
        self._calculator = self._open.enter_context(Calculator())
        if self._reads:
            from questline.tools.photos import Reader

            self._reader = Reader(threads=self._threads)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def _reads(self) -> bool:
        return sees(self._setting) and self._setting in _OWN

    async def answer(self, photo: MathPhoto, picture: Picture | None) -> Answered:
        """Read, then solve; raises what opening the picture raises."""
        return await asyncio.to_thread(self._answer, photo, picture)

    def _answer(self, photo: MathPhoto, picture: Picture | None) -> Answered:
        started = time.perf_counter()
        transcript: str | None = None
        if self._reader is not None and picture is not None:
            transcript = self._read(self._reader, picture)
        text = photo.question[self._language] if transcript is None else transcript
        found, confidence = answers_in(text, calculator=self._calculator)
        return Answered(
            text=" ".join(f"\\boxed{{{answer}}}" for answer in found),
            transcript=transcript,
            abstained=not found,
            confidence=confidence,
            seconds=time.perf_counter() - started,
        )

    def _read(self, reader: Reader, picture: Picture) -> str:
        from questline.tools.photos import open_photo

        key = hashlib.sha256(picture.data).hexdigest()
        kept = None if self._readings is None else self._readings.get(key)
        if kept is not None:
            return kept.text
        text = reader.read(open_photo(picture.data)).text
        if self._readings is not None:
            self._readings.keep(key, KeptReply(text=text))
        return text
