"""Three recipes over the shared bases that a model of 20 000 numbers learns in seconds: the colour of a thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from questline.training.driver import Finished, Options, train
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures, Job, Recipe, unheard
from questline.training.tuning.chat import Message
from questline.training.tuning.preference import PreferencePair, PreferenceRecipe, Preferences, PreferenceSettings
from questline.training.tuning.reinforced import Earned, ReinforcedRecipe, ReinforcedSettings, Rollout
from questline.training.tuning.supervised import Lessons, SupervisedRecipe, SupervisedSettings
from questline.training.tuning.tuned import Lesson

COLOURS: Final = {"apple": "red", "leaf": "green", "sky": "blue", "coal": "black"}
TINY: Final[dict[str, Any]] = {"width": 32, "layers": 1, "heads": 2, "device": "cpu"}
THINGS: Final = [thing for thing in COLOURS for _ in range(4)]


def chat(thing: str, place: int) -> tuple[Message, ...]:
    return ({"role": "user", "content": f"{thing} {place}"},)


LESSONS: Final = [Lesson(chat(thing, place), COLOURS[thing]) for place, thing in enumerate(THINGS)]


@dataclass(frozen=True, kw_only=True)
class Teaches(SupervisedSettings):
    table: ClassVar[str] = "toy-sft"


@dataclass(frozen=True, kw_only=True)
class Prefers(PreferenceSettings):
    table: ClassVar[str] = "toy-dpo"


@dataclass(frozen=True, kw_only=True)
class Reinforces(ReinforcedSettings):
    table: ClassVar[str] = "toy-grpo"


def card(megabytes: float) -> Card:
    data = (own_file(Path("own")),)
    return Card(title="Toy", about="Of colours.", data=data, limits="All.", figures={"megabytes": megabytes})


def right(recipe: Any) -> float:
    """Return how many of the colours the model says."""
    told = recipe.written([each.messages for each in LESSONS[::4]], most=6)
    recipe.samples.add(recipe.step, [{"held_out": text, "end": "\u2028"} for text in told])
    return sum(text == each.answer for text, each in zip(told, LESSONS[::4], strict=True)) / len(told)


class Taught(SupervisedRecipe[Teaches]):
    chosen_by = "held-out log likelihood"
    answers: Sequence[str] = ()
    """In place of the right ones."""

    def lessons(self) -> Lessons:
        made = LESSONS
        if self.answers:
            made = [Lesson(each.messages, answer) for each, answer in zip(made, self.answers, strict=True)]
        return Lessons(train=made, held=made, counts={"things": len(made)})

    def measured(self) -> Figures:
        return {"right": right(self)}

    def card(self, megabytes: float) -> Card:
        return card(megabytes)


class Preferring(PreferenceRecipe[Prefers]):
    chosen_by = "held-out margin"

    def preferences(self) -> Preferences:
        # Its opposite too is a pair that weighs nothing, so that weights are seen to count.
        pairs = [PreferencePair(messages=each.messages, chosen="red", rejected="green") for each in LESSONS]
        none = [PreferencePair(messages=each.messages, chosen="green", rejected="red", weight=0.0) for each in LESSONS]
        return Preferences(train=[*pairs, *none], held=pairs[::4], counts={"things": len(pairs)})

    def measured(self) -> Figures:
        return {"right": right(self)}

    def card(self, megabytes: float) -> Card:
        return card(megabytes)


class Reinforced(ReinforcedRecipe[Reinforces]):
    chosen_by = "held-out red"
    constant = False
    broken_at: int | None = None

    def chats(self) -> tuple[Sequence[Sequence[Message]], Mapping[str, int]]:
        return [each.messages for each in LESSONS], {"things": len(LESSONS)}

    def earned(self, rollouts: Sequence[Rollout]) -> Sequence[Earned]:
        return [self._earned(each) for each in rollouts]

    def _earned(self, rollout: Rollout) -> Earned:
        red, formed = float("red" in rollout.text), rollout.text in COLOURS.values()
        total = 0.5 if self.constant else red + 0.1 * formed
        if self.step == self.broken_at:
            total = float("nan")
        return Earned(total=total, parts={"red": red, "form": 0.1 * formed}, formed=formed)

    def measured(self) -> Figures:
        told = self.written([each.messages for each in LESSONS], most=6, temperature=1.0)
        return {"held-out red": sum("red" in each for each in told) / len(told)}

    def card(self, megabytes: float) -> Card:
        return card(megabytes)


def teaching(kind: type[Taught] = Taught, **more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {"steps": 5, "batch": 8, "rate": 1e-2, "warming": 2, "vocabulary": 300, "context": 32}
    settings = Teaches(**{**TINY, **own, **more})
    return lambda job: kind(job, settings)


def preferring(model: Path, kind: type[Preferring] = Preferring, **more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {"model": str(model), "steps": 5, "batch": 8, "rate": 3e-3}
    settings = Prefers(**{**TINY, **own, **more})
    return lambda job: kind(job, settings)


def reinforcing(model: Path, kind: type[Reinforced] = Reinforced, **more: Any) -> Callable[[Job], Recipe]:
    own: dict[str, Any] = {"model": str(model), "steps": 5, "questions": 4, "answers": 4, "rate": 3e-3, "tokens": 6}
    settings = Reinforces(**{**TINY, **own, **more})
    return lambda job: kind(job, settings)


def drive(
    build: Callable[[Job], Recipe],
    out: Path,
    *,
    resume: bool = False,
    hears: Any = unheard,
    every: int = 3,
    data: Path | None = None,
) -> Finished:
    options = Options(seed=3, threads=1, checkpoint_every=2 if every == 3 else every, evaluate_every=every)
    job = Job(data=data or out, out=out, cache=out / "cache", seed=3, threads=1, hears=hears)
    return train("toy", build, job, options, settings={"seed": 3}, command="agents train toy", resume=resume)
