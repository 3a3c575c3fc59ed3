"""A chat as a tokenizer reads it, up to where the model's answer begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from questline.errors import UsageError
from questline.tools.models.llm_contract import Prompt

__all__ = ["Message", "answer_ids", "messages_of", "needs_chat", "token_ids"]

Message: TypeAlias = Mapping[str, str]
"""``role`` (system, user or assistant) and ``content``."""


def messages_of(prompt: Prompt) -> list[Message]:
    """Return a request as a chat."""
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    return [*system, *({"role": turn.role, "content": turn.content} for turn in prompt.messages)]


def token_ids(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """Return the ids of a chat up to where the model's answer begins; a thinking model is told not to."""
    made = tokenizer.apply_chat_template(
        list(messages), add_generation_prompt=True, tokenize=True, return_dict=False, enable_thinking=False
    )
    return [int(each) for each in made]


def answer_ids(tokenizer: Any, answer: str) -> list[int]:
    """Return the ids of what the model is to write, its end mark included."""
    return [*map(int, tokenizer.encode(answer, add_special_tokens=False)), int(tokenizer.eos_token_id)]


def needs_chat(tokenizer: Any, *, name: str, table: str) -> None:
    """Refuse a tokenizer that has no form for a chat, or no mark for its end.

    Raises:
        UsageError: ``no_chat_template``: what to take instead; ``unknown_model`` without an end token.
    """
    if tokenizer.eos_token_id is None:
        raise UsageError(
            f"the tokenizer of {name!r} has no end token, so no answer would end: name its 'eos_token' in "
            "tokenizer_config.json, or take another model",
            code="unknown_model",
            model=name,
        )
    if not getattr(tokenizer, "chat_template", None):
        raise UsageError(
            f"the tokenizer of {name!r} has no chat template, so nothing says where its answers begin: take the "
            "instruction-tuned model of its family, put a chat_template.jinja into its folder, or leave "
            f"{table}.model empty for a small model that is made here",
            code="no_chat_template",
            model=name,
        )
    try:
        token_ids(tokenizer, [{"role": "user", "content": "?"}])
    except Exception as error:
        raise UsageError(
            f"the chat template of {name!r} does not take a question ({str(error).partition(chr(10))[0]}): mend "
            "chat_template.jinja in its folder, or take another model",
            code="no_chat_template",
            model=name,
        ) from error
