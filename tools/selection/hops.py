"""What a second hop needs: passages that a question or a passage on the way names, beside those likely to help.

A chain ("Where was the director of X born?") or a comparison needs two passages at least, and each of them is judged
for itself: the one that answers shares few words with the question, the one on the way does not answer it. Selecting
the likeliest alone drops one of them. [ours]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from questline.tools.retrieval.mentions import mention_of, mentions_in_query, mentions_in_text
from questline.types import Passage

__all__ = ["MOST", "with_hops"]

MOST: Final = 8
"""Members up to which passages are added that only another passage names."""


def with_hops(
    question: str, passages: Mapping[int, Passage], members: Sequence[int], *, max_set: int
) -> tuple[int, ...]:
    """Return the members, then the passages that the question names, then those that any of all these names.

    A passage is named where its title stands word for word.

    Args:
        question: One that needs several passages.
        passages: What is chosen from, by position, likeliest first.
        members: The positions that are kept anyhow.
        max_set: Most members.
    """
    names = {index: mention_of(passage.title) if passage.title else "" for index, passage in passages.items()}
    asked = mentions_in_query(question)
    kept = dict.fromkeys(members)
    for index, name in names.items():
        if name and name in asked and len(kept) < max_set:
            kept[index] = None
    told = set[str]().union(*(mentions_in_text(passages[index].text) for index in kept if index in passages))
    for index, name in names.items():
        if name in told and len(kept) < min(MOST, max_set):
            kept[index] = None
    return tuple(kept)
