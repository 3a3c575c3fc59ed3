"""The language models behind the executors: one per role, asked through pydantic-ai, retried, timed and paid for.

    gateway = Gateway.build(model="openai:gpt-4o-mini", models={"select": "embedded"})
    async with gateway.session():
        completion = await gateway.complete(prompt, role="generate", meter=meter, parse=str.strip)

A `Gateway` holds no connection outside a `session` or a call, so that it may be used from one event loop after another.
Everything heavy is imported when a role has a model, by `build`.
"""

from __future__ import annotations

import math
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from questline.budget import Meter
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.llm_contract import ROLES, Completion, Prompt, Role
from questline.tools.models.model_pool import ModelPool
from questline.tools.models.prices import Priced, PriceTable
from questline.tools.models.providers import EMBEDDED, open_model, parse_model
from questline.tools.models.retry import Retry
from questline.tools.models.token_stream import TokenStream

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from questline.tools.models.completion_call import Limits

__all__ = ["Gateway"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _RoleModel:
    """A role's model."""

    priced: Priced
    make: Callable[[], Model]
    """Returns the model, new for each event loop, or the user's own instance."""


class Gateway:
    """Models by role; implements `questline.tools.models.llm_contract.LLM`. Make it with `build`."""

    def __init__(self, models: Mapping[Role, _RoleModel], prices: PriceTable, limits: Limits | None) -> None:
        self._models = models
        self._limits = limits
        self._pool = ModelPool()
        self._without_logprobs = set[str]()
        self._without_choices = set[str]()
        self.prices = prices
        """What tokens cost; ``prices.unpriced`` names the models that count as free for want of a price."""

    @classmethod
    def build(
        cls,
        *,
        model: str | Model = EMBEDDED,
        models: Mapping[str, str | Model] | None = None,
        base_url: str | None = None,
        call_timeout_s: float = 60.0,
        chunk_timeout_s: float | None = None,
        max_tokens: int | None = None,
        retries: int = 2,
        first_wait_s: float = 0.5,
        prices: Mapping[str, tuple[float, float]] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Gateway:
        """Check the names, look up the keys and prepare the models; nothing is connected yet.

        Args:
            model: For every role that ``models`` does not name: ``embedded``, ``openai:NAME``, ``anthropic:NAME``,
                ``NAME`` with ``base_url``, or a pydantic-ai ``Model`` of your own.
            models: A model for one role.
            base_url: Address of an OpenAI-compatible server, with its ``/v1``; for all names but ``anthropic:``.
            call_timeout_s: Longest time for one request, a streamed one to its end.
            chunk_timeout_s: Longest silence inside a streamed answer; half of ``call_timeout_s`` when left out.
            max_tokens: What each answer may have at least, whatever its step asks for; a model that thinks needs more
                than the steps do.
            retries: How often a request is sent again after 429, 5xx, a time-out or a broken connection.
            first_wait_s: Before the first retry, doubled for each one after it.
            prices: US dollars per million tokens (in, out) by model name, before the built-in table.
            environ: Where the keys are.

        Raises:
            UsageError: ``unknown_model``, ``missing_key`` or ``bad_settings``.
        """
        _check_numbers(call_timeout_s=call_timeout_s, chunk_timeout_s=chunk_timeout_s, first_wait_s=first_wait_s)
        if max_tokens is not None and max_tokens < 1:
            raise UsageError(f"max_tokens={max_tokens!r} must be 1 or more", code="bad_settings", argument="max_tokens")
        if retries < 0:
            raise UsageError(f"retries={retries!r} must not be negative", code="bad_settings", argument="retries")
        chosen = models or {}
        for role in chosen:
            if role not in ROLES:
                raise UsageError(
                    f"models: {role!r} is not a role; the roles are {', '.join(ROLES)}",
                    code="bad_settings",
                    argument=role,
                )
        made: dict[str, _RoleModel | None] = {}
        by_role: dict[Role, _RoleModel] = {}
        for role in ROLES:
            wanted = chosen.get(role, model)
            name = wanted if isinstance(wanted, str) else f"{id(wanted)}"
            if name not in made:
                made[name] = _role_model(wanted, base_url, environ)
            opened = made[name]
            if opened is not None:
                by_role[role] = opened
        table = PriceTable(prices)
        if not by_role:
            return cls(by_role, table, None)
        from questline.tools.models.completion_call import Limits

        limits = Limits(
            call_timeout_s=call_timeout_s,
            chunk_timeout_s=chunk_timeout_s or call_timeout_s / 2,
            min_answer=max_tokens or 0,
            retry=Retry(retries=retries, first_wait_s=first_wait_s),
        )
        return cls(by_role, table, limits)

    @classmethod
    def of(cls, settings: Settings, *, model: str | Model | None = None) -> Gateway:
        """Build from settings; `model`, where given, replaces ``settings.model``."""
        return cls.build(
            model=settings.model if model is None else model,
            models=settings.models,
            base_url=settings.base_url,
            call_timeout_s=settings.call_timeout_s,
            max_tokens=settings.max_tokens,
            retries=settings.retries,
            prices=settings.prices,
        )

    def serves(self, role: Role) -> bool:
        """Say whether a language model is configured for this role."""
        return role in self._models

    def name(self, role: Role) -> str:
        """Return the configured model's name, ``embedded`` where there is none."""
        found = self._models.get(role)
        return EMBEDDED if found is None else found.priced.name

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[None]:
        """Keep connections open between the calls made inside, on this event loop; they are closed at the end.

        Without a session each call opens and closes its own. Sessions nest and may overlap.
        """
        async with self._pool.session():
            yield

    async def aclose(self) -> None:
        """Close the connections of the running event loop, those of open sessions too."""
        await self._pool.aclose()

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
        """Ask the role's model and parse its text; see `questline.tools.models.llm_contract.LLM.complete`.

        Usage is exact where the server reports it, else estimated and flagged (``Usage.estimated``). A failed
        request counts as a call, with the tokens that the server reported before; where it broke off without saying,
        with an estimate of its prompt and of what was received. What a prompt will cost is an
        estimate until it is answered, so a limit on tokens or US dollars can be passed by what that estimate is off.

        Raises:
            ModelError: ``backend_unavailable``, ``model_refused`` or ``bad_model_output``; carries ``usage``.
            BudgetExceeded: No budget is left for a request; carries ``usage`` too.
            UsageError: ``unknown_model`` when the role has no model (`serves` says so).
        """
        found = self._models.get(role)
        if found is None or self._limits is None:
            raise UsageError(f"no language model is configured for the role {role!r}", code="unknown_model", role=role)
        from questline.tools.models.completion_call import CompletionCall

        call = CompletionCall(
            model=lambda: self._pool.model(found.make),
            priced=found.priced,
            prices=self.prices,
            limits=self._limits,
            prompt=prompt,
            role=role,
            meter=meter,
            parse=parse,
            max_tokens=max_tokens,
            stream=None if on_token is None else TokenStream(on_token),
            without_logprobs=self._without_logprobs,
            without_choices=self._without_choices,
        )
        async with self._pool.session():
            return await call.run()


def _role_model(wanted: str | Model, base_url: str | None, environ: Mapping[str, str]) -> _RoleModel | None:
    if not isinstance(wanted, str):
        return _own_model(wanted)
    spec = parse_model(wanted, base_url=base_url, environ=environ)
    if spec is None:
        return None
    open_model(spec)  # imports what it needs now, not in the first question's time
    provider = "anthropic" if spec.provider == "anthropic" else "openai"
    own_server = spec.base_url if spec.provider == "compatible" else None  # a proxy before Anthropic changes no price
    priced = Priced(name=spec.name, model=spec.model, provider=provider, base_url=own_server)
    return _RoleModel(priced=priced, make=lambda: open_model(spec))


def _own_model(model: Model) -> _RoleModel:
    """Use an instance that the user made; its provider says what it costs."""
    from pydantic_ai.models import Model as AnyModel

    if not isinstance(cast("object", model), AnyModel):
        raise UsageError(
            f"the model {model!r} is neither a name nor a pydantic-ai Model", code="unknown_model", model=model
        )
    name = f"{model.system}:{model.model_name}"
    priced = Priced(name=name, model=model.model_name, provider=model.system, base_url=_address(model))
    return _RoleModel(priced=priced, make=lambda: model)


def _address(model: Model) -> str | None:
    try:
        return model.base_url
    except (AttributeError, NotImplementedError):  # a router such as FallbackModel has several
        return None


def _check_numbers(**seconds: float | None) -> None:
    for field, value in seconds.items():
        if value is not None and not (math.isfinite(value) and value > 0):
            raise UsageError(f"{field}={value!r} must be a finite number above 0", code="bad_settings", argument=field)
