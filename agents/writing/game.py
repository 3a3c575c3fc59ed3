"""Signal 2: a generator of bad texts, a detector, a reflector and an optimizer of rules (arXiv:2508.21476)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from questline.tools.writing.types import Principle, RuleSet

from .asking import Asking, fenced, fields_of, line_of, said, words_of
from .edits import apply_edits, parse_edits
from .values import BadText, Detection, Edit, Feedback

__all__ = ["Players", "parse_bad_text", "parse_detection", "parse_feedback", "rule_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Players:
    """The four of the game. Each call is one request, or two where the first answer cannot be read."""

    asking: Asking

    async def generate(self, query: str, rules: RuleSet, good: str, *, word: str = "") -> BadText:
        """Write a plausible bad text by the generator's rules (S_G), with a good one to start from."""
        done = await self.asking.ask(
            "bad",
            "writer",
            {"query": fenced(query), "rules": rule_lines(rules), "good": fenced(good) or "(无)"},
            parse_bad_text,
            word=word,
        )
        return done.value

    async def detect(self, query: str, text: str, rules: RuleSet) -> Detection:
        """Say by the detector's rules (S_D) whether a text is good."""
        ids = [rule.id for rule in rules.principles]
        done = await self.asking.ask(
            "detect",
            "judge",
            {"query": fenced(query), "text": fenced(text), "rules": rule_lines(rules)},
            lambda answer: parse_detection(answer, ids, text),
        )
        return done.value

    async def reflect(self, query: str, text: str, *, label: bool, found: Detection, rules: RuleSet) -> Feedback:
        """Say why a verdict differs from the label, and what to change in the rules."""
        done = await self.asking.ask(
            "feedback",
            "judge",
            {
                "query": fenced(query),
                "text": fenced(text),
                "label": "good" if label else "bad",
                "verdict": f"{'good' if found.good else 'bad'}: {fenced(found.reason)}",
                "rules": rule_lines(rules),
            },
            parse_feedback,
        )
        return done.value

    async def optimize(self, rules: RuleSet, advice: str, *, aim: str, word: str = "") -> tuple[RuleSet, list[Edit]]:
        """Return the rules after edits that follow `advice`, and the edits; none leave the set as it is.

        Args:
            rules: Of the judge or of the generator.
            advice: What was learnt from one text.
            aim: What the rules are for, in the prompt's words.
            word: Tells this request from an equal one before it.
        """

        def read(answer: str) -> tuple[RuleSet, list[Edit]]:
            edits = parse_edits(answer)
            return apply_edits(rules, edits), edits

        done = await self.asking.ask(
            "optimize",
            "judge",
            {"aim": aim, "rules": rule_lines(rules), "advice": fenced(advice)},
            read,
            word=word,
            max_tokens=1_024,
        )
        return done.value


def rule_lines(rules: RuleSet) -> str:
    """Return the rules as a prompt shows them, ``id: text`` a line."""
    return "\n".join(_rule_line(rule) for rule in rules.principles)


def _rule_line(rule: Principle) -> str:
    return line_of(rule.id, rule.text)


def parse_bad_text(answer: str) -> BadText:
    """Read ``{"text": "…", "flaws": "…"}``."""
    fields = fields_of(answer, '{"text": "…", "flaws": "…"}')
    return BadText(text=said(fields, "text"), flaws=said(fields, "flaws"))


def parse_detection(answer: str, ids: Collection[str], text: str) -> Detection:
    """Read ``{"verdict": "good"|"bad", "reason", "principles", "quote", "suggestion"}``.

    Rules that are not in the set and quotes that are not of the text are left out.

    Raises:
        ValueError: With a message for the model.
    """
    fields = fields_of(
        answer, '{"verdict": "bad", "reason": "…", "principles": ["P1"], "quote": "…", "suggestion": ""}'
    )
    verdict = said(fields, "verdict").casefold()
    if verdict not in {"good", "bad"}:
        raise ValueError(f'"verdict" is "good" or "bad", not {verdict[:40]!r}')
    named = words_of(fields, "principles")
    quote = said(fields, "quote", needed=False)
    return Detection(
        good=verdict == "good",
        reason=said(fields, "reason"),
        quote=quote if quote in text else "",
        principles=tuple(each for each in named if each in ids),
        suggestion=said(fields, "suggestion", needed=False),
    )


def parse_feedback(answer: str) -> Feedback:
    """Read ``{"feedback": "…", "suggestion": "…"}``."""
    fields: Mapping[str, object] = fields_of(answer, '{"feedback": "…", "suggestion": "…"}')
    return Feedback(feedback=said(fields, "feedback"), suggestion=said(fields, "suggestion"))
