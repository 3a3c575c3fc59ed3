"""Rule sets of a judge: the shipped one, files, and pairs of rules that cannot both be kept."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

from questline.errors import UsageError
from questline.tools.writing.types import Principle, RuleSet

from .checks import known

__all__ = ["Contradiction", "check_rules", "contradictions", "read_rules", "seed_rules"]

_CHARACTERS: Final = r"\s*(\d+)\s*(?:个?字|characters?)"
_LEAST: Final = re.compile(
    r"(?:不少于|至少|不得少于|不能少于|多于|(?<![不得能])超过|不短于|at least|more than)" + _CHARACTERS
)
_MOST: Final = re.compile(
    r"(?:不超过|至多|最多|不多于|不得超过|不能超过|(?<![不得能])少于|(?<!不)短于|at most|fewer than)" + _CHARACTERS
)
_NOT: Final = r"(?:不得|不能|不要|不可|不许|禁止|避免|切勿|must not|never|do not|avoid)"
_MUST: Final = r"(?:必须|一定要|应当|应该|务必|must|always)"
_QUOTED: Final = r"[^“”「」\"]{0,8}[“「\"]([^”」\"]{1,30})[”」\"]"
_NEVER_SAY: Final = re.compile(_NOT + _QUOTED)
_SAY: Final = re.compile(r"(?<!不)" + _MUST + _QUOTED)
_TURNED: Final = re.compile(rf"{_NOT}|{_MUST}|不应|应|\W|_")


class Contradiction(NamedTuple):
    """Two rules that no text can keep."""

    one: Principle
    other: Principle
    why: str


class _Demands(NamedTuple):
    least: int | None
    most: int | None
    say: frozenset[str]
    never: frozenset[str]
    negated: bool | None
    """Whether the rule forbids what it names; None where it is neither a must nor a must not."""
    core: str
    """The rule without its must or must not."""


def contradictions(rules: RuleSet) -> list[Contradiction]:
    """Return the pairs of `rules` that contradict each other, as far as it shows in their wording or their checks.

    Found are lengths that exclude each other, a phrase that is both demanded and forbidden, and one rule said once with
    must and once with must not.
    """
    read = [(rule, _demands(rule)) for rule in rules.principles]
    found: list[Contradiction] = []
    for (one, first), (other, second) in combinations(read, 2):
        if why := _against(first, second) or _against(second, first):
            found.append(Contradiction(one, other, why))
    return found


def check_rules(rules: RuleSet) -> RuleSet:
    """Return `rules` when they can be judged by.

    Raises:
        UsageError: ``bad_rules`` for two that contradict each other, naming both, and for a check that is none.
    """
    if found := contradictions(rules):
        one, other, why = found[0]
        raise UsageError(
            f"the rules {one.id!r} and {other.id!r} of {rules.name!r} contradict each other: {why}; drop or change one",
            code="bad_rules",
            rules=[one.id, other.id],
        )
    if strange := [rule for rule in rules.principles if rule.check is not None and not known(rule.check)]:
        raise UsageError(
            f"the rule {strange[0].id!r} of {rules.name!r} names the check {strange[0].check!r}, which there is not",
            code="bad_rules",
            rules=[strange[0].id],
        )
    return rules


def read_rules(path: Path) -> RuleSet:
    """Read a file that `RuleSet.to_json` wrote, or one by hand.

    Raises:
        UsageError: ``file_not_found``; ``bad_rules``, also for rules that contradict each other.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"there is no file of rules {str(path)!r}", code="file_not_found", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the rules {str(path)!r} cannot be read: {error}", code="bad_rules", path=path) from error
    return check_rules(RuleSet.from_json(text))


@cache
def seed_rules() -> RuleSet:
    """Return the shipped rules, version 1."""
    file = resources.files("questline.tools.writing.judge") / "principles.json"
    return check_rules(RuleSet.from_json(file.read_text(encoding="utf-8")))


def _demands(rule: Principle) -> _Demands:
    text = rule.text.casefold()
    least = [int(number) for number in _LEAST.findall(text)]
    most = [int(number) for number in _MOST.findall(text)]
    say, never = set(_SAY.findall(text)), set(_NEVER_SAY.findall(text))
    head, _, told = (rule.check or "").partition(":")
    told = told.strip().casefold()
    if head == "at_least" and told.isdecimal():
        least.append(int(told))
    if head == "at_most" and told.isdecimal():
        most.append(int(told))
    if head == "say":
        say.add(told)
    if head == "avoid":
        never.add(told)
    negated = True if re.search(_NOT, text) else False if re.search(_MUST, text) else None
    return _Demands(
        least=max(least, default=None),
        most=min(most, default=None),
        say=frozenset(say),
        never=frozenset(never),
        negated=negated,
        core=_TURNED.sub("", text),
    )


def _against(one: _Demands, other: _Demands) -> str:
    if one.least is not None and other.most is not None and one.least > other.most:
        return f"at least {one.least} characters, and at most {other.most}"
    clash = next((word for word in sorted(one.say) for no in sorted(other.never) if no in word), "")
    if clash:
        return f"{clash!r} is demanded and forbidden"
    if one.negated is False and other.negated is True and one.core and one.core == other.core:
        return "one demands what the other forbids"
    return ""
