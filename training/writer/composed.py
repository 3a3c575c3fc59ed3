"""More good greetings of our own for a reward model to learn from: the shipped grammar's, for queries made by rule."""

from __future__ import annotations

import random
from typing import Final

from questline.tools.writing.brief import Brief
from questline.tools.writing.grammar.bank import bank
from questline.tools.writing.judge import embedded_judge
from questline.tools.writing.pool import pool
from questline.tools.writing.reading import read

__all__ = ["composed_greetings"]

_PEOPLE: Final = (
    *(
        "奶奶",
        "爷爷",
        "外婆",
        "妈妈",
        "爸爸",
        "老婆",
        "老公",
        "女儿",
        "儿子",
        "孙子",
        "朋友",
        "闺蜜",
        "同学",
        "同事",
        "领导",
    ),
    *("老师", "姐姐", "弟弟", "大家", "客户"),
)
_LEFT_OUT: Final = frozenset(
    {"general", "breakup", "heartbreak", "pregnancy_loss", "weekday", "love", "solar_term", "company", "school"}
)
_LEAST: Final = 14
"""Characters, so that there is something to spoil."""
_OF_A_QUERY: Final = 2
_DRAWN: Final = 6


def composed_greetings(count: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Return up to `count` queries with texts, at most two a query, each good to the embedded judge.

    Args:
        count: How many.
        seed: Of the order of occasions and people, and of the texts.
    """
    chance = random.Random(seed)  # noqa: S311 because examples are no secret
    occasions = [one.name for name, one in bank().occasions.items() if name not in _LEFT_OUT]
    asked = [(occasion, person) for occasion in occasions for person in _PEOPLE]
    chance.shuffle(asked)
    judge = embedded_judge()
    found: list[tuple[str, str]] = []
    for occasion, person in asked:
        if len(found) >= count:
            break
        query = f"给{person}的{occasion}祝福"
        brief = Brief(query=query)
        drawn = pool(brief, read(brief), _DRAWN, seed=f"{seed}:{query}")
        good = [each.text for each in drawn if len(each.text) >= _LEAST and judge.judge(query, each.text).good]
        found += [(query, text) for text in good[:_OF_A_QUERY]]
    return found[:count]
