"""Results of read-only tools, given again for the same arguments while they are fresh."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from .definitions import ToolDefinition, canonical
from .result import ToolResult

__all__ = ["ResultCache"]

_Key: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class _Entry:
    result: ToolResult
    until: float
    size: int


class ResultCache:
    """Keeps results by server, tool, canonical arguments and the digest of the definition.

    Args:
        entries: Most results that are kept; the one that was not used for longest goes first.
        size: Most characters that their arguments and texts may have together.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(
        self, *, entries: int = 1024, size: int = 32 * 1024 * 1024, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._entries = entries
        self._size = size
        self._clock = clock
        self._kept: OrderedDict[_Key, _Entry] = OrderedDict()
        self._held = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, tool: ToolDefinition, arguments: Mapping[str, Any]) -> ToolResult | None:
        """Return a fresh result, marked as ``cached``."""
        if tool.read_only is not True:
            return None
        key = _key(tool, arguments)
        entry = self._kept.get(key)
        if entry is None:
            return None
        if entry.until <= self._clock():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return replace(deepcopy(entry.result), cached=True, seconds=0.0, attempts=0)

    def put(self, tool: ToolDefinition, arguments: Mapping[str, Any], result: ToolResult, *, ttl_s: float) -> None:
        """Keep a result for `ttl_s` seconds, unless the tool is not read-only, or the result says that it failed."""
        if tool.read_only is not True or result.is_error or ttl_s <= 0:
            return
        key = _key(tool, arguments)
        try:
            size = len(key[2]) + len(canonical(list(result.content))) + len(canonical(result.structured))
        except ValueError:
            return  # it holds NaN or an infinity, which JSON has no word for
        if size > self._size // 8:
            return
        self._drop(key)
        self._kept[key] = _Entry(result=deepcopy(result), until=self._clock() + ttl_s, size=size)
        self._held += size
        while len(self._kept) > self._entries or self._held > self._size:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: _Key) -> None:
        entry = self._kept.pop(key, None)
        if entry is not None:
            self._held -= entry.size


def _key(tool: ToolDefinition, arguments: Mapping[str, Any]) -> _Key:
    return tool.server, tool.name, canonical(dict(arguments)), tool.digest
