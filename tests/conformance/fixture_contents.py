"""Tools, prompts and resources whose names and contents the conformance suite fixes."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import zlib
from typing import Annotated, Any, Final

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import Message, UserMessage
from mcp.server.mcpserver.tools import Tool
from mcp.types import (
    AudioContent,
    Completion,
    CompletionArgument,
    CompletionContext,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    PromptReference,
    ResourceTemplateReference,
    TextContent,
    TextResourceContents,
)
from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import RunError
from questline.mcp_servers.serving import READ_ONLY, QuestlineServer, tool

__all__ = ["OURS", "add_contents"]

Ctx = Context[Any, Any]
_PAUSE_S: Final = 0.05


def _png() -> bytes:
    """Return one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def _wav() -> bytes:
    """Return a silence of one sample."""
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    data = struct.pack("<4sI", b"data", 1) + b"\x80\0"
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(data)) + b"WAVE" + head + data


IMAGE: Final = ImageContent(type="image", data=base64.b64encode(_png()).decode(), mime_type="image/png")
SCHEMA_2020: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


class Said(TypedDict):
    text: str


def test_simple_text() -> Said:
    """Answer with one text."""
    return Said(text="This is a simple text response for testing.")


def test_error_handling() -> Said:
    """Fail."""
    raise RunError("This tool intentionally returns an error for testing")


def json_schema_2020_12_tool(**arguments: Any) -> str:
    return json.dumps(arguments)


RICH: Final = Tool.from_function(
    json_schema_2020_12_tool, description="Take arguments of a schema with many words.", structured_output=False
)
RICH.parameters = SCHEMA_2020
OURS: Final = [
    *(
        tool(function, title=function.__name__, hints=READ_ONLY, text=lambda said: said["text"])
        for function in (test_simple_text, test_error_handling)
    ),
    RICH,
]
"""The first two are made as the tools of our own servers are."""


def add_contents(server: QuestlineServer) -> None:
    """Give a server everything that needs no answer from its client."""
    _add_tools(server)
    _add_notifying_tools(server)
    _add_resources(server)
    _add_prompts(server)


def _embedded(uri: str, text: str, mime_type: str) -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


def _add_tools(server: QuestlineServer) -> None:
    @server.tool(description="Answer with an image.", structured_output=False)
    def test_image_content() -> ImageContent:
        return IMAGE

    @server.tool(description="Answer with a sound.", structured_output=False)
    def test_audio_content() -> AudioContent:
        return AudioContent(type="audio", data=base64.b64encode(_wav()).decode(), mime_type="audio/wav")

    @server.tool(description="Answer with a resource.", structured_output=False)
    def test_embedded_resource() -> EmbeddedResource:
        return _embedded("test://embedded-resource", "This is an embedded resource content.", "text/plain")

    @server.tool(description="Answer with contents of several kinds.", structured_output=False)
    def test_multiple_content_types() -> list[ContentBlock]:
        data = json.dumps({"test": "data", "value": 123})
        return [
            TextContent(type="text", text="Multiple content types test:"),
            IMAGE,
            _embedded("test://mixed-content-resource", data, "application/json"),
        ]

    @server.tool(description="Take an argument that a header repeats.", structured_output=False)
    def test_x_mcp_header(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> str:
        return region


def _add_notifying_tools(server: QuestlineServer) -> None:
    @server.tool(description="Say three things in the log.", structured_output=False)
    async def test_tool_with_logging(ctx: Ctx) -> str:
        for number, text in enumerate(("started", "processing data", "completed")):
            await asyncio.sleep(_PAUSE_S if number else 0)
            said = f"Tool {text}" if number == 1 else f"Tool execution {text}"
            await ctx.info(said)  # pyright: ignore[reportDeprecated]  # because the old era still has it
        return "Tool execution completed"

    @server.tool(description="Say something in the log, where the client asked for it.", structured_output=False)
    async def test_logging_tool(ctx: Ctx) -> str:
        await ctx.info("said")  # pyright: ignore[reportDeprecated]  # because it is to be kept back
        return "done"

    @server.tool(description="Report progress three times.", structured_output=False)
    async def test_tool_with_progress(ctx: Ctx) -> str:
        for done in (0, 50, 100):
            await ctx.report_progress(done, 100)
            await asyncio.sleep(_PAUSE_S)
        return "Tool execution completed"

    @server.tool(description="Say that the tools changed.", structured_output=False)
    async def test_trigger_tool_change(ctx: Ctx) -> str:
        await ctx.notify_tools_changed()
        return "said"

    @server.tool(description="Say that the prompts changed.", structured_output=False)
    async def test_trigger_prompt_change(ctx: Ctx) -> str:
        await ctx.notify_prompts_changed()
        return "said"


def _add_resources(server: QuestlineServer) -> None:
    @server.resource("test://static-text", description="A text.", mime_type="text/plain")
    def static_text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", description="An image.", mime_type="image/png")
    def static_binary() -> bytes:
        return base64.b64decode(IMAGE.data)

    @server.resource("test://watched-resource", description="One to subscribe to.", mime_type="text/plain")
    def watched_resource() -> str:
        return "Watched."

    @server.resource("test://template/{id}/data", description="Data for an id.", mime_type="application/json")
    def template_data(id: str) -> str:  # noqa: A002  because the suite fixes the name
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def _add_prompts(server: QuestlineServer) -> None:
    @server.prompt(description="A prompt without arguments.")
    def test_simple_prompt() -> str:
        return "This is a simple prompt for testing."

    @server.prompt(description="A prompt with two arguments.")
    def test_prompt_with_arguments(
        arg1: Annotated[str, Field(description="First")], arg2: Annotated[str, Field(description="Second")]
    ) -> str:
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt(description="A prompt with a resource in it.")
    def test_prompt_with_embedded_resource(
        resourceUri: Annotated[str, Field(description="Which resource")],  # noqa: N803  because the suite fixes the name
    ) -> list[Message]:
        return [
            UserMessage(_embedded(resourceUri, "Embedded resource content for testing.", "text/plain")),
            UserMessage("Please process the embedded resource above."),
        ]

    @server.prompt(description="A prompt with an image in it.")
    def test_prompt_with_image() -> list[Message]:
        return [UserMessage(IMAGE), UserMessage("Please analyze the image above.")]

    @server.completion()
    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        del ref, context
        return Completion(values=[word for word in ("paris", "park", "party") if word.startswith(argument.value)])
