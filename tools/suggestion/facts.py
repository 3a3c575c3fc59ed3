"""Questions that a passage answers, made from its sentences by rule: when, who, where, how many, what (English).

Each comes with the fact that it asks for, so that the check against the index knows what the answer should be. A
pronoun at the head of a sentence stands for the passage's title; without a title the sentence is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from questline.tools.calendar_words import MONTHS
from questline.tools.number_words import in_words
from questline.tools.text import STOPWORDS, cjk_share, sentences
from questline.types import Passage

from .facts_chinese import chinese_facts
from .private import private
from .result import Candidate, Source

__all__ = ["facts", "is_name", "is_person", "subject_of"]

_MONTH: Final = f"(?:{'|'.join(MONTHS)}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\\.?"
_DATE: Final = rf"(?:\d{{1,2}} {_MONTH} \d{{4}}|{_MONTH} \d{{1,2}},? \d{{4}}|{_MONTH} \d{{4}}|\d{{4}})"
_NAME: Final = r"(?:[A-Z][\w'’-]*)(?: (?:(?:of|de|von|van|the|and) )?[A-Z][\w'’-]*)*"
_SUBJECT: Final = r"(?P<s>(?:[A-Z][\w'’-]*|[Tt]he|[Aa]n?)(?: [\w'’-]+){0,7}?)"
_NUMBER: Final = rf"(?:\d[\d,.]*|{in_words(2, 12)}|twenty|thirty|forty|fifty|a hundred)"
_ABOUT: Final = r"(?:about |around |nearly |almost |over |some |more than |up to |at least )?"
_PARTICIPLE: Final = (
    r"(?:\w+ed|built|dug|drawn|written|made|held|led|found|won|sold|born|begun|cut|laid|lit|lost|struck|sunk|torn|taken"
    r"|known|given|shot|sung|kept|bought|brought|rebuilt|thrown|chosen|set up|put up)"
)
_DID: Final = (
    r"(?P<v>founded|designed|built|invented|discovered|wrote|directed|opened|painted|created|established|introduced"
    r"|composed|drew|dug|led|won|bought|sold|restored|commissioned|named|developed|published|organised|organized)"
)
_SAYS: Final = {
    "has": ("do", "have"),
    "have": ("do", "have"),
    "had": ("did", "have"),
    "holds": ("do", "hold"),
    "held": ("did", "hold"),
    "contains": ("do", "contain"),
    "contained": ("did", "contain"),
    "employs": ("do", "employ"),
    "employed": ("did", "employ"),
    "covers": ("do", "cover"),
    "produces": ("do", "produce"),
    "produced": ("did", "produce"),
    "seats": ("do", "seat"),
    "carries": ("do", "carry"),
    "carried": ("did", "carry"),
}
_BEGAN: Final = {
    "opened": "open",
    "closed": "close",
    "died": "die",
    "began": "begin",
    "ended": "end",
    "started": "start",
    "sank": "sink",
    "stopped": "stop",
    "burned down": "burn down",
    "collapsed": "collapse",
}
_RULES: Final[Mapping[str, re.Pattern[str]]] = {
    facet: re.compile(rf"^{pattern}")
    for facet, pattern in {
        "why": rf"{_SUBJECT} (?P<b>was|were) (?P<v>{_PARTICIPLE}[^,;]{{0,50}}?),? (?P<x>because .+)$",
        "when": rf"{_SUBJECT} (?P<b>was|were) (?P<v>(?:first )?{_PARTICIPLE}(?: [^,;]{{1,50}}?)??),? "
        rf"(?:on|in) (?P<x>{_DATE})\b",
        "by": rf"{_SUBJECT} (?P<b>is|was|were|are) (?P<v>{_PARTICIPLE})(?: (?:on|in) {_DATE})? by "
        rf"(?:(?:the|an?) [a-z]+ )?(?P<x>{_NAME})",
        "where": rf"{_SUBJECT} (?P<b>is|was|are|were|lies|stands)"
        rf"(?: (?P<v>born|buried|located|situated|based|held))? "
        rf"(?:in|at|near|on) (?P<x>(?:the )?(?!{_MONTH} \d){_NAME})",
        "opened": rf"{_SUBJECT} (?P<v>{'|'.join(_BEGAN)}) (?:on|in) (?P<x>{_DATE})\b",
        "many": rf"{_SUBJECT} (?P<v>{'|'.join(_SAYS)}) {_ABOUT}(?P<x>{_NUMBER}) "
        r"(?P<n>[a-z][\w-]*(?: [a-z][\w-]*)?s|people)\b",
        "how": rf"{_SUBJECT} (?P<b>is|was|stands) {_ABOUT}(?P<x>\d[\d,.]* [a-z]+) "
        r"(?P<v>tall|long|high|wide|deep|old)\b",
        "whose": rf"(?P<s>Its|His|Her|Their) (?P<n>[a-z][\w -]{{2,30}}?) (?P<b>is|was) "
        rf"(?P<x>{_NAME})\s*(?:[,.;]|$)",
        "did": rf"(?P<s>{_NAME}|[Tt]he [a-z]+(?: [a-z]+)?) {_DID} "
        r"(?P<o>(?!(?:on|in|at|from|by|with|to|for|as|after|before|during) )"
        r"(?:the |a |an )?[\w'’-]+(?: [\w'’-]+){0,6}?)"
        rf"(?: (?:on|in) {_DATE}|,|\.|;|$)",
        "what": rf"{_SUBJECT} (?P<b>is|was) (?P<x>(?:an?|the|one of the) [^,;.]{{4,90}})",
    }.items()
}
"""What a sentence must look like: s the subject, b the form of be, v the verb, x the fact, n what is counted."""
_FACETS: Final = {"by": "who", "opened": "when"}
_RECORD = re.compile(r"^(?P<n>[A-Z][A-Za-z]+(?: [A-Za-z]+){0,2}):\s+(?P<x>\S[^:]{0,80})$")
_LEAD = re.compile(rf"^(?:In|On|By|Since) {_DATE},? ")
_PRONOUN = re.compile(
    r"^(?:It|He|She|They|This|These|That|There|Here|Who|Which|What|When|Where|If|As|But|And|Then|Some|Many|Most|Both"
    r"|Each|One|We|You|I)\b"
)
_NO_SUBJECT = re.compile(
    r"\b(?:is|was|are|were|be|been|has|have|had|him|her|his|its|their|them|it|that|which|who|but|when|where|while|then"
    r"|also|later|[a-z]+ed|by|on)\b|\band [a-z]"
)
"""Words that no name of a thing has: the pattern has run into a verb or a clause."""
_STANDS_FOR_TITLE = frozenset({"It", "He", "She", "They"})
_DEFINITE = re.compile(r"^The [a-z]+(?: [a-z]+)?$")
_MARK = re.compile(r"^\s*(?:[-*+•>]|#{1,6}|\d+[.)])\s+(?=\S)")
_PERSON = re.compile(r"^[A-Z][a-zà-ÿ'’-]+(?: (?:[A-Z]\.|de|von|van))*(?: [A-Z][a-zà-ÿ'’-]+){1,2}$")
_THING = re.compile(
    r"\b(?:Glass|Point|House|Bridge|Harbou?r|Island|River|Lake|Museum|Railway|Company|University|School|Church|Hall|Park"
    r"|Street|City|Town|Council|Works|Station|Tower|Press|Club|Society|Institute|Group|Bank|Union|Festival|Abbey|Mill)\b"
)
_LONGEST: Final = 160
_LONGEST_NAME: Final = 16
_LONGEST_ACRONYM: Final = 5
"""Letters from which a word in capitals is code or shouting."""
_WORDS_OF_NAME: Final = 6
_INSIDE_NAMES: Final = frozenset({"of", "the", "and", "for", "in", "on", "at", "de", "del", "la", "von", "van", "der"})
_CHINESE: Final = 0.3


def facts(passage: Passage, *, source: Source) -> Iterator[Candidate]:
    """Yield questions that `passage` answers, in the order of its sentences.

    Args:
        passage: English or Chinese; other writing gives few or none.
        source: Says where the passage comes from.
    """
    title = _as_said(subject_of(passage.title), passage.text)
    title = title if is_name(title) else ""
    for span in sentences(passage.text):
        text = " ".join(_MARK.sub("", span.text).split())
        if len(text) > 2 * _LONGEST or private(text):
            continue
        made = chinese_facts(text, title) if cjk_share(text) > _CHINESE else _english(text, title)
        for facet, question, expected in made:
            if len(question) <= _LONGEST:
                yield Candidate(
                    text=question, kind="followup", source=source, facet=facet, expected=expected, passage_id=passage.id
                )


def subject_of(title: str) -> str:
    """Return what a title names, as it stands in the middle of a sentence.

    Its last heading, without a qualifier in brackets or a file's ending; a leading "The" loses its capital.
    """
    name = re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", title.rsplit(" > ", 1)[-1]).strip()
    name = re.sub(r"\.[a-z]{2,5}$", "", name)
    return f"the {name[4:]}" if name.startswith("The ") and len(name) > 4 else name


def _as_said(title: str, text: str) -> str:
    """Return the title as the text says it: "the lighthouse of Velmora" for "Lighthouse of Velmora"."""
    said = f"the {title[:1].lower()}{title[1:]}"
    return said if title[:1].isupper() and re.search(rf"\b[Tt]{re.escape(said[1:])}\b", text) else title


def _english(text: str, title: str) -> Iterator[tuple[str, str, str]]:
    """Yield (facet, question, expected answer)."""
    record = _RECORD.match(text.rstrip("."))
    if record and title:
        label = record["n"].lower() if not record["n"].isupper() else record["n"]
        if not STOPWORDS.intersection(label.split()):
            yield "record", f"What is the {label} of {title}?", record["x"]
        return
    body = _LEAD.sub("", text)
    body = body[:1].upper() + body[1:]
    for facet, pattern in _RULES.items():
        found = pattern.match(body)
        if found is None:
            continue
        subject = _subject(found["s"], title)
        if not subject:
            continue
        parts = {name: value or "" for name, value in found.groupdict().items()}
        question = _question(facet, subject, parts, title)
        if question:
            expected = parts.get("x") or subject
            yield _FACETS.get(facet, facet), question, expected.strip(" .")


def _subject(text: str, title: str) -> str:
    """Return the subject as a question names it; empty when it is not known what it is."""
    if text in _STANDS_FOR_TITLE or text in {"Its", "His", "Her", "Their"}:
        return title
    if _PRONOUN.match(text) or _NO_SUBJECT.search(text) or not re.search(r"[A-Za-z]{2}", text):
        return ""
    if _DEFINITE.match(text):
        name = text[4:]
        if not title:
            return ""
        if name.casefold() in title.casefold():
            return title if len(title.split()) > 1 else f"the {name}"
        return f"the {name} of {title}"
    return f"{text[0].lower()}{text[1:]}" if text.startswith(("The ", "A ", "An ")) else text


def _question(facet: str, subject: str, parts: dict[str, str], title: str) -> str:
    be, verb = parts.get("b", ""), parts.get("v", "")
    plural = be in {"were", "are"} or parts.get("v") == "have"
    if facet == "when":
        return f"When {be} {subject} {re.sub(rf' by {_NAME}$', '', verb)}?"
    if facet == "opened":
        return f"When did {subject} {_BEGAN[verb]}?"
    if facet == "why":
        return f"Why {be} {subject} {verb}?"
    if facet == "by":
        return f"Who {be} {subject} {verb} by?"
    if facet == "where":
        be = {"lies": "is", "stands": "is"}.get(be, be)
        return f"Where {be} {subject} {verb}".rstrip() + "?"
    if facet == "many":
        auxiliary, base = _SAYS[verb]
        auxiliary = "does" if auxiliary == "do" and not plural else auxiliary
        return f"How many {parts['n']} {auxiliary} {subject} {base}?"
    if facet == "how":
        return f"How {verb} {'is' if be == 'stands' else be} {subject}?"
    if facet == "whose":
        return f"{'Who' if is_person(parts['x']) else 'What'} {be} the {parts['n']} of {title}?" if title else ""
    if facet == "did":
        return f"{'Who' if is_person(subject) else 'What'} {verb} {parts['o']}?"
    return f"{'Who' if is_person(subject) else 'What'} {be} {subject}?"


def is_name(title: str) -> bool:
    """Say whether a title names a thing, rather than a topic or an instruction ("Resume a run that was killed").

    Its words are capitalised but for small ones, after "the" all but the last name; Chinese titles are short.
    """
    if cjk_share(title) > _CHINESE:
        return len(title) <= _LONGEST_NAME
    said = title.removeprefix("the ").split()
    if not 1 <= len(said) <= _WORDS_OF_NAME or not re.search(r"[A-Za-z]{2}", title):
        return False
    if title.isupper() and len(title) > _LONGEST_ACRONYM:
        return False
    lower = [word for word in said if word[0].islower() and word not in _INSIDE_NAMES]
    if title.startswith("the "):
        return len(lower) <= 2 and any(word[0].isupper() for word in said)
    return not lower and not said[0][0].isdigit()


def is_person(name: str) -> bool:
    """Say whether an English name looks like a person's: two or three capitalised words, none that names a thing."""
    return _PERSON.match(name) is not None and _THING.search(name) is None
