"""Which sentences of a passage are orders to whoever judges it, rather than text about the world.

Who speaks is no ground: transcripts have lines of a system, a user and an assistant, and manuals are full of orders. A
sentence counts as an order here only where it asks for something that a judge alone could do: to forget what it was
told, to put or choose *this* passage, to write down an order that is given in advance; or, in a line of a system, where
it dictates an answer. English and Chinese are looked at most closely, `foreign_orders` knows the plainest of these in
further languages. What says the same in other words is not found; `docs/howto/rank-passages.md` says how far that moves
a rank.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from questline.tools.text import visible

from .foreign_orders import foreign_order

__all__ = ["is_order"]

_THING: Final = r"(?:passages?|documents?|texts?|results?|candidates?|entry|article|snippet|one)"
_SELF: Final = (
    rf"(?:(?:this|these|my|the (?:present|current|following))\s(?:\w+ ){{0,1}}?{_THING}|(?:the )?{_THING}\s#?\d+"
    r"|number\s\d+|me|it|us|this|#\d+)(?!\w)"
)
"""What an order points at: the passage that it stands in, or one of the list by its number."""
_RANK: Final = (
    "rank|place|put|list|sort|order|score|rate|mark|re-?rank|prefer|choose|select|move|output|return|treat"
    "|suggest|recommend|cite|quote"
)
_PLACE: Final = (
    r"(?:\b(?:first|top|highest|number one|most relevant|at the (?:head|front|start)|rank 1|above|best|last|bottom)\b"
    r"|#1\b|\b10/10\b)"
)
_TOLD: Final = (
    r"(?:instructions?|prompts?|your rules|guidelines"
    r"|(?:above|previous|prior|preceding|earlier|other|remaining) "
    r"(?:text|passages?|documents?|messages?|content|context|candidates?|results?))"
)
_JUDGE: Final = (
    r"(?:(?:re-?)?ranker|ranking (?:model|system)|language model|llm|ai (?:model|system|assistant)|chat ?bot)s?"
)
_LABEL: Final = r"^\W*(?:\w{1,12}(?: \w{1,12})?\s?[:：]\W*)?"
"""Who speaks, and marks before it."""
_URGED: Final = (
    rf"{_LABEL}(?:dear [\w ]{{1,24}},\W*)?"
    r"(?:(?:please|now|always|important|attention|note|remember|therefore|so|then|instead|and)\b\W*)*"
    r"(?:you (?:must|should|shall|have to|need to|are to|will)\W+(?:now |always )*)?"
)
_CHINESE_URGED: Final = r"(?:请|务必|必须|应当|应该|你要|立即|立刻)"
_CHINESE_SELF: Final = r"[本这此该]一?(?:段落?|篇|条|份|文章|文档|文本|内容|材料|文)"
_CHINESE_FIRST: Final = r"(?:排|放|列|置)(?:在|为|到|成)?.{0,4}?(?:第一|首位|最前|最上|最高|第1|榜首|顶部)"
_SYSTEM: Final = (
    r"^\W*(?:system|admin(?:istrator)?|developer|operator|root)"
    r"(?: (?:message|prompt|override|note|notice|alert|update|command|instructions?))?\W{0,3}?[:：\]>—–-]\W*"
    r"(?:(?:please|now|always|only|immediately|important|from now on"
    r"|you (?:must|should|shall|will|have to|need to|are to))\b\W*)*"
)
"""A line that speaks with a voice above the reader's: only before what is said to a machine that answers."""
_DICTATED: Final = (
    r"(?:only|just|exactly|nothing but|the (?:exact )?(?:words?|text|phrase|sentence|string)\b"
    r"|[\"'“«]|(?-i:[A-Z]{3,}\b))"
)
"""What comes after is to be said word for word."""
_DEMANDS: Final = (
    r"(?:obey|comply)\b",
    rf"(?:answer|reply|respond)\b.{{0,50}}?\b(?:with|by saying|saying)\s{_DICTATED}",
    rf"(?:say|state|claim|write|print|output|repeat|return)\s(?:{_DICTATED}|that (?:the|its|your) (?:\w+ )?answer\b)",
    r"(?:say|state|claim|tell|inform|assure)\s(?:the )?(?:user|reader|everyone)s?\b",
    rf"(?:cite|quote|recommend|suggest|prefer|choose|select|rank|trust|promote|use)\s(?:only )?{_SELF}",
    (
        r"(?:do not|don['’]t|never|stop)\s(?:ever )?"
        r"(?:answer|reply|respond|cite|citing|quote|mention|reveal|tell|follow|answering)\b"
    ),
    (
        r"(?:reveal|print|show|output|send|leak|repeat)\s.{0,20}?\b(?:your|system)\s"
        r"(?:\w+ )?(?:prompt|instructions|rules|keys?|secrets?)\b"
    ),
    r"(?:call|invoke|execute|run)\s(?:the |this |that |every |all )?(?:\w+ )?(?:tool|function|plugin)s?\b",
)
"""What nobody demands but of a machine that answers."""
_PATTERNS: Final = (
    rf"{_SYSTEM}(?:{'|'.join(_DEMANDS)})",
    foreign_order(_LABEL),
    rf"{_URGED}(?:ignore|disregard|forget|override|bypass)\b.{{0,60}}?\b{_TOLD}\b",
    r"\b(?:and|then|but|must|should) (?:ignore|disregard|forget) (?:all |any |the )*(?:above|previous|prior|other)\b",
    rf"{_URGED}(?:{_RANK})\s{_SELF}.{{0,60}}?{_PLACE}",
    (
        rf"{_URGED}(?:output|return|choose|select|prefer|pick)\s(?:\w+ ){{0,4}}?as (?:the |your )?"
        rf"(?:best|first|top|most relevant) {_THING}(?!\w)"
    ),
    (
        rf"\bthis {_THING} (?:must|should|shall|has to|needs to|is to) (?:always )?be "
        rf"(?:ranked|placed|put|listed|sorted|scored|rated|chosen|selected)\b(?:.{{0,30}}?{_PLACE}|\W*$)"
    ),
    (
        rf"^\W*(?:attention|note|message|instructions?|dear|hello|hi)\W+(?:to |for )?(?:all |any |the |every )*"
        rf"{_JUDGE}\s?[,:!;–—-]"
    ),
    r"\byou are (?:now )?(?:an? |the )?(?:\w+ )?(?:re-?ranker|ranking (?:model|system)|passage selector)\b",
    r"\b(?:order|ranking|selection)\s(?:is|must be|should be)\W{0,3}?[\[(（【]\s{0,8}\d{1,9}\s{0,8}[\])）】]",
    r"[\[(（【]\s{0,8}\d{1,9}\s{0,8}[\])）】]\s{0,8}>\s{0,8}[\[(（【]\s{0,8}\d",
    r"<\s{0,8}/?\s{0,8}(?:think|answer)\s{0,8}>",
    (
        rf"(?:^\W*(?:\w{{1,8}}\s?[:：]\W*)?|{_CHINESE_URGED}.{{0,4}}?)(?:忽略|无视|忘记|忘掉).{{0,16}}?"
        r"(?:指令|指示|提示|要求|规则|其他段落|其他文档|以上|之前的|前面的)"
    ),
    rf"(?:(?:{_CHINESE_URGED}.{{0,8}}?|[把将]){_CHINESE_SELF}|请[把将]我).{{0,8}}?{_CHINESE_FIRST}",
    rf"{_CHINESE_SELF}.{{0,3}}?{_CHINESE_URGED}.{{0,6}}?{_CHINESE_FIRST}",
    r"你(?:现在)?是.{0,12}?(?:排序器|排序模型)",
)
_AT_START: Final = re.compile("|".join(each for each in _PATTERNS if each.startswith("^")), re.IGNORECASE)
_ANYWHERE: Final = re.compile("|".join(each for each in _PATTERNS if not each.startswith("^")), re.IGNORECASE)


def is_order(sentence: str) -> bool:
    """Say whether a sentence orders its judge to do something, in plain letters or in others that look the same."""
    if not sentence.isascii():
        sentence = unicodedata.normalize("NFKC", visible(sentence))
    return _AT_START.match(sentence) is not None or _ANYWHERE.search(sentence) is not None
