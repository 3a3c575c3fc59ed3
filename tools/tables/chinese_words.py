"""Mark the Chinese words of a question that mean rows and columns: whole names, begun and scattered ones, others."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from questline.tools.text import normalize

from .lexicon import CHINESE_CUES
from .notes import Notes, about, chinese, likely
from .related import related, row_of
from .sources import Field
from .thesaurus import SAME

__all__ = ["note_chinese"]

_KIND_OF: Final = re.compile("(?:日期|时间|年份|月份|人员|人|数量|数|量|地点|地|额|者)\\Z")
_AMOUNT: Final = re.compile("(?:总|平均)?(?P<what>成绩|分数|得分|分(?!别)|数量|金额|值)")
_LEAST: Final = 3
"""Signs of a name that is known though others stand between them."""


def note_chinese(notes: Notes) -> None:
    """Note Chinese names of columns and tables, then words that are about columns, the longer first."""
    named: list[tuple[str, tuple[Field, ...]]] = [
        (normalize(each.name), (each,)) for each in notes.source.fields if chinese(each.name)
    ]
    for name, fields in sorted(named, key=lambda item: -len(item[0])):
        for match in list(notes.sheet.find(re.escape(name))):
            notes.take(*match.span(), score=2.0)
            notes.mention(*match.span(), fields, "name")
    _note_scored(notes)
    _note_stems(notes)
    _note_scattered(notes)
    _note_begun(notes)
    for said, table in sorted(notes.source.nouns.items(), key=lambda item: -len(item[0])):
        for match in list(notes.sheet.find(re.escape(said))) if chinese(said) else []:
            notes.take(*match.span(), score=2.0 if len(said) > 1 else 1.0)
            notes.nouns.append((*match.span(), table))
    for word in _chinese_words():
        if word not in notes.sheet.text:
            continue
        meant = about(CHINESE_CUES.get(word, ()), notes.source.fields)
        fields = tuple({each.sql: each for each in (*meant, *related(word, notes.source.fields))}.values())
        table = row_of(word, notes.source.nouns)
        if not fields and table is None:
            continue
        for match in list(notes.sheet.find(re.escape(word))):
            points = likely(CHINESE_CUES.get(word, ()), notes.source.fields)
            notes.take(*match.span(), score=points if table is None else 2.0, sure=0.95)
            if table is not None:
                notes.nouns.append((*match.span(), table))
            if fields:
                notes.mention(*match.span(), fields, "cue")
                notes.mentions[-1].optional = table is not None


@cache
def _chinese_words() -> tuple[str, ...]:
    """Return the Chinese words that may mean a column or a row, the longer first."""
    return tuple(sorted({*CHINESE_CUES, *filter(chinese, SAME)}, key=lambda each: (-len(each), each)))


def _note_stems(notes: Notes) -> None:
    """Note 推出 as the column 推出日期: a name without what only tells its kind."""
    for each in notes.source.fields:
        base = _KIND_OF.sub("", each.name)
        if chinese(base) and base != each.name and len(base) > 1:
            for match in list(notes.sheet.find(re.escape(base))):
                notes.take(*match.span(), score=1.0, sure=0.95)
                notes.mention(*match.span(), (each,), "cue")


def _note_scored(notes: Notes) -> None:
    """Note 成绩 of 数学成绩 and 分 of 数学总分: a word for an amount, right behind what it is an amount of."""
    for mention in list(notes.mentions):
        amount = _AMOUNT.match(notes.sheet.text, mention.end)
        if amount and mention.first(lambda one: one.measured) and notes.free(*amount.span("what")):
            notes.sheet.mark(*amount.span("what"))
            mention.end = amount.end() if amount.start("what") == amount.start() else mention.end


def _note_begun(notes: Notes) -> None:
    """Note 页 of 多少页 as the numbers whose name begins with it, and 班 of 每个班 as such texts."""
    asked: tuple[tuple[str, Callable[[Field], bool]], ...] = (
        (r"(?:多少|几)(?P<what>\w)", lambda one: one.measured),
        (r"(?:每一?个?|各个?|哪一?个?|几个)(?P<what>\w)", lambda one: one.kind == "text"),
    )
    for pattern, fits in asked:
        for match in list(notes.sheet.find(pattern)):
            what = match["what"]
            fields = tuple(each for each in notes.source.fields if fits(each) and each.name.startswith(what))
            if chinese(what) and len(fields) == 1 and notes.free(*match.span("what")):
                notes.take(*match.span("what"), score=1.0, sure=0.95)
                notes.mention(*match.span("what"), fields, "cue")


def _note_scattered(notes: Notes) -> None:
    """Note 缺了几天课 as the column 缺课天数: all signs of its name in a few signs of the question."""
    text = notes.sheet.text
    for each in notes.source.fields:
        signs = set(_KIND_OF.sub("", each.name))
        if len(signs) < _LEAST or not all(map(chinese, signs)):
            continue
        for start in range(len(text)):
            places = [
                start + place for place, sign in enumerate(text[start : start + len(signs) + 2])
                if sign in signs and notes.free(start + place, start + place + 1)
            ]  # fmt: skip
            if places and places[0] == start and {text[place] for place in places} == signs:
                for place in places:
                    notes.sheet.mark(place, place + 1)
                notes.take(start, start + 1, score=1.0, sure=0.9)
                notes.mention(start, places[-1] + 1, (each,), "cue")
                break
