"""What a flaky server can be told to do, and the folder through which a test tells it and sees what happened.

The folder outlives the server's processes, so that "fail three times, then recover" holds over restarts: one file
has the orders in force, a second one grows by a byte for each failure, a third one lists what was seen.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast, get_args

from questline.errors import UsageError

__all__ = [
    "FAULTS",
    "INTERVAL_S",
    "MESSAGE_FAULTS",
    "MOMENTS",
    "SIZE_BYTES",
    "FlakyEvent",
    "Misbehaviour",
    "Moment",
    "Orders",
    "ServerFault",
]

MessageFault: TypeAlias = Literal[
    "die", "hang", "stubborn", "not_json", "not_rpc", "wrong_id", "huge", "drip", "rpc_error"
]
SocketFault: TypeAlias = Literal["silent", "tls", "backlog"]
ServerFault: TypeAlias = Literal["none", "refuse", "change_tools"] | MessageFault | SocketFault
"""The ways to fail.

- ``none``: answers as a server should.
- ``refuse``: stdio: the process ends at once with status 1; HTTP: nothing listens on the port.
- ``die``: sends half of its answer and kills itself.
- ``hang``: never answers this request; others are answered, and end of input or SIGTERM still end the process.
- ``stubborn``: never answers again and ignores end of input, SIGTERM and SIGINT; only SIGKILL helps.
- ``not_json``, ``not_rpc``, ``wrong_id``: answers what is no JSON, JSON that is no JSON-RPC, or another id.
- ``huge``: answers with a text of ``size_bytes``.
- ``drip``: sends its answer byte by byte, ``interval_s`` apart.
- ``rpc_error``: answers with a JSON-RPC error (-32603).
- ``change_tools``: declares its tools otherwise each time that they are listed.
- ``silent``: HTTP: accepts connections, reads, and says nothing.
- ``tls``: HTTPS: reads the client's greeting, sends the beginning of its own, and no more.
- ``backlog``: HTTP: the queue of the listening socket is full, so that connecting takes for ever.
"""
Moment: TypeAlias = Literal["connect", "list", "call"]
"""Which requests a fault meets: ``initialize`` and ``server/discover``, ``tools/list``, or ``tools/call``."""

FAULTS: Final[tuple[str, ...]] = ("none", "refuse", "change_tools", *get_args(MessageFault), *get_args(SocketFault))
MESSAGE_FAULTS: Final[tuple[str, ...]] = get_args(MessageFault)
"""Those that one request can be met with, so that the tool ``misbehave`` can be asked for them."""
MOMENTS: Final[Mapping[Moment, frozenset[str]]] = {
    "connect": frozenset({"initialize", "server/discover"}),
    "list": frozenset({"tools/list"}),
    "call": frozenset({"tools/call"}),
}
SIZE_BYTES: Final = 50_000_000
INTERVAL_S: Final = 0.05
UNCOUNTED: Final = frozenset({"backlog"})
"""The server cannot see the clients that these keep out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaviour:
    """How a server fails, when, and how often."""

    fault: ServerFault = "none"
    at: Moment = "call"
    """Read for the faults that meet one request; the others have a moment of their own."""
    failures: int | None = None
    """How many times before it recovers; None: until it is told otherwise."""
    size_bytes: int = SIZE_BYTES
    """Of the text that ``huge`` answers."""
    interval_s: float = INTERVAL_S
    """Between two bytes that ``drip`` sends."""

    def __post_init__(self) -> None:
        for name, value, known in (("fault", self.fault, FAULTS), ("at", self.at, tuple(MOMENTS))):
            if value not in known:
                raise UsageError(f"{name} is one of {', '.join(known)}; got {value!r}.", argument=name)
        if self.failures is not None and (self.failures < 1 or self.fault in UNCOUNTED):
            raise UsageError(
                f"failures={self.failures!r} with the fault {self.fault!r}: a number of at least 1, for a fault whose "
                "victims the server sees. End the others by hand.",
                argument="failures",
            )
        for name, value in (("size_bytes", self.size_bytes), ("interval_s", self.interval_s)):
            if value <= 0:
                raise UsageError(f"{name} is above 0; got {value!r}.", argument=name)

    def meets(self, method: str) -> bool:
        """Whether requests of this method are met with the fault."""
        return self.fault in MESSAGE_FAULTS and method in MOMENTS[self.at]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakyEvent:
    """One thing that a process of the server saw or did."""

    kind: Literal["started", "request", "struck", "cancelled", "hung_up", "ended"]
    """``hung_up``: the client closed the connection before the answer was complete; ``ended``: in good order."""
    pid: int
    time: float
    """Seconds since 1970 (UTC)."""
    method: str = ""
    tool: str = ""
    fault: str = ""


class Orders:
    """The folder between a test and the processes of its server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read_at = (-1, -1)
        self._generation = 0
        self._orders = Misbehaviour()

    def give(self, orders: Misbehaviour) -> None:
        """Put new orders in force at once; failures are counted from none again."""
        _, generation = self._load()
        self._count(generation + 1).touch()
        text = json.dumps({"generation": generation + 1, **asdict(orders)})
        draft = self.folder / f"orders.{os.getpid()}.new"
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.folder / "orders.json")

    def now(self) -> Misbehaviour:
        """Return the orders in force: those given, or none once the server has failed often enough."""
        orders, generation = self._load()
        if orders.failures is not None and self._failed(generation) >= orders.failures:
            return Misbehaviour()
        return orders

    def strike(self, fault: str, method: str = "") -> int:
        """Count one failure, and return how many there were under these orders with it."""
        _, generation = self._load()
        _append(self._count(generation), "x")
        self.log("struck", fault=fault, method=method)
        return self._failed(generation)

    def log(self, kind: str, **fields: str) -> None:
        """Write an event down."""
        _append(
            self.folder / "events.jsonl",
            json.dumps({"kind": kind, "pid": os.getpid(), "time": time.time(), **fields}) + "\n",
        )

    def events(self) -> tuple[FlakyEvent, ...]:
        """Return all events, oldest first."""
        path = self.folder / "events.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return tuple(FlakyEvent(**json.loads(line)) for line in lines)

    def keep(self, text: str) -> int:
        """Keep what the tool ``append`` was given, and return how many texts there are."""
        _append(self.folder / "appended.jsonl", json.dumps(text) + "\n")
        return len(self.kept())

    def kept(self) -> tuple[str, ...]:
        """Return what the tool ``append`` was given, in order of arrival."""
        path = self.folder / "appended.jsonl"
        return tuple(json.loads(line) for line in path.read_text("utf-8").splitlines()) if path.exists() else ()

    def _load(self) -> tuple[Misbehaviour, int]:
        path = self.folder / "orders.json"
        try:
            found = path.stat()
        except FileNotFoundError:
            return self._orders, self._generation
        if (found.st_mtime_ns, found.st_ino) != self._read_at:
            fields = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
            self._generation = cast("int", fields.pop("generation"))
            self._orders = Misbehaviour(**fields)  # pyright: ignore[reportArgumentType]  # because this class wrote it
            self._read_at = (found.st_mtime_ns, found.st_ino)
        return self._orders, self._generation

    def _count(self, generation: int) -> Path:
        return self.folder / f"failures.{generation}"

    def _failed(self, generation: int) -> int:
        path = self._count(generation)
        return path.stat().st_size if path.exists() else 0


def _append(path: Path, text: str) -> None:
    """Add to a file in one write, which several processes may do at once."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except FileNotFoundError:
        return  # the folder is gone, because the test is over
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)
