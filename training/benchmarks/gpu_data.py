"""Made-up data for `gpu_check`: texts for a writer, a table for a planner, lists for a ranker. Nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from questline.agents.workflow_planner.features import EVIDENCE
from questline.training.planner.columns import COLUMNS
from questline.training.planner.rows import Asked, Cell, Work
from questline.training.planner.seconds import Pace, Seconds
from questline.training.planner.store import Store

__all__ = ["made"]

_WISHES: Final = ("平安", "健康", "快乐", "顺利", "美满", "如意", "兴旺", "幸福")
_DAYS: Final = ("生日", "新年", "毕业", "乔迁", "中秋", "婚礼", "开业", "升职")
_CALLS: Final = {"AG": 0, "QR,AG": 1, "R,AG": 1, "QR,R,AG": 2, "R,DS,AG": 2, "QR,R,DS,AG": 3, "QDS": 4, "QDP": 4}
_TEXTS: Final = 400
_QUESTIONS: Final = 60
_LISTS: Final = 4


def made(folder: Path) -> Path:
    """Write the data into a folder, where it does not lie there yet; return the folder."""
    if (folder / "qrels.jsonl").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "texts.jsonl", (_text(number) for number in range(_TEXTS)))
    _table(folder / "table")
    _write(folder / "lists.jsonl", (_list(number) for number in range(_LISTS)))
    _write(folder / "qrels.jsonl", ({"qid": f"{n}", "docid": f"{n}-13", "grade": 1} for n in range(_LISTS)))
    return folder


def _text(number: int) -> dict[str, str]:
    day, one, other = _DAYS[number % 8], _WISHES[number // 8 % 8], _WISHES[(number // 64 + number + 3) % 8]
    return {"query": f"写一句{day}祝福，第{number}条", "text": f"{day}到了，愿你{one}又{other}，天天开心。"}


def _list(number: int) -> dict[str, object]:
    rows = [
        {"docid": f"{number}-{place}", "text": f"Lamp {(place + 7) % 20 + number} stands in house {place}."}
        for place in range(20)
    ]
    return {"qid": f"{number}", "query": f"where does lamp {number} stand", "candidates": rows}


def _table(folder: Path) -> None:
    """Write a table in which a search answers every other question, and a serial split the rest."""
    with Store.begin(folder, {"corpus": "made"}, resume=False) as store:
        asked = [_asked(number) for number in range(_QUESTIONS)]
        for number, each in enumerate(asked):
            store.add(each, [_cell(name, chained=number % 2 == 1) for name in COLUMNS])
        store.note("asked", [each.key for each in asked])
        store.note("seen", 0)
        store.note("seconds", Seconds({name: Pace(base=0.1, measured=1) for name in ("R", "AG")}).as_dict())


def _asked(number: int) -> Asked:
    text = f"Where was the maker of lamp {number} born?" if number % 2 else f"Who made lamp {number}?"
    return Asked(key=f"k{number}", id=f"{number:04}", text=text, source="made", answers=("x",), fold=1)


def _cell(name: str, *, chained: bool) -> Cell:
    right = name.startswith("QDS" if chained else "R,")
    sure = 0.9 if right else 0.2 * (name not in ("AG", "QR,AG"))
    top = name.partition("/")[0]
    calls = _CALLS[top]
    seen = dict.fromkeys(EVIDENCE, 0.0) | {"drafted": float(sure > 0), "confidence": sure, "found": 0.5}
    return Cell(
        column=name,
        answer=f"a{right:d}" if sure else "",
        status="complete" if sure else "abstained",
        f1=float(right),
        em=float(right),
        tokens=calls * 1000,
        usd=calls * 1e-4,
        calls=calls,
        retrievals=int("R" in top),
        turns=1,
        parts=2 if top.startswith("QD") else 0,
        nominal=True,
        evidence=seen,
        work=(Work(step="R"), *[Work(step="AG")] * calls),
    )


def _write(path: Path, rows: Iterable[object]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
