"""Learn one network of the linker from examples."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import nn

from .batches import Batch, batched, changed
from .examples import IGNORED, Example
from .net import LinkNet, Shape
from .settings import Settings

__all__ = ["learnt"]

_KEPT: float = 0.995
"""Of the running mean of the weights, which is what is exported."""


def learnt(
    examples: Sequence[Example], away: Sequence[Example], settings: Settings, seed: int
) -> tuple[LinkNet, float]:
    """Return a network, and its loss over the last tenth of its steps.

    Args:
        examples: Questions over their own tables.
        away: The same questions over other tables.
        settings: How it learns.
        seed: Of every draw.
    """
    draw = random.Random(seed)  # noqa: S311 because no secret is drawn
    torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
    shape = Shape(wide=settings.wide, looks=settings.looks)
    net = LinkNet(shape, dropout=settings.dropout).train()
    mean = LinkNet(shape)
    mean.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.rate, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.rate, total_steps=settings.steps + 1, pct_start=0.1
    )
    losses: list[float] = []
    for step in range(settings.steps):
        places = [draw.randrange(len(examples)) for _ in range(settings.batch)]
        drawn = [
            changed(away[place], draw, less=0.0, blind=settings.blind)
            if draw.random() < settings.away
            else changed(examples[place], draw, less=settings.less, blind=settings.blind)
            for place in places
        ]
        batch, target = batched(drawn)
        logits = net(_blanked(batch, settings.blank))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORED)
        optimizer.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        schedule.step()
        losses.append(float(loss.detach()))
        kept = min(_KEPT, (1 + step) / (10 + step))
        with torch.no_grad():
            for own, other in zip(mean.parameters(), net.parameters(), strict=True):
                own.mul_(kept).add_(other, alpha=1 - kept)
    last = losses[-max(1, len(losses) // 10) :]
    return mean.eval(), sum(last) / len(last)


def _blanked(batch: Batch, share: float) -> Batch:
    """Leave out numbers of the encoder's vectors: what is learnt may not hang on a few of them."""
    if not share:
        return batch

    def drop(values: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(values, share)

    return replace(
        batch, states=drop(batch.states), alone=drop(batch.alone), names=drop(batch.names), told=drop(batch.told)
    )
