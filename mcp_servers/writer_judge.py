"""Who judges texts for the server `writer`: the model of the role ``judge``, else named checks."""

from __future__ import annotations

from functools import partial
from typing import Final

import anyio.from_thread

from questline.budget import Budget, Meter
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Prompt
from questline.tools.writing.judge import LLMJudge, embedded_judge
from questline.tools.writing.types import Judge

__all__ = ["judge_of"]

_TOKENS: Final = 2_048


def judge_of(gateway: Gateway, *, strict: bool) -> Judge:
    """Return the judge; one that asks a model judges in a worker thread, and the model is asked in the server's loop.

    Args:
        gateway: Models by role.
        strict: A model that does not answer, or not readably, is an error; else the embedded judge stands in.
    """
    if not gateway.serves("judge"):
        return embedded_judge()

    def ask(prompt: Prompt) -> str:
        call = partial(gateway.complete, prompt, role="judge", meter=Meter(Budget()), parse=str, max_tokens=_TOKENS)
        return anyio.from_thread.run(call).value

    return LLMJudge(ask, strict=strict)
