"""What can be asked to be forgotten: a click, a session, a user, an item, a category, spam sessions (spec 07 §6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast, get_args

from questline.errors import UsageError
from questline.tools.arguments import check_whole, fault
from questline.tools.text import whole_characters

__all__ = ["ForgetRequest", "Kind", "name_of", "read_requests"]

Kind: TypeAlias = Literal["click", "session", "user", "item", "category", "spam"]
_LONGEST: Final = 512
_LAST_PLACE: Final = 2**31 - 1
_LEAST_COPIES: Final = 3
_FIELDS: Final = {
    "click": {"session", "place", "item"},
    "spam": {"copies"},
    "item": {"id", "user"},
    "category": {"id", "user"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRequest:
    """One thing to forget; made by the class methods, or from JSON by `of`."""

    kind: Kind
    id: str = ""
    """Of the session, user or item; name of the category; the session of a click; empty for spam by copies."""
    place: int | None = None
    """Of a click: its place in the session as it was learnt, from 0; it stays the same when others are forgotten."""
    item: str = ""
    """Of clicks, in place of `place`: all clicks of the session on this item."""
    whose: str = ""
    """Of an item or category: the clicks of this user alone; empty: whoever clicked."""
    copies: int = 0
    """Of spam: sessions of three clicks and more whose list of items occurs at least so often, word for word."""

    @classmethod
    def click(cls, session: str, *, place: int | None = None, item: str = "") -> ForgetRequest:
        """Forget one click by its place, or all clicks of a session on one item.

        Raises:
            UsageError: ``bad_request``, as for the other kinds, for what names nothing.
        """
        if (place is None) == (not item):
            raise _bad("a click is named by its session and either `place` or `item`", "place")
        if place is not None and check_whole("place", place, low=0, code="bad_request") > _LAST_PLACE:
            raise fault("place", place, f"at most {_LAST_PLACE}", code="bad_request")
        return cls(
            kind="click", id=name_of("session", session), place=place, item=name_of("item", item) if item else ""
        )

    @classmethod
    def session(cls, session: str) -> ForgetRequest:
        """Forget a whole session."""
        return cls(kind="session", id=name_of("session", session))

    @classmethod
    def user(cls, user: str) -> ForgetRequest:
        """Forget all sessions of a user."""
        return cls(kind="user", id=name_of("user", user))

    @classmethod
    def everywhere(cls, item: str, *, whose: str = "") -> ForgetRequest:
        """Forget all clicks on an item, or those of one user: without any it leaves until it is clicked again."""
        return cls(kind="item", id=name_of("item", item), whose=name_of("user", whose) if whose else "")

    @classmethod
    def category(cls, category: str, *, whose: str = "") -> ForgetRequest:
        """Forget all clicks on the items of a category, whoever clicked them, or those of one user."""
        return cls(kind="category", id=name_of("category", category), whose=name_of("user", whose) if whose else "")

    @classmethod
    def spam(cls, copies: int) -> ForgetRequest:
        """Forget the sessions that a script made: lists of three clicks and more that occur at least `copies` times."""
        return cls(kind="spam", copies=check_whole("copies", copies, low=_LEAST_COPIES, code="bad_request"))

    @classmethod
    def of(cls, values: object) -> ForgetRequest:
        """Read ``{"kind": "user", "id": "…"}``; a click has ``session`` and ``place`` or ``item``, spam ``copies``;
        an item or category may have ``user``.

        Raises:
            UsageError: ``bad_request``.
        """
        if not isinstance(values, Mapping):
            raise _bad(f"{values!r} is no object like {{'kind': 'user', 'id': '…'}}", "requests")
        row = cast("Mapping[str, object]", values)
        kind = row.get("kind")
        fields = _FIELDS.get(str(kind), {"id"})
        if kind not in get_args(Kind):
            raise _bad(f"kind={kind!r} is not one of {', '.join(get_args(Kind))}", "kind")
        unknown = {key for key, value in row.items() if value is not None} - fields - {"kind"}
        if unknown:
            raise _bad(f"a request of the kind {kind} has no {min(unknown)!r}, only {_listed(fields)}", "requests")
        if kind == "click":
            place, item = row.get("place"), row.get("item")
            return cls.click(
                cast("str", row.get("session")), place=cast("int | None", place), item=cast("str", item or "")
            )
        if kind == "spam":
            return cls.spam(cast("int", row.get("copies")))
        named = cast("str", row.get("id"))
        if kind in {"session", "user"}:
            return cls.session(named) if kind == "session" else cls.user(named)
        whose = row.get("user")
        narrowed = name_of("user", whose) if whose is not None else ""
        return (cls.everywhere if kind == "item" else cls.category)(named, whose=narrowed)

    @property
    def key(self) -> str:
        """What makes two requests the same; it is kept as a keyed hash alone."""
        told = [self.kind, self.id, self.place, self.item, self.copies, *([self.whose] if self.whose else [])]
        return json.dumps(told, ensure_ascii=False)

    def as_dict(self) -> dict[str, str | int]:
        """Return it as the JSON object that `of` reads."""
        if self.kind == "spam":
            return {"kind": self.kind, "copies": self.copies}
        if self.kind == "click":
            told = {"item": self.item} if self.place is None else {"place": self.place}
            return {"kind": self.kind, "session": self.id, **told}
        return {"kind": self.kind, "id": self.id, **({"user": self.whose} if self.whose else {})}


def name_of(argument: str, value: object) -> str:
    """Return the id of something that people name, whole characters alone.

    Raises:
        UsageError: ``bad_request`` for what is no text, empty, or longer than 512 characters.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise fault(argument, value, f"a text of 1 to {_LONGEST} characters", code="bad_request")
    return whole_characters(value)


def read_requests(path: Path) -> Sequence[ForgetRequest]:
    """Read JSON lines of requests.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, or ``bad_request`` with the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error})", code="unreadable_file", path=path) from error
    found: list[ForgetRequest] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(ForgetRequest.of(json.loads(line)))
        except (ValueError, RecursionError, UsageError) as error:
            message = f"line {number} of {str(path)!r} is no request: {error}"
            raise UsageError(message, code="bad_request", path=path, line=number) from error
    if not found:
        raise UsageError(f"{str(path)!r} holds no request", code="bad_request", path=path)
    return found


def _listed(fields: set[str]) -> str:
    return ", ".join(f"{each!r}" for each in sorted(fields))


def _bad(message: str, argument: str) -> UsageError:
    return UsageError(message, code="bad_request", argument=argument)
