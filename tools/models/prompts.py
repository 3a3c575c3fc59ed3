"""Prompt files: Markdown with one section per turn and ``{{name}}`` placeholders, filled strictly.

    Notes before the first heading are for readers and are not sent.

    # system
    You answer from the passages.

    # user
    {{passages}}

    Question: {{question}}

``# user`` and ``# assistant`` sections alternate (earlier pairs are few-shot examples) and the last one is the user's.
A file is split into its turns *before* any value is filled in and each value is filled in once, so that a passage that
contains ``{{question}}`` or ``# system`` stays a passage: documents are data and can never change the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from questline.errors import UsageError
from questline.tools.models.llm_contract import Prompt, Role
from questline.types import Message

__all__ = ["PromptTemplate", "load", "placeholders"]

Value: TypeAlias = str | int
_Turn: TypeAlias = tuple[Literal["user", "assistant"], str]

_HEADING: Final = re.compile(r"^#[ \t]+(system|user|assistant)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_PLACEHOLDER: Final = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}")


def placeholders(template_text: str) -> frozenset[str]:
    """Return the names of the ``{{name}}`` placeholders in `template_text`.

    Raises:
        ValueError: A ``{{`` opens something that is not a placeholder.
    """
    stray = _PLACEHOLDER.sub("", template_text).find("{{")
    if stray >= 0:
        raise ValueError("'{{' must open a placeholder such as {{question}}: letters, digits and _ between the braces")
    return frozenset(_PLACEHOLDER.findall(template_text))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """A parsed prompt file; `render` makes the `Prompt` of one request."""

    system: str = ""
    turns: tuple[_Turn, ...]
    """Alternating from user to user."""
    origin: str = ""
    """The file it came from, for messages."""

    @classmethod
    def parse(cls, text: str, *, origin: str = "prompt") -> PromptTemplate:
        """Read a prompt file.

        Raises:
            UsageError: ``bad_settings`` naming `origin` and what is wrong with its sections or placeholders.
        """
        try:
            system, turns = _sections(text.replace("\r\n", "\n"))
            template = cls(system=system, turns=turns, origin=origin)
            _ = template.placeholders
        except ValueError as error:
            raise UsageError(f"prompt file {origin}: {error}", code="bad_settings", path=origin) from error
        return template

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that `render` needs."""
        texts = (self.system, *(text for _, text in self.turns))
        return frozenset(name for text in texts for name in placeholders(text))

    def without_examples(self) -> PromptTemplate:
        """Return the template with its system text and its last turn alone (sub-questions need no format examples)."""
        return PromptTemplate(system=self.system, turns=self.turns[-1:], origin=self.origin)

    def render(self, **values: Value) -> Prompt:
        """Fill each ``{{name}}`` of all turns with its value, once: placeholders inside a value are not filled.

        Raises:
            ValueError: The names of `values` are not exactly `placeholders`.
        """
        _same_names(self.placeholders, values)
        return Prompt(
            system=_fill(self.system, values),
            messages=tuple(Message(role=role, content=_fill(text, values)) for role, text in self.turns),
        )


def load(role: Role, default: Traversable, override: Path | str | None = None) -> PromptTemplate:
    """Read the prompt of `role`: the user's file where there is one, else the shipped one.

    The user's file must use the same placeholders as the shipped one, so that no passage or question is left out
    unnoticed.

    Args:
        role: The role it is for, named in messages.
        default: The shipped file, such as ``importlib.resources.files(__package__) / "prompt.md"``.
        override: The file that ``agents.toml`` names for this role.

    Raises:
        UsageError: ``bad_settings`` when the user's file is missing, unreadable or not a prompt file.
    """
    shipped = PromptTemplate.parse(default.read_text(encoding="utf-8"), origin=default.name)
    if override is None:
        return shipped
    path = Path(override)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the prompt file {str(path)!r} for role {role!r} cannot be read: {error}",
            code="bad_settings",
            path=path,
            role=role,
        ) from error
    template = PromptTemplate.parse(text, origin=str(path))
    problem = _difference(shipped.placeholders, template.placeholders)
    if problem:
        raise UsageError(
            f"the prompt file {str(path)!r} for role {role!r} {problem}", code="bad_settings", path=path, role=role
        )
    return template


def _fill(text: str, values: dict[str, Value]) -> str:
    return _PLACEHOLDER.sub(lambda match: str(values[match.group(1)]), text)


def _same_names(wanted: frozenset[str], given: Iterable[str]) -> None:
    problem = _difference(frozenset(given), wanted)
    if problem:
        raise ValueError(f"the template {problem}")


def _difference(offered: frozenset[str], used: frozenset[str]) -> str:
    """Say which placeholders are `used` without being `offered`, or the other way round; empty when none."""
    unknown, missing = sorted(used - offered), sorted(offered - used)
    parts = ["has the unknown placeholders " + ", ".join(f"{{{{{name}}}}}" for name in unknown)] if unknown else []
    parts += ["lacks the placeholders " + ", ".join(f"{{{{{name}}}}}" for name in missing)] if missing else []
    return " and ".join(parts)


def _sections(text: str) -> tuple[str, tuple[_Turn, ...]]:
    """Split a file at its headings; ValueError says which rule of order it breaks."""
    heads = list(_HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found = [(head.group(1).lower(), text[head.end() : end].strip()) for head, end in zip(heads, ends, strict=False)]
    system = ""
    if found and found[0][0] == "system":
        system = found.pop(0)[1]
    if not found:
        raise ValueError("it has no '# user' section")
    for position, (name, body) in enumerate(found):
        expected = "assistant" if position % 2 else "user"
        if name != expected:
            raise ValueError(f"section {position + 1} after '# system' is '# {name}' where '# {expected}' is due")
        if not body:
            raise ValueError(f"its '# {name}' section {position + 1} is empty")
    if len(found) % 2 == 0:
        raise ValueError("it ends in '# assistant'; the last section must be '# user'")
    return system, cast("tuple[_Turn, ...]", tuple(found))
