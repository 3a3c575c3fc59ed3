"""How varied many texts are: distinct-n and self-BLEU at equal length and count, and how many share a skeleton.

distinct-n is the share of different n-grams among all (Li et al., NAACL 2016); self-BLEU the mean BLEU-4 of each text
against the others (Zhu et al., SIGIR 2018). Both depend on how many and how long the texts are, so that they are cut to
one length and drawn to one count before. Everything is counted in characters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

__all__ = ["COUNT", "LENGTH", "distinct", "equalized", "self_bleu", "skeleton", "template_share"]

LENGTH: Final = 24
"""Characters to which each text is cut; shorter ones are left out."""
COUNT: Final = 200
"""Texts that are compared."""
_ORDERS: Final = (1, 2, 3, 4)


def equalized(texts: Sequence[str], *, length: int = LENGTH, count: int = COUNT) -> list[str]:
    """Return the first `count` texts of at least `length` characters, cut to it."""
    return [text[:length] for text in texts if len(text) >= length][:count]


def distinct(texts: Sequence[str], n: int) -> float:
    """Return the share of different n-grams among all of them, in [0, 1]; 0 without any."""
    found = [text[place : place + n] for text in texts for place in range(len(text) - n + 1)]
    return len(set(found)) / len(found) if found else 0.0


def self_bleu(texts: Sequence[str]) -> list[float]:
    """Return the BLEU-4 of each text against the others, in [0, 1]: shape [len(texts)]; nothing for fewer than two."""
    if len(texts) < 2:
        return []
    counts = [{n: Counter(_grams(text, n)) for n in _ORDERS} for text in texts]
    tops = {n: _tops([count[n] for count in counts]) for n in _ORDERS}
    return [_bleu(place, counts[place], tops) for place in range(len(texts))]


def skeleton(text: str, names: Sequence[str] = ()) -> str:
    """Return what stays of a text when names and occasions, numbers and pronouns are masked."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, "□")
    return re.sub(r"□+", "□", re.sub(r"[0-9一二三四五六七八九十百]+岁?|你们|您|你|TA", "□", text))


def template_share(texts: Sequence[str], names: Sequence[Sequence[str]], *, alike: float = 0.6) -> float:
    """Return the share of texts whose skeleton is as near as `alike` to that of another text (Dice of bigrams).

    Args:
        texts: All of them.
        names: What is masked in each: address, occasion, greeting.
        alike: From which two skeletons count as one.
    """
    pairs = [frozenset(_grams(skeleton(text, mask), 2)) for text, mask in zip(texts, names, strict=True)]
    holders: dict[str, list[int]] = {}
    for place, found in enumerate(pairs):
        for pair in found:
            holders.setdefault(pair, []).append(place)
    near = 0
    for place, found in enumerate(pairs):
        common = Counter(other for pair in found for other in holders[pair] if other != place)
        near += any(2 * n / (len(found) + len(pairs[other])) >= alike for other, n in common.most_common(20))
    return near / len(texts) if texts else 0.0


def _grams(text: str, n: int) -> list[str]:
    return [text[place : place + n] for place in range(len(text) - n + 1)]


def _tops(counts: Sequence[Counter[str]]) -> dict[str, tuple[int, int, int]]:
    """Return for each n-gram its largest count, the text that has it, and the largest of the others."""
    found: dict[str, tuple[int, int, int]] = {}
    for place, counted in enumerate(counts):
        for gram, n in counted.items():
            top, holder, second = found.get(gram, (0, -1, 0))
            found[gram] = (n, place, top) if n > top else (top, holder, max(second, n))
    return found


def _bleu(place: int, counts: dict[int, Counter[str]], tops: dict[int, dict[str, tuple[int, int, int]]]) -> float:
    total = 0.0
    for n in _ORDERS:
        hits = 0
        for gram, count in counts[n].items():
            top, holder, second = tops[n][gram]
            hits += min(count, second if holder == place else top)
        precision = hits / max(1, counts[n].total())
        total += math.log(max(precision, 1e-9 if n == 1 else 0.5 / max(1, counts[n].total()))) / len(_ORDERS)
    return math.exp(total)
