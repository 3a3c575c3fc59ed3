"""Groups from the data sets that people wrote: each reader takes one file and yields what it teaches."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.tools.text import sentences, words
from questline.training.reading.examples import SHIPPABLE, load_examples

from .examples import Group, Item, answer_places

__all__ = ["READERS", "meetings", "mixed", "pubmed", "read_rows", "timed"]

Passages = Mapping[str, tuple[str, str]]
"""Title and text by id."""
_CHUNK_WORDS: Final = 110
_NOISE: Final = re.compile(r"\s*\{[^}]*\}")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines, plain or gzip.

    Raises:
        UsageError: ``file_not_found``, or ``bad_data`` naming the file.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            return [cast("dict[str, Any]", json.loads(line)) for line in cast("Iterator[str]", file)]
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error})", code="bad_data", path=path) from error


def mixed(path: Path, corpus: Passages) -> Iterator[Group]:
    """Questions over the mixed corpus: single hops with the answer's place, whole chains for ranking alone."""

    def title_of(identifier: str) -> str:
        return corpus.get(identifier, ("", ""))[0]

    single: set[str] = set()
    for example in load_examples(path, tuple(SHIPPABLE), title_of):
        for name in example.support:
            if name in corpus:
                title, text = corpus[name]
                places = answer_places(text, example.answers)
                # Where the answer is written another way its place is not known, which is not "no answer".
                item = Item(title=title, text=text, answers=places or None)
                single.add(example.question)
                yield Group(
                    question=example.question,
                    source=example.group,
                    items=(item,),
                    useful=True,
                    key=example.question,
                    answers=example.answers,
                )
    for row in read_rows(path):
        question = str(row["question"])
        if question in single:
            continue
        for name in row.get("support") or ():
            if name in corpus:
                title, text = corpus[name]
                answers = tuple(str(answer) for answer in row["answers"])
                yield Group(
                    question=question,
                    source=f"{row['source']}/chain",
                    items=(Item(title=title, text=text),),
                    useful=True,
                    answers=answers,
                )


def timed(path: Path, random_: random.Random) -> Iterator[Group]:
    """Questions about a time in a long page: the paragraph with the answer among others of the same page."""
    for row in read_rows(path):
        paragraphs = [_clean(text) for text in row["paras"]]
        title = str(paragraphs[0]) if paragraphs else ""
        for question, marks in row["questions"]:
            gold = [mark for mark in marks if mark["answer"]]
            numbers = {int(mark["para"]) for mark in gold}
            if not gold:
                continue
            place = int(gold[0]["para"])
            inside = tuple((int(mark["from"]), int(mark["end"])) for mark in gold if int(mark["para"]) == place)
            long = [n for n, text in enumerate(paragraphs) if n not in numbers and len(text) > 60]
            others = random_.sample(long, min(8, len(long)))
            item = _window(title, str(row["paras"][place]), inside)
            names = [str(mark["answer"]) for mark in gold]
            negatives = [
                Item(title=title, text=_shortened(paragraphs[n]), answers=())
                for n in others
                if not answer_places(paragraphs[n], names)
            ]
            if item is not None and negatives:
                yield Group(
                    question=str(question),
                    source="timeqa",
                    items=(item, *negatives),
                    useful=True,
                    answers=tuple(names),
                )


def pubmed(path: Path, random_: random.Random) -> Iterator[Group]:
    """Research questions: a part of the abstract, or its conclusion; negatives are mined."""
    for row in read_rows(path):
        question = str(row["question"])
        parts = [_shortened(str(text)) for text in row["context"] if len(str(text)) > 80]
        conclusion = _shortened(str(row["long_answer"]))
        yield Group(question=question, source="pubmedqa", items=(Item(text=conclusion),), useful=True)
        if parts:
            yield Group(question=question, source="pubmedqa", items=(Item(text=random_.choice(parts)),), useful=True)


def meetings(path: Path, random_: random.Random) -> Iterator[Group]:
    """Questions about a meeting: a stretch of the turns marked relevant, among stretches of the rest."""
    for row in read_rows(path):
        turns = [f"{turn['speaker']}: {_NOISE.sub('', str(turn['content']))}" for turn in row["meeting_transcripts"]]
        chunks = _chunks(turns)
        for query in row["specific_query_list"]:
            spans = [(int(a), int(b)) for a, b in query["relevant_text_span"]]
            near = [text for first, last, text in chunks if any(first <= b and a <= last for a, b in spans)]
            inside = [text for first, last, text in chunks if any(a <= first and last <= b for a, b in spans)]
            far = [text for *_, text in chunks if text not in near]
            if not inside or len(far) < 2:
                continue
            answer = set(words(str(query["answer"])))
            best = max(inside, key=lambda text: len(answer & set(words(text))))
            cut = [
                (s.start, s.end, len(answer & set(words(s.text))) / (3 + len(s.text.split()))) for s in sentences(best)
            ]
            level = sorted((score for *_, score in cut), reverse=True)[: max(1, len(cut) // 4)][-1]
            salient = tuple((a, b) for a, b, score in cut if score >= level)
            items = (
                Item(text=best, salient=salient),
                *(Item(text=text, salient=()) for text in random_.sample(far, min(6, len(far)))),
            )
            yield Group(question=str(query["query"]), source="qmsum", items=items)


READERS: Final[dict[str, Callable[[Path, random.Random], Iterator[Group]]]] = {
    "temporal/timeqa_human_train.jsonl.gz": timed,
    "qa/pubmedqa_train.jsonl.gz": pubmed,
    "summ/qmsum_train.jsonl.gz": meetings,
}
"""Files that need no corpus beside them."""


def _clean(text: str) -> str:
    return str(text).strip()


def _shortened(text: str, limit: int = 700) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]


def _window(title: str, text: str, places: tuple[tuple[int, int], ...]) -> Item | None:
    """Return the part of a long paragraph around its first answer, cut between sentences."""
    cut = sentences(text)
    holding = [n for n, s in enumerate(cut) if s.start <= places[0][0] < s.end]
    if not holding:
        return None
    first = last = holding[0]
    while cut[last].end - cut[first].start < 600:
        if first > 0 and (last + 1 == len(cut) or holding[0] - first <= last - holding[0]):
            first -= 1
        elif last + 1 < len(cut):
            last += 1
        else:
            break
    start, end = cut[first].start, cut[last].end
    kept = tuple((a - start, b - start) for a, b in places if start <= a and b <= end)
    return Item(title=title, text=text[start:end], answers=kept) if kept else None


def _chunks(turns: Sequence[str]) -> list[tuple[int, int, str]]:
    """Join turns to stretches of about equal length: first and last turn, and the text."""
    made: list[tuple[int, int, str]] = []
    held: list[str] = []
    size = first = 0
    for number, turn in enumerate(turns):
        if held and size + len(turn.split()) > _CHUNK_WORDS:
            made.append((first, number - 1, "\n".join(held)))
            held, size = [], 0
        if not held:
            first = number
        held.append(_shortened(turn))
        size += len(turn.split())
    if held:
        made.append((first, len(turns) - 1, "\n".join(held)))
    return made
