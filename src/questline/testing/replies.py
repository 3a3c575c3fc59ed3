"""What a scripted language model can be told to do: answer, answer by rule, or fail in one of the ways servers fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from questline.tools.models.llm_contract import TokenChance
from questline.types import Message

__all__ = ["ChatRequest", "Fault", "Item", "Reply", "Rule", "Script", "count_tokens"]

_TOKEN = re.compile(r"\w+|[^\w\s]")
_PIECE = re.compile(r"\s*\S+|\s+$")


def count_tokens(text: str) -> int:
    """Count the tokens of `text` as the scripted server bills them: words and punctuation marks."""
    return len(_TOKEN.findall(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A request as it arrived."""

    path: str
    """``/v1/chat/completions`` or ``/v1/messages``."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, object] = field(default_factory=dict[str, object])
    """The JSON object that was sent."""

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return str(self.body.get("model", ""))

    @property
    def stream(self) -> bool:
        """Whether the answer is to be streamed."""
        return self.body.get("stream") is True

    @property
    def max_tokens(self) -> int | None:
        """Longest answer, in tokens."""
        value = self.body.get("max_tokens", self.body.get("max_completion_tokens"))
        return value if isinstance(value, int) else None

    @property
    def messages(self) -> tuple[Message, ...]:
        """All turns as plain text, a system text first."""
        turns = [(str(turn.get("role", "")), turn.get("content")) for turn in _objects(self.body.get("messages"))]
        if "system" in self.body:
            turns.insert(0, ("system", self.body["system"]))
        return tuple(
            Message(role=cast("Literal['user', 'assistant', 'system']", role), content=_text(content))
            for role, content in turns
        )

    def text(self, role: str | None = None) -> str:
        """Return the turns of `role`, or all turns, one after the other."""
        return "\n".join(turn.content for turn in self.messages if role is None or turn.role == role)

    @property
    def tokens(self) -> int:
        """What the server bills for reading the request."""
        return count_tokens(self.text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. Longer than the request's ``max_tokens``, it is cut there with the finish reason ``length``."""

    text: str = ""
    pieces: tuple[str, ...] = ()
    """How a streamed answer is cut; word by word when left out. Replaces ``text``."""
    usage: tuple[int, int] | Literal["counted", "none"] = "counted"
    """Tokens in and out to report: given, counted by `count_tokens`, or not reported at all."""
    finish_reason: str = "stop"
    """``stop``, ``length`` or ``content_filter``."""
    delay_s: float = 0.0
    """Wait before the answer."""
    piece_delay_s: float = 0.0
    """Wait between two pieces of a streamed answer."""
    tokens: tuple[TokenChance, ...] = ()
    """The answer token by token, with how likely each was: told to a request in the OpenAI format that asks for it
    (``logprobs``), with as many likeliest ones as it asks for. Replaces ``text`` and ``pieces``."""

    @property
    def whole(self) -> tuple[str, ...]:
        """The answer, uncut, in pieces as it is streamed."""
        return tuple(token.text for token in self.tokens) or self.pieces or tuple(_PIECE.findall(self.text))

    def cut(self, max_tokens: int | None) -> tuple[tuple[str, ...], str]:
        """Return the pieces that fit into `max_tokens`, and the finish reason."""
        pieces = self.whole
        if max_tokens is None or count_tokens("".join(pieces)) <= max_tokens:
            return pieces, self.finish_reason
        ends = [match.end() for match in _TOKEN.finditer("".join(pieces))]
        room, kept = ends[max_tokens - 1] if max_tokens > 0 else 0, list[str]()
        for piece in pieces:
            kept.append(piece[:room])
            room -= len(piece)
            if room <= 0:
                break
        return tuple(kept), "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way to fail; make it with one of the class methods."""

    kind: Literal["status", "stall", "drop", "malformed", "wrong_content", "cut_short", "stream_error"]
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    seconds: float = 0.0
    after_chunks: int = 0
    reply: Reply = field(default_factory=Reply)

    @classmethod
    def status(
        cls, code: int, *, retry_after: float | str | None = None, message: str = "scripted", error: str = ""
    ) -> Fault:
        """Answer with an HTTP error; ``retry_after`` is in seconds or an HTTP date, ``error`` the provider's code."""
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        if isinstance(retry_after, float):  # the header takes whole seconds; this one is read by both SDKs
            headers = {"retry-after-ms": str(int(retry_after * 1000))}
        return cls(kind="status", code=code, headers=headers, body=message, reply=Reply(text=error))

    @classmethod
    def stall(cls, seconds: float, *, after_chunks: int = 0, text: str = "This will not be heard.") -> Fault:
        """Send nothing (or, streamed, the first ``after_chunks`` pieces), stay silent, then close the connection."""
        return cls(kind="stall", seconds=seconds, after_chunks=after_chunks, reply=Reply(text=text))

    @classmethod
    def drop(cls, *, after_chunks: int = 0, text: str = "This breaks off before its end.") -> Fault:
        """Break the connection: a reset at once, or a close in the middle of the chunk after ``after_chunks`` pieces.

        Not streamed and with ``after_chunks`` above 0, it is closed after half of the body.
        """
        return cls(kind="drop", after_chunks=after_chunks, reply=Reply(text=text))

    @classmethod
    def malformed(cls, *, body: str = '{"id": "x", "choices": [{"mess') -> Fault:
        """Answer 200 with a body (or, streamed, an event) that is not JSON."""
        return cls(kind="malformed", body=body)

    @classmethod
    def wrong_content(cls, *, body: str = "<html><body>Sign in to the network</body></html>") -> Fault:
        """Answer 200 with a page instead of JSON, as a proxy does."""
        return cls(kind="wrong_content", body=body)

    @classmethod
    def cut_short(cls, *, after_chunks: int = 1, text: str = "This ends without a finish reason.") -> Fault:
        """Streamed: end the answer in good order after some pieces, with neither finish reason nor usage."""
        return cls(kind="cut_short", after_chunks=after_chunks, reply=Reply(text=text))

    @classmethod
    def stream_error(
        cls, *, after_chunks: int = 1, error: str = "server_error", text: str = "An error follows."
    ) -> Fault:
        """Streamed: send an error object inside the stream after some pieces; not streamed, a status 500."""
        return cls(kind="stream_error", code=500, body=error, after_chunks=after_chunks, reply=Reply(text=text))


Item: TypeAlias = "str | Reply | Fault"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests get which items: those in whose turns ``pattern`` is found, the items in order, the last again.

    ``Rule("capital of France", "Paris")``, ``Rule("^You plan", Fault.status(500), "R,AG", role="system")``.
    """

    pattern: str
    items: tuple[Item, ...]
    role: Literal["system", "user", "assistant"] | None

    def __init__(self, pattern: str, *items: Item, role: Literal["system", "user", "assistant"] | None = None) -> None:
        if not items:
            raise ValueError(f"rule {pattern!r} needs at least one reply")
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "role", role)

    def matches(self, request: ChatRequest) -> bool:
        """Whether the pattern is found in the request's turns (of ``role``); ``^`` and ``$`` match at lines."""
        return re.search(self.pattern, request.text(self.role), re.MULTILINE) is not None


Script: TypeAlias = "Item | Sequence[Item] | Sequence[Rule] | Callable[[ChatRequest], Item]"


def _objects(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        return []
    return [cast("Mapping[str, object]", item) for item in cast("list[object]", value) if isinstance(item, dict)]


def _text(content: object) -> str:
    """Join the text parts of a turn's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part["text"]) for part in _objects(content) if "text" in part)
