"""The client that the official conformance suite examines: it does what a scenario asks, through our client layer.

The suite calls ``python tests/conformance/fixture_client.py URL`` with the scenario's name, the version of the protocol
and more in the environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

import httpx2
from fixture_sign_in import sign_in
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitRequestParams, ElicitResult

SCENARIO: Final = os.environ["MCP_CONFORMANCE_SCENARIO"]
VERSION: Final = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25")
CONTEXT: Final[dict[str, Any]] = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}"))


async def accept(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    """Answer a question as a user who agrees with what is suggested."""
    del context
    fields: dict[str, Any] = getattr(params, "requested_schema", {}).get("properties", {})
    content = {name: field["default"] for name, field in fields.items() if "default" in field}
    return ElicitResult(action="accept", content=content or dict.fromkeys(fields, True))


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Client]:
    auth = sign_in(url, CONTEXT) if SCENARIO.startswith("auth/") else None
    async with (
        httpx2.AsyncClient(auth=auth, timeout=30) as http,
        Client(
            streamable_http_client(url, http_client=http),
            mode="auto" if VERSION >= "2026" else "legacy",
            elicitation_callback=accept,
        ) as client,
    ):
        yield client


async def list_only(client: Client) -> None:
    await client.list_tools()


async def call_each(client: Client) -> None:
    """Call every tool that the client lists, once, with arguments of the right type."""
    examples = {"string": "text", "number": 2, "integer": 2, "boolean": True, "object": {}, "array": [], "null": None}
    for tool in (await client.list_tools()).tools:
        fields = tool.input_schema.get("properties", {})
        arguments = {name: examples[field.get("type", "string")] for name, field in fields.items()}
        await client.call_tool(tool.name, arguments)


async def call_given(client: Client) -> None:
    await client.list_tools()
    for call in CONTEXT["toolCalls"]:
        await client.call_tool(call["name"], call["arguments"])


async def echo_schema(client: Client) -> None:
    tools = (await client.list_tools()).tools
    focal = next(tool for tool in tools if tool.name != "json_schema_echo")
    await client.call_tool("json_schema_echo", {"schema": focal.input_schema})


async def read_everything(client: Client) -> None:
    await call_each(client)
    for resource in (await client.list_resources()).resources:
        await client.read_resource(str(resource.uri))
    for prompt in (await client.list_prompts()).prompts:
        await client.get_prompt(prompt.name)


DO: Final[dict[str, Callable[[Client], Awaitable[None]]]] = {
    "initialize": list_only,
    "json-schema-ref-no-deref": list_only,
    "json-schema-2020-12-preservation": echo_schema,
    "http-custom-headers": call_given,
    "http-standard-headers": read_everything,
}


async def main(url: str) -> None:
    async with connected(url) as client:
        await DO.get(SCENARIO, call_each)(client)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
