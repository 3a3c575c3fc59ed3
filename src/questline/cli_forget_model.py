"""`agents forget --model DIR`: a trained model forgets with its store."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from questline.cli_console import counted
from questline.errors import QuestlineError, UsageError, require
from questline.settings import load_settings

if TYPE_CHECKING:
    from questline.tools.recommendation import ForgetReport, ForgetRequest, SessionRecommender
    from questline.tools.recommendation.unlearning.planning import ModelPlan
    from questline.tools.recommendation.unlearning.stored import ModelForgot

__all__ = [
    "audited_model",
    "planned",
    "show_plan",
    "show_unlearnt",
    "tell_limit",
    "tell_others",
    "told_plan",
    "unlearnt",
]


def planned(
    recommender: SessionRecommender, model: Path, requests: Sequence[ForgetRequest], *, method: str, force: bool
) -> ModelPlan:
    """Return what a model would forget; raises what `plan_in_model` raises, and `MissingExtra`."""
    _require()
    from questline.tools.recommendation.unlearning.planning import plan_in_model

    return plan_in_model(recommender, model, requests, method=method, force=force)


def show_plan(plan: ForgetReport, beside: ModelPlan | None) -> None:
    """Print a plan as JSON, and under ``model`` what the model would forget."""
    told = asdict(plan) if beside is None else {**asdict(plan), "model": asdict(beside)}
    print(json.dumps(told, ensure_ascii=False))


def told_plan(beside: ModelPlan) -> str:
    """Return what a model would forget, as a sentence."""
    if beside.refused:
        return f"The network would refuse (use_retrain): {beside.refused}"
    held = f", {beside.held_out:,} it never learnt" if beside.held_out else ""
    gone = f"; {counted(beside.items_gone, 'item')} would leave its catalogue" if beside.items_gone else ""
    return f"The network would unlearn {counted(beside.clicks, 'click')} by {beside.method}{held}{gone}."


def unlearnt(
    recommender: SessionRecommender,
    model: Path,
    requests: Sequence[ForgetRequest],
    *,
    method: str,
    force: bool,
    undoable: bool,
    planned: ForgetReport,
) -> ModelForgot:
    """Unlearn a model and forget in its store; raises what `forget_in_model` raises, and `MissingExtra`."""
    _require()
    from questline.tools.recommendation.unlearning.stored import forget_in_model
    from questline.training.recommender.unlearnt_export import export_unlearnt

    return forget_in_model(
        recommender,
        model,
        requests,
        export=export_unlearnt,
        method=method,
        force=force,
        undoable=undoable,
        planned=planned,
        hear=_hear,
    )


def tell_limit(plan: ForgetReport, *, force: bool) -> None:
    """Say on stderr that a plan goes beyond what is forgotten without `force`."""
    from questline.tools.recommendation.forgetting import check_limit

    try:
        check_limit(plan, force=force)
    except UsageError as error:
        print(f"It would be refused ({error.code}): {error.message}", file=sys.stderr)


def tell_others(recommender: SessionRecommender, model: Path | None) -> None:
    """Say on stderr that the network of the settings goes stale, where another one or none forgets with the store."""
    known = load_settings().recommender
    if known is None or (model is not None and model.resolve() == known.resolve()):
        return
    from questline.tools.recommendation.neural import TrainedRecommender

    try:
        stale = TrainedRecommender.load(known, store=recommender).stale
    except QuestlineError:  # it says so where it serves
        return
    if not stale:
        print(
            f"The network {str(known)!r} (setting `recommender`) learnt of this store and does not forget with it: it "
            f"is stale from then on, and is to be learnt again. With --model {quote(str(known))} it forgets too.",
            file=sys.stderr,
        )


def audited_model(model: Path | None, store: Path | None) -> Path | None:
    """Return the model that an audit looks through: the one that is named, else that of the settings and their store.

    Raises:
        MissingExtra: Without torch.
    """
    settings = load_settings()
    of_settings = store is None or store.resolve() == settings.sessions.resolve()
    model = model or (settings.recommender if of_settings else None)
    if model is not None:
        require("torch", feature="looking into a trained model")
    return model


def show_unlearnt(found: ModelForgot, *, as_json: bool) -> None:
    """Print what came of it."""
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
        return
    if found.status == "already":
        return
    if found.status == "failed":
        print("The network could not be unlearnt: a loss was no number. Nothing was changed.", file=sys.stderr)
        return
    print(
        f"The network forgot {counted(found.clicks, 'click')} by {found.method} in {counted(found.steps, 'step')}: "
        f"mean chance {found.chance_before:.2g} before, {found.chance_after:.2g} after."
    )
    if found.remaining:
        print(
            f"partial: {counted(found.remaining, 'click')} not forgotten as far as asked; the model counts as stale "
            "until `agents train recommender` learns it again",
            file=sys.stderr,
        )
    if found.stale:
        print(f"the model is stale: {found.stale}; `agents train recommender` learns it again", file=sys.stderr)
    print(f"Certificate of the model {found.certificate}.")


def _require() -> None:
    for module in ("torch", "onnx"):
        require(module, feature="unlearning from a trained model")


def _hear(done: int, most: int) -> None:
    if done % 50 == 0:
        print(f"step {done} of at most {most}", file=sys.stderr, flush=True)
