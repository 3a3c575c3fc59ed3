"""What writes suggestions: a list grows by one at a time, so that how likely each one was is known."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from questline.tools.retrieval.manifest import write_atomically
from questline.tools.suggestion.ctr_features import Doubles
from questline.tools.suggestion.similarity import facet

from .pairs import Pair
from .rows import Asked, Context

__all__ = ["Policy", "TablePolicy", "grown"]


class Policy(Protocol):
    """Writes one more suggestion for each of many places."""

    def draw(self, contexts: Sequence[Context], *, seed: str) -> list[str]:
        """Return a suggestion for each, drawn at temperature 1."""
        ...

    def chances(self, contexts: Sequence[Context], suggestions: Sequence[str]) -> Doubles:
        """Return pi(q|x) of a suggestion for each, [n], in [0, 1]."""
        ...

    def learn(self, pairs: Sequence[Pair], folder: Path, *, seed: int) -> Policy:
        """Return the next policy, taught by pairs and kept in a folder; one that the folder holds already is read."""
        ...


def grown(policy: Policy, queries: Sequence[str], size: int, *, seed: str) -> list[tuple[str, ...]]:
    """Return a list of `size` suggestions for each query, drawn one after the other."""
    lists: list[tuple[str, ...]] = [() for _ in queries]
    for slot in range(size):
        contexts = [Context(query, shown) for query, shown in zip(queries, lists, strict=True)]
        drawn = policy.draw(contexts, seed=f"{seed} slot {slot}")
        lists = [(*shown, each) for shown, each in zip(lists, drawn, strict=True)]
    return lists


_RATE: Final = 0.06
_SWEEPS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePolicy:
    """A policy without a language model, over suggestions that are known: exp(score) of each, made to sum to 1.

    A score is the sum of weights of the query with the suggestion, and of the suggestion with each that is shown
    already. It is taught by the loss of pairs that `questline.training.tuning.preference_loss` has for a language
    model, each step held to where it began: what is compared with that, and shows the loop in seconds.
    """

    pool: Callable[[str], Sequence[str]]
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    beta: float = 0.5
    rate: float = _RATE
    memory: dict[Context, Doubles] = field(default_factory=dict[Context, Doubles], compare=False, repr=False)
    """What was computed already; of these weights alone."""

    def draw(self, contexts: Sequence[Context], *, seed: str) -> list[str]:
        """Draw."""
        chance = random.Random(seed)  # noqa: S311 because what is shown is no secret
        return [chance.choices(self.pool(each.query), weights=self._shares(each).tolist())[0] for each in contexts]

    def chances(self, contexts: Sequence[Context], suggestions: Sequence[str]) -> Doubles:
        """Return pi; 0 for what is not known."""
        found: list[float] = []
        for context, suggestion in zip(contexts, suggestions, strict=True):
            known = list(self.pool(context.query))
            found.append(float(self._shares(context)[known.index(suggestion)]) if suggestion in known else 0.0)
        return np.array(found)

    def _score(self, weights: Mapping[str, float], context: Context, text: str) -> float:
        return sum(weights.get(key, 0.0) for key in _keys(context, text))

    def _shares(self, context: Context) -> Doubles:
        if context not in self.memory:
            self.memory[context] = self._computed(context)
        return self.memory[context]

    def _computed(self, context: Context) -> Doubles:
        scores = np.array([self._score(self.weights, context, text) for text in self.pool(context.query)])
        shares = np.exp(scores - scores.max())
        return shares / shares.sum()

    @classmethod
    def imitating(cls, rows: Iterable[Asked], pool: Callable[[str], Sequence[str]]) -> TablePolicy:
        """Return a policy that suggests what stands in the slots of the rows as often, whatever the query."""
        counts: dict[str, int] = {}
        for row in rows:
            for slot, text in enumerate(row.suggestions):
                key = f"slot {slot} > {_new(row.query, text)}"
                counts[key] = counts.get(key, 0) + 1
        return cls(pool=pool, weights={key: math.log(1 + count) for key, count in counts.items()})

    def taught(self, pairs: Sequence[Pair], *, seed: int) -> TablePolicy:
        """Return the policy after some sweeps over the pairs."""
        weights = dict(self.weights)
        chance = random.Random(seed)  # noqa: S311 because an order is no secret
        for _ in range(_SWEEPS):
            for pair in chance.sample(pairs, len(pairs)):
                context = Context(pair.query, pair.shown)
                sides = [(_keys(context, pair.chosen), 1.0), (_keys(context, pair.rejected), -1.0)]
                moved = sum(
                    sign * (weights.get(key, 0.0) - self.weights.get(key, 0.0)) for keys, sign in sides for key in keys
                )
                pull = pair.weight * self.rate / (1 + float(np.exp(self.beta * moved)))
                for keys, sign in sides:
                    for key in keys:
                        weights[key] = weights.get(key, 0.0) + sign * pull
        return replace(self, weights=weights, memory={})

    def learn(self, pairs: Sequence[Pair], folder: Path, *, seed: int) -> TablePolicy:
        """Return `taught`, kept in a folder, or what it holds already."""
        path = folder / "table.json"
        if path.is_file():
            kept: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
            return replace(self, weights=kept, memory={})
        made = self.taught(pairs, seed=seed)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, [(json.dumps(dict(made.weights), sort_keys=True) + "\n").encode()])
        return made


def _keys(context: Context, text: str) -> list[str]:
    own = _new(context.query, text)
    beside = (f"{_new(context.query, each)} + {own}" for each in context.shown)
    return [f"{context.query} > {text}", own, f"slot {len(context.shown)} > {own}", *beside]


@lru_cache(maxsize=65536)
def _new(query: str, text: str) -> str:
    return " ".join(facet(query, text))
