"""Whether a question asks for a deed to be done: a plain request, in the asker's own words, that nothing takes back.

A tool that may change something is called for a request alone. A question about the deed ("How do I book …?"), a
condition ("if it is free"), a prohibition ("don't", "never"), what somebody else did or wants, and words in quotation
marks are none. A request is known by its form: a verb of the tool in the imperative, or behind "please", "could you",
"I want you to"; whatever the rules do not know is no request. English and Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import stem
from questline.tools.tool_retrieval.documents import split_name

from .changing import DEEDS, TELLING, leading
from .kinds import shape_of

__all__ = ["Asking", "asking_for", "told_to_do"]

Asking: TypeAlias = Literal["request", "forbidden", "condition", "none"]
"""How a question speaks of a deed; ``none``: it asks about it, or does not speak of it."""

_POLITE: Final = (
    r"(?:(?:please|pls|kindly|hey|hi|hello|thanks|ok(?:ay)?|now|then|also|and|so|well|next|first|finally|afterwards"
    r"|after that|but|just|go ahead and|(?:do not|don['’]t|never) (?:forget|fail|hesitate) to"
    r"|(?:make|be) sure (?:to|you)"
    r"|would you mind|(?:can|could|will|would) you(?: (?:please|kindly|also|now|then))*"
    r"|(?:i|we)(?:['’]d| would)? (?:want|wish|need|like)(?: you| questline)? to|i am asking you to"
    r"|let['’]?s|let us|try to)\b[,!.:]?\s*)"
)
_START: Final = re.compile(rf"^[\s\W]*{_POLITE}*", re.IGNORECASE)
_ASKED_OF: Final = re.compile(
    r"please|pls|kindly|(?:can|could|will|would) you|(?:i|we)(?:['’]d| would)? (?:want|wish|need|like)", re.IGNORECASE
)
_DIRECT: Final = re.compile(r"\b(?:can|could|will|would) you\b", re.IGNORECASE)
_NOT_FORGET: Final = re.compile(r"\b(?:do not|don['’]?t|never) (?:forget|fail|hesitate) to\b", re.IGNORECASE)
_NOT: Final = re.compile(
    r"\b(?:not|never|no(?![.°]?\s?\d)|none|nobody|nothing|neither|nor|cannot|dont|wont|mustnt|shouldnt|cant|forbid\w*"
    r"|prohibit\w*|refrain|avoid|stop short)\b|n['’]t\b",
    re.IGNORECASE,
)
_DONT: Final = re.compile(r"\W*do(?:n['’]t)", re.IGNORECASE)
_CONDITION: Final = re.compile(
    r"\b(?:if|unless|whether|provided|providing|assuming|suppose|supposing|imagine|pretend|in case|as long as"
    r"|so long as|as soon as|whenever|hypothetically|depending|subject to|once (?!an?\b|per\b|every\b|more\b|again\b))"
    r"|\b(?:only|but) (?:when|after)\b|(?<!day )(?<!date )(?<!time )(?<!moment )(?<!week )"
    r"(?<!up )(?<!out )(?<!know )(?<!me )(?<!see )(?<!check )(?<!ask )\bwhen\b"
    r"|\b(?:ask|check|confirm|call|tell)(?:ing)?\b.{0,40}\bfirst\b"
    r"|\b(?:check|confirm|clear)(?:ing|s|ed)? (?:it )?with\b"
    r"|^\W*(?:after|before|should (?:the|it|he|she|they|there))\b",
    re.IGNORECASE,
)
_WITHDRAWN: Final = re.compile(
    r"\b(?:just kidding|(?:only|just) joking|scratch that|forget (?:it|that|about)|never ?mind|chang\w+ (?:my|our) mind"
    r"|on second thoughts?|cancel that|hold on|as a joke|wait, no"
    r"|ignore (?:this|that|it))\b|开玩笑|算了|不用了|当我没说",
    re.IGNORECASE,
)
_OPENS_QUESTION: Final = re.compile(
    r"^\W*(?:who|whom|whose|what|which|when|where|why|how|do|does|did|is|are|was|were|am|should|shall|may|might|must"
    r"|can|could|will|would|has|have|had|need|isn|aren|don|doesn|didn|shouldn|can)\b",
    re.IGNORECASE,
)
_INFINITIVE: Final = re.compile(
    r"\b(?:to|can|could|should|shall|may|might|must|will|would|do|does|did|need|let|help|how|why|whether|that)\b",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"(?:,|;)\s*(?:and|then|also|but|so)?\s*|\s+(?:and|then)\s+", re.IGNORECASE)
_SENTENCE: Final = re.compile(
    r"(?<=[.!?])(?<!\bNo\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSt\.)\s+|\n+|(?<=[。！？；])"
)
_QUOTED: Final = re.compile(r"[\"“][^\"“”]{2,}[\"”]|(?<!\w)['‘][^'‘’]{8,}['’](?!\w)|「[^」]+」|『[^』]+』")
_LIGHT: Final = frozenset(listed("make place put do get set arrange have file"))
"""Verbs that say nothing by themselves: "make a booking"."""
_BACK: Final = re.compile(
    r"\b(?:it|that|this|so|them|anything|yet|anyway)\b|^\W*(?:no|don['’]?t|do not|never mind)\W*$", re.IGNORECASE
)

_POLITE_ZH: Final = re.compile(
    r"^[\s\W]*(?:(?:请问?您?|麻烦您?你?|劳驾|帮我|替我|给我|为我|帮忙|你好|您好|那么?|然后|再|并且?|另外|现在|我想要?让?你?|我要你?"
    r"|我需要你?|能不能请你|可以请你|请你|请您)[\s，,]*)+"
)
_DEEDS_ZH: Final = {
    "预订": "book reserve", "预定": "book reserve", "预约": "book reserve schedule", "订购": "order buy purchase",
    "订": "book order reserve", "购买": "buy purchase order", "买": "buy purchase order", "发送": "send", "发": "send",
    "寄": "send mail ship", "删除": "delete remove erase", "删掉": "delete remove erase", "移除": "remove delete",
    "取消": "cancel", "创建": "create make add", "新建": "create add", "添加": "add insert create", "增加": "add",
    "登记": "register enrol add", "注册": "register", "报名": "register enrol", "提交": "submit", "更新": "update",
    "修改": "update edit change modify", "改": "change update edit", "重命名": "rename", "移动": "move",
    "复制": "copy", "上传": "upload", "发布": "publish post", "分享": "share", "安排": "schedule arrange",
    "播放": "play", "暂停": "pause", "停止": "stop", "启动": "start", "打开": "open turn switch start",
    "关闭": "close turn switch stop", "设置": "set", "提醒": "remind",
    "支付": "pay", "付款": "pay", "转账": "transfer pay",
    "邀请": "invite", "打印": "print", "安装": "install", "重启": "restart reboot", "退订": "unsubscribe cancel",
    "订阅": "subscribe", "卖": "sell", "归还": "return", "续借": "renew", "借": "borrow lend",
}  # fmt: skip
"""Chinese verbs of deeds, each with English ones that tools are described with."""
_ZH: Final = re.compile("|".join(sorted(_DEEDS_ZH, key=len, reverse=True)))
_NOT_ZH: Final = re.compile(r"不|别(?![人处的墅])|勿|莫|没|未|禁止|无需|休要|甭")
_CONDITION_ZH: Final = re.compile(r"如果|要是|假如|假设|倘若|若|的话|除非|万一|一旦|只要|只有|等到|之后再|再说")
_QUESTION_ZH: Final = re.compile(
    r"[？?]|吗|呢$|怎么|如何|怎样|能否|是否|可否|该不该|要不要|能不能|可不可以|为什么|为何|谁|哪|什么|几[点个天位]|多少|应该"
)


_Speaks: TypeAlias = Callable[[ToolDefinition, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    text: str
    start: int
    end: int


def asking_for(tool: ToolDefinition, question: str, *, text: str, start: int, end: int) -> Asking:
    """Say how a need of a question speaks of what a tool does.

    Args:
        tool: One that may change something.
        question: As it was asked, whole: what stands beside the need may forbid it or set a condition.
        text: The need, as it stands alone.
        start: Its first character in the question.
        end: One past its last.
    """
    sentences = _sentences(question)
    own = [one for one in sentences if one.start < end and start < one.end] or sentences
    chinese = any("\u4e00" <= char <= "\u9fff" for char in text)
    speaks = _speaks_zh if chinese else _speaks
    if not speaks(tool, " ".join(one.text for one in own)) and not speaks(tool, text):
        return "none"
    barred, condition = (_NOT_ZH, _CONDITION_ZH) if chinese else (_NOT, _CONDITION)
    wholes = [_QUOTED.sub(" ", _NOT_FORGET.sub(" please ", one.text)) for one in own]
    orders = _orders_zh if chinese else _orders
    ordered = orders(tool, _QUOTED.sub(" ", text), inside=True) and any(
        orders(tool, one, inside=True) for one in wholes
    )
    if any(barred.search(one) for one in wholes):
        return "forbidden" if ordered or any(_forbids(one, barred) for one in wholes) else "none"
    if ordered and any(condition.search(one) for one in wholes):
        return "condition"
    if ordered and _WITHDRAWN.search(question):
        return "forbidden"
    if ordered and any(_takes_back(one.text, tool, barred, speaks) for one in sentences if one not in own):
        return "forbidden"
    return "request" if ordered else "none"


def _forbids(text: str, barred: re.Pattern[str]) -> bool:
    """Say whether a sentence is a prohibition: no to a deed, by nobody but the asker, and no question."""
    found = barred.search(text)
    if found is None or text.rstrip().endswith(("?", "？")):
        return False
    if _OPENS_QUESTION.match(text[: found.start()]) and not _DONT.fullmatch(text[: found.end()]):
        return False
    opening = _START.match(text)
    before = text[opening.end() if opening else 0 : found.start()].strip()
    return not before or _ASKER.fullmatch(before) is not None or not text.isascii()


def told_to_do(name: str, text: str) -> bool:
    """Say whether a text, by its first verb, tells to do what a tool is named for: "Swap the duty" and `swap_duty`."""
    opened = _START.match(text)
    first = re.match(r"[A-Za-z]+", text[opened.end() if opened else 0 :])
    named = split_name(name).split()
    if first is None or not named or TELLING & {stem(first[0].casefold())}:
        return False
    return stem(first[0].casefold()) == stem(named[0].casefold())


def _takes_back(text: str, tool: ToolDefinition, barred: re.Pattern[str], speaks: _Speaks) -> bool:
    """Say whether another sentence forbids the deed: it says no to the tool's verb, or to what was said before."""
    bare = _NOT_FORGET.sub(" ", text)
    if not barred.search(bare) or text.rstrip().endswith(("?", "？")):
        return False
    return speaks(tool, text) or _BACK.search(bare) is not None or len(bare.split()) <= _SHORT


