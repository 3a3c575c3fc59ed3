"""What the click model sees of a suggestion: the text tower's features and the co-shown redundancy, never the slot.

    p(click | x, q, S, k) = sigmoid( f_rel(x,q) + f_ctx(q,S) + f_stat(q) + g(k) )          (spec 06 §2.3, ours)

`FEATURES` are the inputs of the first three; g(k) is a table of its own in `questline.tools.suggestion.ctr_model`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.encoder import dense_is_reliable
from questline.tools.text import words

from .ctr_rates import Rates
from .similarity import facet, similarity

__all__ = ["FEATURES", "GROUPS", "Doubles", "Encoder", "features", "history"]

Doubles: TypeAlias = NDArray[np.float64]
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": (
        *("length", "words", "new_words", "new_length", "holds_query", "query_share", "opens_with_query"),
        *("nothing_new", "number", "likeness"),
    ),
    "co-shown": (
        *("likeness_mean", "likeness_most", "shared_words", "inside_another", "around_another", "twin"),
        *("largest_number", "smallest_number"),
    ),
    "history": ("facet_rate", "word_rate", "best_word_rate", "worst_word_rate"),
    "encoder": ("closeness", "new_closeness", "closeness_mean", "closeness_most"),
}
"""Features by what they look at; each group can be left out to see what it brings."""
FEATURES: Final = tuple(name for group in GROUPS.values() for name in group)
_NUMBER = re.compile(r"(?<![\d.])\d{1,4}(?![\d.])")


class Encoder(Protocol):
    """What the click model asks of an encoder; `questline.tools.models.encoder.Encoder` is one."""

    @property
    def fingerprint(self) -> str:
        """Changes when a vector could change: a model fitted on other vectors then goes by words alone."""
        ...

    def encode(self, texts: list[str], /) -> NDArray[np.float32]:
        """Return one L2-normalised vector a text."""
        ...


def features(query: str, options: Sequence[str], *, rates: Rates, encoder: Encoder | None = None) -> Doubles:
    """Return one row a suggestion, float64 [len(options), len(FEATURES)], as if `options` were shown together.

    Args:
        query: What the user asked.
        options: The suggestions; their order changes nothing but the order of the rows.
        rates: What was clicked before.
        encoder: Fills the group ``encoder``; without it, and for queries it does not understand, that group is 0.
    """
    new = [facet(query, option) for option in options]
    columns = [_text(query, option, added) for option, added in zip(options, new, strict=True)]
    table = np.zeros((len(options), len(FEATURES)))
    for place in range(len(options)):
        row = [*columns[place], *_co_shown(options, new, place), *rates.features(new[place])]
        table[place, : len(row)] = row
    if encoder is not None and options and dense_is_reliable(query):
        table[:, -len(GROUPS["encoder"]) :] = _encoded(query, options, new, encoder)
    return table


def history(table: Doubles, query: str, options: Sequence[str], rates: Rates) -> Doubles:
    """Return a copy of `table` with the group ``history`` computed from other `rates`."""
    table = table.copy()
    first = FEATURES.index("facet_rate")
    for place, option in enumerate(options):
        table[place, first : first + len(GROUPS["history"])] = rates.features(facet(query, option))
    return table


def _text(query: str, option: str, new: Sequence[str]) -> list[float]:
    asked, said = words(query), words(option)
    return [
        math.log(1 + len(option)),
        float(len(said)),
        float(len(new)),
        math.log(1 + len(" ".join(new))),
        float(f" {' '.join(asked)} " in f" {' '.join(said)} "),
        len(set(asked) & set(said)) / max(1, len(set(asked))),
        float(said[: len(asked)] == asked),
        float(not new),
        float(bool(_NUMBER.search(option))),
        similarity(query, option),
    ]


def _co_shown(options: Sequence[str], new: Sequence[Sequence[str]], place: int) -> list[float]:
    mine = set(new[place])
    others = [(options[other], set(new[other])) for other in range(len(options)) if other != place]
    if not others:
        return [0.0] * len(GROUPS["co-shown"])
    alike = [similarity(options[place], text) for text, _ in others]
    shared = [len(mine & their) / max(1, len(mine | their)) for _, their in others]
    numbers = [float(number) for number in _NUMBER.findall(options[place])]
    against = [float(number) for text, _ in others for number in _NUMBER.findall(text)]
    compared = bool(numbers and against)
    return [
        sum(alike) / len(alike),
        max(alike),
        sum(shared) / len(shared),
        float(any(mine < their for _, their in others)),
        float(any(mine > their for _, their in others)),
        float(any(mine == their for _, their in others)),
        float(compared and max(numbers) >= max(against)),
        float(compared and min(numbers) <= min(against)),
    ]


def _encoded(query: str, options: Sequence[str], new: Sequence[Sequence[str]], encoder: Encoder) -> Doubles:
    added = [" ".join(words) for words in new]
    texts = list(dict.fromkeys([query, *options, *filter(None, added)]))
    vectors = dict(zip(texts, np.asarray(encoder.encode(texts), np.float64), strict=True))
    shown = np.stack([vectors[option] for option in options])
    cosines = shown @ shown.T
    rest = ~np.eye(len(options), dtype=np.bool_)
    rows: list[list[float]] = []
    for place, option in enumerate(options):
        others = cosines[place][rest[place]]
        closeness = float(vectors[option] @ vectors[query])
        new_closeness = float(vectors[added[place]] @ vectors[query]) if added[place] else 0.0
        rows.append(
            [closeness, new_closeness, float(others.mean()), float(others.max())]
            if len(others)
            else [closeness, new_closeness, 0.0, 0.0]
        )
    return np.array(rows)
