"""The occasions, in the order in which they are looked for: what is graver or more particular comes first."""

from __future__ import annotations

from typing import Final

__all__ = ["ORDER", "SAD", "akin"]

ORDER: Final = (
    *(
        "pregnancy_loss",
        "remembrance",
        "condolence",
        "heartbreak",
        "breakup",
        "thanksgiving",
        "thanks",
        "apology",
        "anniversary",
        "full_moon",
    ),
    *("hundred_days", "pregnancy", "recovery", "coming_of_age", "birthday", "newborn", "engagement", "exam_passed"),
    *("graduation", "retirement", "housewarming", "building", "new_car", "promotion", "wedding", "mothers_day"),
    *("fathers_day", "teachers_day"),
    *("women_day", "children_day", "labour_day", "lovers_day", "nurses_day", "lantern", "dragon_boat", "mid_autumn"),
    *("double_ninth", "new_year", "christmas", "exam", "farewell", "opening", "national_day", "journey", "morning"),
    *("night", "noon", "setback", "school_start", "luck", "prayer", "business", "toast", "company", "school"),
    *("solar_term", "love", "career", "health", "weekday", "general"),
)
SAD: Final = frozenset(
    {"pregnancy_loss", "remembrance", "condolence", "heartbreak", "breakup", "setback", "recovery", "apology"}
)
"""Where nobody jokes and nothing is shouted."""

_FAMILIES: Final = (
    frozenset({"wedding", "engagement", "anniversary", "lovers_day"}),
    frozenset({"newborn", "full_moon", "hundred_days", "pregnancy"}),
    frozenset({"exam", "exam_passed", "graduation", "school_start", "school"}),
    frozenset({"opening", "business", "housewarming", "building"}),
    frozenset({"farewell", "retirement", "promotion", "journey"}),
    frozenset({"morning", "noon", "night"}),
    frozenset({"coming_of_age", "birthday"}),
    frozenset({"heartbreak", "breakup"}),
    frozenset({"thanksgiving", "thanks"}),
)


def akin(one: str, other: str) -> bool:
    """Say whether two occasions are words for one, so that only the first is meant: a golden wedding is no wedding."""
    return any({one, other} <= family for family in _FAMILIES)
