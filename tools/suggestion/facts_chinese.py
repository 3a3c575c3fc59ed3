"""Questions that a Chinese sentence answers, made by rule: 什么时候, 谁, 哪里, 多少, 什么."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["chinese_facts"]

_HAN: Final = r"\u4e00-\u9fff"
_SUBJECT: Final = rf"(?P<s>[{_HAN}A-Za-z0-9·《》“”]{{2,16}}?)"
_WHEN: Final = r"(?P<x>(?:公元前?)?\d{3,4}年(?:\d{1,2}月(?:\d{1,2}日)?)?)"
_COUNT: Final = r"(?P<x>\d[\d,.]*|[一二两三四五六七八九十百千]+)"
_MADE: Final = "设计|建造|建立|创立|创办|创作|修建|发明|编写|执导|主持|绘制|管理"
_OPENED: Final = "建成|成立|开放|开业|落成|出生|通车|竣工"
_RULES: Final[tuple[tuple[str, re.Pattern[str], str], ...]] = (
    (
        "when",
        re.compile(
            rf"^{_SUBJECT}(?:始建|建|创建|创立|生|{_OPENED})?(?:于|在){_WHEN}(?P<v>建造|点亮|{_OPENED})?",
        ),
        "{s}是什么时候{v}的？",
    ),
    ("who", re.compile(rf"^{_SUBJECT}(?:是)?由(?P<x>[{_HAN}·]{{2,12}}?)(?P<v>{_MADE})"), "{s}是由谁{v}的？"),
    ("where", re.compile(rf"^{_SUBJECT}(?:位于|坐落于|坐落在|地处)(?P<x>[{_HAN}]{{2,20}})"), "{s}在哪里？"),
    (
        "many",
        re.compile(
            rf"^{_SUBJECT}(?:共|约|大约)?(?:有|拥有){_COUNT}(?P<n>[个座条名位间层艘辆所家种])(?P<o>[{_HAN}]{{1,6}})"
        ),
        "{s}有多少{n}{o}？",
    ),
    ("height", re.compile(rf"^{_SUBJECT}(?P<v>高|长|宽|深)(?:约|达)?(?P<x>\d[\d,.]*(?:米|公里|千米))"), "{s}有多{v}？"),
    (
        "what",
        re.compile(rf"^{_SUBJECT}是(?P<x>(?:一[座个位种条家名]|中国|世界|当地)[{_HAN}A-Za-z0-9]{{2,30}})"),
        "{s}是什么？",
    ),
)
_VERB = re.compile(r"(?:始建|成立|创建|创立|出生|建成|竣工|开放|开业|落成|建|生)(?=(?:于|在))")
_ANAPHOR: Final = frozenset({"它", "他", "她", "该", "其", "这", "那", "这里", "那里", "他们", "我们", "它们"})
_BORN: Final = {"生": "出生", "建": "建成", "始建": "开始修建"}


def chinese_facts(sentence: str, title: str) -> Iterator[tuple[str, str, str]]:
    """Yield (facet, question, expected answer) for each rule that `sentence` fits; pronouns stand for `title`."""
    body = re.sub(r"\s+", "", sentence)
    for name in sorted(_ANAPHOR, key=len, reverse=True):
        if body.startswith(name):
            if not title:
                return
            body = title + body[len(name) :]
            break
    for facet, pattern, form in _RULES:
        found = pattern.match(body)
        if found is None:
            continue
        parts = {name: value or "" for name, value in found.groupdict().items()}
        if title.endswith(parts["s"]):
            parts["s"] = title
        if facet == "when" and not parts["v"]:
            said = _VERB.search(body)
            parts["v"] = _BORN.get(said.group(), said.group()) if said else ""
        if facet == "when" and not parts["v"]:
            continue
        yield facet, form.format(**parts), parts["x"]
