"""How likely a model finds texts: the log likelihood of their tokens, given their queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import torch
from torch import Tensor, nn

from questline.training.planner.llm.writer import autocast

from .models import Loaded
from .texts import Written, asked

__all__ = ["Example", "example", "log_likelihoods"]

_TOGETHER: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A query and a text as tokens; the labels of the query's are -100."""

    ids: list[int]
    labels: list[int]


def example(loaded: Loaded, row: Written) -> Example:
    """Return the tokens of a query, its text and the end."""
    prompt = asked(loaded.tokenizer, row.query, loaded.form)
    text = [int(each) for each in loaded.tokenizer.encode(row.text, add_special_tokens=False)]
    text.append(int(loaded.tokenizer.eos_token_id))
    return Example(ids=[*prompt, *text], labels=[-100] * len(prompt) + text)


def log_likelihoods(loaded: Loaded, rows: Sequence[Example]) -> list[tuple[float, int]]:
    """Return for each text the sum of the log likelihoods of its tokens, and their number."""
    model: Any = loaded.model
    was = model.training
    model.eval()
    found: list[tuple[float, int]] = []
    for start in range(0, len(rows), _TOGETHER):
        part = rows[start : start + _TOGETHER]
        longest = max(len(row.ids) for row in part)
        ids = torch.full((len(part), longest), int(loaded.tokenizer.pad_token_id))
        labels, mask = torch.full_like(ids, -100), torch.zeros_like(ids)
        for place, row in enumerate(part):
            ids[place, : len(row.ids)] = torch.tensor(row.ids)
            labels[place, : len(row.ids)] = torch.tensor(row.labels)
            mask[place, : len(row.ids)] = 1
        with torch.no_grad(), autocast(model.device):
            logits: Tensor = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
        wanted = labels[:, 1:].to(model.device)
        wrong = nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1).float(), wanted.flatten(), reduction="none"
        ).view_as(wanted)
        sums = cast("list[float]", cast("Any", -wrong.sum(1)).tolist())
        counts = cast("list[int]", cast("Any", (wanted >= 0).sum(1)).tolist())
        found += list(zip(sums, counts, strict=True))
    model.train(was)
    return found
