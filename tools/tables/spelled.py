"""Values that a question holds: as the tables write them, in other forms of their words, or nearly so spelled."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from questline.tools.text import STOPWORDS, normalize, stem

from .lexicon import ADJECTIVES, CUES, NAMES
from .names import literal
from .notes import Condition, Notes, Token, about, chinese, tokens
from .reading import unsure
from .sources import Field
from .thesaurus import SAME
from .wording import everyday

__all__ = ["distance", "homes_of", "is_known", "note_values", "take_value"]

_NOT: Final = re.compile(
    r"(?P<no>\b(?:not|except|excluding|other than|apart from|outside(?: of)?)|n't)\s+"
    r"(?P<verb>(?!(?:been|have|had|be)\b)[a-z]+\s+)??(?P<to>(?:(?:in|from|by|the|of|for|at|an?|to|on|with)\s+)*)\Z"
    r"|(?:不在|不是|不属于|不来自|除了|除|非)\Z"
)
_NOT_BEHIND: Final = re.compile(r"(?:以外|之外)的?")
_LEADING: Final = re.compile(r"(?:\b(?:over|across|along|through|under)\s+(?:the\s+)?)\Z")
_TAIL: Final = re.compile(r"(?:部门?|类|省|市|县|区|组|队|科)(?!\w{0,1}场)")
_WAYS: Final = {
    "goal": r"(?:\b(?:to|for|towards?|into)\s+(?:the\s+)?|到|去|开往)\Z",
    "origin": r"(?:\bfrom\s+(?:the\s+)?|从)\Z",
}
_NEAR: Final = 0.85
_PART: Final = 0.9
_OR: Final = re.compile(r"\s*(?:,|\bn?or\b|、|或)\s*(?:(?:for|in|from|by|of|at|the)\s+)*")
_SIZES: Final = {
    "extra small": "XS", "extra large": "XL", "small": "S", "medium": "M", "large": "L",
}  # fmt: skip
_OWN: Final = 0.8
"""What a value explains more where the rows go by it: the question is about that row."""
_SAYING: Final = re.compile(r"\s*(?:(?:is|are|was|were|=|:|named|called|是|为)\s*)+")


def note_values(notes: Notes) -> None:
    """Note the values of text columns, the longer first."""
    text = notes.sheet.text
    spoken = tokens(text)
    homes = homes_of(notes)
    for plain, places in sorted(homes.items(), key=lambda item: -len(item[0])):
        for start, end in _places(plain, text, spoken):
            if notes.free(start, end) and _allowed(notes, start, end, plain, places):
                take_value(notes, start, end, places)
    for plain, places in sorted(homes.items(), key=lambda item: -len(item[0])):
        for start, end in _close(plain, notes, spoken):
            if notes.free(start, end):
                take_value(notes, start, end, places, sure=_NEAR)
    _translated(notes, homes)
    _sized(notes, homes)
    _deny(notes)


def homes_of(notes: Notes) -> dict[str, list[tuple[Field, str]]]:
    """Return each value, normalized, with the columns that hold it and as they write it."""
    homes: dict[str, list[tuple[Field, str]]] = {}
    known = [(each, value) for each in notes.source.fields for value in each.values]
    for each, value in (*known, *notes.source.within(notes.sheet.text)):
        if plain := normalize(value).strip():
            homes.setdefault(plain, []).append((each, value))
    return homes


def _places(plain: str, text: str, spoken: list[Token]) -> list[tuple[int, int]]:
    """Return where a value stands: letter by letter, or in other forms of its words."""
    if chinese(plain):
        return [match.span() for match in re.finditer(re.escape(plain), text)]
    found: list[tuple[int, int]] = []
    if plain in text:
        found = [match.span() for match in re.finditer(rf"(?<![a-z0-9]){re.escape(plain)}(?![a-z0-9])", text)]
    wanted = [stem(each.text) for each in tokens(plain)]
    if not wanted:
        return found
    for place in range(len(spoken) - len(wanted) + 1):
        window = spoken[place : place + len(wanted)]
        same = sorted(each.stem for each in window) == sorted(wanted)  # "clipping nails" is a nail clipping
        if same and not any(re.search(r"[^\s'’-]", text[a.end : b.start]) for a, b in pairwise(window)):
            found.append((window[0].start, window[-1].end))
    return found


def _allowed(notes: Notes, start: int, end: int, plain: str, places: list[tuple[Field, str]]) -> bool:
    """Say whether a place may be a value: an everyday word only as the table writes it, and no other form of a name."""
    sheet = notes.sheet
    said = sheet.text[start:end]
    if sheet.quoted(start, end):
        return True
    if re.fullmatch(r"[\d.,-]+", said) or (len(said) == 1 and not chinese(said)):
        return False
    if everyday(said):
        return any(sheet.spelled(start, end, value) for _, value in places)
    if said == plain:
        return stem(said) not in notes.source.nouns or any(sheet.spelled(start, end, value) for _, value in places)
    if len(tokens(plain)) > 1:
        return True
    # another form of a word ("designed" for a team "design") is a value where it is a plural alone
    return said in {plain + "s", plain + "es", re.sub(r"y\Z", "ies", plain)} or plain in {said + "s", said + "es"}


def take_value(notes: Notes, start: int, end: int, places: list[tuple[Field, str]], *, sure: float = 1.0) -> None:
    """Take a place for a value: a condition on its column, or on the one of several that is meant.

    Raises:
        Unsure: Where several columns hold it and none is meant more than another.
    """
    sheet = notes.sheet
    home = _home(notes, start, end, [each for each, _ in places])
    values = tuple(dict.fromkeys(literal(value) for each, value in places if each.sql == home.sql))
    negated = _NOT.search(sheet.text[:start])
    behind = _NOT_BEHIND.match(sheet.text[end:])
    if negated and negated["verb"]:  # its verb has to be understood by itself
        sheet.mark(*negated.span("no"))
        sheet.mark(*negated.span("to"))
    elif negated:
        sheet.mark(*negated.span())
    if behind and negated:
        sheet.mark(end, end + behind.end())
    if lead := _LEADING.search(sheet.text[:start]):
        sheet.mark(*lead.span())
    if chinese(sheet.text[start:end]) and (tail := _TAIL.match(sheet.text[end:])) and notes.free(end, end + tail.end()):
        sheet.mark(end, end + tail.end())
    own = _OWN if home in notes.source.identity else 0.0
    notes.take(start, end, score=3.0 + own + 0.1 * len(places[0][1].split()), sure=sure)
    notes.of(Condition(start=start, end=end, field=home, sql="", said="", literals=values, negated=negated is not None))


def _deny(notes: Notes) -> None:
    """Let a "not" be said of all values that are listed behind it: "not red or blue"."""
    listed = sorted((each for each in notes.conditions if each.literals), key=lambda each: each.start)
    for one, other in pairwise(listed):
        if one.negated and one.field == other.field and _OR.fullmatch(notes.sheet.text, one.end, other.start):
            other.negated = True


def _home(notes: Notes, start: int, end: int, fields: list[Field]) -> Field:
    """Return the column that a value of several is meant of: the one named beside it, else what tells rows apart."""
    if len(fields) == 1:
        return fields[0]
    text = notes.sheet.text
    for each in fields:
        words = "|".join(re.escape(word) for word in sorted(_said_of(each), key=len, reverse=True))
        if words and (
            re.search(rf"\b(?:{words})\w*{_SAYING.pattern}\Z", text[:start])
            or (each not in notes.source.identity and re.match(rf"\s+(?:{words})\w{{0,3}}\b", text[end:]))
        ):
            return each
    for concept, words in _WAYS.items():
        if re.search(words, text[:start]) and (found := about((concept,), fields)):
            return found[0]
    identity = [each for each in notes.source.identity if each in fields]
    if not identity and len({each.name for each in fields}) > 1:
        listed = ", ".join(each.name for each in fields)
        raise unsure("ambiguous", text[start:end], message=f"it is a value of {listed}: name the column")
    return identity[0] if identity else fields[0]


def _said_of(field: Field) -> set[str]:
    concepts = [concept for concept, names in NAMES.items() if any(word in names for word in field.words)]
    return {*field.words, *(cue for cue, of in CUES.items() if set(of) & set(concepts)), normalize(field.name)}


def _close(plain: str, notes: Notes, spoken: list[Token]) -> list[tuple[int, int]]:
    """Return where a value stands with a slip in one of its words or more."""
    wanted = [each.text for each in tokens(plain)]
    if chinese(plain) or len(plain) < 6 or not wanted or any(char.isdigit() for char in plain):
        return []
    found: list[tuple[int, int]] = []
    for place in range(len(spoken) - len(wanted) + 1):
        window = spoken[place : place + len(wanted)]
        if all(map(_slip, (each.text for each in window), wanted)) and not all(
            is_known(each, notes) for each in window
        ):
            found.append((window[0].start, window[-1].end))
    return found


def _slip(said: str, meant: str) -> bool:
    if said == meant:
        return True
    longest = max(len(said), len(meant))
    return longest > 3 and said[0] == meant[0] and distance(said, meant) <= (1 if longest < 8 else 2)


def is_known(token: Token, notes: Notes) -> bool:
    """Say whether a word is one of the question's own, or of the names of columns and tables."""
    nouns = {word for each in notes.source.fields for word in each.words} | set(notes.source.nouns)
    return token.text in STOPWORDS or token.stem in CUES or token.text in ADJECTIVES or token.stem in nouns


