"""All settings in one frozen value, read at the edge and passed down.

Defaults < ``agents.toml`` < ``QUESTLINE_…`` variables < flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How Questline behaves."""

    model: str = "embedded"
    """``embedded``, ``openai:NAME``, ``anthropic:NAME``, or ``NAME`` together with ``base_url``."""
    models: Mapping[str, str] = field(default_factory=dict[str, str])
    """A model for one role (`questline.tools.models.llm_contract.ROLES`); ``model`` serves the others."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server (vLLM, Ollama, llama.cpp), with its ``/v1``."""
    budget: str = "balanced"
    """``cheap``, ``balanced``, ``best`` or ``seconds=2,tokens=4000,calls=3,usd=0.01``."""
    planner: str = "rule"
    """``rule``, ``llm`` or ``constant:WORKFLOW``."""
    workflow: str | None = None
    """A workflow to run in any case, such as ``R,AG``; overrides the planner for the question itself."""
    index: Path = Path(".questline")
    """Folder of the document index and of the checkpoints."""
    k: int = 5
    """Passages per retrieval."""
    strict: bool = False
    """A failing model raises instead of falling back to the embedded backend."""
    closed_book: bool = False
    """A language model may answer from memory when there are no documents."""
    call_timeout_s: float = 60.0
    """Longest wait for one model request."""
    retries: int = 2
    """How often a request is sent again after 429, 5xx, a time-out or a dropped connection."""
    threads: int = 1
    """Threads of the encoder and of FAISS."""
    prompts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files that replace the prompt of a role."""
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """US dollars per million tokens (in, out) for a model's name."""
    host: str = "127.0.0.1"
    port: int = 8080
    telemetry: Literal["off", "console", "otlp"] = "off"
    """Where OpenTelemetry spans go."""
