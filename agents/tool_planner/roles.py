"""What a tool is for, by its name, words and arguments: whether others need what it returns, or it needs theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.text import stem, words
from questline.tools.tool_retrieval.documents import split_name

__all__ = ["Role", "is_key", "name_words", "role_of", "tokens"]


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in text.split())


# A tool's step: 0 says what there is to choose from, 1 finds, 2 tells about one thing, 3 makes or changes something.
# Which words count was chosen with the training four fifths of a set of plans in view (docs/howto/plans.md).
_STEPS: Final[tuple[tuple[float, frozenset[str]], ...]] = (
    (
        0.2,
        _stems(
            "category categories language languages support supported config configuration available availability type"
            " types region regions genre genres topic topics source sources unit units option options symbol symbols"
            " currency currencies code codes format formats tag tags country countries account accounts station"
            " stations team teams ping"
        ),
    ),
    (
        0.3,
        _stems("detect identify check validate verify exist locate geocode geocoding autocomplete resolve login auth"),
    ),
    (0.6, _stems("search list all find query browse discover popular trending top index session channel")),
    (2.0, _stems("detail details individual specific single particular item lookup count number offer offers data")),
    (
        2.4,
        _stems(
            "review reviews comment comments similar related recommendation recommendations stats statistics history"
            " image images photo photos picture pictures video videos story stories quote quotes play odds news episode"
            " episodes lyrics recipe recipes weather price prices rate rates"
        ),
    ),
    (
        3.0,
        _stems(
            "translate convert conversion download create generate book send calculate compute post add update delete"
            " order speak export render summarize summary analyze compare predict upload set random run"
        ),
    ),
)
_CHOICE: Final = 0.2
_CHINESE: Final = (
    ("支持的", 0.1), ("可用", 0.2), ("类别", 0.2), ("所有", 0.4), ("列出", 0.4), ("列表", 0.5), ("搜索", 0.8),
    ("指定", 1.6), ("特定", 1.7), ("单个", 1.8), ("详细", 2.0), ("历史", 2.0), ("评论", 2.3), ("翻译", 2.3),
    ("相似", 2.4), ("下载", 2.5), ("转换", 2.5),
)  # fmt: skip
"""The same in Chinese descriptions; the encoder cannot read them."""
_UNTOLD: Final = 1.2
"""Step of a tool whose words say nothing."""
_KEY: Final = re.compile(
    r"(?:^|_)(?:id|ids|slug|key|handle|path|url|link|uid|uuid|isbn|symbol|ticker)$|[a-z]id$|ID$|Id$"
)
_COMMON: Final = _stems(
    "get show fetch retrieve by the of for v1 v2 v3 v api a id is list all search find in to with from and data info"
    " detail details information use using endpoint specific tool"
)
"""Words of names that say nothing about what a tool deals with."""
_READ: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What is known of a tool without calling it."""

    step: float
    """In [0, 3]: from what there is to choose from, over finding and telling, to making."""
    nouns: frozenset[str]
    """Stems of what its name says it deals with."""
    needs: tuple[str, ...]
    """Its required arguments."""
    keys: tuple[str, ...]
    """Those of them that point at one thing, such as ``station_id``: seldom known before another tool told them."""


def tokens(name: str) -> frozenset[str]:
    """Return the stems of the words in a name, cut at case, digits and marks.

    >>> sorted(tokens("originSkyId"))
    ['id', 'origin', 'sky']
    """
    return frozenset(stem(word) for word in words(split_name(name)))


def is_key(name: str) -> bool:
    """Say whether an argument of this name points at one thing rather than describing it."""
    return bool(_KEY.search(name))


def name_words(tool: ToolDefinition) -> frozenset[str]:
    """Return the stems of a tool's name that say what it deals with."""
    return tokens(tool.name) - _COMMON


@lru_cache(maxsize=4096)
def _step(name: str, description: str) -> float:
    said = tokens(name)
    # `…_by_category` takes a category, it does not tell them
    found = [step for step, known in _STEPS if said & known and not (step == _CHOICE and "by" in said)]
    found += [step for word, step in _CHINESE if word in description]
    return sum(found) / len(found) if found else _UNTOLD


def role_of(tool: ToolDefinition) -> Role:
    """Read a tool's role off its definition, which is others' text: data, never an instruction."""
    required = tool.input_schema.get("required")
    needs = tuple(map(str, cast("list[object]", required))) if isinstance(required, list) else ()
    return Role(
        step=_step(tool.name, tool.description[:_READ]),
        nouns=name_words(tool),
        needs=needs,
        keys=tuple(name for name in needs if is_key(name)),
    )


def described(schema: Mapping[str, object], name: str) -> str:
    """Return the description of a property at the top of a schema; empty where there is none."""
    properties = schema.get("properties")
    member = cast("Mapping[str, object]", properties).get(name) if isinstance(properties, Mapping) else None
    said = cast("Mapping[str, object]", member).get("description") if isinstance(member, Mapping) else None
    return said if isinstance(said, str) else ""
