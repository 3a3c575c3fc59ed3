"""The names of months and weekdays, as words and as parts of regular expressions that do not look at case."""

from __future__ import annotations

from typing import Final

__all__ = ["MONTH", "MONTHS", "MONTH_NAME", "WEEKDAY", "WEEKDAYS", "WEEKDAYS_ZH", "WEEKDAY_ZH"]

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_ZH: Final = "一二三四五六日"
"""What a Chinese weekday ends with, Monday first; Sunday may also end with 天."""
MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
"""A month, whole or shortened, without a dot."""
MONTH_NAME: Final = f"(?:{'|'.join(MONTHS)})"
"""A month, whole."""
WEEKDAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
"""A weekday, whole, in the singular."""
WEEKDAY_ZH: Final = r"(?:星期|周|礼拜)[一二三四五六日天]"
