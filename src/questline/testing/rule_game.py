"""A scripted model that plays the writer's loops with planted behaviours, and labelled texts of the world it knows.

    game = RuleGame(seed=1, harmful=0.5)
    with ScriptedLLM(game) as server:
        …  # agents train judge-principles --labelled F --model scripted --base-url server.base_url

A text of this world is bad when it holds one of eight flaws. The detector knows a flaw only where a rule names it, and
follows rules that go too far; the optimizer proposes a harmful edit with a given probability. So what a set of rules is
worth is known exactly. It shows the mechanics of a loop, and nothing of the quality of a real model.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from questline.agents.writing.asking import prompt_of
from questline.tools.writing.types import Principle, RuleSet

from .replies import ChatRequest

__all__ = ["FLAWS", "RuleGame"]

FLAWS: Final[Mapping[str, str]] = {
    "催婚": "年纪不小了赶紧把婚结了吧",
    "咒病": "但愿你这回病得不算太重",
    "嫌老": "你脸上的皱纹又多出来几条",
    "攀比": "隔壁小李比你早升了三年",
    "空喊": "加油加油再加油冲呀冲呀冲",
    "错称": "尊敬的王总裁张大妈先生",
    "串喜": "顺便恭喜你家的猫搬新家",
    "讨债": "记得把上回的饭钱都还给我",
}
"""The eight flaws by name, each with the words that show it."""
_NEUTRAL: Final = (
    "楼下的桂花昨天又开一遍",
    "那本旧相册我一直收在身边",
    "你教我的那道菜终于做成了",
    "车站那次送别我记得清楚",
    "阳台上的灯我给你留到半夜",
    "你寄的茶叶我只舍得闻闻",
)
_PEOPLE: Final = ("奶奶", "表哥", "同桌", "班长", "邻居", "师傅", "妹妹", "老友")
_EVENTS: Final = ("生日", "搬家", "升职", "毕业", "开业", "复工")
_TOO_FAR: Final = "凡是写到"
_OVERBROAD: Final = ("桂花", "相册", "那道菜", "车站", "灯", "茶叶")
_LAST: Final = "{query}，{middle}，愿你往后的日子像刚晒过的被子，{ending}。"
_ENDINGS: Final = ("松软", "暖和", "清爽", "安稳", "亮堂", "舒展")
_AGENTS: Final = (
    *("positive", "negative", "strict", "reflect", "draft"),
    *("bad", "detect", "feedback", "optimize"),
)
_PLACEHOLDER: Final = "{{"


class RuleGame:
    """Answers every agent of both loops; give it to `ScriptedLLM` as its script.

    Args:
        seed: Of what it draws; equal requests get equal answers, but for drafts.
        harmful: How often the optimizer proposes an edit that makes the rules worse.
        wrong: How often the detector is wrong of a text, whatever the rules say.
        unreadable: How often a first answer has no readable form.
        always_good: Whether the detector, and the strict judge, call everything good.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        harmful: float = 0.5,
        wrong: float = 0.03,
        unreadable: float = 0.0,
        always_good: bool = False,
    ) -> None:
        self._seed, self._harmful, self._wrong = seed, harmful, wrong
        self._unreadable, self._always_good = unreadable, always_good
        self._drafted = Counter[str]()
        self._systems = {agent: prompt_of(agent, "judge").system.partition(_PLACEHOLDER)[0] for agent in _AGENTS}

    def __call__(self, request: ChatRequest) -> str:
        """Answer one request."""
        system = request.text("system")
        agent = next((name for name, start in self._systems.items() if system.startswith(start)), "")
        if not agent:
            raise ValueError("this request is of no agent of the loops")
        # A second try ends in what was wrong with the first.
        asked = next(turn.content for turn in reversed(request.messages) if turn.role == "user" and "<" in turn.content)
        if self._chance("unreadable", request.text()) < self._unreadable:
            return "抱歉，这个问题我需要再想一想。"
        told = getattr(self, f"_{agent}")(asked, system)
        return json.dumps(told, ensure_ascii=False)

    def rules(self) -> RuleSet:
        """Return rules of a judge that know three of the flaws, and say two things that no check is for."""
        known = [f"不写{name}一类的话。" for name in list(FLAWS)[:3]]
        texts = [*known, "读起来要通顺。", "说的事要和对方有关。"]
        principles = [Principle(id=f"r{place}", text=text) for place, text in enumerate(texts, start=1)]
        return RuleSet(name="game", version=1, principles=principles)

    def rows(self, count: int) -> list[dict[str, object]]:
        """Return so many labelled texts, half of them good, each of a query of its own, all of about one length."""
        rows: list[dict[str, object]] = []
        for number in range(count):
            query = f"给{self._pick(_PEOPLE, 'who', number)}的{self._pick(_EVENTS, 'what', number)}祝福{number}"
            good = number % 2 == 0
            middle = self._pick(_NEUTRAL if good else tuple(FLAWS.values()), "middle", number)
            rows.append({"query": query, "text": self._text(query, middle), "good": int(good)})
        return rows

    def worth(self, rules: RuleSet, rows: Sequence[Mapping[str, object]]) -> float:
        """Return the share of labels that a detector with these rules finds, without its own mistakes."""
        lines = [rule.text for rule in rules.principles]
        return sum(_bad(str(row["text"]), lines) != bool(row["good"]) for row in rows) / len(rows)

    def _text(self, query: str, middle: str) -> str:
        return _LAST.format(query=query, middle=middle, ending=self._pick(_ENDINGS, "end", query))

    # Signal 2.

    def _bad(self, asked: str, system: str) -> Mapping[str, object]:
        del system
        query, lines = _tag(asked, "query"), _rules(asked)
        open_to = [name for name in FLAWS if any(name in line for line in lines)] or list(FLAWS)
        flaw = self._pick(tuple(open_to), "flaw", f"{query} {lines}")
        return {"text": self._text(query, FLAWS[flaw]), "flaws": f"这段话有{flaw}的毛病。"}

    def _detect(self, asked: str, system: str) -> Mapping[str, object]:
        del system
        text = _tag(asked, "text")
        bad = _bad(text, _rules(asked)) != (self._chance("wrong", text) < self._wrong)
        if self._always_good or not bad:
            return {"verdict": "good", "reason": "没有违反原则。", "principles": [], "quote": "", "suggestion": ""}
        other = self._pick(tuple(FLAWS), "other", text)
        return {
            "verdict": "bad",
            "reason": "违反了原则。",
            "principles": [],
            "quote": "",
            "suggestion": f"改用{other}一类的写法。",
        }

    def _feedback(self, asked: str, system: str) -> Mapping[str, object]:
        del system
        text = _tag(asked, "text")
        if asked.strip().endswith("bad"):
            found = [name for name, words in FLAWS.items() if words in text]
            return {"feedback": "漏判。", "suggestion": f"要认出{''.join(found) or '这一类毛病'}。"}
        return {"feedback": "误判。", "suggestion": "删去说得太宽的原则。"}

    def _optimize(self, asked: str, system: str) -> Sequence[Mapping[str, object]]:
        lines, advice = _lines(asked), _tag(asked, "advice")
        named = [name for name in FLAWS if name in advice]
        if "原则" not in system.partition("用途是：")[2].partition("。")[0]:
            return self._with_rule(lines, f"多用{name}一类的写法。") if (name := "".join(named)) else []
        if self._chance("harmful", f"{lines} {advice}") < self._harmful:
            return self._harm(lines, advice)
        too_far = [name for name, text in lines if _TOO_FAR in text]
        if not named:
            return [{"op": "delete", "ids": too_far[:1], "text": ""}] if too_far and len(lines) > 1 else []
        missing = [name for name in named if not any(name in text for _, text in lines)]
        return self._with_rule(lines, f"不写{missing[0]}一类的话。") if missing else []

    def _harm(self, lines: Sequence[tuple[str, str]], advice: str) -> Sequence[Mapping[str, object]]:
        useful = [(name, text) for name, text in lines if any(flaw in text for flaw in FLAWS)]
        way = self._pick(("delete", "blur", "too far"), "way", f"{lines} {advice}")
        if way == "delete" and useful and len(lines) > 1:
            return [{"op": "delete", "ids": [useful[0][0]], "text": ""}]
        if way == "blur" and useful:
            return [{"op": "edit", "ids": [useful[-1][0]], "text": "写得要好。"}]
        word = self._pick(_OVERBROAD, "word", f"{lines} {advice}")
        return self._with_rule(lines, f"{_TOO_FAR}“{word}”的一律不合格。")

    @staticmethod
    def _with_rule(lines: Sequence[tuple[str, str]], text: str) -> Sequence[Mapping[str, object]]:
        if len(lines) < 10:
            return [{"op": "add", "ids": [], "text": text}]
        plain = next((name for name, said in lines if not any(flaw in said for flaw in FLAWS)), lines[-1][0])
        return [{"op": "edit", "ids": [plain], "text": text}]

    # Signal 1.

    def _draft(self, asked: str, system: str) -> Mapping[str, object]:
        del system
        query = _tag(asked, "query")
        self._drafted[query] += 1
        nth = f"{query} {self._drafted[query]}"
        flawed = self._chance("draft", nth) < 0.5
        return {"text": self._text(query, self._pick(tuple(FLAWS.values()) if flawed else _NEUTRAL, "words", nth))}

    def _positive(self, asked: str, system: str) -> Sequence[Mapping[str, object]]:
        del system
        found = [words for words in _NEUTRAL if words in _tag(asked, "text")]
        return [{"dimension": "specificity", "reason": "说到两人之间的事", "quote": words} for words in found]

    def _negative(self, asked: str, system: str) -> Sequence[Mapping[str, object]]:
        del system
        text = _tag(asked, "text")
        found = [(name, words) for name, words in FLAWS.items() if words in text]
        return [{"dimension": "wording", "reason": f"有{name}的意思", "quote": words} for name, words in found]

    def _strict(self, asked: str, system: str) -> Mapping[str, object]:
        del system
        bad = any(words in _tag(asked, "text") for words in FLAWS.values()) and not self._always_good
        return {"judge": int(not bad), "reason": "有毛病。" if bad else "各方面都好。"}

    def _reflect(self, asked: str, system: str) -> Mapping[str, object]:
        del system
        good = _tag(asked, "verdict").startswith("1")
        return {"judge": int(good), "reason": "维持原判。", "grounds": ""}

    def _chance(self, what: str, key: object) -> float:
        told = hashlib.sha256(f"{self._seed} {what} {key}".encode()).digest()
        return int.from_bytes(told[:8]) / 2**64

    def _pick(self, options: Sequence[str], what: str, key: object) -> str:
        return options[int(self._chance(what, key) * len(options))]


def _bad(text: str, rules: Sequence[str]) -> bool:
    """Say whether rules find a text out: by a flaw that they name, or by a word that one of them goes too far with."""
    named = [name for name, words in FLAWS.items() if words in text]
    if any(name in rule for name in named for rule in rules):
        return True
    return any(word in text for rule in rules if _TOO_FAR in rule for word in re.findall("“(.*?)”", rule))


def _tag(asked: str, name: str) -> str:
    found = re.search(rf"<{name}>\n?(.*?)\n?</{name}>", asked, re.DOTALL)
    return found[1] if found else ""


def _lines(asked: str) -> list[tuple[str, str]]:
    parts = (line.partition(": ") for line in _tag(asked, "rules").splitlines())
    return [(name, text) for name, _, text in parts if text]


def _rules(asked: str) -> list[str]:
    return [text for _, text in _lines(asked)]
