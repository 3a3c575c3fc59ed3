"""Work that may run away, in a child process that is killed at its deadline."""

from .pool import Pool

__all__ = ["Pool"]
