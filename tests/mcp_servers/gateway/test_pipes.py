"""Bytes of a child, as they come: cut into lines, bounded, and answered for where they are too many."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import JSONRPCError

from questline.mcp_servers.gateway.failures import TOO_LARGE
from questline.mcp_servers.gateway.pipes import Pipes

LIMIT = 200
BIG: dict[str, Any] = {"result": {"text": "x" * 1_000, "id": 99}}
VERSION = {"jsonrpc": "2.0"}


def fed(*messages: object, piece: int = 37) -> tuple[list[bytes | JSONRPCError], Pipes]:
    """Feed messages in small pieces; return the lines that came of them."""
    pipes = Pipes(LIMIT)
    whole = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
    for start in range(0, len(whole), piece):
        pipes.pipe_data_received(1, whole[start : start + piece])
    lines: list[bytes | JSONRPCError] = []
    while (line := pipes.next()) is not None:
        lines.append(line)
    return lines, pipes


@pytest.mark.requirement("gateway.size")
@pytest.mark.parametrize(
    "message",
    [
        {**VERSION, "id": 5, **BIG},
        {"id": 5, **VERSION, **BIG},
        {**BIG, **VERSION, "id": 5},
        {**BIG, "id": 5, **VERSION},
        {**VERSION, **BIG, "id": 5},
    ],
    ids=lambda message: ",".join(message),
)
@pytest.mark.parametrize("piece", [1, 37, 5_000])
def test_a_message_that_is_too_large_fails_its_call_wherever_the_id_stands(message: object, piece: int) -> None:
    lines, pipes = fed(message, {**VERSION, "id": 6, "result": {}}, piece=piece)
    assert [type(line) for line in lines] == [JSONRPCError, bytes]
    first = lines[0]
    assert isinstance(first, JSONRPCError)
    assert (first.id, first.error.code) == (5, TOO_LARGE)
    assert not pipes.ended


@pytest.mark.requirement("gateway.size")
def test_one_that_answers_no_call_is_dropped_and_the_others_go_on() -> None:
    lines, pipes = fed({**VERSION, "method": "notifications/message", "params": BIG}, {**VERSION, "id": "a"})
    assert lines == [b'{"jsonrpc": "2.0", "id": "a"}']
    assert (pipes.garbage, pipes.ended) == (1, False)


@pytest.mark.requirement("gateway.size")
@given(st.lists(st.binary(max_size=300).map(lambda line: line.replace(b"\n", b" ")), max_size=6), st.integers(1, 400))
def test_short_lines_come_whole_and_in_order_however_they_are_cut(lines: list[bytes], piece: int) -> None:
    pipes = Pipes(LIMIT)
    whole = b"".join(line + b"\n" for line in lines)
    for start in range(0, len(whole), piece):
        pipes.pipe_data_received(1, whole[start : start + piece])
    found: list[bytes | JSONRPCError] = []
    while (line := pipes.next()) is not None:
        found.append(line)
    kept = [line for line in found if isinstance(line, bytes)]
    assert kept == [line for line in lines if 0 < len(line) <= LIMIT]
