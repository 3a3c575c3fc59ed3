"""Sentences of one finding without a language model: by what kind of thing its result is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from questline.agents.contract import Context
from questline.agents.tool_executor.asked import Asked, kind_of_value
from questline.agents.tool_executor.choosing import companion
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import Cited, Passages, Plain, Record, Rows, Text, Value, plain_name
from questline.tools.reading.predicates import alike
from questline.tools.text import content_terms
from questline.types import Evidence

from .chinese import asked_in_chinese, statements_in_chinese
from .contract import Finding
from .echoes import given_values, only_given, without_given
from .phrases import Phrase, asked_for
from .saying import TOP, listed, said
from .sentences import Piece, ended, first_faithful
from .texts import cited_piece, fields_of, read_piece, relevant_fields
from .turning import turned
from .wording import statements

__all__ = ["piece_of"]

_APART: Final = re.compile(r"\bbetween\b|\bapart\b|之间|相差|相隔|间隔", re.IGNORECASE)
"""Asks how far two things are apart, whichever is the first."""
_OPEN: Final = re.compile(r"^\W*(?:which|who|whose|whom|how|where|when)\b|哪|谁|多少|几[个只位时点]", re.IGNORECASE)
"""Asks for something that no yes and no no is."""
_WH_IS: Final = re.compile(
    r"^(?:when|what|where|which|how much|how long)(?:'s| is| are| was| were) (?=the\b|an?\b|[a-z]+\b.* )", re.IGNORECASE
)
"""What opens a question whose several values stand behind the thing itself."""
_UNKNOWN: Final = re.compile(r"^[a-z]{1,2}$")
"""A name of one or two letters stands for an unknown of an equation."""


def piece_of(finding: Finding, asked: Asked, evidence: Sequence[Evidence], context: Context) -> Piece:
    """Return what a finding says to an intent; an empty piece where it found nothing.

    Args:
        finding: A task that is done.
        asked: The intent, taken apart.
        evidence: What the sentences cite: that of the finding, and of the tasks whose results went into it.
        context: The encoders, for texts.
    """
    result = finding.result
    found = view(result.needed) if result.needed is not None else view(result.result)
    given = given_values(finding.task.arguments)
    if only_given(found, result.result, given):
        return Piece()
    own = result.evidence
    match found:
        case Cited():
            return cited_piece(found, asked, own, context)
        case Passages():
            return read_piece(found.items, asked, own, context)
        case Text():
            record = fields_of(found.text)
            named = relevant_fields(record, asked) if record is not None else None
            if named:
                return _record(Record(fields={name: _typed(value) for name, value in named.items()}), asked, evidence)
            return read_piece([found], asked, own, context)
        case Value():
            return _value(found, asked, evidence)
        case Record():
            return _record(without_given(found, given), asked, evidence)
        case Rows():
            return _rows(found, asked, evidence)
        case _:
            return Piece()


def _typed(value: object) -> Plain:
    return value if isinstance(value, (str, int, float, bool)) else None


def _value(found: Value, asked: Asked, evidence: Sequence[Evidence]) -> Piece:
    kind = kind_of_value(found.value)
    text = said(found.value, name=found.name, unit=found.unit, chinese=asked.chinese)
    if kind == "yesno":
        return _truth(text, asked, evidence, raw=str(found.value).casefold(), name=found.name)
    return _piece(Phrase(text=text, kind=kind), found.name, asked, evidence, raw=str(found.value))


def _truth(text: str, asked: Asked, evidence: Sequence[Evidence], *, raw: str, name: str = "") -> Piece:
    if _OPEN.search(asked.text):  # neither yes nor no says which
        return Piece()
    word = text[:1].upper() + text[1:]
    core = asked_in_chinese(asked.text) if asked.chinese else asked_for(asked.text)
    forms = (f"{core}：{word}。", f"{word}。") if asked.chinese else (f"{word}: {core}.", f"{word}.")
    plain = plain_name(name.rpartition(".")[2])
    stems = frozenset(content_terms(plain))
    if asked.kind == "yesno" and stems and plain.isascii() and not any(alike(one) & asked.terms for one in stems):
        forms = ("", f"{plain[:1].upper()}{plain[1:]}: {text}.")  # whether it is free does not say whether anybody came
    sentence, dropped = first_faithful(forms if asked.kind != "yesno" else forms[1:], evidence, question=asked.text)
    return Piece(sentences=(sentence,) if sentence else (), short=text, kind="yesno", raw=raw, dropped=dropped)


def _piece(
    phrase: Phrase,
    name: str,
    asked: Asked,
    evidence: Sequence[Evidence],
    *,
    raw: str = "",
    made: tuple[Evidence, ...] = (),
    items: Mapping[str, str] | None = None,
) -> Piece:
    """Say a phrase: as a statement made of the question, else behind what was asked, else behind its field's name."""
    turn = turned(phrase, asked, evidence)
    distance = _distance(phrase, asked, evidence) if turn is None else None
    if turn is not None:
        phrase, raw, made = turn.phrase, "", (*made, turn.evidence)
    elif distance is not None:
        phrase, raw, made = distance[0], "", (*made, distance[1])
    wordings = (turn.text,) if turn is not None else _wordings(phrase, name, raw, asked)
    sentence, dropped = first_faithful(wordings, (*evidence, *made), question=asked.text)
    return Piece(
        sentences=(sentence,) if sentence else (),
        short=phrase.text,
        kind=phrase.kind,
        raw=raw,
        evidence=made,
        dropped=dropped,
        items=items or {},
    )


