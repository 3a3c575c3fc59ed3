"""Build the training groups from the data folder: people's questions, questions made by rule, and mined negatives.

Everything is drawn with one seed, so that the same data and settings give the same file again.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from questline.tools.models.encoder import Encoder
from questline.tools.retrieval.report import Phase
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import read_qrels

from .examples import Group, Item, load_groups, save_groups, sentence_group
from .made import heading_questions, label_questions, made_questions
from .mining import POOL, known_vectors, mine, mine_among, taught
from .sources import READERS, mixed, read_rows

__all__ = ["CORPUS", "FILES", "QUESTIONS", "assemble", "kept_groups"]

CORPUS: Final = "qa/mixed_corpus.jsonl.gz"
QUESTIONS: Final = "qa/mixed_train.jsonl.gz"
_RECORDS: Final = "corpus/factbook.jsonl.gz"
_PAGES: Final = "corpus/mcp_docs.jsonl.gz"
_KEPT_OUT: Final = "qa/mixed_dev.jsonl.gz"
"""Where the folder has it: no question is made from a passage that answers one of these."""
FILES: Final = (CORPUS, QUESTIONS, *READERS, _RECORDS, _PAGES)
"""What is learnt from, where the folder has it; each licence is looked up in the folder's manifest."""

Hears = Callable[[str, int, int], None]


def kept_groups(
    folder: Path, cache: Path, *, files: Sequence[str], seed: int, made: int, threads: int, hears: Hears
) -> list[Group]:
    """Return what `assemble` returns, kept in `cache` under the files' names and sizes, seed and amount."""
    told = json.dumps([sorted(files), seed, made, [(folder / name).stat().st_size for name in files]])
    path = cache / f"groups-{hashlib.sha256(told.encode()).hexdigest()[:12]}.jsonl"
    if not path.exists():
        save_groups(path, assemble(folder, cache, files=files, seed=seed, made=made, threads=threads, hears=hears))
    return list(load_groups(path))


def assemble(
    folder: Path, cache: Path, *, files: Sequence[str], seed: int, made: int, threads: int, hears: Hears
) -> list[Group]:
    """Return every group, in an order that the seed decides.

    Args:
        folder: Holds `files`.
        cache: Folder of indexes.
        files: Those of `FILES` to take.
        seed: Of every draw.
        made: Passages of the corpus that questions are made from.
        threads: Of the encoder.
        hears: Told the phase, how much is done, and of how much.
    """
    encoder = Encoder.load(threads=threads)
    groups: list[Group] = []
    if CORPUS in files:
        groups += _searched(folder, cache, files, seed=seed, made=made, threads=threads, encoder=encoder, hears=hears)
    for number, (name, reader) in enumerate(READERS.items()):
        if name in files:
            read = list(reader(folder / name, random.Random(seed + number)))  # noqa: S311 because it draws examples
            bare = [group for group in read if len(group.items) == 1]
            groups += [group for group in read if len(group.items) > 1]
            groups += [short for group in read if len(group.items) > 1 and (short := _shortened(group)) is not None]
            groups += mine_among(bare, encoder) if bare else []
    draw = random.Random(seed + 97)  # noqa: S311 because it draws examples
    if _RECORDS in files:
        groups += _records(folder / _RECORDS, draw, most=made // 4)
    if _PAGES in files:
        for row in read_rows(folder / _PAGES):
            groups += heading_questions(str(row["title"]), str(row["text"]), random_=draw)
    random.Random(seed).shuffle(groups)  # noqa: S311 because it draws examples
    return groups


def _searched(
    folder: Path,
    cache: Path,
    files: Sequence[str],
    *,
    seed: int,
    made: int,
    threads: int,
    encoder: Encoder,
    hears: Hears,
) -> list[Group]:
    """Return what is asked of the corpus, with negatives that the hybrid search finds and the bi-encoder's cosines."""
    corpus = folder / CORPUS
    rows = {str(row["id"]): (str(row["title"]), str(row["text"])) for row in read_rows(corpus)}
    by_text = {text: name for name, (_, text) in rows.items()}
    groups: list[Group] = []
    support: dict[str, set[str]] = {}
    if QUESTIONS in files:
        groups += mixed(folder / QUESTIONS, rows)
        for group in groups:
            support.setdefault(group.question, set()).add(by_text[group.items[0].text])
    groups += _made(rows, _kept_out(folder), random.Random(seed), made)  # noqa: S311 because it draws examples

    def indexing(phase: Phase, done: int, total: int) -> None:
        hears(f"indexing: {phase}", done, total)

    with open_corpus(corpus, cache, threads=threads, progress=indexing) as index:
        draw = random.Random(seed + 1)  # noqa: S311 because it draws examples
        mined: list[Group] = []
        for number, group in enumerate(groups):
            excluded = support.get(group.question) or {by_text[group.items[0].text]}
            mined.append(mine(group, index, excluded=excluded, random_=draw))
            hears("mining", number + 1, len(groups))
        known = known_vectors(index.folder, encoder)
    mined = [group for group in mined if len(group.items) > 1]
    mined += [short for group in mined if group.useful and (short := _shortened(group)) is not None]
    return taught(mined, encoder, known)


def _made(rows: Mapping[str, tuple[str, str]], kept_out: set[str], draw: random.Random, made: int) -> Iterator[Group]:
    free = [name for name in sorted(rows) if name not in kept_out and len(rows[name][1]) > 80]
    for name in draw.sample(free, min(made, len(free))):
        yield from made_questions(*rows[name], random_=draw, most=2)


def _kept_out(folder: Path) -> set[str]:
    path = folder / _KEPT_OUT
    return {name for names in read_qrels(path).values() for name in names} if path.exists() else set()


def _shortened(group: Group) -> Group | None:
    """Return the group over sentences, others of its negatives among them, unless it is one already."""
    if not group.useful or group.source.endswith("/sentences"):
        return None
    extra = [item.text[:200].rsplit(". ", 1)[0] for item in group.items[1:4] if item.answers == ()]
    return sentence_group(group, extra)


def _records(path: Path, draw: random.Random, *, most: int) -> list[Group]:
    """Return questions about lines of records; negatives are the same kind of record of others, and other lines."""
    made: dict[str, list[Group]] = {}
    for row in read_rows(path):
        title = str(row["title"])
        made.setdefault(title.rpartition(":")[2], []).extend(label_questions(title, str(row["text"]), random_=draw))
    groups: list[Group] = []
    for same in made.values():
        for group in same:
            first = group.items[0]
            others = [g.items[0] for g in draw.sample(same, min(len(same), POOL)) if g.items[0].title != first.title]
            negatives = tuple(Item(title=item.title, text=item.text, answers=()) for item in others[:5])
            if negatives:
                groups.append(replace(group, items=(first, *negatives)))
    draw.shuffle(groups)
    return groups[:most]
