"""Write the likeliest text, with drafts or without: the same tokens, in fewer forward passes where drafts are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from questline.errors import UsageError

from .break_even import Switch
from .passes import Passes
from .tree import Source, Tree, accepted

__all__ = ["Decoded", "Limits", "decode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where writing ends: at an end mark, which is written, or after `most` tokens, or where the context is full."""

    most: int
    ends: frozenset[int]

    def __post_init__(self) -> None:
        if self.most < 0:
            raise UsageError(f"most={self.most} must be at least 0", code="bad_argument", argument="most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What was written, and what it took."""

    ids: tuple[int, ...]
    passes: int
    """Forward passes, the one that reads the prompt among them."""
    drafted: int = 0
    """Tokens of all drafts."""
    accepted: int = 0
    drafting: int = 0
    """Passes that had a draft."""

    @property
    def tokens_a_pass(self) -> float:
        """Tokens written in a forward pass, in the mean; 1 without drafts."""
        return len(self.ids) / self.passes if self.passes else 0.0

    @property
    def acceptance(self) -> float:
        """Share of drafted tokens that were written."""
        return self.accepted / self.drafted if self.drafted else 0.0


def decode(
    model: Any,
    prompt: Sequence[int],
    limits: Limits,
    *,
    source: Source | None = None,
    switch: Switch | None = None,
    context: int | None = None,
) -> Decoded:
    """Write greedily after a prompt: always the likeliest token, whatever is drafted.

    Args:
        model: Causal, of transformers, in its evaluating mode.
        prompt: Tokens.
        limits: Where it ends.
        source: Of drafts; none for plain greedy decoding, a token a pass.
        switch: Switches them off while they do not pay.
        context: Tokens that the model reads at most; what its configuration says by default.

    Raises:
        UsageError: ``bad_argument`` for an empty prompt, one that fills the context, or a model that cannot take a
            draft back.
    """
    passes = Passes(model, context=context)
    if not prompt or len(prompt) >= passes.context:
        raise UsageError(
            f"the prompt has {len(prompt)} tokens; it must have at least 1 and leave room in the model's "
            f"{passes.context}",
            code="bad_argument",
            argument="prompt",
        )
    text = list(prompt)
    most = min(limits.most, passes.context - len(prompt))
    drafted = taken = drafting = 0
    if most:
        text.append(passes.read(prompt))
    while len(text) - len(prompt) < most and text[-1] not in limits.ends:
        reach = passes.context - passes.length - 1  # the last written token is read in this pass
        tree = Tree()
        if source is not None and (switch is None or switch.on):
            tree = source.ask(text, reach)
        elif switch is not None:
            switch.passed()
        after, said = passes.ask(text[-1], tree)
        places = accepted(tree, after, said) if tree.tokens else []
        new = [after, *(said[place] for place in places)]
        new, whole = _cut(new, limits.ends, most - (len(text) - len(prompt))), len(new)
        if tree.tokens and source is not None:
            source.hear(said)
            drafting += 1
            drafted += len(tree.tokens)
            taken += len(new) - 1
            if switch is not None:
                switch.heard(drafted=len(tree.tokens), accepted=whole - 1)
        passes.keep(places[: len(new) - 1])
        text += new
    return Decoded(
        ids=tuple(text[len(prompt) :]), passes=passes.count, drafted=drafted, accepted=taken, drafting=drafting
    )


def _cut(new: list[int], ends: frozenset[int], most: int) -> list[int]:
    """Return tokens up to the first end mark, and no more than there is room for."""
    at = next((place for place, token in enumerate(new) if token in ends), len(new) - 1)
    return new[: min(at + 1, most)]
