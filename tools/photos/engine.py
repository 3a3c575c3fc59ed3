"""RapidOCR (PP-OCRv6, Chinese and English) as two steps: boxes around lines of text, and the text of a cut-out line."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import require

from .libraries import opencv
from .opening import Pixels

__all__ = ["Box", "Engine", "cut", "engine"]

Box = NDArray[np.float32]
"""Four corners [4, 2] in pixels (x, y), clockwise as seen, the first at the top left."""
_FEATURE: Final = "reading photos"
_LINE_HEIGHT: Final = 48
_REMEMBERED: Final = 4
"""Whoever turns a photo upright reads it next, and half of all photos are upright."""


class _Detected(Protocol):
    boxes: NDArray[np.float32] | None


class _Recognized(Protocol):
    txts: Sequence[str] | None
    scores: Sequence[float]


class _Rapid(Protocol):
    def detect_and_crop(self, img: Pixels, op_record: dict[str, object]) -> tuple[list[Pixels], _Detected]: ...
    def recognize_txt(self, img: list[Pixels]) -> _Recognized: ...


class Engine:
    """The two networks, loaded when first used; several threads may share it, and take turns.

    Args:
        threads: Threads of each network.
    """

    def __init__(self, threads: int = 1) -> None:
        self._lock = threading.Lock()
        module = require("rapidocr", feature=_FEATURE)
        self._rapid = cast(
            "_Rapid",
            module.RapidOCR(
                params={
                    "Global.log_level": "critical",
                    "Global.use_vertical_padding": False,
                    "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                    "Det.limit_side_len": 32,  # the size is chosen by whoever calls `detect`
                    "Rec.rec_batch_num": 1,  # a batch is padded to its longest line: slower on one thread
                }
            ),
        )
        self._seen: OrderedDict[tuple[bytes, tuple[int, ...], int], list[Box]] = OrderedDict()
        self._nothing_found = cast("type[Exception]", require("rapidocr.main", feature=_FEATURE).RapidOCRError)

    def detect(self, pixels: Pixels, *, side: int) -> list[Box]:
        """Return a box around each line of text, from the top; of the last few pictures they are remembered.

        Args:
            pixels: A picture, red first.
            side: Pixels that its longer side is scaled to before the network sees it.
        """
        known = hashlib.sha256(pixels.tobytes()).digest(), pixels.shape, side
        with self._lock:
            if known not in self._seen:
                self._seen[known] = self._detected(pixels, side)
                while len(self._seen) > _REMEMBERED:
                    self._seen.popitem(last=False)
            return [box.copy() for box in self._seen[known]]

    def _detected(self, pixels: Pixels, side: int) -> list[Box]:
        cv2 = opencv()
        height, width = pixels.shape[:2]
        scale = side / max(height, width)
        small = cv2.resize(
            pixels,
            (max(32, round(width * scale)), max(32, round(height * scale))),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        )
        try:
            _, found = self._rapid.detect_and_crop(np.ascontiguousarray(small[:, :, ::-1], dtype=np.uint8), {})
        except self._nothing_found:
            return []
        if found.boxes is None:
            return []
        back = np.array([width / small.shape[1], height / small.shape[0]], dtype=np.float32)
        return [np.asarray(box, dtype=np.float32) * back for box in found.boxes]

    def recognize(self, lines: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Return the text of each cut-out line with the mean probability of its characters."""
        if not lines:
            return []
        with self._lock:
            found = self._rapid.recognize_txt([np.ascontiguousarray(line[:, :, ::-1]) for line in lines])
        return [(text, float(score)) for text, score in zip(found.txts or (), found.scores, strict=True)]


@lru_cache(maxsize=2)
def engine(threads: int = 1) -> Engine:
    """Return the process's engine; loading it takes about half a second."""
    return Engine(threads)


def cut(pixels: Pixels, box: Box) -> Pixels:
    """Return what a box holds as an upright rectangle, its short side at most two of the recognizer's lines."""
    cv2 = opencv()
    width = max(float(np.linalg.norm(box[0] - box[1])), float(np.linalg.norm(box[3] - box[2])), 1.0)
    height = max(float(np.linalg.norm(box[0] - box[3])), float(np.linalg.norm(box[1] - box[2])), 1.0)
    scale = min(1.0, 2 * _LINE_HEIGHT / min(width, height))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(box), target)
    return np.asarray(
        cv2.warpPerspective(pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.uint8,
    )
