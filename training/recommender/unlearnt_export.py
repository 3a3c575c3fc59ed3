"""Write the folder of a network that has forgotten: what `agents train recommender` writes, less what was forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.errors import RunError
from questline.tools.recommendation.neural import Trained
from questline.tools.recommendation.neural.graph import CATALOGUE

from .exporting import export

__all__ = ["export_unlearnt"]

_CARD: Final = "MODEL_CARD.md"
_NOTE: Final = "Clicks were forgotten since: the certificates beside the folder tell how. The figures are of before."


def export_unlearnt(trained: Trained, old: Path, new: Path, lost: Mapping[str, int]) -> None:
    """Write graph, items, network and manifest; see `questline.tools.recommendation.unlearning.stored.Export`.

    Raises:
        MissingExtra: Without onnx.
        RunError: ``damaged_model`` where the old catalogue cannot be read; or when graph and network differ.
    """
    try:
        catalogue = cast("dict[str, Any]", json.loads((old / CATALOGUE).read_bytes()))
        clicks = dict(zip(catalogue["items"], catalogue["clicks"], strict=True))
        learnt = cast("dict[str, Any]", json.loads((old / "manifest.json").read_bytes()))["learnt"]
        left = [max(0, int(clicks[name]) - lost.get(name, 0)) for name in trained.items]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"the catalogue of {str(old)!r} cannot be read: learn the model again with `agents train recommender`"
        raise RunError(message, code="damaged_model", path=old) from error
    export(trained, new, clicks=np.array(left, np.int64), learnt=learnt)
    if (old / _CARD).is_file():
        card = (old / _CARD).read_text(encoding="utf-8").split(_NOTE, 1)[0].rstrip("\n")
        (new / _CARD).write_text(f"{card}\n\n{_NOTE}\n", encoding="utf-8")
