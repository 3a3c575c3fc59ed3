"""What files, passages and cited answers say to an intent: their own sentences, or a field where a file has fields."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from questline.agents.contract import Context
from questline.agents.tool_executor.asked import Asked, asked_of
from questline.agents.tool_executor.call_evidence import texts_given
from questline.agents.tool_executor.choosing import chosen_fields
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import Cited, Record, Text
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.reading import read
from questline.tools.slot_filling.units import measures
from questline.tools.summarization import summarize
from questline.tools.text import CJK, content_terms, is_cjk, sentences, words
from questline.types import Evidence, Passage

from .file_lines import Chosen, chosen_line, of_kind
from .lines import best_line, main_lines, own_terms
from .sentences import Piece, Sentence
from .things import in_halves, spoken_of

__all__ = ["addresses", "cited_piece", "fields_of", "read_piece", "relevant_fields"]

_MOST: Final = 3
"""Sentences of one source."""
_LONGEST: Final = 400
_WRAPPED: Final = 0.6
"""A line shorter than this share of the longest ends its paragraph."""
_PAIR: Final = re.compile(r"^\s*(?=[^:=]*[^\W\d_])[\w .-]{1,40}\s*(?:=|(?<!\d):)\s*\S.*$")
"""A name and its value; the colon of a time of day is none between them."""
_ZH_ASKING: Final = re.compile(
    "多少|什么时候|什么|谁|何时|哪里|哪儿|哪一?[个些年天日月国位]?|为什么|如何|怎么|几|请问|[了的吗呢是在有]"
)
_ZH_RUN: Final = re.compile(rf"[{CJK}]+")
_ZH_ENOUGH: Final = 0.4
_CODE: Final = re.compile(r"(?<![\w/.])[A-Za-z]{1,8}[-_]?\d\w*(?![\w/.]*[/.]\w)")
_MARK: Final = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")
_QUESTION: Final = 3
"""Words from which an argument may be a question."""
_RELEVANT: Final = 0.1
"""Calibrated chance below which a passage that shares few words with the question answers nothing."""
_SHARED: Final = 0.4
"""Share of the question's words; this and the chance were set with the open half of `tests/scenarios` in view."""


