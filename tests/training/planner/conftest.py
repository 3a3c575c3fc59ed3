"""A small corpus with single facts, a chain and a comparison, its index, and a bench over it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from questline.settings import Settings
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.planner.folds import fold_of
from questline.training.planner.rows import Asked
from questline.training.planner.running import Bench, open_bench

_PEOPLE = {"Hugo Brandt": 1811, "Mara Lind": 1824, "Ines Calder": 1809, "Otto Falk": 1831}
_PLACES = ("Orrin", "Tern", "Valdo", "Skerry")
_TOWNS = ("Dunmore", "Ashby", "Corvale", "Linfield")


def _rows() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    documents: list[dict[str, object]] = []
    questions: list[dict[str, object]] = []
    for number, (name, born) in enumerate(_PEOPLE.items()):
        place, town = _PLACES[number], _TOWNS[number]
        light = f"{place} Light was designed by {name} in {1850 + number}. It stands near the harbour of {place} Bay."
        documents.append({"id": f"l{number}", "title": f"{place} Light", "text": light})
        life = f"{name} was an engineer. {name.split()[0]} was born in {town} in {born}."
        documents.append({"id": f"p{number}", "title": name, "text": life})
        documents.append({"id": f"t{number}", "title": town, "text": f"{town} is a market town with two old bridges."})
        asked = {
            f"Who designed {place} Light?": ("one", name),
            f"When was {place} Light designed?": ("one", str(1850 + number)),
            f"Where was the designer of {place} Light born?": ("two", town),
        }
        for n, (text, (source, answer)) in enumerate(asked.items()):
            questions.append({"id": f"q{number}-{n}", "source": source, "question": text, "answers": [answer]})
    older: dict[str, object] = {"id": "older", "source": "two", "question": "Who is older, Mara Lind or Otto Falk?"}
    return documents, [*questions, {**older, "answers": ["Mara Lind"]}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """Files of a corpus and its questions."""

    corpus: Path
    questions: Path
    cache: Path
    asked: tuple[Asked, ...]

    @property
    def index(self) -> Path:
        """Folder of the index, made on first use."""
        with open_corpus(self.corpus, self.cache) as index:
            return index.folder


def _written(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    folder = tmp_path_factory.mktemp("planner")
    documents, questions = _rows()
    asked = tuple(
        Asked(
            key=f"key-{row['id']}",
            id=str(row["id"]),
            text=str(row["question"]),
            source=str(row["source"]),
            answers=tuple(str(each) for each in row["answers"]),  # pyright: ignore[reportGeneralTypeIssues, reportUnknownArgumentType, reportUnknownVariableType]  # because rows are JSON
            fold=fold_of(str(row["question"])),
        )
        for row in questions
    )
    return Small(
        corpus=_written(folder / "corpus.jsonl", documents),
        questions=_written(folder / "questions.jsonl", questions),
        cache=folder / "cache",
        asked=asked,
    )


@pytest.fixture
async def bench(small: Small) -> AsyncGenerator[Bench]:
    async with open_bench(small.index, Settings()) as opened:
        yield opened
