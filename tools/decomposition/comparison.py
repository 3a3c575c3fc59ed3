"""Questions that set two things against each other, taken apart into one sub-question for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

__all__ = ["Comparison", "Verdict", "compared"]

Verdict: TypeAlias = Literal["earliest", "latest", "most", "least", "same", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two alternatives and how the answers about them decide."""

    alternatives: tuple[str, str]
    ask: str
    """The sub-question, with ``{x}`` for an alternative."""
    verdict: Verdict
    """``earliest``/``latest`` compare dates, ``most``/``least`` numbers; ``same`` and ``both`` end in yes or no."""

    @property
    def parts(self) -> tuple[str, str]:
        """The two sub-questions."""
        first, second = self.alternatives
        return self.ask.replace("{x}", first), self.ask.replace("{x}", second)


_LONGEST: Final = 600
"""Characters; no comparison is as long, and the patterns take quadratic time."""
_EARLIER = r"(?:first|earlier|earliest|before|sooner|older|oldest)"
_LATER = r"(?:later|last|latest|more recently|most recently|after|younger|youngest|newer)"
_PEOPLE = (
    r"(?:director|composer|performer|singer|author|writer|producer|creator|founder|artist|lead actor"
    r"|father|mother|husband|wife)"
)
_THING = (
    r"(?:film|movie|song|album|book|novel|band|person|one|work|play|game|show|series|magazine|company"
    r"|university|building|city)"
)
_DATED: Final = (
    (rf"\b(?P<who>{_PEOPLE})s? .*\b(?:died|die|dead)\b", "When did the {who} of {thing} {{x}} die?"),
    (rf"\b(?P<who>{_PEOPLE})s? .*\b(?:born|older|younger|oldest|youngest|birth)\b", ("When was the {who} of "
"{thing} {{x}} born?")),
    (r"\b(?:died|die|passed away)\b", "When did {{x}} die?"),
    (
        r"\b(?:born|older|younger|oldest|youngest)\b(?! (?:film|movie|song|album|book|building|company))",
        "When was {{x}} born?",
    ),
    (
        rf"(?P<what>{_THING}) .*\b(?:released|came out|come out|published|premiered)\b",
        "When was the {what} {{x}} released?",
    ),
    (r"\b(?:released|came out|come out|published|premiered)\b", "When was {{x}} released?"),
    (
        r"\b(?:founded|established|formed|started|opened|built|created|begun|began|launched)\b",
        "When was {{x}} founded?",
    ),
    (r"\bcame first\b|\bfirst\b|\bearlier\b|\blater\b|\bmore recent", "When was {{x}} created?"),
)  # fmt: skip
_MEASURED: Final[tuple[tuple[str, str, Verdict], ...]] = (
    ("taller|tallest", "How tall is {x}?", "most"), ("shorter|shortest", "How long is {x}?", "least"),
    ("longer|longest", "How long is {x}?", "most"), ("higher|highest", "How high is {x}?", "most"),
    ("lower|lowest", "How high is {x}?", "least"), ("deeper|deepest", "How deep is {x}?", "most"),
    ("heavier|heaviest", "How heavy is {x}?", "most"), ("faster|fastest", "How fast is {x}?", "most"),
    ("farther|further", "How far is {x}?", "most"), ("larger|largest|bigger|biggest", "How large is {x}?", "most"),
    ("smaller|smallest", "How large is {x}?", "least"), ("more populous", "What is the population of {x}?", "most"),
    ("(?:more|most) people|larger population|higher population", "What is the population of {x}?", "most"),
)  # fmt: skip
_SAME: Final = (
    (
        r"^(?:do|did|are|were|is|have|has)\b.*?\bboth (?P<who>{people})s? of (?:the )?(?P<thing>films?"
        r"|movies?|songs?)?[:,]? ?(?P<pair>.+?)(?:,? (?-i:share|have|has|both|come|from|are"
        r"|were)\b.*)\bsame (?P<what>country|nationality)"
    ),
    (
        r"^(?:do|did|have|has)\b(?: the)?(?: both)?(?: the)? ?(?P<thing>films?|movies?"
        r"|songs?)?[:,]? ?(?P<pair>.+?),? (?-i:have|has|had) (?:the )?(?P<who>{people})s?\b.*\bsame "
        r"(?P<what>country|nationality)"
    ),
    (
        r"^(?:are|were|is|was|do|did|have)\b(?: both)?(?: the)?(?: films?| movies?| bands?"
        r"| songs?)?,? ?(?P<pair>.+?)(?:,? both)?,? (?P<verb>(?-i:located|based|situated|from|of(?= the same)"
        r"|share|have|found|in|come|originate))\b.*?\b(?:the )?same (?P<what>[a-z]+)"
    ),
)
_SAME_AS = re.compile(
    r"^(?:does|did|is|was|has) (?P<a>.+?) (?:have|share|from|of"
    r"|located in) the same (?P<what>[a-z]+) as (?P<b>.+)$",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"^(?P<verb>are|were|is|was|do|did|have|has|can) (?:both )?(?P<pair>.+? and .+?) (?P<both>both )"
    r"(?P<rest>.+)$|^(?P<verb2>are|were) both (?P<pair2>.+? and .+?) (?P<rest2>(?:an? |located |from |in "
    r"|based |considered )?[^A-Z]*?.*)$",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"^(?P<ask>.+?)[,:;—]\s*(?:is it |between )?(?P<pair>.+?\bor\b.+)$"
    r"|^between (?P<pair2>.+?\band\b.+?),\s*(?P<ask2>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_CHOICE_PLAIN = re.compile(
    r"^(?P<ask>who|which(?: \w+)?"
    r"|what(?: \w+)?) (?P<verb>.+? (?:first|later|earlier"
    r"|older|younger|taller"
    r"|larger|longer|bigger|smaller|higher|more recently)),? (?P<pair>.+? or .+)$",
    re.IGNORECASE,
)
_WAS_EITHER = re.compile(
    r"^(?P<verb>is|was|did) (?P<pair>.+? or .+) "
    r"(?P<how>(?:born|die|released|founded|formed"
    r"|opened"
    r"|created|published)(?: \w+)? ?(?:first|earlier|later|last)|older|younger|taller|larger|bigger"
    r"|longer)$",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    r"^(?P<ask>(?:who|which|what)\b.+?),? (?:out of|among"
    r"|of|between)(?: the two)?,? (?P<pair>.+? and .+)$",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"^(?P<a>.+?)[和与跟、](?P<b>.+?)[，,]?(?:相比)?[，,]?(?:谁"
    r"|哪[个一]?(?P<thing>[部座家位首本条]?))(?:的)?(?P<how>.+)$"
)
_CHINESE_HOW: Final[tuple[tuple[str, str, Verdict], ...]] = (
    ("先出生|更早出生|年长|年纪更大|更老|更年长", "{x}何时出生？", "earliest"),
    ("后出生|更晚出生|年轻|更小", "{x}何时出生？", "latest"),
    ("先去世|更早去世|先死", "{x}何时去世？", "earliest"),
    ("后去世|更晚去世", "{x}何时去世？", "latest"),
    ("先上映|更早上映|先发行|先出版|更早", "{x}何时上映？", "earliest"),
    ("后上映|更晚上映|更晚", "{x}何时上映？", "latest"),
    ("成立|创立|建立", "{x}何时成立？", "earliest"),
    ("更高", "{x}有多高？", "most"),
    ("更长", "{x}有多长？", "most"),
    ("更大|更多", "{x}有多大？", "most"),
)


