"""Turn proposed sub-questions into a DAG that can run: no copies, no dangling or circular references, at most four."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from questline.agents.contract import SubQuestion
from questline.tools.text import words

__all__ = ["MAX_PARTS", "REFERENCE", "TROUBLE", "own_numbers", "references", "settle_parts"]

MAX_PARTS: Final = 4
"""Sub-questions kept of one decomposition (arXiv:2508.01005 §3)."""
REFERENCE: Final = re.compile(r"#(\d{1,2})(?!\d)")
"""How a sub-question names the answer of an earlier one."""
TROUBLE: Final[Mapping[str, str]] = {
    "cyclic_subquestions": "the sub-questions refer to later ones or to each other: they are put in order",
    "too_many_subquestions": "there are more sub-questions than may be asked: the last ones are left out",
}
"""What the warnings of `settle_parts` say, by code; without numbers, as turns can allow fewer than `MAX_PARTS`."""


def references(text: str) -> tuple[int, ...]:
    """Return the numbers that ``#1``-like words in `text` name, each once, in ascending order."""
    return tuple(sorted({int(number) for number in REFERENCE.findall(text)}))


def own_numbers(question: str) -> frozenset[int]:
    """Return the numbers that the user's question itself writes like references ("issue #12"): they stay words."""
    return frozenset(references(question))


def settle_parts(
    proposed: Sequence[SubQuestion], parent: str, *, limit: int = MAX_PARTS
) -> tuple[tuple[SubQuestion, ...], tuple[str, ...]]:
    """Clean a decomposition.

    A ``#n`` is a reference when there is a part n and the parent does not write ``#n`` itself; any other stays as it
    is ("issue #12"). Parts that repeat the parent or an earlier part are dropped, and references to a repeated part
    lead to the first.
    Parts that need a later one are put in order; where that is impossible (a circle, a reference to itself or to
    nothing), each part waits for all before it and the wrong reference becomes one to the part just before.

    Args:
        proposed: As the model wrote them; references in texts and ``depends_on`` name positions in this list, from 1.
        parent: The question that was decomposed.
        limit: The most parts to keep.

    Returns:
        The parts, each depending on earlier ones only, and the codes of the warnings that are due:
        ``cyclic_subquestions``, ``too_many_subquestions`` (`TROUBLE` says them in words).
    """
    kept, place = _without_copies(proposed, parent)
    meant = frozenset(range(1, len(proposed) + 1)) - own_numbers(parent)
    needs = {
        number: {place.get(need) for need in (*part.depends_on, *meant.intersection(references(part.text)))}
        for number, part in kept.items()
    }
    order = _sorted(needs)
    circular = order is None
    order = order or list(kept)
    position = {number: index for index, number in enumerate(order, start=1)}
    parts: list[SubQuestion] = []
    for index, number in enumerate(order, start=1):
        allowed = {old: position[new] for old, new in place.items() if position[new] < index}
        text = _renumbered(kept[number].text, allowed, meant, before=index - 1)
        deps = range(1, index) if circular else sorted(position[need] for need in needs[number] if need is not None)
        parts.append(SubQuestion(text=text, depends_on=tuple(deps)))
    codes = ("cyclic_subquestions",) if circular or order != sorted(order) else ()
    if len(parts) > limit:
        codes = (*codes, "too_many_subquestions")
    return tuple(parts[:limit]), codes


def _without_copies(proposed: Sequence[SubQuestion], parent: str) -> tuple[dict[int, SubQuestion], dict[int, int]]:
    """Return the parts to keep by their number, and for each number the one that stands for it."""
    kept: dict[int, SubQuestion] = {}
    place: dict[int, int] = {}
    seen: dict[tuple[str, ...], int] = {}
    copy_of_parent = tuple(words(parent))
    for number, part in enumerate(proposed, start=1):
        key = tuple(words(part.text))
        if not key or key == copy_of_parent:
            continue
        first = seen.setdefault(key, number)
        place[number] = first
        if first == number:
            kept[number] = part
    return kept, place


def _sorted(needs: Mapping[int, set[int | None]]) -> list[int] | None:
    """Return the numbers with every need before its user, else in the given order; None when there is no such order."""
    order: list[int] = []
    while len(order) < len(needs):
        ready = next((number for number in needs if number not in order and needs[number] <= set(order)), None)
        if ready is None:
            return None
        order.append(ready)
    return order


def _renumbered(text: str, allowed: Mapping[int, int], meant: frozenset[int], *, before: int) -> str:
    """Give references their new numbers; one that leads nowhere becomes the part `before` it, if there is one."""

    def new(match: re.Match[str]) -> str:
        if int(match.group(1)) not in meant:
            return match.group()
        target = allowed.get(int(match.group(1)), before)
        return f"#{target}" if target else ""

    return " ".join(REFERENCE.sub(new, text).split())
