"""Let a language model of the settings judge what is written, from the thread that learns."""

from __future__ import annotations

from typing import Final

from questline import event_loop
from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Prompt
from questline.tools.writing.judge.llm import Ask

__all__ = ["judge_asked"]

_TOKENS: Final = 2_048


def judge_asked(settings: Settings) -> Ask:
    """Return what sends a prompt to the model of the role ``judge``.

    Raises:
        UsageError: ``bad_settings`` where there is none.
    """
    gateway = Gateway.of(settings)
    if not gateway.serves("judge"):
        raise UsageError(
            "writer-grpo.judge='llm' asks a language model; name one in agents.toml: models = { judge = \"…\" }",
            code="bad_settings",
            argument="judge",
        )

    def ask(prompt: Prompt) -> str:
        told = gateway.complete(prompt, role="judge", meter=Meter(Budget()), parse=str, max_tokens=_TOKENS)
        return event_loop.run(told).value

    return ask
