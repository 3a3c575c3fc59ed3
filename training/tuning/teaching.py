"""Let a language model teach items side by side: answers are kept as they come, what is done is written at last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import LLM, Role
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears
from questline.training.writer.calls import AgentCost, CallStore, Ended
from questline.training.writer.parallel import side_by_side

__all__ = ["Class", "taught"]

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
Class = Callable[[LLM, CallStore, Callable[[], bool]], Callable[[A], Awaitable[B]]]
"""Given the model, where answers are kept, and whether somebody wants the end: what teaches one item."""


def taught(
    items: Sequence[A],
    begin: Class[A, B],
    *,
    role: Role,
    settings: Settings,
    out: Path,
    resume: bool,
    at_once: int,
    hears: Hears,
    finish: Callable[[Sequence[B], Sequence[AgentCost]], C],
) -> C:
    """Teach items, and return what `finish` makes of those that are done, in their order, also when the run broke off.

    Args:
        items: To teach.
        begin: Makes what teaches one.
        role: Whose model teaches.
        settings: Name the model.
        out: Folder of the calls.
        resume: Go on with the calls that are there.
        at_once: Items side by side.
        hears: Progress.
        finish: Writes what is done, given what the calls cost.

    Raises:
        UsageError: ``unknown_model`` without a language model; ``already_there`` without `resume`.
        RunError: ``backend_unavailable`` or ``budget_exceeded``: what was answered is kept.
        KeyboardInterrupt: Somebody asked for the end; what was answered is kept.
    """
    gateway = Gateway.of(settings)
    if not gateway.serves(role):
        raise UsageError(
            f"no language model is configured for the role {role!r}, which teaches: give --model, and --base-url for a "
            "server of your own",
            code="unknown_model",
            role=role,
        )
    done: dict[int, B] = {}
    with CallStore.begin(out, resume=resume) as store, interrupts() as wanted:
        teach = begin(gateway, store, lambda: wanted.to_end)

        async def one(place: int) -> None:
            done[place] = await teach(items[place])
            hears("asking", len(done), len(items))

        async def run() -> None:
            async with gateway.session():
                await side_by_side(range(len(items)), one, at_once=at_once)

        try:
            asyncio.run(run())
        except Ended:
            raise KeyboardInterrupt from None
        finally:
            finished = finish([done[place] for place in sorted(done)], store.ledger())
    return finished
