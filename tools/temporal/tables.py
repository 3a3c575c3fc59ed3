"""The word lists and tables of days that lie beside the code, read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["one_of", "table"]


@lru_cache(maxsize=8)
def table(name: str) -> dict[str, Any]:
    """Return the data of one TOML file of this folder; callers leave it as it is."""
    return tomllib.loads(files("questline.tools.temporal").joinpath(name).read_text(encoding="utf-8"))


def one_of(words: Iterable[str]) -> str:
    """Return a pattern that matches any of these words, the longest that fits."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
