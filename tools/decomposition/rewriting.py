"""Questions cut down to what a search engine should look for."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import cjk_share

__all__ = ["rewrite"]

_OPENINGS = re.compile(
    r"^(?:(?:please|kindly|hi|hello|hey|so|well|ok|okay)\b[,!]?\s*|(?:can|could"
    r"|would) you (?:please )?(?:tell|explain|show|describe|find)(?: to)?(?: me| us)?(?: about)?\s*"
    r"|(?:do you know|i(?:'d| would) like to know|i want to know|i wonder|tell me|i am looking for"
    r"|does anyone know)(?: about)?[,:]?\s*)+",
    re.IGNORECASE,
)
_QUESTION_WORDS = re.compile(
    r"\b(?:who|whom|whose|what|where|when|which|why|how (?:many|much|old|long|tall|far|often)|how|who's"
    r"|what's|where's|when's|how's)\b",
    re.IGNORECASE,
)
_SMALL_WORDS: Final = (
    "a an the is are was were be been am do does did has have had can could will would should shall may "
    "might please of in on"
    " at to for from by with and that this these those there it its his her their so just exactly "
    "actually really ever also"
    " or kind type sort name tell me i you we my your our about into as"
)
_FILLERS: Final = frozenset(_SMALL_WORDS.split())
_CHINESE = re.compile(
    r"请问|请告诉我|我想知道|你知道|能不能告诉我|到底|究竟|是不是|有没有|是否|是?什么时候|为什么|是(?:什么|谁)(?!时候)|什么|在?哪里|在?哪儿|哪一[年天个位]|哪[个些里儿位年天月国部座]"
    r"|多少|怎么样|怎样|怎么|如何|何时|何地|为何|在哪|谁|几(?=[个名次人年月日种座位届岁元条])|[吗呢吧啊呀？?。！]"
)
_EDGES = "\"'“”‘’()[]{}<>.,;:!?"


def rewrite(question: str) -> str:
    """Return the search query of `question`: question words, courtesies and small words left out, order and case kept.

    What stands in quotation marks stays whole, and a question made only of small words comes back as it is.
    """
    text = " ".join(question.split())
    if cjk_share(text) > 0.3:
        return " ".join(_CHINESE.sub(" ", text).split()) or text
    text = _OPENINGS.sub("", text)
    kept = [
        piece if piece[0] in '"“' else _without_fillers(piece)
        for piece in re.findall(r"[\"“][^\"”]+[\"”]|[^\"“]+|[\"“]", text)
    ]
    return " ".join(" ".join(kept).split()) or text.rstrip("? ") or question


def _without_fillers(text: str) -> str:
    words = _QUESTION_WORDS.sub(" ", text).split()
    bare = [word.strip(_EDGES) for word in words]
    return " ".join(word for word in bare if word and word.casefold() not in _FILLERS)
