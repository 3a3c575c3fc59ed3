"""Remembered vectors are the vectors, and only new texts cost anything."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.encoder import Encoder
from questline.tools.models.encoder_cache import RecentTexts, SharedEncoder


class Counting:
    fingerprint = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[float(len(text)), float(hash(text) % 97)] for text in texts], np.float32).reshape(-1, 2)


def test_a_text_is_encoded_once_and_rows_keep_their_order() -> None:
    counting = Counting()
    recent = RecentTexts(counting)
    first = recent.encode(["a", "bb", "a"])
    again = recent.encode(["bb", "ccc", "a"])
    assert counting.asked == ["a", "bb", "ccc"]
    assert first[:, 0].tolist() == [1, 2, 1]
    assert again[:, 0].tolist() == [2, 3, 1]
    assert np.array_equal(again[2], first[0])


def test_the_oldest_texts_are_forgotten_first() -> None:
    counting = Counting()
    recent = RecentTexts(counting, size=2)
    recent.encode(["a", "bb"])
    recent.encode(["a"])
    recent.encode(["ccc"])
    recent.encode(["a", "bb"])
    assert counting.asked == ["a", "bb", "ccc", "bb"]


def test_more_texts_at_once_than_are_remembered_still_come_back() -> None:
    recent = RecentTexts(Counting(), size=1)
    assert recent.encode(["a", "bb", "ccc"])[:, 0].tolist() == [1, 2, 3]
    assert recent.encode([]).shape == (0, 2)


def test_the_shared_encoder_gives_the_packaged_vectors() -> None:
    texts = ["The tower was lit in 1874.", "A railway along the river."]
    assert np.array_equal(RecentTexts(SharedEncoder()).encode(texts), Encoder.load().encode(texts))


def test_vectors_that_were_learnt_are_taken_and_what_is_known_stays() -> None:
    counting = Counting()
    recent = RecentTexts(counting, size=3)
    recent.encode(["a"])
    recent.learn({"a": np.zeros(2, np.float32), "bb": np.ones(2, np.float32)})
    assert recent.encode(["a", "bb"]).tolist() == [[1.0, float(hash("a") % 97)], [1.0, 1.0]]
    assert counting.asked == ["a"]
    assert recent.fingerprint == "counting"
    recent.learn({"c": np.ones(2, np.float32), "d": np.ones(2, np.float32)})
    recent.encode(["a"])
    assert counting.asked == ["a", "a"]
