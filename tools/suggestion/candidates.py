"""Everything that might be suggested: from the session, the answer's evidence, the index and a bank of questions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, islice
from typing import Any, Final

from questline.tools.decomposition import parallel, serial
from questline.tools.reading.subjects import names
from questline.tools.text import cjk_share, content_terms, sentences, words
from questline.types import Answer, Passage

from .facts import facts, is_name, is_person, subject_of
from .need import Need
from .private import without_private
from .result import Candidate

__all__ = ["Session", "candidates", "entities", "is_chinese"]

_CHINESE: Final = 0.3
_MOST_FACTS: Final = 40
_MOST_NAMES: Final = 6
_MOST_BANK: Final = 8
_BANK_FIT: Final = 0.25
"""Share of a bank question's content words that the session must hold."""
_QUESTION = re.compile(
    r"[?？]\s*$|^(?:who|what|where|when|why|how|which|whose|is|are|was|were|do|does|did|can)\b", re.IGNORECASE
)
_ASKS_CHINESE = re.compile(r"谁|什么|哪|几|多少|怎么|如何|为什么|吗")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is known when suggestions are wanted."""

    query: str
    earlier: tuple[str, ...]
    answer: Answer | None
    evidence: tuple[Passage, ...]
    """What the answer rests on."""
    found: tuple[Passage, ...]
    """What the index has beside it."""

    @property
    def is_question(self) -> bool:
        """Whether the query is put as a question rather than as key words."""
        return bool(_QUESTION.search(self.query) or _ASKS_CHINESE.search(self.query))


def is_chinese(text: str) -> bool:
    """Say whether `text` is to be treated as Chinese."""
    return cjk_share(text) > _CHINESE


def candidates(session: Session, need: Need, bank: Sequence[str], clarifications: Sequence[str]) -> list[Candidate]:
    """Return candidates in the language of the query, each text once, those closest to the session first.

    What evidence and index say is taken only where it speaks of something that the session named.
    """
    made = chain(
        _parts(session),
        islice(chain.from_iterable(facts(passage, source="evidence") for passage in session.evidence), _MOST_FACTS),
        islice(chain.from_iterable(facts(passage, source="index") for passage in session.found), _MOST_FACTS),
        _templates(session),
        _refinements(session),
        _from_bank(session, bank, "followup"),
        _clarifying(session, need),
        _from_bank(session, clarifications, "clarify"),
    )
    chinese = is_chinese(session.query)
    answer = session.answer.text if session.answer else ""
    named = set(content_terms(" ".join((session.query, answer, *entities(session), *session.earlier))))
    first: dict[str, Candidate] = {}
    for candidate in made:
        if candidate.source in {"index", "evidence"} and not named & set(content_terms(candidate.text)):
            continue
        if is_chinese(candidate.text) == chinese or candidate.kind == "clarify":
            first.setdefault(" ".join(words(candidate.text)), candidate)
    return list(first.values())


def entities(session: Session) -> list[str]:
    """Return what the session is about, by name: in the query, in the short answer, in the titles of the evidence."""
    found = [name.text for name in names(session.query)]
    if session.answer and session.answer.short:
        found += [name.text for name in names(f"about {session.answer.short}")]
    titles = [subject_of(passage.title) for passage in (*session.evidence, *session.found) if passage.title]
    asked = set(content_terms(" ".join((session.query, session.answer.text if session.answer else ""))))
    found += [title for title in titles if title and set(content_terms(title)) & asked]
    names_once = list(dict.fromkeys(found))
    whole = [
        name
        for name in names_once
        if is_name(name) and not any(name != other and name in other for other in names_once)
    ]
    return whole[:_MOST_NAMES]


def _parts(session: Session) -> Iterator[Candidate]:
    """Yield the parts of what was asked that stand alone."""
    for part in (*serial(session.query), *parallel(session.query)):
        if "#" not in part:
            yield Candidate(text=_closed(part), kind="followup", source="session", facet="part")


def _templates(session: Session) -> Iterator[Candidate]:
    chinese = is_chinese(session.query)
    passages = (*session.evidence, *session.found)
    for name in entities(session):
        if is_chinese(name) != chinese:
            continue
        text = " ".join(_about(name, passages))
        said = set(words(text))
        for template in _table().templates["zh" if chinese else "en"]:
            if not chinese and is_person(name) != template.of_person:
                continue
            if any(cue in text for cue in template.cues) if chinese else said.intersection(template.cues):
                asks = template.text.format(x=name)
                yield Candidate(text=asks, kind="followup", source="template", facet=template.facet)


def _about(name: str, passages: Sequence[Passage]) -> Iterator[str]:
    """Yield what is said of `name`: passages under that title, and sentences that hold it."""
    known = name.casefold()
    for passage in passages:
        if subject_of(passage.title).casefold() == known:
            yield passage.text
        else:
            yield from (span.text for span in sentences(passage.text) if known in span.text.casefold())


def _refinements(session: Session) -> Iterator[Candidate]:
    """Yield the query with a word added that passages about it hold; for key words, and their titles in full."""
    if session.is_question or len(words(session.query)) > 6:
        return
    chinese = is_chinese(session.query)
    asked = set(content_terms(session.query))
    about = [item for item in session.found if asked & set(content_terms(item.as_text()))]
    for passage in about:
        title = subject_of(passage.title)
        terms = set(content_terms(title))
        if terms & asked and terms - asked:
            yield Candidate(text=title, kind="refine", source="index", facet=title.casefold(), passage_id=passage.id)
    for word in _table().refine["zh" if chinese else "en"]:
        held = set(content_terms(word))
        source = next((item for item in about if held <= set(content_terms(without_private(item.text)))), None)
        if source is not None and not held <= asked:
            joined = f"{session.query}{word}" if chinese else f"{session.query} {word}"
            yield Candidate(text=joined, kind="refine", source="template", facet=word, passage_id=source.id)


def _from_bank(session: Session, bank: Sequence[str], kind: str) -> Iterator[Candidate]:
    """Yield the questions of a bank that share most with the query and the titles found, best first."""
    held = set(content_terms(session.query))
    near = held | set(content_terms(" ".join(subject_of(item.title) for item in (*session.evidence, *session.found))))
    scored: list[tuple[float, int]] = []
    for place, text in enumerate(bank):
        terms = set(content_terms(text))
        fit = (len(terms & held) + 0.5 * len(terms & near - held)) / max(1, len(terms))
        if fit >= _BANK_FIT:
            scored.append((-fit, place))
    for _, place in sorted(scored)[:_MOST_BANK]:
        yield Candidate(
            text=" ".join(bank[place].split()),
            kind="clarify" if kind == "clarify" else "followup",
            source="bank",
            facet=f"bank {place}",
        )


def _clarifying(session: Session, need: Need) -> Iterator[Candidate]:
    """Yield the question which of several things of the same name is meant."""
    if len(need.readings) < 2:
        return
    one, two = need.readings[:2]
    chinese = is_chinese(session.query)
    text = f"您指的是{one}还是{two}？" if chinese else f"Do you mean {one} or {two}?"
    yield Candidate(text=text, kind="clarify", source="index", facet="which")


def _closed(question: str) -> str:
    text = question.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith(("?", "？")) or not _QUESTION.search(text) else f"{text}?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Template:
    facet: str
    text: str
    of_person: bool
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    templates: Mapping[str, tuple[_Template, ...]]
    """By language."""
    refine: Mapping[str, tuple[str, ...]]


@cache
def _table() -> _Table:
    text = (files("questline.tools.suggestion") / "templates.toml").read_text(encoding="utf-8")
    values: dict[str, Any] = tomllib.loads(text)
    return _Table(
        templates={
            language: tuple(
                _Template(
                    facet=row["facet"], text=row["text"], of_person=row["of"] == "person", cues=tuple(row["cues"])
                )
                for row in values[language]
            )
            for language in ("en", "zh")
        },
        refine={language: tuple(words_added) for language, words_added in values["refine"].items()},
    )
