"""Rules for Chinese word problems of one or two steps; where none fits, no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from questline.tools.mathematics.checking.words import chinese_number

from .found import Found

__all__ = ["answer_chinese"]

_NUMBER: Final = re.compile(
    r"(?<![\d.A-Za-z/])(?P<figures>\d+(?:\.\d+)?(?:/\d+)?)(?P<scale>[万亿]?)(?P<unit>[\u4e00-\u9fff℃]{0,4})"
    r"|(?<!第)(?P<words>[两二三四五六七八九十百]+)(?P<counted>[个只条本元人次天名棵块张支盒包袋箱瓶朵辆班组行排盆米])"
)
_LOSS: Final = re.compile(r"走|卖|吃|发|种|写|修|做|付|借(?!来)|用(?:去|了|掉)|送|给|花|剪|拿|丢|飞|下(?:车|去)|少|付|运出|摘|看|喝|减|死|掉|灭|破|坏|撕|退|少|还给")
_GAIN: Final = re.compile(r"买(?:来|回|了|进)|又(?:来|买|运|上|收|借|做|飞来)|运(?:来|进)|飞来|上来|增加|多|借来|收到|得到|送来|捡|栽|还回来|生")
_TOTAL: Final = re.compile(r"一?共|总共|合计|全部|总数|加起来|总和|和是多少|和是几")
_LEFT: Final = re.compile(r"还?剩|余下|还有?(?:多少|几)|没有?(?:看|写|做|吃|修|走|卖)|还(?:要|差|需|没)|找回|找给")
_BEYOND: Final = re.compile(
    r"[%％‰]|百分|几分之|分之|折|比例|利率|利息|体积|容积|圆|正方体|长方体|棱|三角|梯形|平行四边|速度|同时|相遇|追|植树|每隔"
    r"|质数|合数|约数|倍数|至少|至多|最多|最少|平均数|照这样|余数|年前|年后|年龄和|锯|楼|方程|比值|图|角|公顷|个位|十位|这样的速度|若干"
)
_PER: Final = re.compile(r"每")
_ASKING: Final = re.compile(r"[?？]|多少|几(?!何)|是什么|求")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amount:
    value: Fraction
    unit: str
    clause: str
    each: bool
    """Whether ``每`` stands before it in its clause: ``每盒6个``."""


def answer_chinese(text: str) -> Found | None:
    """Return the value that a word problem asks for, or None where no rule reads it."""
    clauses = [piece for piece in re.split(r"[，,。；;？?！!．：:\n]|\.(?!\d)", text) if piece.strip()]
    asking = [at for at, piece in enumerate(clauses) if _ASKING.search(piece)]
    if not asking or len(asking) > 1 or _BEYOND.search(text):
        return None
    asked = clauses[asking[-1]]
    told = [amount for piece in clauses for amount in _amounts(piece, words=piece is not asked)]
    if not 2 <= len(told) <= 4 or any(not amount.value for amount in told):
        return None
    before = "，".join(piece for piece in clauses if piece is not asked)
    for rule in (_ratio, _difference, _comparison, _rectangle, _products, _share, _groups, _at_first, _running, _together):
        found = rule(told, before, asked)
        if found is not None:
            whole = found.value.denominator == 1 or not re.search(r"多少[个只条本人名辆棵张支盒]|几", asked)
            return found if found.value >= 0 and whole else None
    return None


def _amounts(clause: str, *, words: bool) -> list[_Amount]:
    found: list[_Amount] = []
    at = 0
    for match in _NUMBER.finditer(clause):
        if match["figures"]:
            top, _, bottom = match["figures"].partition("/")
            if bottom and not int(bottom):
                continue
            value = Fraction(top) / Fraction(bottom or 1) * {"": 1, "万": 10**4, "亿": 10**8}[match["scale"]]
            unit = match["unit"][:1]
        else:
            number = chinese_number(match["words"])
            if number is None or not words or match["counted"] in "人班组次":
                continue
            value, unit = Fraction(number), match["counted"]
        before = clause[at : match.start()]
        found.append(_Amount(value=value, unit=unit, clause=clause, each=bool(_PER.search(before) or re.search(r"一[个只条本盒箱包袋支]\S{0,6}$", before))))
        at = match.end("figures") if match["figures"] else match.end("words")
    return found


def _asked_unit(asked: str) -> str:
    match = re.search(r"(?:多少|几)(?:名|位)?([\u4e00-\u9fff])", asked)
    return match[1] if match else ""


def _ratio(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``A是B的多少倍``."""
    if not re.search(r"(?:多少|几)倍", asked) or len(told) != 2 or re.search(r"倍", before):
        return None
    high, low = sorted((amount.value for amount in told), reverse=True)
    return Found(value=high / low, rule="ratio", equation=f"{high} / {low}")


