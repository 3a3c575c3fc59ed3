"""A Chinese question turned into a statement: the asking word stays where it is and gives way to the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from questline.tools.mathematics.unit_table import find, is_known

from .phrases import Phrase

__all__ = ["asked_in_chinese", "statements_in_chinese"]

_POLITE: Final = re.compile(
    r"^(?:你好|您好|请问|请告诉我|告诉我|帮我(?:查|看|算)(?:一下|下)?|我想知道|请|那么|然后|另外)[，,：:!！]?\s*"
)
_TAIL: Final = re.compile(r"[？?。！!\s]*(?:呢|呀|啊|吗|嘛)?[？?。！!\s]*$")
_MEASURES: Final = "个名位次人天日周年月元岁条座届种艘本页米克吨公里小时分钟秒张台辆家间只头"
_ASKING: Final[tuple[tuple[re.Pattern[str], frozenset[str], str], ...]] = tuple(
    (re.compile(pattern), frozenset(kinds.split()), form)
    for pattern, kinds, form in (
        (r"(?:星期|周|礼拜)几", "weekday", "{}"),
        (r"哪一?天|几月几[日号]|什么日[期子]|哪一?日|何日", "date", "{}"),
        (r"什么时候|何时|什么时间|几点钟?", "date time number weekday", "{}"),
        (r"哪一?年|几几年", "number date", "{}"),
        (r"多少钱", "number", "{}"),
        (rf"(?:多少|几)(?P<measure>[{_MEASURES}]?)", "number", "{}{measure}"),
        (r"多[高长深重远大快久]", "number", "{}"),
        (r"谁|哪一?位|哪个人|什么人", "text list", "{}"),
        (r"哪里|哪儿|何地|什么地方|什么位置", "text list", "{}"),
        (r"哪些[\u4e00-\u9fff]{0,2}?(?=[比有是在被])", "text list", "{}"),
        (r"什么(?!样)", "text list number date time weekday", "{}"),
        (r"哪一?[个艘本座家条部种间只]", "text list", "{}"),
    )
)


def asked_in_chinese(intent: str) -> str:
    """Return the question alone: without polite words and its end."""
    text = intent.strip()
    while (shorter := _POLITE.sub("", text)) != text:
        text = shorter
    return _TAIL.sub("", text)


def statements_in_chinese(intent: str, phrase: Phrase) -> Iterator[str]:
    """Yield the statements that answer an intent, the one that reads best first; perhaps none."""
    core = asked_in_chinese(intent)
    for pattern, kinds, form in _ASKING:
        match = pattern.search(core)
        if match is None or phrase.kind not in kinds:
            continue
        measure = match.groupdict().get("measure") or ""
        said = _in_asked_unit(phrase.text, f"{measure}{core[match.end() :]}")
        if said:
            yield f"{core[: match.start()]}{said}{measure}{core[match.end() :]}。"
            return
        told = phrase.text if measure and phrase.text.endswith(measure) else form.format(phrase.text, measure=measure)
        yield f"{core[: match.start()]}{told}{core[match.end() :]}。"
        return


def _in_asked_unit(text: str, follows: str) -> str:
    """Return the number alone where the question's next word is the unit that stands behind it; empty where not."""
    number, _, unit = text.rpartition(" ")
    if not number or not is_known(unit):
        return ""
    asked = next((follows[:size] for size in (3, 2, 1) if len(follows) >= size and is_known(follows[:size])), "")
    return number if asked and find(asked).symbol == find(unit).symbol else ""
