"""Calls written to a file as they are made, and read from it again instead of being made.

One JSON object a line: ``tool`` lines hold definitions, ``call`` lines a call with its result or its error. Secrets of
the configuration are replaced before anything is written.
"""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from questline.errors import QuestlineError, RunError, ServerUnavailable, ToolTimeout, UsageError

from .definitions import ServerManifest, ToolDefinition, canonical
from .redaction import Secrets
from .result import ToolResult

__all__ = ["Recorder", "Recording"]

_Key: TypeAlias = tuple[str, str, str]
_log: Final = logging.getLogger(__name__)
_OWN: Final = {"tool_timeout": ToolTimeout, "server_unavailable": ServerUnavailable}


class Recorder:
    """Appends each call to a file that only its owner can read.

    Args:
        path: The file; what is in it already stays.
        secrets: What is replaced.

    Raises:
        UsageError: ``unreadable_file``: it cannot be opened.
    """

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self._secrets = secrets
        self._told: set[tuple[str, str]] = set()
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(
                f"{str(path)!r} cannot be written: {error.strerror}", code="unreadable_file", path=path
            ) from error
        self._file = os.fdopen(number, "a", encoding="utf-8")
        self._failed = False
        with suppress(OSError):  # a device, or another's file, has rights of its own
            os.fchmod(number, 0o600)

    def write(
        self,
        tool: ToolDefinition,
        arguments: Mapping[str, Any],
        outcome: ToolResult | QuestlineError,
    ) -> None:
        """Write one call, and before it the tool's definition where the file does not have it yet.

        Where it cannot be written the call has been made all the same: that is logged, once, and the recording ends.
        """
        if (tool.qualified, tool.digest) not in self._told:
            self._told.add((tool.qualified, tool.digest))
            self._line({"kind": "tool", "server": tool.server, "declared": tool.declared()})
        line: dict[str, Any] = {"kind": "call", "server": tool.server, "tool": tool.name, "digest": tool.digest}
        line["arguments"] = dict(arguments)
        if isinstance(outcome, ToolResult):
            line["result"] = asdict(replace(outcome, cached=False))
        else:
            line["error"] = {**outcome.as_dict(), "usage": isinstance(outcome, UsageError)}
        self._line(line)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()

    def _line(self, line: dict[str, Any]) -> None:
        if self._failed:
            return
        try:
            self._file.write(json.dumps(self._secrets.hide_in(line), ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self._failed = True
            _log.error("the recording is not complete, nothing more is written to it: %s", error.strerror)


class Recording:
    """Calls that were recorded, given back in the order in which they were made.

    Args:
        path: A file that a `Recorder` wrote.
        secrets: What the recorder replaced: the same must be replaced in the arguments that are looked up.

    Raises:
        UsageError: ``file_not_found``, or ``bad_data`` with ``line``.
    """

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self._path = path
        self._secrets = secrets
        self._tools: dict[str, dict[str, ToolDefinition]] = defaultdict(dict)
        self._calls: dict[_Key, deque[dict[str, Any]]] = defaultdict(deque)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError as error:
            raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
        for number, line in enumerate(lines, start=1):
            try:
                self._add(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UsageError(
                    f"line {number} of {str(path)!r} is no recorded call", code="bad_data", path=path, line=number
                ) from error

    def manifests(self) -> Sequence[ServerManifest]:
        """Return what was recorded of the servers and their tools."""
        return [ServerManifest(name=name, tools=tuple(tools.values())) for name, tools in self._tools.items()]

    def play(self, server: str, tool: str, arguments: Mapping[str, Any]) -> ToolResult:
        """Return the next recorded result of this call, or raise the error that was recorded.

        The last one is given again when there are no more.

        Raises:
            UsageError: ``not_recorded``.
            QuestlineError: What was recorded.
        """
        key = (server, tool, canonical(self._secrets.hide_in(dict(arguments))))
        waiting = self._calls.get(key)
        if not waiting:
            raise UsageError(
                f"{str(self._path)!r} holds no call of {server}/{tool} with these arguments",
                code="not_recorded",
                server=server,
                tool=tool,
            )
        line = waiting.popleft() if len(waiting) > 1 else waiting[0]
        if "error" in line:
            raise _error(line["error"])
        known = {each.name for each in fields(ToolResult)}
        values: dict[str, Any] = {name: value for name, value in line["result"].items() if name in known}
        return replace(ToolResult(**values), replayed=True, seconds=0.0)

    def _add(self, line: dict[str, Any]) -> None:
        if line["kind"] == "tool":
            definition = ToolDefinition(server=line["server"], **line["declared"])
            self._tools[definition.server][definition.name] = definition
        else:
            arguments = cast("dict[str, Any]", line["arguments"])
            self._calls[line["server"], line["tool"], canonical(arguments)].append(line)


def _error(body: Mapping[str, Any]) -> QuestlineError:
    kind = UsageError if body["usage"] else _OWN.get(body["code"], RunError)
    told = {str(name): value for name, value in body["fields"].items()}
    return kind(body["message"], code=body["code"], retryable=body["retryable"], **told)
