"""A causal language model of transformers, run here, in the place of a served one: a role's requests one after another.

llm = LocalLLM("runs/ranker/model", role="rank")
completion = await llm.complete(prompt, role="rank", meter=meter, parse=str)
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch

from questline.budget import Meter
from questline.errors import ModelError, RunError
from questline.tools.models.llm_contract import Completion, Prompt, Role, TokenChance
from questline.training.torch_models import device_of, named
from questline.training.tuning.chat import needs_chat
from questline.training.tuning.generation import Writer, end_marks
from questline.types import Usage

__all__ = ["LocalLLM", "fingerprint"]

T = TypeVar("T")


class LocalLLM:
    """See `questline.tools.models.llm_contract.LLM`; answers are the likeliest, and are not repaired.

    Args:
        model: A folder, or a model of Hugging Face by name.
        role: The one that it serves.
        device: auto, cpu or cuda.
        shorter: What its caller can do for a shorter prompt, in the caller's words.
        briefer: What it can do for a shorter answer, where it can.

    Raises:
        UsageError: ``unknown_model``, with what to do without a network; ``no_chat_template``; ``bad_settings`` for a
            GPU that is not there.
    """

    def __init__(
        self,
        model: str,
        *,
        role: Role,
        device: str = "auto",
        shorter: str = "shorten what it is shown",
        briefer: str = "",
    ) -> None:
        where = device_of(device, table="eval")
        dtype = torch.bfloat16 if where.type == "cuda" else torch.float32
        made, self._tokenizer = named(model, dtype=dtype)
        needs_chat(self._tokenizer, name=model, table="eval")
        self._model: Any = made.to(where).eval()
        self._name, self._role = model, role
        self._shorter, self._briefer = shorter, briefer
        self._one = threading.Lock()

    def serves(self, role: Role) -> bool:
        """Say whether it is the one role."""
        return role == self._role

    def name(self, role: Role) -> str:
        """Return the model's name."""
        return self._name if self.serves(role) else "embedded"

    async def complete(
        self,
        prompt: Prompt,
        *,
        role: Role,
        meter: Meter,
        parse: Callable[[str], T],
        max_tokens: int = 512,
        on_token: Callable[[str], None] | None = None,
    ) -> Completion[T]:
        """Write one answer.

        Raises:
            ModelError: ``model_refused`` for a prompt that leaves no room in the model's context;
                ``bad_model_output`` where `parse` refuses what was written.
            BudgetExceeded: No budget is left.
            RunError: ``memory_limit``.
        """
        ids = self._ids(prompt)
        room = int(getattr(self._model.config, "max_position_embeddings", 0) or 1 << 30) - len(ids)
        if room < 1:
            raise ModelError(
                f"{self._name!r} reads {room + len(ids)} tokens, and the prompt has {len(ids)}: {self._shorter}",
                code="model_refused",
                retryable=False,
                role=role,
                model=self._name,
            )
        with meter.reserve(len(ids), min(max_tokens, room)) as reserved:
            began = time.perf_counter()
            written, ended = await asyncio.to_thread(self._written, ids, reserved.tokens_out)
            usage = Usage(calls=1, tokens_in=len(ids), tokens_out=len(written), seconds=time.perf_counter() - began)
            reserved.settle(usage)
        text = str(self._tokenizer.decode(written, skip_special_tokens=True))
        if on_token is not None:
            on_token(text)
        try:
            value = parse(text)
        except ValueError as error:
            refused = ModelError(f"{self._name!r}: {error}", code="bad_model_output", retryable=False, role=role)
            refused.usage = usage
            raise refused from error
        tokens = await asyncio.to_thread(self._chances, ids, written, prompt.logprobs) if prompt.logprobs else ()
        return Completion(
            value=value,
            text=text,
            usage=usage,
            model=self._name,
            finish_reason="stop" if ended else "length",
            tokens=tokens,
        )

    def _ids(self, prompt: Prompt) -> list[int]:
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        turns = [{"role": each.role, "content": each.content} for each in prompt.messages]
        made = self._tokenizer.apply_chat_template(
            [*system, *turns],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=False,
            enable_thinking=prompt.thinking != "off",
        )
        return [int(each) for each in made]

    def _written(self, ids: list[int], most: int) -> tuple[list[int], bool]:
        with self._one:
            try:
                [made] = Writer(model=self._model, tokenizer=self._tokenizer, most=most).write([ids], temperature=0.0)
            except torch.OutOfMemoryError as error:
                hints = ", ".join(filter(None, (self._shorter, self._briefer, "or take a smaller model")))
                raise RunError(
                    f"a prompt of {len(ids)} tokens with an answer of {most} does not fit into memory: {hints}",
                    code="memory_limit",
                ) from error
        return made, len(made) < most or made[-1] in end_marks(self._model, self._tokenizer)

    def _chances(self, ids: list[int], written: list[int], most: int) -> tuple[TokenChance, ...]:
        """Return how likely each token of an answer was, beside the `most` likeliest in its place; marks are none."""
        marks = set(self._tokenizer.all_special_ids)
        row = torch.tensor([[*ids, *written]], device=self._model.device)
        with self._one, torch.no_grad():
            logits: torch.Tensor = self._model(input_ids=row).logits[0, len(ids) - 1 : -1]
        logs = logits.float().log_softmax(dim=-1)
        best, places = logs.topk(min(most, logs.shape[-1]), dim=-1)
        return tuple(
            TokenChance(
                text=self._text(one),
                logprob=float(logs[at, one]),
                top=tuple(
                    (self._text(int(place)), float(chance)) for place, chance in zip(places[at], best[at], strict=True)
                ),
            )
            for at, one in enumerate(written)
            if one not in marks
        )

    def _text(self, token: int) -> str:
        return str(self._tokenizer.decode([token]))


def fingerprint(model: str) -> str:
    """Return what tells a model from another of its name: of a folder, names, sizes and times of its files."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    told = [(each.name, each.stat().st_size, each.stat().st_mtime_ns) for each in sorted(folder.iterdir())]
    return f"{folder.name} {hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"
