"""HTML out of Python, every text and attribute escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

__all__ = ["Child", "Html", "clean", "el", "joined", "slug"]


class Html(str):
    """Markup that is escaped already; only `el` and the files of this folder make it."""

    __slots__ = ()


Child: TypeAlias = "str | Html | int | Iterable[Child] | None"


def clean(text: str) -> str:
    """Return a text without what a document may not hold: control characters and halves of surrogate pairs."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(char if char.isprintable() or char in "\n\t " else "�" for char in whole)


def el(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """Return an element: ``class_`` is ``class``, ``data_x`` is ``data-x``; True is a bare attribute, None is none."""
    given = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in {"img", "meta", "input", "br", "col"}:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{joined(children)}</{name}>")


def slug(name: str) -> str:
    """Return a name as part of an id."""
    return "".join(char if char.isalnum() and char.isascii() else "-" for char in name)


def joined(children: Child) -> Html:
    """Return children one after the other, texts escaped."""
    if children is None:
        return Html("")
    if isinstance(children, Html):
        return children
    if isinstance(children, str | int):
        return Html(escape(clean(str(children)), quote=False))
    return Html("".join(joined(child) for child in children))


def _attribute(key: str, value: str | float | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(clean(str(value)))}"'
