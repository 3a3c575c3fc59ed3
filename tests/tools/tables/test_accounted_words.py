"""Each content word of a question has a place: periods, totals, time until today, groups, tables and names."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.tables import Column, Found, Limits, Refused, Table, Tables
from questline.tools.tables.naming import named_tables
from questline.tools.tables.periods import ADVERBS, ASKED, period, rate_of

AMPLE = Limits(seconds=60)
TODAY = date(2026, 6, 15)
FILES = {
    "guides": """guide,region,weekly_wage,tours,joined
Ana Pell,North,620,14,2015-04-01
Ben Pell,South,540,20,2019-05-10
Cora Whitt,North,700,9,2012-02-28
Dov Lenz,North,580,6,2021-09-30
""",
    "huts": """hut,valley,beds,nightly_fee,warden,built
Top Hut,Aspen,20,18,Ian Mole,1911
Rim Hut,Aspen,35,22,Ian Mole,1950
Fen Hut,Birch,12,15,Una Gray,1999
""",
    "会员": """姓名,组别,请假天数,月薪
赵云,红组,3,5000
钱多,红组,0,6100
孙宁,蓝组,8,4700
""",
}


@pytest.fixture(scope="module")
def mountains(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    folder = tmp_path_factory.mktemp("mountains")
    for name, content in FILES.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    with Tables.open({name: folder / f"{name}.csv" for name in FILES}, seconds=100) as opened:
        yield opened


def rows(tables: Tables, question: str) -> list[tuple[object, ...]]:
    answer = tables.look_up(question, limits=AMPLE, today=TODAY)
    assert isinstance(answer, Found), answer
    return list(answer.rows.rows)


def refused(tables: Tables, question: str) -> Refused:
    answer = tables.look_up(question, limits=AMPLE, today=TODAY)
    assert isinstance(answer, Refused), answer
    return answer


@pytest.mark.requirement("look.accounted")
@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("How much does Ana Pell earn per week?", 620),
        ("What does Cora Whitt earn a week?", 700),
        ("What is the nightly fee of Rim Hut?", 22),
        ("How much is Fen Hut per night?", 15),
        ("赵云每个月挣多少钱？", 5000),
    ],
)
def test_a_quantity_is_told_for_the_period_that_its_column_is_for(
    mountains: Tables, question: str, first: object
) -> None:
    assert rows(mountains, question)[0][0] == first


@pytest.mark.requirement("look.accounted")
@pytest.mark.parametrize(
    "question",
    [
        "How much does Ana Pell earn per month?",
        "What is the yearly wage of Cora Whitt?",
        "How much is Fen Hut per month?",
        "What is the monthly fee of Rim Hut?",
        "How many beds does Rim Hut have per day?",
        "赵云每周挣多少钱？",
    ],
)
def test_another_period_is_not_passed_over(mountains: Tables, question: str) -> None:
    refused(mountains, question)


@pytest.mark.requirement("look.accounted")
def test_how_long_since_counts_from_the_day_that_a_column_tells(mountains: Tables) -> None:
    ((since, day, *_),) = rows(mountains, "How long has Dov Lenz been with us?")
    assert str(since).startswith("4 years 8 months")
    assert day == "2021-09-30"


@pytest.mark.requirement("look.accounted")
def test_how_long_since_something_that_no_column_says_is_refused(mountains: Tables) -> None:
    refused(mountains, "How long has Dov Lenz been married?")


@pytest.mark.requirement("look.accounted")
@pytest.mark.parametrize(
    ("question", "value"),
    [("beds in total", 67), ("How many beds are there altogether in Aspen?", 55), ("红组一共请了几天假？", 3)],
)
def test_a_total_is_one_number(mountains: Tables, question: str, value: int) -> None:
    assert rows(mountains, question) == [(value,)]


@pytest.mark.requirement("look.accounted")
@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("According to the huts file, how many beds does Fen Hut have?", 12),
        ("In huts, who is the warden of Fen Hut?", "Una Gray"),
        ("How many beds are there in total according to huts.csv?", 67),
        ("根据会员表，孙宁的月薪是多少？", 4700),
    ],
)
def test_the_table_that_a_question_names_is_asked(mountains: Tables, question: str, first: object) -> None:
    assert rows(mountains, question)[0][0] == first


@pytest.mark.requirement("look.accounted")
def test_no_other_table_answers_for_the_one_that_is_named(mountains: Tables) -> None:
    refused(mountains, "According to guides, how many beds does Fen Hut have?")


@pytest.mark.requirement("look.accounted")
def test_a_refusal_names_the_columns_that_there_are(mountains: Tables) -> None:
    answer = refused(mountains, "What colour is Rim Hut?")
    assert "nightly_fee" in answer.message
    assert any("colour" in word for word in answer.words)


@pytest.mark.requirement("look.groups")
@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("How many guides are there in each region?", [("North", 3), ("South", 1)]),
        ("Which region has the most guides?", [("North", 3)]),
        ("Which valley has the fewest huts?", [("Birch", 1)]),
        ("Which valley has the most beds?", [("Aspen", 55)]),
        ("Which region has the most tours in total?", [("North", 29)]),
        ("Which warden looks after the most huts?", [("Ian Mole", 2)]),
        ("哪个组的人最多？", [("红组", 2)]),
    ],
)
def test_groups_are_counted_and_the_greatest_is_told(
    mountains: Tables, question: str, gold: list[tuple[object, ...]]
) -> None:
    assert rows(mountains, question) == gold


@pytest.mark.requirement("look.groups")
def test_the_greatest_row_and_the_greatest_sum_of_different_groups_are_no_answer(mountains: Tables) -> None:
    assert refused(mountains, "Which region has the most tours?").reason == "ambiguous"


@pytest.mark.requirement("look.names")
def test_a_surname_of_two_tells_both(mountains: Tables) -> None:
    assert {row[:2] for row in rows(mountains, "What is the weekly wage of Pell?")} == {
        ("Ana Pell", 620), ("Ben Pell", 540),
    }  # fmt: skip


@pytest.mark.requirement("look.names")
def test_where_one_is_meant_a_shared_name_is_refused_with_the_names(mountains: Tables) -> None:
    answer = refused(mountains, "How many tours did Pell do altogether?")
    assert "Ana Pell" in answer.message
    assert "Ben Pell" in answer.message


@pytest.mark.requirement("look.accounted")
@given(st.sampled_from(sorted(ADVERBS)), st.sampled_from(("fee", "wage", "rent", "hours")))
def test_the_period_in_a_name_is_the_period_of_its_adverb(adverb: str, noun: str) -> None:
    assert rate_of(f"{adverb}_{noun}", [adverb, noun]) == (ADVERBS[adverb], [noun])
    assert rate_of(f"{noun}_per_{ADVERBS[adverb]}", [noun, "per", ADVERBS[adverb]]) == (ADVERBS[adverb], [noun])
    match = ASKED.search(f"the {adverb} {noun}")
    assert match is not None
    assert period(match) == ADVERBS[adverb]


@pytest.mark.requirement("look.accounted")
@given(st.text("abcdefgh", min_size=3, max_size=8), st.text("mnopqr ", min_size=1, max_size=20).filter(str.strip))
def test_a_named_table_leaves_the_rest_of_the_question(name: str, rest: str) -> None:
    table = Table(name=name, rows=1, columns=(Column(name="x", type="BIGINT"),))
    assert named_tables(f"According to the {name} table, {rest}", [table]) == (rest.strip(), [table])
    assert named_tables(rest, [table]) == (rest, [])


COSTUMES = {
    "costumes": """code,costume,size,weekly_fee,washable,made
