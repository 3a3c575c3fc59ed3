"""What carrying a task out gives back, and who does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from questline.types import AnswerWarning, Backend, Evidence, Task, Usage

__all__ = ["TaskResult", "ToolExecutor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What a task that was carried out gives."""

    result: object
    """JSON: what ``$ref`` reads, whole. The structured result of the tool, where it has one; else its text."""
    needed: object = None
    """JSON: the members, or the columns, of ``result`` that the task's intent asks for; None where all may be."""
    text: str = ""
    """What of it the task's intent needs, short enough for a prompt or a person."""
    evidence: tuple[Evidence, ...] = ()
    """Of each call one of the kind ``tool``: its id is the call's, ``source`` is ``server/tool``, and its text says the
    arguments and the result. Behind them the passages that an answer of the tool rests on, where it names them."""
    calls: int = 0
    """Calls of tools, follow-ups included."""
    warnings: tuple[AnswerWarning, ...] = ()
    usage: Usage = field(default_factory=Usage)
    backend: Backend = "embedded"
    model: str = ""
    degraded: bool = False
    """A language model failed, and the task's own call was made in its place."""


class ToolExecutor(Protocol):
    """Carries a task out with the tools of its server, and no others."""

    async def run(self, task: Task, inputs: Mapping[str, object], *, deadline_s: float) -> TaskResult:
        """Return what came of it, or raise by the deadline.

        Args:
            task: What to do.
            inputs: The results of the tasks that its arguments refer to, by their ids.
            deadline_s: Seconds that it may take; infinite where nothing limits it.

        Raises:
            PlanError: ``bad_plan``: a reference leads nowhere.
            UsageError: ``bad_argument`` with ``field``; ``not_allowed`` for a destructive tool without approval; what
                `questline.mcp_servers.gateway.gateway.Gateway.call` raises.
            RunError: ``tool_failed`` (also where the result itself says so), ``not_found`` (the tool says that it has
                no answer), ``bad_answer``, ``result_too_large``, ``tool_changed``, ``tool_timeout``,
                ``server_unavailable``.
        """
        ...
