"""The tasks of a plan while a model still writes it: each object of the list ``tasks`` as soon as it is complete."""

from __future__ import annotations

import json
from typing import Any, Final, cast

__all__ = ["TaskStream"]

_LONGEST: Final = 200_000
"""Characters of an answer that are followed."""


class TaskStream:
    """Finds complete objects in a JSON text that comes in pieces, however it is cut.

    The list is the value of the key ``tasks`` of the first object, or the first list where no object comes before it.
    What stands around the JSON is passed over. A text that stops being JSON yields nothing more: whoever reads the
    whole says what is wrong with it.
    """

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._stack: list[str] = []
        self._in_string = False
        self._escaped = False
        self._string_from = 0
        self._key = ""
        self._list_depth = 0
        """Depth of the brackets inside of which tasks stand; 0 before they begin."""
        self._object_from = -1
        self._over = False

    def feed(self, piece: str) -> list[dict[str, Any]]:
        """Take the next characters and return the tasks that are complete by now."""
        self._text += piece
        if len(self._text) > _LONGEST:
            self._over = True
        found: list[dict[str, Any]] = []
        while self._at < len(self._text) and not self._over:
            done = self._step(self._text[self._at])
            self._at += 1
            if done is not None:
                found.append(done)
        return found

    def _step(self, char: str) -> dict[str, Any] | None:
        if self._in_string:
            self._inside(char)
            return None
        if char == '"' and self._stack:
            self._in_string, self._string_from = True, self._at + 1
        elif char in "[{":
            self._open(char)
        elif char in "]}" and self._stack:
            return self._close(char)
        return None

    def _inside(self, char: str) -> None:
        if self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif char == '"':
            self._in_string = False
            if len(self._stack) == 1:
                self._key = self._text[self._string_from : self._at]

    def _open(self, char: str) -> None:
        self._stack.append(char)
        depth = len(self._stack)
        named = depth == 2 and self._stack[0] == "{" and self._key == "tasks"
        if char == "[" and not self._list_depth and (named or depth == 1):
            self._list_depth = depth
        elif char == "{" and self._list_depth and depth == self._list_depth + 1:
            self._object_from = self._at

    def _close(self, char: str) -> dict[str, Any] | None:
        depth = len(self._stack)
        if (self._stack.pop() == "{") != (char == "}"):
            self._over = True
            return None
        if depth == self._list_depth:
            self._over = True
        if self._list_depth and depth == self._list_depth + 1 and self._object_from >= 0:
            text, self._object_from = self._text[self._object_from : self._at + 1], -1
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                self._over = True
                return None
            return cast("dict[str, Any]", value)
        if not self._stack and not self._list_depth:
            self._key = ""
        return None
