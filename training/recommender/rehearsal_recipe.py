"""The recipe ``rehearsal``: a trained recommender again, without a drawn click of each session, for forgetting.

What comes of it are six weights and the spread of what they leave, written into the manifest of the recommender
(`questline.tools.recommendation.unlearning.rehearsal`); the second network goes with the run's checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.errors import RunError, UsageError
from questline.tools.recommendation.neural import Trained, load
from questline.tools.recommendation.neural.checkpoint import FILE
from questline.tools.recommendation.unlearning.forgetting import left_of
from questline.tools.recommendation.unlearning.model_folder import read_folder, read_manifest, write_manifest
from questline.tools.recommendation.unlearning.rehearsal import FEWEST, Rehearsal, rehearse, to_rehearse
from questline.tools.recommendation.unlearning.replacing import alone, note_run
from questline.tools.recommendation.unlearning.samples import Sample
from questline.training import checkpoints
from questline.training.licences import own_file
from questline.training.recipe import Card, Job

from .examples import Examples, examples
from .fitting import Fitting
from .recipe import RUN, RecommenderRecipe
from .settings import Settings
from .sources import read

__all__ = ["RehearsalRecipe", "RehearsalSettings", "run_of"]

_NEVER: Final = 300
_ABOUT: Final = """
The recommender of {model!r} was learnt a second time without {clicks} of its clicks, one of a session. What the second
network says of them, and what the first does, tells how likely a click that is to be forgotten may stay.
"""
_LIMITS: Final = """
- It is of this recommender and its data; a recommender that is learnt again needs another one.
- It was fitted on single clicks of sessions' second halves.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalSettings:
    """Of which recommender, and how much is left out; all else is as that one was learnt."""

    model: str = ""
    """Its folder, ``runs/shop/model``."""
    share: float = 1.0
    """Of the sessions with three clicks and more that lose one."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise UsageError(
                f"rehearsal.share={self.share!r} must be above 0 and at most 1", code="bad_settings", argument="share"
            )


def run_of(settings: RehearsalSettings) -> Mapping[str, object]:
    """Return what of ``[run]`` the recommender was learnt with, so that both end where the same rule says.

    Raises:
        UsageError: ``no_snapshot`` for a folder without its network.
        RunError: ``damaged_model``.
    """
    run: object = read_manifest(Path(settings.model))["learnt"].get("run") if settings.model else None
    known = cast("dict[str, object]", run) if isinstance(run, dict) else {}
    return {name: known[name] for name in RUN if name in known}


class RehearsalRecipe(RecommenderRecipe):
    """See `questline.training.recipe.Recipe`."""

    def __init__(self, job: Job, settings: RehearsalSettings) -> None:
        if not settings.model:
            raise UsageError("say whose rehearsal it is: --set model=DIR", code="bad_settings", argument="model")
        self._model, self._share = Path(settings.model), settings.share
        self._manifest = read_manifest(self._model)
        seed, own = _how(self._model, self._manifest)
        super().__init__(replace(job, seed=seed), own)
        self._whole: dict[int, list[int]] = {}
        self._clicks: dict[int, set[int]] = {}

    def prepare(self) -> Mapping[str, int]:
        """Read the sessions that the recommender learnt, take clicks out of them, and make the untrained network.

        Raises:
            UsageError: ``use_retrain`` for data that is not what it learnt; ``bad_data`` for too few sessions.
        """
        self._source = read(self._job.data)
        whole = examples(self._source.sessions, self._settings, self._job.seed)
        learnt = self._manifest["learnt"]
        trained = load(self._model / FILE)
        if trained.items != whole.items or any(learnt.get(name) != it for name, it in self._source.learnt.items()):
            raise UsageError(
                f"{str(self._job.data)!r} is not what {str(self._model)!r} has learnt of: learn it again first",
                code="use_retrain",
                path=self._job.data,
            )
        self._whole = {number: row.tolist() for number, row in enumerate(whole.learnt)}
        self._clicks = to_rehearse(self._whole, self._share, self._job.seed)
        if len(self._clicks) < FEWEST:
            raise UsageError(
                f"{len(self._clicks)} sessions of three clicks and more would lose one, and {FEWEST} are the fewest "
                "that something can be learnt from: take a larger share, or more sessions",
                code="bad_data",
                path=self._job.data,
            )
        self._examples = _without(whole, self._whole, self._clicks)
        note_run(self._model, self._job.out)
        self._fitting = Fitting(self._examples, self._settings, self._job.seed)
        return {
            "sessions": len(self._whole),
            "items": len(whole.items),
            "clicks left out": len(self._clicks),
            "steps an epoch": self._fitting.per_epoch,
        }

    def export(self, folder: Path) -> Card:
        """Compare the two networks, and write what comes of it into the recommender's manifest and here.

        Raises:
            UsageError: ``use_retrain`` where the recommender has forgotten or learnt since this began.
            RunError: ``model_locked`` while it forgets.
        """
        assert self._examples is not None
        with alone(self._model):
            trained, manifest = read_folder(self._model)
            if manifest["network"] != self._manifest["network"]:
                raise UsageError(
                    f"the recommender {str(self._model)!r} is another one than when its rehearsal began: give the "
                    "command again with another --out",
                    code="use_retrain",
                    path=self._model,
                )
            found = self._compared(trained)
            manifest["learnt"]["rehearsal"] = found.as_dict()
            write_manifest(self._model, manifest)
        for name in (checkpoints.FILE, checkpoints.PLAIN):
            (self._job.out / name).unlink(missing_ok=True)
        (folder / "rehearsal.json").write_text(json.dumps(found.as_dict(), indent=2) + "\n", encoding="utf-8")
        return Card(
            title="Rehearsal of forgetting",
            about=_ABOUT.format(model=self._model.name, clicks=len(self._clicks)).strip(),
            data=(own_file(self._job.data),),
            limits=_LIMITS.strip(),
            figures={"clicks": float(found.clicks), "spread": float(np.std(found.residuals))},
        )

    def _compared(self, trained: Trained) -> Rehearsal:
        assert self._examples is not None
        never = [Sample(before=tuple(each.before.tolist()), item=each.item) for each in self._examples.asked[:_NEVER]]
        found = rehearse(trained.net.eval(), self._made().net.eval(), self._whole, self._clicks, never=never)
        if found is None:
            raise RunError("too few clicks are left to compare the networks by", code="bad_data")
        return found


def _how(folder: Path, manifest: Mapping[str, Any]) -> tuple[int, Settings]:
    """Return the seed and the settings that a recommender was learnt with."""
    try:
        learnt = manifest["learnt"]
        return int(learnt["seed"]), Settings(**learnt["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{str(folder)!r} does not say how it was learnt: learn it again with `agents train recommender`",
            code="bad_data",
            path=folder,
        ) from error


def _without(whole: Examples, sessions: Mapping[int, list[int]], clicks: Mapping[int, set[int]]) -> Examples:
    """Return what is learnt without the clicks; items keep their numbers, also those that nobody clicks any more."""
    left = [np.array(row, np.int64) for row in left_of(sessions, clicks).values() if row]
    times = np.bincount(np.concatenate(left), minlength=len(whole.items) + 1)[1:] if left else whole.clicks * 0
    return replace(whole, learnt=tuple(left), clicks=times.astype(np.int64))
