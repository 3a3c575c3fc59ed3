"""The process of a flaky server: ``python -m questline.testing.flaky_process --help``.

It speaks both eras of the protocol over stdio or Streamable HTTP, written on the standard library alone: it starts
in a twentieth of a second, and it can send what no library would.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from questline.errors import UsageError

from .flaky_answers import Json, answer, encoded, object_in
from .flaky_orders import FAULTS, INTERVAL_S, MESSAGE_FAULTS, MOMENTS, SIZE_BYTES, Misbehaviour, Orders

__all__ = ["Channel", "FlakyProcess", "main"]

_CHUNK: Final = 65_536
_LAST_ANSWERS_S: Final = 1.0


class Channel(Protocol):
    """Where the answer to one message goes."""

    def send(self, body: bytes) -> None:
        """Send a whole answer."""
        ...

    def begin(self, length: int) -> None:
        """Announce an answer of so many bytes."""
        ...

    def push(self, data: bytes) -> None:
        """Send a part of what was announced."""
        ...

    def park(self) -> None:
        """Wait until the client is gone, or for ever where that cannot be seen."""
        ...


class FlakyProcess:
    """What one process of the server knows and does, whatever carries its messages."""

    def __init__(self, orders: Orders, *, name: str = "flaky") -> None:
        self.orders = orders
        self.name = name
        self.deaf = False
        """Whether it ignores everything from now on."""
        self._over = threading.Event()

    def start(self) -> None:
        """Note the start, heed signals unless stubborn, and end when the test or the parent is gone."""
        self.orders.log("started")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        threading.Thread(target=self._watch, args=(os.getppid(),), daemon=True).start()

    def end(self) -> None:
        """Leave the exit to the caller, who takes the orders away."""
        self._over.set()

    def take(self, raw: bytes, channel: Channel) -> None:
        """Answer one message, or fail as ordered; a notification gets no answer."""
        try:
            message: Json = json.loads(raw)
        except ValueError:
            channel.send(encoded({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "no JSON"}}))
            return
        method = str(message.get("method", ""))
        if self.deaf:
            channel.park()
        elif "id" not in message:
            if method == "notifications/cancelled":
                self.orders.log("cancelled", method=method)
        else:
            params = object_in(message, "params")
            tool = str(params.get("name", "")) if method == "tools/call" else ""
            self.orders.log("request", method=method, tool=tool)
            wanted = object_in(params, "arguments").get("fault") if tool == "misbehave" else None
            orders = self.orders.now()
            if orders.meets(method):
                self._fail(orders, message, channel)
            elif wanted in MESSAGE_FAULTS:
                self._fail(Misbehaviour(fault=wanted), message, channel)
            else:
                channel.send(encoded(answer(message, self.orders, name=self.name)))

    def answers_at_once(self, raw: bytes) -> bool:
        """Whether a message can be answered by the thread that reads, because its answer does not take long."""
        return (
            not self.deaf and self.orders.now().fault == "none" and b'"misbehave"' not in raw and b"delay_s" not in raw
        )

    def _fail(self, orders: Misbehaviour, message: Json, channel: Channel) -> None:
        self.orders.strike(orders.fault, str(message.get("method", "")))
        match orders.fault:
            case "hang":
                channel.park()
            case "stubborn":
                self.deaf = True
                channel.park()
            case "not_json":
                channel.send(b"<html>503 Service Unavailable</html>")
            case "not_rpc":
                channel.send(b'{"answer": 42}')
            case "wrong_id":
                channel.send(encoded({**answer(message, self.orders, name=self.name), "id": 987_654_321}))
            case "rpc_error":
                error = {"code": -32603, "message": "ordered to fail"}
                channel.send(encoded({"jsonrpc": "2.0", "id": message["id"], "error": error}))
            case "huge":
                _send_huge(channel, answer(message, self.orders, name=self.name), orders.size_bytes)
            case "drip":
                body = encoded(answer(message, self.orders, name=self.name))
                channel.begin(len(body))
                for position in range(len(body)):
                    channel.push(body[position : position + 1])
                    time.sleep(orders.interval_s)
            case _:  # "die"
                body = encoded(answer(message, self.orders, name=self.name))
                channel.begin(len(body))
                channel.push(body[: len(body) // 2])
                os.kill(os.getpid(), signal.SIGKILL)

    def _signalled(self, number: int, frame: object) -> None:
        del frame
        if not self.deaf:
            self.orders.log("ended")
            os._exit(128 + number)

    def _watch(self, parent: int) -> None:
        """End with the test, however the server was told to behave: nothing is to outlive it."""
        while not self._over.wait(0.2):
            if not self.orders.folder.exists() or os.getppid() != parent:
                os._exit(1)


class _Line:
    """The channel of one message over stdio: a line, which the answers of other threads do not break."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._left = 0
        self.parked = False
        """Whether no answer will come."""

    def send(self, body: bytes) -> None:
        self.begin(len(body))
        self.push(body)

    def begin(self, length: int) -> None:
        self._lock.acquire()
        self._left = length

    def push(self, data: bytes) -> None:
        self._left -= len(data)
        _write(data if self._left else data + b"\n")
        if not self._left:
            self._lock.release()

    def park(self) -> None:
        self.parked = True
        threading.Event().wait()


