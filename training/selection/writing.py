"""Write fitted models as the TOML that `questline.tools.selection.membership` reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from questline.tools.selection.membership import Membership, MembershipName

__all__ = ["Section", "toml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One fitted model and what is to be told of it."""

    name: MembershipName
    membership: Membership
    notes: tuple[str, ...] = ()


def toml(notes: Sequence[str], sections: Sequence[Section]) -> str:
    """Return the file: notes as comments, then a table for each model."""
    return "\n".join([_comments(notes), *(_table(section) for section in sections)])


def _table(section: Section) -> str:
    made, path = section.membership, f"membership.{section.name}"
    alike = "" if made.alike is None else f"\n{_numbers(made.alike, f'{path}.alike')}"
    return f"{_comments(section.notes)}{_numbers(made, path)}{alike}"


def _numbers(made: Membership, path: str) -> str:
    prices = ("tau", "tau_several", "least", "coverage", "redundancy")
    head = "".join(f"{name} = {getattr(made, name):.4f}\n" for name in prices)
    weights = "".join(f"{name} = {value:.4f}\n" for name, value in made.weights.items())
    return f"[{path}]\n{head}\n[{path}.weights]\n{weights}"


def _comments(notes: Sequence[str]) -> str:
    return "".join(f"# {note}\n" for note in notes)
