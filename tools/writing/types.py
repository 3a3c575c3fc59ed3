"""What the parts of the writer hand to each other: verdicts, rule sets, and the roles of a judge and a reward model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

__all__ = [
    "MOST_PRINCIPLES",
    "AppliedPrinciple",
    "FloatArray",
    "Judge",
    "Principle",
    "RewardModel",
    "RuleDiff",
    "RuleSet",
    "Verdict",
    "warning",
]

FloatArray = NDArray[np.float64]
MOST_PRINCIPLES: Final = 10
"""Of one rule set (arXiv:2508.21476, released code)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPrinciple:
    """What one principle says of one text."""

    id: str
    text: str
    """The rule."""
    verdict: bool
    """Whether the text keeps it."""
    evidence: str = ""
    """Words quoted from the text; empty where nothing of it can be quoted, such as where something lacks."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of one text under one rule set."""

    good: bool
    score: float
    """In [0, 1]."""
    dimensions: Mapping[str, float]
    """By name, 1 (bad) to 5 (good)."""
    principles: Sequence[AppliedPrinciple]
    reasons: Sequence[str]
    degraded: bool = False
    """Whether a language model should have judged and the embedded judge did."""
    warnings: Sequence[str] = ()
    """Codes of `questline.errors.WARNINGS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principle:
    """One rule of a judge."""

    id: str
    text: str
    check: str | None = None
    """Name of an embedded check that decides it; None where only a language model can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDiff:
    """How one rule set differs from another."""

    added: Sequence[Principle]
    removed: Sequence[Principle]
    changed: Sequence[tuple[Principle, Principle]]
    """Before and after, of one id."""

    @property
    def empty(self) -> bool:
        """Whether both hold the same rules; their order does not count."""
        return not (self.added or self.removed or self.changed)

    def lines(self) -> list[str]:
        """Return the difference as a patch shows it: ``- `` before, ``+ `` after."""
        told = [f"- {rule.id}: {rule.text}" for rule in self.removed]
        for before, after in self.changed:
            told += [f"- {before.id}: {before.text}", f"+ {after.id}: {after.text}"]
        return told + [f"+ {rule.id}: {rule.text}" for rule in self.added]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """At most `MOST_PRINCIPLES` principles under a name, with a version that grows by one with each change."""

    name: str
    version: int
    principles: Sequence[Principle]

    def __post_init__(self) -> None:
        ids = [rule.id for rule in self.principles]
        if not ids or len(ids) > MOST_PRINCIPLES:
            raise _bad(f"{self.name!r} has {len(ids)} principles; give 1 to {MOST_PRINCIPLES}")
        if twice := sorted({rule for rule in ids if ids.count(rule) > 1}):
            raise _bad(f"{self.name!r} names the principle {twice[0]!r} twice; give each its own id")
        if blank := [rule.id for rule in self.principles if not rule.id.strip() or not rule.text.strip()]:
            raise _bad(f"a principle of {self.name!r} has no id or no text: {blank[0]!r}; write both")
        if self.version < 1:
            raise _bad(f"{self.name!r} has version {self.version}; versions count from 1")

    @property
    def digest(self) -> str:
        """Of name and rules, in their order; not of the version: 64 hexadecimal digits."""
        told = [self.name, [[rule.id, rule.text, rule.check] for rule in self.principles]]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    def diff(self, other: RuleSet) -> RuleDiff:
        """Return what was done to this set to get `other`."""
        mine = {rule.id: rule for rule in self.principles}
        theirs = {rule.id: rule for rule in other.principles}
        return RuleDiff(
            added=[rule for rule in other.principles if rule.id not in mine],
            removed=[rule for rule in self.principles if rule.id not in theirs],
            changed=[(rule, theirs[rule.id]) for rule in self.principles if theirs.get(rule.id, rule) != rule],
        )

    def changed(self, principles: Sequence[Principle]) -> RuleSet:
        """Return the next version, with these principles."""
        return RuleSet(name=self.name, version=self.version + 1, principles=tuple(principles))

    def to_json(self) -> str:
        """Return the set as indented JSON, one principle an object, so that versions compare line by line."""
        rules = [{"id": rule.id, "text": rule.text, "check": rule.check} for rule in self.principles]
        told = {"name": self.name, "version": self.version, "digest": self.digest, "principles": rules}
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

    @staticmethod
    def from_json(text: str) -> RuleSet:
        """Read what `to_json` wrote; a digest may be absent, in a file written by hand.

        Raises:
            UsageError: ``bad_rules`` for anything else, saying what is wrong.
        """
        try:
            told = cast("Mapping[str, object]", json.loads(text))
            rules = tuple(_principle(rule) for rule in cast("Sequence[object]", told["principles"]))
            name, version = told["name"], told["version"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise _bad(f"no rule set: {type(error).__name__} {error}; see `RuleSet.to_json`") from error
        if not isinstance(name, str) or not isinstance(version, int) or isinstance(version, bool):
            raise _bad("'name' must be a text and 'version' a whole number")
        found = RuleSet(name=name, version=version, principles=rules)
        if told.get("digest") not in (None, found.digest):
            raise _bad(f"{name!r} was changed since it was written: its digest differs; remove 'digest' if it is meant")
        return found


class Judge(Protocol):
    """Say whether a text is a good answer to a query, by principles."""

    def judge(self, query: str, text: str) -> Verdict:
        """Return the verdict; never raises for a strange text, only for an empty `query` (``empty_query``)."""
        ...


class RewardModel(Protocol):
    """Say how good texts are for a query, on one scale."""

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return one Bradley-Terry logit a text: shape [len(texts)]."""
        ...


def warning(code: str, *, given: bool) -> tuple[str, ...]:
    """Return a code of `questline.errors.WARNINGS` as a verdict's warnings, or none."""
    return (code,) if given else ()


def _principle(told: object) -> Principle:
    fields = cast("Mapping[str, object]", told)
    given = fields["id"], fields["text"], fields.get("check")
    if not isinstance(given[0], str) or not isinstance(given[1], str) or not isinstance(given[2], str | None):
        raise TypeError("'id' and 'text' of a principle must be texts, and 'check' a text or null")
    return Principle(id=given[0], text=given[1], check=given[2])


def _bad(message: str) -> UsageError:
    return UsageError(message, code="bad_rules")