def _difference(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``A比B多多少``, ``相差多少``."""
    del before
    if not re.search(r"比.*[多少贵便宜高矮长短重轻远近快慢]+.{0,3}(?:多少|几)|相差|差多少|差是|多多少|少多少", asked):
        return None
    if len(told) != 2 or any(amount.each for amount in told) or told[0].unit != told[1].unit:
        return None
    high, low = sorted((amount.value for amount in told), reverse=True)
    return Found(value=high - low, rule="difference", equation=f"{high} - {low}")


def _comparison(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``小明比小红多9个``, ``是…的3倍``: from the one who is known to the one who is asked for."""
    match = re.search(
        r"([\u4e00-\u9fff]{1,8}?)(?:的?\w{0,4})比([\u4e00-\u9fff]{1,6}?)(?:的|\w{0,3}?)?(多|少|贵|便宜|高|矮|长|短|重|轻|大|小)\S{0,3}?(\d+)", before + "，" + asked
    )
    times = re.search(r"是([\u4e00-\u9fff]{1,8}?)的\s*(\d+)\s*倍", before + "，" + asked)
    if len(told) != 2 or bool(match) == bool(times) or _TOTAL.search(asked):
        return None
    if match:
        change = next((amount for amount in told if amount.value == int(match[4]) and "比" in amount.clause), None)
        base = next((amount for amount in told if amount is not change), None)
        if change is None or base is None or "比" in base.clause:
            return None
        forward = match[2][-2:] in base.clause or match[2][:2] in base.clause
        backward = match[2][:2] in asked and not forward
        if forward == backward:
            return None
        up = (match[3] in "多贵高长重大") == forward
        value = base.value + change.value if up else base.value - change.value
        return Found(value=value, rule="comparison", equation=f"{base.value} {'+' if up else '-'} {change.value}")
    assert times is not None
    factor = next((amount for amount in told if f"{amount.value}倍" in amount.clause.replace(" ", "")), None)
    base = next((amount for amount in told if amount is not factor), None)
    if factor is None or base is None:
        return None
    other = times[1]
    if other[:2] in asked and other[:2] not in base.clause:
        return Found(value=base.value / factor.value, rule="times", equation=f"{base.value} / {factor.value}")
    if other[:2] in base.clause and other[:2] not in asked:
        return Found(value=base.value * factor.value, rule="times", equation=f"{base.value} * {factor.value}")
    return None


def _rectangle(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """The area or the perimeter of a rectangle, told by its two sides."""
    text = before + asked
    if len(told) != 2 or "面积" not in asked and "周长" not in asked or told[0].unit != told[1].unit:
        return None
    if "长" not in before or "宽" not in before or re.search(r"面积|周长", before):
        return None
    one, other = told[0].value, told[1].value
    if "周长" in asked:
        return Found(value=2 * (one + other), rule="perimeter", equation=f"2 * ({one} + {other})")
    del text
    return Found(value=one * other, rule="area", equation=f"{one} * {other}")


def _products(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``5盒，每盒6个：一共多少个``, with what was taken away or added, and the change of a bill."""
    each = [amount for amount in told if amount.each]
    others = [amount for amount in told if not amount.each]
    unit = _asked_unit(asked)
    if not each or _PER.search(asked) or re.search(r"平均", asked) or (unit and each[-1].unit and each[-1].unit != unit):
        return None
    if len(each) == len(told) - 1 and len(others) == 1 and not _LEFT.search(asked):
        if others[0].unit == each[-1].unit or re.search(r"比|倍|各|都|和", before + asked):
            return None
        value, words = others[0].value, [str(others[0].value)]
        for amount in each:
            value, words = value * amount.value, [*words, str(amount.value)]
        return Found(value=value, rule="product", equation=" * ".join(words))
    if len(each) == 1 and len(others) == 2:
        counts = [amount for amount in others if amount.unit != each[0].unit]
        rest = [amount for amount in others if amount.unit == each[0].unit]
        if len(counts) != 1 or len(rest) != 1:
            return None
        product = counts[0].value * each[0].value
        if re.search(r"找回|找给|应找", asked):
            return Found(value=rest[0].value - product, rule="change", equation=f"{rest[0].value} - {counts[0].value} * {each[0].value}")
        if _LEFT.search(asked):
            return Found(value=abs(rest[0].value - product), rule="rest", equation=f"|{rest[0].value} - {counts[0].value} * {each[0].value}|")
    return None


def _share(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``656本，8个班：平均每班多少本``."""
    if not re.search(r"每|平均", asked) or len(told) != 2 or any(amount.each for amount in told) or "比" in before + asked:
        return None
    if _LEFT.search(before + asked) or not re.search(r"每.*(?:多少|几)|平均.*(?:多少|几)|(?:多少|几)", asked):
        return None
    unit = _asked_unit(asked)
    top = [amount for amount in told if amount.unit == unit]
    if len(top) != 1:
        return None
    bottom = told[0] if top[0] is told[1] else told[1]
    return Found(value=top[0].value / bottom.value, rule="share", equation=f"{top[0].value} / {bottom.value}")


def _groups(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``33个，每人4个：可以分给多少人``."""
    each = [amount for amount in told if amount.each]
    if len(told) != 2 or len(each) != 1 or _PER.search(asked) and not re.search(r"每\S*\d", asked):
        return None
    total = told[0] if each[0] is told[1] else told[1]
    unit = _asked_unit(asked)
    if total.unit != each[0].unit or not unit or unit == total.unit or "比" in before:
        return None
    if total.value % each[0].value:
        return None
    return Found(value=total.value / each[0].value, rule="groups", equation=f"{total.value} / {each[0].value}")


def _at_first(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``卖了7个，还剩5个：原来有多少个``."""
    if not re.search(r"原来|原有|开始|本来|带了", asked) or len(told) != 2 or any(amount.each for amount in told):
        return None
    lost = re.search(r"剩|还有", before)
    gained = _GAIN.search(before) and "现在" in before
    if bool(lost) == bool(gained) or told[0].unit != told[1].unit:
        return None
    one, other = told[0].value, told[1].value
    if lost:
        return Found(value=one + other, rule="at_first", equation=f"{one} + {other}")
    return Found(value=abs(one - other), rule="at_first", equation=f"|{one} - {other}|")


def _running(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``19个，卖出7个，又运进5个：现在有多少个``, ``还剩多少个``."""
    left = _LEFT.search(asked)
    if not left and not re.search(r"现在|这时", asked):
        return None
    if any(amount.each for amount in told) or len({amount.unit for amount in told} - {""}) != 1 or re.search(r"比|倍|平均", before + asked):
        return None
    if len({amount.clause for amount in told}) != len(told):
        return None
    if re.search(r"还(?:要|差|需)", asked) and len(told) == 2:
        high, low = sorted((amount.value for amount in told), reverse=True)
        return Found(value=high - low, rule="rest", equation=f"{high} - {low}")
    value, words = told[0].value, str(told[0].value)
    for amount in told[1:]:
        lost, gained = bool(_LOSS.search(amount.clause)), bool(re.search(r"又(?!卖|吃|借走|用|送|走|发|被)|来|回|进|增加", amount.clause))
        if lost == gained and not left:
            return None
        way = 1 if gained and not lost else -1
        value, words = value + way * amount.value, f"{words} {'+' if way > 0 else '-'} {amount.value}"
    return Found(value=value, rule="running", equation=words)


def _together(told: Sequence[_Amount], before: str, asked: str) -> Found | None:
    """``19枚，8枚：一共多少枚``."""
    if not _TOTAL.search(asked) or any(amount.each for amount in told) or len({amount.unit for amount in told}) != 1:
        return None
    if re.search(r"比|倍|共|平均|剩|走|卖|吃|住|排", before) or re.search(r"比|需要|排", asked) or len(told) > 3 or _PER.search(asked):
        return None
    values = [amount.value for amount in told]
    return Found(value=sum(values, Fraction(0)), rule="together", equation=" + ".join(map(str, values)))
