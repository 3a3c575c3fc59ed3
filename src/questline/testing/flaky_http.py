"""Just enough Streamable HTTP for a server that is to fail: one thread a connection, answers as JSON, kept alive."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO, Final

from .flaky_process import FlakyProcess

__all__ = ["serve_http"]

_POLL_S: Final = 0.02
_QUEUE: Final = 128


def serve_http(process: FlakyProcess, *, port: int, certificate: Path | None = None) -> int:
    """Answer on 127.0.0.1 until a signal ends the process. The port is printed, alone on the first line.

    Args:
        process: What answers.
        port: 0 for a free one.
        certificate: PEM file with a certificate and its key: HTTPS instead of HTTP.
    """
    secure: ssl.SSLContext | None = None
    if certificate is not None:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(certificate)
    listener = _listen(port)
    port = listener.getsockname()[1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    crowd: list[socket.socket] = []
    while True:
        fault = process.orders.now().fault
        if fault == "refuse":
            listener.close()
            while process.orders.now().fault == "refuse":
                time.sleep(_POLL_S)
            listener = _listen(port)
        elif fault == "backlog":
            listener.listen(0)
            crowd = crowd or _crowd(port)
            time.sleep(_POLL_S)
        else:
            if crowd:
                for member in crowd:
                    member.close()
                crowd = []
                listener.listen(_QUEUE)
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                threading.Thread(target=_serve, args=(process, connection, secure), daemon=True).start()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(_QUEUE)
    listener.settimeout(_POLL_S)
    return listener


def _crowd(port: int) -> list[socket.socket]:
    """Fill the queue of the listener with connections of our own, so that it takes no other."""
    crowd: list[socket.socket] = []
    for _ in range(8):
        member = socket.socket()
        member.settimeout(0)
        member.connect_ex(("127.0.0.1", port))
        crowd.append(member)
    return crowd


def _serve(process: FlakyProcess, connection: socket.socket, secure: ssl.SSLContext | None) -> None:
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError, _HungUp), contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        fault = process.orders.now().fault
        if fault in ("silent", "tls"):
            process.orders.strike(fault)
            connection.recv(65_536)
            if fault == "tls":
                connection.sendall(b"\x16\x03\x03\x00\x7a\x02")  # a handshake record that says 122 bytes and has one
            _Exchange(process, connection).park()
        if secure is not None:
            connection = stack.enter_context(secure.wrap_socket(connection, server_side=True))
        reader = stack.enter_context(connection.makefile("rb"))
        while (request := _read_request(reader)) is not None:
            _answer(process, *request, connection)


def _read_request(reader: BinaryIO) -> tuple[str, bytes] | None:
    """Return method and body, or None when the client has closed the idle connection."""
    line = reader.readline().split()
    if not line:
        return None
    length = 0
    while header := reader.readline().strip():
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return line[0].decode("latin-1"), reader.read(length)


def _answer(process: FlakyProcess, method: str, body: bytes, connection: socket.socket) -> None:
    exchange = _Exchange(process, connection)
    if method != "POST":
        connection.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nallow: POST\r\ncontent-length: 0\r\n\r\n")
        return
    process.take(body, exchange)
    if not exchange.begun:  # a notification
        connection.sendall(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")


class _HungUp(Exception):
    """The client closed its connection before the answer was complete."""


class _Exchange:
    """The channel of one HTTP request."""

    def __init__(self, process: FlakyProcess, connection: socket.socket) -> None:
        self._process = process
        self._connection = connection
        self.begun = False

    def send(self, body: bytes) -> None:
        self.begun = True
        self._connection.sendall(_head(len(body)) + body)

    def begin(self, length: int) -> None:
        self.begun = True
        self._connection.sendall(_head(length))

    def push(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise self._hung_up() from error

    def park(self) -> None:
        while self._process.deaf or self._connection.recv(65_536):
            if self._process.deaf:
                threading.Event().wait()
        raise self._hung_up()

    def _hung_up(self) -> _HungUp:
        self._process.orders.log("hung_up")
        return _HungUp()


def _head(length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n".encode()
