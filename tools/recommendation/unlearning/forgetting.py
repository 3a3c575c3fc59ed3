"""Forget clicks of sessions in a trained network: the samples, what each may keep, the items that leave, the steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError, require
from questline.tools.recommendation.counts import count
from questline.tools.recommendation.neural import Trained, made
from questline.tools.recommendation.neural.nets import ItemNet

from .approximate import Limits, Unlearnt, unlearn
from .asking import chances_of
from .references import Reference, counted, unlearnt_chances
from .rehearsal import Rehearsal, terms_of
from .samples import Sample, lessons, samples_of
from .ways import Way

require("torch", feature="unlearning of a network")
import torch  # noqa: E402 because the line above says what to install where it is missing

__all__ = ["forget_clicks", "gone_items", "leave", "left_of", "without_items"]

Doubles = NDArray[np.float64]
_WATCHED = 300
_NEVER = (100, 3000)
"""Clicks that nobody learnt: fewer than the first are too few to watch, more than the second would slow every check."""
_TAUGHT = 20_000
_LIKE = 1000
_OUT = -30.0
"""Logit bias of an item that nobody clicks any more: no chance that counts, and still a finite KL."""


def forget_clicks(
    net: ItemNet,
    sessions: Mapping[int, Sequence[int]],
    clicks: Mapping[int, set[int]],
    *,
    unlearnt: Sequence[Sample] = (),
    way: Way | None = None,
    limits: Limits | None = None,
    reference: Reference = "rehearsed",
    rehearsal: Rehearsal | None = None,
    seed: int = 0,
    hear: Callable[[int, int], None] | None = None,
) -> Unlearnt:
    """Forget; `net` is changed in place, and an exception puts it back.

    Items that nobody clicks any more leave the catalogue at once; for all other clicks steps are made.

    Args:
        net: As it was trained on `sessions`.
        sessions: Number → items from 1.
        clicks: Number → places of what is forgotten.
        unlearnt: Clicks of sessions' second halves that the network never learnt, such as those of its validation.
        way: Default: CAU with its soft curriculum.
        limits: How far and how fast.
        reference: How likely a forgotten click may stay, see `questline.tools.recommendation.unlearning.references`.
            What cannot be had gives way to the next: ``unlearnt`` without a rehearsal, ``counts`` without `unlearnt`.
        rehearsal: Of this network.
        seed: Of what is drawn.
        hear: See `unlearn`.

    Returns:
        What `unlearn` does, over all samples of `samples_of(sessions, clicks)`.
    """
    started = time.process_time()
    net.eval()
    samples, left = samples_of(sessions, clicks), left_of(sessions, clicks)
    gone = gone_items(sessions, left)
    before = chances_of(net, samples)
    first = {name: value.detach().clone() for name, value in net.state_dict().items()}
    try:
        leave(net, gone)
        untouched = {number: items for number, items in left.items() if number not in clicks}
        stay = [at for at, each in enumerate(samples) if each.item not in gone]
        chosen = [samples[at] for at in stay]
        never = [each for each in unlearnt if each.item not in gone]
        found = unlearn(
            net,
            chosen,
            _references(net, chosen, left, untouched, never, reference, rehearsal, seed),
            kept=_kept(never, untouched, seed),
            taught=lessons(left, _TAUGHT, seed + 1),
            way=way,
            limits=limits,
            seed=seed,
            hear=hear,
        )
        if found.status == "failed":
            net.load_state_dict(first)
    except BaseException:
        net.load_state_dict(first)
        raise
    return replace(
        found,
        before=before,
        after=chances_of(net, samples),
        remaining=tuple(stay[at] for at in found.remaining) if found.status != "failed" else tuple(range(len(samples))),
        seconds=time.process_time() - started,
    )


def left_of(sessions: Mapping[int, Sequence[int]], clicks: Mapping[int, set[int]]) -> dict[int, list[int]]:
    """Return the sessions less some clicks."""
    return {
        number: [item for place, item in enumerate(items) if place not in clicks.get(number, ())]
        for number, items in sessions.items()
    }


def gone_items(sessions: Mapping[int, Sequence[int]], left: Mapping[int, Sequence[int]]) -> frozenset[int]:
    """Return the items that no click is left of."""
    return frozenset({item for items in sessions.values() for item in items} - {i for s in left.values() for i in s})


def leave(net: ItemNet, items: Collection[int]) -> None:
    """Take items out of a network's catalogue: their embedding becomes the mean of the others, their chance nothing."""
    if not items:
        return
    rows = torch.tensor(sorted(items))
    stay = torch.ones(net.config.items + 1, dtype=torch.bool)
    stay[rows] = False
    stay[0] = False
    with torch.no_grad():
        if bool(stay.any()):
            net.table.weight[rows] = net.table.weight[stay].mean(dim=0)
        net.bias[rows - 1] = _OUT


def without_items(trained: Trained, items: Collection[int]) -> Trained:
    """Return a network over the other items alone, names and all; the same one where none leave."""
    if not items:
        return trained
    stay = [number for number in range(1, trained.net.config.items + 1) if number not in items]
    if not stay:
        raise UsageError("no item would be left of the model: delete it", code="use_retrain", argument="requests")
    net, known = made(replace(trained.net.config, items=len(stay))), dict(trained.net.state_dict())
    known["table.weight"] = known["table.weight"][[0, *stay]]
    known["bias"] = known["bias"][[number - 1 for number in stay]]
    net.load_state_dict(known)
    names = tuple(trained.items[number - 1] for number in stay)
    return replace(trained, net=net.eval(), items=names)


def _kept(unlearnt: Sequence[Sample], sessions: Mapping[int, Sequence[int]], seed: int) -> list[Sample]:
    """Return clicks whose NDCG is to be kept: those that nobody learnt, as what a user is to get, else learnt ones."""
    fewest, most = _NEVER
    if len(unlearnt) < fewest:
        return lessons(sessions, _WATCHED, seed)
    if len(unlearnt) <= most:
        return list(unlearnt)
    order: list[int] = np.random.default_rng(seed).permutation(len(unlearnt))[:most].tolist()
    return [unlearnt[at] for at in sorted(order)]


def _references(
    net: ItemNet,
    samples: Sequence[Sample],
    left: Mapping[int, Sequence[int]],
    untouched: Mapping[int, Sequence[int]],
    unlearnt: Sequence[Sample],
    reference: Reference,
    rehearsal: Rehearsal | None,
    seed: int,
) -> Doubles:
    own = chances_of(net, samples)
    if reference == "rehearsed" and rehearsal is not None:
        return rehearsal.chances(terms_of(samples, own, left, net.config.items), own)
    if reference != "counts" and unlearnt:
        known = lessons(untouched, _LIKE, seed, later=True)
        return unlearnt_chances(own, chances_of(net, known), chances_of(net, unlearnt))
    counts = count({number: [str(item) for item in items] for number, items in untouched.items()})
    asked = [([str(item) for item in each.before], str(each.item)) for each in samples]
    return counted(counts, asked, net.config.items)