def _sentences(question: str) -> list[_Sentence]:
    found: list[_Sentence] = []
    at = 0
    for match in [*_SENTENCE.finditer(question), None]:
        end = match.start() if match else len(question)
        if question[at:end].strip():
            found.append(_Sentence(text=question[at:end], start=at, end=end))
        at = match.end() if match else end
    return found


def _verbs(tool: ToolDefinition) -> frozenset[str]:
    """Return what may be a tool's verb, as stems; deeds that its texts speak of too."""
    known = shape_of(tool).words
    return frozenset(map(stem, leading(tool))) | {stem(one) for one in DEEDS if stem(one) in known}


def _near(word: str, verbs: frozenset[str]) -> bool:
    """Say whether a word is one of the verbs, or a noun made of it: `booking`, `reservation`."""
    return stem(word) in verbs or any(len(one) > _ROOT and word.startswith(one) for one in verbs)


def _speaks(tool: ToolDefinition, text: str) -> bool:
    verbs = _verbs(tool)
    return any(_near(word, verbs) for word in re.findall(r"[A-Za-z]+", text.casefold()))


def _speaks_zh(tool: ToolDefinition, text: str) -> bool:
    return any(_fits_zh(tool, match[0]) for match in _ZH.finditer(text))


def _fits_zh(tool: ToolDefinition, verb: str) -> bool:
    told = f"{tool.name} {tool.title or ''} {tool.description[:300]}"
    return verb in told or bool(frozenset(map(stem, _DEEDS_ZH[verb].split())) & _verbs(tool))


