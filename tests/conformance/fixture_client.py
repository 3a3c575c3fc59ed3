"""The client that the official conformance suite examines: it does what a scenario asks, through our gateway.

The suite starts one client a scenario, all of them at once, with the scenario's name, the version of the protocol and
more in the environment. Forty starts of Python with all that we import would take a small machine minutes; so
``fixture_client.py SOCKET`` imports once, and forks for each start of `start_client.py`, one after the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fixture_sign_in import sign_in
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.options import ServerOptions

Act = Callable[[Gateway, list[ToolDefinition], dict[str, Any]], Awaitable[None]]
EXAMPLES: Final[dict[str, Any]] = {
    "string": "text",
    "number": 2,
    "integer": 2,
    "boolean": True,
    "object": {},
    "array": [],
    "null": None,
}


async def accept(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    """Answer a question as a user who agrees with what is suggested."""
    del context
    fields: dict[str, Any] = getattr(params, "requested_schema", {}).get("properties", {})
    content = {name: field["default"] for name, field in fields.items() if "default" in field}
    return ElicitResult(action="accept", content=content or dict.fromkeys(fields, True))


async def list_only(gateway: Gateway, tools: list[ToolDefinition], context: dict[str, Any]) -> None:
    del gateway, tools, context


async def call_each(gateway: Gateway, tools: list[ToolDefinition], context: dict[str, Any]) -> None:
    """Call every tool that can be used, once, with arguments of the right type."""
    del context
    for tool in tools:
        fields = tool.input_schema.get("properties", {})
        arguments = {name: EXAMPLES[field.get("type", "string")] for name, field in fields.items()}
        await gateway.call("examined", tool.name, arguments)


async def call_given(gateway: Gateway, tools: list[ToolDefinition], context: dict[str, Any]) -> None:
    del tools
    for call in context["toolCalls"]:
        # The gateway refuses a null that the schema does not allow; what is not said is left out.
        given = {name: value for name, value in call["arguments"].items() if value is not None}
        await gateway.call("examined", call["name"], given)


async def echo_schema(gateway: Gateway, tools: list[ToolDefinition], context: dict[str, Any]) -> None:
    del context
    focal = next(tool for tool in tools if tool.name != "json_schema_echo")
    await gateway.call("examined", "json_schema_echo", {"schema": focal.input_schema})


ACTS: Final[dict[str, Act]] = {
    "initialize": list_only,
    "json-schema-ref-no-deref": list_only,
    "json-schema-2020-12-preservation": echo_schema,
    "http-custom-headers": call_given,
}


async def act(url: str, *, scenario: str, version: str, context: dict[str, Any]) -> None:
    """Do what one scenario asks."""
    examined = ServerConfiguration(
        name="examined",
        kind="http",
        url=url,
        auth=sign_in(url, context) if scenario.startswith("auth/") else None,
        answers=accept,
        options=ServerOptions(mode="auto" if version >= "2026" else "legacy", attempts=1),
    )
    async with Gateway(Configuration.of(examined)) as gateway:
        tools = list(await gateway.list_tools("examined"))
        await ACTS.get(scenario, call_each)(gateway, tools, context)


def serve(path: str) -> None:
    """Act for one client after the other, each in a process of its own that has everything imported."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(128)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            connection, _ = listener.accept()
            with connection:
                asked, streams, _, _ = socket.recv_fds(connection, 1 << 20, 2)
                child = os.fork()
                if not child:
                    for number, stream in enumerate(streams, 1):
                        os.dup2(stream, number)
                    os._exit(_status(json.loads(asked)))
                _, status = os.waitpid(child, 0)
                for stream in streams:
                    os.close(stream)
                connection.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))


def _status(asked: dict[str, Any]) -> int:
    try:
        asyncio.run(act(**asked))
    except BaseException:  # noqa: BLE001  because the exit status tells the suite, and standard error tells why
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
