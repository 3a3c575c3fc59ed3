"""Whether what was found is told of the thing that was asked about: not of another of its kind, name, role or day.

A reader without a language model takes the sentence that is likest the question, and "the Stone oven is lit at four" is
very like "when is the Rack oven lit". So what tells the asked thing from others must stand in the evidence: its names,
the modifier of its noun, the noun that is asked for, the weekday. What is told of a rival is no answer, nor is what
shares no word with the question. Where only a name or the noun is not spoken of, what was found is near at best.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from questline.agents.intents.closed_words import PRONOUN
from questline.agents.tool_executor.asked import Asked
from questline.agents.tool_executor.call_evidence import result_told, texts_given
from questline.tools.calendar_words import WEEKDAY
from questline.tools.reading.evidence import Evidence as Read
from questline.tools.reading.evidence import Sentence
from questline.tools.reading.predicates import alike, says_little
from questline.tools.reading.questions import Question, analyse
from questline.tools.reading.relations import NAME
from questline.tools.reading.rivals import of_a_rival
from questline.tools.reading.subjects import Name, names
from questline.tools.slot_filling.units import measures
from questline.tools.text import CJK, STOPWORDS, content_terms, is_cjk, sentences, stem, words
from questline.types import Evidence, Passage

from .days import of_other_days
from .matching import has
from .pieces import bare

__all__ = ["Fit", "about"]

Fit: TypeAlias = Literal["fits", "near", "other"]
"""How far what was found is an answer."""
_LONGEST: Final = 20_000
"""Characters of a source from which only what is told of it is looked at."""
_QUESTION: Final = 4
"""Words from which an argument says what was asked, and not of what."""
_ENOUGH: Final = 0.5
"""Share of the words of a question of which more must be spoken of where the noun that is asked for is not."""
_HEAD: Final = re.compile(
    r"\b(?:what|which)(?:'s|’s| is| are| was| were)? (?:the |your |our |their |its |an? )?"
    r"(?P<what>[a-z][\w-]*(?: [a-z][\w-]*){0,2}?)(?=\s*(?:\?|$|of\b|in\b|for\b|at\b|on\b|like\b|to\b))"
    r"|\bhow much (?:is|are|was|were) (?:the |an? |your |our )?(?P<priced>[a-z][\w-]*)"
    r"|\bwho(?:'s|’s| is| are| was| were) (?:the |your |our |their |its |an? )(?:[\w-]+['’]s? )?(?P<role>[a-z][\w-]*)",
    re.IGNORECASE,
)
_SEVERAL: Final = 4
_LEAST: Final = 0.25
"""Share of the words of a question with so many that must be spoken of; chosen with the fifth world in view."""
_COUNTED: Final = re.compile(r"\bhow m[ae]ny (?P<noun>[a-z][\w-]*)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve", re.IGNORECASE)
_COUNT: Final = re.compile(rf"\b(?:{_NUMBER.pattern})\s+(?P<noun>[a-z][\w-]*)", re.IGNORECASE)
_PEOPLE: Final = frozenset(map(stem, ("people", "person", "staff")))
"""Stems of what may be counted by any trade."""
_ROLE: Final = re.compile(
    r"\b(?:the|our|its|their|an?) (?P<role>[a-z][\w-]*)(?: (?:of|is|was|for)\b|(?=\s*[.;]))", re.IGNORECASE
)
_CALENDAR: Final = re.compile(
    rf"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*|{WEEKDAY}s?|am|pm",
    re.IGNORECASE,
)
_DO: Final = re.compile(r"\b(?:do|does|did|will|would)\b", re.IGNORECASE)
_VERB: Final = re.compile(
    r"\b(?:do|does|did|will|would|of|in|at|on|for|with|from|to)\s+(?:the|an?|our|my|your|their|its|each|every)"
    r"\s+[\w'’-]+\s+(?P<verb>[a-z]+)\W*$",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Za-z]{6,}")
_HALF: Final = 3
"""Letters of half a word, at least."""
_ANAPHOR: Final = re.compile(rf"\b{PRONOUN}\b|^\W*(?:this|that|yes|no)\b", re.IGNORECASE)
"""What a tool that was asked the question itself may say in place of its names and nouns."""
_LATIN: Final = re.compile(r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
_ZH_SMALL: Final = re.compile(
    "多少|什么时候|什么|哪里|哪儿|为什么|如何|怎么|请问|可以|星期几|周几|几点|[谁哪几的了吗呢吧啊是在有和与或给把被对要会能我你您他她它们"
    "这那个些都也还就才又再很不没从到向于为以及其之每各一次共总去来多天钱]"
)
"""Words that ask, or stand between others."""
_ZH_ASKED: Final = re.compile(
    "名字|名称|姓名|时间|地点|地方|地址|位置|价格|价钱|费用|电话|号码|日期|日子|数量|数目|原因|颜色|面积|年龄|哪[一]?[天年月日]"
)
"""Nouns that ask, and need not be said again."""
_ZH_RUN: Final = re.compile(rf"[{CJK}]+")
_SUBJECT: Final = re.compile(rf"\W*(?:[Tt]he )?(?P<name>{NAME})\s+(?=[a-z])")
_BEFORE: Final = re.compile(r"\b(?P<word>of|in|at|to|from|for|with|by)\s+(?:the )?$", re.IGNORECASE)


def about(asked: Asked, text: str, sources: Sequence[Evidence] = ()) -> tuple[Fit, str]:
    """Return whether sentences answer for the thing that is asked about, and where they are near what they lack.

    Args:
        asked: The intent.
        text: What is told.
        sources: What it is told from; without any only the sentences themselves are looked at.
    """
    wanted = _asking(asked.text)
    if analyse(wanted).kind != "yesno" and of_other_days(wanted, text):
        return "other", ""
    if asked.chinese:
        return _in_chinese(wanted, text, sources), ""
    read = Read([*_passages(sources, text)])
    held = frozenset(_held(read, asked.text, text, sources))
    wanted = _in_two(wanted, held)
    question = analyse(wanted)
    told = _told(read, text)
    named = analyse(_without_verb(wanted))
    if told and all(of_a_rival(named, sentence, read) for sentence in told):
        return "other", ""
    if not sources:
        return "fits", ""
    unnamed = [
        name
        for name in names(wanted)
        if name.text[0].isalpha() and not _CALENDAR.fullmatch(name.text) and not _any(name.stems, held)
    ]
    if _ANAPHOR.search(text) and all(one.kind == "tool" for one in sources):
        return "fits", ""
    if unnamed:
        replaced = any(_replaced(name, wanted, text) for name in unnamed)
        return ("other", "") if replaced else ("near", unnamed[0].text)
    return _of_the_noun(question, text, held)


def _of_the_noun(question: Question, text: str, held: frozenset[str]) -> tuple[Fit, str]:
    """Say whether the words of a question are spoken of: any at all, and the noun that it asks for."""
    terms = [term for term in question.terms if not says_little(term) and not _NUMBER.fullmatch(term)]
    spoken = [term for term in terms if _any([term], held)]
    if terms and (not spoken or (len(terms) >= _SEVERAL and len(spoken) < _LEAST * len(terms))):
        return "other", ""
    counted = _COUNTED.search(question.text)
    noun = next(iter(content_terms(counted["noun"])), "") if counted else ""
    if noun and not says_little(noun) and not measures(noun) and _counts_another(noun, text):
        return "other", ""
    head = _HEAD.search(question.text)
    named = content_terms(next(filter(None, head.groups()), "")) if head else []
    nouns = [term for term in named if term in terms]
    if head is None or not nouns or _any(nouns, held):
        return "fits", ""
    if head["role"]:
        rival = _ROLE.search(text)
        return ("other", "") if rival and rival["role"].casefold() != head["role"].casefold() else ("fits", "")
    near = len(spoken) > _ENOUGH * len(terms)
    return ("near", head["what"] or head["priced"]) if near else ("other", "")


def _counts_another(noun: str, text: str) -> bool:
    """Say whether sentences count something, and nowhere speak of the noun that is to be counted."""
    if _any([noun], frozenset(content_terms(text))) or noun in _PEOPLE:
        return False
    return any(match["noun"].endswith("s") for match in _COUNT.finditer(text))


def _asking(text: str) -> str:
    """Return the sentence of an intent that asks: the last with a question mark, else the longest."""
    parts = [one.text for one in sentences(bare(text))] or [text]
    asks = next((part for part in reversed(parts) if part.rstrip().endswith(("?", "？"))), "")
    return asks or max(parts, key=len)


def _passages(sources: Sequence[Evidence], text: str) -> Iterator[Passage]:
    for place, one in enumerate(sources):
        body = result_told(one)
        yield Passage(
            id=one.id or str(place),
            document_id=one.id or str(place),
            source=one.source,
            title=one.title,
            text=body if body.strip() and len(body) <= _LONGEST else text,
        )
    if not sources:
        yield Passage(id="0", document_id="0", source="", title="", text=text)


def _told(read: Read, text: str) -> list[Sentence]:
    """Return the sentences of the sources that are told."""
    flat = " ".join(text.split())
    return [one for one in read.sentences if (line := " ".join(one.span.text.split())) and line in flat]


def _held(read: Read, asked: str, text: str, sources: Sequence[Evidence]) -> Iterator[str]:
    """Yield the stems of all that the sources say, and of what a tool was asked of."""
    yield from content_terms(text)
    for place, one in enumerate(sources):
        yield from read.words_of(place) | read.headings(place)
        yield from content_terms(result_told(one)[:_LONGEST])
        if one.kind == "tool":
            given = [each for each in texts_given(one) if len(each.split()) < _QUESTION and words(each) != words(asked)]
            yield from content_terms(" ".join(given).replace("_", " "))


def _any(terms: Sequence[str] | frozenset[str], held: frozenset[str]) -> bool:
    """Say whether one of some stems is there, in another form too: alike, or nearly spelled."""
    return any(alike(term) & held or has(held, term) for term in terms)


def _without_verb(question: str) -> str:
    """Return a question without the verb at its end: "the show start" is no start of a kind that others rival."""
    verb = _VERB.search(question) if _DO.search(question) else None
    return question[: verb.start("verb")] if verb else question


def _in_two(question: str, held: frozenset[str]) -> str:
    """Return a question with the words in two that the sources write so: the car park, for the carpark."""

    def cut(match: re.Match[str]) -> str:
        word = match[0]
        sizes = range(_HALF, len(word) - _HALF + 1) if stem(word.casefold()) not in held else ()
        size = next((one for one in sizes if {stem(word[:one].casefold()), stem(word[one:].casefold())} <= held), 0)
        return f"{word[:size]} {word[size:]}" if size else word

    return _WORD.sub(cut, question)


def _replaced(name: Name, question: str, text: str) -> bool:
    """Say whether another name is told of, or stands behind the same preposition: the lamp of Ulmen, for Velmora's."""
    for one in sentences(text):
        told = _SUBJECT.match(one.text)
        if told and told["name"].casefold() not in STOPWORDS and told["name"].casefold() not in question.casefold():
            return True
    before = _BEFORE.search(question[: max(0, question.find(name.text))])
    return bool(before) and re.search(rf"\b{before['word']} (?:the )?{NAME}", text) is not None


def _in_chinese(question: str, text: str, sources: Sequence[Evidence]) -> Fit:
    """Say the same of a Chinese question: its Latin names, and some of its words, must stand in the sources."""
    whole = " ".join([text, *(f"{one.title} {one.source} {result_told(one)}" for one in sources)]).casefold()
    named = [match[0].casefold().split() for match in _LATIN.finditer(question)] if sources else []
    if any(not any(word in whole for word in name) for name in named):
        return "other"
    runs = [run for run in _ZH_RUN.findall(_ZH_SMALL.sub(" ", question)) if len(run) > 1]
    pairs = {run[place : place + 2] for run in runs for place in range(len(run) - 1)}
    if not sources or not is_cjk(whole):
        return "fits"
    if pairs and not any(pair in whole for pair in pairs):
        return "other"
    plain = [run for run in _ZH_RUN.findall(_ZH_SMALL.sub(" ", _ZH_ASKED.sub(" ", question))) if len(run) > 1]
    return "near" if any(not set(run) & set(whole) for run in plain) else "fits"  # of a noun or a verb nothing is said
