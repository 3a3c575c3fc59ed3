"""The bodies of ``/v1/chat/completions``: what comes in, checked, and what goes out, in OpenAI's shapes."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from questline.budget import Budget
from questline.errors import UsageError
from questline.types import Answer, Filters, Message, Usage

if TYPE_CHECKING:
    from questline.api import AskOptions

__all__ = ["Ask", "ChatRequest", "ChunkWriter", "completion"]

_ROLES: Final[dict[str, Literal["user", "assistant", "system"]]] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A checked request: a question with its history and what was asked for it alone."""

    question: str
    options: AskOptions
    """What the request names for this question: history, budget, planner, workflow, k, filters, run_id."""


class FiltersIn(BaseModel):
    """Which passages a search may return."""

    model_config = ConfigDict(extra="forbid")

    sources: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    undated: bool = True


class Options(BaseModel):
    """The body's ``questline`` object: settings for this question alone."""

    model_config = ConfigDict(extra="forbid")

    budget: object = None
    """As text, or limits by name: ``{"usd": 0.01, "seconds": 2}``; `Budget` says what is wrong with it."""
    planner: str | None = None
    workflow: str | None = None
    k: int | None = Field(default=None, ge=1, le=1000)
    filters: FiltersIn | None = None
    run_id: str | None = Field(default=None, min_length=1, max_length=200)

    def given(self) -> AskOptions:
        """Return what was sent.

        Raises:
            UsageError: ``bad_planner`` for a planner in a folder: a request names no path of the machine that serves;
                ``bad_budget`` for limits that cannot be read.
        """
        kind, colon, _ = (self.planner or "").partition(":")
        if colon and kind.strip() == "trained":
            raise UsageError(
                "a planner in a folder is chosen by who serves (the setting planner), not by a request",
                code="bad_planner",
                argument="planner",
            )
        values: dict[str, Any] = {name: value for name, value in self if value is not None}
        budget = self.budget
        if isinstance(budget, dict):
            values["budget"] = Budget.limits(cast("dict[str, object]", budget))
        elif budget is not None and not isinstance(budget, str):
            Budget.parse(cast("str", budget))  # for what it refuses
        if self.filters is not None:
            values["filters"] = Filters(**self.filters.model_dump())
        return cast("AskOptions", values)


class ChatMessage(BaseModel):
    """One message; only text can be read."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: str | list[dict[str, Any]] | None = None


class StreamOptions(BaseModel):
    """``stream_options`` of OpenAI's API."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """The body; OpenAI's parameters of sampling and length are accepted and have no effect.

    Every role samples greedily, and the budget bounds the answer.
    """

    model_config = ConfigDict(extra="allow")

    model: str = "questline"
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    questline: Options | None = None

    def ask(self) -> Ask:
        """Return the last message as the question and all earlier ones as its history.

        Raises:
            UsageError: ``bad_argument`` naming the part that cannot be answered; no message is dropped silently.
        """
        self._refuse_unsupported()
        messages = [_message(message, f"messages.{index}") for index, message in enumerate(self.messages)]
        if messages[-1].role != "user":
            raise UsageError(
                f"the last message has the role {self.messages[-1].role!r}; it must be the user's question",
                argument=f"messages.{len(messages) - 1}.role",
            )
        return Ask(
            question=messages[-1].content,
            options={**(self.questline or Options()).given(), "history": messages[:-1]},
        )

    @model_validator(mode="before")
    @classmethod
    def _check_unicode(cls, body: object) -> object:
        """Refuse half a surrogate pair anywhere: JSON can write it, and no reply, prompt or file could."""
        place = _unpaired(body)
        if place is not None:
            raise UsageError(
                f"{place or 'body'} holds half a surrogate pair, which is not valid text", argument=place or "body"
            )
        return body

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with a chunk of usage."""
        return self.stream_options is not None and self.stream_options.include_usage

    def _refuse_unsupported(self) -> None:
        if self.n not in (None, 1):
            raise UsageError(f"n={self.n!r}: one answer per request", argument="n")
        for name in ("tools", "functions"):
            if getattr(self, name):
                raise UsageError(f"{name}: callers' tools are not supported; leave the field out", argument=name)
        if self.response_format is not None and self.response_format.get("type") != "text":
            raise UsageError("response_format: only {'type': 'text'} is supported", argument="response_format")


