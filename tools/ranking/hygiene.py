"""What a judge is shown of a passage: its own words, but no word to the judge.

Passages are data. Before one is judged, sentences that address a model (forget your rules, put this text first, an
order written out in advance) are left out, numbers in brackets become numbers in parentheses, tags lose their bracket.
So a passage with such a sentence is judged as the same passage without it. The caller's passage stays as it is, and
the ranking says of which passages something was left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from questline.tools.fencing import neutralise
from questline.tools.text import CJK
from questline.types import Passage

__all__ = ["Shown", "one_line", "show", "without_instructions"]

_ITEM: Final = r"(?:passages?|documents?|texts?|results?|candidates?|entry|article|snippet|one|me|number|no\.?|#)"
_VERB: Final = "rank|place|put|list|sort|order|score|rate|mark|re-?rank|prefer|choose|select|move|output|return|treat"
_DONE: Final = "ranked|placed|put|listed|sorted|scored|rated|marked|chosen|selected|moved"
_PLACE: Final = (
    r"(?:\b(?:first|top|highest|number one|most relevant|at the (?:head|front|start)|rank 1|above|best|last|bottom)\b"
    r"|#1\b|\b10/10\b)"
)
_OTHERS: Final = (
    r"(?:above|previous|prior|preceding|earlier|other|remaining) "
    r"(?:text|passages?|documents?|messages?|content|context|candidates?|results?)"
)
_MODEL: Final = (
    r"(?:(?:re-?)?ranker|ranking (?:model|system)|language model|llm|ai (?:model|system|assistant)|chat ?bot)s?"
)
_URGED: Final = (
    r"^\W*(?:(?:please|now|always|important|attention|note|remember|therefore|so|then|instead|and)\b\W*)*"
    r"(?:you (?:must|should|shall|have to|need to|are to|will)\W+(?:now |always )*)?"
)
_PATTERNS: Final = (
    (
        r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}?"
        rf"\b(?:instructions?|prompts?|your rules|guidelines|{_OTHERS})\b"
    ),
    rf"{_URGED}(?:{_VERB})\s(?:\w+ ){{0,3}}?{_ITEM}(?!\w).{{0,60}}?{_PLACE}",
    rf"{_URGED}(?:re-?)?rank (?:it|me|us|this)\b.{{0,30}}?{_PLACE}",
    (
        rf"{_URGED}(?:output|return|choose|select|prefer|pick)\s(?:\w+ ){{0,5}}?"
        rf"(?:best|first|top|most relevant) {_ITEM}(?!\w)"
    ),
    rf"\bthis {_ITEM} (?:must|should|shall|has to|needs to|is to) (?:always )?be (?:{_DONE})\b",
    r"^\W*(?:system|assistant|developer)(?: (?:prompt|message|note|override|instruction)s?)?\s*[:：]",
    rf"\byou are (?:now )?(?:an? |the )?(?:\w+ ){{0,3}}(?:assistant|{_MODEL})\b",
    rf"\b(?:attention|note|message|instructions?|dear|hello)\b.{{0,20}}?\b{_MODEL}\b",
    r"[\[(（【]\s{0,8}\d{1,9}\s{0,8}[\])）】]\s{0,8}>\s{0,8}[\[(（【]\s{0,8}\d",
    r"<\s{0,8}/?\s{0,8}(?:think|answer)\s{0,8}>",
    r"(?:忽略|无视|忘记|忘掉).{0,16}?(?:指令|指示|提示|要求|规则|其他段落|其他文档|以上|之前的|前面的)",
    (
        r"(?:本|这|此|该|我)(?:段|篇|条|个|份)?(?:落|文章|文档|文本|段落|内容|材料)?"
        r".{0,8}?(?:排|放|列|置)(?:在|为|到|成)?.{0,4}?(?:第一|首位|最前|最上|最高|第1|榜首|顶部)"
    ),
    r"你(?:现在)?是.{0,12}?(?:助手|模型|排序器|机器人)",
)
_ADDRESSED: Final = re.compile("|".join(_PATTERNS), re.IGNORECASE)
_PIECE: Final = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_MARKS: Final = re.compile(r"[\[［【〔]\s*(\d+)\s*[\]］】〕]")
_TAGS: Final = re.compile(r"[<＜﹤](?=\W*(?:think|answer|passages)\b)", re.IGNORECASE)
_SPACE: Final = re.compile(r"\s+")
_CJK: Final = re.compile(f"[{CJK}]")
_CHARACTERS_PER_TOKEN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is judged of one passage."""

    text: str
    truncated: bool = False
    cleaned: bool = False
    """Sentences that address a model were left out."""


def show(passage: Passage, *, tokens: int, numbered: int = 0) -> Shown:
    """Return title and text as a judge may see them, without the number in front.

    Args:
        passage: What is judged.
        tokens: About how many it may have (four characters, or one CJK character, are one); the rest is cut.
        numbered: How many passages the prompt numbers.
    """
    body, cleaned = without_instructions(passage.text)
    title, titled = without_instructions(passage.title)
    heading = _SPACE.sub(" ", title).strip()
    whole = f"{heading}\n{body}" if heading else body
    kept = _cut(whole, tokens)
    return Shown(text=_plain(kept, numbered), truncated=len(kept) < len(whole), cleaned=cleaned or titled)


def one_line(query: str, *, limit: int = 2_000) -> str:
    """Return a query on one line, without numbers in brackets or tags of ours."""
    line = _SPACE.sub(" ", _plain(query[: 4 * limit], 0)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_instructions(text: str) -> tuple[str, bool]:
    """Return `text` without the sentences that address a model, and whether there were any."""
    cuts = [match.end() for match in _PIECE.finditer(text)]
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    kept = [piece for piece in pieces if not _ADDRESSED.search(piece)]
    return (text, False) if len(kept) == len(pieces) else ("".join(kept).strip(), True)


def _plain(text: str, numbered: int) -> str:
    return _MARKS.sub(r"(\1)", _TAGS.sub("‹", neutralise(text, items=numbered))).strip()


def _cut(text: str, tokens: int) -> str:
    """Return the head of `text` that has about so many tokens, ending at a space where there is one near."""
    room = tokens * _CHARACTERS_PER_TOKEN
    if len(text) <= tokens:
        return text
    for place, character in enumerate(text):
        room -= _CHARACTERS_PER_TOKEN if _CJK.match(character) else 1
        if room < 0:
            space = text.rfind(" ", max(0, place - 40), place)
            return text[: space if space > 0 else place]
    return text
