"""The two chat formats that the scripted server speaks, as plain JSON values: OpenAI's and Anthropic's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from questline.tools.models.llm_contract import TokenChance

from .replies import ChatRequest

__all__ = ["WIRES", "Wire"]

Json = dict[str, object]


class Wire(Protocol):
    """How one provider writes answers; ``usage`` is tokens in and out, or None to report none.

    ``tokens`` are told where the format can and the request asks.
    """

    def body(
        self,
        request: ChatRequest,
        text: str,
        finish: str,
        usage: tuple[int, int] | None,
        tokens: Sequence[TokenChance] = (),
    ) -> Json:
        """Return a whole answer."""
        ...

    def opening(self, request: ChatRequest, usage: tuple[int, int] | None) -> str:
        """Return the events before the first piece of a streamed answer."""
        ...

    def piece(self, request: ChatRequest, text: str, tokens: Sequence[TokenChance] = ()) -> str:
        """Return the event of one piece."""
        ...

    def closing(self, request: ChatRequest, finish: str, usage: tuple[int, int] | None) -> str:
        """Return the events after the last piece."""
        ...

    def error(self, status: int, message: str, code: str) -> Json:
        """Return the body of an HTTP error."""
        ...

    def error_event(self, code: str) -> str:
        """Return an error inside a stream."""
        ...

    def reports_streamed_usage(self, request: ChatRequest) -> bool:
        """Whether this streamed answer tells its tokens."""
        ...


class _OpenAI:
    def body(
        self,
        request: ChatRequest,
        text: str,
        finish: str,
        usage: tuple[int, int] | None,
        tokens: Sequence[TokenChance] = (),
    ) -> Json:
        choice: Json = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        choice |= _logprobs(request, tokens)
        return {**self._head(request, "chat.completion"), "choices": [choice], **self._usage(usage)}

    def opening(self, request: ChatRequest, usage: tuple[int, int] | None) -> str:
        del usage
        return self._chunk(request, {"role": "assistant", "content": ""})

    def piece(self, request: ChatRequest, text: str, tokens: Sequence[TokenChance] = ()) -> str:
        return self._chunk(request, {"content": text}, told=_logprobs(request, tokens))

    def closing(self, request: ChatRequest, finish: str, usage: tuple[int, int] | None) -> str:
        end = self._chunk(request, {}, finish)
        if usage is not None:
            end += _data({**self._head(request, "chat.completion.chunk"), "choices": [], **self._usage(usage)})
        return end + "data: [DONE]\n\n"

    def error(self, status: int, message: str, code: str) -> Json:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return {"error": {"message": message, "type": kind, "param": None, "code": code or None}}

    def error_event(self, code: str) -> str:
        return _data({"error": {"message": "scripted", "type": code, "code": code}})

    def reports_streamed_usage(self, request: ChatRequest) -> bool:
        options = request.body.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True  # pyright: ignore[reportUnknownMemberType]  # because the body is any JSON

    def _chunk(self, request: ChatRequest, delta: Json, finish: str | None = None, told: Json | None = None) -> str:
        choice: Json = {"index": 0, "delta": delta, "finish_reason": finish, **(told or {})}
        return _data({**self._head(request, "chat.completion.chunk"), "choices": [choice]})

    @staticmethod
    def _head(request: ChatRequest, kind: str) -> Json:
        return {"id": "chatcmpl-scripted", "object": kind, "created": 1, "model": request.model}

    @staticmethod
    def _usage(usage: tuple[int, int] | None) -> Json:
        if usage is None:
            return {}
        read, written = usage
        return {"usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}}


class _Anthropic:
    _STOPS: Final = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}

    def body(
        self,
        request: ChatRequest,
        text: str,
        finish: str,
        usage: tuple[int, int] | None,
        tokens: Sequence[TokenChance] = (),
    ) -> Json:
        del tokens
        content = [{"type": "text", "text": text}]
        return {**self._message(request, usage), "content": content, "stop_reason": self._STOPS[finish]}

    def opening(self, request: ChatRequest, usage: tuple[int, int] | None) -> str:
        message: Json = {**self._message(request, usage and (usage[0], 1)), "stop_reason": None}
        message["content"] = ()
        block: Json = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        return _event({"type": "message_start", "message": message}) + _event(block)

    def piece(self, request: ChatRequest, text: str, tokens: Sequence[TokenChance] = ()) -> str:
        del request, tokens
        delta = {"type": "text_delta", "text": text}
        return _event({"type": "content_block_delta", "index": 0, "delta": delta})

    def closing(self, request: ChatRequest, finish: str, usage: tuple[int, int] | None) -> str:
        del request
        end: Json = {"type": "message_delta", "delta": {"stop_reason": self._STOPS[finish], "stop_sequence": None}}
        end["usage"] = {"output_tokens": usage[1] if usage else 0}
        stops: Sequence[Json] = ({"type": "content_block_stop", "index": 0}, end, {"type": "message_stop"})
        return "".join(_event(event) for event in stops)

    def error(self, status: int, message: str, code: str) -> Json:
        kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
        kind = code or kinds.get(status, "api_error" if status >= 500 else "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": message}}

    def error_event(self, code: str) -> str:
        return _event({"type": "error", "error": {"type": code, "message": "scripted"}})

    def reports_streamed_usage(self, request: ChatRequest) -> bool:
        del request
        return True

    @staticmethod
    def _message(request: ChatRequest, usage: tuple[int, int] | None) -> Json:
        read, written = usage or (0, 0)
        return {
            "id": "msg_scripted",
            "type": "message",
            "role": "assistant",
            "model": request.model,
            "stop_sequence": None,
            "usage": {"input_tokens": read, "output_tokens": written},
        }


def _logprobs(request: ChatRequest, tokens: Sequence[TokenChance]) -> Json:
    """Return what a choice says of its tokens; nothing where nobody asked."""
    if request.body.get("logprobs") is not True or not tokens:
        return {}
    most = request.body.get("top_logprobs")
    content = [
        {
            "token": token.text,
            "logprob": token.logprob,
            "bytes": list(token.data or token.text.encode()),
            "top_logprobs": [
                {"token": text, "logprob": logprob, "bytes": list(text.encode())}
                for text, logprob in token.top[: most if isinstance(most, int) else 0]
            ],
        }
        for token in tokens
    ]
    return {"logprobs": {"content": content}}


def _data(value: Mapping[str, object]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _event(value: Mapping[str, object]) -> str:
    return f"event: {value['type']}\n{_data(value)}"


WIRES: Final[Mapping[str, Wire]] = {"/v1/chat/completions": _OpenAI(), "/v1/messages": _Anthropic()}
"""The format of each path that answers."""
