"""The embedded sentence encoder: all-MiniLM-L6-v2 as int8 ONNX, shipped with the package.

Each text is its own run by default. Integer layers scale their input by the largest value in the whole batch, so in a
batch the vector of a text depends on its neighbours; alone it is the same today and after the next re-index. Alone is
also the faster choice for passages on the machines this was measured on (its model card has the figures).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.arguments import check_text, check_texts, check_whole, fault
from questline.tools.stopping import check
from questline.tools.text import is_cjk

from .onnx_session import ModelFiles, Session, open_session, packaged_weights, read_model_files

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Encoder", "dense_is_reliable"]

_MAX_CHARACTERS: Final = 16_384
"""Characters of a text that are cut into word pieces, 64 for each of the model's 256: a huge text costs no more than a
long one."""

_cache: dict[tuple[str, int], Encoder] = {}
_cache_lock = threading.Lock()


def dense_is_reliable(text: str) -> bool:
    """Say whether the encoder understands `text`.

    Its vocabulary is English with 244 CJK characters, and about 70 % of the characters of a Chinese text are unknown to
    it; above 30 % CJK its scores are noise.
    """
    return not is_cjk(text)


class Encoder:
    """Turn texts into vectors whose dot product says how close their meanings are. Safe to share between threads."""

    def __init__(self, files: ModelFiles, *, threads: int = 1) -> None:
        """Open the model; `Encoder.load` is the usual way."""
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Tokenizer = Tokenizer.from_buffer(files.contents["tokenizer.json"])
            self._session: Session = open_session(files.contents["model.onnx"], folder=files.folder)
            self.dimension = int(str(files.manifest["dimension"]))
            self.max_tokens = int(str(files.manifest["max_tokens"]))
        except KeyError as error:
            raise files.damaged(f"lacks {error.args[0]!r}") from error
        except ValueError as error:
            raise files.damaged(f"cannot be read: {error}") from error
        self._try(files)
        self.fingerprint = files.fingerprint
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder") if threads > 1 else None

    def _try(self, files: ModelFiles) -> None:
        """Run the last word piece: a graph of another model, width or vocabulary shows here.

        Raises:
            RunError: ``damaged_model``.
        """
        last = int(self._tokenizer.get_vocab_size()) - 1
        shape = self._run([[last]]).shape
        if shape != (1, self.dimension):
            raise files.damaged(f"makes vectors of shape {shape}, and its manifest says (1, {self.dimension})")

    @classmethod
    def load(cls, *, threads: int = 1, folder: Path | Traversable | None = None) -> Encoder:
        """Return the encoder, opened once for each number of threads in a process.

        Args:
            threads: Texts encoded side by side.
            folder: Where ``manifest.json``, ``model.onnx`` and ``tokenizer.json`` lie; by default in the package.

        Raises:
            UsageError: ``bad_argument`` when ``threads`` is below 1.
            RunError: ``damaged_model`` naming the file that is missing or damaged.
        """
        check_whole("threads", threads, low=1)
        where = packaged_weights("minilm_l6_v2") if folder is None else folder
        key = (str(where), threads)
        with _cache_lock:
            if key not in _cache:
                _cache[key] = cls(read_model_files(where), threads=threads)
            return _cache[key]

    def encode(
        self, texts: Sequence[str], *, batch_size: int = 1, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return one L2-normalised vector a text: float32 [len(texts), dimension], in the order of ``texts``.

        Texts run in order of length, so that batches carry little padding and threads end together.

        Args:
            texts: What to encode; beyond ``max_tokens`` word pieces, its two end marks included, a text is cut.
            batch_size: Texts in one run; above 1 a vector depends (cosine about 0.99) on its neighbours.
            progress: Called in this thread with how many more texts are done.

        Raises:
            UsageError: ``bad_argument`` naming what is no text or no number of texts.
        """
        texts = check_texts("texts", texts)
        check_whole("batch_size", batch_size, low=1)
        if progress is not None and not callable(progress):
            raise fault("progress", progress, "a function of one number, or None")
        vectors = np.empty((len(texts), self.dimension), np.float32)
        pieces = [self._pieces(text) for text in texts]
        # Longest first: the last, short runs even out what the threads have left.
        order = sorted(range(len(texts)), key=lambda index: -len(pieces[index]))
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        results = self._run_all([[pieces[index] for index in batch] for batch in batches])
        for batch, result in zip(batches, results, strict=True):
            check()
            vectors[batch] = result
            if progress is not None:
                progress(len(batch))
        return vectors

    def tokens(self, text: str) -> int:
        """Count the word pieces of ``text``, without the marks at its ends and without cutting it."""
        return len(self._tokenizer.encode(_valid(check_text("text", text)), add_special_tokens=False).ids)

    def _pieces(self, text: str) -> list[int]:
        ids = self._tokenizer.encode(_valid(text[:_MAX_CHARACTERS])).ids
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]

    def _run_all(self, batches: list[list[list[int]]]) -> Iterator[NDArray[np.float32]]:
        if self._pool is None or len(batches) == 1:
            return map(self._run, batches)
        return self._pool.map(self._run, batches)

    def _run(self, batch: list[list[int]]) -> NDArray[np.float32]:
        ids = np.zeros((len(batch), max(map(len, batch))), np.int32)
        mask = np.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces)] = pieces
            mask[row, : len(pieces)] = 1
        return self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def _valid(text: str) -> str:
    """Replace lone surrogates, which have no UTF-8 form and which the tokenizer refuses."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
