"""What the recipe ``writer-grpo`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .reward import Costs
from .settings import ModelSettings
from .signals import FORMS, SOURCES

__all__ = ["Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings(ModelSettings):
    """``[writer-grpo]`` of the settings file; ``model`` is where it begins, as `agents train writer-sft` left it."""

    table: ClassVar[str] = "writer-grpo"

    steps: int = 80
    queries: int = 8
    """Of a step."""
    answers: int = 8
    """Texts written for each."""
    rate: float = 2e-4
    """Of a model that was made here; 3e-7 for one of billions of parameters (arXiv:2508.21476)."""
    beta: float = 0.2
    """Weight of the divergence from where it begins; 0.001 in arXiv:2508.21476, for a model of billions."""
    entropy: float = 0.01
    """Weight of the mean entropy of a token: it keeps what is written from narrowing down."""
    temperature: float = 1.0
    tokens: int = 0
    """Of a text, at most; 0 takes two more than ``characters``."""
    vllm: bool = False
    """Write with vLLM on the same GPU."""
    vllm_memory: float = 0.3

    reward: str = "model"
    """model, judge or both."""
    form: str = "graded"
    """graded, group (places among the texts of one query) or binary."""
    reward_model: str = ""
    """File or folder of `agents train reward-model` or reward-transformer; empty for the shipped one."""
    judge: str = "embedded"
    """embedded, or llm: the model of the role ``judge`` in ``agents.toml``; a run that goes on asks it anew."""
    rules: str = ""
    """Rule set of the judge, a file of `agents train judge-principles`; empty for the shipped ones."""
    known: str = ""
    """File of the texts that the model learnt from: none is to be copied, and they tell the typical length."""

    length: float = 0.0
    """Typical length in characters; 0 takes the median of `known`."""
    band: float = 0.35
    """|log(length / typical)| that costs nothing."""
    memory: int = 256
    """Texts of earlier steps that a template is looked for in."""
    c_signal: float = 1.0
    c_length: float = 1.0
    c_template: float = 0.5
    c_motif: float = 10.0
    c_duplicate: float = 0.5
    c_repetition: float = 1.0
    c_copy: float = 1.0
    c_taboo: float = 1.0
    c_odd: float = 0.1
    c_fit: float = 0.5
    """Weights of the reward's parts; see `questline.training.writer.tuning.reward.Costs`."""

    tested: int = 64
    """Held-out queries that are written for at each measurement."""
    logged: int = 4
    """Texts of each step that go into ``samples.jsonl``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("steps", "queries", "memory", "tested"):
            self.hold(name, getattr(self, name) >= 1, "at least 1")
        self.hold("answers", self.answers >= 2, "at least 2: texts of one query are weighed against each other")
        for name in ("logged", "tokens"):
            self.hold(name, getattr(self, name) >= 0, "at least 0")
        whole = self.queries * self.answers
        self.hold("accumulate", whole % self.accumulate == 0, f"a divisor of queries × answers ({whole})")
        self.hold("model", bool(self.model), "a model that can write: a folder of `agents train writer-sft`, or a name")
        self.hold("reward", self.reward in SOURCES, f"one of {', '.join(SOURCES)}")
        self.hold("judge", self.judge in ("embedded", "llm"), "embedded or llm")
        self.hold("form", self.form in FORMS, f"one of {', '.join(FORMS)}")
        self.hold_rates("rate", "temperature", "vllm_memory")
        self.hold_weights("beta", "entropy", "length", "band", *(f"c_{name}" for name in Costs.__slots__))

    @property
    def costs(self) -> Costs:
        """Weights of the reward's parts."""
        return Costs(**{name: float(getattr(self, f"c_{name}")) for name in Costs.__slots__})

    @property
    def most(self) -> int:
        """Tokens of a text, at most."""
        return self.tokens or self.characters + 2