def _translated(notes: Notes, homes: dict[str, list[tuple[Field, str]]]) -> None:
    """Note a Chinese word for a value that the table writes in English: 狗 for dog."""
    if not chinese(notes.sheet.text):
        return
    for word in sorted(filter(chinese, SAME), key=len, reverse=True):
        if word not in notes.sheet.text:
            continue
        meant = [plain for plain in homes if stem(plain) in SAME[word] and not chinese(plain)]
        for match in list(notes.sheet.find(re.escape(word))) if len(meant) == 1 else []:
            take_value(notes, *match.span(), homes[meant[0]], sure=_PART)


def _sized(notes: Notes, homes: dict[str, list[tuple[Field, str]]]) -> None:
    """Note "large" as the size L, where sizes are written by letters."""
    lettered = {each.sql for each in notes.source.fields if each.values and set(each.values) <= set(_SIZES.values())}
    for word, letters in _SIZES.items() if lettered else ():
        places = [each for each in homes.get(letters.lower(), []) if each[0].sql in lettered]
        for match in list(notes.sheet.find(rf"\b(?:size\s+)?{word}\b")) if places else []:
            take_value(notes, *match.span(), places)


def distance(one: str, other: str) -> int:
    """Return how many letters are added, left out, changed or swapped with their neighbour between two words."""
    rows = [[*range(len(other) + 1)]]
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
