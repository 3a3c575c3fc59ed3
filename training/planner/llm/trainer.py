"""TRL's trainer, which weighs a plan by its chance among the plans that are open."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from torch import Tensor

from questline.training.tuning.constrained import Trie, allowed, chances, ids_of

__all__ = ["held_trainer"]


def held_trainer(tries: Mapping[tuple[int, ...], Trie] | None) -> Any:
    """Return the class of a trainer whose model is held to tries.

    Args:
        tries: By the tokens of the prompt; None for a model that may write anything, as vLLM lets it.
    """
    whole: Any = import_module("trl").GRPOTrainer
    if tries is None:
        return whole

    class Held(whole):
        def _get_per_token_logps_and_entropies(
            self, model: Any, input_ids: Tensor, attention_mask: Tensor, logits_to_keep: int, *_: Any, **__: Any
        ) -> tuple[Tensor, Tensor, None]:
            trainer: Any = self
            with trainer.accelerator.autocast():
                made = model(
                    input_ids=input_ids,
                    attention_mask=attention_mask,
                    logits_to_keep=logits_to_keep + 1,
                    use_cache=False,
                )
            logits: Tensor = made.logits[:, :-1] / trainer.temperature
            written = input_ids[:, -logits_to_keep:]
            prompts, there = (ids_of(each[:, :-logits_to_keep]) for each in (input_ids, attention_mask))
            keys = [_kept(ids, mask) for ids, mask in zip(prompts, there, strict=True)]
            open_ = allowed([tries.get(key) for key in keys], written, logits.shape[-1])
            logs, entropy = chances(logits, written, open_)
            return logs, entropy, None

    return Held


def _kept(ids: list[int], there: list[int]) -> tuple[int, ...]:
    return tuple(token for token, kept in zip(ids, there, strict=True) if kept)
