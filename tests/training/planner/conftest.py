"""A small corpus with single facts, a chain and a comparison, its index, and a bench over it."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from questline.agents.workflow_planner.features import EVIDENCE
from questline.settings import Settings
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.planner.columns import COLUMNS
from questline.training.planner.folds import fold_of
from questline.training.planner.rows import Asked, Cell, Work
from questline.training.planner.running import Bench, open_bench
from questline.training.planner.seconds import Pace, Seconds
from questline.training.planner.store import Store

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


Made = list[tuple[Asked, dict[str, Cell]]]
_CALLS = {"AG": 1, "QR,AG": 2, "R,AG": 1, "QR,R,AG": 2, "R,DS,AG": 2, "QR,R,DS,AG": 3, "QDS": 5, "QDP": 4}
_USD = 1.5e-4


def _cell(name: str, *, right: bool, sure: float) -> Cell:
    top, _, below = name.partition("/")
    searches = below != "AG" if top in ("QDS", "QDP") else "R" in top.split(",")
    calls = _CALLS[top] + 2 * (below == "R,DS,AG")
    saw = dict.fromkeys(EVIDENCE, 0.0) | {"drafted": float(sure > 0), "confidence": sure, "found": 0.5}
    return Cell(
        column=name,
        answer="yes" if right else "no" if sure else "",
        status="complete" if sure else "abstained",
        f1=float(right),
        em=float(right),
        tokens=1000 * calls,
        usd=_USD * calls,
        calls=calls,
        retrievals=int(searches),
        turns=1,
        parts=2 if top in ("QDS", "QDP") else 0,
        nominal=True,
        evidence=saw,
        work=(Work(step="R"), *[Work(step="AG")] * calls),
    )


def made_rows(count: int, seed: int) -> Made:
    """Make questions of two sources with two kinds each; each kind is answered by a workflow of its own."""
    chance = random.Random(seed)
    made: Made = []
    for number in range(count):
        source, kind, text, answers = (
            ("nq", "who", f"Who designed light {seed}-{number}?", "R,AG"),
            ("nq", "when", f"When was the light {seed}-{number} designed, in which year?", "R,DS,AG"),
            ("2wiki", "compositional", f"Where was the designer of light {seed}-{number} born?", "QDS"),
            ("2wiki", "comparison", f"Who is older, Ann {seed}-{number} or Bob {seed}-{number}?", "QDP"),
        )[chance.randrange(4)]
        name = f"{seed}-{number:04}"
        asked = Asked(
            key=f"k{name}", id=name, text=text, source=source, answers=("yes",), fold=fold_of(text), kind=kind
        )
        lucky = chance.random() < 0.15
        cells: dict[str, Cell] = {}
        for column in COLUMNS:
            top, _, below = column.partition("/")
            searches = "R" in top.split(",") or (top in ("QDS", "QDP") and below != "AG")
            right = searches and (top == answers or (lucky and top == "R,AG"))
            cells[column] = _cell(column, right=right, sure=0.9 if right else 0.2 if searches else 0.0)
        made.append((asked, cells))
    return made


PACES = Seconds({"R": Pace(base=0.01, measured=1), "AG": Pace(base=0.1, measured=1)})


def made_table(folder: Path, count: int, seed: int, *, corpus: str = "c") -> Path:
    """Write such questions as a filled table."""
    facts = {"seconds": PACES.as_dict(), "seen": False}
    with Store.begin(folder, {"corpus": corpus}, resume=False) as store:
        rows = made_rows(count, seed)
        for asked, cells in rows:
            store.add(asked, cells.values())
        for name, value in {**facts, "asked": [asked.key for asked, _ in rows]}.items():
            store.note(name, value)
    return folder


@pytest.fixture(scope="session")
def table_of() -> Callable[..., Path]:
    """Return `made_table`."""
    return made_table


@pytest.fixture(scope="session")
def rows_of() -> Callable[[int, int], Made]:
    """Return `made_rows`."""
    return made_rows
