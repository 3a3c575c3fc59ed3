"""Drafts that the model makes itself: lookahead decoding by n-grams of Jacobi iterations (Fu et al. 2024).

A window of W columns and N - 1 rows holds guesses of what comes later. The column j of row 0 stands j + 1 tokens behind
the last written one, and each further row one token later; a guess sees row 0 up to its column, then its own column. In
one forward pass each column is continued by a token, which makes an n-gram of N tokens, and up to G n-grams that begin
with the last written token are checked. The rows then move up.

In the published algorithm the n-grams alone are checked; here row 0 may be accepted too, since it stands in the same
tree [ours].
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Sequence

from questline.errors import UsageError

from .tree import ROOT, Tree

__all__ = ["Lookahead"]


class Lookahead:
    """See the module.

    Args:
        vocabulary: Tokens that the window begins with are drawn from; such as those of the prompt.
        window: W.
        gram: N, at least 2.
        guesses: G.
        prompt: Tokens whose n-grams are known from the start; empty for none, as published.
        seed: Of the first window.

    Raises:
        UsageError: ``bad_argument``.
    """

    def __init__(
        self,
        vocabulary: Sequence[int],
        *,
        window: int = 7,
        gram: int = 5,
        guesses: int = 7,
        prompt: Sequence[int] = (),
        seed: int = 0,
    ) -> None:
        if window < 1 or gram < 2 or guesses < 1 or not vocabulary:
            raise UsageError(
                f"window={window}, gram={gram}, guesses={guesses}: window and guesses must be at least 1, gram 2, and "
                "there must be tokens to begin with",
                code="bad_argument",
                argument="window",
            )
        self._window, self._gram, self._guesses = window, gram, guesses
        draw = random.Random(seed)  # noqa: S311 because guesses are no secret
        self._rows = [[draw.choice(vocabulary) for _ in range(window)] for _ in range(gram - 1)]
        self._known: dict[int, OrderedDict[tuple[int, ...], None]] = {}
        self._ahead: list[list[int]] | None = None
        for start in range(len(prompt) - gram + 1):
            self._learn(tuple(prompt[start : start + gram]))

    def ask(self, written: Sequence[int], reach: int) -> Tree:
        """See `Source.ask`; the window is left out where it would reach too far."""
        tokens: list[int] = []
        parents: list[int] = []
        places: dict[tuple[int, int], int] = {}

        def put(token: int, parent: int) -> int:
            if (parent, token) not in places:
                places[parent, token] = len(tokens)
                tokens.append(token)
                parents.append(parent)
            return places[parent, token]

        for gram in reversed(self._known.get(written[-1], ())):
            at = ROOT
            for token in gram[:reach]:
                at = put(token, at)
        self._ahead = None
        if self._window + self._gram - 2 <= reach:
            self._ahead = []
            first = ROOT
            for column in range(self._window):
                first = put(self._rows[0][column], first)
                below = [first]
                for row in self._rows[1:]:
                    below.append(put(row[column], below[-1]))
                self._ahead.append(below)
        return Tree(tokens=tuple(tokens), parents=tuple(parents))

    def hear(self, said: Sequence[int]) -> None:
        """Learn an n-gram from each column, and move the rows up."""
        if self._ahead is None:
            return
        new = [said[column[-1]] for column in self._ahead]
        for column, token in enumerate(new):
            self._learn((*(row[column] for row in self._rows), token))
        self._rows = [*self._rows[1:], new]

    def _learn(self, gram: tuple[int, ...]) -> None:
        """Keep the last G n-grams that begin alike."""
        known = self._known.setdefault(gram[0], OrderedDict())
        known[gram[1:]] = None
        known.move_to_end(gram[1:])
        if len(known) > self._guesses:
            known.popitem(last=False)
