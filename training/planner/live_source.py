"""What learning on the live graph begins from: a filled table's questions, and a policy that was learnt on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from questline.agents.workflow_planner.attribution import Reference
from questline.agents.workflow_planner.trained import POLICY, Policy
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.onnx_session import read_model_files
from questline.training.embedded.examples import question_hash

from .assess import Chosen
from .folds import Fits, held_out
from .identity import identity
from .learnt import known
from .live_bench import LiveJob
from .policy_fitted import FittedNet
from .policy_graph import read_net
from .policy_net import PolicyNet
from .rows import Asked
from .seconds import Seconds
from .store import read_filled

__all__ = ["LiveSource", "read_source"]

_CHOOSING = 0.2
_SAME = ("corpus", "settings", "model", "prompts", "encoder", "fits")
"""What has to be as it was when the table was filled; code may have changed, since the graph runs anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSource:
    """Questions and policy."""

    learn: tuple[Asked, ...]
    choose: tuple[Asked, ...]
    """A fifth of those that are not held out: the step that is best on them is exported."""
    held: tuple[Asked, ...]
    """The fifth that the policy was measured on: nothing is chosen on them."""
    base: PolicyNet | FittedNet
    network: bytes
    """The same, as ONNX."""
    fingerprint: str
    components: tuple[str, ...]
    scale: tuple[float, ...]
    constants: Chosen
    reference: Reference | None
    """Means of the table's training questions, to explain choices against."""
    learnt: str
    """Marks of the questions that the policy learnt from, see `questline.training.planner.learnt`."""
    seconds: Seconds
    identity: dict[str, str]
    """Of the table."""

    def jobs(self, index: Path, settings: Settings, fits: Fits) -> tuple[LiveJob, ...]:
        """Return what workers are made for: one job for each fold's fits, a single one for the shipped ones."""
        return tuple(
            LiveJob(
                index=index,
                settings=settings,
                fits=folder,
                seconds=self.seconds,
                components=self.components,
                scale=self.scale,
            )
            for folder in fits.folders or (None,)
        )

    def check(self, corpus: Path, settings: Settings, fits: Fits) -> None:
        """See that rollouts run on what the table ran on, and that no fit is asked what it has learnt from.

        Raises:
            UsageError: ``bad_table`` with ``differs``; what `Fits.check` raises.
        """
        fits.check(one.text for one in (*self.learn, *self.choose, *self.held))
        now = identity(corpus, settings, fits)
        differs = [name for name in _SAME if self.identity.get(name) != now[name]]
        if differs:
            raise UsageError(
                f"the table was filled with another {' and '.join(differs)}; give the same --corpus, --models, --model "
                "and settings, or fill another table",
                code="bad_table",
                differs=",".join(differs),
            )


def read_source(table: Path, policy: Path, *, allow_seen: bool = False) -> LiveSource:
    """Read table and policy.

    Raises:
        UsageError: ``file_not_found``; ``bad_table`` for a table of another identity than the policy's, or one whose
            executors have learnt from its questions; ``bad_data`` for one that is not filled, or has too few questions.
        RunError: ``damaged_model``.
    """
    opened = Policy.load(policy)
    files = read_model_files(policy)
    manifest = cast("dict[str, Any]", files.manifest)
    about, rows = read_filled(table)
    asked = [one for one, _ in rows]
    if about["identity"] != manifest["identity"]:
        raise UsageError(
            f"the policy in {str(policy)!r} was learnt on another table; give that one", code="bad_table", path=table
        )
    if about.get("seen") and not allow_seen:
        raise UsageError(
            "the executors of this table have learnt from its questions, so that their drafts are better than on any "
            "others; fill it by cross-fitting (agents train planner folds), or set live.allow_seen = true",
            code="bad_table",
            path=table,
        )
    held, rest = _parted(asked, [held_out(one.text) for one in asked])
    if known(opened.learnt, [one.text for one in held]):
        raise UsageError(
            "this policy has learnt from the questions that are held out too (policy.refit), so that nothing is left "
            "to measure it on; learn one without that",
            code="bad_table",
            path=policy,
        )
    choose, learn = _parted(rest, [question_hash(f"choose {one.text}") < _CHOOSING for one in rest])
    if not (held and choose and learn):
        raise UsageError(
            f"{len(asked)} questions are too few: none to learn from, to choose on, or to hold out", code="bad_data"
        )
    return LiveSource(
        learn=learn,
        choose=choose,
        held=held,
        base=read_net(files.contents[POLICY]),
        network=files.contents[POLICY],
        fingerprint=files.fingerprint,
        components=tuple(manifest["components"]),
        scale=tuple(manifest["scale"]),
        constants=Chosen.read(manifest["constants"], np.array(manifest["scale"]).tolist()),
        reference=opened.reference,
        learnt=opened.learnt,
        seconds=Seconds.read(about["seconds"]),
        identity=manifest["identity"],
    )


def _parted(asked: Sequence[Asked], marks: Sequence[bool]) -> tuple[tuple[Asked, ...], tuple[Asked, ...]]:
    """Return the marked ones, and the others."""
    pairs = list(zip(asked, marks, strict=True))
    return tuple(one for one, mark in pairs if mark), tuple(one for one, mark in pairs if not mark)
