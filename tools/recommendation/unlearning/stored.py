"""Forget in a trained model and in the store that it learnt of: the network approximately, the counts exactly.

    1  plan      the requests name clicks of the store; holds and limits refuse here, and nothing has changed
    2  unlearn   a copy of the network takes the steps, beside the folder
    3  replace   the folder becomes the unlearnt one in one rename
    4  forget    the store forgets exactly; where that fails before its commit the old folder is put back
    5  stamp     the folder notes where the store stands, unless that forgot something else meanwhile: it is not stale

A kill before 3 leaves everything as it was. One between 3 and 4 leaves a model that has forgotten and a store that has
not: the same request again puts the old folder back first (`pending.mend`). One between 4 and 5 leaves a model that has
forgotten and is taken for stale, which errs on the safe side. What was not reached (``partial``) is never stamped: the
store's counts recommend then.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.errors import RunError, UsageError
from questline.tools.recommendation.batch import find, report
from questline.tools.recommendation.forgetting import check_limit
from questline.tools.recommendation.neural import Trained, load
from questline.tools.recommendation.neural.checkpoint import FILE, digest
from questline.tools.recommendation.neural.standing import Standing, standing, standing_after, why_stale
from questline.tools.recommendation.recommender import SessionRecommender
from questline.tools.recommendation.requests import ForgetRequest
from questline.tools.recommendation.result import ForgetReport

from .approximate import Limits, Unlearnt
from .as_learnt import as_learnt
from .forgetting import forget_clicks, without_items
from .journal import append, entries
from .pending import mend, over, pending
from .replacing import alone, before_of, forget_before, next_of, put_back, replace_folder
from .ways import WAYS

__all__ = ["Export", "ModelForgot", "finish_model", "forget_in_model", "undo_in_model"]

Export = Callable[[Trained, Path, Path, Mapping[str, int]], None]
"""Writes all files of a model folder: the network, the folder that it was, the new one, which is empty, and how many
clicks each item has lost."""
_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelForgot:
    """What came of forgetting in a model and in its store."""

    status: str
    """``done``; ``partial``: `remaining` clicks are likelier than they may be, and the model counts as stale;
    ``failed``: nothing has changed, in neither; ``already``: nothing of it was left."""
    certificate: str = ""
    method: str = ""
    clicks: int = 0
    """That the network had learnt."""
    steps: int = 0
    remaining: int = 0
    chance_before: float = 0.0
    """Mean P of the clicks."""
    chance_after: float = 0.0
    seconds: float = 0.0
    """Of the processor, for the network."""
    store: ForgetReport | None = None
    """Of the exact forgetting; None where it failed."""
    stale: str = ""
    """Why the model is stale though it is ``done``: the store forgot something else meanwhile; else empty."""


def forget_in_model(
    recommender: SessionRecommender,
    folder: Path,
    requests: Sequence[ForgetRequest],
    *,
    export: Export,
    method: str = "cau",
    limits: Limits | None = None,
    force: bool = False,
    undoable: bool = False,
    planned: ForgetReport | None = None,
    seed: int = 0,
    hear: Callable[[int, int], None] | None = None,
) -> ModelForgot:
    """Forget what requests name, in a store and in a model that learnt of it.

    Args:
        recommender: Over the store.
        folder: Of `agents train recommender`.
        requests: What is to be forgotten.
        export: Writes the new folder.
        method: One of `questline.tools.recommendation.unlearning.ways.WAYS`.
        limits: How far and how fast.
        force: More than a fifth of all clicks may go.
        undoable: Keep both as they were aside, for `undo_in_model` and `SessionRecommender.rollback`.
        planned: What `SessionRecommender.plan` said.
        seed: Of what is drawn.
        hear: Told the steps that were made, of how many at most.

    Raises:
        UsageError: ``unknown_request``, ``held``, ``use_retrain``, ``not_confirmed``, ``bad_request`` as the store
            alone; ``use_retrain`` too for a stale model; ``no_snapshot`` for a folder without its network;
            ``bad_param`` for another method; ``file_not_found``.
        RunError: ``damaged_model``, ``model_locked``; nothing was changed then.
    """
    if method not in WAYS:
        raise UsageError(f"method {method!r} is not one of {', '.join(WAYS)}", code="bad_param", argument="method")
    with alone(folder):
        store = recommender.store
        mend(folder, standing(store))
        trained, manifest = _read(folder)
        learnt = cast("dict[str, Any]", manifest["learnt"])
        recommender.plan(requests)
        with store.reading():
            was = standing(store)
            if stale := why_stale(Standing.of(learnt.get("store")), was):
                raise UsageError(
                    f"the model {str(folder)!r} is stale ({stale}), and what it has learnt of is not there any more: "
                    "learn it again with `agents train recommender`",
                    code="use_retrain",
                    path=folder,
                )
            batch = find(store, requests, elsewhere=False)
            check_limit(report(store, batch, "planned"), force=force)
            marks = sorted({store.mark("request", each.key) for each in requests})
            data_before = str(store.meta("hash"))
            known = as_learnt(store, batch.clicks, trained.items, learnt)
        if not batch.clicks:
            return ModelForgot(status="already", method=method, store=recommender.forget(requests))
        before = digest(trained)
        found = forget_clicks(
            trained.net,
            known.sessions,
            known.clicks,
            unlearnt=known.unlearnt,
            way=WAYS[method],
            limits=limits,
            seed=seed,
            hear=hear,
        )
        made = ModelForgot(
            status=found.status,
            method=method,
            clicks=len(found.before),
            steps=len(found.steps),
            remaining=len(found.remaining),
            chance_before=_mean(found.before.tolist()),
            chance_after=_mean(found.after.tolist()),
            seconds=found.seconds,
        )
        body = {
            "id": uuid.uuid4().hex,
            "action": "forget",
            "requests": marks,
            "kinds": dict(sorted(Counter(each.kind for each in requests).items())),
            "undoable": undoable,
            "data_before": data_before,
            "model_before": before,
            **_told(found, method, limits or Limits(), seed),
        }
        if found.status == "failed":
            append(folder, {**body, "data_after": data_before, "model_after": before})
            return replace(made, certificate=str(body["id"]))
        trained = without_items(trained, known.gone)
        next_of(folder).mkdir()
        export(trained, folder, next_of(folder), known.lost)
        pending(next_of(folder), was, undoable=undoable)
        exact = _replaced(recommender, folder, requests, force=force, undoable=undoable, planned=planned)
        now = standing_after(store, exact.certificate, was)
        if found.status == "done" and now is not None:
            _stamp(folder, now)
        append(folder, {**body, "data_after": str(store.meta("hash")), "model_after": digest(trained)})
        stale = "" if now is not None else "other clicks were forgotten in its store meanwhile"
        return replace(made, certificate=str(body["id"]), store=exact, stale=stale)


def undo_in_model(folder: Path) -> None:
    """Put a model's folder back as it was before its last forgetting; its store is put back by itself.

    Raises:
        UsageError: ``no_snapshot`` where nothing is kept aside; ``file_not_found``.
        RunError: ``damaged_model`` where what is kept aside is not what it was; ``model_locked``.
    """
    with alone(folder):
        if before_of(folder).is_dir():
            kept = digest(_read(before_of(folder))[0])
            told = [entry for entry in entries(folder) if entry["action"] == "forget"]
            if told and told[-1]["model_before"] != kept:
                message = f"what is kept aside of {str(folder)!r} is not what it was: learn the model again"
                raise RunError(message, code="damaged_model", path=folder)
        put_back(folder)
        append(folder, {"action": "rollback"})


def finish_model(folder: Path) -> bool:
    """Let go of what a forgetting kept aside; return whether there was anything.

    Raises:
        UsageError: ``file_not_found``.
        RunError: ``model_locked``.
    """
    with alone(folder):
        there = forget_before(folder)
        if there:
            append(folder, {"action": "finish"})
        return there


def _read(folder: Path) -> tuple[Trained, dict[str, Any]]:
    if not (folder / FILE).is_file():
        raise UsageError(
            f"{str(folder)!r} holds no {FILE}: without the network that was trained there is nothing to unlearn from, "
            "and nothing to keep close to; learn it again with `agents train recommender`",
            code="no_snapshot",
            path=folder,
        )
    try:
        manifest = cast("dict[str, Any]", json.loads((folder / _MANIFEST).read_bytes()))
        learnt = manifest["learnt"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"the manifest of {str(folder)!r} cannot be read; learn it again with `agents train recommender`"
        raise RunError(message, code="damaged_model", path=folder) from error
    if not isinstance(learnt, dict) or not _spans(cast("dict[str, object]", learnt).get("sessions", [0, -1])):
        raise RunError(f"the manifest of {str(folder)!r} says not what was learnt", code="damaged_model", path=folder)
    return load(folder / FILE), manifest


def _spans(sessions: object) -> bool:
    """Say whether something is the numbers of a first and of a last session."""
    if not isinstance(sessions, list):
        return False
    ends = cast("list[object]", sessions)
    return len(ends) == 2 and all(type(end) is int for end in ends)


def _replaced(
    recommender: SessionRecommender,
    folder: Path,
    requests: Sequence[ForgetRequest],
    *,
    force: bool,
    undoable: bool,
    planned: ForgetReport | None,
) -> ForgetReport:
    """Put the new folder in its place and forget in the store; where that did not happen, put the old one back."""
    replace_folder(folder)
    try:
        exact = recommender.forget(requests, force=force, undoable=undoable, planned=planned)
    except BaseException:
        mend(folder, standing(recommender.store))
        raise
    if not undoable:
        forget_before(folder)
    over(folder)
    return exact


def _stamp(folder: Path, now: Standing) -> None:
    """Note in the manifest that the model is sound as the store stands."""
    path = folder / _MANIFEST
    manifest = cast("dict[str, Any]", json.loads(path.read_bytes()))
    manifest["learnt"]["store"] = now.as_dict()
    part = path.with_name(f"{_MANIFEST}.part")
    part.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)


def _told(found: Unlearnt, method: str, limits: Limits, seed: int) -> dict[str, object]:
    return {
        "method": method,
        "limits": asdict(limits),
        "seed": seed,
        "status": found.status,
        "reason": found.reason,
        "clicks": len(found.before),
        "weights": [[round(each, 4) for each in step.weights] for step in found.steps],
        "norms": [float(f"{step.norm:.4g}") for step in found.steps],
        "chance_before": [float(f"{each:.4g}") for each in found.before],
        "chance_after": [float(f"{each:.4g}") for each in found.after],
        "remaining": len(found.remaining),
        "rollbacks": found.rollbacks,
        "kept_ndcg_before": round(found.ndcg_before, 6),
        "kept_ndcg_after": round(found.ndcg_after, 6),
        "seconds": round(found.seconds, 3),
    }


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else 0.0
