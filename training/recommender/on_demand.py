"""Learn a network for a measurement, once: the same file and options find it again in the cache, or go on with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from questline.tools.recommendation.neural.config import Kind
from questline.training.driver import MODEL, Options, train
from questline.training.evaluation.rows import content_hash
from questline.training.recipe import Hears, Job

from .recipe import RecommenderRecipe
from .settings import Settings
from .sources import read
from .splits import Split

__all__ = ["learnt_network"]

_MANY: Final = 10_000
"""Items above which drawn ones stand for all."""
_DRAWN: Final = 1000
_RUN: Final[Mapping[str, object]] = {"evaluate_every": 200, "patience": 10, "minutes": 30.0}


def learnt_network(
    kind: Kind, data: Path, *, split: Split, exclude_seen: bool, seed: int, cache: Path, hears: Hears
) -> Path:
    """Return the ``model`` folder of a network with the usual settings, which is learnt where it is not there.

    Args:
        kind: Of the network.
        data: File of sessions.
        split: What of it is held out.
        exclude_seen: Whether what a session has had is left out when the best step is chosen.
        seed: Of every draw.
        cache: Folder of measurements; the network lies in ``recommenders``.
        hears: Told how far it is.

    Raises:
        MissingExtra: Without torch or onnx.
        UsageError: ``bad_data``.
        KeyboardInterrupt: What was learnt so far is kept.
    """
    items = {item for session in read(data).sessions for item in session}
    sampled = {"negatives": _DRAWN, "sampling": "popularity"} if len(items) > _MANY else {}
    settings = Settings(kind=kind, split=split, exclude_seen=exclude_seen, **sampled)  # pyright: ignore[reportArgumentType]  # the values above are of the fields' types
    told = {**asdict(settings), **_RUN, "seed": seed, "data": content_hash(data)}
    name = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    out = cache / "recommenders" / f"{kind}-{name}"
    options = Options(seed=seed, threads=1, **_RUN)  # pyright: ignore[reportArgumentType]  # as above
    job = Job(data=data, out=out, cache=cache, seed=seed, threads=options.threads, hears=hears)
    finished = train(
        "recommender",
        lambda given: RecommenderRecipe(given, settings),
        job,
        options,
        settings=told,
        command=f"agents eval recommendation --method {kind}",
        resume=True,
    )
    assert finished.model == out / MODEL
    return finished.model
