"""When a failed call is sent again, and how long is waited before."""

from __future__ import annotations

import random
from typing import Final

from questline.errors import QuestlineError

from .definitions import ToolDefinition

__all__ = ["again", "pause_s"]

_FIRST_S: Final = 0.1
_LONGEST_S: Final = 5.0


def again(error: QuestlineError, tool: ToolDefinition | None) -> bool:
    """Say whether a call that failed so may be sent again: only what may be repeated, and only where it can help."""
    return error.retryable and tool is not None and tool.repeatable


def pause_s(attempt: int, chance: random.Random) -> float:
    """Return the seconds to wait after attempt number `attempt`, from 1: longer each time, and at random.

    All of the wait is random, so that many callers of one server do not come back together.
    """
    return chance.uniform(0.0, min(_LONGEST_S, _FIRST_S * 2 ** (attempt - 1)))
