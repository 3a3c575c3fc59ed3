"""Names of people in Chinese prose, where grammar shows them: after 是 or 由, or right before what somebody did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["people"]

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤"
)
_NATIVE: Final = rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?"
_FOREIGN: Final = r"[\u4e00-\u9fff]{1,6}(?:[·・•][\u4e00-\u9fff]{1,8})+?"
_DID: Final = (
    "设计|发明|创立|创办|创作|创建|建立|建造|导演|执导|编写|撰写|写|著|绘|作曲|演唱|主演|饰演|发现|提出"
    "|领导|指挥|担任|获得|当选|赢得|击败|制作|主持"
)
_END: Final = r"(?=[，。；！？、（(,;]|\s|$)"
_WHO: Final = re.compile(
    rf"(?:是|由|为|叫做?|名叫)(?P<named>{_FOREIGN}|{_NATIVE})(?:{_END}|(?={_DID}|所|和|与))"
    rf"|(?:^|[，。；：]|\d[年月日])(?P<doer>{_FOREIGN}|{_NATIVE})(?={_DID})"
)


def people(sentence: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of names that stand where a Chinese sentence says who: common surnames, or names with a dot."""
    for match in _WHO.finditer(sentence):
        yield match.span(match.lastgroup or 0)
