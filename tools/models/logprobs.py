"""How likely each token of an answer was, as pydantic-ai passes on what an OpenAI-compatible server tells.

In whatever form it comes, it is a by-product: what cannot be read is not there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast

from questline.tools.models.llm_contract import TokenChance

__all__ = ["told_chances"]


def told_chances(details: Mapping[str, object] | None) -> tuple[TokenChance, ...]:
    """Return the tokens of ``provider_details["logprobs"]``; none where any of them cannot be read."""
    items = (details or {}).get("logprobs")
    if not isinstance(items, list):
        return ()
    try:
        return tuple(_token(cast("Mapping[str, object]", item)) for item in cast("list[object]", items))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ()


def _token(item: Mapping[str, object]) -> TokenChance:
    top = cast("list[Mapping[str, object]]", item.get("top_logprobs") or [])
    data = cast("list[int]", item.get("bytes") or [])
    return TokenChance(
        text=_text(item),
        logprob=_number(item),
        top=tuple((_text(each), _number(each)) for each in top),
        data=bytes(data),
    )


def _text(item: Mapping[str, object]) -> str:
    text = item["token"]
    if not isinstance(text, str):
        raise TypeError(f"the token {text!r} is no text")
    return text


def _number(item: Mapping[str, object]) -> float:
    value = item["logprob"]
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise TypeError(f"the logarithm {value!r} is no number")
    return min(0.0, float(value))
