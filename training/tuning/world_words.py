"""The words and sentences of the made-up worlds: all our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["ATTRIBUTES", "FILLERS", "NOUNS", "OWNS", "PEOPLE", "QUESTIONS_OF_TWO", "TOWNS", "Attribute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A property of a thing, and how it is asked for and told."""

    name: str
    asked: str
    """How a tiny question names it: with another word than the passages, so that equal words are not enough."""
    values: tuple[str, ...]
    questions: tuple[str, ...]
    now: tuple[str, ...]
    past: tuple[str, ...]


_WORDS: Final = (
    "lamp chair table vase clock rug desk shelf mirror sofa stool bed kettle basket ladder drum kite boat bell candle "
    "statue globe piano violin painting carpet bench barrel wagon anchor lantern saddle teapot curtain cabinet trunk "
    "compass telescope harp loom plough scale stove tray urn wheel crown quilt"
)
NOUNS: Final = tuple(_WORDS.split())
_NAMES: Final = (
    "anna ben clara david emma felix greta hugo ida jonas karla leo mona nils olga paul rosa simon tilda ulf vera "
    "walter xenia yannik zoe arne berta carl dora emil frida georg hanna igor julia kurt lena max nora otto petra "
    "rolf sara theo uta viktor wanda axel"
)
PEOPLE: Final = tuple(_NAMES.split())

_TOWNS: Final = (
    "arlen bragg corvo dunmar elsk farrow gelt hollen ister jarrow kelm lorne mirr narvo ostel pavin quorn rilke serin "
    "tolm ulster varn welm yarrow"
)
TOWNS: Final = tuple(_TOWNS.split())

ATTRIBUTES: Final = (
    Attribute(
        name="place",
        asked="where",
        values=("hall", "attic", "kitchen", "garden", "cellar", "office", "library", "workshop"),
        questions=("Where is {noun}?", "In which room can {noun} be found?", "Where does {noun} stand now?"),
        now=("{noun} stands in the {value}.", "{noun} can be found in the {value} today.", "{noun} is in the {value}."),
        past=("Until last year {noun} stood in the {value}.", "Long ago {noun} was kept in the {value}."),
    ),
    Attribute(
        name="colour",
        asked="hue",
        values=("red", "green", "blue", "white", "black", "brown", "yellow", "grey"),
        questions=("What colour is {noun}?", "Which colour does {noun} have?", "How is {noun} painted?"),
        now=("{noun} is painted {value}.", "{noun} has a {value} surface.", "{noun} shines in {value}."),
        past=("Before it was painted again, {noun} was {value}.", "In former years {noun} was {value}."),
    ),
    Attribute(
        name="price",
        asked="cost",
        values=("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"),
        questions=("How much does {noun} cost?", "What is the price of {noun}?", "What must one pay for {noun}?"),
        now=(
            "{noun} costs {value} coins.",
            "{noun} is sold for {value} coins.",
            "{noun} has a price of {value} coins.",
        ),
        past=("Last winter {noun} cost {value} coins.", "Once {noun} was sold for {value} coins."),
    ),
    Attribute(
        name="maker",
        asked="who",
        values=("smith", "potter", "weaver", "carver", "founder", "turner", "glazier", "cooper"),
        questions=("Who made {noun}?", "Whose work is {noun}?", "Which trade does the maker of {noun} have?"),
        now=("{noun} is the work of a {value}.", "{noun} was made by a {value}.", "{noun} comes from a {value}."),
        past=("People first believed {noun} to be made by a {value}.", "An old list gave a {value} for {noun}."),
    ),
    Attribute(
        name="weight",
        asked="heavy",
        values=("one", "two", "three", "four", "five", "six", "seven", "nine"),
        questions=("How heavy is {noun}?", "What does {noun} weigh?", "How many stones does {noun} weigh?"),
        now=("{noun} weighs {value} stones.", "{noun} has a weight of {value} stones."),
        past=("Before it was mended, {noun} weighed {value} stones.", "Formerly {noun} weighed {value} stones."),
    ),
    Attribute(
        name="material",
        asked="stuff",
        values=("oak", "iron", "glass", "clay", "silver", "wool", "copper", "marble"),
        questions=("What is {noun} made of?", "Which material is {noun} made of?"),
        now=("{noun} is made of {value}.", "{noun} consists of {value}."),
        past=("An earlier guide said that {noun} was made of {value}.", "At first {noun} was made of {value}."),
    ),
)

OWNS: Final = (
    "{person} owns the {noun}.",
    "The {noun} belongs to {person}.",
    "Last spring the {noun} went to {person}.",
)
QUESTIONS_OF_TWO: Final = ("the thing that {person} owns", "what belongs to {person}", "{person}'s possession")

FILLERS: Final = (
    "Many visitors have written about it.",
    "A note about it hangs on the door.",
    "The neighbours talk about it in the evening.",
    "Nobody remembers who first wrote this down.",
    "It is cleaned every morning before sunrise.",
    "A small ribbon is tied around it.",
    "Children like to draw it.",
    "The guide mentions it on two pages.",
    "On holidays it is decorated with flowers.",
    "A photograph of it was in the newspaper.",
    "It has never been lent to anybody.",
    "Rain does it no harm.",
)
