"""Questions made from plain text, by rule: no labels are needed, and the answer's place is known.

A sentence with its name, date, place or number taken out becomes a question whose answer is what was taken out (cloze
questions, arXiv:1906.04980 §2.2); rules move the question word to the front where the sentence's own verb allows it. A
title and the rarest words of a sentence become what people type into a search box (inverse cloze, arXiv:1906.00300 §3).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from questline.tools.calendar_words import MONTH_NAME
from questline.tools.text import STOPWORDS, sentences

from .examples import Group, Item

__all__ = ["heading_questions", "label_questions", "made_questions"]

_DATE: Final = re.compile(
    rf"\b(?:\d{{1,2}} {MONTH_NAME} \d{{4}}|{MONTH_NAME} \d{{1,2}}, \d{{4}}|{MONTH_NAME} \d{{4}}|1[0-9]{{3}}"
    r"|20[0-2][0-9])\b"
)
_NUMBER: Final = re.compile(r"(?<![\w.,-])\d[\d,.]*(?: (?:million|billion|thousand))?(?= [a-z]{3,})")
_NAME: Final = re.compile(
    r"\b[A-Z][\w'’.-]*\w(?:(?: (?:of|the|de|von|van|and|del|la))? [A-Z][\w'’.-]*\w|, [A-Z]\w+(?=[ ,.]))*"
)
_AUXILIARY: Final = re.compile(r" (was|were|is|are|has|had|will|would|can|could|did|does|may|must) ")
_DEED: Final = re.compile(
    r"\b(directed|written|produced|composed|created|founded|designed|built|published|developed|discovered|invented"
    r"|recorded|performed|released|owned|led|hosted|sung|played|painted|established|introduced|edited)\b"
    r"(?: and \w+)? by $"
)
_PLACE_BEFORE: Final = re.compile(r"\b(?:in|at|near|from|into) (?:the )?$")
_TIME_BEFORE: Final = re.compile(r"\b(?:in|on|since|from|until|by|during|of)(?: the year)? $")
_PRONOUN: Final = re.compile(r"^(?:He|She|It|They|This|The (?:film|song|album|book|novel|series|company|city|town))\b")
_PERSON: Final = re.compile(r"\b(?:he|she|his|her|him|born|actor|actress|politician|player|singer)\b", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[;:]\s|, (?=(?:and|but|while|which|who|where|although)\b)|\s*\([^)]*\)")
_RELATIVE: Final = re.compile(r"^(?:and |but )?(?:who|which|where|while|although|whose)\b")
_VERB_AFTER: Final = re.compile(r"^,? (?:is|was|are|were|has|had|will|can|may|became|won|\w+ed|\w+s)\b")
_LIFE: Final = re.compile(
    rf"^([A-Z][^()\n]{{3,60}}?) ?\([^()]{{0,40}}?\b({_DATE.pattern})(?:\s*[-–—]\s*({_DATE.pattern}))?[^()]{{0,20}}\)"
)
_BRACKETS: Final = re.compile(r"\s*\([^()]*\)")
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LEAST_WORDS: Final = 4


class _Cut(NamedTuple):
    """One answer in a clause."""

    before: str
    answer: str
    after: str
    start: int
    """Where the answer starts in the passage."""
    kind: str


def made_questions(title: str, text: str, *, random_: random.Random, most: int = 3) -> Iterator[Group]:
    """Yield questions that the passage answers; each group has the passage as its only item.

    Args:
        title: Stands for a pronoun at the start of a sentence.
        text: The passage.
        random_: Decides which sentences and answers are taken.
        most: Questions at most, beside those without an answer's place.
    """
    yield from _life(title, text, random_=random_)
    cuts = [cut for sentence in sentences(text) for cut in _cuts(sentence.text, sentence.start)]
    random_.shuffle(cuts)
    name = _BRACKETS.sub("", title)
    person = bool(_PERSON.search(text[:300]))
    asked: set[str] = set()
    for cut in cuts:
        question = _question(cut, name, person=person, random_=random_)
        words = _WORD.findall(question)
        if not _LEAST_WORDS <= len(words) <= 20 or cut.answer in asked or cut.answer.casefold() in question.casefold():
            continue
        asked.add(cut.answer)
        place = (cut.start, cut.start + len(cut.answer))
        item = Item(title=title, text=text, answers=(place,))
        yield Group(question=_typed(question, random_), source="made/cloze", items=(item,), answers=(cut.answer,))
        if len(asked) == most:
            break
    yield from _searches(title, text, person=person, random_=random_)


def _life(title: str, text: str, *, random_: random.Random) -> Iterator[Group]:
    """Ask when somebody was born and died, where the first sentence says so in brackets."""
    found = _LIFE.match(text)
    if not found or not _PERSON.search(text[:400]):
        return
    name = _BRACKETS.sub("", title) or found[1]
    for place, (one, other) in enumerate((("born", "birth"), ("die", "death")), start=2):
        if found[place]:
            verb = f"was {name} born" if one == "born" else f"did {name} die"
            question = random_.choice([f"when {verb}", f"what is the date of {other} of {name}", f"what year {verb}"])
            item = Item(title=title, text=text, answers=(found.span(place),))
            yield Group(question=_typed(question, random_), source="made/cloze", items=(item,), answers=(found[place],))


def _searches(title: str, text: str, *, person: bool, random_: random.Random) -> Iterator[Group]:
    item = Item(title=title, text=text)
    plain = Item(text=text)
    chance = random_.random()
    if title and chance < 0.25:
        word = "who" if person else "what"
        question = random_.choice([f"{word} is {title}", title, f"{title} definition", f"{word} was {title}"])
        yield Group(question=_typed(question, random_), source="made/title", items=(plain,), key=title)
    elif chance < 0.6:
        rare = [w for w in _WORD.findall(text) if w.casefold() not in STOPWORDS and len(w) > 3]
        if len(rare) > 12:
            start = random_.randrange(len(rare) - 8)
            window = rare[start : start + 8]
            kept = sorted(random_.sample(range(len(window)), random_.randint(3, 5)))
            words = " ".join(window[index] for index in kept).lower()
            yield Group(question=words, source="made/words", items=(item,))


def label_questions(title: str, text: str, *, random_: random.Random, most: int = 3) -> Iterator[Group]:
    """Yield questions about the lines of a record (``Label > part: value``), answered by the value's first phrase."""
    subject, _, _ = title.partition(":")
    lines = list(re.finditer(r"^([^:\n]{3,60}): ([^\n]{1,200})$", text, re.MULTILINE))
    for line in random_.sample(lines, min(most, len(lines))):
        label = line[1].replace(" > ", " ").replace("total", "").strip()
        value = re.split(r"[;(]|, (?=[a-z])", line[2])[0].strip()
        if not value or len(value) > 60:
            continue
        question = random_.choice(
            [
                "what is the {label} of {subject}",
                "{subject} {label}",
                "{label} in {subject}",
                "what {label} does {subject} have",
            ]
        ).format(label=label.lower(), subject=subject)
        first = max(0, text.rfind("\n", 0, max(0, line.start() - random_.randint(50, 300))) + 1)
        window = text[first : line.end() + 200].rpartition("\n")[0] or text[first : line.end()]
        start = line.start(2) - first
        if window[start : start + len(value)] != value:
            continue
        item = Item(title=title, text=window, answers=((start, start + len(value)),))
        yield Group(question=_typed(question, random_), source="made/record", items=(item,), answers=(value,))


