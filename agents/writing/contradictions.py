"""Rules that no text can keep together: one asks for what another forbids, or their lengths exclude each other."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Final

from questline.errors import UsageError
from questline.tools.writing.types import RuleSet

__all__ = ["check_rules", "contradictions"]

_FORBIDS: Final = re.compile(r"(?:不得|不要|不许|不能|不应当|不应该|不应|不可|禁止|切勿|避免)(?:出现|使用|包含|含有|提到|提及|写)?")
_ASKS: Final = re.compile(r"(?<!不)(?:必须|务必|应当|应该|需要|一定要)(?:出现|使用|包含|含有|提到|提及|写)?")
_QUOTED: Final = re.compile(r"[“「『\"‘'](.{1,20}?)[”」』\"’']")
_MOST: Final = re.compile(r"(?:不超过|不得超过|不多于|至多|最多|少于|不到)\s*(\d+)\s*(?:个)?字")
_LEAST: Final = re.compile(r"(?:不少于|不得少于|至少|最少|不低于|(?<!不)(?<!不[得能要应])(?:超过|多于))\s*(\d+)\s*(?:个)?字")


def contradictions(rules: RuleSet) -> list[tuple[str, str, str]]:
    """Return pairs of ids with what they contradict each other in; found by form, so that others may be left.

    Seen are lengths that exclude each other, and a quoted word, or a whole rest of a rule, that one rule asks for and
    another forbids.
    """
    found: list[tuple[str, str, str]] = []
    for one, two in combinations(rules.principles, 2):
        for first, second in ((one, two), (two, one)):
            most, least = _number(_MOST, first.text), _number(_LEAST, second.text)
            if most is not None and least is not None and least > most:
                found.append((one.id, two.id, f"at most {most} and at least {least} characters"))
                break
            if shared := _objects(_ASKS, first.text) & _objects(_FORBIDS, second.text):
                found.append((one.id, two.id, f"{min(shared)!r} is asked for and forbidden"))
                break
    return found


def check_rules(rules: RuleSet) -> None:
    """Raise `UsageError` ``bad_rules`` naming two rules that contradict each other."""
    if found := contradictions(rules):
        first, second, why = found[0]
        raise UsageError(
            f"the rules {first} and {second} of {rules.name!r} contradict each other: {why}; keep one of them",
            code="bad_rules",
            argument=rules.name,
        )


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return int(match[1]) if match else None


def _objects(pattern: re.Pattern[str], text: str) -> set[str]:
    """Return what a rule asks for, or forbids: quoted words after the verb, or all up to the next mark."""
    found: set[str] = set()
    for match in pattern.finditer(text):
        clause = re.split(r"[，。；、！？,.;]", text[match.end() :], maxsplit=1)[0].strip()
        found |= set(_QUOTED.findall(clause)) or ({clause} if clause else set())
    return found
