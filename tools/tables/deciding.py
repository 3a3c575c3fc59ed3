"""Decide what a question asks for, once its columns, values and measures are noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from .lexicon import ADJECTIVES, CHINESE_ADJECTIVES, PEOPLE, PLACES
from .notes import Condition, Mention, Notes, about, chinese
from .reading import unsure
from .sources import Field, Source

__all__ = ["Wanted", "decide", "note_how", "note_question"]

Way = Literal["rows", "count", "distinct", "sum", "avg", "max", "min"]
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("many", r"\bhow many\b|\b(?:the )?number of\b|\bcount(?: of)?\b"),
    ("much", r"\bhow much\b"),
    ("how", rf"\bhow\s+(?P<adj>{'|'.join(ADJECTIVES)})\b|多(?P<zadj>{'|'.join(CHINESE_ADJECTIVES)})"),
    ("who", r"\b(?:who|whom|whose)(?:'s)?\b|谁"),
    ("when", r"\b(?:since )?when\b|什么时候|何时|哪[天日年]|几号|什么时间"),
    ("where", r"\bwhere\b|哪里|哪儿|在哪(?![个些家座种位年天国])"),
    ("which", r"\b(?:which|what)(?:'s)?\b|哪(?:些|个|种|位|家|本|部|座|款|条|只|一个)"),
    ("how", r"\bhow\b"),
    ("many", r"(?:有多少|多少|几|有几)(?:个|种|名|位|家|人|本|部|座|件|条|款|只)"),
    ("much", r"多少"),
    ("what", r"什么|是啥"),
)
_TOTAL: Final = re.compile(
    r"\b(?:in total|in all|altogether|all together|overall|combined)\b|\b(?:the )?(?:total|sum)(?: of)?\b(?! of all)|总和|总计|合计|总共的?|总(?=[^是])"
)
_MEAN: Final = re.compile(r"\b(?:on average|average|mean|avg)\b|平均值?")
_GROUP: Final = re.compile(
    r"(?:\bgrouped by|\bby|\bper|\bfor each|\bfor every|\bin each|\beach|\bevery|每一?个?|各个?|按照?)\s*(?:the )?\Z"
)
_DIFFERENT: Final = re.compile(r"\b(?:different|distinct|unique)\b|不同的?")
_NONE: Final = re.compile(r"\b(?:not|never|n't)(?:\s+(?:yet|been|be))*\s*\Z|(?:没有?|未|尚未|还没有?)(?:被)?\Z")
_YET: Final = re.compile(r"\s*\byet\b")
_PARTICIPLE: Final = re.compile(
    r"\b(?:been|is|are|was|were|be|being)\s+\Z|\b(?:have|has|had|not|yet)\s+(?:been\s+)?\Z|已经?\Z"
)
_YES_NO: Final = re.compile(r"\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b")
_GAP: Final = re.compile(
    r"(?:\s|\b(?:is|are|was|were|the|of|a|an|all|different|in|on|do|does|did|name|names|'s)\b|['’]s|[的了])*"
)


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    way: Way
    fields: list[Field]
    groups: list[Field] = field(default_factory=list[Field])
    identity: bool = True
    """Whether what tells the rows apart is shown too."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """The word that asks."""

    kind: str
    start: int
    end: int
    concepts: tuple[str, ...] = ()


def note_question(notes: Notes) -> None:
    """Refuse a question for a yes or a no, which rows do not give."""
    text = notes.sheet.text
    open_ = any(re.search(pattern, text) for _, pattern in _KINDS)
    begun = _YES_NO.match(text)
    if begun and notes.free(*begun.span()) and not open_:
        raise unsure("nothing_asked", begun.group().strip(), message="ask for a count, a sum, a column or rows")


def note_how(notes: Notes) -> _Asking | None:
    """Mark "how long" and the like, before its adjective is looked at by itself."""
    return _asking(notes, _KINDS[2:3])


def decide(notes: Notes, how: _Asking | None) -> Wanted:
    """Return what is asked for; each mention has a place afterwards.

    Raises:
        Unsure: Where it is not clear, or words have no place.
    """
    sheet = notes.sheet
    total, mean = sheet.take(_TOTAL), sheet.take(_MEAN)
    different = sheet.take(_DIFFERENT)
    asking = how or _asking(notes)
    groups = _groups(notes)
    _negations(notes)
    notes.settle()
    if total or mean:
        way: Way = "avg" if mean else "sum"
        measured = _asked_measure(notes, asking) or _total_field(notes, total)
        if measured is not None:
            return _done(notes, Wanted(way=way, fields=[measured], groups=groups, identity=False))
        if mean or asking is None or asking.kind != "many":
            word = (mean or total)[0].group()
            raise unsure("ambiguous", word, message="name one column of numbers")
    if notes.superlatives and not (asking and asking.kind in {"many", "much"}):
        return _done(notes, _of_superlative(notes, asking))
    wanted = _plain(notes, asking, bool(different))
    wanted.groups = groups
    return _done(notes, wanted)


def _asking(notes: Notes, kinds: Sequence[tuple[str, str]] = _KINDS) -> _Asking | None:
    for kind, pattern in kinds:
        for match in list(notes.sheet.find(pattern)):
            concepts: tuple[str, ...] = ()
            groups = match.groupdict()
            if groups.get("adj"):
                concepts = ADJECTIVES[groups["adj"]][0]
            elif groups.get("zadj"):
                concepts = CHINESE_ADJECTIVES[groups["zadj"]][0]
            notes.sheet.mark(*match.span())
            return _Asking(kind, *match.span(), concepts)
    return None


def _groups(notes: Notes) -> list[Field]:
    found: list[Field] = []
    for mention in notes.open():
        match = _GROUP.search(notes.sheet.text[: mention.start])
        each = mention.first(lambda one: one.kind in {"text", "month", "year"})
        if match and each and notes.free(*match.span()):
            notes.sheet.mark(*match.span())
            mention.bound = True
            found.append(each)
    return found


def _negations(notes: Notes) -> None:
    """Note "not shipped" and "have been shipped" as a date that is not there, or is."""
    taken = {each.field.sql for each in notes.conditions}
    for mention in notes.open():
        each = mention.first(lambda one: one.temporal)
        if each is None or any(one.sql in taken for one in mention.fields):
            continue
        ahead = notes.sheet.text[: mention.start]
        said = f"{each.name} is "
        if match := _NONE.search(ahead):
            notes.sheet.mark(*match.span())
            if behind := _YET.match(notes.sheet.text[mention.end :]):
                notes.sheet.mark(mention.end, mention.end + behind.end())
            condition = f"{each.sql} IS NULL", f"{said}empty"
        elif _PARTICIPLE.search(ahead) and not re.search(r"\b(?:when|how long)\b|什么时候|何时", notes.sheet.text):
            condition = f"{each.sql} IS NOT NULL", f"{said}not empty"
        else:
            continue
        mention.bound = True
        notes.of(Condition(start=mention.start, end=mention.end, field=each, sql=condition[0], said=condition[1]))


def _next(notes: Notes, end: int, fits: Callable[[Field], bool]) -> tuple[Mention, Field] | None:
    """Return the mention right behind a place, with nothing but small words between, where it fits."""
    for mention in sorted(notes.mentions, key=lambda each: each.start):
        if mention.start < end:
            continue
        each = mention.first(fits)
        if each is not None and _GAP.fullmatch(notes.sheet.text[end : mention.start]):
            return mention, each
        if not _GAP.fullmatch(notes.sheet.text[end : mention.start]):
            return None
    return None


def _noun(notes: Notes, end: int) -> str | None:
    """Return the table whose rows the noun right behind a place means; values may stand between."""
    text = "".join(
        " " if any(each.literals and each.start <= place < each.end for each in notes.conditions) else sign
        for place, sign in enumerate(notes.sheet.text)
    )
    text = "".join(
        " " if any(each.start <= place < each.end for each in notes.superlatives) else sign
        for place, sign in enumerate(text)
    )
    for start, _, table in sorted(notes.nouns):
        if start >= end and _GAP.fullmatch(text[end:start]):
            return table
    return None


def _asked_measure(notes: Notes, asking: _Asking | None) -> Field | None:
    if asking and asking.concepts and (found := about(asking.concepts, notes.source.fields)):
        return found[0]
    for mention in notes.open():
        if each := mention.first(lambda one: one.measured):
            mention.bound = True
            return each
    return None


def _total_field(notes: Notes, total: list[re.Match[str]]) -> Field | None:
    return next((each for each in notes.source.fields if total and each.measured and "total" in each.words), None)


def _of_superlative(notes: Notes, asking: _Asking | None) -> Wanted:
    if asking is None:
        return Wanted(way="rows", fields=list(_identity(notes.source, None)))
    if asking.kind == "who":
        return Wanted(way="rows", fields=[_person(notes)])
    if asking.kind == "where":
        return Wanted(way="rows", fields=[_place(notes)])
    if found := _named(notes, asking.end):
        return Wanted(way="rows", fields=[found])
    table = _noun(notes, asking.end)
    if table is None and notes.nouns:
        table = notes.nouns[0][2]
    behind = [each for each in notes.open() if each.start > asking.end and each.how == "name"]
    if behind and asking.kind == "which":
        behind[0].bound = True
        return Wanted(way="rows", fields=[behind[0].fields[0]])
    measure = notes.superlatives[0]
    if (
        asking.kind in {"which", "what"}
        and table is None
        and _GAP.fullmatch(notes.sheet.text[asking.end : measure.start])
    ):
        if _next(notes, measure.end, lambda one: one.sql == measure.field.sql):  # "what is the highest salary"
            return Wanted(way="rows", fields=[measure.field])
    return Wanted(way="rows", fields=list(_identity(notes.source, table)))


def _named(notes: Notes, end: int) -> Field | None:
    """Return the column that "which …" names."""
    found = _next(notes, end, lambda one: not one.key)
    if found is None:
        return None
    mention, each = found
    table = _noun(notes, end)
    if table is not None and mention.how != "name":
        return None
    if table is not None and each.kind != "text":
        return None
    mention.bound = True
    return each


def _plain(notes: Notes, asking: _Asking | None, different: bool) -> Wanted:
    kind = asking.kind if asking else ""
    end = asking.end if asking else 0
    if kind == "many":
        return _many(notes, end, different)
    if kind == "who":
        return Wanted(way="rows", fields=[_person(notes)])
    if kind == "when":
        return Wanted(way="rows", fields=[_time(notes)])
    if kind == "where":
        return Wanted(way="rows", fields=[_place(notes)])
    if asking and asking.concepts:
        found = next(
            (each for each in about(asking.concepts, notes.source.fields) if each.measured or each.temporal), None
        )
        named = next((each for each in notes.open() if each.first(lambda one: one.measured)), None)
        if found is None:
            word = notes.sheet.text[asking.start : asking.end]
            raise unsure("not_understood", word, message="no column says that: use the name of one")
        if named is not None:
            named.bound = found.sql in {each.sql for each in named.fields}
        return Wanted(way="rows", fields=[found])
    if kind == "which" and (found := _named(notes, end)):
        return Wanted(way="rows", fields=[found])
    if kind == "which" and (table := _noun(notes, end)):
        return Wanted(way="rows", fields=list(_identity(notes.source, table)))
    return _rest(notes, kind)


def _rest(notes: Notes, kind: str) -> Wanted:
    """Return the columns that are named and have no other place, else what tells rows apart."""
    asked: list[Field] = []
    for mention in notes.open():
        quantity = kind in {"much", "how"}
        each = mention.first(lambda one: one.measured) if quantity else None
        each = each or mention.first(lambda one: not one.key and not (kind in {"which", "what"} and one.temporal))
        each = each or mention.first(lambda one: not one.key)
        if each is not None and each not in asked:
            mention.bound = True
            asked.append(each)
    if asked:
        return Wanted(way="rows", fields=asked)
    if notes.conditions and notes.nouns:
        return Wanted(way="rows", fields=list(_identity(notes.source, notes.nouns[0][2])))
    if notes.conditions and kind in {"which", "what", ""} and any(not each.literals for each in notes.conditions):
        return Wanted(way="rows", fields=list(notes.source.identity))
    raise unsure("nothing_asked", message="ask for a count, a sum, a column or a value")


def _many(notes: Notes, end: int, different: bool) -> Wanted:
    found = _next(notes, end, lambda one: one.measured)
    table = _noun(notes, end)
    if found and table is None:
        found[0].bound = True
        return Wanted(way="rows", fields=[found[1]])
    people = re.match(r"\s*(?:people|persons)\b|人", notes.sheet.text[end:])
    if people and table is None:
        for mention in notes.open():
            if each := mention.first(lambda one: one.measured):  # "how many people were carried"
                mention.bound = True
                return Wanted(way="rows", fields=[each])
    valued = next(
        (
            each
            for each in notes.conditions
            if each.literals and each.start >= end and _GAP.fullmatch(notes.sheet.text[end : each.start])
        ),
        None,
    )
    if valued is not None and table is None:
        measured = next((each for mention in notes.open() if (each := mention.first(lambda one: one.measured))), None)
        measured = measured or next((each for each in about(("quantity",), notes.source.fields) if each.measured), None)
        if measured is not None:
            for mention in notes.open():
                mention.bound = mention.bound or measured in mention.fields
            return Wanted(way="rows", fields=[measured])
    texts = _next(notes, end, lambda one: one.kind == "text")
    if texts and texts[0].how != "name" and not people:
        texts = None
    if texts and (different or table is None) and texts[1] not in notes.source.identity:
        texts[0].bound = True
        return Wanted(way="distinct", fields=[texts[1]], identity=False)
    if texts:
        texts[0].bound = True
    if table is None and not texts and valued is None and not people and not _rows_meant(notes, end):
        raise unsure("ambiguous", "how many", message="say how many of what")
    if table is not None and table != notes.source.tables[0].rpartition(".")[2]:
        return Wanted(way="distinct", fields=list(_identity(notes.source, table))[:1], identity=False)
    return Wanted(way="count", fields=[], identity=False)


def _rows_meant(notes: Notes, end: int) -> bool:
    """Say whether nothing, or a word for rows of any table, stands behind "how many"."""
    return bool(re.match(r"\s*(?:rows|records|entries)\b|[\s？?。.]*\Z", notes.sheet.text[end:]))


def _identity(source: Source, table: str | None) -> tuple[Field, ...]:
    """Return what tells the rows of a table apart, in a source of two."""
    own = [each for each in source.fields if each.table == table]
    if len(source.tables) == 1 or not own or all(each in own for each in source.identity):
        return source.identity
    texts = [each for each in own if each.kind == "text" and not each.key and "mail" not in each.name.lower()]
    return tuple((texts or own)[:1])


def _person(notes: Notes) -> Field:
    def fits(one: Field) -> bool:
        return one.kind == "text" and any(word in PEOPLE for word in one.words)

    return _one(notes, fits, "who")


def _place(notes: Notes) -> Field:
    return _one(
        notes,
        lambda one: one.kind == "text" and any(word in PLACES or word in _PLACES_ZH for word in one.words),
        "where",
    )


_PLACES_ZH: Final = {"城市", "产地", "国家", "地区", "地址", "地点"}


def _time(notes: Notes) -> Field:
    for mention in notes.open():
        if each := mention.first(lambda one: one.temporal) or mention.first(
            lambda one: one.kind == "text" and mention.how == "name"
        ):
            mention.bound = True
            return each
    return _one(notes, lambda one: one.temporal, "when")


def _one(notes: Notes, fits: Callable[[Field], bool], word: str) -> Field:
    """Return the one fitting column: one that is spoken of, what tells rows apart, or the only one."""
    taken = {each.field.sql for each in notes.conditions if each.literals}
    for mention in notes.open():
        each = mention.first(lambda one: fits(one) and one.sql not in taken)
        if each is not None:
            mention.bound = True
            return each
    fitting = [each for each in notes.source.fields if fits(each) and each.sql not in taken]
    for each in fitting:
        if each in notes.source.identity:
            return each
    if len(fitting) != 1:
        raise unsure("ambiguous" if fitting else "not_understood", word, message="say which column is meant")
    notes.confidence *= 0.9
    return fitting[0]


def _done(notes: Notes, wanted: Wanted) -> Wanted:
    """Return what is wanted where no mention is left without a place."""
    settled = {each.sql for each in (*wanted.fields, *wanted.groups, *notes.source.identity)}
    settled |= {each.field.sql for each in (*notes.conditions, *notes.superlatives)}
    left = [
        each for each in notes.open()
        if not each.optional and not any(one.sql in settled for one in each.fields) and not (each.how == "cue" and _idle_verb(each))
    ]  # fmt: skip
    if left:
        words = [each.word for each in left]
        raise unsure("not_understood", *words, message="these words have no place here: ask for one thing at a time")
    return wanted


def _idle_verb(mention: Mention) -> bool:
    from .speaking import LIGHT

    return mention.word in LIGHT or (chinese(mention.word) and mention.word in {"工作", "买", "订"})