def _orders(tool: ToolDefinition, text: str, *, inside: bool = False) -> bool:
    """Say whether a text tells somebody to do what a tool does: at its start or, where `inside`, behind a joint."""
    opening = _START.match(text)
    at = opening.end() if opening else 0
    direct = _DIRECT.search(text[:at]) is not None
    asks = text.rstrip().endswith("?")
    if _begins(tool, text[at:], gerund=bool(re.search(r"would you mind\W*$", text[:at], re.IGNORECASE))):
        return (not asks or direct) and not (direct and re.search(r"\bor\b", text[at:]))
    if not inside:
        return False
    for joint in _JOINT.finditer(text):
        rest = text[joint.end() :]
        behind = _START.match(rest)
        led = rest[: behind.end()] if behind else ""
        if not _begins(tool, rest[len(led) :]):
            continue
        if _ASKED_OF.search(led):
            return not asks or _DIRECT.search(led) is not None
        before = text[at : joint.start()]
        plain = re.match(r"[a-z]+\b", before, re.IGNORECASE) is not None and not _SUBJECT.match(before)
        if plain and not _INFINITIVE.search(before) and not asks:
            return True
    return False


def _begins(tool: ToolDefinition, text: str, *, gerund: bool = False) -> bool:
    first = re.match(r"([A-Za-z]+)\b(?!['’-])", text)
    if first is None:
        return False
    word = first[1].casefold()
    verbs = _verbs(tool)
    if word in _LIGHT and not _sets_its_own(tool, word, text):
        return any(_near(one, verbs) and stem(one) != stem(word) for one in re.findall(r"[a-z]+", text.casefold())[1:8])
    if gerund:
        return word.endswith("ing") and _near(word, verbs)
    bases = set(leading(tool)) | DEEDS
    return stem(word) in verbs and (
        word in bases or any(word in (one[:-1], one[:-2]) for one in bases if one.endswith("s"))
    )