def fields_of(text: str) -> Record | None:
    """Return the fields of a text that is JSON, an INI file or lines of ``name: value``; else None."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            found = view(json.loads(stripped))
        except ValueError:
            found = None
        if found is not None or stripped.startswith("{"):
            return found if isinstance(found, Record) else None
    lines = [line for line in stripped.splitlines() if line.strip()]
    if len(lines) < 2 or sum(
        bool(_PAIR.match(line) or line.lstrip().startswith(("[", "#", ";"))) for line in lines
    ) < len(lines):
        return None
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(stripped if stripped.startswith("[") else f"[_]\n{stripped}")
    except configparser.Error:
        return None
    fields = {
        name if section == "_" else f"{section}.{name}": value
        for section in parser.sections()
        for name, value in parser[section].items()
    }
    return Record(fields=fields) if fields else None


def relevant_fields(record: Record, asked: Asked) -> Mapping[str, object] | None:
    """Return the fields of which a question says most, names and sections together; None where it says nothing."""
    terms = own_terms(asked) | asked.focus
    named = {name: record.fields[name] for name in _most_said(record, terms)}
    if not named or _say_halves(list(named), terms):
        return None
    chosen = chosen_fields(Record(fields=named), asked, {}, None)
    return {name: named[name] for name in chosen if name in named}


def _of_another_section(text: str, asked: Asked) -> bool:
    """Say whether a file of sections has no field of the one that a question names, but one of its name elsewhere."""
    record = fields_of(text)
    return record is not None and _say_halves(_most_said(record, own_terms(asked) | asked.focus), own_terms(asked))


def _most_said(record: Record, terms: frozenset[str]) -> list[str]:
    said = {
        name: len(set(content_terms(name.replace("_", " ").replace(".", " "))) & terms)
        for name, value in record.fields.items()
        if value not in (None, "")
    }
    most = max(said.values(), default=0)
    return [name for name, count in said.items() if most and count == most]


def _say_halves(named: Sequence[str], terms: frozenset[str]) -> bool:
    """Say whether fields of several sections each say another word of a question: no password stands under "office"."""
    sections = {name.partition(".")[0] for name in named if "." in name}
    words_said = [set(content_terms(name.replace("_", " ").replace(".", " "))) & terms for name in named]
    whole = set[str]().union(*words_said)
    return len(sections) > 1 and all(said != whole for said in words_said)


def addresses(asked: Asked, passages: Sequence[tuple[str, str]], judges: Judges | None = None) -> bool:
    """Say whether passages can answer at all.

    A reader without a language model finds something in every text; this keeps it from answering how many lifeboats
    there are with how many knots. What is counted, and codes such as S17, must be spoken of, and of a Chinese question
    enough of its words. Of an English one they hold two fifths of the words, or a cross-encoder does not find all of
    them beside the point.

    Args:
        asked: The intent.
        passages: Title and text of each.
        judges: The cross-encoder, for English.
    """
    whole = " ".join(f"{title} {text}" for title, text in passages)
    if asked.chinese:
        plain = _ZH_ASKING.sub(" ", asked.text)
        pairs = {run[place : place + 2] for run in _ZH_RUN.findall(plain) for place in range(len(run) - 1)}
        return not pairs or sum(pair in whole for pair in pairs) / len(pairs) >= _ZH_ENOUGH
    held = frozenset(content_terms(whole))
    counted = re.search(r"\bhow many\s+([a-z'-]+)", asked.text, re.IGNORECASE)
    told = counted is None or bool(measures(counted[1])) or set(content_terms(counted[1])) <= held
    if counted and not told and not spoken_of(counted[1].casefold(), whole):
        return False
    if any(code[0].casefold() not in whole.casefold() for code in _CODE.finditer(asked.text)):
        return False
    spoken = [term for term in asked.terms if term in held or in_halves(term, held)]
    shared = len(spoken) >= _SHARED * len(asked.terms)
    if shared or judges is None or is_cjk(whole):
        return True
    titles, texts = [title for title, _ in passages], [text for _, text in passages]
    judged = judges.judge(asked.text, texts, titles=titles, spans=1)
    return any(each.relevant >= _RELEVANT for each in judged)


def _questions(asked: Asked, evidence: Sequence[Evidence]) -> Iterator[Asked]:
    """Yield the intent, and what the last call itself asked: in a chain the names that the intent only describes."""
    yield asked
    calls = [each for each in evidence if each.kind == "tool"]
    for value in texts_given(calls[-1]) if calls else ():
        if value != asked.text and len(words(value)) >= _QUESTION:
            yield asked_of(value)


def cited_piece(found: Cited, asked: Asked, evidence: Sequence[Evidence], context: Context) -> Piece:
    """Return the sentences of an answer that names its own sources, each citing the passages that it names.

    Args:
        found: The answer.
        asked: What it is to answer.
        evidence: Of its finding: the call, and the passages that could be read.
        context: The cross-encoder.
    """
    passages = {each.id: each for each in evidence if each.kind == "passage"}
    calls = tuple(each.id for each in evidence if each.kind == "tool")
    if not found.text.strip() or found.status in ("abstained", "no_tool", "needs_input"):
        return Piece()
    read_there = [(each.title, each.text) for each in passages.values()] or [("", found.text)]
    if not any(addresses(each, read_there, context.cross_encoder) for each in _questions(asked, evidence)):
        return Piece()
    made: list[Sentence] = []
    for span in sentences(found.text):
        named = [place.id for place in found.places if place.start < span.end and span.start < place.end]
        cites = tuple(dict.fromkeys(each for each in named if each in passages)) or calls
        made.append(Sentence(text=" ".join(span.text.split()), cites=cites))
    return Piece(sentences=tuple(made), short=found.short or found.text, kind="text", raw=found.short)


def read_piece(texts: Sequence[Text], asked: Asked, evidence: Sequence[Evidence], context: Context) -> Piece:
    """Return the sentences of texts that answer, word for word; none where the reader finds no answer.

    Args:
        texts: A file, or passages; those with an id are cited by it, others by the call.
        asked: What is to be answered.
        evidence: Of the finding.
        context: The encoders.
    """
    known = {each.id for each in evidence}
    calls = tuple(each.id for each in evidence if each.kind == "tool")
    passages = [
        Passage(
            id=each.id if each.id in known else f"{calls[-1] if calls else ''}",
            document_id=each.id or each.name,
            source=each.source or each.name,
            title=each.name if each.id else "",
            text=each.text if each.id else _in_paragraphs(each.text),
        )
        for each in texts
    ]
    named = [(f"{each.title} {each.source}", each.text) for each in passages]
    judges = context.cross_encoder if any(each.id for each in texts) else None
    fit = next((each for each in _questions(asked, evidence) if addresses(each, named, judges)), None)
    if fit is None or (len(texts) == 1 and not texts[0].id and _of_another_section(texts[0].text, fit)):
        return Piece()
    file = texts[0].text if len(texts) == 1 and not texts[0].id else ""
    lines = main_lines(file, fit, name=texts[0].name) if file else None
    if lines is not None:
        return _of_lines(lines, passages[0].id)
    chosen = chosen_line(file, fit, context.cross_encoder, name=texts[0].name) if file else Chosen()
    if chosen.lacking:
        return Piece()
    found = read(fit.text, passages, encoder=context.encoder, cross_encoder=context.cross_encoder)
    line = best_line(file, fit, than=found.text) if file and not chosen.line else chosen.line
    if line and (found.abstained or not _in_line(found.text, line)):
        return _of_lines([line], passages[0].id)
    if file and not of_kind(file if found.abstained else found.text, fit):
        return Piece()
    if not found.abstained:
        made = [
            Sentence(text=_end(" ".join(found.text[each.start : each.end].split())), cites=(each.evidence_id,))
            for each in found.citations
        ]
        return Piece(sentences=tuple(dict.fromkeys(made)), short=found.short, kind="text", raw=found.short)
    return _summary(passages, fit, context)


def _in_line(text: str, line: str) -> bool:
    """Say whether what was read is this line, or a part of it."""
    plain = " ".join(text.split()).strip(" .")
    return plain in " ".join(line.split())


def _of_lines(lines: Sequence[str], cites: str) -> Piece:
    made = tuple(Sentence(text=_end(" ".join(_MARK.sub("", line).split())), cites=(cites,)) for line in lines)
    return Piece(sentences=made, short=made[0].text.rstrip(".") if len(made) == 1 else "", kind="text")


def _in_paragraphs(text: str) -> str:
    """Return a file's text with its lines kept apart where they are no wrapped prose: records, headings, lists."""
    lines = [line.rstrip() for line in text.splitlines()]
    said = [line for line in lines if line]
    prose = sum(line.endswith((".", "!", "?", "。", "！", "？", ",", "，")) for line in said)
    longest = max(map(len, said), default=0)
    apart = len(said) > 2 and prose < len(said) / 3
    parts = [f"{line}\n" if line and (apart or len(line) < _WRAPPED * longest) else line for line in lines]
    return "\n".join(parts)


def _summary(passages: Sequence[Passage], asked: Asked, context: Context) -> Piece:
    made: list[Sentence] = []
    for passage in passages[:_MOST]:
        summary = summarize(
            asked.text,
            passage.text,
            max_sentences=_MOST,
            encoder=context.encoder,
            cross_encoder=context.cross_encoder,
        )
        if not summary.abstained:
            made += [
                Sentence(text=_end(" ".join(span.text.split())[:_LONGEST]), cites=(passage.id,))
                for span in summary.spans
            ]
    short = made[0].text if len(made) == 1 else ""
    return Piece(sentences=tuple(made[:_MOST]), short=short, kind="text")


def _end(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "。", "！", "？", "”", '"')) else f"{text}."
