"""How likely a model's list names each passage, from the chances of the tokens that it is written with.

Where the next token decides about a passage, its rivals say what else the list might have become. For a passage in the
list, what counts against it are the rivals with which the list would have ended, or gone on with a passage that stands
nowhere in it; a rival that stands elsewhere in the list is only another order. For a passage that is not in the list,
its likeliest place counts. A number may lie in several tokens (``1`` ``2``) and between brackets (``[[12]]``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from questline.tools.models.llm_contract import TokenChance

from .written import listed_part

__all__ = ["id_chances"]

_BEFORE: Final = r"[\s\[［【(,，、;\"'▁Ġ]*"
"""What may stand in a token before a number; tokenizers mark a leading space."""
_NUMBER: Final = re.compile(_BEFORE + r"(\d+)(\D?)")
_END: Final = re.compile(r"[\s\[［【(]*[\]］】]|[\s\"']*<\||\s*\n|\s*$")
_NONE: Final = re.compile(r"\W*(?:none|no|empty|无|没有)", re.IGNORECASE)


def id_chances(text: str, tokens: Sequence[TokenChance], written: Collection[int], n: int) -> dict[int, float] | None:
    """Return how likely each of the numbers 1 to n is in the list; None where the tokens do not tell.

    Args:
        text: The answer as it was read, without thoughts.
        tokens: The answer as it was written, thoughts included.
        written: The numbers that were read in it.
        n: How many passages there were.
    """
    places = _part(text, tokens)
    if places is None:
        return None
    account = _Account(written=frozenset(written), n=n)
    for token, shown in places:
        account.take(token, shown)
    account.close()
    if account.kept.keys() != account.written:
        return None  # the tokens are not those of the list that was read
    told = {**account.others, **account.kept}
    return {number: told.get(number, account.rest) for number in range(1, n + 1)}


def _part(text: str, tokens: Sequence[TokenChance]) -> list[tuple[TokenChance, str]] | None:
    """Return the tokens of the list with the part of each that lies in it."""
    datas = [token.data or token.text.encode() for token in tokens]
    body = text.strip()
    try:
        whole = b"".join(datas).decode()
    except UnicodeDecodeError:
        return None
    at = whole.rfind(body) if body else -1
    part = listed_part(body)
    if at < 0 or part is None:
        return None
    start, end = (len(whole[: at + place].encode()) for place in part)
    return list(_overlapping(tokens, datas, start, end))


def _overlapping(
    tokens: Sequence[TokenChance], datas: Sequence[bytes], start: int, end: int
) -> Iterator[tuple[TokenChance, str]]:
    place = 0
    for token, data in zip(tokens, datas, strict=True):
        inside = data[max(0, start - place) : max(0, end - place)]
        place += len(data)
        if inside:
            yield token, inside.decode(errors="replace")


@dataclass(slots=True, kw_only=True)
class _Account:
    """What the tokens so far have said."""

    written: frozenset[int]
    n: int
    kept: dict[int, float] = field(default_factory=dict[int, float])
    """By number of the list how likely it is in it."""
    others: dict[int, float] = field(default_factory=dict[int, float])
    """By any other number how likely it was at its likeliest place."""
    rest: float = 0.0
    """How likely a number was that no token named, at the likeliest place."""
    _digits: str = ""
    """Of the number that is being written."""
    _chance: float = 1.0
    """That the list came to the number that is being written, or is to come next."""
    _reach: float = 1.0
    """Of the digits before, within the number that is being written."""

    def take(self, token: TokenChance, shown: str) -> None:
        """Hear one token, of which `shown` lies in the list."""
        chance = math.exp(token.logprob)
        goes_on = bool(self._digits) and shown[:1].isdigit()
        against_this, against_next = self._against(token, shown, chance)
        if self._digits:
            self._chance *= 1 - against_this
            if not goes_on:
                self.close()
        if not goes_on:
            self._chance *= 1 - against_next
        for match in re.finditer(r"\d+|\D+", shown):
            if match[0][0].isdigit():
                self._digits += match[0]
                self._reach *= chance
            elif self._digits:
                self.close()

    def close(self) -> None:
        """End the number that is being written, where there is one."""
        if not self._digits:
            return
        if len(self._digits) <= len(str(self.n)) and (number := int(self._digits)) in self.written:
            self.kept[number] = max(self._chance, self.kept.get(number, 0.0))
        self._digits, self._chance, self._reach = "", 1.0, 1.0

    def _against(self, token: TokenChance, shown: str, chance: float) -> tuple[float, float]:
        """Return how likely a rival of the token was that speaks against the number begun, and against the next."""
        within = bool(self._digits) and shown[:1].isdigit()
        this = after = told = 0.0
        ends = bool(_END.match(shown) or _NONE.match(shown))
        named: set[int] = set()
        for text, logarithm in token.top:
            if text == token.text:
                continue
            rival = math.exp(logarithm)
            told += rival
            continues = bool(self._digits) and text[:1].isdigit()
            number, whole = _number(text, self._digits if continues else "")
            if number is not None:
                named.add(number)
                self._name(number, rival * (self._reach if continues else 1.0))
            if within and not continues:  # the number would have ended here
                self._name(int(self._digits), rival * self._reach)
                this += 0.0 if int(self._digits) in self.written else rival
            elif number is None:
                end = bool(_END.match(text) or _NONE.match(text))
                after += rival if end else 0.0
                told -= rival if ends and not end else 0.0  # the list would have begun or gone on, with whatever number
            elif not self._may_be_written(number, whole=whole):
                this, after = (this + rival, after) if continues else (this, after + rival)
        if not token.top and any(character.isdigit() for character in shown):
            this, after = (1 - chance, 0.0) if within else (0.0, 1 - chance)
        if not self._digits:
            self._spread(max(0.0, 1 - chance - told), named)
        return min(1.0, this), min(1.0, after)

    def _name(self, number: int, chance: float) -> None:
        if 1 <= number <= self.n and number not in self.written:
            self.others[number] = max(chance, self.others.get(number, 0.0))

    def _may_be_written(self, number: int, *, whole: bool) -> bool:
        """Say whether a rival's number stands in the list, or may yet grow to one that does."""
        begins = not whole and any(str(each).startswith(str(number)) for each in self.written)
        return number in self.written or begins

    def _spread(self, left: float, named: set[int]) -> None:
        """Divide what the told rivals leave among the numbers that none of them is."""
        unnamed = self.n - len(self.written | named)
        if unnamed > 0:
            self.rest = max(self.rest, left / unnamed)


def _number(text: str, before: str) -> tuple[int | None, bool]:
    """Return the number that a rival goes on with or begins, and whether it also ends it."""
    match = re.match(r"(\d+)(\D?)", text) if before else _NUMBER.match(text)
    if match is None:
        return None, False
    digits = before + match[1]
    return (int(digits) if len(digits) <= 9 else 0), bool(match[2])
