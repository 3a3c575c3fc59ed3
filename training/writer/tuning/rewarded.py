"""Make the reward that the settings of ``writer-grpo`` name: reward model, judge, guards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from questline.errors import UsageError
from questline.settings import load_settings
from questline.tools.writing.judge import GroupJudge, LLMJudge, embedded_judge, read_rules
from questline.tools.writing.reward_model import load_reward_model
from questline.tools.writing.types import RewardModel
from questline.training.writer.novelty import Novelty

from .asking import judge_asked
from .grpo_settings import Settings
from .guards import Band, Guards, typical_length, usual_shares
from .reward import Reward
from .sample import Sample
from .scorer import load_scorer
from .signals import Form, JudgeSignal, ModelSignal, Signal, mean_of
from .texts import Written

__all__ = ["open_reward_model", "reward_of"]

_SCALED_BY = 300
"""Known texts that give a reward model its scale."""


def reward_of(settings: Settings, known: Sequence[Written]) -> Reward:
    """Return the reward.

    Args:
        settings: Of the recipe.
        known: Texts that were learnt from.

    Raises:
        UsageError: ``bad_data`` or ``bad_settings`` without texts where they give the scale or the length; what
            reading models and rules raises.
    """
    form = cast("Form", settings.form)
    signals: list[Signal] = []
    if settings.reward in ("model", "both"):
        model = open_reward_model(settings.reward_model, device=settings.device)
        signals.append(ModelSignal.of(model, form, [(row.query, row.text) for row in known[:_SCALED_BY]]))
    if settings.reward in ("judge", "both"):
        rules = read_rules(Path(settings.rules)) if settings.rules else None
        ask = judge_asked(load_settings()) if settings.judge == "llm" else None
        judge = embedded_judge(rules) if ask is None else LLMJudge(ask, rules)
        signals.append(JudgeSignal(judge=judge, group=GroupJudge(ask, rules), form=form))
    if not settings.length and not known:
        raise UsageError(
            "nothing tells how long a text is: set writer-grpo.length, or writer-grpo.known to a file of texts",
            code="bad_settings",
            argument="known",
        )
    texts = [row.text for row in known]
    return Reward(
        signal=signals[0] if len(signals) == 1 else mean_of(signals),
        guards=Guards(
            band=Band(length=settings.length or typical_length(texts), width=settings.band),
            known=Novelty(texts),
            usual=usual_shares(Sample(query=row.query, text=row.text, ended=True) for row in known),
        ),
        costs=settings.costs,
    )


def open_reward_model(path: str, *, device: str = "auto") -> RewardModel:
    """Return the reward model of a file or folder, of characters or a transformer; the shipped one for none."""
    if not path:
        return load_reward_model()
    if (Path(path) / "config.json").is_file():
        return load_scorer(Path(path), device=device)
    return load_reward_model(Path(path))
