"""What the user keeps secret leaves the process towards its servers alone: never in errors, logs or recordings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast
from urllib.parse import quote, unquote

__all__ = ["HIDDEN", "Secrets"]

HIDDEN: Final = "[secret]"
_SCHEME: Final = re.compile(r"^(?:bearer|basic|token|digest|apikey)\s+", re.IGNORECASE)
"""What stands before the secret in a header; servers repeat the secret without it."""
_SHORTEST: Final = 6
"""Characters; shorter values, such as a port, are words of ordinary texts too."""


class Secrets:
    """Values that texts and JSON are cleaned of.

    Args:
        values: Such as tokens; as they are, and as they would stand in a URL.
    """

    def __init__(self, values: Iterable[str]) -> None:
        known: set[str] = set()
        for value in values:
            word = value.strip()
            known |= {word, quote(word, safe=""), unquote(word), _SCHEME.sub("", word).strip()}
        longest_first = sorted((value for value in known if len(value) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __repr__(self) -> str:
        return "Secrets(…)"

    def hide(self, text: str) -> str:
        """Return `text` with `HIDDEN` in place of each secret."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def hide_in(self, value: Any) -> Any:
        """Return a JSON value with `HIDDEN` in place of each secret, in keys too."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, Mapping):
            return {
                self.hide(str(key)): self.hide_in(each) for key, each in cast("Mapping[object, object]", value).items()
            }
        if isinstance(value, (list, tuple)):
            return [self.hide_in(each) for each in cast("list[object]", value)]
        return value
