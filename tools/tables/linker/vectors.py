"""What the shipped encoder makes of a question's words, of single words and of names: vectors of 384 numbers.

The encoder's graph ends in one vector a text. Its last layer is asked for beside it: protocol buffers that are put one
after the other are merged, so that a few bytes behind the file name one output more and the file stays as it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.encoder import Encoder
from questline.tools.models.onnx_session import Session, open_session, packaged_weights, read_model_files

from .spoken import Word

__all__ = ["WIDTH", "States", "vector"]

WIDTH: Final = 384
_LAYER: Final = b"layer_5"
_MOST: Final = 256


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


_OUTPUT: Final = _field(7, _field(12, _field(1, _LAYER)))
"""``ModelProto.graph.output`` with a name."""


class States:
    """The encoder's last layer. Safe to share between threads."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        files = read_model_files(packaged_weights("minilm_l6_v2"))
        self._tokenizer: Tokenizer = Tokenizer.from_buffer(files.contents["tokenizer.json"])
        self._session: Session = open_session(files.contents["model.onnx"] + _OUTPUT, folder=files.folder)

    @staticmethod
    @lru_cache(maxsize=1)
    def load() -> States:
        """Return the one of this process, opened at its first use.

        Raises:
            RunError: ``damaged_model``.
        """
        return States()

    def of(self, text: str, spoken: list[Word]) -> NDArray[np.float32]:
        """Return one vector a word, [words, 384]: the mean over its pieces, in the question around it.

        Args:
            text: The question; what is behind its first 256 pieces has zeros.
            spoken: Its words, with places in `text`.
        """
        coded = self._tokenizer.encode(text)
        ids = np.array([coded.ids[:_MOST]], np.int32)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        states = self._session.run([_LAYER.decode()], feed)[0][0]
        offsets: list[tuple[int, int]] = list(coded.offsets)[:_MOST]
        found = np.zeros((len(spoken), WIDTH), np.float32)
        for place, word in enumerate(spoken):
            own = [n for n, (start, end) in enumerate(offsets) if start < word.end and word.start < end]
            if own:
                found[place] = states[own].mean(axis=0)
        return found


@lru_cache(maxsize=16_384)
def vector(text: str) -> NDArray[np.float32]:
    """Return the vector of a short text by itself, of length 1.

    Raises:
        RunError: ``damaged_model``.
    """
    return Encoder.load().encode([text])[0]
