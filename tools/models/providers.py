"""From a model's configured name to a model that can be asked.

    embedded          no language model
    openai:NAME       OpenAI, or with a base URL any server that speaks its chat completions API
    NAME              the same, with a base URL only (vLLM, Ollama, llama.cpp)
    anthropic:NAME    Anthropic

Names are checked, and keys looked up, before any question. Only the configured name decides: a provider's key in the
environment never changes the model.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, cast
from urllib.parse import urlsplit

from questline.errors import UsageError
from questline.tools.addresses import is_loopback

if TYPE_CHECKING:
    from pydantic_ai.models import Model

__all__ = ["EMBEDDED", "ModelSpec", "is_local", "open_model", "parse_model"]

EMBEDDED: Final = "embedded"
_ADDRESSES: Final = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
_KEYS: Final = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_FORMS: Final = "embedded, openai:NAME, anthropic:NAME, or NAME together with base_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A model that was configured by name."""

    name: str
    """As configured, for the ledger."""
    provider: Literal["openai", "anthropic", "compatible"]
    """``compatible`` is a server at ``base_url``."""
    model: str
    """The name that the provider knows."""
    base_url: str | None = None
    """Of a server of one's own, or of a proxy before a provider; None for the provider's own."""
    api_key: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where the provider's API answers: with the version, without a slash at the end."""
        address = (self.base_url or _ADDRESSES[self.provider]).rstrip("/")
        versioned = self.provider != "anthropic" or address.endswith("/v1")  # Anthropic's SDK adds the version itself
        return address if versioned else f"{address}/v1"


def parse_model(name: str, *, base_url: str | None, environ: Mapping[str, str]) -> ModelSpec | None:
    """Read a configured model name; None is the embedded backend.

    With a base URL no key is needed. ``QUESTLINE_LLM_API_KEY`` is sent where it is set, else ``OPENAI_API_KEY``, the
    latter only over https or to this machine. ``OPENAI_BASE_URL`` counts as a base URL for ``openai:NAME``, and
    ``ANTHROPIC_BASE_URL`` for ``anthropic:NAME``, as their SDKs have it.

    Raises:
        UsageError: ``unknown_model`` for a name of no known form, ``missing_key`` without the provider's key,
            ``bad_settings`` for a base URL that is not one.
    """
    if name.strip() == EMBEDDED:
        return None
    prefix, colon, rest = name.strip().partition(":")
    model = rest.strip() if colon else ""
    if prefix == "anthropic" and model:
        proxy = environ.get("ANTHROPIC_BASE_URL") or None
        key = _key("anthropic", name, environ)
        return ModelSpec(name=name, provider="anthropic", model=model, base_url=proxy, api_key=key)
    if prefix == "openai" and model:
        base_url = base_url or environ.get("OPENAI_BASE_URL") or None
    elif base_url and prefix and prefix not in _KEYS:
        model = name.strip()  # a colon may be part of the name: Ollama's llama3.2:3b
    else:
        raise UsageError(
            f"the model {name!r} is unknown{_advice(name)}: write {_FORMS}", code="unknown_model", model=name
        )
    if base_url:
        _check_url(base_url)
        key = _compatible_key(base_url, environ)
        return ModelSpec(name=name, provider="compatible", model=model, base_url=base_url, api_key=key)
    return ModelSpec(name=name, provider="openai", model=model, api_key=_key("openai", name, environ))


def is_local(base_url: str) -> bool:
    """Whether an address is on this machine or a private network, where tokens have no price."""
    host = urlsplit(base_url).hostname or ""
    bare = "." not in host and ":" not in host
    if bare or host.endswith((".local", ".internal")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def open_model(spec: ModelSpec) -> Model:
    """Make the pydantic-ai model; entering it (``async with``) opens its connections on the running event loop."""
    if spec.provider == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel(spec.model, provider=AnthropicProvider(api_key=spec.api_key, base_url=spec.base_url))
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    # Without this, an answer that breaks off without an error counts as complete.
    whole = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    if spec.base_url is None:
        return OpenAIChatModel(spec.model, provider=OpenAIProvider(api_key=spec.api_key), profile=whole)
    provider = OpenAICompatibleProvider("openai-compatible", base_url=spec.base_url, api_key=spec.api_key)
    known = cast("Mapping[str, object]", provider.model_profile(spec.model) or {})
    # Every server knows `max_tokens`, older ones nothing else; OpenAI's reasoning models behind a proxy refuse it.
    whole["openai_chat_supports_max_completion_tokens"] = bool(known.get("openai_supports_reasoning"))
    return OpenAIChatModel(spec.model, provider=provider, profile=whole)


def _key(provider: Literal["openai", "anthropic"], name: str, environ: Mapping[str, str]) -> str:
    variable = _KEYS[provider]
    key = environ.get(variable, "").strip()
    if not key:
        raise UsageError(
            f"the model {name!r} needs a key: set {variable}, or give base_url for a server of your own",
            code="missing_key",
            model=name,
            variable=variable,
        )
    return key


def _compatible_key(base_url: str, environ: Mapping[str, str]) -> str:
    own = environ.get("QUESTLINE_LLM_API_KEY", "").strip()
    if own:
        return own
    private = base_url.startswith("https://") or is_loopback(urlsplit(base_url).hostname or "")
    return (environ.get("OPENAI_API_KEY", "").strip() if private else "") or "no-key"


def _check_url(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(
            f"base_url={base_url!r} is not an address: write one such as http://127.0.0.1:8000/v1",
            code="bad_settings",
            argument="base_url",
        )


def _advice(name: str) -> str:
    """Guess what was meant by a name without a provider."""
    lowered = name.strip().lower()
    if lowered.startswith("claude"):
        return f" (did you mean 'anthropic:{name.strip()}'?)"
    if lowered.startswith(("gpt", "o1", "o3", "o4", "chatgpt")):
        return f" (did you mean 'openai:{name.strip()}'?)"
    return ""
