"""Questions on the made-up world with an expert's traces: one to four calls, references between them, one or two needs.

    python -P -m questline.training.tool_planner.made --out world --questions 900

Thoughts are short and say, step by step, what is looked for and from what; so a tiny model can learn from them.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Final

from questline.agents.tool_planner.references import resolve
from questline.errors import QuestlineError, UsageError

from .recorded import Recorded
from .traces import Step, Trace, name_of, results_of, write_traces
from .world import CURRENCIES, World

__all__ = ["RECORDING", "TRACES", "made_traces", "main", "wasteful", "write_world"]

RECORDING: Final = "recording.jsonl"
TRACES: Final = "traces.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """A call: ``{0}`` in an argument or a thought is the first town of a question, ``$1.square`` a result."""

    tool: str
    arguments: Mapping[str, str]
    thought: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Of one question."""

    asks: str
    acts: tuple[_Act, ...]
    answer: str
    towns: int = 1
    money: bool = False
    """It names a currency, which is ``{2}``."""


def _act(tool: str, thought: str, **arguments: str) -> _Act:
    return _Act(tool=tool, arguments=arguments, thought=thought)


_LOCATE: Final = _act("places/locate", "square of {0}", town="{0}")
_KINDS: Final = (
    _Kind(
        asks="how many people live in {0}",
        acts=(_act("places/population", "people of {0}", town="{0}"),),
        answer="{people} people live in {0}.",
    ),
    _Kind(
        asks="who is mayor of {0}",
        acts=(_act("places/mayor", "mayor of {0}", town="{0}"),),
        answer="It is {person}.",
    ),
    _Kind(
        asks="what is the weather in {0}",
        acts=(_LOCATE, _act("weather/forecast", "weather of the square", square="$1.square")),
        answer="It will be {sky}.",
    ),
    _Kind(
        asks="when is high tide in {0}",
        acts=(_LOCATE, _act("weather/tide", "tide of the square", square="$1.square")),
        answer="High tide is at {time}.",
    ),
    _Kind(
        asks="what is the phone of the mayor of {0}",
        acts=(
            _act("places/mayor", "mayor of {0}", town="{0}"),
            _act("people/phone", "phone of the mayor", person="$1.person"),
        ),
        answer="It is {phone}.",
    ),
    _Kind(
        asks="what is the fare from {0}",
        acts=(
            _act("ferries/ferry", "ship from {0}", town="{0}"),
            _act("ferries/fare", "fare of the ship", ship="$1.ship"),
        ),
        answer="It is {euros} euros.",
    ),
    _Kind(
        asks="what is the fare from {0} in {2}",
        acts=(
            _act("ferries/ferry", "ship from {0}", town="{0}"),
            _act("ferries/fare", "fare of the ship", ship="$1.ship"),
            _act("sums/convert", "fare in {2}", euros="$2.euros", currency="{2}"),
        ),
        answer="It is {amount} {2}.",
        money=True,
    ),
    _Kind(
        asks="what is the weather in the twin of {0}",
        acts=(
            _act("places/twin", "twin of {0}", town="{0}"),
            _act("places/locate", "square of the twin", town="$1.town"),
            _act("weather/forecast", "weather of the square", square="$2.square"),
        ),
        answer="It will be {sky}.",
    ),
    _Kind(
        asks="what is the phone of the captain from {0}",
        acts=(
            _act("ferries/ferry", "ship from {0}", town="{0}"),
            _act("ferries/captain", "captain of the ship", ship="$1.ship"),
            _act("people/phone", "phone of the captain", person="$2.person"),
        ),
        answer="It is {phone}.",
    ),
    _Kind(
        asks="how many more people live in {0} than in {1}",
        acts=(
            _act("places/population", "people of {0}", town="{0}"),
            _act("places/population", "people of {1}", town="{1}"),
            _act("sums/difference", "difference of the two", first="$1.people", second="$2.people"),
        ),
        answer="The difference is {difference}.",
        towns=2,
    ),
    _Kind(
        asks="what is the weather where the mayor of {0} works",
        acts=(
            _act("places/mayor", "mayor of {0}", town="{0}"),
            _act("people/office", "town where the mayor works", person="$1.person"),
            _act("places/locate", "square of the town", town="$2.town"),
            _act("weather/forecast", "weather of the square", square="$3.square"),
        ),
        answer="It will be {sky}.",
    ),
)


def made_traces(world: World, count: int = 0, *, seed: int = 0, most: int = 4) -> list[Trace]:
    """Return traces of different questions, each of which its own tools answer.

    Args:
        world: Whose tools are called.
        count: At most so many, a quarter of them with two needs; 0 for all that there are with one need, and twice as
            many with two.
        seed: Of which, and in which order.
        most: Calls of a question at most.
    """
    single = [trace for trace in _single(world) if len(trace.steps) <= most]
    draw = random.Random(f"made traces {world.seed} {seed}")  # noqa: S311 because they are made up
    short = [trace for trace in single if len(trace.steps) <= 2]
    double: dict[str, Trace] = {}
    wanted = count // 4 if count else 2 * len(single)
    for _ in range(20 * wanted):
        one, other = draw.sample(short, 2)
        if len(double) == wanted:
            break
        alike = {str((step.tool, step.arguments)) for step in one.steps} & {
            str((step.tool, step.arguments)) for step in other.steps if step.arguments.keys() & {"town"}
        }
        if len(one.steps) + len(other.steps) <= most and not alike:
            both = _both(one, other)
            double.setdefault(both.question, both)
    draw.shuffle(single)
    kept = single if not count else single[: max(0, count - len(double))]
    found = [*kept, *double.values()]
    draw.shuffle(found)
    return found[: count or None]


