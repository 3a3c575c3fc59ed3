"""Negatives: passages that a search finds for a question although they do not answer it."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.encoder import Encoder
from questline.tools.retrieval.embed import text_to_embed
from questline.tools.retrieval.index import DocumentIndex
from questline.tools.retrieval.store import Store
from questline.tools.text import sentences

from .examples import Group, Item, answer_places

__all__ = ["POOL", "known_vectors", "mine", "mine_among", "taught", "without_answer"]

POOL: Final = 9
"""Negatives kept of one question, hardest first."""


def mine(
    group: Group, index: DocumentIndex, *, excluded: Collection[str], random_: random.Random, pool: int = POOL
) -> Group:
    """Return the group with what the hybrid search finds, answers and `excluded` left out, and one passage at random.

    A found passage that contains an accepted answer may answer the question too (a false negative), so it is left out.

    Args:
        group: Its first item answers the question.
        index: Where to search.
        excluded: Ids of documents that answer the question.
        random_: Where in the list the negatives are taken.
        pool: At most so many.
    """
    first = group.items[0]
    found = index.search_now(group.question, k=pool + 11)
    negatives: list[Item] = []
    for passage in found:
        if passage.document_id in excluded or passage.text == first.text:
            continue
        if group.answers and answer_places(passage.text, group.answers):
            continue
        negatives.append(Item(title=passage.title, text=passage.text, answers=() if group.answers else None))
    hard, rest = negatives[: pool - 2], negatives[pool - 2 :]
    chosen = [*hard, *random_.sample(rest, min(2, len(rest)))]
    return replace(group, items=(first, *chosen))


def mine_among(groups: Sequence[Group], encoder: Encoder, *, pool: int = POOL) -> list[Group]:
    """Return each group with the first items of other questions whose meaning is nearest to its own question."""
    texts = list(dict.fromkeys(group.items[0].pair_text for group in groups))
    place = {text: number for number, text in enumerate(texts)}
    by_question: dict[str, set[int]] = {}
    items: dict[int, Item] = {}
    for group in groups:
        number = place[group.items[0].pair_text]
        by_question.setdefault(group.question, set()).add(number)
        items[number] = group.items[0]
    vectors = encoder.encode(texts)
    asked = list(by_question)
    scores: NDArray[np.float32] = encoder.encode(asked) @ vectors.T
    order = {question: np.argsort(-row, kind="stable") for question, row in zip(asked, scores, strict=True)}
    mined: list[Group] = []
    for group in groups:
        near = [int(n) for n in order[group.question] if int(n) not in by_question[group.question]]
        others = [replace(items[n], answers=None, salient=None) for n in near[:pool]]
        mined.append(replace(group, items=(group.items[0], *others)))
    return mined


def without_answer(item: Item) -> Item | None:
    """Return the passage without the sentences that hold the answer: a negative that differs in nothing else."""
    if not item.answers:
        return None
    cut = sentences(item.text)
    kept = [s for s in cut if not any(a < s.end and s.start < b for a, b in item.answers)]
    if not kept or len(kept) == len(cut):
        return None
    return Item(title=item.title, text=" ".join(s.text for s in kept), answers=())


def known_vectors(index: Path, encoder: Encoder) -> dict[str, NDArray[np.float32]]:
    """Return the vectors that an index holds already, by the text that was encoded."""
    store = Store(index, read_only=True)
    try:
        numbers = [int(n) for n in store.embedded(encoder.fingerprint)]
        vectors = store.vectors(numbers, encoder.dimension)
        texts = [text_to_embed(passage) for passage in store.texts(numbers)]
    finally:
        store.close()
    return dict(zip(texts, vectors, strict=True))


def taught(
    groups: Iterable[Group],
    encoder: Encoder,
    known: Mapping[str, NDArray[np.float32]],
    progress: Callable[[int], None] | None = None,
) -> list[Group]:
    """Return groups whose items bear the bi-encoder's cosine with the question; each new text is encoded once."""
    kept = list(groups)
    wanted = dict.fromkeys(text for group in kept for text in (group.question, *map(_encoded, group.items)))
    fresh = [text for text in wanted if text not in known]
    vectors = {**known, **dict(zip(fresh, encoder.encode(fresh, progress=progress), strict=True))}
    return [
        replace(
            group,
            items=tuple(
                replace(item, teacher=round(float(vectors[_encoded(item)] @ vectors[group.question]), 4))
                for item in group.items
            ),
        )
        for group in kept
    ]


def _encoded(item: Item) -> str:
    return f"{item.title}\n{item.text}" if item.title else item.text
