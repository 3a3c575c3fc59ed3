"""A small shop: five users, each with a habit, in one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from questline.tools.recommendation import Session, SessionRecommender

CATEGORIES = {"pills": ["medicine"], "syrup": ["medicine", "sweet"], "sugar": ["sweet"]}


def shop() -> list[Session]:
    """Return sixty sessions: tea people, coffee people, and Ada, who bought pills once."""
    made: list[Session] = []
    for number in range(30):
        made.append(
            Session(
                id=f"tea-{number:03}", user=f"user-{number % 3}", items=("kettle", "tea", f"cup{number % 4}", "sugar")
            )
        )
        made.append(Session(id=f"coffee-{number:03}", user="bea@shop.example", items=("mill", "beans", "cup1")))
    made.append(Session(id="ada-private", user="ada@shop.example", items=("kettle", "pills", "syrup", "tea")))
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.sqlite"


@pytest.fixture
def recommender(path: Path) -> Iterator[SessionRecommender]:
    with SessionRecommender.open(path) as opened:
        opened.learn(shop())
        opened.describe(CATEGORIES)
        yield opened
