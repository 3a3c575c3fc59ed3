"""Forget in a trained model and in the store that it learnt of: the network approximately, the counts exactly.

    1  plan      the requests name clicks of the store; holds and limits refuse here, and nothing has changed
    2  unlearn   a copy of the network takes the steps, beside the folder
    3  replace   the folder and the unlearnt one change places in one step; the checkpoint of its training goes
    4  forget    the store forgets exactly; where that fails before its commit the old folder is put back
    5  stamp     the folder notes where the store stands, unless that forgot something else meanwhile: it is not stale

A kill before 3 leaves everything as it was. One between 3 and 4 leaves a model that has forgotten and a store that has
not: the same request again puts the old folder back first (`pending.mend`). One between 4 and 5 leaves a model that has
forgotten and is taken for stale, which errs on the safe side. What was not reached (``partial``) is never stamped: the
store's counts recommend then.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from questline.tools.recommendation.batch import find, report
from questline.tools.recommendation.forgetting import check_limit
from questline.tools.recommendation.neural import Trained
from questline.tools.recommendation.neural.checkpoint import digest
from questline.tools.recommendation.neural.standing import Standing, standing, standing_after, why_stale
from questline.tools.recommendation.recommender import SessionRecommender
from questline.tools.recommendation.requests import ForgetRequest
from questline.tools.recommendation.result import ForgetReport

from .approximate import Limits, Unlearnt
from .as_learnt import as_learnt
from .forgetting import forget_clicks, without_items
from .journal import append
from .model_folder import read_folder, read_manifest, write_manifest
from .pending import mend, over, pending
from .planning import check_method, stale_refusal
from .rehearsal import Rehearsal
from .replacing import alone, forget_before, forget_runs, next_of, replace_folder
from .undoing import mend_undo
from .ways import WAYS

__all__ = ["Export", "ModelForgot", "forget_in_model"]

Export = Callable[[Trained, Path, Path, Mapping[str, int]], None]
"""Writes all files of a model folder: the network, the folder that it was, the new one, which is empty, and how many
clicks each item has lost."""


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
        undoable: Keep both as they were aside, for `questline.tools.recommendation.unlearning.undoing.undo_both`.
        planned: What `SessionRecommender.plan` said.
        seed: Of what is drawn.
        hear: Told the steps that were made, of how many at most.

    Raises:
        UsageError: ``unknown_request``, ``held``, ``use_retrain``, ``not_confirmed``, ``bad_request`` as the store
            alone; ``use_retrain`` too for a stale model; ``no_snapshot`` for a folder without its network;
            ``bad_param`` for another method; ``file_not_found``.
        RunError: ``damaged_model``, ``model_locked``; nothing was changed then.
    """
    check_method(method)
    with alone(folder):
        store = recommender.store
        mend(folder, standing(store))
        mend_undo(folder, store)
        trained, manifest = read_folder(folder)
        learnt = cast("dict[str, Any]", manifest["learnt"])
        recommender.plan(requests)
        with store.reading():
            was = standing(store)
            batch = find(store, requests, elsewhere=False)
            if stale := why_stale(Standing.of(learnt.get("store")), was):
                raise stale_refusal(folder, stale, forgotten=not batch.clicks)
            check_limit(report(store, batch, "planned"), force=force)
            marks = sorted({store.mark("request", each.key) for each in requests})
            data_before = str(store.meta("hash"))
            known = as_learnt(store, batch.clicks, trained.items, learnt)
        if not batch.clicks:
            made = ModelForgot(status="already", method=method, store=recommender.forget(requests, undoable=undoable))
            if not undoable and forget_before(folder):
                append(folder, {"action": "finish"})
            return made
        before = digest(trained)
        rehearsal = Rehearsal.read(learnt["rehearsal"]) if "rehearsal" in learnt else None
        found = forget_clicks(
            trained.net,
            known.sessions,
            known.clicks,
            unlearnt=known.unlearnt,
            rehearsal=rehearsal,
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
            "reference": "rehearsed" if rehearsal else "unlearnt" if known.unlearnt else "counts",
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
        body |= {"store_certificate": exact.certificate, "data_after": str(store.meta("hash"))}
        append(folder, {**body, "model_after": digest(trained)})
        stale = "" if now is not None else "other clicks were forgotten in its store meanwhile"
        return replace(made, certificate=str(body["id"]), store=exact, stale=stale)


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
    over(folder)  # of another store, which is none of what comes now
    replace_folder(folder)
    forget_runs(folder)
    try:
        exact = recommender.forget(requests, force=force, undoable=undoable, planned=planned, network=folder)
    except BaseException:
        mend(folder, standing(recommender.store))
        raise
    if not undoable:
        forget_before(folder)
    over(folder)
    return exact


def _stamp(folder: Path, now: Standing) -> None:
    """Note in the manifest that the model is sound as the store stands."""
    manifest = read_manifest(folder)
    manifest["learnt"]["store"] = now.as_dict()
    write_manifest(folder, manifest)


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