@lru_cache(maxsize=512)
def compared(question: str) -> Comparison | None:
    """Read `question` as a comparison of two things, or return None when it is none."""
    text = " ".join(question.split()).rstrip(" ?？.。")
    if len(text) > _LONGEST:
        return None
    return _same(text) or _both(text) or _choice(text) or _chinese(text)


def _same(text: str) -> Comparison | None:
    if not re.search(r"\bsame\b", text):
        return None
    for pattern in _SAME:
        match = re.match(pattern.replace("{people}", _PEOPLE), text, re.IGNORECASE)
        pair = match and _split(match.group("pair"), "and")
        if match and pair:
            found = match.groupdict()
            return Comparison(alternatives=pair, ask=_same_ask(found), verdict="same")
    match = _SAME_AS.match(text)
    if match:
        found = {**match.groupdict(), "verb": "have"}
        return Comparison(alternatives=(found["a"], found["b"]), ask=_same_ask(found), verdict="same")
    return None


def _same_ask(found: dict[str, str | None]) -> str:
    what = (found["what"] or "").lower()
    who, thing = found.get("who"), (found.get("thing") or "film").rstrip("s").lower()
    subject = f"the {who.lower()} of {thing} {{x}}" if who else "{x}"
    if what == "nationality":
        return f"What is the nationality of {subject}?"
    if what == "country" and (
        who or (found.get("verb") or "").lower() in {"from", "share", "have", "of", "come", "originate"}
    ):
        return f"Which country is {subject} from?"
    return f"Which {what} is {subject} located in?"


