"""One entry of a configuration file, as the fields of a server."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from questline.errors import UsageError

from .jsonc import Object
from .options import read_options
from .variables import Input, Variables

__all__ = ["SECRET", "declaration", "read_entry", "shown_target"]

_KINDS: Final = {
    "stdio": "stdio",
    "http": "http",
    "streamable-http": "http",
    "streamableHttp": "http",
    "streamable_http": "http",
}
_USED: Final = frozenset({"type", "command", "args", "env", "cwd", "url", "headers", "disabled", "questline"})
_STARTING: Final = ("type", "command", "args", "env", "cwd", "url", "headers")
"""Fields that decide what is started or reached."""
_KEY: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~=-]{20,}")
"""A part of an address's path that is rather a key than a word."""
SECRET: Final = re.compile(r"key|token|secret|passw", re.IGNORECASE)
"""In a name, it says that the value is secret."""
_HEADER: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def read_entry(name: str, entry: object, variables: Variables, folder: Path) -> dict[str, Any]:
    """Return the fields of a `ServerConfiguration` that an entry gives.

    Args:
        name: Of the server.
        entry: Its value in the file.
        variables: Fill in the texts; what is secret among their values is theirs to know.
        folder: Of the file: what its servers start in, and what a relative ``cwd`` starts from.

    Raises:
        UsageError: ``bad_config`` or ``unknown_variable``, with ``field``.
    """
    if not isinstance(entry, Object):
        raise _bad(name, "is no object in braces")
    if entry.repeated:
        raise _bad(f"{name}.{entry.repeated[0]}", "is given twice")
    reader = _Reader(name, entry, variables)
    kind = _kind(name, entry)
    given = entry.get("questline", Object())
    if not isinstance(given, Object):
        raise _bad(f"{name}.questline", "is no object in braces")
    options = read_options(
        {key: reader.expand(f"questline.{key}", value) if key == "bearer" else value for key, value in given.items()},
        field=f"{name}.questline",
    )
    disabled = entry.get("disabled", False)
    if not isinstance(disabled, bool):
        raise _bad(f"{name}.disabled", "is neither true nor false")
    fields: dict[str, Any] = {
        "kind": kind,
        "enabled": not disabled,
        "options": options,
        "shown": shown_target(entry),
        "ignored": tuple(key for key in entry if key not in _USED),
    }
    fields |= reader.http() if kind == "http" else reader.stdio(folder)
    if kind == "http" and options.bearer:
        if any(header.lower() == "authorization" for header in fields["headers"]):
            raise _bad(f"{name}.questline.bearer", "stands beside a header Authorization")
        fields["headers"] = {**fields["headers"], "Authorization": f"Bearer {options.bearer}"}
        reader.secrets.add(options.bearer)
    fields["secrets"] = frozenset(reader.secrets | variables.secrets)
    return fields


def _kind(name: str, entry: Object) -> str:
    given = entry.get("type")
    if given is not None:
        if given == "sse":
            raise _bad(f"{name}.type", "is 'sse', a transport that the protocol has given up; ask for its HTTP address")
        if not isinstance(given, str) or given not in _KINDS:
            raise _bad(f"{name}.type", "is neither 'stdio' nor 'http'")
        return _KINDS[given]
    if "url" in entry and "command" in entry:
        raise _bad(name, "has both a command and a url; `type` says which is meant")
    if "url" not in entry and "command" not in entry:
        raise _bad(name, "has neither a command nor a url")
    return "http" if "url" in entry else "stdio"


