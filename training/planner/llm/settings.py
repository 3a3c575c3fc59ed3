"""What the recipe ``llm-planner`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from questline.training.tuning.settings import ModelSettings

from .reward import score_named
from .words import DETAILS

__all__ = ["Settings"]

_ROLES: Final = ("top", "part", "both")


@dataclass(frozen=True, kw_only=True)
class Settings(ModelSettings):
    """``[llm-planner]`` of the settings file."""

    table: ClassVar[str] = "llm-planner"

    prompt: str = ""
    """short, plain or full; by default short for a model that is made here, plain for another."""
    role: str = "both"
    """Who is trained: top (the question's planner), part (the sub-questions'), or both in one."""

    legal_steps: int = 300
    """Steps on any legal plan."""
    best_steps: int = 300
    """Steps on the best plan of the table."""
    grpo_steps: int = 200
    batch: int = 32
    """Examples of a step before GRPO."""
    rate: float = 1e-3
    """Before GRPO."""
    pools: tuple[str, ...] = ()
    """Files of more questions, JSON lines with ``question``, for the first phase."""

    questions: int = 8
    """Decisions of a step of GRPO."""
    answers: int = 8
    """Plans written for each."""
    grpo_rate: float = 1e-4
    beta: float = 0.0
    """Weight of the divergence from where GRPO began."""
    temperature: float = 1.0
    reward: str = "ours"
    """ours, published-text or published-table."""
    alpha: float = 0.1
    """Of the published reward."""
    later: float = 0.3
    """Share of decisions that are due after one or two workflows, where a question is not settled by them."""
    blind: bool = False
    """Decide once, before any evidence, as published."""
    vllm: bool = False
    """Write with vLLM on the same GPU."""
    vllm_memory: float = 0.3
    """Share of the GPU that vLLM may take."""

    corpus: str = ""
    """Documents; then ``--data`` is a file of questions, and plans are run through the graph instead of looked up."""
    tested: int = 60
    """Held-out questions that are measured, at most."""
    tokens: int = 16
    """Of a plan, at most (arXiv:2508.01005 §3)."""
    allow_seen: bool = False
    """Learn from a table whose executors have learnt from its questions."""

    width: int = 64
    """Of the model that is made here, as the four below."""
    layers: int = 2
    vocabulary: int = 1024
    context: int = 1024

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("legal_steps", "best_steps", "grpo_steps"):
            self.hold(name, getattr(self, name) >= 0, "at least 0")
        self.hold_counts("batch", "questions", "tested", "tokens")
        self.hold("answers", self.answers >= 2, "at least 2: plans of one question are weighed against each other")
        self.hold("vocabulary", self.vocabulary >= 300, "at least 300")
        self.hold_rates("rate", "grpo_rate", "temperature", "vllm_memory")
        self.hold_shares("later")
        self.hold_weights("beta", "alpha")
        whole = self.questions * self.answers
        self.hold("accumulate", whole % self.accumulate == 0, f"a divisor of questions × answers ({whole})")
        for name, known in (("role", _ROLES), ("prompt", ("", *DETAILS))):
            self.hold(name, getattr(self, name) in known, f"one of {', '.join(each for each in known if each)}")
        self.hold("steps", self.steps > 0, "above 0 in all")
        score_named(self.reward, alpha=self.alpha)

    @property
    def steps(self) -> int:
        """All steps."""
        return self.legal_steps + self.best_steps + self.grpo_steps
