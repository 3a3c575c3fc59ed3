"""Names and values as SQL writes them."""

from __future__ import annotations

__all__ = ["literal", "quoted"]


def quoted(name: str) -> str:
    """Return a name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text value as SQL writes it, whatever is in it."""
    return "'" + value.replace("'", "''") + "'"
