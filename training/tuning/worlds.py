"""Small made-up worlds to tune and test on: things with properties, owners, and passages that say so.

A question asks for one property of one thing, mostly with another word than the passages have for it. Among its
passages are what answers it and what looks like it: the same thing with another property, what was true before, another
thing with the same property. All of it is drawn from a seed, no file is needed, and item `i` is the same whatever else
is drawn.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from questline.errors import UsageError

from .world_words import ATTRIBUTES, FILLERS, NOUNS, OWNS, PEOPLE, QUESTIONS_OF_TWO, TOWNS, Attribute

__all__ = ["GRADES", "KINDS", "ROLES", "Kind", "Role", "Shape", "World", "WorldItem", "WorldPassage", "main"]

Role: TypeAlias = Literal["support", "outdated", "same_topic", "other"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""What a passage is to its question, the most useful first."""
GRADES: Final[Mapping[Role, int]] = {"support": 1, "outdated": 0, "same_topic": 0, "other": 0}
"""Only what is needed for the answer is relevant."""
Kind: TypeAlias = Literal["fact", "two", "none"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""One passage answers; two are needed; none helps."""
Shape: TypeAlias = Literal["tiny", "wide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPassage:
    """A passage of an item."""

    id: str
    text: str
    role: Role
    about: str
    """Which thing, and which property or owner: what a careful reader would note down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A passage before it has a place."""

    role: Role
    text: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldItem:
    """A question with its passages, in an order that says nothing."""

    id: str
    kind: Kind
    question: str
    passages: tuple[WorldPassage, ...]
    answer: str
    """Empty where nothing helps."""
    support: tuple[str, ...]
    """Ids of the passages that are needed, in the order in which they are needed."""

    @property
    def grades(self) -> dict[str, int]:
        """Relevance by passage."""
        return {each.id: GRADES[each.role] for each in self.passages}

    @property
    def best(self) -> tuple[str, ...]:
        """Ids of all passages, the most useful first: by role, then as they stand."""
        rest = [each for each in self.passages if each.id not in self.support]
        return (*self.support, *(each.id for each in sorted(rest, key=lambda each: ROLES.index(each.role))))


@dataclass(frozen=True, kw_only=True)
class World:
    """Says what is drawn; `item` draws it."""

    seed: int = 0
    shape: Shape = "tiny"
    """tiny: passages of 2 to 4 words; wide: sentences."""
    passages: int = 5
    """Of a question."""
    nouns: int = 12
    """Things that there are, at most 48."""
    attributes: int = 4
    """Properties of a thing, at most 6."""
    asked: int = 6
    """Properties that are asked for, the first so many: with 1, questions are all alike but for thing and town."""
    values: int = 8
    """Of a property, at most 8."""
    sentences: int = 1
    """Of a wide passage; those after the first say nothing that is asked."""
    kinds: Mapping[Kind, float] = field(default_factory=lambda: {"fact": 1.0})
    """How often each is drawn, as weights."""
    towns: int = 0
    """Where those come from who ask, at most 24; the name stands before the question and means nothing. So there are
    that many times as many questions, and what is held out by its question is no unseen thing or property."""
    one_thing: bool = False
    """Every passage is on the thing that is asked for, so that only the property tells them apart."""
    outdated: float = 0.5
    """Share of questions of which a passage says what was true before."""

    def __post_init__(self) -> None:
        bounds = {
            "passages": (3, 40),
            "nouns": (4, len(NOUNS)),
            "attributes": (2, len(ATTRIBUTES)),
            "asked": (1, len(ATTRIBUTES)),
            "values": (2, 8),
            "sentences": (1, 9),
            "towns": (0, len(TOWNS)),
            "outdated": (0, 1),
        }
        for name, (low, high) in bounds.items():
            if not low <= getattr(self, name) <= high:
                raise _unfit(name, getattr(self, name), f"in [{low}, {high}]")
        asked_alone = "none" in self.kinds  # of that property no passage may be
        room = self.attributes - asked_alone if self.one_thing else self.nouns * self.attributes // 2
        if self.passages > room:
            raise _unfit("passages", self.passages, f"at most {room} with so few nouns and attributes")
        if self.shape not in get_args(Shape):
            raise _unfit("shape", self.shape, f"one of {', '.join(get_args(Shape))}")
        if self.one_thing and (self.outdated or "two" in self.kinds):
            raise _unfit("one_thing", self.one_thing, "False, or outdated=0 and kinds without two")
        if not self.kinds or not set(self.kinds) <= set(KINDS) or min(self.kinds.values()) < 0:
            raise _unfit("kinds", dict(self.kinds), f"weights of {', '.join(KINDS)}")

    def items(self, count: int, *, first: int = 0) -> list[WorldItem]:
        """Return `count` items from number `first` on."""
        return [self.item(number) for number in range(first, first + count)]

    def item(self, number: int) -> WorldItem:
        """Return item `number`."""
        chance = random.Random(f"world {self.seed} {number}")  # noqa: S311 because worlds are no secret
        [kind] = chance.choices(list(self.kinds), weights=list(self.kinds.values()))
        return _Draw(self, chance).item(f"w{self.seed}-{number}", kind)

    def texts(self, items: Sequence[WorldItem]) -> list[str]:
        """Return all texts of items, for a tokenizer."""
        return [text for each in items for text in (each.question, each.answer, *(one.text for one in each.passages))]


def _unfit(name: str, value: object, wanted: str) -> UsageError:
    return UsageError(f"a world's {name}={value!r} must be {wanted}", code="bad_settings", argument=name)


class _Draw:
    """One item in the making."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world, self._chance = world, chance
        self._nouns = NOUNS[: world.nouns]
        self._attributes = ATTRIBUTES[: world.attributes]
        self._wide = world.shape == "wide"

    def item(self, name: str, kind: Kind) -> WorldItem:
        world, chance = self._world, self._chance
        noun, attribute = chance.choice(self._nouns), chance.choice(self._attributes[: world.asked])
        value = self._value(attribute)
        person = chance.choice(PEOPLE[: world.nouns])
        told: list[_Told] = []
        town = chance.choice(TOWNS[: world.towns]) if world.towns else ""
        asked = self._question_of_two(person, attribute) if kind == "two" else self._question(noun, attribute)
        if kind == "two":
            told.append(self._owns("support", person, noun))
        if kind != "none":
            told.append(self._now("support", noun, attribute, value))
        self._asked, self._used = noun, {(noun, attribute.name)}
        fillers = [
            lambda: self._another("same_topic", [noun], self._attributes),
            lambda: self._another("other", self._nouns, [attribute]),
        ]
        if kind == "two":  # another owner, of another thing
            fillers.append(lambda: self._owns("other", self._unlike(PEOPLE, person), self._unlike(NOUNS, noun)))
        if chance.random() < world.outdated:
            fillers.insert(0, lambda: self._past(noun, attribute, self._value(attribute, unlike=value)))
        if world.one_thing:
            fillers = [lambda: self._another("same_topic", [noun], self._attributes)] * world.passages
        while len(told) < world.passages:
            told.append(fillers.pop(0)() if fillers else self._another("other", self._nouns, self._attributes))
        order = chance.sample(range(len(told)), len(told))
        passages = tuple(
            WorldPassage(id=f"{name}-{place}", text=self._long(each.text), role=each.role, about=each.about)
            for place, each in enumerate(told[at] for at in order)
        )
        return WorldItem(
            id=name,
            kind=kind,
            question=self._from(town, asked),
            passages=passages,
            answer="" if kind == "none" else value,
            support=tuple(f"{name}-{order.index(at)}" for at, each in enumerate(told) if each.role == "support"),
        )

    def _from(self, town: str, asked: str) -> str:
        if not town:
            return asked
        return f"Somebody from {town.title()} asks: {asked}" if self._wide else f"{town} {asked}"

    def _value(self, attribute: Attribute, unlike: str = "") -> str:
        return self._chance.choice([each for each in attribute.values[: self._world.values] if each != unlike])

    def _unlike(self, words: Sequence[str], word: str) -> str:
        return self._chance.choice([each for each in words[: self._world.nouns] if each != word])

    def _another(self, role: Role, nouns: Sequence[str], attributes: Sequence[Attribute]) -> _Told:
        """Return a passage on a thing and property that no other passage is on; the thing asked for only if named."""
        open_ = [
            (one, each)
            for one in nouns
            for each in attributes
            if (one, each.name) not in self._used and (one != self._asked or len(nouns) == 1)
        ]
        one, each = self._chance.choice(open_)
        self._used.add((one, each.name))
        return self._now(role, one, each, self._value(each))

    def _question(self, noun: str, attribute: Attribute) -> str:
        if not self._wide:
            return f"{noun} {attribute.asked}"
        return self._chance.choice(attribute.questions).format(noun=f"the {noun}")

    def _question_of_two(self, person: str, attribute: Attribute) -> str:
        if not self._wide:
            return f"{person} {attribute.asked}"
        asked = self._chance.choice(QUESTIONS_OF_TWO).format(person=person)
        return self._chance.choice(attribute.questions).format(noun=asked)

    def _now(self, role: Role, noun: str, attribute: Attribute, value: str) -> _Told:
        text = f"{noun} {attribute.name} {value}"
        if self._wide:
            text = self._chance.choice(attribute.now).format(noun=f"The {noun}", value=value)
        return _Told(role=role, text=text, about=f"{noun} {attribute.name}")

    def _past(self, noun: str, attribute: Attribute, value: str) -> _Told:
        text = f"{noun} {attribute.name} once {value}"
        if self._wide:
            text = self._chance.choice(attribute.past).format(noun=f"the {noun}", value=value)
        return _Told(role="outdated", text=text, about=f"{noun} {attribute.name} once")

    def _owns(self, role: Role, person: str, noun: str) -> _Told:
        text = self._chance.choice(OWNS).format(person=person, noun=noun) if self._wide else f"{person} owns {noun}"
        return _Told(role=role, text=text, about=f"{person} owns {noun}")

    def _long(self, text: str) -> str:
        more = self._world.sentences - 1 if self._wide else 0
        return " ".join([text, *self._chance.sample(FILLERS, more)])


def main(arguments: list[str] | None = None) -> int:
    """Write items as JSON lines, and return the exit code.

    python -P -m questline.training.tuning.worlds --count 200 --shape wide --out worlds.jsonl
    """
    asked = argparse.ArgumentParser(description="Write questions on made-up worlds as JSON lines.", allow_abbrev=False)
    asked.add_argument("--out", type=Path, required=True, metavar="FILE")
    asked.add_argument("--count", type=int, default=200)
    asked.add_argument("--shape", choices=get_args(Shape), default="tiny")
    for name in ("seed", "passages", "nouns", "attributes", "towns", "sentences"):
        asked.add_argument(f"--{name}", type=int, default=getattr(World(), name))
    asked.add_argument("--one-thing", action="store_true")
    asked.add_argument("--kinds", nargs="+", choices=KINDS, default=["fact"])
    given: dict[str, Any] = vars(asked.parse_args(arguments))
    out, count = given.pop("out"), given.pop("count")
    given["kinds"] = dict.fromkeys(given["kinds"], 1.0)
    try:
        world = World(**given)
    except UsageError as error:
        sys.stderr.write(f"error[{error.code}]: {error.message}\n")
        return error.exit_code
    lines = (json.dumps(asdict(item), ensure_ascii=False) for item in world.items(count))
    out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
