"""Read a brief: occasion, person, age, tone, length and language, by rule.

Built for how people type such wishes into a search box (8,555 queries of spec 08 were looked at; none is stored here).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from questline.tools.number_words import chinese_number

from .brief import Brief, Tone
from .context import Context, context_of, grown_over
from .grammar.bank import bank, named
from .grammar.order import SAD, akin
from .people import Person, person_in
from .script import is_chinese, is_traditional, lowered

__all__ = ["Reading", "read", "unwanted"]

_TONES: Final[tuple[tuple[Tone, re.Pattern[str]], ...]] = (
    ("humorous", re.compile(r"幽默|搞笑|调侃|逗|风趣|好笑|俏皮|搞怪|沙雕|funny|humou?r|joke")),
    ("poetic", re.compile(r"唯美|文艺|诗|高雅|文笔|古风|古老|文采|绝美|意境|雅|poe[mt]|elegant")),
    ("formal", re.compile(r"正式|商务|高端|庄重|官方|贺词|致辞|大气|formal|official")),
    ("short", re.compile(r"简短|短句|一句|精辟|精短|短语|简单|精简|最短|短的|short|brief|one line")),
    ("warm", re.compile(r"暖心|温馨|走心|感人|真诚|温暖|真心|打动|感动|warm|heartfelt|sincere")),
)
_COUNT: Final = re.compile(r"([0-9]{1,2}|[两二三四五六七八九十]{1,3})个?字")
_UNWANTED: Final = re.compile(
    r"(?:别|不要|不能|请勿|勿)(?:再)?(?:提到?|说到?|写到?|出现|谈到?|用到?)[“「\"']?([\u4e00-\u9fff]{2,6}?)"
    r"(?=[”」\"'，。！？、,.!?\s]|$|和|或|以及|这|的|了|等)"
)
_COMFORTS: Final = re.compile(
    r"(?:安慰|慰问|劝慰|写给|送给|给)(?!(?:刚|已经?)?(?:去世|逝|过世|离世|走了|故|天堂|天上))"
)
_IDIOM: Final = re.compile(r"成语|四字词")
_AGE: Final = re.compile(r"([0-9]{1,3}|[零一二三四五六七八九十百]{1,5})(?:周岁|岁|大寿|寿辰|寿诞|多岁|几岁|生日)")
_ENGLISH_AGE: Final = re.compile(r"\b([0-9]{1,3})(?:st|nd|rd|th)\b")
_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文樊兰殷施陶洪翟安颜倪"
)
_NAME: Final = re.compile(
    rf"(?:给|祝|送|送给|恭喜|祝福)([{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?)(?=的|生日|结婚|新婚|高升|升职|康复|早日|乔迁|毕业|考)"
    r"|(?:给|祝|送给|恭喜|\bfor|\bto)\s?([A-Z][a-z]{1,15})\b"
)
_NAME_ENDS: Final = re.compile(r"[\u4e00-\u9fff]{0,2}(?:总|老师|经理|主任|姐|哥|叔|姨|院长|校长|工|董)$")
_ASKS: Final = re.compile(
    r"祝|贺|福|吉|愿|寄语|赠言|恭|喜|问候|文案|句子|金句|短句|好话|感言|卡|安|写给|送给|给.{1,8}的话"
    r"|心里话|美好|幸福|顺|wish|greet|congrat|happy|card|bless|toast|message|note"
)
_OTHER: Final = re.compile(
    r"《|》|张学友|鲁迅|歌曲|歌词|简谱|格式|哪个更|什么意思|的意思|区别|合适吗|怎么读|英文怎么|翻译|下一?句|图片|视频|壁纸"
    r"|头像|动图|mp3|播放|www\.|\.net|\.com|歌$|报税|税表|代码|tax form|recipe|source code|translate"
)
_NOT_NAMES: Final = re.compile(r"[祝福吉愿的生日婚喜年女男他她你我您人们别友]|安好|高考|常健")


_ALONE: Final = SAD | {"weekday", "health", "career", "love", "solar_term", "toast", "company", "thanks", "prayer"}
"""Occasions that are not joined to another one."""

_ROOM_FOR_TWO: Final = 32
"""Characters that a text of two occasions needs."""
_ROOMY: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a brief was taken to mean."""

    occasion: str
    """Id of the first occasion, ``general`` where none is named; see `questline.tools.writing.grammar.order.ORDER`."""
    also: str = ""
    """A second occasion that is named as well."""
    person: Person
    address: str
    """How the text calls the reader; empty for not at all."""
    age: int | None
    tone: Tone | None
    chinese: bool
    traditional: bool
    idioms: int = 0
    """The query wants so many phrases of four characters and nothing else."""
    hanzi: int | None = None
    """The query wants so many Chinese characters."""
    in_scope: bool
    """Whether a greeting is wanted at all."""
    context: Context = field(default_factory=Context)
    """What the query tells beside."""

    @property
    def voice(self) -> str:
        """``bright``, ``calm`` or ``sad``; calm where a happy occasion meets hard times."""
        own = bank().occasions[self.occasion].voice
        return "calm" if self.context.quiet and own == "bright" else own


