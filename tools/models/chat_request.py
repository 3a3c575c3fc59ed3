"""One request to a model through pydantic-ai: sent, bounded in time, and blamed in one place when it fails.

Importing this module imports pydantic-ai (about half a second), so the gateway does it only for a configured model.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final, cast

import httpx2
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelUnavailableError,
    UserError,
)
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import Model, StreamedResponse
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.settings import ModelSettings, ThinkingLevel
from pydantic_ai.usage import RequestUsage

from questline.tools.models.llm_contract import Prompt, Thinking, TokenChance
from questline.tools.models.logprobs import told_chances
from questline.tools.models.retry import RequestFailed
from questline.tools.text import whole_characters
from questline.types import Usage

__all__ = ["ChatReply", "ChatRequest", "send"]

_TRANSIENT_STATUS: Final = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_TRANSIENT_KINDS: Final = (ModelConnectionError, ModelRateLimitError, ModelServerError, ModelUnavailableError)
_REFUSED_KINDS: Final = (ModelRequestRejectedError, ModelQuotaExceededError, UserError)
_THINKING: Final[Mapping[Thinking, ThinkingLevel]] = {"off": False, "short": "low", "full": True}
_UNREADABLE: Final = (AttributeError, LookupError, TypeError, ValueError)
"""What the SDKs stumble over when an answer is JSON but no chat completion: they do not check its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What to send, and how long to wait for it."""

    prompt: Prompt
    max_tokens: int
    timeout_s: float
    """For the whole request."""
    chunk_timeout_s: float
    """Between two chunks of a streamed answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What came back."""

    text: str
    usage: RequestUsage | None
    """None when the server did not say."""
    finish_reason: str
    model: str
    """The model that answered, as the server names it."""
    tokens: tuple[TokenChance, ...] = ()
    """How likely each token was, where that was asked and told."""


async def send(model: Model, request: ChatRequest, on_piece: Callable[[str], None] | None = None) -> ChatReply:
    """Send one request, streamed when there is an `on_piece`.

    Raises:
        RequestFailed: The server cannot be reached, refuses, stalls or breaks off, or what it sends is not an answer.
    """
    in_process = isinstance(model, FunctionModel)
    if in_process:
        streams = model.stream_function is not None and (on_piece is not None or model.function is None)
    else:
        streams = on_piece is not None
    received = _Received(on_piece)
    clock = asyncio.get_running_loop().time
    started = clock()
    deadline = started + request.timeout_s
    try:
        async with asyncio.timeout_at(deadline) as scope:
            if streams:
                reply = await _stream(model, request, received, scope, deadline)
            else:
                reply = await _whole(model, request)
                received.take(reply.text)
    except TimeoutError as error:
        raise RequestFailed(
            f"no complete answer within {clock() - started:.3g} s", transient=True, usage=received.usage
        ) from error
    except (AgentRunError, UserError, httpx2.TransportError) as error:
        raise _failure(error, received) from error
    except _UNREADABLE as error:
        if in_process or error is received.consumer_error:
            raise
        raise RequestFailed(
            f"the answer is not a chat completion ({type(error).__name__}: {error})",
            transient=True,
            usage=received.usage,
        ) from error
    if reply.finish_reason == "content_filter":
        raise RequestFailed(
            "the provider's content filter withheld the answer", transient=False, usage=_used(reply), filtered=True
        )
    return reply


class _Received:
    """What has come so far, passed on to the consumer."""

    def __init__(self, on_piece: Callable[[str], None] | None) -> None:
        self.stream: StreamedResponse | None = None
        self.text = ""
        self.consumer_error: Exception | None = None
        self._on_piece = on_piece

    def take(self, piece: str) -> None:
        self.text += piece
        if self._on_piece is None or not piece:
            return
        try:
            self._on_piece(piece)
        except Exception as error:
            self.consumer_error = error  # not to be taken for one of the server's
            raise

    @property
    def usage(self) -> Usage:
        if self.stream is None:
            return Usage()
        return Usage(tokens_in=self.stream.usage.input_tokens, tokens_out=self.stream.usage.output_tokens)


async def _whole(model: Model, request: ChatRequest) -> ChatReply:
    response = await model_request(
        model, _messages(request.prompt), model_settings=_settings(model, request), instrument=False
    )
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    return _reply(response, text)


async def _stream(
    model: Model,
    request: ChatRequest,
    received: _Received,
    scope: asyncio.Timeout,
    deadline: float,
) -> ChatReply:
    clock = asyncio.get_running_loop().time
    settings = _settings(model, request)
    async with model_request_stream(
        model, _messages(request.prompt), model_settings=settings, instrument=False
    ) as stream:
        received.stream = stream
        # A generator that is left by an error must be closed here, not whenever it is collected.
        async with aclosing(cast("AsyncGenerator[ModelResponseStreamEvent]", aiter(stream))) as events:
            async for event in events:
                scope.reschedule(min(deadline, clock() + request.chunk_timeout_s))
                received.take(_piece(event))
        response = stream.get()
        if response.finish_reason is None and response.provider_name == "anthropic":
            raise ModelAPIError(model_name=model.model_name, message="the stream ended without a stop reason")
        return _reply(response, received.text)


def _reply(response: ModelResponse, text: str) -> ChatReply:
    return ChatReply(
        text=text,
        usage=None if response.usage.unmeasured_requests else response.usage,
        finish_reason=response.finish_reason or "",
        model=response.model_name or "",
        tokens=told_chances(response.provider_details),
    )


def _piece(event: ModelResponseStreamEvent) -> str:
    if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
        return event.part.content
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return event.delta.content_delta
    return ""


def _messages(prompt: Prompt) -> list[ModelMessage]:
    """Write the prompt in pydantic-ai's terms: requests and responses take turns. No half characters are sent."""
    messages: list[ModelMessage] = []
    pictures = [BinaryContent(data=picture.data, media_type=picture.media_type) for picture in prompt.pictures]
    if prompt.system:
        messages.append(ModelRequest(parts=[SystemPromptPart(whole_characters(prompt.system))]))
    for turn in prompt.messages:
        content = whole_characters(turn.content)
        if turn.role == "assistant":
            messages.append(ModelResponse(parts=[TextPart(content)]))
            continue
        part = SystemPromptPart(content) if turn.role == "system" else UserPromptPart(content)
        if pictures and isinstance(part, UserPromptPart):
            seen: list[UserContent] = [*pictures, content]
            part, pictures = UserPromptPart(seen), []
        last = messages[-1] if messages else None
        if isinstance(last, ModelRequest):
            messages[-1] = ModelRequest(parts=[*last.parts, part])
        else:
            messages.append(ModelRequest(parts=[part]))
    return messages


