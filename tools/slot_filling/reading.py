"""A question taken apart once: its words and everything in it that may be a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from .currencies import currencies_in
from .dates import dates_in, split_range, times_in
from .formulas import formulas_in
from .lists import number_lists, text_lists
from .mention import Mention
from .names import codes_in, names_in, quoted_in
from .numbers import numbers_in
from .phrases import phrases_in
from .places import STATES, is_place, nation_of
from .vocabulary import listed
from .wording import Wording

__all__ = ["LONGEST", "Question"]

LONGEST: Final = 4_000
"""Characters of a question that are read; the rest is counted in `Filling.read` and left."""
MANY: Final = frozenset(
    listed(
        "numbers sides points given integers charges locations cities teams places people players events options other"
        " sets lists arrays matrices strings dates variables bodies objects vectors"
    )
)
"""What a spelled number counts that is only announced: "the two numbers 12 and 15"."""
_MOST_TEXTS: Final = 260


@dataclass(frozen=True, kw_only=True)
class Question:
    """What all tools and fields share of one question."""

    text: str
    today: date | None = None

    @cached_property
    def wording(self) -> Wording:
        """Its words."""
        return Wording(self.text)

    @cached_property
    def dates(self) -> list[Mention]:
        """Days and stretches of time; of a stretch between two days also its ends."""
        found: list[Mention] = []
        for one in dates_in(self.text, self.today):
            ends = split_range(one)
            found.append(one)
            if ends is not None and ends[0] != ends[1]:
                middle = (one.start + one.end) // 2
                found += [replace(ends[0], end=middle), replace(ends[1], start=middle)]
        return found

    @cached_property
    def times(self) -> list[Mention]:
        """Times of day."""
        return list(times_in(self.text))

    @cached_property
    def formulas(self) -> list[Mention]:
        """Formulas."""
        return list(formulas_in(self.text))

    @cached_property
    def numbers(self) -> list[Mention]:
        """Numbers, without those in a formula and those that only announce others ("the two numbers 3 and 4")."""
        found = [one for one in numbers_in(self.text) if not any(one.overlaps(other) for other in self.formulas)]
        digits = sum(not one.text[:1].isalpha() for one in found)
        return [one for one in found if digits < 2 or not self._announces(one)]

    @cached_property
    def currencies(self) -> list[Mention]:
        """Currencies."""
        return currencies_in(self.text)

    def _announces(self, one: Mention) -> bool:
        if not one.text[:1].isalpha() or one.ordinal or not isinstance(one.value, int) or one.value < 2:
            return False
        if self.wording.after(one.end) in MANY:
            return True
        rows = number_lists(self.text, [other for other in numbers_in(self.text) if other.start > one.end])
        return any(len(row.items) == one.value and row.start - one.end < 60 for row in rows)

    @cached_property
    def taken(self) -> list[tuple[int, int]]:
        """Places of the numbers: a word beyond another number tells little of this one."""
        return [(one.start, one.end) for one in self.numbers]

    @cached_property
    def number_lists(self) -> list[Mention]:
        """Numbers in a row."""
        return number_lists(self.text, self.numbers)

    @cached_property
    def names(self) -> list[Mention]:
        """Runs of words with capitals; a known place is one, also together with what follows it: ``Paris, France``."""
        found: list[Mention] = []
        plain = names_in(self.text)
        by_start = {one.start: one for one in sorted(plain, key=lambda one: one.end)}
        for one in plain:
            place = is_place(one.text)
            found.append(replace(one, how="place") if place else one)
            after = by_start.get(one.end + 2)
            if self.text[one.end : one.end + 2] == ", " and after is not None and _goes_with(after.text, place):
                whole = self.text[one.start : after.end]
                found.append(Mention(how="place", value=whole, start=one.start, end=after.end, text=whole))
        return found

    @cached_property
    def phrases(self) -> list[Mention]:
        """Short runs of words."""
        return phrases_in(self.wording)

    @cached_property
    def texts(self) -> list[Mention]:
        """Everything that a text field may hold, each place once: what stands out more counts."""
        found: dict[tuple[int, int], Mention] = {}
        groups: Sequence[Sequence[Mention]] = (
            quoted_in(self.text), codes_in(self.text), self.dates, self.times, self.formulas, self.currencies,
            self.names, self.numbers, self.phrases,
        )  # fmt: skip
        for group in groups:
            for one in group:
                found.setdefault((one.start, one.end), one)
        return list(found.values())[:_MOST_TEXTS]

    @cached_property
    def text_lists(self) -> list[Mention]:
        """Texts in a row."""
        whole = [
            one
            for one in self.texts
            if one.how in ("quoted", "name", "place", "phrase", "code")
            and (one.how == "quoted" or " and " not in one.text)
        ]
        return text_lists(self.text, whole)


def _goes_with(after: str, place: bool) -> bool:
    """Whether what follows a comma belongs to the place before it: a state, a country, two letters."""
    region = after.casefold() in STATES or bool(nation_of(after)) or (len(after) <= 4 and after.isupper())
    return region or (place and is_place(after))
