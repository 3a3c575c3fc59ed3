"""One call of the gateway, from prompt to parsed value: requests, retries, one repair, and what they cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic_ai.usage import RequestUsage

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError
from questline.telemetry import Attributes, Operation, span
from questline.tools.models.chat_request import ChatReply, ChatRequest, send
from questline.tools.models.llm_contract import Completion, Prompt, Role
from questline.tools.models.prices import Priced, PriceTable
from questline.tools.models.retry import RequestFailed, Retry
from questline.tools.models.token_estimate import estimate_prompt_tokens, estimate_tokens
from questline.tools.models.token_stream import TokenStream, without_thoughts
from questline.types import Message, Usage

if TYPE_CHECKING:
    from pydantic_ai.models import Model

__all__ = ["CompletionCall", "Limits"]

T = TypeVar("T")
_REFUSING: Final = (400, 422)
"""Statuses of a server that does not know, or does not allow, a setting of the request."""
_LEAST_ANSWER: Final = 16
"""Tokens; an answer that may not even be this long is not worth its prompt."""
_MORE: Final = 8
_LEAST_MORE: Final = 2_048
"""Tokens; what an answer that was cut off may have at the second try: a model that thinks needs room for that too."""
_NO_TIME_S: Final = 0.01
"""A timer may fire this much before its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient the gateway is."""

    call_timeout_s: float
    chunk_timeout_s: float
    retry: Retry
    min_answer: int = 0
    """Tokens; no answer's cap is lower."""


