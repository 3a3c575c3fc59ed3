"""What the cross-encoder learns from: a question with passages, and where in them the answer stands."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from questline.tools.text import sentences

__all__ = [
    "Group",
    "Item",
    "answer_places",
    "held_out",
    "load_groups",
    "question_hash",
    "save_groups",
    "sentence_group",
]

Place = tuple[int, int]
"""First character, and one past the last, in an item's text."""
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One passage, or one sentence, beside a question."""

    title: str = ""
    text: str
    answers: tuple[Place, ...] | None = None
    """Where the answer stands; empty when it does not, None when that is not known."""
    salient: tuple[Place, ...] | None = None
    """Sentences that matter; None takes those that hold an answer, where that is known."""
    teacher: float | None = None
    """Cosine of the bi-encoder."""

    @property
    def pair_text(self) -> str:
        """Return what is read after the question."""
        return f"{self.title}. {self.text}" if self.title else self.text

    @property
    def shift(self) -> int:
        """Return where the text starts in `pair_text`."""
        return len(self.title) + 2 if self.title else 0

    def salient_places(self) -> tuple[Place, ...] | None:
        """Return the sentences that matter, None when that is not known."""
        if self.salient is not None or self.answers is None:
            return self.salient
        spans = sentences(self.text) if self.answers else []
        return tuple((s.start, s.end) for s in spans if any(s.start <= a < s.end for a, _ in self.answers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A question with what answers it and what does not."""

    question: str
    source: str
    """The data set, and how the group was made of it: ``nq``, ``nq/sentences``, ``made/cloze`` …"""
    items: tuple[Item, ...]
    """The first answers the question when `ranked`; the others are a pool of negatives, hardest first."""
    ranked: bool = True
    """Whether the first is to be ranked above the others; else only spans and salience are learnt."""
    useful: bool = False
    """Whether its items also teach usefulness: whole passages of questions that people asked."""
    key: str = ""
    """What decides the split; the question where it is empty."""
    answers: tuple[str, ...] = ()
    """Accepted answers, for scoring."""


def answer_places(text: str, answers: Iterable[str]) -> tuple[Place, ...]:
    """Return every place where one of the answers stands as whole words, whatever its case."""
    places: set[Place] = set()
    for answer in answers:
        words = [re.escape(word) for word in answer.split()]
        if words:
            pattern = r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)"
            places |= {match.span() for match in re.finditer(pattern, text, re.IGNORECASE)}
    return tuple(sorted(places))


def question_hash(question: str) -> float:
    """Return a number in [0, 1) that depends on the words of the question alone, for splits that stay."""
    plain = _SPACE.sub(" ", question.casefold().strip(" ?"))
    return int.from_bytes(hashlib.sha256(plain.encode()).digest()[:6], "big") / 2**48


def held_out(group: Group, share: float) -> bool:
    """Say whether a group is kept for choosing; the same question is so in every data set."""
    return question_hash(group.key or group.question) < share


def sentence_group(group: Group, extra: Sequence[str] = ()) -> Group | None:
    """Return the same question over single sentences: one that holds the answer, then the others of its passage.

    None when the answer's place is not known or its passage has one sentence only.

    Args:
        group: Its first item is cut up.
        extra: More sentences without the answer.
    """
    first = group.items[0]
    if not first.answers:
        return None
    cut = sentences(first.text)
    holding = [s for s in cut if any(s.start <= a and b <= s.end for a, b in first.answers)]
    if not holding or len(cut) == len(holding):
        return None
    best = holding[0]
    inside = tuple((a - best.start, b - best.start) for a, b in first.answers if best.start <= a and b <= best.end)
    others = [Item(text=s.text, answers=()) for s in cut if s not in holding and len(s.text) > 15]
    others += [Item(text=text, answers=()) for text in extra]
    if not others:
        return None
    items = (Item(text=best.text, answers=inside), *others)
    return replace(group, items=items, source=f"{group.source}/sentences", useful=False)


def save_groups(path: Path, groups: Iterable[Group]) -> None:
    """Write groups as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        for group in groups:
            file.write(json.dumps(asdict(group), ensure_ascii=False) + "\n")
    part.replace(path)


def load_groups(path: Path) -> Iterator[Group]:
    """Read what `save_groups` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield _group(json.loads(line))


def _group(row: dict[str, Any]) -> Group:
    items = tuple(
        Item(
            title=item["title"],
            text=item["text"],
            answers=_places(item["answers"]),
            salient=_places(item["salient"]),
            teacher=item["teacher"],
        )
        for item in row["items"]
    )
    return Group(
        question=row["question"],
        source=row["source"],
        items=items,
        ranked=row["ranked"],
        useful=row["useful"],
        key=row["key"],
        answers=tuple(row["answers"]),
    )


def _places(values: list[list[int]] | None) -> tuple[Place, ...] | None:
    return None if values is None else tuple((start, end) for start, end in values)