def _single(world: World) -> Iterator[Trace]:
    for kind in _KINDS:
        for towns in permutations(world.names, kind.towns):
            for money in CURRENCIES if kind.money else ("",):
                yield _trace(world.recorded, kind, [*[*towns, "", ""][:2], money])


def _trace(recorded: Recorded, kind: _Kind, words: Sequence[str]) -> Trace:
    steps: list[Step] = []
    trace = Trace(question=f"{kind.asks.format(*words)}?", steps=(), answer="")
    told: dict[str, object] = {}
    for act in kind.acts:
        server, tool = act.tool.split("/")
        arguments = {name: _argument(value, words) for name, value in act.arguments.items()}
        given = resolve(arguments, results_of(replace(trace, steps=tuple(steps))))
        result = recorded.call(server, tool, given)
        steps.append(
            Step(
                thought=f"I need the {act.thought.format(*words)}.",
                server=server,
                tool=tool,
                arguments=arguments,
                result=result,
            )
        )
        assert isinstance(result, dict)
        told |= result
    return replace(trace, steps=tuple(steps), answer=kind.answer.format(*words, **told))


def _argument(value: str, words: Sequence[str]) -> object:
    if value.startswith("$"):
        place, _, name = value[1:].partition(".")
        return {"$ref": f"{name_of(int(place) - 1)}.result.{name}"}
    return value.format(*words)


def _both(one: Trace, other: Trace) -> Trace:
    """Join two questions into one of two needs; the calls of the second come behind those of the first."""
    by = len(one.steps)
    moved = [
        replace(step, arguments={name: _moved(value, by) for name, value in step.arguments.items()}, needs=(1,))
        for step in other.steps
    ]
    first, second = one.question.rstrip("?"), other.question.rstrip("?")
    return Trace(
        question=f"{first} and {second}?",
        needs=(first, second),
        steps=(*one.steps, *moved),
        answer=f"{one.answer} {other.answer}",
    )


def _moved(value: object, by: int) -> object:
    if not isinstance(value, dict):
        return value
    place, _, way = str(value["$ref"]).partition(".")  # pyright: ignore[reportUnknownArgumentType]  # as this file makes it
    return {"$ref": f"{name_of(int(place[1:]) - 1 + by)}.{way}"}


def wasteful(traces: Sequence[Trace], *, seed: int = 0) -> list[Trace]:
    """Return each trace with its first call once more, at a place drawn from a seed: what J_efficient takes out."""
    draw = random.Random(f"wasteful {seed}")  # noqa: S311 because they are made up
    return [_padded(trace, draw.randrange(1, len(trace.steps) + 1)) for trace in traces]


def _padded(trace: Trace, at: int) -> Trace:
    again = replace(trace.steps[0], thought="I look once more.")
    names = {name_of(place): name_of(place + 1) for place in range(at, len(trace.steps))}

    def moved(value: object) -> object:
        if not isinstance(value, dict):
            return value
        place, _, way = str(value["$ref"]).partition(".")  # pyright: ignore[reportUnknownArgumentType]  # as above
        return {"$ref": f"{names.get(place, place)}.{way}"}

    after = [
        replace(step, arguments={name: moved(value) for name, value in step.arguments.items()})
        for step in trace.steps[at:]
    ]
    return replace(trace, steps=(*trace.steps[:at], again, *after))


def write_world(folder: Path, world: World, traces: Sequence[Trace]) -> None:
    """Write the recording and the traces, as the recipes read them."""
    folder.mkdir(parents=True, exist_ok=True)
    world.write(folder / RECORDING)
    write_traces(folder / TRACES, traces)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a made-up world and its traces into a folder, and return the exit code."""
    options = argparse.ArgumentParser(description="Make a tool world and an expert's traces.", allow_abbrev=False)
    options.add_argument("--out", type=Path, required=True, metavar="DIR")
    options.add_argument("--questions", type=int, default=0, help="at most; 0 for all")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--calls", type=int, default=4, help="of a question, at most")
    chosen = options.parse_args(arguments)
    try:
        if chosen.questions < 0 or chosen.calls < 1:
            raise UsageError("--questions is at least 0, --calls at least 1", argument="questions")
        world = World(seed=chosen.seed)
        traces = made_traces(world, chosen.questions, seed=chosen.seed, most=chosen.calls)
        write_world(chosen.out, world, traces)
    except QuestlineError as error:
        sys.stderr.write(f"error[{error.code}]: {error.message}\n")
        return error.exit_code
    sys.stdout.write(f"{len(world.tools)} tools, {len(world.recorded)} calls, {len(traces)} traces in {chosen.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
