"""What the executors ask of a language model, whatever serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, Protocol, TypeAlias, TypeVar, get_args

from questline.budget import Meter
from questline.types import Message, Usage

__all__ = ["LLM", "RESTART", "ROLES", "Completion", "Picture", "Prompt", "Role", "Thinking", "TokenChance"]

T = TypeVar("T")
Role: TypeAlias = Literal[
    "planner",
    "condense",
    "rewrite",
    "select",
    "generate",
    "decompose",
    "summarize",
    "rank",
    "summary",
    "suggest",
    "intents",
    "tool_executor",
    "composer",
    "tool_planner",
    "writer",
    "judge",
]
ROLES: tuple[Role, ...] = get_args(Role)
"""The roles that may each have their own model."""
Thinking: TypeAlias = Literal["off", "short", "full"]
"""How long a model may think before it answers, where it has a switch for that."""

RESTART: Final = ""
"""The empty piece given to ``on_token``: the text starts over, forget the pieces before it. No other piece is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image file for a model that sees."""

    data: bytes = field(repr=False)
    media_type: str
    """``image/jpeg``, ``image/png`` or ``image/webp``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One request: the system text and the turns after it (few-shot turns included); the last turn is the user's."""

    system: str
    messages: tuple[Message, ...]
    thinking: Thinking = "off"
    temperature: float = 0.0
    """0 for the likeliest answer; above 1 for varied ones. A model that takes none ignores it."""
    logprobs: int = 0
    """Ask how likely each token of the answer was, and so many likeliest ones in its place. What serves the role may
    ignore it; a server that refuses is asked again without, and not again with it."""
    schema: Mapping[str, object] | None = None
    """A JSON schema that a second answer is held to, after a first one that could not be read, where the server can do
    that (OpenAI's chat format); one that refuses is asked again without."""
    choices: tuple[str, ...] = ()
    """All possible answers, word for word, from the first request on, where the server's grammar can hold it to them
    (OpenAI's chat format); one that refuses is asked again without, and not again with them."""
    choices_by: Literal["schema", "choice"] = "schema"
    """How they are told: a JSON schema, so that the answer is ``{"choice": "…"}``, or vLLM's structured outputs, so
    that it is the words alone."""
    pictures: tuple[Picture, ...] = ()
    """Shown before the words of the first user turn, in OpenAI's chat format as base64; the model has to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChance:
    """One token of an answer, and what else the model might have written in its place."""

    text: str
    logprob: float
    """Natural logarithm of its probability."""
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens with their logarithms, itself often among them; empty where the server tells none."""
    data: bytes = b""
    """Its bytes, for a character may lie in several tokens; empty where the server does not tell them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(Generic[T]):
    """A parsed answer of a model."""

    value: T
    text: str
    usage: Usage
    """All attempts together, failed ones included; already charged to the meter."""
    model: str
    repaired: bool = False
    """The first text did not parse, and the model was asked once more."""
    finish_reason: str = ""
    """Why the text ends, as the server says: ``stop``, or ``length`` when it was cut off."""
    tokens: tuple[TokenChance, ...] = ()
    """The tokens of the text as the model wrote it, thoughts included; empty where ``Prompt.logprobs`` did not ask or
    the server does not tell."""


class LLM(Protocol):
    """Models by role."""

    def serves(self, role: Role) -> bool:
        """Say whether a language model is configured for this role (else the embedded backend answers)."""
        ...

    def name(self, role: Role) -> str:
        """Return the configured model's name, ``embedded`` where there is none."""
        ...

    async def complete(
        self,
        prompt: Prompt,
        *,
        role: Role,
        meter: Meter,
        parse: Callable[[str], T],
        max_tokens: int = 512,
        on_token: Callable[[str], None] | None = None,
    ) -> Completion[T]:
        """Ask the role's model and parse its text.

        ``parse`` raises ``ValueError`` (with a message for the model) when the text has not the agreed form; rules that
        mend a text belong in it. Then the model is asked once more, told what was wrong. Transport failures (429, 5xx,
        time-outs, dropped connections) are retried within the meter's time.

        Args:
            prompt: What to ask.
            role: Which model to ask.
            meter: Checked before each request, charged after it; bounds the time and ``max_tokens``.
            parse: Turns the text into a value.
            max_tokens: Longest answer.
            on_token: Called with each piece of text as it is streamed; without it the request is not streamed. A
                retried request repeats nothing: only what goes beyond the pieces before is passed on. When its text
                differs from them, or nothing comes of the call in the end, the piece `RESTART` comes first.

        Raises:
            ModelError: ``backend_unavailable``, ``model_refused`` or ``bad_model_output``; carries ``usage``.
            BudgetExceeded: No budget is left for a request.
        """
        ...
