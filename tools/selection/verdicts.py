"""A selecting model's verdict on each passage, where it writes one before its answer: ``[1] drop [2] keep``.

Models that were tuned here (`agents train selector-sft`) write such a line. What stands between a number and its
verdict is the model's own note. Where the server tells how likely tokens were, each verdict says how sure the model
was: the chance of ``keep`` against that of ``drop`` in the same place. The list after it only repeats what was decided.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from questline.tools.models.llm_contract import TokenChance

__all__ = ["DROP", "KEEP", "verdict_chances", "verdict_line", "verdict_places"]

KEEP: Final = "keep"
DROP: Final = "drop"
_VERDICT: Final = re.compile(rf"\[(\d{{1,4}})\]([^\[\]\n]{{0,240}}?) ({KEEP}|{DROP})(?=\s*(?:\[|\n|\Z))")
_ANSWER: Final = re.compile(r"^answer\s{0,8}:", re.IGNORECASE | re.MULTILINE)


def verdict_line(members: Sequence[int], n: int, notes: Mapping[int, str] | None = None) -> str:
    """Return the line of verdicts on the passages 1 to `n`.

    Args:
        members: Numbers of those to keep.
        n: Passages of the window.
        notes: By number what is said of a passage before its verdict.
    """
    told = notes or {}
    kept = frozenset(members)
    return " ".join(
        " ".join(part for part in (f"[{number}]", told.get(number, ""), KEEP if number in kept else DROP) if part)
        for number in range(1, n + 1)
    )


def verdict_places(text: str, n: int) -> dict[int, tuple[int, bool]] | None:
    """Return by number where its verdict begins in `text`, in characters, and whether it is kept.

    None unless before the answer there is exactly one verdict on each of the passages 1 to `n`, in order.
    """
    mark = _ANSWER.search(text)
    found = list(_VERDICT.finditer(text, 0, mark.start() if mark else len(text)))
    if [int(match[1]) for match in found] != list(range(1, n + 1)):
        return None
    return {int(match[1]): (match.start(3), match[3] == KEEP) for match in found}


def verdict_chances(text: str, tokens: Sequence[TokenChance], n: int) -> dict[int, float] | None:
    """Return how likely each of the numbers 1 to n was to be kept; None without a verdict on each, or its chances.

    Args:
        text: The answer as it was read.
        tokens: The answer as it was written.
        n: How many passages there were.
    """
    places = verdict_places(text, n)
    if places is None:
        return None
    datas = [token.data or token.text.encode() for token in tokens]
    body, whole = text.encode(), b"".join(datas)
    start = whole.find(body)
    if start < 0:
        return None
    ends: list[int] = []
    for data in datas:
        ends.append((ends[-1] if ends else 0) + len(data))
    found: dict[int, float] = {}
    for number, (at, kept) in places.items():
        place = start + len(text[:at].encode())
        token = next((each for each, end in zip(tokens, ends, strict=True) if end > place), None)
        chance = None if token is None else _kept(token, kept=kept)
        if chance is None:
            return None
        found[number] = chance
    return found


def _kept(token: TokenChance, *, kept: bool) -> float | None:
    """Return the chance of ``keep`` among both words; what is told of neither but the one written is all the rest."""
    written = math.exp(token.logprob)
    other = KEEP if not kept else DROP
    rival = sum(math.exp(chance) for text, chance in token.top if text != token.text and _begins(text, other))
    both = written + rival
    if not token.top or both <= 0:
        return None
    return (written if kept else rival) / both


def _begins(text: str, word: str) -> bool:
    shown = text.strip(" \t\n▁Ġ").lower()
    return bool(shown) and word.startswith(shown)
