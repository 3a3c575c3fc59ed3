"""Which planner and which composer a question gets: a language model's where one serves the role, the embedded else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from questline.agents.composer.compose import compose
from questline.agents.composer.writing import ROLE
from questline.agents.contract import Context
from questline.agents.tool_planner.contract import ToolPlanner
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.agents.tool_planner.llm import tool_planner
from questline.agents.tool_planner.probing import Asker
from questline.tools.suggestion import Suggester
from questline.types import Answer

if TYPE_CHECKING:
    from questline.tools.suggestion.ctr_features import Encoder

from .state import Compose

__all__ = ["Composers", "Planners", "composers_of", "planners_of", "suggests"]

_SUGGESTIONS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Planners:
    """Who plans."""

    best: ToolPlanner
    plain: ToolPlanner
    """The embedded one."""
    streaming: bool
    """The best one writes its plan with a language model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composers:
    """Who composes."""

    best: Compose
    plain: Compose
    """With templates."""
    asks: bool
    """The best one asks a language model."""


def planners_of(context: Context, *, last_resort: bool = False, asker: Asker | None = None) -> Planners:
    """Return the planners of a question; see `EmbeddedPlanner` for `last_resort` and `asker`."""
    plain = EmbeddedPlanner(last_resort=last_resort, asker=asker)
    best = tool_planner(context, embedded=plain)
    return Planners(best=best, plain=plain, streaming=best is not plain)


def composers_of(context: Context) -> Composers:
    """Return the composers of a question."""
    plain: Compose = partial(compose, context=replace(context, llm=None))
    if context.llm is None or not context.llm.serves(ROLE):
        return Composers(best=plain, plain=plain, asks=False)
    return Composers(best=partial(compose, context=context), plain=plain, asks=True)


async def suggests(context: Context, asked: Sequence[str], answer: Answer) -> tuple[str, ...]:
    """Return what could be asked next, without a language model: nobody asked for it, so it costs no request."""
    suggester = Suggester(
        retriever=context.retriever,
        encoder=cast("Encoder | None", context.encoder),
        filters=context.filters,
    )
    found = await suggester.suggest(asked, answer, _SUGGESTIONS, kind="followup", meter=context.meter)
    return found.texts
