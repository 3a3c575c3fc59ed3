"""Files of servers that the user has seen and trusts: a file names programs, and whoever writes it chooses them.

Trust is in what a file starts and reaches, by a hash of each entry: a command, an address, an argument or a variable of
the environment that is other than before is unknown again; how a server is used (time limits, rules) does not count.
What is trusted is kept in the user's own folder: what lies beside a file comes from whoever the file comes from.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shlex
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

from questline.errors import RunError, UsageError

from .configuration import Configuration, ServerConfiguration
from .entries import SECRET, shown_target
from .jsonc import Object

__all__ = ["Trust", "Unknown", "started_by", "trust_file"]

_VERSION: Final = 1
_Files: TypeAlias = dict[str, dict[str, str]]
"""Digests by file and server."""


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A server of a file that the user has not been shown, or not as it is now."""

    server: ServerConfiguration
    kind: Literal["new", "changed"]


def trust_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where trust is kept: ``questline/trusted.json`` in ``XDG_STATE_HOME``, by default ``~/.local/state``."""
    given = Path(environ.get("XDG_STATE_HOME", ""))
    folder = given if given.is_absolute() else Path.home() / ".local" / "state"
    return folder / "questline" / "trusted.json"


class Trust:
    """What the user trusts, by file and server.

    Args:
        path: Where it is kept; that of `trust_file` when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or trust_file()

    def unknown(self, configuration: Configuration) -> tuple[Unknown, ...]:
        """Return the enabled servers of a file that are not trusted as they stand there now; none is started.

        Raises:
            UsageError: ``unreadable_file`` or ``bad_config`` for the file that trust is kept in.
        """
        known = self._read().get(_name(configuration), {})
        return tuple(
            Unknown(server=server, kind="changed" if server.name in known else "new")
            for server in _startable(configuration)
            if known.get(server.name) != _digest(server)
        )

    def accept(self, configuration: Configuration) -> None:
        """Trust every enabled server of a file as it stands there now, and forget what was trusted of it before.

        Raises:
            RunError: ``read_only``; nothing is remembered then.
            UsageError: As `unknown`.
        """
        name = _name(configuration)
        with self._locked():
            files = self._read()
            files[name] = {server.name: _digest(server) for server in _startable(configuration)}
            self._write(files)

    def forget(self, configuration: Configuration) -> bool:
        """Trust nothing of a file any more; say whether anything was."""
        with self._locked():
            files = self._read()
            found = files.pop(_name(configuration), None)
            if found is not None:
                self._write(files)
        return bool(found)

    def _read(self) -> _Files:
        try:
            data: Any = json.loads(self._path.read_text(encoding="utf-8"))
            files: _Files = data["files"]
            sound = data["version"] == _VERSION and all(
                isinstance(digest, str) for servers in data["files"].values() for digest in servers.values()
            )
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise UsageError(
                f"{str(self._path)!r} cannot be read: {error.strerror}", code="unreadable_file", path=self._path
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            sound, files = False, {}
        if not sound:
            raise UsageError(
                f"{str(self._path)!r} is no file of what is trusted; remove it to be asked again",
                code="bad_config",
                path=self._path,
            )
        return files

    def _write(self, files: _Files) -> None:
        text = json.dumps({"version": _VERSION, "files": files}, ensure_ascii=False, indent=1, sort_keys=True)
        beside = ""
        try:
            number, beside = tempfile.mkstemp(
                prefix=f".{self._path.name}.", dir=self._path.parent
            )  # for the user alone
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text + "\n")
            Path(beside).replace(self._path)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            if beside:
                with suppress(OSError):
                    Path(beside).unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Keep other processes from writing between our reading and our writing."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path.parent, os.O_RDONLY)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _unwritable(self, error: OSError) -> RunError:
        return RunError(
            f"{str(self._path)!r} cannot be written: {error.strerror}; --trust trusts a file for one command",
            code="read_only",
            path=self._path,
        )


def started_by(server: ServerConfiguration) -> list[str]:
    """Return what a server's entry starts or reaches, for a user to judge: first the command or address, whole.

    Variables stand by their names; what runs here is shown with its working folder. Not shown are the values of
    headers, of keys in an address, and of what the program's environment calls a key, token, secret or password.
    """
    entry = server.declared
    if server.kind == "http":
        lines = [shown_target(Object(entry))]
    else:
        words = [entry.get("command"), *_items(entry.get("args"))]
        lines = [" ".join(_word(each) for each in words)]
        lines += [f"in {_word(_folder(entry))}"]
    lines += [
        f"with {_word(f'{name}={value}')}" for name, value in _members(entry.get("env")) if not SECRET.search(name)
    ]
    lines += [
        f"with {_word(name)} (its value is not shown)" for name, _ in _members(entry.get("env")) if SECRET.search(name)
    ]
    lines += [f"sends {_word(name)}" for name, _ in _members(entry.get("headers"))]
    lines += ["sends a token"] if "bearer" in entry else []
    lines += [f"where the input {_word(name)} is {_word(value)}" for name, value in _members(entry.get("inputs"))]
    return [_shown(line) for line in lines]


def _startable(configuration: Configuration) -> Iterator[ServerConfiguration]:
    return (server for server in configuration.servers.values() if server.enabled and server.declared)


def _name(configuration: Configuration) -> str:
    if configuration.source is None:
        raise ValueError("servers that no file names need no trust")
    return str(configuration.source.resolve())


def _digest(server: ServerConfiguration) -> str:
    text = json.dumps(server.declared, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _folder(entry: Mapping[str, object]) -> object:
    """Return the working folder that an entry declares, with variables by their names."""
    given = entry.get("cwd", "")
    if not isinstance(given, str) or given.startswith("${"):
        return given
    return str(Path(str(entry.get("folder", ""))) / given)


def _word(value: object) -> str:
    return shlex.quote(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _members(value: object) -> list[tuple[str, object]]:
    return list(cast("Mapping[str, object]", value).items()) if isinstance(value, Mapping) else []


def _shown(line: str) -> str:
    """Write what a terminal would not show, or would obey, as its number."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
