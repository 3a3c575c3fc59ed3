"""What a word of a question does: the roles that the linker's network tells apart."""

from __future__ import annotations

from typing import Final

__all__ = ["COLUMNED", "FREE", "place_of", "role_of"]

FREE: Final = ("idle", "count", "not", "row", "absent")
"""Roles without a column; ``absent`` asks for, or names, what the table does not hold."""
COLUMNED: Final = ("answer", "value", "lacks", "names", "max", "min", "sum", "avg", "more", "less", "from", "until")
"""Roles of a word that has to do with one column; ``lacks`` says that a column of yes and no holds no."""


def role_of(choice: int) -> tuple[str, int]:
    """Return role and column (-1 for none) of a choice of the network.

    Args:
        choice: Its place: first `FREE`, then for each column `COLUMNED`.
    """
    if choice < len(FREE):
        return FREE[choice], -1
    column, role = divmod(choice - len(FREE), len(COLUMNED))
    return COLUMNED[role], column


def place_of(role: str, column: int = -1) -> int:
    """Return the place of a choice of the network, what `role_of` reads.

    >>> role_of(place_of("value", 2))
    ('value', 2)
    """
    if role in FREE:
        return FREE.index(role)
    return len(FREE) + column * len(COLUMNED) + COLUMNED.index(role)