def read(brief: Brief) -> Reading:
    """Read a brief; whatever is not found is left open."""
    query = " ".join(brief.query.split())
    plain = lowered(query)
    found = grown_over(list(named(query)), plain)
    person = person_in(plain, query)
    address = brief.recipient if brief.recipient is not None else person.address
    if brief.recipient is not None:
        own = lowered(brief.recipient)
        called = person_in(own, brief.recipient)
        person = called if called.group else _titled(own) or person
    elif not address and not person.group and (name := _NAME.search(query)):
        address = "" if _NOT_NAMES.search(name[1] or "") else name[1] or name[2]
    age = _age(plain)
    occasion, also = _occasions(found, plain)
    if occasion == "condolence":
        person = _bereaved(plain, query)
        address = brief.recipient or person.address
    count = _number(match[1]) if (match := _COUNT.search(plain)) else None
    words = is_chinese(query) or is_chinese(brief.recipient or "") or any(map(is_chinese, brief.must_include))
    idioms = count // 4 if count in (4, 8, 12, 16) else 2 if _IDIOM.search(plain) and count is None else 0
    tone: Tone | None = brief.tone or next((tone for tone, pattern in _TONES if pattern.search(plain)), None)
    chinese = is_chinese(query) if is_chinese(query) or query.isascii() else words
    hanzi = count if count and not idioms else None
    room = min(brief.max_chars or _ROOMY, hanzi or _ROOMY) - len(address) - sum(map(len, brief.must_include))
    two = chinese and tone != "short" and room >= _ROOM_FOR_TWO and not (idioms or brief.parallel or brief.rhyme)
    return Reading(
        occasion=occasion,
        also=also,
        person=Person(
            group=_group(person.group, age, occasion),
            address=person.address,
            plural=person.plural,
            third=person.third,
            word=person.word,
        ),
        address=address,
        age=age,
        tone=tone,
        chinese=chinese,
        traditional=is_traditional(query) or (not is_chinese(query) and is_traditional(brief.recipient or "")),
        idioms=idioms if brief.max_chars is None or brief.max_chars >= 5 * idioms - 1 else 0,
        hanzi=hanzi,
        in_scope=bool(found or _ASKS.search(plain)) and not _OTHER.search(plain),
        context=context_of(found, occasion, also, plain, two=two),
    )


def unwanted(query: str) -> tuple[str, ...]:
    """Return the words that a query does not want to read: ``元宵祝福，别提汤圆``."""
    return tuple(_UNWANTED.findall(query))


def _occasions(found: list[str], query: str) -> tuple[str, str]:
    """Return the first occasion and a second one; an age alone is no birthday beside something else."""
    if len(found) > 1 and "birthday" in found and not re.search(r"生日|生曰|寿|诞|过生|周岁|birthday|bday", query):
        found = [name for name in found if name != "birthday"]
    grave = [name for name in found[:1] if name in ("condolence", "thanks", "apology", "breakup")]
    if found[:2] == ["coming_of_age", "birthday"] and re.search(r"生日|birthday", query):
        found = ["birthday", *found[2:]]
    second = [name for name in found[1:] if name not in _ALONE and not akin(name, found[0])]
    return (found[0], "" if grave or not second else second[0]) if found else ("general", "")


def _bereaved(plain: str, query: str) -> Person:
    """Return who is to be comforted; nobody in particular where a query names only the dead."""
    match = _COMFORTS.search(plain)
    return person_in(plain[match.end() :], query[match.end() :]) if match else Person()


def _titled(name: str) -> Person | None:
    """Return what a title in a name tells: ``王总`` is somebody's boss, ``李老师`` a teacher."""
    if match := _NAME_ENDS.search(name):
        title = match[0][-2:]
        return Person(group="teacher" if title == "老师" else "friend" if title[-1] in "姐哥" else "boss", address=name)
    return None


def _group(group: str, age: int | None, occasion: str) -> str:
    """Return the group by the age too: who is sixty is spoken to as an elder, a child of twenty as a grown one."""
    grown = occasion in (
        "wedding",
        "engagement",
        "promotion",
        "graduation",
        "coming_of_age",
        "pregnancy",
        "exam_passed",
    )
    if group in ("child", "youth"):
        if age is not None:
            return "child" if age <= 12 else "youth"
        return "youth" if grown else group
    if group == "senior" and age is not None and age >= 60:
        return "grand"
    if group == "" and age is not None and occasion in ("birthday", "general", "health"):
        return "child" if age <= 12 else "youth" if age <= 25 else "grand" if age >= 60 else ""
    return group


def _age(query: str) -> int | None:
    if match := _AGE.search(query) or _ENGLISH_AGE.search(query):
        age = _number(match[1])
        return age if 0 < age <= 150 else None
    return None


def _number(told: str) -> int:
    """Return a number of digits or Chinese numerals; 0 for numerals side by side, as in 三四个字."""
    plain = told.isdigit() or len(told) == 1 or any(ten in told for ten in "十百")
    return chinese_number(told) if plain else 0