def _cuts(sentence: str, offset: int) -> Iterator[_Cut]:
    if not 25 <= len(sentence) <= 400:
        return
    place = 0
    for clause in [*_CLAUSE.split(sentence)]:
        start = sentence.find(clause, place)
        place = start + len(clause)
        if start < 0 or len(clause.split()) < _LEAST_WORDS or _RELATIVE.match(clause):
            continue
        taken: list[tuple[int, int]] = []
        for kind, pattern in (("date", _DATE), ("number", _NUMBER), ("name", _NAME)):
            for match in pattern.finditer(clause):
                if any(match.start() < b and a < match.end() for a, b in taken):
                    continue
                if kind == "name" and match.start() == 0 and not _VERB_AFTER.match(clause[match.end() :]):
                    continue
                if kind == "name" and match.start() == 0 and (match[0] in _NOT_NAMES or start > 0):
                    continue
                taken.append(match.span())
                before, after = clause[: match.start()], clause[match.end() :]
                yield _Cut(before, match[0], after, offset + start + match.start(), kind)


_FIRST_WORDS: Final = (
    "The A An In On At It He She They This These Those His Her Its Their After Before During When While As For From By"
    " Since Some Many Most Other All One Two Although However With Under Both There"
)
_NOT_NAMES: Final = frozenset(_FIRST_WORDS.split())


