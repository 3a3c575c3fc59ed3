"""Attempts to please a reward model without being good, and what the reward makes of them with its guards and bare."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from questline.tools.writing.similarity import alike
from questline.tools.writing.types import RewardModel
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.writer.tuning.guards import told_shares
from questline.training.writer.tuning.reward import Costs, Reward
from questline.training.writer.tuning.sample import Sample
from questline.training.writer.tuning.texts import Written

__all__ = ["WAYS", "attempts", "compared"]

WAYS: Final = ("longer", "template", "copy", "repetition")


def attempts(
    way: str, honest: Sequence[Sample], known: Sequence[Written], model: RewardModel, *, seed: int = 0
) -> list[Sample]:
    """Return a text for each honest one that tries to get more for less.

    ``longer`` adds two more texts behind it; ``template`` serves every query with one text, the best of the honest ones
    in the eyes of the reward model, its query before it; ``copy`` takes the best of the known texts whose queries are
    nearest; ``repetition`` says the best clause three times more.
    """
    chance = random.Random(seed)  # noqa: S311 because examples are no secret
    if way == "longer":
        return [
            replace(one, text=one.text + "".join(chance.choice(honest).text for _ in range(2)), ended=True)
            for one in honest
        ]
    if way == "template":
        best = max(honest, key=lambda one: float(model.score(one.query, [one.text])[0]))
        return [Sample(query=one.query, text=f"{one.query}:{best.text}", ended=True) for one in honest]
    if way == "copy":
        return [_copied(one, known, model) for one in honest]
    return [_repeated(one, model) for one in honest]


def compared(reward: Reward, honest: Sequence[Sample], tried: Sequence[Sample]) -> dict[str, object]:
    """Return how often the attempt gets more than the honest text for the same query, bare and guarded.

    Args:
        reward: With guards.
        honest: Texts of a model.
        tried: The attempts, in the same order; both are rewarded as one step each.
    """
    bare = replace(reward, costs=Costs.bare())
    told: dict[str, object] = {}
    for name, one in (("bare", bare), ("guarded", reward)):
        before, after = one.of(honest), one.of(tried)
        more = [float(b.reward > a.reward) for a, b in zip(before, after, strict=True)]
        gains = [b.reward - a.reward for a, b in zip(before, after, strict=True)]
        low, high = bootstrap_interval(more)
        told[name] = {
            "pays": float(np.mean(more)),
            "interval": [low, high],
            "gain": float(np.mean(gains)),
        }
        if name == "guarded":
            told["caught"] = {name: share for name, share in told_shares([x.penalties for x in after]).items() if share}
            told["caught_by_any"] = float(np.mean([any(x.penalties.as_dict().values()) for x in after]))
            told["honest_caught_by_any"] = float(np.mean([any(x.penalties.as_dict().values()) for x in before]))
    told["n"] = len(honest)
    return told


def _copied(one: Sample, known: Sequence[Written], model: RewardModel) -> Sample:
    near = sorted(known, key=lambda row: (-alike(row.query, one.query), row.query))[:20]
    scores = model.score(one.query, [row.text for row in near])
    return Sample(query=one.query, text=near[int(scores.argmax())].text, ended=True)


def _repeated(one: Sample, model: RewardModel) -> Sample:
    clauses = [part + "，" for part in one.text.replace("。", "，").split("，") if part] or [one.text]
    best = clauses[int(model.score(one.query, clauses).argmax())]
    return replace(one, text=one.text + best * 3, ended=True)
