"""The file in which an MCP client keeps its servers: what to write into it, and how to do that without any loss."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from questline.errors import RunError, UsageError

from .gateway import jsonc

__all__ = ["CLIENTS", "Client", "ClientName", "Outcome", "add_server", "entry", "entry_http", "snippet"]

ClientName: TypeAlias = Literal["claude", "cursor", "vscode"]
Outcome: TypeAlias = Literal["added", "already_there", "by_hand"]
"""``by_hand``: the file has comments or trailing commas, which writing would lose, so that it was left as it is."""
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One kind of client."""

    title: str
    key: str
    """The member of the file that maps names to servers."""
    typed: bool = False
    """Whether a server that is started says its transport."""
    typed_http: bool = True
    """Whether one at an address does."""
    remote: bool = True
    """Whether the file that the client looks for by itself may name an address."""

    def path(self) -> Path:
        """Return where the client looks for the file on this machine."""
        if self.title == "VS Code":
            return Path(".vscode/mcp.json")
        if self.title == "Cursor":
            return Path.home() / ".cursor" / "mcp.json"
        if sys.platform == "darwin":
            folder = Path.home() / "Library" / "Application Support"
        elif sys.platform == "win32":
            folder = Path(os.environ.get("APPDATA", Path.home()))
        else:
            folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return folder / "Claude" / "claude_desktop_config.json"


CLIENTS: Final[dict[ClientName, Client]] = {
    "claude": Client(title="Claude", key="mcpServers", remote=False),
    "cursor": Client(title="Cursor", key="mcpServers", typed_http=False),
    "vscode": Client(title="VS Code", key="servers", typed=True),
}


def entry(client: Client, command: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Return how a client writes a server that it starts as its child."""
    kind = {"type": "stdio"} if client.typed else {}
    return {**kind, "command": command, "args": list(arguments)}


def entry_http(client: Client, url: str, headers: Sequence[str] = ()) -> dict[str, Any]:
    """Return how a client writes a server that it reaches over Streamable HTTP.

    Args:
        client: The kind of client.
        url: ``http`` or ``https``, without user and password. Variables of the client stay as they are written.
        headers: Each as ``Name: value``.

    Raises:
        UsageError: ``bad_argument`` with ``argument``: ``--url`` or ``--header``.
    """
    if not _is_address(url):
        raise UsageError(
            "--url needs an address such as http://127.0.0.1:8080/mcp, without user and password", argument="--url"
        )
    named: dict[str, str] = {}
    for number, header in enumerate(headers, start=1):  # its value may be a secret, so no message repeats it
        name, colon, value = (part.strip() for part in header.partition(":"))
        if not colon or not _HEADER.fullmatch(name) or not value or not value.isprintable():
            raise UsageError(f"--header number {number} is not of the form 'Name: value'", argument="--header")
        if name.lower() in map(str.lower, named):
            raise UsageError(f"--header {name!r} is there twice", argument="--header")
        named[name] = value
    kind = {"type": "http"} if client.typed_http else {}
    return {**kind, "url": url, **({"headers": named} if named else {})}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  because reading it is what checks it
    except ValueError:
        return False
    plain = url.isprintable() and not any(char.isspace() for char in url)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def snippet(client: Client, name: str, server: Mapping[str, Any]) -> str:
    """Return a whole file with this one server."""
    return json.dumps({client.key: {name: server}}, indent=2, ensure_ascii=False)


def add_server(path: Path, client: Client, name: str, server: Mapping[str, Any]) -> Outcome:
    """Add a server to a client's file, which is made where there is none; return what came of it.

    All else in the file keeps its value and order. It is replaced in one step, or left as it was.

    Raises:
        UsageError: ``unreadable_file`` for a file that is no JSON object, with ``line`` and ``column`` where they are
            known; ``already_there`` where another server has the name.
        RunError: ``read_only`` where it cannot be written, or was changed meanwhile.
    """
    target = Path(os.path.realpath(path))  # a link to the file stays a link
    before = _bytes(target)
    whole, by_hand = _read(before, path) if before.strip() else ({}, False)
    servers = whole.setdefault(client.key, {})
    if not isinstance(servers, dict):
        raise _unreadable(path, f"{client.key!r} is no object", field=client.key)
    if name in servers:
        if servers[name] == server:
            return "already_there"
        raise UsageError(
            f"{str(path)!r} has another server named {name!r}; remove it, or take another name with --as",
            code="already_there",
            argument="name",
            path=path,
        )
    if by_hand:
        return "by_hand"
    servers[name] = dict(server)
    _replace(target, before, _written(whole, before))
    return "added"


def _bytes(target: Path) -> bytes:
    try:
        return target.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(target, error.strerror or str(error)) from error


def _read(content: bytes, path: Path) -> tuple[dict[str, Any], bool]:
    """Return what a file holds, and whether it holds comments or trailing commas besides."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(members)
        if len(made) < len(members):
            names = [name for name, _ in members]
            twice = next(name for name in names if names.count(name) > 1)
            raise _unreadable(path, f"the key {twice!r} is there twice; writing would lose one", field=twice)
        return made

    by_hand = False
    try:
        text = content.removeprefix(_BOM).decode()
        try:
            whole = json.loads(text, object_pairs_hook=pairs)
        except json.JSONDecodeError:
            whole, by_hand = jsonc.parse(text, name=str(path)), True
    except (UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(
            path, "it is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else "it nests too deeply"
        ) from error
    except UsageError as error:
        if error.code != "bad_config":
            raise
        raise _unreadable(path, "it is no JSON, with or without comments", **_place(error)) from error
    if not isinstance(whole, dict):
        raise _unreadable(path, "it holds no JSON object")
    return cast("dict[str, Any]", whole), by_hand


def _place(error: UsageError) -> dict[str, object]:
    return {name: error.fields[name] for name in ("line", "column") if name in error.fields}


def _written(whole: dict[str, Any], before: bytes) -> bytes:
    """Return the new content in the manner of the old: indent, escapes, end of the last line, byte order mark."""
    text = before.removeprefix(_BOM).decode()
    after = json.dumps(whole, indent=_indent(text), ensure_ascii=bool(text) and text.isascii())
    end = "" if text and not text.endswith("\n") else "\n"
    try:
        made = (after + end).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can write
        made = (json.dumps(whole, indent=_indent(text)) + end).encode()
    return (_BOM if before.startswith(_BOM) else b"") + made


def _indent(text: str) -> str | int:
    for row in text.splitlines():
        inner = row.lstrip(" \t")
        if inner and inner != row:
            return row[: len(row) - len(inner)]
    return 2


def _replace(target: Path, before: bytes, after: bytes) -> None:
    new = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        handle, new = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        Path(new).chmod(mode)
        if _bytes(target) != before:
            raise RunError(
                f"{str(target)!r} was changed meanwhile; try again", code="read_only", retryable=True, path=target
            )
        Path(new).replace(target)
        new = ""
    except OSError as error:
        raise RunError(f"{str(target)!r} cannot be written: {error.strerror}", code="read_only", path=target) from error
    finally:
        if new:
            Path(new).unlink(missing_ok=True)


def _unreadable(path: Path, problem: str, **fields: object) -> UsageError:
    where = f" at line {fields['line']}, column {fields['column']}" if "line" in fields else ""
    error = UsageError(f"{str(path)!r} is left as it is: {problem}{where}", code="unreadable_file", path=path)
    error.fields.update(fields)
    return error
