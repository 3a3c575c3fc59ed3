"""The embedded cross-encoder: reads a question and a passage together, in one pass for ranking, selecting and reading.

It ships with the package as int8 ONNX. Like the sentence encoder it runs each pair alone by default, because integer
layers scale their input by the largest value of a whole batch: alone, a score does not depend on its neighbours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError, UsageError
from questline.tools.arguments import check_text, check_texts, check_whole
from questline.tools.stopping import check

from .calibration import Calibration
from .onnx_session import ModelFiles, Session, open_session, packaged_weights, read_model_files
from .pair_tokens import Pair, PairTokenizer, model_inputs
from .span_decoding import ReadSpan, SalientSentence, SpanScores, read_spans, salient_sentences

__all__ = ["NAME", "CrossEncoder", "Judgement", "PairScores"]

NAME: Final = "cross_encoder_l6"
_FEWEST_TOKENS: Final = 16
_MOST_TOKENS: Final = 512
"""Positions that a BERT knows."""
"""Folder of the packaged weights."""

_OUTPUTS: Final = ("pair", "spans", "salience")

Floats = NDArray[np.float32]
_cache: dict[tuple[str, int], CrossEncoder] = {}
_cache_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """How passages fit a question, in the order in which they were given."""

    relevance: Floats
    """Logits [n]: compare passages of one question by these."""
    relevant: Floats
    """Calibrated probabilities [n] that a passage answers the question: compare with a threshold."""
    useful: Floats
    """Calibrated probabilities [n] that a passage belongs to the evidence for the answer."""
    truncated: tuple[bool, ...]
    """Whether a passage was longer than what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that one pass says of one passage."""

    relevance: float
    """Logit."""
    relevant: float
    """Calibrated probability that it answers the question."""
    useful: float
    """Calibrated probability that it belongs to the evidence."""
    answered: float
    """Calibrated probability that the answer stands in it word for word."""
    spans: tuple[ReadSpan, ...]
    """Possible answers, best first; places are those of the passage's text, without its title."""
    sentences: tuple[SalientSentence, ...]
    """Its sentences in order."""
    truncated: bool
    scores: SpanScores | None = field(default=None, repr=False, compare=False)
    """Of every other place in it, where they are known."""


class _Raw(NamedTuple):
    pair: Floats
    spans: Floats
    salience: Floats


def _tokens(value: object) -> int:
    number = int(str(value))
    if not _FEWEST_TOKENS <= number <= _MOST_TOKENS:
        raise ValueError(f"max_tokens is {number}")
    return number


