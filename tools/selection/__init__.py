"""The passages that help, chosen as a set."""

from .selector import SelectionResult, select

__all__ = ["SelectionResult", "select"]