def _settings(model: Model, request: ChatRequest) -> ModelSettings:
    """Ask for a short, repeatable answer; what a user's own model instance sets stays."""
    settings = ModelSettings(
        max_tokens=request.max_tokens,
        timeout=request.timeout_s,
        max_retries=0,  # the SDKs would retry unseen: each request has to be counted
        # Where "off" is not possible it is the least of it; hidden tokens would use up max_tokens.
        thinking=_THINKING[request.prompt.thinking],
    )
    profile: Mapping[str, object] = {}
    with suppress(NotImplementedError):  # a router such as FallbackModel has one for each model behind it
        profile = cast("Mapping[str, object]", model.profile)
    refused = ("openai_supports_reasoning", "anthropic_disallows_sampling_settings")
    if not any(profile.get(flag) for flag in refused):  # those models warn about a temperature and drop it
        settings["temperature"] = request.prompt.temperature
        if request.prompt.logprobs:
            # Others than OpenAI's chat format have no such setting and leave it out.
            asked = {"openai_logprobs": True, "openai_top_logprobs": request.prompt.logprobs}
            settings |= cast("ModelSettings", asked)
    if request.prompt.schema is not None and model.system.startswith("openai"):
        form = {"name": "answer", "schema": request.prompt.schema}
        settings["extra_body"] = {"response_format": {"type": "json_schema", "json_schema": form}}
    elif request.prompt.choices and model.system.startswith("openai"):
        settings["extra_body"] = _held_to(request.prompt)
    own = model.settings or ModelSettings()
    if "thinking" in own:
        del settings["thinking"]
    if "temperature" in own and "temperature" in settings:
        del settings["temperature"]
    return settings


def _held_to(prompt: Prompt) -> dict[str, object]:
    choices = list(prompt.choices)
    if prompt.choices_by == "choice":
        return {"structured_outputs": {"choice": choices}}
    schema = {
        "type": "object",
        "properties": {"choice": {"type": "string", "enum": choices}},
        "required": ["choice"],
        "additionalProperties": False,
    }
    form = {"name": "answer", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _used(reply: ChatReply) -> Usage:
    return (
        Usage()
        if reply.usage is None
        else Usage(tokens_in=reply.usage.input_tokens, tokens_out=reply.usage.output_tokens)
    )


def _failure(error: Exception, received: _Received) -> RequestFailed:
    """Say in one line what went wrong and whether sending it again can help."""
    retry_after = error.retry_after if isinstance(error, ModelAPIError) else None
    return RequestFailed(
        _message(error),
        transient=_is_transient(error),
        retry_after_s=retry_after,
        usage=received.usage,
        status=error.status_code if isinstance(error, ModelHTTPError) else None,
        sent=bool(received.text) or not _unanswered(error),
    )


def _unanswered(error: Exception) -> bool:
    """Say whether no model worked on the request: it was refused, or never arrived."""
    if isinstance(error, ModelConnectionError):
        return error.phase in ("pool", "connect")
    if isinstance(error, httpx2.TransportError):
        return isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout))
    return isinstance(error, (ModelHTTPError, UserError))


def _is_transient(error: Exception) -> bool:
    if isinstance(error, _REFUSED_KINDS):
        return False
    if isinstance(error, ModelHTTPError):
        if error.provider_retry_hint is not None:
            return error.provider_retry_hint
        return error.status_code in _TRANSIENT_STATUS
    # What is left is not an answer at all, an error inside a stream, or a body that is not a chat completion: a proxy's
    # page, broken JSON, a stream without an end. Servers under load do that.
    return isinstance(error, (*_TRANSIENT_KINDS, AgentRunError, httpx2.TransportError))


def _message(error: Exception) -> str:
    if isinstance(error, ModelHTTPError):
        detail = error.body
        if isinstance(detail, dict):
            detail = cast("dict[str, object]", detail).get("message", "")
        hint = "; does base_url end in /v1, and does the server have this model?" if error.status_code == 404 else ""
        return f"HTTP {error.status_code}: {str(detail)[:500]}{hint}"
    return f"{type(error).__name__}: {str(error)[:500]}"