class CrossEncoder:
    """Judge passages beside a question. Safe to share between threads."""

    def __init__(self, files: ModelFiles, *, threads: int = 1) -> None:
        """Open the model; `CrossEncoder.load` is the usual way."""
        try:
            self.max_tokens = _tokens(files.manifest["max_tokens"])
            self._tokenizer = PairTokenizer(files.contents["tokenizer.json"], max_tokens=self.max_tokens)
            self._session: Session = open_session(files.contents["model.onnx"], folder=files.folder)
            curves = cast("Mapping[str, Any]", json.loads(files.contents["calibration.json"]))
            self._relevant, self._useful, self._answered = (
                Calibration.of(curves[name]) for name in ("relevant", "useful", "answered")
            )
        except KeyError as error:
            raise files.damaged(f"lacks {error.args[0]!r}") from error
        except RunError as error:
            raise files.damaged(f"cannot be read: {error.message}") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise files.damaged(f"cannot be read: {error}") from error
        self._try(files)
        self.fingerprint = files.fingerprint
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="cross-encoder") if threads > 1 else None

    def _try(self, files: ModelFiles) -> None:
        """Run one pair, with the last of the word pieces in it: a graph of another model or vocabulary shows here.

        Raises:
            RunError: ``damaged_model``.
        """
        pair = self._tokenizer.trial()
        found = self._session.run(list(_OUTPUTS), model_inputs([pair]))
        shapes = [tuple(values.shape) for values in found]
        n = len(pair.ids)
        if shapes != [(1, 2), (1, n, 2), (1, n)]:
            raise files.damaged(f"holds a graph with outputs {shapes} for {n} word pieces: another model's")

    @classmethod
    def load(cls, *, threads: int = 1, folder: Path | Traversable | None = None) -> CrossEncoder:
        """Return the cross-encoder, opened once for each folder and number of threads in a process.

        Args:
            threads: Pairs judged side by side.
            folder: Where ``manifest.json`` and the files that it names lie; by default in the package.

        Raises:
            UsageError: ``bad_argument`` when ``threads`` is below 1.
            RunError: ``damaged_model`` naming the file that is missing or damaged, and the mend.
        """
        check_whole("threads", threads, low=1)
        where = packaged_weights(NAME) if folder is None else folder
        key = (str(where), threads)
        with _cache_lock:
            if key not in _cache:
                _cache[key] = cls(read_model_files(where), threads=threads)
            return _cache[key]

    def score(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, batch_size: int = 1
    ) -> PairScores:
        """Say how well each text answers the question.

        Args:
            question: Beyond 64 word pieces it is cut.
            texts: Beyond ``max_tokens`` word pieces, question and marks included, a text is cut; see ``truncated``.
            titles: One for each text, empty where there is none.
            batch_size: Pairs in one run; above 1 a score depends a little on its neighbours.

        Raises:
            UsageError: ``bad_argument`` naming what is no text or no number of pairs.
        """
        pairs = self._pairs(question, texts, titles)
        raw = np.array([one.pair for one in self._run_all(pairs, batch_size)], np.float32).reshape(len(pairs), 2)
        return PairScores(
            relevance=raw[:, 0],
            relevant=self._relevant.apply(raw[:, 0]),
            useful=self._useful.apply(raw[:, 1]),
            truncated=tuple(pair.truncated for pair in pairs),
        )

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        """Say everything about each text: relevance, usefulness, possible answers, salient sentences.

        Args:
            question: As for `score`.
            texts: As for `score`.
            titles: As for `score`.
            spans: Possible answers of each text at most.

        Raises:
            UsageError: As `score`.
        """
        check_whole("spans", spans, low=0)
        texts = check_texts("texts", texts)
        pairs = self._pairs(question, texts, titles)
        judged: list[Judgement] = []
        for number, (pair, raw) in enumerate(zip(pairs, self._run_all(pairs, 1), strict=True)):
            title = titles[number] if titles else ""
            shift = len(title) + 2 if title else 0
            found = read_spans(raw.spans[:, 0], raw.spans[:, 1], pair, texts[number], k=spans, shift=shift)
            margin = np.array([found[0].margin if found else -10.0], np.float32)
            judged.append(
                Judgement(
                    relevance=float(raw.pair[0]),
                    relevant=float(self._relevant.apply(raw.pair[:1])[0]),
                    useful=float(self._useful.apply(raw.pair[1:])[0]),
                    answered=float(self._answered.apply(margin)[0]),
                    spans=found,
                    sentences=salient_sentences(raw.salience, pair, texts[number], shift=shift),
                    truncated=pair.truncated,
                    scores=SpanScores(starts=raw.spans[:, 0], ends=raw.spans[:, 1], pair=pair, shift=shift),
                )
            )
        return judged

    def _pairs(self, question: str, texts: Sequence[str], titles: Sequence[str] | None) -> list[Pair]:
        joined = _joined(check_texts("texts", texts), None if titles is None else check_texts("titles", titles))
        return self._tokenizer.pairs(check_text("question", question), joined)

    def fits(self, question: str, text: str) -> bool:
        """Say whether `text` is read whole beside `question`; raises `UsageError` for what is no text."""
        check_text("question", question)
        check_text("text", text)
        # No word piece is shorter than a character, so that most texts need no count.
        if len(question) + len(text) + 3 <= self.max_tokens:
            return True
        return not self._tokenizer.pairs(question, [text])[0].truncated

    def _run_all(self, pairs: Sequence[Pair], batch_size: int) -> list[_Raw]:
        """Run in order of length, longest first, and return in the order given."""
        check_whole("batch_size", batch_size, low=1)
        order = sorted(range(len(pairs)), key=lambda number: -len(pairs[number].ids))
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        inputs = [[pairs[number] for number in batch] for batch in batches]
        parallel = self._pool is not None and len(batches) > 1
        results = self._pool.map(self._run, inputs) if parallel and self._pool else map(self._run, inputs)
        raw: dict[int, _Raw] = {}
        for batch, result in zip(batches, results, strict=True):
            check()
            raw |= dict(zip(batch, result, strict=True))
        return [raw[number] for number in range(len(pairs))]

    def _run(self, pairs: Sequence[Pair]) -> list[_Raw]:
        found = self._session.run(list(_OUTPUTS), model_inputs(pairs))
        return [_Raw(*(values[row] for values in found)) for row in range(len(pairs))]


def _joined(texts: Sequence[str], titles: Sequence[str] | None) -> list[str]:
    if titles is None:
        return list(texts)
    if len(titles) != len(texts):
        raise UsageError(f"{len(titles)} titles for {len(texts)} texts", argument="titles")
    return [f"{title}. {text}" if title else text for title, text in zip(titles, texts, strict=True)]
