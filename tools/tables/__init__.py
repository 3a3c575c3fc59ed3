"""Read-only SQL over the user's own tables, and plain questions over one table by rules."""

from .result import Column, Found, Limits, Refused, Rows, Table
from .tables import Tables

__all__ = ["Column", "Found", "Limits", "Refused", "Rows", "Table", "Tables"]