C1,sea captain,L,19,yes,2001-05-01
C2,flapper dress,M,16,no,2010-06-02
C3,monk,L,12,yes,2015-03-09
C4,monk,S,11,no,2020-01-20
""",
    "pets": """pet,kind,breed,weight_kg,vaccinated_on,colour
Mop,dog,poodle,7.4,2025-03-01,white
Mop,cat,manx,4.4,2025-04-02,black
Tig,cat,siamese,4.1,2024-02-03,grey
Bun,rabbit,lop,2.3,2023-05-04,white
""",
    "jobs": """job,minutes,price
nail clipping,10,14.5
ear cleaning,15,18
""",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    folder = tmp_path_factory.mktemp("shop")
    for name, content in COSTUMES.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    with Tables.open({name: folder / f"{name}.csv" for name in COSTUMES}, seconds=100) as opened:
        yield opened


@pytest.mark.requirement("look.words")
@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("cheapest costume in a large?", ["monk"]),  # L, and by the name rather than the code
        ("What does the flapper cost a week?", [16]),  # a part of a name, without a capital
        ("Which costume is dearer, the sea captain or the flapper dress?", ["sea captain"]),
        ("Which costumes are washable?", ["sea captain", "monk"]),  # yes and no in words
        ("What do you charge for clipping nails?", [14.5]),  # a value's words in another order
        ("How many pounds does Tig weigh?", [9.039]),
        ("Which pets are not dogs or cats?", ["Bun"]),
        ("How much does the kitten Tig weigh?", [4.1]),  # a word for a value by the encoder
    ],
)
def test_values_sizes_and_flags_in_other_words(shop: Tables, question: str, first: list[object]) -> None:
    assert [row[0] for row in rows(shop, question)] == first


@pytest.mark.requirement("look.derived")
def test_rows_of_a_name_that_others_have_too_are_compared_where_their_own_is_there_once(shop: Tables) -> None:
    assert rows(shop, "How much heavier is Tig than Bun?") == [(1.8,)]
    refused(shop, "How much heavier is Mop than Bun?")


@pytest.mark.requirement("look.names")
def test_a_name_of_two_rows_tells_both_and_what_tells_them_apart(shop: Tables) -> None:
    assert rows(shop, "How heavy is Mop?") == [(7.4, "Mop", "poodle"), (4.4, "Mop", "manx")]


@pytest.mark.requirement("look.accounted")
@pytest.mark.parametrize(
    "question",
    [
        "How much did Ana Pell earn in 2019?",  # the year of joining says nothing of what is paid
        "How many tours were there in 2012?",
        "Who made Rim Hut?",
    ],
)
def test_a_date_or_a_deed_of_something_else_restricts_nothing_and_refuses(mountains: Tables, question: str) -> None:
    refused(mountains, question)
