"""One run of the loop over rules in a folder: calls kept, resumed, ended on request, with a report and a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

from questline import event_loop
from questline.agents.writing.asking import Asking
from questline.agents.writing.game import Players
from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import LLM, Role
from questline.tools.retrieval.manifest import write_atomically
from questline.tools.writing.judge import check_rules, read_rules, seed_rules
from questline.tools.writing.types import RuleSet
from questline.training.curves import drawn
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears

from .calls import AgentCost, CallStore, Ended, RecordedLLM
from .labelled_sets import read_sets
from .principles_history import History
from .principles_loop import Evolution, Game, evolve

__all__ = [
    "JUDGE",
    "PICTURE",
    "REPORT",
    "Order",
    "Outcome",
    "asking_of",
    "evolve_principles",
    "generator_rules",
    "served",
    "start_rules",
]

JUDGE: Final = "judge.json"
"""The last rules of the judge, for `--rules` of a judge."""
REPORT: Final = "report.json"
PICTURE: Final = "agreement.svg"
_STARTS: Final = 6
"""Seed rules of the judge (arXiv:2508.21476, released code)."""
_PANEL: Final = "balanced accuracy on the gate set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to evolve, and how."""

    labelled: Path
    out: Path
    gate: Path | None = None
    test: Path | None = None
    rules: Path | None = None
    """Of the judge, to start from; the shipped ones without."""
    game: Game = field(default_factory=Game)
    settings: Settings = field(default_factory=Settings)
    budget: Budget = field(default_factory=Budget)
    """For all runs in the folder together."""
    resume: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it, and what it cost."""

    evolution: Evolution
    costs: list[AgentCost]


def evolve_principles(order: Order, hears: Hears) -> Outcome:
    """Run the loop in a folder, or go on with it.

    Raises:
        UsageError: ``unknown_model`` without a language model; ``already_there``; ``bad_rules``; those of `read_sets`.
        RunError: ``undiscerning_judge``; ``backend_unavailable`` or ``budget_exceeded``: what was answered is kept.
        KeyboardInterrupt: Somebody asked for the end; what was answered is kept.
    """
    sets = read_sets(order.labelled, order.gate, order.test)
    judge = start_rules() if order.rules is None else read_rules(order.rules)
    llm = served(order.settings)
    with CallStore.begin(order.out, resume=order.resume) as store, interrupts() as wanted:
        asking = asking_of(llm, store, order.budget, lambda: wanted.to_end)
        history = History(order.out)
        try:

            async def play() -> Evolution:
                players = Players(asking=asking)
                async with llm.session():
                    return await evolve(players, judge, generator_rules(), sets, order.game, history, hears)

            found = event_loop.run(play())
        except Ended:
            raise KeyboardInterrupt from None
        finally:
            costs = store.ledger()
            _write(order.out / "costs.json", [asdict(each) for each in costs])
    _write_all(order.out, found, costs, gate=order.game.gate)
    return Outcome(evolution=found, costs=costs)


def served(settings: Settings) -> Gateway:
    """Return the models of the settings; `UsageError` ``unknown_model`` where an agent of the loops has none."""
    llm = Gateway.of(settings)
    roles: tuple[Role, ...] = ("writer", "judge")
    if lacking := [role for role in roles if not llm.serves(role)]:
        raise UsageError(
            f"no language model serves the role {lacking[0]!r}: give --model NAME, and --base-url URL for a server of "
            "your own",
            code="unknown_model",
            role=lacking[0],
        )
    return llm


def asking_of(llm: LLM, store: CallStore, budget: Budget, ends: Callable[[], bool]) -> Asking:
    """Return what asks a model through the kept calls, under a budget that counts earlier runs too."""
    meter = Meter(budget=budget, spent=store.spent())

    def source(agent: str, word: str) -> LLM:
        return RecordedLLM(llm, store, agent=agent, word=word, ends=ends)

    return Asking(source=source, meter=meter)


def start_rules() -> RuleSet:
    """Return the judge's rules that a loop starts from: six of the shipped ones, so that there is room for others."""
    shipped = seed_rules()
    return RuleSet(name=shipped.name, version=1, principles=tuple(shipped.principles)[:_STARTS])


def generator_rules() -> RuleSet:
    """Return the rules that the generator of bad texts starts from."""
    file = files("questline.training.writer") / "generator_rules.json"
    return check_rules(RuleSet.from_json(file.read_text(encoding="utf-8")))


def _write_all(out: Path, found: Evolution, costs: list[AgentCost], *, gate: bool) -> None:
    write_atomically(out / JUDGE, [found.judge.to_json().encode()])
    write_atomically(out / "generator.json", [found.generator.to_json().encode()])
    report: Mapping[str, object] = {
        "gate": gate,
        "gate_agreement": list(found.gate_by_iteration),
        "test_before": asdict(found.before),
        "test_after": asdict(found.after),
        "proposals": found.proposals,
        "accepted": found.accepted,
        "rules": len(found.judge.principles),
        "version": found.judge.version,
        "costs": [asdict(each) for each in costs],
    }
    _write(out / REPORT, report)
    curve = [(step, _PANEL, value) for step, value in enumerate(found.gate_by_iteration)]
    write_atomically(out / PICTURE, [drawn(curve, title=f"gate {'on' if gate else 'off'}").encode()])


def _write(path: Path, told: object) -> None:
    write_atomically(path, [(json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()])
