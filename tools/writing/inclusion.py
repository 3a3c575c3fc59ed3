"""Put required words into a text that lacks them: a sentence carries them, or they stand side by side."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from .brief import Brief
from .reading import Reading
from .script import is_chinese, simplified, traditional

__all__ = ["bare", "with_required"]

_GOOD: Final = frozenset(
    re.findall("..", "平安健康快乐幸福好运吉祥喜乐顺利如意福气温暖欢笑笑容美满安康自由勇气希望财运欢喜安宁自在喜悦阳光")
)
_WISHED: Final = (
    "愿{w}常伴左右",
    "愿{w}朝夕相随",
    "愿往后的日子，{w}常在",
    "愿每一天都有{w}相伴",
    "{w}常在，便是最好的事",
    "盼{w}朝夕为伴",
)
_QUOTED: Final = ("“{w}”，这句话想亲口说给{you}听", "把“{w}”写在这里，也放在心上", "“{w}”，是此刻最想送出的话")
_TOLD: Final = ("提起{w}，心里总是一暖", "说到{w}，心里便多一分暖意", "有{w}在，日子便多一分滋味")
_GRAVE: Final = ("提起{w}，心里满是惦念", "{w}，我们一直记着")
_ENGLISH: Final = ('And a word to keep: "{w}".', 'One thing more: "{w}".', 'Let me add "{w}".')
_SENTENCE: Final = re.compile(r"[^。！？]*[。！？]?")


def with_required(text: str, brief: Brief, reading: Reading, random: Random) -> str:
    """Return a text that holds every required word, letter by letter."""
    missing = [word for word in brief.must_include if word not in text]
    if not missing:
        return text
    if not reading.chinese:
        return " ".join([text, *(random.choice(_ENGLISH).replace("{w}", word) for word in missing)])
    told = [_carried(word, brief, reading, random) for word in missing]
    sentences = [part for part in _SENTENCE.findall(text) if part]
    if len(sentences) < 2:
        end = "" if text[-1:] in "。！？" else "。"
        return f"{text}{end}{'。'.join(told)}。"
    return f"{sentences[0].rstrip('，')}{'。'.join(told)}。{''.join(sentences[1:])}"


def bare(brief: Brief, core: str, reading: Reading) -> list[str]:
    """Return the shortest texts that a brief allows, the fuller ones first: name, required words, greeting.

    Without a greeting they are the required words alone, and none where only a name is required.
    """
    comma = "，" if reading.chinese else ", "
    words = [
        word for word in brief.must_include if not any(word in other and word != other for other in brief.must_include)
    ]
    name = brief.recipient or ""
    apart = [name, *words] if name and not any(name in word for word in words) else words
    if not core:
        return [comma.join(apart), "".join(apart)] if words else []
    return [
        comma.join([*apart, core]) + ("！" if reading.voice == "bright" and reading.chinese else ""),
        comma.join([*apart, core]),
        "".join([*apart, core]) if reading.chinese else " ".join([*apart, core]),
    ]


def _carried(word: str, brief: Brief, reading: Reading, random: Random) -> str:
    plain = simplified(word)
    if plain in _GOOD:
        forms = _WISHED
    elif len(word) > 4 or re.search(r"[，。！？,.!?\s]", word):
        return word.rstrip("。")
    elif len(word) == 4 and is_chinese(word):
        forms = _QUOTED
    else:
        forms = _TOLD if reading.voice == "bright" else _GRAVE
    you = "您" if reading.person.polite else "你"
    told = [form.replace("{you}", you) for form in forms]
    told = [traditional(form) if reading.traditional else form for form in told]
    fitting = [form for form in told if not any(other in form for other in brief.avoid)]
    return random.choice(fitting or told).replace("{w}", word)
