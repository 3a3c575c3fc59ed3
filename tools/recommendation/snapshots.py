"""Counts as bytes with a version and a checksum, so that a large store opens without counting again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from .counts import GAPS, Counts, Followers, Ints, Posting, key_of

__all__ = ["VERSION", "packed", "unpacked"]

VERSION: Final = 1
_MAGIC: Final = b"questline-counts\n"


def packed(counts: Counts) -> bytes:
    """Return counts as bytes; what has left is not in them."""
    live = np.flatnonzero(counts.clicks)
    number = np.full(len(counts.names) + 1, -1, np.int32)
    number[live] = np.arange(len(live), dtype=np.int32)
    rank = (np.cumsum(counts.lengths > 0) - 1).astype(np.int32)
    numbers, lengths, flat = counts.contents()
    postings = [counts.postings[item] for item in live]
    following = [counts.followers[item] for item in live]
    arrays: dict[str, NDArray[np.generic]] = {
        "numbers": numbers,
        "lengths": lengths,
        "flat": number[flat],
        "sizes": np.array([len(each.slots) for each in postings], np.int64),
        "slots": rank[_joined([each.slots for each in postings])],
        "places": _joined([each.places for each in postings]),
        "following": np.array([len(each.items) for each in following], np.int64),
        "followers": number[_joined([each.items for each in following])],
        "counts": np.concatenate([np.zeros((0, GAPS), np.int32), *(each.counts for each in following)]).ravel(),
    }
    body = b"".join(
        np.ascontiguousarray(each).astype(each.dtype.newbyteorder("<")).tobytes() for each in arrays.values()
    )
    head = {
        "version": VERSION,
        "gaps": GAPS,
        "names": [counts.names[item] for item in live],
        "arrays": [[name, each.dtype.newbyteorder("<").str, len(each)] for name, each in arrays.items()],
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    text = json.dumps(head, ensure_ascii=False).encode()
    return _MAGIC + hashlib.sha256(text).digest() + len(text).to_bytes(8, "little") + text + body


def unpacked(data: bytes) -> Counts:
    """Return the counts that `packed` wrote.

    Raises:
        ValueError: The bytes are damaged or of another version.
    """
    start = len(_MAGIC) + 32 + 8
    size = int.from_bytes(data[start - 8 : start], "little")
    text = data[start : start + size]
    if not data.startswith(_MAGIC) or hashlib.sha256(text).digest() != data[len(_MAGIC) : len(_MAGIC) + 32]:
        raise ValueError("it is damaged")
    head = cast("dict[str, object]", json.loads(text))
    if head["version"] != VERSION or head["gaps"] != GAPS:
        raise ValueError(f"it has version {head['version']!r}, and this is version {VERSION}")
    body = data[start + size :]
    if hashlib.sha256(body).hexdigest() != head["sha256"]:
        raise ValueError("its checksum differs")
    arrays: dict[str, NDArray[np.generic]] = {}
    offset = 0
    for name, kind, length in cast("list[tuple[str, str, int]]", head["arrays"]):
        arrays[name] = np.frombuffer(body, np.dtype(kind), length, offset)
        offset += arrays[name].nbytes
    names = cast("list[str]", head["names"])
    lengths, flat = cast("Ints", arrays["lengths"]), cast("Ints", arrays["flat"])
    table = cast("Ints", arrays["counts"]).reshape(-1, GAPS)
    slots, places, followers = (cast("Ints", arrays[name]) for name in ("slots", "places", "followers"))
    ends = [np.concatenate([[0], np.cumsum(arrays[name])]).tolist() for name in ("sizes", "following")]
    return Counts(
        names=names,
        index={name: item for item, name in enumerate(names)},
        keys=np.array([key_of(name) for name in names], np.uint64),
        clicks=np.bincount(flat, minlength=len(names)),
        numbers=cast("NDArray[np.int64]", arrays["numbers"]),
        starts=np.cumsum(lengths, dtype=np.int64) - lengths,
        lengths=lengths,
        flat=flat,
        postings=[Posting(slots[a:b], places[a:b]) for a, b in zip(ends[0], ends[0][1:], strict=False)],
        followers=[Followers(followers[a:b], table[a:b]) for a, b in zip(ends[1], ends[1][1:], strict=False)],
    )


def _joined(arrays: Sequence[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int32), *arrays])
