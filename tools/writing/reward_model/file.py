"""The one file of a reward model: gzipped JSON with a version and a checksum, so that it is read whole or refused."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import zlib
from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, cast

from questline.errors import RunError, UsageError

from .features import LENGTHS, SURFACE
from .model import CharacterRewardModel, Linear

__all__ = ["VERSION", "load_model", "model_of", "save_model", "values_of"]

VERSION: Final = 1
_FORMAT: Final = "questline-reward-model"
_MEND: Final = f"expected {_FORMAT} version {VERSION}; fit it again with `agents train reward-model`"
_LARGEST: Final = 64 << 20
"""Bytes of JSON that are read at most; the file says itself how large it is."""
_PLACES: Final = 4


def save_model(model: CharacterRewardModel, path: Path) -> None:
    """Write `model` in one step; equal models give equal bytes.

    Raises:
        RunError: ``read_only`` or ``disk_full``.
    """
    body = values_of(model)
    head = {"format": _FORMAT, "version": VERSION, "sha256": _hash(body)}
    told = json.dumps({**head, "model": body}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(gzip.compress(told.encode(), 9, mtime=0))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        code = "disk_full" if error.errno == 28 else "read_only"  # ENOSPC
        raise RunError(f"{str(path)!r} cannot be written ({error})", code=code, path=path) from error


def load_model(path: Path | Traversable) -> CharacterRewardModel:
    """Read a model that `save_model` wrote.

    Raises:
        UsageError: ``file_not_found``, or ``bad_model_file`` naming the file and the expected version, for a file that
            is damaged, of another version, or of other features.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no reward model {str(path)!r}; {_MEND}", code="file_not_found", path=path
        ) from error
    except OSError as error:
        raise _bad(path, f"cannot be read ({error})") from error
    try:
        told = zlib.decompressobj(wbits=31).decompress(raw, _LARGEST)
        values = cast("dict[str, object]", json.loads(told))
        if not isinstance(cast("object", values), dict) or values.get("format") != _FORMAT:
            raise _bad(path, "is no reward model")
        if values.get("version") != VERSION:
            raise _bad(path, f"has version {values.get('version')!r}")
        body = cast("dict[str, object]", values["model"])
        if values.get("sha256") != _hash(body):
            raise _bad(path, "is damaged: its checksum differs")
        return model_of(body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error) as error:
        raise _bad(path, f"is damaged ({type(error).__name__}: {error})") from error


def values_of(model: CharacterRewardModel) -> dict[str, object]:
    """Return a model as JSON data; the weights of pieces are rounded to four decimal places."""
    return {
        "orders": list(model.orders),
        "pieces": {piece: round(weight, _PLACES) for piece, weight in sorted(model.weights.items())},
        "surface": {"names": list(SURFACE), **_columns(model.surface)},
        "length": {"names": list(LENGTHS), **_columns(model.length)},
        "origin": dict(model.origin),
    }


def model_of(body: Mapping[str, object]) -> CharacterRewardModel:
    """Return the model of what `values_of` made.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: For anything else.
    """
    orders = tuple(int(cast("int", order)) for order in cast("Sequence[object]", body["orders"]))
    if not orders or min(orders) < 1:
        raise ValueError("pieces of no length")
    return CharacterRewardModel(
        orders=orders,
        weights={piece: _finite(weight) for piece, weight in cast("Mapping[str, object]", body["pieces"]).items()},
        surface=_linear(body["surface"], SURFACE),
        length=_linear(body["length"], LENGTHS),
        origin=cast("Mapping[str, str | int | float]", body["origin"]),
    )


def _columns(part: Linear) -> dict[str, object]:
    return {"centre": list(part.centre), "scale": list(part.scale), "weights": list(part.weights)}


def _linear(told: object, names: Sequence[str]) -> Linear:
    values = cast("Mapping[str, Sequence[object]]", told)
    if list(values["names"]) != list(names):
        raise ValueError("other features than this version's")
    centre, scale, weights = (tuple(map(_finite, values[name])) for name in ("centre", "scale", "weights"))
    if not len(centre) == len(scale) == len(weights) == len(names) or min(scale) <= 0:
        raise ValueError("a column lacks a number, or its scale is not above 0")
    return Linear(centre=centre, scale=scale, weights=weights)


def _bad(path: Path | Traversable, problem: str) -> UsageError:
    message = f"the reward model {str(path)!r} {problem}; {_MEND}"
    return UsageError(message, code="bad_model_file", path=path, expected_version=VERSION)


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _finite(value: object) -> float:
    number = float(cast("float", value))
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no finite number")
    return number
