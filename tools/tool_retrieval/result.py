"""What a search over tools found."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ServerMatch", "ToolMatch", "ToolSearch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolMatch:
    """One tool that may serve."""

    server: str
    tool: str
    score: float
    """Share of the intent's words that it has, weighted, plus its cosine: comparable between questions and tools."""
    intent: int
    """Which of `ToolSearch.intents` brought it."""

    @property
    def id(self) -> str:
        """``server/tool``; the bare name without a server."""
        return f"{self.server}/{self.tool}" if self.server else self.tool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMatch:
    """A server, as good as its best tool."""

    server: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSearch:
    """The answer to one question, best first; every intent has its best tool before any has a second."""

    query: str
    intents: tuple[str, ...]
    """The atomic needs that the question was split into; the question itself where it is one."""
    tools: tuple[ToolMatch, ...]
    """Also filled where `no_tool` says that none fits, so that one can see what came closest."""
    servers: tuple[ServerMatch, ...]
    """Those of `tools`, by their best one."""
    fits: tuple[float, ...]
    """For each intent how likely it is that its best tool can serve it, in [0, 1]."""
    no_tool: bool
    """No intent has a tool that is likely enough to serve it: answer ``no_tool``, call nothing."""
