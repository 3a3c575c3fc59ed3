"""What is asked of a model in one forward pass: tokens that may follow, each with the token that it follows on.

Guesses that begin alike, and guesses that are not to be written at all but to be continued, stand side by side in one
tree; each sees its own ancestors alone. So whatever the model says after a token is what it would say had that token
and its ancestors been written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

__all__ = ["ROOT", "Source", "Tree", "accepted"]

ROOT: Final = -1
"""The last token that was written, which the first ones of a tree follow on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Tokens, parents before children."""

    tokens: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()
    """Place of the token before each; `ROOT` for the last written one."""

    @classmethod
    def chain(cls, tokens: Sequence[int]) -> Self:
        """Return tokens one after the other."""
        return cls(tokens=tuple(tokens), parents=tuple(range(ROOT, len(tokens) - 1)))

    @property
    def is_chain(self) -> bool:
        """Whether each token follows on the one before it, so that the model's own causal mask is right."""
        return self.parents == tuple(range(ROOT, len(self.tokens) - 1))

    def depths(self) -> list[int]:
        """Return how far behind the last written token each stands, from 1."""
        found: list[int] = []
        for parent in self.parents:
            found.append(1 if parent == ROOT else found[parent] + 1)
        return found

    def seen(self) -> list[list[int]]:
        """Return for each token its ancestors and itself."""
        found: list[list[int]] = []
        for place, parent in enumerate(self.parents):
            found.append([place] if parent == ROOT else [*found[parent], place])
        return found


class Source(Protocol):
    """Where drafts come from."""

    def ask(self, written: Sequence[int], reach: int) -> Tree:
        """Return what may follow.

        Args:
            written: The prompt and all that was written.
            reach: How deep the tree may be.
        """
        ...

    def hear(self, said: Sequence[int]) -> None:
        """Take up what the model says after each token of the tree that was asked."""
        ...


def accepted(tree: Tree, after: int, said: Sequence[int]) -> list[int]:
    """Return the places of the tokens of a tree that the model writes itself, one after the other.

    Args:
        tree: What was asked.
        after: What the model says after the last written token.
        said: What it says after each token of the tree.
    """
    children = {
        (parent, token): place for place, (token, parent) in enumerate(zip(tree.tokens, tree.parents, strict=True))
    }
    found: list[int] = []
    at, wanted = ROOT, after
    while (place := children.get((at, wanted))) is not None:
        found.append(place)
        at, wanted = place, said[place]
    return found
