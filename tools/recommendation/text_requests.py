"""A text such as "forget my medicine purchases" as a list of requests, which somebody confirms before anything goes.

Nothing is forgotten here. The list names categories and items among those that the user has clicked, or all of the
user's sessions. A language model reads the text where one is configured; else, and where it fails, words decide: a name
is meant when all of its words stand in the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final, cast

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.tools.arguments import fault
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM, Role
from questline.tools.models.prompts import load
from questline.tools.text import words
from questline.types import AnswerWarning, Usage

from .recommender import SessionRecommender
from .requests import ForgetRequest, name_of

__all__ = ["ROLE", "TextRequests", "requests_of_text"]

ROLE: Final[Role] = "intents"
"""The model that takes questions apart also reads these texts."""
_LONGEST: Final = 2000
_TOLD: Final = 400
"""Items whose names a model is told; the last clicked ones."""
_EVERYTHING: Final = frozenset({"everything", "all", "history", "account"})
_BUT: Final = frozenset({"except", "but", "not", "without", "keep", "only", "unless", "besides", "don"})
"""Words that turn a text round, which counting words cannot follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequests:
    """What a text asks to be forgotten, to be confirmed by whoever wrote it."""

    requests: tuple[ForgetRequest, ...]
    backend: str = "embedded"
    """``embedded`` or ``llm``."""
    degraded: bool = False
    """A language model is configured and failed; words decided."""
    warnings: tuple[AnswerWarning, ...] = ()
    usage: Usage = field(default_factory=Usage)


async def requests_of_text(
    text: str,
    user: str,
    *,
    recommender: SessionRecommender,
    llm: LLM | None = None,
    meter: Meter,
    strict: bool = False,
) -> TextRequests:
    """Read a text; nothing is forgotten.

    Args:
        text: At most 2,000 characters.
        user: Whose clicks are meant, and no others.
        recommender: Knows what the user clicked.
        llm: Used where it serves the role `ROLE`; it is told the names of what the user clicked.
        meter: What the model may spend.
        strict: A failing model raises.

    Raises:
        UsageError: ``bad_request`` for a text that is none, or that words cannot be sure of; ``unknown_request`` for a
            user without clicks, or a text that names nothing of them.
        ModelError: The model failed and `strict` is set.
        BudgetExceeded: Nothing is left for the model and `strict` is set.
    """
    if not text.strip() or len(text) > _LONGEST:
        raise fault("text", text[:40], f"a text of 1 to {_LONGEST:,} characters", code="bad_request")
    categories, items = _clicked(recommender, name_of("user", user))
    if not items:
        raise UsageError(f"{user!r} has clicked nothing that is stored", code="unknown_request", argument="user")
    made = TextRequests(requests=())
    if llm is not None and llm.serves(ROLE):
        template = load(ROLE, files("questline.tools.recommendation") / "forget_text.md")
        prompt = template.render(
            categories=_quoted(categories), items=_quoted(items[:_TOLD]), text=_escaped(" ".join(text.split()))
        )
        try:
            done = await llm.complete(
                prompt, role=ROLE, meter=meter, parse=lambda told: _parsed(told, user, categories, items)
            )
        except (ModelError, BudgetExceeded) as error:
            if strict:
                raise
            message = f"the model failed ({error.code}), and words decided: look at the list with care"
            warning = AnswerWarning(code="degraded", message=message, step="forget")
            made = TextRequests(requests=(), degraded=True, warnings=(warning,), usage=error.usage)
        else:
            made = TextRequests(requests=tuple(done.value), backend="llm", usage=done.usage)
    if made.backend == "embedded":
        found = _by_words(text, user, categories, items)
        made = TextRequests(requests=found, degraded=made.degraded, warnings=made.warnings, usage=made.usage)
    if not made.requests:
        some = ", ".join(sorted(categories)[:10]) or ", ".join(items[:10])
        raise UsageError(
            f"the text names nothing that {user!r} has clicked, such as {some}; name it as it is called there",
            code="unknown_request",
            argument="text",
        )
    return made


def _clicked(recommender: SessionRecommender, user: str) -> tuple[list[str], list[str]]:
    """Return the categories and the items that a user has clicked, the last clicked items first."""
    store = recommender.store
    mark = store.mark("user", user)
    with store.reading() as connection:
        items = connection.execute(
            "SELECT i.name FROM sessions s JOIN clicks c ON c.session = s.n JOIN items i ON i.n = c.item"
            " WHERE s.user = ? GROUP BY i.n ORDER BY max(c.session) DESC, max(c.place) DESC",
            (mark,),
        ).fetchall()
        categories = connection.execute(
            "SELECT DISTINCT g.category FROM sessions s JOIN clicks c ON c.session = s.n"
            " JOIN categories g ON g.item = c.item WHERE s.user = ? ORDER BY g.category",
            (mark,),
        ).fetchall()
    return [str(name) for (name,) in categories], [str(name) for (name,) in items]


def _by_words(text: str, user: str, categories: Sequence[str], items: Sequence[str]) -> tuple[ForgetRequest, ...]:
    said = _stems(text)
    if turned := sorted(_BUT & set(words(text))):
        raise UsageError(
            f"{turned[0]!r} turns the text round, and words alone cannot say what is meant: name what is to be "
            "forgotten, or configure a language model",
            code="bad_request",
            argument="text",
        )
    named = [ForgetRequest.category(name, whose=user) for name in categories if _named(name, said)]
    named += [ForgetRequest.everywhere(name, whose=user) for name in items if _named(name, said)]
    if not named and said & _stems(" ".join(_EVERYTHING)):
        return (ForgetRequest.user(user),)
    return tuple(named)


def _named(name: str, said: frozenset[str]) -> bool:
    own = _stems(name)
    return bool(own) and own <= said


def _stems(text: str) -> frozenset[str]:
    """Return the words of a text, plurals as singulars."""
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words(text))


def _parsed(text: str, user: str, categories: Iterable[str], items: Iterable[str]) -> list[ForgetRequest]:
    """Read a model's list strictly: every name is one of those that it was told.

    Raises:
        ValueError: With a message for the model.
    """
    known = {"category": set(categories), "item": set(items)}
    found: dict[str, ForgetRequest] = {}
    for each in json_list(text):
        row = cast("dict[str, object]", each) if isinstance(each, dict) else {}
        kind, name = row.get("kind"), row.get("name")
        if kind == "everything":
            request = ForgetRequest.user(user)
        elif isinstance(kind, str) and isinstance(name, str) and name in known.get(kind, ()):
            maker = ForgetRequest.category if kind == "category" else ForgetRequest.everywhere
            request = maker(name, whose=user)
        else:
            raise ValueError(
                f"{json.dumps(each, ensure_ascii=False)[:200]} is no request: kind is category, item or everything, "
                "and name is one of the lists, word for word"
            )
        found[request.key] = request
    return list(found.values())


def _quoted(names: Sequence[str]) -> str:
    return _escaped(json.dumps(list(names), ensure_ascii=False))


def _escaped(text: str) -> str:
    """Return a text without anything that could close the tags around it."""
    return text.replace("<", "‹")
