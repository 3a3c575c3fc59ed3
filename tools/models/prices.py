"""What tokens cost: the user's own prices first, then the table of ``genai-prices``, which its package ships.

Nothing is fetched: a price is as old as the installed package. Models on this machine or in a private network are free.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from questline.errors import UsageError
from questline.tools.models.providers import is_local

if TYPE_CHECKING:
    from decimal import Decimal

    from pydantic_ai.usage import RequestUsage

__all__ = ["PriceTable", "Priced"]

_LOG: Final = logging.getLogger("questline.models")
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A model, as price tables know it."""

    name: str
    """As configured, such as ``openai:gpt-4o-mini``."""
    model: str
    """As the provider calls it, such as ``gpt-4o-mini``."""
    provider: str = ""
    """The provider's id, such as ``openai``; empty when only the address is known."""
    base_url: str | None = None


class PriceTable:
    """Prices by model.

    Args:
        own: US dollars per million tokens (in, out), by configured or bare model name. They come before the table.

    Raises:
        UsageError: ``bad_settings`` for a price that is negative or not a number.
    """

    def __init__(self, own: Mapping[str, tuple[float, float]] | None = None) -> None:
        self._own = dict(own or {})
        self._unpriced: set[str] = set()
        self._lock = threading.Lock()
        for name, pair in self._own.items():
            if len(pair) != 2 or not all(math.isfinite(price) and price >= 0 for price in pair):
                raise UsageError(
                    f"the price of {name!r} is {pair!r}; write two numbers, US dollars per million tokens in and out",
                    code="bad_settings",
                    argument="prices",
                    model=name,
                )

    @property
    def unpriced(self) -> frozenset[str]:
        """Models that were used without a known price and so count as 0 US dollars."""
        return frozenset(self._unpriced)

    def usd_per_token(self, priced: Priced) -> tuple[float, float]:
        """Return the list price of one token in and one token out; zeros when it is free or unknown."""
        own = self._own_price(priced)
        if own is not None:
            return own
        from pydantic_ai.usage import RequestUsage

        thousand = self._calculate(priced, RequestUsage(input_tokens=1_000, output_tokens=1_000))
        return (0.0, 0.0) if thousand is None else (thousand[0] / 1_000, thousand[1] / 1_000)

    def usd(self, priced: Priced, usage: RequestUsage, *, reported: Decimal | None = None) -> float:
        """Return what a request cost, in US dollars; discounts for cached tokens are counted where they are known.

        Args:
            priced: The model.
            usage: Its tokens.
            reported: What the provider itself said; it gives way to the user's own price alone.
        """
        own = self._own_price(priced)
        if own is not None:
            return own[0] * usage.input_tokens + own[1] * usage.output_tokens
        if reported is not None:
            return float(reported)
        if not (usage.input_tokens or usage.output_tokens):
            return 0.0
        price = self._calculate(priced, usage)
        return 0.0 if price is None else price[0] + price[1]

    def _own_price(self, priced: Priced) -> tuple[float, float] | None:
        pair = self._own.get(priced.name) or self._own.get(priced.model)
        return None if pair is None else (pair[0] / _MILLION, pair[1] / _MILLION)

    def _calculate(self, priced: Priced, usage: RequestUsage) -> tuple[float, float] | None:
        if priced.base_url is not None and is_local(priced.base_url):
            return None
        from genai_prices import calc_price

        try:
            if priced.base_url is None:
                price = calc_price(usage, priced.model, provider_id=priced.provider)
            else:
                price = calc_price(usage, priced.model, provider_api_url=priced.base_url)
        except (LookupError, ValueError):
            self._flag(priced.name)
            return None
        return float(price.input_price), float(price.output_price)

    def _flag(self, name: str) -> None:
        with self._lock:
            if name in self._unpriced:
                return
            self._unpriced.add(name)
        _LOG.warning("no price is known for model %r: its tokens count as 0 USD; set one under [prices]", name)
