"""The passages that help, chosen as a set."""

from .contract import Member, Rejected, Selection, Selector

__all__ = ["Member", "Rejected", "Selection", "Selector"]
