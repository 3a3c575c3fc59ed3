"""An MCP server that fails on command, as a real process, over stdio or HTTP.

    with FlakyServer("hang", failures=3) as server:
        configuration = {"mcpServers": {"flaky": server.entry}}
        …
        assert not server.running

The orders can change while it runs, and its processes write down what they saw.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from questline.errors import UsageError

from .flaky_orders import INTERVAL_S, SIZE_BYTES, FlakyEvent, Misbehaviour, Moment, Orders, ServerFault

__all__ = ["FlakyServer"]

_MODULE: Final = "questline.testing.flaky_process"
_HTTP_ONLY: Final = frozenset({"silent", "tls", "backlog"})
_LAST_WAIT_S: Final = 5.0


class FlakyServer:
    """A server with the tools ``echo`` (read-only), ``append`` (not to be repeated) and ``misbehave``.

    Over stdio the client starts its processes with `entry`; over HTTP one process runs for as long as the ``with``
    block, started again on the same port when it dies. Leaving the block ends every process, whatever it ignores.

    Args:
        fault: How it fails; see `ServerFault`.
        transport: ``stdio``, or ``http`` for Streamable HTTP on 127.0.0.1. Both eras of the protocol are spoken.
        at: Which requests the faults that meet one request meet.
        failures: How often it fails before it recovers; None: until `recover`.
        size_bytes: Of what ``huge`` answers.
        interval_s: Between two bytes that ``drip`` sends.
        name: What the server calls itself.
        certificate: PEM file with a certificate for 127.0.0.1 and its key, to speak HTTPS when not failing.

    Raises:
        UsageError: ``bad_argument``: an unknown fault or moment, or a fault that the transport cannot have.
    """

    def __init__(
        self,
        fault: ServerFault = "none",
        *,
        transport: Literal["stdio", "http"] = "stdio",
        at: Moment = "call",
        failures: int | None = None,
        size_bytes: int = SIZE_BYTES,
        interval_s: float = INTERVAL_S,
        name: str = "flaky",
        certificate: Path | None = None,
    ) -> None:
        self.transport = transport
        self.name = name
        self._certificate = certificate
        self._https = certificate is not None or fault == "tls"
        self._first = Misbehaviour(fault=fault, at=at, failures=failures, size_bytes=size_bytes, interval_s=interval_s)
        self._check(self._first)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._supervisor: threading.Thread | None = None
        self._stopping = False
        self._port = 0

    @property
    def entry(self) -> dict[str, object]:
        """The server's entry under ``mcpServers`` of a configuration."""
        if self.transport == "http":
            return {"type": "http", "url": self.url}
        command, *arguments = self._command()
        return {"command": command, "args": arguments}

    @property
    def url(self) -> str:
        """Where the server answers over HTTP."""
        if self.transport != "http":
            raise UsageError("a server over stdio has no address: ask for transport='http'.", argument="transport")
        return f"{'https' if self._https else 'http'}://127.0.0.1:{self._port}/mcp"

    @property
    def events(self) -> tuple[FlakyEvent, ...]:
        """What its processes saw and did, oldest first."""
        return self._orders.events()

    @property
    def appended(self) -> tuple[str, ...]:
        """The texts that the tool ``append`` was called with, those of failed and repeated calls included."""
        return self._orders.kept()

    @property
    def running(self) -> tuple[int, ...]:
        """The ids of its processes that are still running."""
        return tuple(pid for pid in {event.pid: None for event in self.events} if _runs(pid))

    def misbehave(
        self,
        fault: ServerFault,
        *,
        at: Moment = "call",
        failures: int | None = None,
        size_bytes: int = SIZE_BYTES,
        interval_s: float = INTERVAL_S,
    ) -> None:
        """Fail in another way from the next request on; failures are counted from none again."""
        orders = Misbehaviour(fault=fault, at=at, failures=failures, size_bytes=size_bytes, interval_s=interval_s)
        self._check(orders)
        self._orders.give(orders)

    def recover(self) -> None:
        """Answer as a server should from the next request on. A process that turned stubborn stays so: `restart` it."""
        self._orders.give(Misbehaviour())

    def restart(self) -> None:
        """Kill the process that serves over HTTP; it is started again, with the orders that are in force."""
        if self._process is None:
            raise UsageError("over stdio the client starts and ends the processes.", argument="transport")
        self._process.kill()

    def __enter__(self) -> Self:
        if self._folder is not None:
            raise RuntimeError("this server has been started before; make a new one")
        self._folder = tempfile.TemporaryDirectory(prefix="flaky-server-")
        self._orders = Orders(Path(self._folder.name))
        self._orders.give(self._first)
        if self.transport == "http":
            self._start()
            self._supervisor = threading.Thread(target=self._supervise, name="flaky-server", daemon=True)
            self._supervisor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._folder is not None
        pids = self.running
        self._stopping = True
        self._folder.cleanup()  # which is how the processes see that the test is over
        if self._process is not None and self._supervisor is not None:
            self._process.kill()
            self._supervisor.join()
        deadline = time.monotonic() + _LAST_WAIT_S
        while any(_runs(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _check(self, orders: Misbehaviour) -> None:
        if self.transport != "http" and orders.fault in _HTTP_ONLY:
            raise UsageError(
                f"the fault {orders.fault!r} is one of a listening socket: it needs transport='http'.", argument="fault"
            )
        if self.transport == "http" and orders.fault == "refuse" and orders.failures is not None:
            raise UsageError(
                "over HTTP a server that refuses cannot count its victims: leave failures out and call recover().",
                argument="failures",
            )

    def _command(self) -> list[str]:
        return [sys.executable, "-P", "-m", _MODULE, "--orders", str(self._orders.folder), "--name", self.name]

    def _start(self) -> None:
        command = [*self._command(), "--http", "--port", str(self._port)]
        if self._certificate is not None:
            command += ["--certificate", str(self._certificate)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)  # noqa: S603  because it is this Python and our own module
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            port = stdout.readline()
        if port:
            self._port = int(port)
        elif not self._stopping:
            raise RuntimeError(f"the flaky server did not start: exit status {self._process.wait()}")

    def _supervise(self) -> None:
        while self._process is not None:
            self._process.wait()
            if self._stopping:
                return
            self._start()


def _runs(pid: int) -> bool:
    """Whether a process runs; one that ended and is still to be waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc").is_dir()  # elsewhere only the signal can say
