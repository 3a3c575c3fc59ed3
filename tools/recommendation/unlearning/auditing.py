"""Look for what was forgotten in a trained model, and whether its certificates hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from questline.errors import RunError
from questline.tools.recommendation.neural.checkpoint import digest
from questline.tools.recommendation.neural.standing import Standing, standing, why_stale
from questline.tools.recommendation.requests import ForgetRequest
from questline.tools.recommendation.result import Finding
from questline.tools.recommendation.store import SessionStore

from .journal import broken
from .model_folder import read_folder
from .replacing import before_of, checkpoints_of

__all__ = ["audit_model"]


def audit_model(folder: Path, store: SessionStore, requests: Sequence[ForgetRequest]) -> tuple[Finding, ...]:
    """Look through a model's folder and what stands beside it; what the network itself remembers is no matter of names.

    Args:
        folder: Of `agents train recommender`.
        store: That it learnt of.
        requests: What was to be forgotten; items everywhere are looked for in the catalogue.

    Raises:
        UsageError: ``no_snapshot`` for a folder without its network.
    """
    stale = True
    items = {each.id for each in requests if each.kind == "item" and not each.whose}
    try:
        trained, manifest = read_folder(folder)
    except RunError:
        network = Finding(
            where="model", found=1, looked="networks that cannot be read, or are not those of the manifest"
        )
    else:
        learnt = cast("dict[str, Any]", manifest["learnt"])
        changed = "network" in manifest and manifest["network"] != digest(trained)
        stale = bool(why_stale(Standing.of(learnt.get("store")), standing(store)))
        network = Finding(
            where="model",
            found=changed + stale + len(items.intersection(trained.items)),
            looked="a network that is not that of its manifest, one that did not forget with the store, names of items",
        )
    return (
        network,
        Finding(where="model kept aside", found=int(before_of(folder).is_dir()), looked="older networks beside it"),
        Finding(
            where="checkpoints",
            found=len(checkpoints_of(folder)) if stale else 0,  # forgetting in both deletes them: later ones are sound
            looked="of trainings on clicks that the store has forgotten since",
        ),
        Finding(
            where="model certificates",
            found=broken(folder),
            looked="entries that cannot be read, or do not follow from the one before",
        ),
    )