def _question(cut: _Cut, title: str, *, person: bool, random_: random.Random) -> str:
    before, after = _subject(cut.before, title), cut.after.rstrip(" .,")
    if cut.kind == "date":
        lead = random_.choice(["when", "when", "what year", "in what year"])
        return _fronted(lead, _TIME_BEFORE.sub("", before), after)
    if cut.kind == "number":
        noun = re.match(r"\s*((?:[a-z-]+ )?[a-z-]+)", after)
        if noun:
            return _fronted(f"how many {noun[1]}", before, after[noun.end() :])
        return _fronted("how many", before, after)
    deed = _DEED.search(before)
    if deed:
        return f"who {deed[1]} {title or before[: deed.start()]}"
    if not before.strip():
        return f"{'who' if person else random_.choice(['what', 'which', 'who'])} {after.strip()}"
    if _PLACE_BEFORE.search(before):
        return _fronted(random_.choice(["where", "where", "in which place"]), _PLACE_BEFORE.sub("", before), after)
    if before.rstrip().endswith(" by"):
        return _fronted("who", before.rstrip()[:-3], after + " by")
    return _fronted(random_.choice(["what", "which", "who"]), before, after)


def _subject(before: str, title: str) -> str:
    return _PRONOUN.sub(lambda _: title, before, count=1) if title else before


def _fronted(lead: str, before: str, after: str) -> str:
    """Put the question word first and, where the clause has one, its auxiliary verb after it."""
    auxiliary = _AUXILIARY.search(f"{before} ")
    after = re.sub(r"^\W+", "", after)
    if auxiliary and len(before[: auxiliary.start()].split()) <= 8:
        subject, rest = before[: auxiliary.start()], before[auxiliary.end() :]
        return f"{lead} {auxiliary[1]} {subject} {rest} {after}"
    return f"{lead} {before} {after}"


def _typed(question: str, random_: random.Random) -> str:
    """Write it as people type: often without case and mark, sometimes with words left out."""
    words = question.split()
    if len(words) > 9:  # long clauses lose words, so that looking for equal words is not enough
        words = [w for i, w in enumerate(words) if i < 3 or random_.random() > 0.2]
    text = " ".join(words[:22]).strip(" ,.")
    if random_.random() < 0.5:
        return text.lower()
    return text[:1].upper() + text[1:] + "?"


def heading_questions(title: str, text: str, *, random_: random.Random, most: int = 4) -> Iterator[Group]:
    """Yield the headings of a page as searches, each with what stands below it; other parts are negatives."""
    parts = [part for part in re.split(r"^#{2,4} +", text, flags=re.MULTILINE)[1:] if len(part) > 160]
    cut = [(head.strip("`* "), " ".join(body.split())[:600]) for head, _, body in (p.partition("\n") for p in parts)]
    for number in random_.sample(range(len(cut)), min(most, len(cut))):
        heading, body = cut[number]
        others = [Item(title=title, text=other) for place, (_, other) in enumerate(cut) if place != number]
        if others and body:
            items = (Item(title=title, text=body), *random_.sample(others, min(5, len(others))))
            yield Group(question=f"{title} {heading}".lower(), source="made/heading", items=items)