def _distance(phrase: Phrase, asked: Asked, evidence: Sequence[Evidence]) -> tuple[Phrase, Evidence] | None:
    """Return how far two things are apart, with its evidence, where a result counts backwards from the later one."""
    if phrase.kind != "number" or not phrase.text.startswith("-") or not _APART.search(asked.text):
        return None
    call = next((each.id for each in reversed(evidence) if each.kind == "tool"), "")
    apart = replace(phrase, text=phrase.text[1:])
    text = f"{phrase.text} counts backwards: they are {apart.text} apart"
    return apart, Evidence(
        id=f"{call}/distance", kind="tool", text=text, title="distance", source="questline/difference"
    )


def _wordings(phrase: Phrase, name: str, raw: str, asked: Asked) -> Iterator[str]:
    yield from _told(phrase, name, asked)
    if raw:  # as the result has it, where a unit or a form of ours is not found there
        yield ended(raw, chinese=asked.chinese)


def _told(phrase: Phrase, name: str, asked: Asked) -> Iterator[str]:
    if asked.chinese:
        yield from statements_in_chinese(asked.text, phrase)
        yield ended(f"{asked_in_chinese(asked.text)}：{phrase.text}", chinese=True)
        yield ended(f"{plain_name(name)}：{phrase.text}" if name else phrase.text, chinese=True)
        return
    yield from statements(asked.text, phrase)
    label = asked_for(asked.text)
    if phrase.kind == "record":  # "High tide on 5 July: morning: 04:10; evening: 16:35"
        label = _WH_IS.sub("", label)
    yield ended(f"{label[:1].upper()}{label[1:]}: {phrase.text}")
    known = plain_name(name.rpartition(".")[2])
    yield ended(f"{known[:1].upper()}{known[1:]}: {phrase.text}" if known else phrase.text)


def _record(found: Record, asked: Asked, evidence: Sequence[Evidence]) -> Piece:
    zone = next((str(value) for name, value in found.fields.items() if companion(name) and "z" in name.casefold()), "")
    unit = next(
        (str(value) for name, value in found.fields.items() if companion(name) and str(value) and "z" not in name), ""
    )
    told = {
        name: said(
            value, name=name, unit=unit if kind_of_value(value) == "number" else "", zone=zone, chinese=asked.chinese
        )
        for name, value in found.fields.items()
        if value not in (None, "") and not companion(name)
    }
    if len(told) == 1:
        ((name, text),) = told.items()
        value = found.fields[name]
        if kind_of_value(value) == "yesno":
            return _truth(text, asked, evidence, raw=str(value).casefold(), name=name)
        return _piece(Phrase(text=text, kind=kind_of_value(value)), name, asked, evidence, raw=str(value))
    colon, semicolon = ("：", "；") if asked.chinese else (": ", "; ")
    text = semicolon.join(f"{_named(name)}{colon}{value}" for name, value in told.items())
    return _piece(Phrase(text=text, kind="record"), "", asked, evidence) if told else Piece()


def _named(name: str, said_of: str = "") -> str:
    """Return a field's name as words, without the unit at its end that its value has: the weight of 4.8 kg."""
    plain = " ".join(plain_name(part) for part in name.split("."))
    head, _, unit = plain.rpartition(" ")
    return head if head and re.search(rf"\d\s?{re.escape(unit)}$", said_of, re.IGNORECASE) else plain