def _both(text: str) -> Comparison | None:
    match = _BOTH.match(text)
    if match is None:
        return None
    verb, pair, rest = (match.group(name) or match.group(name + "2") for name in ("verb", "pair", "rest"))
    split = _split(pair, "and")
    if split is None or not rest:
        return None
    singular = {"are": "Is", "were": "Was", "do": "Does", "have": "Has"}.get(verb.lower(), verb.capitalize())
    one = re.sub(r"^(located|from|in|based)|^(?=[a-z]+s$)", r"\1", rest)
    one = re.sub(r"^((?:[\w-]+ )*?[\w-]+[^s])s$", r"a \1", one) if singular in {"Is", "Was"} else one
    return Comparison(alternatives=split, ask=f"{singular} {{x}} {one}?", verdict="both")


def _choice(text: str) -> Comparison | None:
    either = _WAS_EITHER.match(text)
    if either:
        pair = _split(either.group("pair"), "or")
        return _decided(f"who {either.group('verb')} {either.group('how')}", pair) if pair else None
    match = _CHOICE.match(text) or _CHOICE_PLAIN.match(text)
    if match is None:
        return _one_of(text)
    found = match.groupdict()
    between = found.get("pair2")
    pair = _split(between, "and") if between else _split(found["pair"], "or")
    ask = found.get("ask2") or " ".join(filter(None, (found["ask"], found.get("verb"))))
    if pair is None or not re.search(r"\b(?:who|which|what|whose)\b", ask, re.IGNORECASE):
        return None
    return _decided(ask, pair)


def _one_of(text: str) -> Comparison | None:
    match = _OUT_OF.match(text)
    if match is None or not re.search(rf"\b(?:{_EARLIER}|{_LATER})$", match.group("ask"), re.IGNORECASE):
        return None
    pair = _split(match.group("pair"), "and")
    return _decided(match.group("ask"), pair) if pair else None


def _decided(ask: str, pair: tuple[str, str]) -> Comparison | None:
    folded = ask.lower()
    for words, template, verdict in _MEASURED:
        if re.search(rf"\b(?:{words})\b", folded):
            return Comparison(alternatives=pair, ask=template, verdict=verdict)
    for pattern, template in _DATED:
        match = re.search(pattern, folded)
        if match and re.search(rf"\b(?:{_EARLIER}|{_LATER})\b|more recent", folded):
            names = {"who": "", "what": "", **{key: value for key, value in match.groupdict().items() if value}}
            thing = re.match(rf"(?:which|what) ({_THING})\b", folded)
            filled = template.format(**names, thing=thing.group(1) if thing else "film")
            latest = bool(re.search(rf"\b{_LATER}\b|more recent", folded))
            return Comparison(alternatives=pair, ask=filled, verdict="latest" if latest else "earliest")
    more = re.search(
        r"\b(?:has|have|had|won|scored|sold|wrote|made|directed)\b.*?\b(?P<way>more|most|fewer"
        r"|less)\b (?P<what>.+)$",
        folded,
    )
    if more:
        verdict: Verdict = "least" if more.group("way") in {"fewer", "less"} else "most"
        return Comparison(alternatives=pair, ask=f"How many {more.group('what')} does {{x}} have?", verdict=verdict)
    return None


def _chinese(text: str) -> Comparison | None:
    match = _CHINESE.match(text)
    if match is None:
        return None
    for words, ask, verdict in _CHINESE_HOW:
        if re.search(words, match.group("how")):
            return Comparison(alternatives=(match.group("a"), match.group("b")), ask=ask, verdict=verdict)
    return None


def _split(pair: str, word: str) -> tuple[str, str] | None:
    """Cut "A and B" in two; of several places take the one that leaves the sides most alike."""
    cuts = [match.span() for match in re.finditer(rf",? {word} ", pair)]
    if not cuts:
        return None
    start, end = min(cuts, key=lambda cut: _unlike(pair[: cut[0]], pair[cut[1] :]))
    first, second = pair[:start].strip(" ,"), pair[end:].strip(" ,")
    return (first, second) if first and second else None


def _unlike(first: str, second: str) -> tuple[bool, int]:
    begin = first.split(" ", 1)[0].lower(), second.split(" ", 1)[0].lower()
    repeated = begin[0] == begin[1] and begin[0].isalpha() and first[:1].islower()
    return not repeated, abs(len(first) - len(second))