@dataclass(slots=True, kw_only=True)
class CompletionCall(Generic[T]):
    """Everything that one `LLM.complete` needs; `run` it once."""

    model: Callable[[], Awaitable[Model]]
    priced: Priced
    prices: PriceTable
    limits: Limits
    prompt: Prompt
    role: Role
    meter: Meter
    parse: Callable[[str], T]
    max_tokens: int
    stream: TokenStream | None
    without_logprobs: set[str]
    """Names of models that refuse to tell how likely their tokens are; one that does is added."""
    without_choices: set[str] = field(default_factory=set[str])
    """Likewise, of those that cannot be held to choices."""
    _usage: Usage = field(init=False, default_factory=Usage)

    async def run(self) -> Completion[T]:
        """Ask until there is a value, an error that stays, or nothing left to spend."""
        self.max_tokens = max(self.max_tokens, self.limits.min_answer)
        try:
            reply = await self._ask(replace(self.prompt, schema=None))
            try:
                return self._completion(self.parse(reply.text), reply, repaired=False)
            except ValueError as problem:
                if reply.finish_reason == "length":
                    self.max_tokens = max(_MORE * self.max_tokens, _LEAST_MORE)
                reply = await self._ask(_repair_prompt(self.prompt, reply, problem))
            try:
                return self._completion(self.parse(reply.text), reply, repaired=True)
            except ValueError as problem:
                raise self._bad_output(reply, problem) from problem
        except (ModelError, BudgetExceeded) as error:
            error.usage = self._usage
            if self.stream is not None:
                self.stream.discard()
            raise

    def _completion(self, value: T, reply: ChatReply, *, repaired: bool) -> Completion[T]:
        return Completion(
            value=value,
            text=reply.text,
            usage=self._usage,
            model=self.priced.name,
            repaired=repaired,
            finish_reason=reply.finish_reason,
            tokens=reply.tokens,
        )

    def _bad_output(self, reply: ChatReply, problem: ValueError) -> ModelError:
        cut = " (it was cut off at the longest allowed answer)" if reply.finish_reason == "length" else ""
        return ModelError(
            f"{self.priced.name} did not answer {self.role} in the agreed form, asked twice: {problem}{cut}",
            code="bad_model_output",
            retryable=False,
            role=self.role,
            model=self.priced.name,
            finish_reason=reply.finish_reason,
        )

    async def _ask(self, prompt: Prompt) -> ChatReply:
        """Send `prompt` until an answer comes or the retry policy gives up."""
        retry = 0
        refused = False
        if self.priced.name in self.without_logprobs:
            prompt = replace(prompt, logprobs=0)
        if self.priced.name in self.without_choices:
            prompt = replace(prompt, choices=())
        free = False
        while True:
            try:
                reply = await self._attempt(prompt)
            except RequestFailed as failure:
                if prompt.schema is not None and failure.status in _REFUSING:
                    prompt = replace(prompt, schema=None)
                    continue
                if prompt.choices and failure.status in _REFUSING:
                    prompt, free = replace(prompt, choices=()), True
                    continue
                if prompt.logprobs and failure.status in _REFUSING:
                    prompt, refused = replace(prompt, logprobs=0), True
                    continue
                wait_s = self.limits.retry.wait_s(retry, failure)
                left_s = self.meter.seconds_left
                if left_s is not None and left_s < _NO_TIME_S:  # it was the budget that cut the request off
                    raise BudgetExceeded(
                        f"no seconds left for {self.priced.name} ({self.meter.budget}): {failure.message}",
                        limit="seconds",
                    ) from failure
                if wait_s is None or (left_s is not None and wait_s >= left_s):
                    raise self._gave_up(failure, retry) from failure
            else:
                if refused:
                    self.without_logprobs.add(self.priced.name)
                if free:
                    self.without_choices.add(self.priced.name)
                return reply
            await asyncio.sleep(wait_s)
            retry += 1

    def _gave_up(self, failure: RequestFailed, retries: int) -> ModelError:
        asked = f"; it asks to wait {failure.retry_after_s:g} s" if failure.retry_after_s is not None else ""
        after = f" after {retries} retries" if retries else ""
        return ModelError(
            f"{self.priced.name} gave no answer{after}: {failure.message}{asked}",
            code="backend_unavailable" if failure.transient else "model_refused",
            retryable=failure.transient,
            role=self.role,
            model=self.priced.name,
            filtered=failure.filtered,
        )

    async def _attempt(self, prompt: Prompt) -> ChatReply:
        """Send `prompt` once, within the budget, and charge the meter whatever comes of it."""
        read = estimate_prompt_tokens(prompt)
        least = min(_LEAST_ANSWER, self.max_tokens)
        rate = self.prices.usd_per_token(self.priced)
        with self.meter.reserve(read, self.max_tokens, least_out=least, usd_per_token=rate) as room:
            model = await self.model()
            started = time.monotonic()
            heard: list[str] = []
            used, estimated = None, False
            try:
                with span(
                    f"{Operation.CHAT} {self.priced.model}", self._request_attributes(room.tokens_out), kind="client"
                ) as at:
                    reply = await send(model, self._request(prompt, room.tokens_out), self._on_piece(heard))
                    used, estimated = _used(reply, read)
                    at.set(_reply_attributes(reply, used))
            except RequestFailed as failure:
                if failure.usage.tokens or not failure.sent:
                    used = RequestUsage(input_tokens=failure.usage.tokens_in, output_tokens=failure.usage.tokens_out)
                raise
            finally:
                # Without a word from the server, a request that was sent costs its prompt and what was heard.
                if used is None:
                    used, estimated = _estimate(read, "".join(heard)), True
                usage = self._priced(used, time.monotonic() - started, estimated=estimated)
                self._usage += usage
                room.settle(usage)
        if self.stream is not None:
            self.stream.end()
        return replace(reply, text=without_thoughts(reply.text))

    def _request(self, prompt: Prompt, max_tokens: int) -> ChatRequest:
        left_s = self.meter.seconds_left
        limits = self.limits
        return ChatRequest(
            prompt=prompt,
            max_tokens=max_tokens,
            timeout_s=limits.call_timeout_s if left_s is None else min(limits.call_timeout_s, left_s),
            chunk_timeout_s=limits.chunk_timeout_s,
        )

    def _on_piece(self, heard: list[str]) -> Callable[[str], None] | None:
        """Return what takes the pieces of an answer: all are `heard`, and shown as far as they are the answer."""
        stream = self.stream
        if stream is None:
            return None
        stream.begin()

        def take(piece: str) -> None:
            heard.append(piece)
            stream.piece(piece)

        return take

    def _priced(self, used: RequestUsage, seconds: float, *, estimated: bool) -> Usage:
        return Usage(
            calls=1,
            tokens_in=used.input_tokens,
            tokens_out=used.output_tokens,
            usd=self.prices.usd(self.priced, used, reported=used.cost),
            seconds=seconds,
            estimated=estimated,
        )

    def _request_attributes(self, max_tokens: int) -> dict[str, str | int]:
        address = urlsplit(self.priced.base_url or "").hostname
        return {
            Attributes.OPERATION: Operation.CHAT,
            Attributes.PROVIDER: self.priced.provider,
            Attributes.REQUEST_MODEL: self.priced.model,
            Attributes.REQUEST_MAX_TOKENS: max_tokens,
            Attributes.ROLE: self.role,
            **({Attributes.SERVER_ADDRESS: address} if address else {}),
        }


def _used(reply: ChatReply, read: int) -> tuple[RequestUsage, bool]:
    """Return what a reply used, and whether that is an estimate."""
    return (_estimate(read, reply.text), True) if reply.usage is None else (reply.usage, False)


def _estimate(read: int, text: str) -> RequestUsage:
    return RequestUsage(input_tokens=read, output_tokens=estimate_tokens(text))


def _reply_attributes(reply: ChatReply, used: RequestUsage) -> dict[str, str | int | tuple[str, ...]]:
    return {
        Attributes.RESPONSE_MODEL: reply.model,
        Attributes.FINISH_REASONS: (reply.finish_reason,),
        Attributes.INPUT_TOKENS: used.input_tokens,
        Attributes.OUTPUT_TOKENS: used.output_tokens,
    }


def _repair_prompt(prompt: Prompt, reply: ChatReply, problem: ValueError) -> Prompt:
    """Show the model its answer and say what is wrong with it."""
    if reply.finish_reason == "length":
        wrong = f"Your answer was cut off before its end and cannot be used ({problem}). Answer again, more briefly."
    else:
        wrong = f"Your answer is not in the agreed form: {problem}. Answer again in that form and write nothing else."
    # An empty assistant turn is refused by some servers.
    said = (Message(role="assistant", content=reply.text),) if reply.text.strip() else ()
    return replace(prompt, messages=(*prompt.messages, *said, Message(role="user", content=wrong)))
