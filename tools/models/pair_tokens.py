"""Turn a question and a passage into the word pieces that the cross-encoder reads, with their places in the passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

__all__ = ["Pair", "PairTokenizer", "model_inputs", "padded"]

_QUESTION_CHARACTERS: Final = 320
"""Of a question; the rest is cut, so that the passage keeps its room."""
_QUESTION_PIECES: Final = 64
_TEXT_CHARACTERS: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """``[CLS] question [SEP] passage [SEP]``."""

    ids: list[int]
    types: list[int]
    """0 in the question, 1 in the passage and its end mark."""
    places: list[tuple[int, int]]
    """For each word piece of the passage where it stands there; (-1, -1) for all others."""
    truncated: bool
    """Whether the passage goes on beyond what is read."""

    @property
    def first(self) -> int:
        """Return the number of the passage's first word piece."""
        return len(self.ids) - sum(self.types)


class PairTokenizer:
    """Reads `tokenizer.json` of a BERT. Safe to share between threads."""

    def __init__(self, raw: bytes, *, max_tokens: int) -> None:
        """Open it.

        Raises:
            RunError: ``damaged_model`` when it cannot be read.
        """
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Tokenizer = Tokenizer.from_buffer(raw)
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()
            cls, sep = (self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        except ValueError as error:
            raise RunError(f"the model's tokenizer cannot be read: {error}", code="damaged_model") from error
        if cls is None or sep is None:
            raise RunError("the model's tokenizer has no [CLS] or [SEP]", code="damaged_model")
        self._cls, self._sep = int(cls), int(sep)
        self.max_tokens = max_tokens

    def trial(self) -> Pair:
        """Return a pair of which the passage is the last word piece of the vocabulary."""
        last = int(self._tokenizer.get_vocab_size()) - 1
        nowhere = (-1, -1)
        return Pair(
            ids=[self._cls, self._sep, last, self._sep],
            types=[0, 0, 1, 1],
            places=[nowhere, nowhere, (0, 1), nowhere],
            truncated=False,
        )

    def pairs(self, question: str, texts: Sequence[str]) -> list[Pair]:
        """Return what is read of each text beside the question; the question is tokenized once."""
        asked = self._encode([question[:_QUESTION_CHARACTERS]])[0].ids[:_QUESTION_PIECES]
        head = [self._cls, *asked, self._sep]
        return [self._pair(head, found, text) for found, text in zip(self._encode(texts), texts, strict=True)]

    def _pair(self, head: list[int], found: Encoding, text: str) -> Pair:
        room = max(0, self.max_tokens - len(head) - 1)
        pieces = found.ids[:room]
        nowhere = (-1, -1)
        return Pair(
            ids=[*head, *pieces, self._sep],
            types=[0] * len(head) + [1] * (len(pieces) + 1),
            places=[nowhere] * len(head) + list(found.offsets[:room]) + [nowhere],
            truncated=len(found.ids) > room or len(text) > _TEXT_CHARACTERS,
        )

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        cut = [_valid(text[:_TEXT_CHARACTERS]) for text in texts]
        return self._tokenizer.encode_batch(cut, add_special_tokens=False)


def padded(pairs: Sequence[Pair]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and types, int64 [n, longest] padded right with 0, and lengths, int64 [n]."""
    lengths = np.array([len(pair.ids) for pair in pairs], np.int64)
    ids = np.zeros((len(pairs), int(lengths.max(initial=0))), np.int64)
    types = np.zeros_like(ids)
    for row, pair in enumerate(pairs):
        ids[row, : len(pair.ids)] = pair.ids
        types[row, : len(pair.ids)] = pair.types
    return ids, types, lengths


def model_inputs(pairs: Sequence[Pair]) -> dict[str, NDArray[np.int32]]:
    """Return the inputs of the exported model by name, int32 [n, longest]; the mask marks what is no padding with 1."""
    ids, types, lengths = padded(pairs)
    mask = np.zeros(ids.shape, np.int32)
    for row, length in enumerate(lengths):
        mask[row, :length] = 1
    return {"input_ids": ids.astype(np.int32), "token_type_ids": types.astype(np.int32), "attention_mask": mask}


def _valid(text: str) -> str:
    """Replace lone surrogates one for one, so that places stay."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("?" if "\ud800" <= character <= "\udfff" else character for character in text)
    return text