def _rows(found: Rows, asked: Asked, evidence: Sequence[Evidence]) -> Piece:
    rows = list(dict.fromkeys(found.rows))
    if len(rows) == 1:
        return _single_row(found, rows[0], asked, evidence)
    main = [said(row[0], name=found.columns[0], chinese=asked.chinese) for row in rows]
    texts, items = _items(found, rows, main, asked)
    kind = kind_of_value(rows[0][0])
    if len(found.columns) == 1 and _UNKNOWN.match(found.columns[0]):
        texts = [f"{found.columns[0]} = {text}" for text in main]
        joint = "；" if asked.chinese else " or "
        return _piece(Phrase(text=joint.join(texts), kind="solutions"), "", asked, evidence)
    if not texts:
        return Piece()
    made = _counted(texts, evidence)
    text = listed(texts, chinese=asked.chinese, more=found.more)
    name = "" if items else found.columns[0] or found.name
    return _piece(
        Phrase(text=text, kind="list" if kind == "text" and not items else "rows", plural=True),
        name,
        asked,
        evidence,
        made=made,
        items=items,
    )


def _single_row(found: Rows, row: tuple[Plain, ...], asked: Asked, evidence: Sequence[Evidence]) -> Piece:
    """Say the first cell as the answer; what else the row tells of the question stands behind it."""
    name, value = found.columns[0], row[0]
    others = [(column, cell) for column, cell in zip(found.columns[1:], row[1:], strict=True) if cell not in (None, "")]
    if value in (None, ""):
        return Piece()
    if _UNKNOWN.match(name) and len(row) == 1:
        return _piece(Phrase(text=f"{name} = {said(value)}", kind="solutions"), "", asked, evidence, raw=str(value))
    plain = _value(Value(value=value, name=name), asked, evidence)
    if not others or not plain.found:
        return plain
    told = ((column, said(cell, name=column, chinese=asked.chinese)) for column, cell in others)
    beside = ", ".join(f"{_named(column, text)} {text}" for column, text in told)
    text, end = plain.sentences[0].text[:-1], plain.sentences[0].text[-1]
    both = f"{text}（{beside}）{end}" if asked.chinese else f"{text} ({beside}){end}"
    sentence, _ = first_faithful((both,), evidence, question=asked.text)
    if sentence is None:
        return plain
    return Piece(sentences=(sentence,), short=plain.short, kind=plain.kind, raw=plain.raw)


def _items(
    found: Rows, rows: Sequence[tuple[Plain, ...]], main: Sequence[str], asked: Asked
) -> tuple[list[str], dict[str, str]]:
    """Return rows as texts, and by name what each is worth where the rows name things and tell a figure of each."""
    if len(found.columns) == 1:
        return [text for text in main if text], {}
    texts: list[str] = []
    items: dict[str, str] = {}
    figure = kind_of_value(rows[0][0]) in ("number", "date", "time", "weekday")
    key = next((place for place in range(1, len(found.columns)) if kind_of_value(rows[0][place]) == "text"), None)
    colon = "：" if asked.chinese else ": "
    for row, text in zip(rows, main, strict=True):
        if not text:
            continue
        label = said(row[key], chinese=asked.chinese) if figure and key is not None else ""
        if label:
            texts.append(f"{label}{colon}{text}")
            items[label] = str(row[0])
            continue
        others = [
            f"{_named(column, each)} {each}"
            for column, cell in zip(found.columns[1:], row[1:], strict=True)
            if cell not in (None, "") and (each := said(cell, name=column, chinese=asked.chinese))
        ]
        texts.append(f"{text} ({', '.join(others)})" if others else text)
    if not figure and len(found.columns) > 1 and all(kind_of_value(row[1]) == "number" for row in rows):
        items = {str(row[0]): str(row[1]) for row in rows}
    return texts, items


def _counted(texts: Sequence[str], evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return how many rows there are as evidence, where not all are shown: the sentence says how many more."""
    if len(texts) <= TOP:
        return ()
    call = next((each.id for each in reversed(evidence) if each.kind == "tool"), "")
    text = f"{len(texts)} rows of {call}: {TOP} shown, {len(texts) - TOP} more"
    return (Evidence(id=f"{call}/rows", kind="tool", text=text, title="rows counted", source="questline/count"),)