class _Reader:
    def __init__(self, name: str, entry: Object, variables: Variables) -> None:
        self._name = name
        self._entry = entry
        self._variables = variables
        self.secrets: set[str] = set()

    def expand(self, field: str, value: object) -> str:
        where = f"{self._name}.{field}"
        if not isinstance(value, str):
            raise _bad(where, "is no text")
        if "\0" in value:
            raise _bad(where, "holds a zero byte")
        return self._variables.expand(value, field=where)

    def stdio(self, folder: Path) -> dict[str, Any]:
        command = self.expand("command", self._entry.get("command"))
        if not command.strip():
            raise _bad(f"{self._name}.command", "is empty")
        args = self._entry.get("args", [])
        if not isinstance(args, list):
            raise _bad(f"{self._name}.args", "is no list")
        env = self._texts("env", lambda key: bool(key) and "=" not in key and "\0" not in key)
        self.secrets |= set(env.values())
        words = tuple(self.expand(f"args[{n}]", each) for n, each in enumerate(cast("list[object]", args)))
        self.secrets |= set(_secret_words(words))
        given = self._entry.get("cwd")
        cwd = folder if given is None else folder / self.expand("cwd", given)
        return {
            "command": str(cwd / command) if os.sep in command else command,
            "args": words,
            "env": env,
            "cwd": cwd,
        }

    def http(self) -> dict[str, Any]:
        url = self.expand("url", self._entry.get("url"))
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise _bad(f"{self._name}.url", "is no address that begins with http:// or https://")
        parts = urlsplit(url)
        self.secrets |= {unquote(each) for each in (parts.username, parts.password) if each}
        self.secrets |= {value for _, value in parse_qsl(parts.query)}
        self.secrets |= set(filter(_KEY.fullmatch, parts.path.split("/")))
        headers = self._texts("headers", lambda key: bool(key) and _HEADER.issuperset(key))
        for key, value in headers.items():
            if not value.isascii() or not value.isprintable():
                raise _bad(f"{self._name}.headers.{key}", "holds characters that no header can")
        self.secrets |= set(headers.values())
        return {
            "url": url,
            "headers": headers,
        }

    def _texts(self, field: str, sound: Callable[[str], bool]) -> dict[str, str]:
        given = self._entry.get(field, Object())
        if not isinstance(given, Object):
            raise _bad(f"{self._name}.{field}", "is no object in braces")
        texts: dict[str, str] = {}
        for key, value in given.items():
            if not sound(key):
                raise _bad(f"{self._name}.{field}", f"has a name that cannot be used: {key!r}")
            plain = str(value).lower() if isinstance(value, bool) else value
            texts[key] = self.expand(f"{field}.{key}", str(plain) if isinstance(plain, int | float) else plain)
        return texts


def _secret_words(words: Sequence[str]) -> Iterator[str]:
    """Yield the values of arguments whose names say that they are secret: ``--api-key WORD``, ``--token=WORD``."""
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        name, sign, value = word.partition("=")
        if name.startswith("-") and SECRET.search(name):
            yield value if sign else following


def shown_target(entry: Object) -> str:
    """Return an entry's command, or its address without user, password, query and keys, as they stand in the file."""
    url = entry.get("url")
    if not isinstance(url, str):
        return str(entry.get("command", ""))
    scheme, colon, rest = url.partition("://")
    host, slash, path = rest.partition("?")[0].partition("#")[0].partition("/")
    parts = ("…" if _KEY.fullmatch(part) else part for part in path.split("/"))
    return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{'/'.join(parts)}"


def declaration(entry: Object, inputs: Mapping[str, Input], folder: Path) -> dict[str, object]:
    """Return what an entry says of how its server is started or reached, without values of variables.

    What only says how the server is used is left out, but for the token that is sent to it.

    Args:
        entry: Of the file.
        inputs: Of the file: a default may stand for a part of a command.
        folder: Of the file, where relative paths start: the same words elsewhere are another program.
    """
    told: dict[str, object] = {key: entry[key] for key in _STARTING if key in entry}
    options = entry.get("questline")
    if isinstance(options, Object) and "bearer" in options:
        told["bearer"] = options["bearer"]
    if "${input:" in str(told):
        told["inputs"] = {name: each.default for name, each in inputs.items()}
    return {**told, "folder": str(folder.resolve())}


def _bad(field: str, why: str) -> UsageError:
    return UsageError(f"{field} {why}", code="bad_config", field=field)
