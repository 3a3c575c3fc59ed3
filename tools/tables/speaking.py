"""Mark the frame of a question, the words that mean a row, and the words that mean a column."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from questline.tools.text import STOPWORDS

from .chinese_words import note_chinese
from .idioms import IDIOMS
from .lasting import note_house
from .lexicon import CUES
from .likeness import Likeness, nearest
from .notes import Notes, Token, about, called, chinese, likely, tokens
from .partly import note_like_value
from .persons import is_person
from .related import related, row_of
from .sources import Field
from .units import UNITS, factor
from .wording import OPERATIONS

__all__ = ["LIGHT", "idle", "note_alike", "note_columns", "note_frame"]

_FRAME: Final = re.compile(
    r"\b(?:please|kindly)\b"
    r"|\b(?:can|could|would|will) (?:you|i|we)(?: please)?"
    r"(?: (?:tell|show|give|find|get|list|let)(?: (?:me|us))?(?: know)?)?\b"
    r"|\b(?:i|we)(?:'d| would)? (?:like|want|need|wish)(?: to)?(?: (?:know|find out|see|learn|have|hear))?\b"
    r"|\b(?:tell|show|give|find|list|name) (?:me|us)?\b|\bdo you know\b|\bi wonder\b|\bi am looking for\b"
    r"|\b(?:compare|let me know|find out|look up)\b|\b(?:going by|judging by|in terms of|measured by)\b"
    r"|\bthanks?(?: you)?\b|\b(?:hi|hello|good (?:morning|afternoon|evening|day))\b"
    r"|\bon (?:the|our|your) books\b|\bon (?:file|record)\b|\bat the moment\b|\bright now\b"
    r"|\bin the (?:fleet|list|table|data|database|records|dataset|catalogue|catalog|collection|file)\b"
    r"|请?(?:你|您)?(?:能)?(?:帮我|帮忙|给我)?(?:告诉我|查一下|查询一下|查查|看一下|找出|列出)"
    r"|我想(?:要)?知道|我想了解|想知道|请问|(?<![^，,。！!？?\s])请|帮我|比较一下|比较|一下"
)
_LIGHT_WORDS: Final = (
    "take takes took taken carry carries carried hold holds held have has had get gets got getting make makes"
    " made run runs go goes went fall falls fell come comes came lie lies lying lay stand stands standing stood"
    " belong belongs cross crosses keep keeps put offer offers receive receives sit sits sitting contain contains"
    " there here exist exists happen happens given people person persons ones one things thing money win won wins"
    " score scored play plays own owns called named currently"
)
LIGHT: Final = frozenset(_LIGHT_WORDS.split())
"""Words that restrict nothing where they have nothing to say about a column."""
_DEEDS: Final = frozenset(
    {"make", "makes", "made", "own", "owns", "keep", "keeps", "offer", "offers", "won", "win", "wins"}
)
"""Light words that say who is meant where who is asked."""
_IDLE_WORDS: Final = (
    "a an the of in at on for to by with from is are was were be been being am do does did doing have has had"
    " having who whom whose what which where when how that this these those there their its it he she they them"
    " his her him i me my we us our you your and or as if would will shall should can could may might must"
    " please also all any each every than so then here s d ll ve re am's's"
)
_IDLE: Final = frozenset(_IDLE_WORDS.split())
_IDLE_CHINESE: Final = re.compile(
    "我们|咱们|共有|分别|时候|属于|以及|或者|并且|的话|是不是|怎么样|现在|目前|那么"
    "|哪[个些位家种本部座款条]|什么|多少|哪里|哪儿|谁|几|各自|各|种|只|本|部|座|款|项|名字|叫做|叫|能|会不会|可以|要|被|把|从|到|对|给|用|由|所|这|那|其中|中|离|距|都|也|就|还|呢|人|位|个|元|块|家|年|月|日|这里|您|你|我|想|单|商|它|他|她|有|是|在|里|的|了|吗|和|与|或|为|请|哪|谁的"
)
_USES: Final = re.compile(
    r"\bhow (?:much|many) (?P<what>\w+(?: \w+)?) (?:do|does|did|has|have)"
    r" (?:[\w'-]+ ){1,4}?(?P<verb>use[ds]?|consumed?)\b"
)
"""Verbs that say nothing more of a measure than its name does."""
_FOR: Final = re.compile(r"\s+(?:(?:for|in)\s+)?(?:the\s*)?\s*")
_SPOT: Final = r"\bplaces?\s+to\s+(?:stay|sleep|eat|live|visit|go|see)\b"
"""Rows of whatever such places a table holds."""
_SPOKEN: Final = 3
_MAY: Final = re.compile(r"\b(?:in|during|before|after|since|of|by|until)\s+may\Z")
_ALIKE: Final = 0.8
_TOGETHER: Final = 2.0
"""What a set phrase explains: it has two words, and is rarely anything else."""
_AMOUNT: Final = re.compile(r"\s+(?:places|seats|number|amount|figure|value|count|level|total)s?\b")
_NEEDED: Final = frozenset({"not", "no", "never", "without", "except"})


def note_frame(notes: Notes) -> None:
    """Mark what a question is politely wrapped in."""
    for match in notes.sheet.take(_FRAME):
        del match


def note_columns(notes: Notes) -> None:
    """Note words that mean rows of a table, and words that are about columns, by name or by what they commonly mean."""
    if not any(map(is_person, notes.source.identity)):
        for match in list(notes.sheet.find(_SPOT)):
            notes.take(*match.span(), score=0.5, sure=0.95)
            notes.nouns.append((*match.span(), notes.source.tables[0].rpartition(".")[2]))
    for pattern, concepts in IDIOMS:
        for match in re.finditer(pattern, notes.sheet.text):
            fields = about(concepts, notes.source.fields)
            if fields and notes.free(*match.span("a")) and notes.free(*match.span("b")):
                notes.take(*match.span("a"), score=_TOGETHER * likely(concepts, notes.source.fields), sure=0.97)
                notes.take(*match.span("b"))
                if "job" in concepts:
                    note_house(notes)
                notes.mention(match.start("a"), match.end("b"), fields, "cue")
    if chinese(notes.sheet.text):
        note_chinese(notes)
    _note_names(notes)
    for token in tokens(notes.sheet.text):
        if not notes.free(token.start, token.end) or token.text in _NEEDED:
            continue
        named = called(token.stem, notes.source.fields)
        concepts = CUES.get(token.stem, ()) if token.text not in STOPWORDS and not _asks(token) else ()
        meant = about(concepts, notes.source.fields)
        others = related(token.stem, notes.source.fields) if _telling(token) and not named and not _asks(token) else ()
        table = notes.source.nouns.get(token.stem)
        if table is None and _telling(token) and not named:
            table = row_of(token.stem, notes.source.nouns)
        if table is not None:
            notes.nouns.append((token.start, token.end, table))
        united = _of_unit(token.text, notes.source.fields)
        if token.text in _IDLE or (not named and not meant and not united and not others and table is None):
            continue
        fields = tuple({each.sql: each for each in (*named, *meant, *united, *others)}.values())
        points = 2.0 if table is not None else 1.6 if named else likely(concepts, notes.source.fields)
        notes.take(token.start, token.end, score=points, sure=1.0 if named or table is not None else 0.95)
        if fields:
            notes.mention(token.start, token.end, fields, "name" if named else "cue")
            notes.mentions[-1].optional = table is not None
    _note_amounts(notes)
    _agree(notes)
    _note_paying(notes)


def _asks(token: Token) -> bool:
    """Say whether a word asks for a sum, and so is about a column of sums only by its name."""
    return re.fullmatch(OPERATIONS["sum"], token.text) is not None


def _telling(token: Token) -> bool:
    return token.text not in STOPWORDS and token.text not in _IDLE and token.text not in LIGHT


def _note_paying(notes: Notes) -> None:
    """Note "pay for" and the like right before the name of a column of plain numbers: what is paid is what it holds."""
    named = [each for each in notes.mentions if each.how == "name" and each.first(lambda one: one.measured)]
    for token in tokens(notes.sheet.text):
        later = [each for each in named if each.start >= token.end]
        behind = [each for each in later if _FOR.fullmatch(_left_between(notes, token.end, each.start))]
        paying = {"price", "sum"} & set(CUES.get(token.stem, ()))
        if behind and paying and notes.free(token.start, token.end) and not behind[0].fields[0].unit:
            notes.take(token.start, token.end, sure=0.95)


def _left_between(notes: Notes, start: int, end: int) -> str:
    """Return what stands between two places, without what has a place."""
    used = notes.sheet.used[start:end]
    return "".join("" if taken else sign for taken, sign in zip(used, notes.sheet.text[start:end], strict=True)) or " "


def _agree(notes: Notes) -> None:
    """Let words that speak of one column be one: a name tells which column a word with several meanings means."""
    named = [each for each in notes.mentions if each.how == "name" and len(each.fields) == 1]
    for mention in notes.mentions:
        if mention.how != "name":
            same = [each for each in named if each.fields[0] in mention.fields]
            if len({each.fields[0].sql for each in same}) == 1:
                mention.fields, mention.bound = same[0].fields, True
    cues = [each for each in notes.mentions if each.how == "cue" and not each.bound]
    for one, other in pairwise(cues):
        both = tuple(each for each in one.fields if each in other.fields)
        if both and both != one.fields:
            one.fields = other.fields = both
            one.bound = True


def _note_amounts(notes: Notes) -> None:
    """Note "places" of "passenger places": a word for an amount, right behind what it is an amount of."""
    for mention in list(notes.mentions):
        behind = _AMOUNT.match(notes.sheet.text[mention.end :])
        start = mention.end
        if behind and mention.first(lambda one: one.measured) and notes.free(start, start + behind.end()):
            notes.take(start, start + behind.end())
            mention.end = start + behind.end()


def note_alike(notes: Notes, likeness: Likeness) -> None:
    """Note the one word that nothing explains yet as the column that means the same, where one alone does."""
    left = [each for each in tokens(notes.sheet.text) if notes.free(each.start, each.end) and _says_something(each)]
    if len(left) != 1 or not notes.score:
        return
    word = left[0]
    fields = [each for each in notes.source.fields if not each.key]
    place = nearest(word.text, [each.phrase for each in fields], likeness)
    if place is None:
        note_like_value(notes, word, likeness)
    else:
        notes.take(word.start, word.end, score=1.0, sure=_ALIKE)
        notes.mention(word.start, word.end, (fields[place],), "near")


def _says_something(token: Token) -> bool:
    plain = token.text not in _IDLE and token.text not in LIGHT and token.text not in {*STOPWORDS, "many", "much"}
    return plain and token.text.isalpha() and len(token.text) > 2


def idle(notes: Notes) -> list[str]:
    """Return the words that are not understood and not idle."""
    sheet = notes.sheet
    light = LIGHT - _DEEDS if notes.kind == "who" else LIGHT
    for match in list(sheet.find(_IDLE_CHINESE)):
        sheet.mark(*match.span())
    for match in _USES.finditer(sheet.text):  # of a measure that is named: "how much water did L2 use"
        if notes.free(*match.span("verb")) and any(
            match.start("what") <= each.start and each.end <= match.end("what") for each in notes.mentions
        ):
            sheet.mark(*match.span("verb"))
    for token in tokens(sheet.text):
        if _MAY.search(sheet.text[: token.end]):
            continue  # the month
        if notes.free(token.start, token.end) and (token.text in _IDLE or token.text in light):
            sheet.mark(token.start, token.end)
    return [word for word in sheet.left() if re.search(r"\w", word)]


def _of_unit(word: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return the columns of numbers in a unit that is spoken of without a number: "how many hours"."""
    if word not in UNITS or (len(word) < _SPOKEN and word.isalpha()):
        return ()
    return tuple(each for each in fields if each.unit and factor(word, each.unit) == 1.0)


def _note_names(notes: Notes) -> None:
    """Note whole names of columns of several words, such as ``home port`` of ``home_port``."""
    text = notes.sheet.text
    spoken = tokens(text)
    for each in sorted(notes.source.fields, key=lambda each: -len(each.words)):
        if len(each.words) < 2:
            continue
        for place in range(len(spoken) - len(each.words) + 1):
            window = spoken[place : place + len(each.words)]
            if tuple(token.stem for token in window) == each.words and notes.free(window[0].start, window[-1].end):
                notes.take(window[0].start, window[-1].end, score=2.0)
                notes.mention(window[0].start, window[-1].end, (each,), "name")