def _unpaired(body: object) -> str | None:
    """Return the place of a string with half a surrogate pair, where there is one; of a key, that of its object."""
    left: list[tuple[str, object]] = [
        ("", body)
    ]  # a list instead of recursion: a body nests as deep as its sender likes
    while left:
        place, value = left.pop()
        if isinstance(value, str):
            if _SURROGATE.search(value):
                return place
        elif isinstance(value, dict):
            members = cast("dict[str, object]", value)
            left += ((place, name) for name in members)
            left += ((f"{place}.{name}".strip("."), member) for name, member in members.items())
        elif isinstance(value, list):
            left += ((f"{place}.{index}".strip("."), each) for index, each in enumerate(cast("list[object]", value)))
    return None


def _message(message: ChatMessage, place: str) -> Message:
    role = _ROLES.get(message.role)
    if role is None:
        raise UsageError(f"{place}.role={message.role!r} is not one of {', '.join(_ROLES)}", argument=f"{place}.role")
    if isinstance(message.content, str):
        return Message(role=role, content=message.content)
    if not message.content:
        raise UsageError(f"{place}.content is missing; only text messages can be read", argument=f"{place}.content")
    texts: list[str] = []
    for index, part in enumerate(message.content):
        text = part.get("text")
        if part.get("type") != "text" or not isinstance(text, str):
            raise UsageError(
                f"{place}.content.{index} has the type {part.get('type')!r}; only 'text' can be read",
                argument=f"{place}.content.{index}",
            )
        texts.append(text)
    return Message(role=role, content="\n".join(texts))


def completion(answer: Answer, *, model: str, run_id: str) -> Json:
    """Return a whole ``chat.completion``."""
    return {
        "id": _id(run_id),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.text},
                "finish_reason": _finish(answer),
                "logprobs": None,
            }
        ],
        "usage": _usage(answer.usage),
        "questline": _extras(answer),
    }


class ChunkWriter:
    """Makes the ``chat.completion.chunk`` objects of one stream."""

    def __init__(self, *, model: str, run_id: str, include_usage: bool) -> None:
        self._head: Json = {
            "id": _id(run_id),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._include_usage = include_usage
        self._sent = ""
        self._withdrawn = False

    def start(self) -> Json:
        """Return the first chunk, which names the role."""
        return self._chunk({"role": "assistant", "content": ""})

    def text(self, piece: str) -> list[Json]:
        """Return a chunk with the next characters; the empty piece says that a draft starts, the earlier one is void.

        What was sent cannot be taken back, so a draft after the first is held back until it is final.
        """
        if not piece:
            self._withdrawn = bool(self._sent)
        if self._withdrawn or not piece:
            return []
        self._sent += piece
        return [self._chunk({"content": piece})]

    def end(self, answer: Answer) -> list[Json]:
        """Return what completes the stream: text not sent yet, the finish with the ``questline`` object, the usage.

        Where the final text is another than the streamed draft (a fallback, a dropped sentence), it follows on a new
        paragraph, so that the stream never ends without it.
        """
        chunks: list[Json] = []
        if answer.text.startswith(self._sent):
            rest = answer.text[len(self._sent) :]
        elif answer.text.strip() == self._sent.strip():
            rest = ""
        else:
            rest = f"\n\n{answer.text}"
        if rest:
            chunks.append(self._chunk({"content": rest}))
        chunks.append(self._chunk({}, finish=_finish(answer), questline=_extras(answer)))
        if self._include_usage:
            chunks.append({**self._head, "choices": [], "usage": _usage(answer.usage)})
        return chunks

    def _chunk(self, delta: Json, *, finish: str | None = None, questline: Json | None = None) -> Json:
        chunk = {**self._head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]}
        if self._include_usage:
            chunk["usage"] = None
        if questline is not None:
            chunk["questline"] = questline
        return chunk


def _id(run_id: str) -> str:
    return f"chatcmpl-{run_id}"


def _finish(answer: Answer) -> Literal["stop", "length"]:
    return "length" if answer.status == "budget_exhausted" else "stop"


def _usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.tokens_in,
        "completion_tokens": usage.tokens_out,
        "total_tokens": usage.tokens,
    }


def _extras(answer: Answer) -> Json:
    """Return what OpenAI's fields have no room for."""
    return {name: value for name, value in answer.as_dict().items() if name != "question"}
