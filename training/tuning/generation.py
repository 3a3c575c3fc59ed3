"""Let a model write for many prompts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import torch

from questline.training.pace import WRITTEN

from .constrained import Only, Trie

__all__ = ["Writer", "autocast", "end_marks"]


def autocast(device: torch.device) -> AbstractContextManager[Any]:
    """Return the context of half precision on a GPU; nothing elsewhere."""
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A model and its tokenizer."""

    model: Any
    tokenizer: Any
    most: int
    """Tokens of what is written, at most."""
    together: int = 512
    """Prompts written for at once."""

    def write(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        temperature: float,
        tries: Sequence[Trie] | None = None,
        heard: Callable[[int], None] | None = None,
    ) -> list[list[int]]:
        """Return what is written after each prompt, its end mark included; at temperature 0 the likeliest.

        Args:
            prompts: Of tokens.
            temperature: Of what is sampled.
            tries: What may be written after each; None for anything.
            heard: Told how many are done.
        """
        found: list[list[int]] = []
        for start in range(0, len(prompts), self.together):
            part = slice(start, start + self.together)
            found += self._some(prompts[part], temperature, None if tries is None else tries[part])
            if heard is not None:
                heard(len(found))
        WRITTEN.add(len(found), sum(map(len, found)))
        return found

    def text(self, ids: Sequence[int]) -> str:
        """Return ids as text, without marks."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def _some(
        self, prompts: Sequence[Sequence[int]], temperature: float, tries: Sequence[Trie] | None
    ) -> list[list[int]]:
        model, pad = self.model, self.tokenizer.pad_token_id
        device = cast("torch.device", model.device)
        longest = max(map(len, prompts))
        ids = torch.full((len(prompts), longest), pad)
        mask = torch.zeros((len(prompts), longest), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(list(prompt))
            mask[row, longest - len(prompt) :] = 1
        how: dict[str, Any] = {"do_sample": False}
        if temperature > 0:
            how = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        if tries is not None:
            how["logits_processor"] = [Only(tries, longest)]
        with torch.no_grad(), autocast(device):
            made = model.generate(
                input_ids=ids.to(device), attention_mask=mask.to(device), max_new_tokens=self.most, **how
            )
        ends = end_marks(model, self.tokenizer)
        return [_until(row, ends) for row in made[:, longest:].tolist()]


def end_marks(model: Any, tokenizer: Any) -> set[int]:
    """Return the tokens that end a text, as the model and its tokenizer name them."""
    told: int | list[int] | None = model.generation_config.eos_token_id
    more = told if isinstance(told, list) else [] if told is None else [told]
    return {int(tokenizer.eos_token_id), *more}


def _until(ids: list[int], ends: set[int]) -> list[int]:
    at = next((place for place, each in enumerate(ids) if each in ends), len(ids) - 1)
    return ids[: at + 1]
