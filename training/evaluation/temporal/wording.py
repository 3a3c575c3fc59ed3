"""What answers say beside their content: that they do not know, deny, hedge; and texts made alike for comparison."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from questline.tools.text import CJK, normalize, visible

__all__ = ["bare", "denies", "directions", "hedges", "plain", "refuses", "unframed"]

_REFUSES: Final = re.compile(
    r"不知道|不清楚|不确定|不详|未知|无法(?:确定|判断|回答|得知|确认|获知|推断)|不能确定|难以(?:确定|判断)|没有提(?:到|及)|未提(?:到|及)"
    r"|没有(?:相关|足够|任何)?的?(?:信息|资料|记录|记载)|无相关信息|资料不足"
    r"|\b(?:i (?:do not|don'?t) know|unknown|unanswerable|no answer|not sure|unsure|unclear|no information|n/?a"
    r"|(?:can ?not|can'?t|could not|unable to|impossible to) (?:be )?(?:determined?|answer|tell|say|know|find)\w*"
    r"|not (?:mentioned|given|stated|specified|provided|known|enough information))\b"
)
_HEDGES: Final = re.compile(
    r"可能|不(?:能|可|会)?排除|也许|或许|大概|恐怕|说不定|应该是|似乎|好像|看起来|估计|难说|不一定|不好说|未必|有待|视情况"
    r"|\b(?:maybe|perhaps|possibly|probably|likely|unlikely|might|may be|could be|seems?"
    r"|i (?:think|guess|believe)|it depends)\b"
)
_DENIES: Final = re.compile(
    r"(?<!是)不是|并非|并不|并没|并未|没有|没能|不在|不会|不能|未能|尚未|从未|无需|不再|不予|不同(?!程度)|未(?=[通获达被实完遂经参出发])"
    r"|\b(?:not|never|no longer|neither|nor|didn'?t|doesn'?t|isn'?t|wasn'?t"
    r"|weren'?t|won'?t|hasn'?t|haven'?t|cannot|can'?t)\b"
)
_UP: Final = (
    r"(?<!新)增(?!量)|上涨|领涨|(?<!下)涨(?!跌)|上升|上调|提高|反弹|回升|盈利|(?<!下)升(?!级)"
    r"|\b(?:r[io]se[ns]?|rising|up|increas\w+|gain\w*|gr[eo]w\w*|climb\w*|higher)\b"
)
_DOWN: Final = (
    r"下跌|领跌|(?<!涨)跌|下降|下滑|减少|降低|下调|回落|亏损|缩水|(?<!下)降(?!落)|减(?!免)"
    r"|\b(?:f[ae]ll\w*|down|decreas\w+|dropp?\w*|declin\w+|lost|loss\w*|lower|shr[aiu]nk\w*)\b"
)
_TURNS: Final = re.compile(f"(?P<up>{_UP})|(?P<down>{_DOWN})")
_FRAME: Final = re.compile(
    r"^(?:(?:最终|正确|我的)?(?:答案|回答|结论)(?:是|为)?|答"
    r"|(?:the )?(?:final |correct |short )?answer(?: is)?|a)\s*[:：,，]\s*"
    r"|^(?:最终|正确)?答案(?:是|为)(?!否)|^(?:the )?(?:final |correct )?answer is\s+"
)
_MARKUP: Final = re.compile(r"[*_`#>]+")
_CONTENT: Final = re.compile(rf"[^\W_]|[{CJK}%‰]")


def plain(text: str) -> str:
    """Return a text folded (width, case), on one line, without marks of Markdown and unseen characters."""
    return " ".join(_MARKUP.sub("", normalize(visible(text))).split())


def unframed(text: str) -> str:
    """Return an answer, folded, without ``答案是``, ``The answer is``, quotes around it and marks at its ends."""
    found = plain(text).strip(" \"'“”‘’「」『』《》.。!！,，;；:：")
    return _FRAME.sub("", found).strip(" \"'“”‘’「」『』.。!！,，;；:：")


def bare(text: str) -> str:
    """Return only letters, digits and per cent signs: width, case, quotes, brackets, titles' marks and spaces gone."""
    kept = [each for each in plain(text) if _CONTENT.match(each) or unicodedata.category(each) == "Sc"]
    return "".join(kept)


def refuses(text: str) -> bool:
    """Say whether a text says that it cannot answer."""
    return _REFUSES.search(plain(text)) is not None


def hedges(text: str) -> bool:
    """Say whether a text leaves open what it says."""
    folded = plain(text)
    return _HEDGES.search(folded) is not None or _REFUSES.search(folded) is not None


def denies(text: str) -> bool:
    """Say whether a text holds a negation."""
    return _DENIES.search(plain(text)) is not None


def directions(text: str) -> list[str]:
    """Return the words for rising and falling in a text as ``up`` and ``down``, in their order."""
    return [str(match.lastgroup) for match in _TURNS.finditer(plain(text))]