def _sets_its_own(tool: ToolDefinition, word: str, text: str) -> bool:
    """Say whether a light verb is the tool's own, and stands before the thing that its name names: `set_heating`."""
    first, *things = split_name(tool.name).casefold().split() or [""]
    said = [stem(one) for one in re.findall(r"[a-z]+", text.casefold())[1:8]]
    return first == word and any(stem(thing) in said for thing in things)


def _orders_zh(tool: ToolDefinition, text: str, *, inside: bool = False) -> bool:
    if _QUESTION_ZH.search(text):
        return False
    parts = re.split(r"[，,；;：:]", text) if inside else [text]
    for part in parts:
        opened = _POLITE_ZH.match(part)
        rest = part[opened.end() :] if opened else part.strip()
        verb = _ZH.match(rest)
        moved = re.match(r"(?:把|将|在|给|为|替|用)[^，,。]{1,40}?(?P<v>" + _ZH.pattern + ")", rest)
        found = verb[0] if verb else moved["v"] if moved else ""
        if found and _fits_zh(tool, found):
            return True
    return False


_ROOT: Final = 3
_SHORT: Final = 4
"""Words of a sentence that can only speak of what was said before it."""
_ASKER: Final = re.compile(
    r"(?:i|we|you|it|this|better|please|do|does|is|(?:i|we)(?:['’]d| would)? rather|it is|you (?:must|may|should|are)"
    r"|(?:i|we) (?:do|would|am|are))",
    re.IGNORECASE,
)
"""What stands before the no of a prohibition."""
_SUBJECT: Final = re.compile(
    r"(?:i|we|you|he|she|they|it|the|an?|my|our|his|her|their|this|that|these|those|there|some\w*|every\w*|all|members?)\b",
    re.IGNORECASE,
)
