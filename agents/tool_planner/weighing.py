"""What an answer is worth that a source gave beforehand: whether it is one, how sure it is, and how much of the need it
speaks of.

All answers are held to one scale. Prose is read as passages are, and a sentence that says that there is nothing is no
answer. What a source says of its own sureness counts only as far as the words of the need stand in what it says: in its
texts, in the names and values of its rows, in the statement that found them. The need said back counts nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from questline.agents.tool_executor.asked import asked_of, may_be
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import (
    Cited,
    Nothing,
    Passages,
    Refused,
    Rows,
    Text,
    Value,
    cells_of,
    is_prose,
)
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.reading import Reading, read
from questline.tools.text import stem, words
from questline.types import Evidence as Told
from questline.types import Passage

from .aboutness import about
from .kinds import vocabulary
from .matching import content, has, plain

__all__ = ["Evidence", "weighed"]

_UNTOLD: Final = 0.6
"""How sure an answer is that does not say so, and is too short to be read."""
_BORNE: Final = 0.55
"""Share of the words of a need that must stand in what its answer is read from; chosen with the open scenarios, the
second world and half of the fresh questions in view, where all answers below it were wrong."""
_BELIEVED: Final = 0.3
"""Sureness below which an answer is likelier wrong than any other reason to ask a source; chosen likewise."""
_UNSAID: Final = 0.5
"""Share of a need's words that a source knows which refuses it and names no word."""
_READ: Final = 5
"""Passages that are read."""
_NO_ANSWER: Final = frozenset({"abstained", "no_tool", "needs_input"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a source said when it was asked."""

    sure: float
    """How sure its answer is, in [0, 1]; 0 where it has none."""
    known: float
    """Share of the need's content words that it can place, in [0, 1]."""
    own: bool = True
    """Its own answer; else one that was read here out of what it found or wrote."""
    chosen: bool = True
    """It answers because it knows; false for what finds something for every question, such as a search."""

    @property
    def answers(self) -> bool:
        """Whether it has an answer that the need's words bear out."""
        return self.sure >= _BELIEVED and self.known >= _BORNE

    @property
    def misread(self) -> bool:
        """Whether something was read that has little to do with the need."""
        return self.sure > 0.0 and self.known < _BORNE

    @property
    def doubtful(self) -> bool:
        """Whether only another question can tell if it answers because it knows: its words are not the need's."""
        return self.chosen and self.misread


def weighed(value: object, need: str, judge: Callable[[], Judges | None] = lambda: None) -> Evidence:
    """Weigh what a source returned when it was asked a need.

    Args:
        value: JSON.
        need: As it was asked.
        judge: Reads passages; None for words alone.
    """
    found = view(value)
    members = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else dict[str, object]()
    if isinstance(found, Passages):
        return _of_texts(found.items, need, judge())
    if isinstance(found, Refused):
        return Evidence(sure=0.0, known=_known_but(need, members.get("words")))
    said = _said(cast("object", value), need)
    known = _share(need, said)
    empty = isinstance(found, Nothing) or (isinstance(found, Rows) and not found.rows)
    if empty or (isinstance(found, Cited) and found.status in _NO_ANSWER):
        return Evidence(sure=0.0, known=max(_UNSAID, known))
    cells = () if isinstance(found, Value) and is_prose(found.value) else cells_of(found)
    if cells and not may_be(asked_of(need), cells):  # a code for who, a name for how many
        return Evidence(sure=0.0, known=known)
    prose = found.text if isinstance(found, Text) else found.value if isinstance(found, Value) else None
    if isinstance(prose, str) and (is_prose(prose) or "\n" in prose):
        item = Text(text=_without(prose, need), name=found.name if isinstance(found, Text) else "", id="0")
        read_here = _of_texts([item], need, judge())
        if read_here.sure:
            return Evidence(sure=read_here.sure, known=read_here.known, own=False)
        return Evidence(sure=_BELIEVED, known=0.0, own=False)  # "In 1931, by Ada." has no word of what was asked either
    told = members.get("confidence")
    sure = float(told) if isinstance(told, int | float) and not isinstance(told, bool) else _UNTOLD
    return Evidence(sure=min(1.0, max(0.0, sure)), known=known)


def _of_texts(items: Sequence[Text], need: str, judge: Judges | None) -> Evidence:
    passages = [
        Passage(id=one.id or str(place), document_id=one.id, source=one.source, title=one.name, text=one.text)
        for place, one in enumerate(items[:_READ])
        if one.text.strip()
    ]
    held = [frozenset(map(stem, words(one.as_text()))) for one in passages]
    known = max((_share_of(need, one) for one in held), default=0.0)
    reading = read(need, passages, cross_encoder=judge)
    if not reading.abstained and _of_another(need, reading, passages):
        others = [one for each in passages if (one := _less(each, reading)).text.strip()]
        again = read(need, others, cross_encoder=judge)
        if again.abstained or _of_another(need, again, others):
            return Evidence(sure=reading.confidence, known=0.0, own=False, chosen=False)
        reading = again
    sure = 0.0 if reading.abstained else reading.confidence
    return Evidence(sure=sure, known=known, own=False, chosen=False)


def _less(passage: Passage, reading: Reading) -> Passage:
    """Return a passage without the sentences that were read in it."""
    text = passage.text
    for one in reading.citations:
        if one.evidence_id == passage.id:
            text = text.replace(reading.text[one.start : one.end].strip(), " ")
    return replace(passage, text=text)


def _of_another(need: str, reading: Reading, passages: Sequence[Passage]) -> bool:
    """Say whether what was read is told of another thing than the need asks about."""
    cited = {one.evidence_id for one in reading.citations}
    sources = [
        Told(id=one.id, kind="passage", text=one.text, title=one.title, source=one.source)
        for one in passages
        if one.id in cited
    ]
    return about(asked_of(need), reading.text, sources)[0] == "other"


def _share(need: str, said: str) -> float:
    return _share_of(need, vocabulary(said) | frozenset(map(stem, words(said))))


def _share_of(need: str, held: frozenset[str]) -> float:
    asked = content(plain(need))
    return sum(has(held, word) for word in asked) / max(1, len(asked))


def _said(value: object, need: str) -> str:
    """Return all words of a result, those of its members' names too, without the need where it is said back."""
    return _without(" ".join(_texts(value)), need)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in cast("Mapping[str, object]", value).items():
            yield str(key)
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for item in cast("Sequence[object]", value):
            yield from _texts(item)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)


def _without(text: str, need: str) -> str:
    """Return a text with spaces in the place of a need that it says back."""
    said = [re.escape(word) for word in re.findall(r"\w+", need)]
    return re.sub(r"\W+".join(said), " ", text, flags=re.IGNORECASE) if said else text


def _known_but(need: str, unknown: object) -> float:
    """Return the share of a need's content words that are none of those that a source did not understand."""
    named = cast("Sequence[object]", unknown) if isinstance(unknown, list | tuple) else ()
    strange = frozenset(stem(word) for one in named for word in words(str(one)))
    asked = content(plain(need))
    if not strange or not asked:
        return _UNSAID
    return sum(word not in strange for word in asked) / len(asked)