def serve_stdio(process: FlakyProcess) -> int:
    """Answer the lines of standard input until it ends; return the exit status."""
    if process.orders.now().fault == "refuse":
        process.orders.strike("refuse")
        sys.stderr.write("ordered to refuse to start\n")
        return 1
    lock = threading.Lock()
    open_answers: list[tuple[threading.Thread, _Line]] = []
    for raw in sys.stdin.buffer:
        line = _Line(lock)
        if process.answers_at_once(raw):
            process.take(raw, line)
        else:
            thread = threading.Thread(target=process.take, args=(raw, line), daemon=True)
            thread.start()
            open_answers = [*(pair for pair in open_answers if pair[0].is_alive()), (thread, line)]
    deadline = time.monotonic() + _LAST_ANSWERS_S
    for thread, line in open_answers:
        while thread.is_alive() and not line.parked and time.monotonic() < deadline:
            thread.join(0.01)
    while process.deaf:
        time.sleep(1)
    process.orders.log("ended")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a flaky server until its input ends (stdio), or until a signal ends it (HTTP)."""
    parser = argparse.ArgumentParser(prog="python -m questline.testing.flaky_process", description=__doc__)
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--at", choices=tuple(MOMENTS), default="call", help="which requests the fault meets")
    parser.add_argument("--failures", type=int, help="recover after so many")
    parser.add_argument("--size-bytes", type=int, default=SIZE_BYTES, help="of a huge answer")
    parser.add_argument("--interval-s", type=float, default=INTERVAL_S, help="between dripping bytes")
    parser.add_argument("--orders", type=Path, help="take orders from this folder instead of from these options")
    parser.add_argument("--name", default="flaky", help="what the server calls itself")
    parser.add_argument("--http", action="store_true", help="Streamable HTTP on 127.0.0.1 instead of stdio")
    parser.add_argument("--port", type=int, default=0, help="for --http; 0 takes a free one and prints it")
    parser.add_argument("--certificate", type=Path, help="for --http: PEM file with certificate and key")
    given = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = given.orders or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flaky-server-")))
        orders = Orders(folder)
        if given.orders is None:
            try:
                orders.give(
                    Misbehaviour(
                        fault=given.fault,
                        at=given.at,
                        failures=given.failures,
                        size_bytes=given.size_bytes,
                        interval_s=given.interval_s,
                    )
                )
            except UsageError as error:
                parser.error(error.message)
        process = FlakyProcess(orders, name=given.name)
        process.start()
        stack.callback(process.end)
        if not given.http:
            return serve_stdio(process)
        from .flaky_http import serve_http

        return serve_http(process, port=given.port, certificate=given.certificate)


def _send_huge(channel: Channel, whole: Json, size_bytes: int) -> None:
    """Send an answer with a text of `size_bytes` more, without holding it in memory."""
    content = whole["result"].setdefault("content", [])
    content.append({"type": "text", "text": "\0"})
    head, _, tail = encoded(whole).partition(b"\\u0000")
    channel.begin(len(head) + size_bytes + len(tail))
    channel.push(head)
    for sent in range(0, size_bytes, _CHUNK):
        channel.push(b"x" * min(_CHUNK, size_bytes - sent))
    channel.push(tail)


def _write(data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(1, view) :]
    except BrokenPipeError:
        os._exit(1)  # the client is gone


if __name__ == "__main__":
    sys.exit(main())
