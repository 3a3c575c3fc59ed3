"""The words of answers: yes and no, lists whose members exclude each other, Chinese numerals, what means nothing."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

__all__ = [
    "ADVICE",
    "chinese_number",
    "closed_word",
    "contrary",
    "is_open",
    "other_numbers",
    "same_words",
    "stripped",
    "truth",
]

_TRUE: Final = frozenset(
    [
        "√",
        "✓",
        "✔",
        "对",
        "正确",
        "是",
        "真",
        "能",
        "可以",
        "true",
        "yes",
        "correct",
        "right",
        "成立",
        "会",
        "存在",
        "exist",
        "exists",
        "是的",
    ]
)
_FALSE: Final = frozenset(
    [
        "×",
        "*",
        "✗",
        "✘",
        "错",
        "错误",
        "否",
        "不是",
        "假",
        "不能",
        "不可以",
        "false",
        "no",
        "incorrect",
        "wrong",
        "不成立",
        "不会",
        "不存在",
        "不对",
        "不正确",
    ]
)
_LISTS: Final = (
    "上 下 左 右 前 后 up down left right front back",
    "正 负 正数 负数 positive negative",
    "东 南 西 北 东南 东北 西南 西北 east south west north",
    "顺时针 逆时针 clockwise counterclockwise anticlockwise",
    "增大 减小 不变 增加 减少 increase decrease unchanged",
    "大于 小于 等于",
    "平行 相交 垂直 重合 不平行 异面 parallel perpendicular",
    "同向 反向",
    "男生 女生 男 女 boys girls",
    "菱形 矩形 正方形 长方形 平行四边形 梯形 等腰梯形 rhombus rectangle square parallelogram trapezoid",
    "等腰三角形 等边三角形 直角三角形 等腰直角三角形 锐角三角形 钝角三角形",
    "圆柱 圆锥 球 棱柱 棱锥 三棱柱 五棱台 四棱台 四棱柱 五棱柱 三棱锥 四棱锥 五棱锥 圆台 棱台 三棱台 正方体 长方体",
    "cylinder cone sphere cube cuboid prism pyramid frustum pentagonalprism pentagonalpyramid triangularfrustum",
    "扇形 条形 折线 扇形统计图 条形统计图 折线统计图",
    "锐角 直角 钝角 平角 周角 acute obtuse",
    "轴对称 中心对称",
    "甲 乙 丙 丁",
    "奇数 偶数 质数 合数 odd even",
    "一 二 三 四",
)
_OF: Final[dict[str, frozenset[int]]] = {}
for _place, _list in enumerate(_LISTS):
    for _word in _list.split():
        _OF[_word] = _OF.get(_word, frozenset()) | {_place}
_CONTRARY: Final = (
    ("男", "女"), ("多", "少"), ("大", "小"), ("上", "下"), ("左", "右"), ("前", "后"), ("增", "减"), ("高", "低"),
    ("长", "短"), ("平行", "垂直"), ("顺时针", "逆时针"), ("more", "less"), ("more", "fewer"), ("boys", "girls"),
    ("left", "right"), ("up", "down"), ("maximum", "minimum"), ("largest", "smallest"), ("正", "负"), ("快", "慢"),
    ("早", "晚"), ("东", "西"), ("南", "北"), ("盈", "亏"), ("赚", "赔"), ("clockwise", "counterclockwise"),
)  # fmt: skip
_NOT: Final = re.compile(r"不|没|无|非|未|\bnot?\b|n't|cannot|\bnever\b|略少|incorrect", re.IGNORECASE)
_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_TENS: Final = {"十": 10, "百": 100, "千": 1000}
_CHINESE: Final = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+")
_MARK: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?|[<>≤≥]")
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_COMMANDS: Final = re.compile(r"\\[A-Za-z]+")
_ORDERS: Final = re.compile(r"[<>≤≥=≠]")
_SENTENCE: Final = re.compile(r"[\u4e00-\u9fff]{2}.*\d|[A-Za-z]{3,} .*\d")
ADVICE: Final = re.compile(
    r"\(?\s*(?:(?:证明|理由|过程|作图|画图|图形?|解答|答案?)?从?略|答案不唯一|言之有理即可|合理即可|不分先后(?:顺序)?|不唯一"
    r"|(?:the )?(?:reason|proof|diagram|drawing|figure)s?(?: is| are)? omitted|omitted|in no particular order"
    r"|any reasonable answer is acceptable|see (?:the )?figure|如图(?:所示)?|作图如下)\s*\)?",
    re.IGNORECASE,
)
"""Remarks to the reader that are no part of an answer."""
_OPEN: Final = re.compile(
    r"言之有理|合理即可|答案不唯一|any reasonable|answers? (?:may|can) vary|作图|画图|图略|证明略|如图"
    r"|see (?:the )?figure|(?:proof|diagram|drawing) omitted",
    re.IGNORECASE,
)
_EMPTY: Final = re.compile(
    r"[\s,.;:!?，。；：！？、()\[\]<>\"″′'`*_$~]+|的|了|\b(?:the|a|an|of|is|are|was)\b", re.IGNORECASE
)


def truth(text: str) -> bool | None:
    """Return what a word for yes or no says; None for any other."""
    low = text.strip(" .,;!()").lower()
    return True if low in _TRUE else False if low in _FALSE else None


def closed_word(text: str) -> bool:
    """Say whether a word is one of a list whose members exclude each other."""
    return text.strip(" .,;").lower() in _OF


def same_words(one: str, other: str) -> bool | None:
    """Say whether two texts are the same words; False where they exclude each other; None where nobody can say."""
    left, right = stripped(one), stripped(other)
    if left == right:
        return _ORDERS.findall(one) == _ORDERS.findall(other)
    shared = _OF.get(left, frozenset[int]()) & _OF.get(right, frozenset[int]())
    if shared and left.isascii() == right.isascii():
        return False
    for short, long in ((left, right), (right, left)):
        if len(short) >= 2 and long.endswith(short) and not contrary(one, other) and len(long) <= 3 * len(short) + 12:
            rest = long.removesuffix(short)
            return True if rest.endswith(("是", "为", "选", "填")) or not rest else None
    return None


def contrary(one: str, other: str) -> bool:
    """Say whether two texts disagree in a word such as more and less, or in a negation."""
    if len(_NOT.findall(one)) % 2 != len(_NOT.findall(other)) % 2:
        return True
    low, more = one.lower(), other.lower()
    return any(
        (a in low) != (b in low) and (a in more) != (b in more) and (a in low) != (a in more) for a, b in _CONTRARY
    )


def other_numbers(one: str, other: str) -> bool:
    """Say whether two sentences have the same words, and other numbers or signs of order among them."""
    shapes = [_MARK.sub("#", stripped(text)) for text in (one, other)]
    if shapes[0] != shapes[1] or not _SENTENCE.search(_COMMANDS.sub("", one)):
        return False
    first, second = ([_value(mark) for mark in _MARK.findall(text.translate(_NARROW))] for text in (one, other))
    return sorted(map(str, first)) != sorted(map(str, second))


def _value(mark: str) -> object:
    return Fraction(mark) if mark[0].isdigit() else mark


def stripped(text: str) -> str:
    """Return text without spaces, stops and small words, in small letters."""
    return _EMPTY.sub("", text.translate(_NARROW)).lower()


def is_open(text: str) -> bool:
    """Say whether a right answer leaves the answer to the reader: a drawing, a proof, any reasonable words."""
    return bool(_OPEN.search(text)) or not ADVICE.sub("", text).strip(" .;,()")


def chinese_number(text: str) -> int | None:
    """Return the number that Chinese numerals write, below 10^12; None for other text."""
    if not _CHINESE.fullmatch(text) or len(text) > 20:
        return None
    if not any(sign in _TENS or sign in "万亿" for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total = section = number = 0
    for sign in text:
        if sign in _DIGITS:
            number = _DIGITS[sign]
        elif sign in _TENS:
            section += (number or (1 if not section else 0)) * _TENS[sign]
            number = 0
        else:
            total = (total + section + number) * (10**4 if sign == "万" else 10**8)
            section = number = 0
    return total + section + number
