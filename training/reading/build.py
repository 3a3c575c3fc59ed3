"""Search, read and measure every example as the product does; finished parts are kept, so that a killed run goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import numpy as np

from questline.tools.models.encoder import Encoder
from questline.tools.reading.evidence import Evidence
from questline.tools.reading.features import FEATURES
from questline.tools.reading.questions import analyse
from questline.tools.reading.ranking import column_of, fits, gather
from questline.tools.retrieval.index import DocumentIndex
from questline.training.evaluation.answer_metrics import token_f1
from questline.types import Passage

from .examples import Example
from .tables import COLUMNS, Table, concatenate, load_table, save_table

__all__ = ["Builder", "measured"]

_PASSAGES: Final = 5
"""Passages read for a question: the default of the setting ``k``."""
_PART: Final = 32
"""Examples in a part of the cache."""
_DECIDING: Final = ("tools/reading", "tools/decomposition", "tools/retrieval")
"""Folders of code and tables that features depend on; beside them ``tools/text.py``, this file and ``examples.py``."""
_HERE: Final = ("build.py", "examples.py")
_NOT_DECIDING: Final = frozenset({"coefficients.toml", "reader.py", "result.py", "combining.py", "verifying.py"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Makes tables of candidates over one index."""

    index: DocumentIndex
    encoder: Encoder
    cache: Path
    """Folder of finished parts."""
    data: str
    """Says what the index holds (a hash)."""

    def table(
        self, examples: Sequence[Example], *, without_support: bool = False, progress: Callable[[int], None]
    ) -> Table:
        """Return the candidates of `examples`; with `without_support` what is read leaves their documents out.

        Args:
            examples: In the order of the table; those without any candidate are left out.
            without_support: Remove the documents that answer a question, to see what is said without them.
            progress: Hears how many more examples are done.
        """
        folder = self.cache / self._key(examples, without_support=without_support)
        folder.mkdir(parents=True, exist_ok=True)
        parts: list[Table] = []
        for start in range(0, len(examples), _PART):
            part = examples[start : start + _PART]
            path = folder / f"{start:06d}.npz"
            table = load_table(path)
            if table is None:
                table = concatenate([_EMPTY, *self._measured(part, without_support=without_support)])
                save_table(path, table)
            parts.append(table)
            progress(len(part))
        return concatenate(parts)

    def _key(self, examples: Sequence[Example], *, without_support: bool) -> str:
        told = [self.data, self.encoder.fingerprint, _code(), str(without_support)]
        told += [f"{example.question}\n{example.answers}\n{example.support}" for example in examples]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    def _measured(self, examples: Sequence[Example], *, without_support: bool) -> Iterator[Table]:
        for example in examples:
            passages = self._without(example) if without_support else self._found(example)
            table = measured(example, passages, self.encoder)
            if table is not None:
                yield table

    def _found(self, example: Example) -> list[Passage]:
        found = self.index.search_now(example.question, k=_PASSAGES)
        there = {passage.document_id for passage in found}
        if not example.given or there & set(example.support):
            return found
        return [*found[: _PASSAGES - 1], *self._support(example)]

    def _without(self, example: Example) -> list[Passage]:
        found = self.index.search_now(example.question, k=2 * _PASSAGES)
        return [passage for passage in found if passage.document_id not in example.support][:_PASSAGES]

    def _support(self, example: Example) -> list[Passage]:
        documents = (self.index.document(identifier) for identifier in example.support)
        return [
            Passage(id=item.id, document_id=item.id, source=item.source, title=item.title, text=item.text)
            for item in documents
            if item is not None
        ]


def measured(example: Example, passages: Sequence[Passage], encoder: Encoder | None) -> Table | None:
    """Return the candidates of one example as a table, None when there is none."""
    question = analyse(example.question)
    evidence = Evidence(passages)
    scored = fits(question, evidence, encoder)
    gathered = gather(question, evidence, scored)
    if not gathered:
        return None
    places = {id(item.sentence): place for place, item in enumerate(scored)}
    texts: dict[str, int] = {}
    table = replace(
        _EMPTY,
        features=np.array([features for *_, features in gathered], dtype=np.float32),
        gold=np.array([token_f1(candidate.text, example.answers) for candidate, *_ in gathered], dtype=np.float32),
        text=np.array([texts.setdefault(item.text.casefold(), len(texts)) for item, *_ in gathered], dtype=np.int32),
        sentence=np.array([places[id(item.sentence)] for _, item, _ in gathered], dtype=np.int32),
        ends=np.array([len(gathered)]),
        column=np.array([COLUMNS.index(column_of(question.kind, encoded=False))], dtype=np.int32),
        open_kind=np.array([question.kind == "entity"]),
    )
    return replace(table, group=np.array([example.group]))


_EMPTY: Final = Table(
    features=np.zeros((0, len(FEATURES)), np.float32),
    gold=np.zeros(0, np.float32),
    text=np.zeros(0, np.int32),
    sentence=np.zeros(0, np.int32),
    ends=np.zeros(0, np.int64),
    column=np.zeros(0, np.int32),
    open_kind=np.zeros(0, np.bool_),
    group=np.zeros(0, np.str_),
)


def _code() -> str:
    """Return a hash of the code and tables that decide what is found, read and measured."""
    root = files("questline")
    found = [root.joinpath("tools", "text.py"), *(root.joinpath("training", "reading", name) for name in _HERE)]
    for folder in _DECIDING:
        found += _files(root.joinpath(*folder.split("/")))
    digest = hashlib.sha256()
    for file in found:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable) -> list[Traversable]:
    found = (item for item in folder.iterdir() if item.is_file() and item.name.endswith((".py", ".toml")))
    return sorted((item for item in found if item.name not in _NOT_DECIDING), key=lambda item: item.name)
