"""From what words do to SQL: conditions, operations, and what is refused whatever the network says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from questline.tools.tables import Tables
from questline.tools.tables.linker.built import Built, Unbuilt, build
from questline.tools.tables.linker.features import hear, see
from questline.tools.tables.linker.guards import unheld
from questline.tools.tables.linker.linking import may_be_read
from questline.tools.tables.linker.moments import condition, told
from questline.tools.tables.linker.sight import View
from questline.tools.tables.linker.spans import Span

Makes = Callable[[str, str], Built]


def spans_of(question: str, marks: str, view: View) -> list[Span]:
    """Return spans of ``words=role:column`` marks, parted by bars."""
    names = [each.field.name for each in view.columns]
    words = [word.text for word in hear(question).words]
    found: list[Span] = []
    for mark in marks.split("|"):
        said, _, role = mark.partition("=")
        role, _, column = role.partition(":")
        first = words.index(said.split()[0])
        found.append(
            Span(
                role=role,
                column=names.index(column) if column else -1,
                first=first,
                last=first + len(said.split()) - 1,
            )
        )
    return found


@pytest.fixture
def makes(view: View) -> Makes:
    return lambda question, marks: build(see(hear(question), view), spans_of(question, marks, view))


@pytest.mark.parametrize(
    ("question", "marks", "rows"),
    [
        ("how heavy is the beagle", "how heavy=answer:weight_kg|beagle=value:breed", ((11.4, "Bella"),)),
        (
            "which is the cheapest heated one",
            "cheapest=min:price_night|heated=value:heated|one=row",
            (("Misty", 9, True),),
        ),
        ("how many dogs have we got", "how many=count|dogs=value:species", ((2,),)),
        ("average price of the unheated", "average=avg:price_night|unheated=lacks:heated", ((12.5,),)),
        ("who owns bunnies", "who owns=answer:owner|bunnies=value:species", (("Anna Holm",),)),
        ("pets not a dog", "pets=answer:pet|not=not|dog=value:species", (("Misty",), ("Otto",))),
        (
            "pets over 10 kilos",
            "pets=answer:pet|over=more:weight_kg|10=value:weight_kg",
            (("Bella", 11.4), ("Bruno", 30.0)),
        ),
        (
            "which pets have a jab in may",
            "pets=answer:pet|may=value:next_jab",
            (("Bella", "2027-05-03"), ("Misty", "2027-05-20")),
        ),
        (
            "pets arriving from 14:00",
            "pets=answer:pet|from=from:arrives|14:00=value:arrives",
            (("Bruno", "14:00:00"), ("Otto", "16:45:00")),
        ),
        (
            "which pet is heavier than Bella",
            "pet=answer:pet|heavier=more:weight_kg|bella=value:pet",
            (("Bruno", 30.0),),
        ),
        ("which is dearer Bella or Otto", "dearer=max:price_night|bella=value:pet|otto=value:pet", (("Bella", 14.5),)),
    ],
)
def test_spans_make_sql(kennels: Tables, makes: Makes, question: str, marks: str, rows: tuple[object, ...]) -> None:
    assert kennels.query(makes(question, marks).sql).rows == rows


@pytest.mark.parametrize(
    ("question", "marks"),
    [
        ("phone number of Bella", "phone number=absent|bella=value:pet"),
        ("how heavy is he", "how heavy=answer:weight_kg"),
        ("sum and average price", "sum=sum:price_night|average=avg:price_night"),
        ("total of the breeds", "total=sum:breed"),
        ("how heavy is the dragon", "how heavy=answer:weight_kg|dragon=value:species"),
        ("cheapest for a dog", "cheapest=max:price_night|dog=value:species"),
        ("not the weight", "not=not|weight=answer:weight_kg"),
        ("dog or heated", "dog=value:species|heated=value:heated"),
    ],
)
def test_spans_that_make_no_question_are_refused(makes: Makes, question: str, marks: str) -> None:
    with pytest.raises(Unbuilt):
        makes(question, marks)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("price of Bella for 3 nights", "3"),
        ("price of Bella for three nights", "three"),
        ("price of Bella next week", "next"),
        ("price of Bella last time", "last"),
        ("price of Bella in 2028", "2028"),
        ("price but not breed of Bella", "not"),
        ("price and colour of Bella", "colour"),
    ],
)
def test_numbers_days_and_denials_have_to_have_a_place(view: View, question: str, word: str) -> None:
    seen = see(hear(question), view)
    found = spans_of(question, "price=answer:price_night|bella=value:pet", view)
    assert unheld(seen, found, build(seen, found)) == word


@pytest.mark.parametrize(
    ("text", "name", "sign", "including", "sql"),
    [
        ("10", "weight_kg", "more", False, '"weight_kg" > 10'),
        ("two pounds", "weight_kg", "=", False, None),
        ("none", "weight_kg", "=", False, '"weight_kg" = 0'),
        ("3 may 2027", "next_jab", "until", True, "try_cast(\"next_jab\" AS DATE) < DATE '2027-05-04'"),
        ("may", "next_jab", "from", True, 'month(try_cast("next_jab" AS DATE)) >= 5'),
        ("half past nine", "next_jab", "=", False, None),
        ("2pm", "arrives", "less", False, "try_cast(\"arrives\" AS TIME) < TIME '14:00'"),
    ],
)
def test_numbers_days_and_times(view: View, text: str, name: str, sign: str, including: bool, sql: str | None) -> None:
    field = next(each.field for each in view.columns if each.field.name == name)
    one = told(text, field)
    assert (condition(one, sign, including=including)[0] if one else None) == sql


@pytest.mark.parametrize(
    "question",
    ["Is Bella heated?", "does Otto bite", "价格是多少？贝拉", "How heavy is Bella? And Otto?", "why " * 200],
)
def test_questions_of_other_kinds_are_not_read(question: str) -> None:
    assert not may_be_read(question)


def test_a_polite_question_is_read() -> None:
    assert may_be_read("could you tell me what Bella weighs")
