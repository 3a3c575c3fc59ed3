"""How likely a writer finds texts, given their queries."""

from __future__ import annotations

from collections.abc import Sequence

from questline.training.tuning import likelihood as shared
from questline.training.tuning.chat import answer_ids
from questline.training.tuning.likelihood import Example

from .models import Loaded
from .texts import Written, asked

__all__ = ["Example", "example", "log_likelihoods"]


def example(loaded: Loaded, row: Written) -> Example:
    """Return the tokens of a query, its text and the end."""
    prompt = asked(loaded.tokenizer, row.query, loaded.form)
    text = answer_ids(loaded.tokenizer, row.text)
    return Example(ids=[*prompt, *text], labels=[-100] * len(prompt) + text)


def log_likelihoods(loaded: Loaded, rows: Sequence[Example]) -> list[tuple[float, int]]:
    """Return for each text the sum of the log likelihoods of its tokens, and their number."""
    return shared.log_likelihoods(loaded.model, rows, int(loaded.tokenizer.pad_token_id))
