"""The lexical index: tantivy over terms that `analyze` has made, with the title as a field of its own.

It is made from the database alone. Its own committed state says which passages it holds, so a build that was killed
is continued or thrown away, never trusted by half.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import tantivy
from numpy.typing import NDArray

from .analyze import ANALYZER_VERSION, analyze
from .manifest import LEXICAL_MANIFEST, Manifest, checksums, read_manifest, write_manifest

if TYPE_CHECKING:
    from .store import Store, StoredPassage

__all__ = ["LexicalIndex"]

_FOLDER: Final = "lexical"
_HEAP_BYTES: Final = 50_000_000
_MAX_TERMS: Final = 256
"""Terms of a query that count; more come from pasted documents."""
TITLE_BOOST: Final = 0.5
"""Weight of the title's own BM25 beside that of title and text together.

Recall@5 on the mixed training questions: 0 .824, 0.2 .843, 0.5 .847, 1 .836.
"""
_Should: Final = tantivy.Occur.Should
_Must: Final = tantivy.Occur.Must


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("n", indexed=True, fast=True)
    builder.add_text_field("title", tokenizer_name="terms", index_option="freq")
    builder.add_text_field("body", tokenizer_name="terms", index_option="freq")
    return builder.build()


class LexicalIndex:
    """Terms by passage number; a searcher is a snapshot, so reading while a writer commits is safe."""

    def __init__(self, index: tantivy.Index | None = None) -> None:
        """Wrap an opened index, or start an empty one in memory."""
        self._schema = _schema()
        self._index = tantivy.Index(self._schema) if index is None else index
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("terms", analyzer)
        self._index.config_reader("manual")
        self._index.reload()

    def __len__(self) -> int:
        return self._index.searcher().num_docs

    def numbers(self) -> NDArray[np.int64]:
        """Return the numbers of all passages in the index, ascending."""
        searcher = self._index.searcher()
        if not searcher.num_docs:
            return np.empty(0, np.int64)
        hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
        values = searcher.fast_field_values("n", [address for _, address in hits])
        return np.sort(np.array(values, dtype=np.int64))

    # building

    def sync(self, store: Store, progress: Callable[[int, int], None] | None = None) -> None:
        """Add and delete until the index holds what the database holds."""
        wanted, held = store.numbers(), self.numbers()
        new = np.setdiff1d(wanted, held, assume_unique=True)
        gone = np.setdiff1d(held, wanted, assume_unique=True)
        if new.size or gone.size:
            self._write(store.texts(new.tolist()), gone.tolist())
        if progress is not None:
            progress(int(new.size), int(new.size))

    def _write(self, passages: Iterable[StoredPassage], gone: Sequence[int]) -> None:
        with _as_os_error():
            writer = self._index.writer(_HEAP_BYTES, 1)
        for n in gone:
            writer.delete_documents_by_term("n", n)
        for passage in passages:
            title = analyze(passage.title)
            row = tantivy.Document()
            row.add_unsigned("n", passage.n)
            row.add_text("title", " ".join(title))
            row.add_text("body", " ".join([*title, *analyze(passage.text)]))
            writer.add_document(row)
        with _as_os_error():
            writer.commit()
            writer.wait_merging_threads()
        self._index.reload()

    # searching

    def search(
        self, terms: Sequence[str], *, limit: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return passage numbers and BM25 scores (k1 1.2, b 0.75), best first, for passages with any term.

        Args:
            terms: What `analyze` made of the query.
            limit: At most so many.
            allowed: Numbers to choose from, ascending; None allows all.
        """
        searcher = self._index.searcher()
        query = self._query(terms)
        if query is None or not searcher.num_docs:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        fetch = limit = min(limit, searcher.num_docs)  # tantivy reserves memory for as many as are asked for
        while True:
            numbers, scores = self._fetch(searcher, query, fetch)
            exhausted = numbers.size < fetch
            if allowed is not None:
                keep = np.isin(numbers, allowed)
                numbers, scores = numbers[keep], scores[keep]
            if exhausted or numbers.size >= limit:
                return numbers[:limit], scores[:limit]
            fetch = min(fetch * 8, searcher.num_docs + 1)

    def scores(self, terms: Sequence[str], numbers: Sequence[int]) -> NDArray[np.float32]:
        """Return the score that `search` would give each of `numbers`; 0 for those without any of the terms."""
        query = self._query(terms)
        if query is None or not numbers:
            return np.zeros(len(numbers), np.float32)
        wanted = tantivy.Query.term_set_query(self._schema, "n", list(numbers))
        within = tantivy.Query.boolean_query([(_Must, query), (_Must, tantivy.Query.const_score_query(wanted, 0.0))])
        found, scores = self._fetch(self._index.searcher(), within, len(numbers))
        by_number = dict(zip(found.tolist(), scores.tolist(), strict=True))
        return np.array([by_number.get(n, 0.0) for n in numbers], np.float32)

    def rarity(self, terms: Sequence[str]) -> float:
        """Return how much these terms say together: the sum of their inverse document frequencies."""
        searcher = self._index.searcher()
        total = searcher.num_docs
        counts = (searcher.doc_freq("body", term) for term in set(terms))
        return sum(math.log1p((total - count + 0.5) / (count + 0.5)) for count in counts if count)

    def _query(self, terms: Sequence[str]) -> tantivy.Query | None:
        clauses: list[tuple[tantivy.Occur, tantivy.Query]] = []
        for term, count in Counter(terms[:_MAX_TERMS]).items():
            for field, weight in (("body", 1.0), ("title", TITLE_BOOST)):
                clause = tantivy.Query.term_query(self._schema, field, term, "freq")
                clauses.append((_Should, tantivy.Query.boost_query(clause, weight * count)))
        return tantivy.Query.boolean_query(clauses) if clauses else None

    @staticmethod
    def _fetch(
        searcher: tantivy.Searcher, query: tantivy.Query, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        hits = searcher.search(query, limit, count=False).hits
        numbers = searcher.fast_field_values("n", [address for _, address in hits])
        return np.array(numbers, dtype=np.int64), np.array([score for score, _ in hits], dtype=np.float32)

    # keeping

    @classmethod
    def create(cls, folder: Path) -> LexicalIndex:
        """Start an empty index on disk in place of what is there."""
        place = folder / _FOLDER
        (folder / LEXICAL_MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        with _as_os_error():
            return cls(tantivy.Index(_schema(), str(place)))

    @classmethod
    def load(cls, folder: Path, *, store: str, newer_than: int = -1) -> tuple[LexicalIndex, int] | None:
        """Return the kept index and the generation it reflects.

        None when it is missing, damaged, another's, or not newer than what the caller has.
        """
        manifest = read_manifest(folder / LEXICAL_MANIFEST)
        if manifest is None or (manifest.format, manifest.store) != (ANALYZER_VERSION, store):
            return None
        if manifest.generation <= newer_than or not manifest.intact(folder):
            return None
        try:
            return cls._opened(folder / _FOLDER), manifest.generation
        except (ValueError, OSError):
            return None

    @classmethod
    def _opened(cls, place: Path) -> LexicalIndex:
        if os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return cls(tantivy.Index.open(str(place)))
        # tantivy writes a lock file even to read, so a folder that takes none is read from a copy.
        copy = Path(tempfile.mkdtemp(prefix="questline-lexical-"))
        try:
            for file in place.iterdir():
                if _counts(file):
                    shutil.copyfile(file, copy / file.name)
            opened = cls(tantivy.Index.open(str(copy)))
        except BaseException:
            shutil.rmtree(copy, ignore_errors=True)
            raise
        weakref.finalize(opened, shutil.rmtree, copy, ignore_errors=True)
        return opened

    def save(self, folder: Path, *, store: str, generation: int) -> None:
        """Note what the committed files hold."""
        names = sorted(f"{_FOLDER}/{file.name}" for file in (folder / _FOLDER).iterdir() if _counts(file))
        manifest = Manifest(format=ANALYZER_VERSION, store=store, generation=generation, files=checksums(folder, names))
        write_manifest(folder / LEXICAL_MANIFEST, manifest)

    @staticmethod
    def manifest_generation(folder: Path) -> int:
        """Return the generation that the index on disk claims to reflect; -1 when there is none."""
        manifest = read_manifest(folder / LEXICAL_MANIFEST)
        return -1 if manifest is None else manifest.generation

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is or was one."""
        return (folder / LEXICAL_MANIFEST).exists()


@contextmanager
def _as_os_error() -> Generator[None]:
    """Raise what tantivy says of the disk as an `OSError`; it has one class of error for everything."""
    try:
        yield
    except ValueError as error:
        full = "space left" in str(error)
        raise OSError(errno.ENOSPC if full else errno.EIO, f"the lexical index was not written: {error}") from error


def _counts(file: Path) -> bool:
    return file.is_file() and not file.name.endswith(".lock")
