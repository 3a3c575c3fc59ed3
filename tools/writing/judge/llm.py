"""A language model as judge: by principles, read strictly, one mend, one more try, then the embedded judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Final, TypeAlias

from questline.errors import RunError
from questline.tools.fencing import verbatim
from questline.tools.models.llm_contract import Prompt
from questline.tools.models.prompts import PromptTemplate
from questline.tools.writing.types import Judge, RuleSet, Verdict
from questline.types import Message

from .embedded import check_query, embedded_judge, empty_verdict
from .reply import DIMENSIONS, read_verdict
from .rules import check_rules, seed_rules

__all__ = ["Ask", "Counts", "LLMJudge", "again", "told_rules"]

Ask: TypeAlias = Callable[[Prompt], str]
"""Sends a prompt to a model and returns the text of its answer; raises `RunError` when the model does not answer."""
_SHAPE: Final = (
    '{"good": true, "dimensions": {'
    + ", ".join(f'"{name}": 4' for name in DIMENSIONS)
    + '}, "principles": [{"id": "…", "verdict": true, "evidence": "…", "reason": "…"}]}'
)


@dataclass(slots=True, kw_only=True)
class Counts:
    """What a judging model needed so far."""

    verdicts: int = 0
    calls: int = 0
    mended: int = 0
    """Answers whose JSON a rule mended."""
    retried: int = 0
    """Verdicts that took a second call."""
    degraded: int = 0
    """Verdicts that the embedded judge gave in the model's place."""


class LLMJudge:
    """Judges through a callable; what the model says must have the agreed form, and quote the text.

    After an answer that cannot be read, even mended, the model is asked once more and told why; then, or when it does
    not answer, the embedded judge decides: ``degraded``, with the warnings ``degraded`` and the error's code. An
    embedded judge of the same rules where they name checks, else of the shipped rules.
    """

    def __init__(
        self, ask: Ask, rules: RuleSet | None = None, *, instead: Judge | None = None, strict: bool = False
    ) -> None:
        """Take what asks the model; with `strict` nothing stands in for it: `RunError` ``bad_model_output``."""
        self.rules = seed_rules() if rules is None else check_rules(rules)
        self.counts = Counts()
        checked = any(rule.check for rule in self.rules.principles)
        self._instead = instead or embedded_judge(self.rules if checked else None)
        self._ask, self._strict = ask, strict
        self._template = _template("judge.md")

    def judge(self, query: str, text: str) -> Verdict:
        """Return the verdict; see `questline.tools.writing.types.Judge`."""
        check_query(query)
        if not any(map(str.isalnum, text)):
            return empty_verdict()
        self.counts.verdicts += 1
        prompt = self._template.render(
            rules=told_rules(self.rules),
            query=query.replace("</query>", ""),
            text=verbatim("text", text),
            ids=", ".join(rule.id for rule in self.rules.principles),
            shape=_SHAPE,
        )
        try:
            return self._asked(prompt, text)
        except RunError as error:
            if self._strict:
                raise
            self.counts.degraded += 1
            found = self._instead.judge(query, text)
            return Verdict(
                good=found.good,
                score=found.score,
                dimensions=found.dimensions,
                principles=found.principles,
                reasons=found.reasons,
                degraded=True,
                warnings=(*found.warnings, "degraded", error.code),
            )

    def _asked(self, prompt: Prompt, text: str) -> Verdict:
        for attempt in range(2):
            self.counts.calls += 1
            self.counts.retried += attempt
            reply = self._ask(prompt)
            try:
                verdict, mended = read_verdict(reply, self.rules, text)
            except ValueError as error:
                prompt = again(prompt, reply, str(error))
            else:
                self.counts.mended += mended
                return verdict
        raise RunError(
            "the judging model's answer cannot be read after a second try; use a model that writes JSON",
            code="bad_model_output",
        )


def told_rules(rules: RuleSet) -> str:
    """Return the principles as a prompt shows them."""
    return "\n".join(f"- {rule.id}：{rule.text}" for rule in rules.principles)


def again(prompt: Prompt, reply: str, problem: str) -> Prompt:
    """Return the prompt of a second try: the answer, and what is wrong with it."""
    more = (
        Message(role="assistant", content=reply[:4_000] or "…"),
        Message(role="user", content=f"这个回答读不了：{problem}。请只写所要的 JSON。"),
    )
    return Prompt(system=prompt.system, messages=(*prompt.messages, *more))


def _template(name: str) -> PromptTemplate:
    file = resources.files("questline.tools.writing.judge") / "prompts" / name
    return PromptTemplate.parse(file.read_text(encoding="utf-8"), origin=name)
