"""The plans that are open, as a trie of tokens: a model samples, and is learnt from, among them alone.

The served planner is held to the open choices by its server's grammar, so that training is too. Chances are of the
plans that are open: those of the others never enter the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from questline.agents.workflow_planner.asking import word
from questline.agents.workflow_planner.parse import Choice
from questline.training.tuning.constrained import Trie

__all__ = ["Grammar"]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Makes tries, each once."""

    tokenizer: Any
    _made: dict[tuple[str, ...], Trie] = field(default_factory=dict[tuple[str, ...], Trie])

    def of(self, choices: Sequence[Choice]) -> Trie:
        """Return the trie of choices, each with the mark of its end."""
        words = tuple(map(word, choices))
        if words not in self._made:
            found: dict[tuple[int, ...], set[int]] = {}
            for each in words:
                ids = [*self.tokenizer.encode(each, add_special_tokens=False), self.tokenizer.eos_token_id]
                for place, token in enumerate(ids):
                    found.setdefault(tuple(ids[:place]), set()).add(int(token))
            self._made[words] = {prefix: tuple(sorted(after)) for prefix, after in found.items()}
        return self._made[words]
