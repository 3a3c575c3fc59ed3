"""Which tools may do something rather than tell something, by what they declare and by what they say of themselves.

A tool that declares nothing is taken to tell only where its own words say so: its name or its description opens with a
verb of telling ("get", "Returns"), with a question word, or with what is told ("Times of high tide"). Whatever else is
left may change something, as it may by the protocol's defaults (MCP 2025-11-25, ToolAnnotations).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import stem
from questline.tools.tool_retrieval.documents import split_name

__all__ = ["DEEDS", "TELLING", "does", "leading", "may_change"]

DEEDS: Final = frozenset(
    listed(
        "send email mail message text book reserve order buy purchase sell pay delete remove erase create"
        " add insert update edit rename move copy upload post publish share schedule cancel play pause"
        " stop start turn switch set remind call translate draw paint sing phone install restart reboot"
        " deploy merge close open subscribe unsubscribe transfer invite print place"
        " submit register enrol enroll ship dispatch"
    )
)
"""Verbs of what is done rather than told, in their base form."""
_MORE: Final = listed(
    "make write change replace drop clear reset modify approve reject assign grant revoke lock unlock activate"
    " deactivate enable disable run execute trigger launch kill terminate refund charge withdraw deposit donate vote"
    " sign apply log reply forward notify archive restore import export sync save store put push patch commit"
    " reschedule confirm accept decline accept claim join leave follow unfollow block invite hire fire adopt release"
    " feed water light ring mark flag tag pin attach detach connect disconnect mount format wipe overwrite truncate"
)
_ONLY_WORDS: Final = frozenset(listed("translate text call open message mail email order place play print draw start"))
"""Words of the first list that a name may have without a deed: `get_order`, `find_place`, `translate_text`."""
_DEED_STEMS: Final = frozenset(map(stem, (*DEEDS, *_MORE)))
_HARD_STEMS: Final = frozenset(map(stem, DEEDS - _ONLY_WORDS)) | frozenset(
    map(stem, listed("replace drop reset modify refund charge withdraw overwrite wipe truncate activate deactivate"))
)
TELLING: Final = frozenset(
    stem(word)
    for word in listed(
        "get list find search read show look lookup query count calculate compute convert check describe fetch"
        " retrieve return view tell see display summarize summarise explain detect determine estimate evaluate verify"
        " validate compare rank predict forecast measure sum analyze analyse parse classify identify solve simulate"
        " inspect resolve suggest recommend translate answer know work who whom whose what when where which how is are"
        " has have does do can now current currently available latest"
    )
)
"""Stems of verbs and question words that open what tells something."""
_INTRO: Final = re.compile(
    r"^\W*(?:(?:use )?this (?:tool|function)(?: to| for)?|(?:a |the )?(?:tool|function) (?:that|which|to|for)"
    r"|allows? you to|used to|use(?: it| this)? to|you can|can|will)\s+",
    re.IGNORECASE,
)
_THING: Final = re.compile(
    r"^(?:(?:the|an?|all|current|today's)\s+)?(?P<head>[a-z][\w'-]*)(?:\s+(?!(?:an?|the|all|one|some|your|my)\b)[\w'-]+){0,3}?"
    r"\s+(?:of|between)\b",
    re.IGNORECASE,
)
"""What is told: "Opening hours of a museum", "Distance between two places"."""
_DONE: Final = re.compile(r"(?:ing|tion|sion|ment|al)s?$", re.IGNORECASE)
"""A deed as a noun: "Cancellation of an order"."""


def may_change(tool: ToolDefinition) -> bool:
    """Say whether a call may do something: the tool is not known to be read-only."""
    if tool.read_only is not None or tool.destructive is True:
        return tool.read_only is not True
    return not _tells(tool.name, tool.description[:300])


def does(tool: ToolDefinition) -> bool:
    """Say whether a tool does something by what it declares or by what its own words say."""
    if tool.read_only is not None or tool.destructive is True:
        return tool.read_only is not True
    return may_change(tool) and bool({_base(one) for one in leading(tool)} & _DEED_STEMS)


def leading(tool: ToolDefinition) -> tuple[str, ...]:
    """Return the words that may be a tool's verb: the first of its name, its description's first, its name's deeds."""
    return _leading(tool.name, tool.title or "", tool.description[:300])


@lru_cache(maxsize=4096)
def _leading(name: str, title: str, description: str) -> tuple[str, ...]:
    named = split_name(name).casefold().split()
    first = re.match(r"\W*([A-Za-z]+)", _INTRO.sub("", description))
    titled = title.casefold().split()
    found = [*named[:1], *titled[:1], *([first[1].casefold()] if first else [])]
    found += [one for one in (*named, *titled) if _base(one) in _DEED_STEMS]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def _tells(name: str, description: str) -> bool:
    named = split_name(name).casefold().split()
    said = _INTRO.sub("", description).strip()
    first = re.match(r"\W*([A-Za-z]+)", said)
    opening = first[1].casefold() if first else ""
    if any(_base(one) in _HARD_STEMS for one in named) and not (
        named and _base(named[0]) in TELLING and not _also(named)
    ):
        return False
    if opening and _base(opening) in _DEED_STEMS and _base(opening) not in TELLING:
        return False
    if named and _base(named[0]) in TELLING and not _also(named):
        return True
    if opening and _base(opening) in TELLING and not _also(said.casefold().split()):
        return True
    thing = _THING.match(said)
    return thing is not None and not _a_deed(thing["head"])


def _a_deed(word: str) -> bool:
    """Say whether a word is a deed, as a verb or as a noun: `cancel`, `cancellation`."""
    if _base(word) in _DEED_STEMS:
        return True
    return _DONE.search(word) is not None and any(
        word.casefold().startswith(one[:-1] if len(one) > 5 else one) for one in _DEED_STEMS if len(one) > 3
    )


def _also(named: list[str]) -> bool:
    """Say whether a name that opens with telling does something as well: `get_or_create_user`, `check_out_book`."""
    joined = any(word in ("or", "and", "then") for word in named)
    return (joined and any(_base(one) in _DEED_STEMS for one in named[1:])) or (
        len(named) > 1 and named[1] in ("in", "out", "off", "rid")
    )


def _base(word: str) -> str:
    found = stem(word.casefold())
    return found if found in _DEED_STEMS or not word.endswith("es") else stem(word[:-2])
