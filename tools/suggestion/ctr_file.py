"""The one file of a click model: JSON with a version and a checksum, so that it is read whole or refused."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, cast

from questline.errors import RunError, UsageError

from .ctr_calibration import Calibration
from .ctr_features import FEATURES
from .ctr_model import SLOTS, CTRModel, Mode, Tower
from .ctr_rates import Rates

__all__ = ["VERSION", "load_model", "model_of", "prior_model", "save_model", "values_of"]

VERSION: Final = 1
_FORMAT: Final = "questline-click-model"
_MODES: Final[tuple[Mode, ...]] = ("words", "encoder")
_MEND: Final = f"expected {_FORMAT} version {VERSION}; fit it again with `agents train suggestion`"


def save_model(model: CTRModel, path: Path) -> None:
    """Write `model` in one step; equal models give equal bytes.

    Raises:
        RunError: ``read_only`` or ``disk_full``.
    """
    body = values_of(model)
    head = {"format": _FORMAT, "version": VERSION, "sha256": _hash(body)}
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps({**head, "model": body}, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        code = "disk_full" if error.errno == 28 else "read_only"  # ENOSPC
        raise RunError(f"{str(path)!r} cannot be written ({error})", code=code, path=path) from error


def load_model(path: Path | Traversable) -> CTRModel:
    """Read a model that `save_model` wrote.

    Raises:
        UsageError: ``file_not_found``, or ``bad_model_file`` naming the file and the expected version, for a file that
            is damaged, of another version, or of other features.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no click model {str(path)!r}; {_MEND}", code="file_not_found", path=path) from error
    except OSError as error:
        raise _bad(path, f"cannot be read ({error})") from error
    try:
        values = cast("dict[str, object]", json.loads(raw))
        if not isinstance(cast("object", values), dict) or values.get("format") != _FORMAT:
            raise _bad(path, "is no click model")
        if values.get("version") != VERSION:
            raise _bad(path, f"has version {values.get('version')!r}")
        body = cast("dict[str, object]", values["model"])
        if values.get("sha256") != _hash(body):
            raise _bad(path, "is damaged: its checksum differs")
        return model_of(body)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise _bad(path, f"is damaged ({type(error).__name__}: {error})") from error


@cache
def prior_model() -> CTRModel:
    """Return the model that ships with the package, read once in a process; raises what `load_model` raises."""
    return load_model(resources.files("questline.tools.suggestion") / "prior" / "ctr.json")


def _bad(path: Path | Traversable, problem: str) -> UsageError:
    message = f"the click model {str(path)!r} {problem}; {_MEND}"
    return UsageError(message, code="bad_model_file", path=path, expected_version=VERSION)


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def values_of(model: CTRModel) -> dict[str, object]:
    """Return a model as JSON data."""
    return {
        "features": list(FEATURES),
        "encoder": model.encoder,
        "origin": dict(model.origin),
        "rates": {
            "strength": model.rates.strength,
            "counts": {key: list(count) for key, count in model.rates.counts.items()},
        },
        "towers": {
            mode: {
                "centre": list(tower.centre),
                "scale": list(tower.scale),
                "weights": list(tower.weights),
                "position": list(tower.position),
                "slope": tower.calibration.slope,
                "bias": tower.calibration.bias,
                "knots": list(tower.calibration.knots),
                "values": list(tower.calibration.values),
            }
            for mode, tower in model.towers.items()
        },
    }


def model_of(body: Mapping[str, object]) -> CTRModel:
    """Return the model of what `values_of` made.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: For anything else.
    """
    if body["features"] != list(FEATURES):
        raise ValueError("other features than this version's")
    towers = cast("Mapping[Mode, Mapping[str, object]]", body["towers"])
    rates = cast("Mapping[str, object]", body["rates"])
    counts = cast("Mapping[str, tuple[float, float, int]]", rates["counts"])
    return CTRModel(
        towers={mode: _tower(towers[mode]) for mode in _MODES},
        rates=Rates(
            counts={key: (float(above), float(shown), int(queries)) for key, (above, shown, queries) in counts.items()},
            strength=float(cast("float", rates["strength"])),
        ),
        encoder=str(body["encoder"]),
        origin=cast("Mapping[str, str | int | float]", body["origin"]),
    )


def _tower(values: Mapping[str, object]) -> Tower:
    calibration = Calibration(
        slope=_finite(values["slope"]),
        bias=_finite(values["bias"]),
        knots=_numbers(values["knots"]),
        values=_numbers(values["values"], count=len(_numbers(values["knots"]))),
    )
    scale = _numbers(values["scale"], count=len(FEATURES))
    if min(scale) <= 0:
        raise ValueError("a scale is not above 0")
    return Tower(
        centre=_numbers(values["centre"], count=len(FEATURES)),
        scale=scale,
        weights=_numbers(values["weights"], count=len(FEATURES)),
        position=_numbers(values["position"], count=SLOTS),
        calibration=calibration,
    )


def _numbers(values: object, *, count: int | None = None) -> tuple[float, ...]:
    numbers = tuple(_finite(value) for value in cast("Sequence[object]", values))
    if count is not None and len(numbers) != count:
        raise ValueError(f"{len(numbers)} numbers where {count} are due")
    return numbers


def _finite(value: object) -> float:
    number = float(cast("float", value))
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no finite number")
    return number
