"""Judge greetings by principles: embedded, by a language model, and several of one query together."""

from .canary import CanaryReport, check_canaries, try_canaries
from .embedded import EmbeddedJudge, embedded_judge
from .group import GroupJudge, GroupScores
from .llm import LLMJudge
from .rules import check_rules, contradictions, read_rules, seed_rules

__all__ = [
    "CanaryReport",
    "EmbeddedJudge",
    "GroupJudge",
    "GroupScores",
    "LLMJudge",
    "check_canaries",
    "check_rules",
    "contradictions",
    "embedded_judge",
    "read_rules",
    "seed_rules",
    "try_canaries",
]
