"""Let a language model teach items side by side: answers are kept as they come, what is done is written at last."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Final, Generic, TypeVar

from questline import event_loop
from questline.budget import Budget
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import LLM, Role
from questline.tools.retrieval.manifest import write_atomically
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears
from questline.training.writer.calls import AgentCost, CallStore, Ended
from questline.training.writer.parallel import side_by_side

__all__ = ["REPORT", "Class", "Taught", "TeachingOrder", "reported", "taught"]

REPORT: Final = "report.json"

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
Class = Callable[[LLM, CallStore, Callable[[], bool]], Callable[[A], Awaitable[B]]]
"""Given the model, where answers are kept, and whether somebody wants the end: what teaches one item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingOrder:
    """How to let a teacher teach, whatever that is."""

    positive: ClassVar[tuple[str, ...]] = ("passage_tokens", "at_once")
    out: Path
    """Folder of the calls and of what comes of them."""
    settings: Settings = field(default_factory=Settings)
    """Name the model."""
    budget: Budget = field(default_factory=Budget)
    """For all runs in the folder together."""
    least: float
    """How well what is taught agrees with what is known of it, in [0, 1]; what agrees less is filtered out."""
    passage_tokens: int = 300
    """About how much of each passage is shown."""
    at_once: int = 4
    """Items side by side."""
    resume: bool = False
    """Go on with the calls that are there."""

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 1:
            raise UsageError(f"least={self.least!r} must be in [0, 1]", code="bad_param", argument="least")
        for name in self.positive:
            if getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)!r} must be at least 1", code="bad_param", argument=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught(Generic[A]):
    """What came of it: rows that are kept, and how many items ended how."""

    kept: Sequence[A]
    counts: Mapping[str, int]
    costs: Sequence[AgentCost]


def reported(
    order: TeachingOrder,
    of: Mapping[str, int],
    kept: Sequence[A],
    ended: Iterable[str],
    endings: Sequence[str],
    costs: Sequence[AgentCost],
) -> Taught[A]:
    """Write the report, and return what it says: what was to be taught, how each item ended of all the endings."""
    found = Counter(ended)
    counts = {ending: found[ending] for ending in endings}
    report = {**of, **counts, "least": order.least, "costs": [asdict(each) for each in costs]}
    write_atomically(order.out / REPORT, [(json.dumps(report, indent=1) + "\n").encode()])
    return Taught(kept=kept, counts=counts, costs=costs)


def taught(
    order: TeachingOrder,
    items: Sequence[A],
    begin: Class[A, B],
    *,
    role: Role,
    hears: Hears,
    finish: Callable[[Sequence[B], Sequence[AgentCost]], C],
) -> C:
    """Teach items, and return what `finish` makes of those that are done, in their order, also when the run broke off.

    Args:
        order: How.
        items: To teach.
        begin: Makes what teaches one.
        role: Whose model teaches.
        hears: Progress.
        finish: Writes what is done, given what the calls cost.

    Raises:
        UsageError: ``unknown_model`` without a language model; ``already_there`` without `resume`.
        RunError: ``backend_unavailable`` or ``budget_exceeded``: what was answered is kept.
        KeyboardInterrupt: Somebody asked for the end; what was answered is kept.
    """
    gateway = Gateway.of(order.settings)
    if not gateway.serves(role):
        raise UsageError(
            f"no language model is configured for the role {role!r}, which teaches: give --model, and --base-url for a "
            "server of your own",
            code="unknown_model",
            role=role,
        )
    done: dict[int, B] = {}
    with CallStore.begin(order.out, resume=order.resume) as store, interrupts() as wanted:
        teach = begin(gateway, store, lambda: wanted.to_end)

        async def one(place: int) -> None:
            done[place] = await teach(items[place])
            hears("asking", len(done), len(items))

        async def run() -> None:
            async with gateway.session():
                await side_by_side(range(len(items)), one, at_once=order.at_once)

        try:
            event_loop.run(run())
        except Ended:
            raise KeyboardInterrupt from None
        finally:
            finished = finish([done[place] for place in sorted(done)], store.ledger())
    return finished
