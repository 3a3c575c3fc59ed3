"""What forgetting in a trained model would come to; nothing changes, and no step is made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from questline.errors import RunError, UsageError
from questline.tools.recommendation.batch import find, report
from questline.tools.recommendation.forgetting import check_limit
from questline.tools.recommendation.neural.graph import CATALOGUE
from questline.tools.recommendation.neural.standing import Standing, standing, why_stale
from questline.tools.recommendation.recommender import SessionRecommender
from questline.tools.recommendation.requests import ForgetRequest

from .as_learnt import as_learnt
from .model_folder import read_folder
from .replacing import before_of
from .ways import WAYS

__all__ = ["ModelPlan", "check_method", "plan_in_model", "stale_refusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """What a network would forget."""

    method: str
    clicks: int
    """That it learnt: those are unlearnt."""
    held_out: int
    """That it never learnt: they were held out, came later, or are of items that it does not know."""
    items_gone: int
    """Items that leave its catalogue."""
    refused: str = ""
    """Why `forget_in_model` would refuse with ``use_retrain``; empty where it would not."""


def plan_in_model(
    recommender: SessionRecommender,
    folder: Path,
    requests: Sequence[ForgetRequest],
    *,
    method: str = "cau",
    force: bool = False,
) -> ModelPlan:
    """Return what `questline.tools.recommendation.unlearning.stored.forget_in_model` would do; nothing is written.

    Raises:
        UsageError: ``unknown_request``, ``held``, ``bad_request``; ``bad_param`` for another method; ``no_snapshot``
            for a folder without its network; ``file_not_found``.
        RunError: ``damaged_model``.
    """
    check_method(method)
    recommender.plan(requests)
    if not folder.is_dir() and not before_of(folder).is_dir():
        message = f"there is no folder {str(folder)!r}; `agents train recommender` makes one"
        raise UsageError(message, code="file_not_found", path=folder)
    folder = folder if folder.is_dir() else before_of(folder)
    learnt = cast("dict[str, Any]", read_folder(folder)[1]["learnt"])
    items = _catalogue(folder)
    store = recommender.store
    with store.reading():
        batch = find(store, requests, elsewhere=False)
        known = as_learnt(store, batch.clicks, items, learnt)
        stale = why_stale(Standing.of(learnt.get("store")), standing(store))
    refused = str(stale_refusal(folder, stale, forgotten=not batch.clicks)) if stale else ""
    if not refused:
        try:
            check_limit(report(store, batch, "planned"), force=force)
        except UsageError as error:
            refused = str(error)
    count = sum(map(len, known.clicks.values()))
    return ModelPlan(
        method=method,
        clicks=count,
        held_out=len(batch.clicks) - count,
        items_gone=len(known.gone),
        refused=refused,
    )


def check_method(method: str) -> None:
    """Refuse a way to unlearn that is none.

    Raises:
        UsageError: ``bad_param``.
    """
    if method not in WAYS:
        raise UsageError(f"method {method!r} is not one of {', '.join(WAYS)}", code="bad_param", argument="method")


def stale_refusal(folder: Path, stale: str, *, forgotten: bool) -> UsageError:
    """Return the error for a model that cannot be unlearnt any more, and why it is stale.

    Args:
        folder: Of the model.
        stale: Why it is.
        forgotten: What is asked for is not in the store any more, as after a kill.
    """
    kept = ", or take both back with `agents forget undo CERTIFICATE --model`" if before_of(folder).is_dir() else ""
    return UsageError(
        ("the store has forgotten all of it already; " if forgotten else "")
        + f"the model {str(folder)!r} is stale ({stale}), and what it has learnt of is not there any more: "
        f"learn it again with `agents train recommender`{kept}",
        code="use_retrain",
        path=folder,
    )


def _catalogue(folder: Path) -> list[str]:
    try:
        return list(map(str, json.loads((folder / CATALOGUE).read_bytes())["items"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"the catalogue of {str(folder)!r} cannot be read; learn it again with `agents train recommender`"
        raise RunError(message, code="damaged_model", path=folder) from error
