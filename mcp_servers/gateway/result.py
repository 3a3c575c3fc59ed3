"""What a call gives back. All texts in it are the server's: data, which no reader may take for instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.types import CallToolResult, ContentBlock

__all__ = ["ToolResult"]


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """The result of one call of a tool. Fence its texts before a model reads them (`questline.tools.fencing`)."""

    server: str
    """Who answered: the server that was asked, or one that its configuration names in its place."""
    tool: str
    text: str
    """The text blocks of the content, joined by line breaks."""
    content: Sequence[Mapping[str, Any]] = ()
    """All blocks, as the protocol's JSON has them."""
    structured: Any = None
    """The structured content; it fits the tool's output schema, where it has one. None where there is none."""
    is_error: bool = False
    """The tool itself failed, as it says; the server is sound."""
    seconds: float = 0.0
    """From the call to its result, retries included."""
    attempts: int = 1
    cached: bool = False
    replayed: bool = False

    @classmethod
    def of(cls, result: CallToolResult, *, server: str, tool: str, seconds: float = 0.0) -> ToolResult:
        """Return what the SDK read, `seconds` after the call began."""
        blocks = tuple(_block(block) for block in result.content)
        return cls(
            server=server,
            tool=tool,
            text=text_of(blocks),
            content=blocks,
            structured=result.structured_content,
            is_error=bool(result.is_error),
            seconds=seconds,
        )


def _block(block: ContentBlock) -> Mapping[str, Any]:
    if block.type == "text" and block.annotations is None and block.meta is None:
        return {"type": "text", "text": block.text}  # what nearly all blocks are
    return block.model_dump(mode="json", by_alias=True, exclude_none=True)


def text_of(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Join the texts of content blocks, those of embedded resources included."""
    texts = (block.get("text") or block.get("resource", {}).get("text") for block in blocks)
    return "\n".join(str(text) for text in texts if text)
