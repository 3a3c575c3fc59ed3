"""The occasions, in the order in which they are looked for: what is graver or more particular comes first."""

from __future__ import annotations

from typing import Final

__all__ = ["ORDER", "SAD"]

ORDER: Final = (
    *("condolence", "breakup", "thanks", "apology", "anniversary", "full_moon", "hundred_days", "pregnancy"),
    *("recovery", "coming_of_age", "birthday", "newborn", "engagement", "exam_passed", "graduation", "retirement"),
    *("housewarming", "building", "new_car", "promotion", "wedding", "mothers_day", "fathers_day", "teachers_day"),
    *("women_day", "children_day", "labour_day", "lovers_day", "nurses_day", "lantern", "dragon_boat", "mid_autumn"),
    *("double_ninth", "new_year", "christmas", "exam", "farewell", "opening", "national_day", "journey", "morning"),
    *("night", "noon", "setback", "school_start", "luck", "prayer", "business", "toast", "company", "school"),
    *("solar_term", "love", "career", "health", "weekday", "general"),
)
SAD: Final = frozenset({"condolence", "breakup", "setback", "recovery", "apology"})
"""Where nobody jokes and nothing is shouted."""
