"""PPO as MAO-ARAG was trained (arXiv:2508.01005, settings in its repository), for a small network.

    A = R - V(s), whitened over the batch                    GAE with gamma = lambda = 1: each turn is its own sample
    L = -min(r A, clip(r, 1 - .2, 1 + .2) A)                 not above 3 |A| where A < 0 (dual clip)
    L_V = max((V - R)^2, (V_old + clip(V - V_old, ±.5) - R)^2) / 2

One rollout a question at temperature 1, batches of 96, one epoch, no entropy bonus, no KL term, gradients of norm 1.
Ours: the actor is a network of one hidden layer over the question alone instead of Qwen2.5-7B; it starts from nothing,
and therefore learns faster, takes 600 steps instead of 25 to 50, and the step with the best reward on a fifth of the
questions, which it does not learn from, is kept. Rewards are read from the table. That advantages are whitened is how
verl, whose settings these are, does it; the paper does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from questline.errors import RunError, UsageError

from .columns import SUB, TOP
from .published import LEVELS, Payoffs, column_of
from .question_features import Floats

__all__ = ["Actor", "Recipe", "Run", "actor_loss", "critic_loss", "learn"]

Places = NDArray[np.int64]
_EVERY: Final = 20
"""Steps between two points of a curve."""
_SPLITS: Final = tuple(TOP.index(name) for name in SUB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The published settings, and ours for the small network."""

    clip: float = 0.2
    dual_clip: float = 3.0
    value_clip: float = 0.5
    gradient: float = 1.0
    batch: int = 96
    steps: int = 600
    rate: float = 2e-3
    critic_rate: float = 1e-2
    hidden: int = 64

    def __post_init__(self) -> None:
        for name in ("batch", "steps", "hidden"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1", argument=name)


class Actor(nn.Module):
    """Two heads over the features of a question: the first turn, and the turn of the parts."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Linear(features, hidden)
        self.first = nn.Linear(hidden, LEVELS[0] + 1)
        self.second = nn.Linear(hidden + len(_SPLITS), LEVELS[1] + 1)

    def forward(self, features: Tensor, split: Tensor | None = None) -> Tensor:
        """Return log probabilities of the first choice, or with `split` ``[n, 2]`` (which one) of the second."""
        hidden = torch.tanh(self.body(features))
        logits = self.first(hidden) if split is None else self.second(torch.cat([hidden, split], dim=1))
        return torch.log_softmax(logits, dim=1)


class _Critic(nn.Module):
    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Linear(features + len(_SPLITS), hidden)
        self.value = nn.Linear(hidden, 1)

    def forward(self, features: Tensor, split: Tensor) -> Tensor:
        return self.value(torch.tanh(self.body(torch.cat([features, split], dim=1))))[:, 0]


def actor_loss(ratio: Tensor, advantage: Tensor, recipe: Recipe) -> Tensor:
    """Return the clipped loss, in the mean over samples.

    Args:
        ratio: New probability over old, ``[m]``.
        advantage: ``[m]``.
        recipe: Its clips.
    """
    clipped = torch.clamp(ratio, 1 - recipe.clip, 1 + recipe.clip)
    loss = torch.maximum(-ratio * advantage, -clipped * advantage)
    bound = torch.minimum(loss, -recipe.dual_clip * advantage)
    return torch.where(advantage < 0, bound, loss).mean()


def critic_loss(value: Tensor, old: Tensor, wanted: Tensor, recipe: Recipe) -> Tensor:
    """Return half of the larger squared error of a value and of one held near the old one, in the mean."""
    near = old + torch.clamp(value - old, -recipe.value_clip, recipe.value_clip)
    return 0.5 * torch.maximum((value - wanted) ** 2, (near - wanted) ** 2).mean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A trained planner of the published kind."""

    actor: Actor
    mean: Floats
    spread: Floats
    curves: list[tuple[int, str, float]] = field(default_factory=list[tuple[int, str, float]])
    """Of the steps: mean reward of rollouts, entropy of the first choice in nats, share of the commonest plan, and the
    reward of the likeliest plans on what is held out."""

    def choose(self, features: Floats) -> Places:
        """Return the likeliest plan of each question as a place in `questline.training.planner.published.WHOLE`."""
        top, below = _likeliest(self.actor, torch.as_tensor((features - self.mean) / self.spread))
        return np.array([column_of(a, b) for a, b in zip(top.tolist(), below.tolist(), strict=True)], np.int64)


def learn(
    features: Floats,
    payoffs: Payoffs,
    held: NDArray[np.bool_],
    *,
    seed: int,
    recipe: Recipe | None = None,
    hears: Callable[[int, int], None] | None = None,
) -> Run:
    """Train a planner.

    Args:
        features: ``[n, f]`` of the training questions.
        payoffs: Of the same questions, at the alpha that is wanted.
        held: ``[n]``: which of them are held out to choose the step by; none of them: the last step.
        seed: Of weights, order and rollouts.
        recipe: Settings.
        hears: Told steps done and in all.

    Raises:
        RunError: When a loss is not a finite number.
    """
    recipe = recipe or Recipe()
    mean, spread = features.mean(axis=0), np.maximum(features.std(axis=0), np.float32(0.05))
    inputs = torch.as_tensor((features - mean) / spread)
    learnt, apart = np.flatnonzero(~held), np.flatnonzero(held)
    curves: list[tuple[int, str, float]] = []
    best, kept = -np.inf, dict[str, Tensor]()
    order = np.random.default_rng(seed)
    with cast("Any", torch).random.fork_rng(devices=[]):
        cast("Any", torch).manual_seed(seed)
        actor, critic = Actor(inputs.shape[1], recipe.hidden), _Critic(inputs.shape[1], recipe.hidden)
        steps: list[Any] = [
            torch.optim.Adam(actor.parameters(), lr=recipe.rate),
            torch.optim.Adam(critic.parameters(), lr=recipe.critic_rate),
        ]
        told: list[tuple[float, float]] = []
        for step, places in enumerate(_batches(learnt, recipe, order), start=1):
            told.append(_step(actor, critic, steps, inputs[torch.as_tensor(places)], payoffs.at(places), recipe))
            if step % _EVERY and step < recipe.steps:
                continue
            top, below = _likeliest(actor, inputs)
            plans = np.array([column_of(a, b) for a, b in zip(top.tolist(), below.tolist(), strict=True)])
            worth = payoffs.at(apart).of_choices(top[apart], below[apart]).mean() if len(apart) else step
            if worth > best:
                best, kept = worth, {name: value.clone() for name, value in actor.state_dict().items()}
            reward, entropy = np.mean(told, axis=0).tolist()
            curves += [
                (step, "reward of the rollouts", reward),
                (step, "entropy of the first choice, nats", entropy),
                (step, "share of the commonest plan", np.unique(plans, return_counts=True)[1].max() / len(plans)),
                *([(step, "reward on what is held out", float(worth))] if len(apart) else []),
            ]
            told.clear()
            if hears is not None:
                hears(step, recipe.steps)
    actor.load_state_dict(kept)
    return Run(actor=actor, mean=mean, spread=spread, curves=curves)


def _likeliest(actor: Actor, inputs: Tensor) -> tuple[Places, Places]:
    with torch.no_grad():
        top = actor(inputs).argmax(dim=1)
        return top.numpy(), actor(inputs, _which(top)).argmax(dim=1).numpy()


def _batches(all_places: Places, recipe: Recipe, order: np.random.Generator) -> Iterator[Places]:
    """Yield the questions of each step: passes over all of them, each in another order."""
    places: Places = np.zeros(0, np.int64)
    for _ in range(recipe.steps):
        if not len(places):
            places = order.permutation(all_places)
        yield places[: recipe.batch]
        places = places[recipe.batch :]


def _step(
    actor: Actor, critic: _Critic, steps: list[Any], inputs: Tensor, payoffs: Payoffs, recipe: Recipe
) -> tuple[float, float]:
    """Roll a batch out once, learn from it once; return mean reward and entropy."""
    with torch.no_grad():
        chances = actor(inputs)
        top = torch.multinomial(chances.exp(), 1)[:, 0]
        below = torch.multinomial(actor(inputs, _which(top)).exp(), 1)[:, 0]
    reward = torch.as_tensor(payoffs.of_choices(top.numpy(), below.numpy())).float()
    split = _which(top).sum(dim=1) > 0
    which = torch.cat([torch.zeros(len(top), len(_SPLITS)), _which(top)[split]])
    states, wanted = torch.cat([inputs, inputs[split]]), torch.cat([reward, reward[split]])
    with torch.no_grad():
        old_value, old = critic(states, which), _log_chance(actor, inputs, top, below, split)
    ratio = (_log_chance(actor, inputs, top, below, split) - old).exp()
    gained = wanted - old_value
    advantage = (gained - gained.mean()) / (gained.std(correction=0) + 1e-8)
    loss = actor_loss(ratio, advantage, recipe)
    value_loss = critic_loss(critic(states, which), old_value, wanted, recipe)
    if not torch.isfinite(loss + value_loss):
        raise RunError("the loss of the published recipe is not a finite number")
    for part, one, optimizer in ((actor, loss, steps[0]), (critic, value_loss, steps[1])):
        optimizer.zero_grad()
        torch.autograd.backward(one)
        nn.utils.clip_grad_norm_(part.parameters(), recipe.gradient)
        optimizer.step()
    return float(reward.mean()), float(-(chances.exp() * chances).sum(dim=1).mean())


def _which(top: Tensor) -> Tensor:
    """Say of each first choice which decomposition it is: ``[n, 2]``, zeros for none."""
    return torch.stack([(top == place).float() for place in _SPLITS], dim=1)


def _log_chance(actor: Actor, inputs: Tensor, top: Tensor, below: Tensor, split: Tensor) -> Tensor:
    """Return the log probability of every turn: all first ones, then the second ones of what was split."""
    first = actor(inputs).gather(1, top[:, None])[:, 0]
    second = actor(inputs[split], _which(top)[split]).gather(1, below[split][:, None])[:, 0]
    return torch.cat([first, second])
