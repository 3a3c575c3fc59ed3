"""Readings in which every word has a place and which are wrong all the same, of a music school and of boats."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from pathlib import Path

import pytest

from questline.tools.tables import Found, Limits, Refused, Tables

AMPLE = Limits(seconds=60)
TODAY = date(2026, 9, 1)
SCHOOL = {
    "teachers": """teacher_id,name,phone,town,joined
1,Olga Brandl,0664-11,Steyr,2014-09-01
2,Piet Maes,0664-22,Wels,2019-02-01
3,Rosa Lind,0664-33,Steyr,2021-09-01
""",
    "students": """student_id,name,instrument,teddy,born,height_cm,teacher_id,insured
11,Anna,cello,Bruno,2012-03-04,151,1,yes
12,Emil,flute,Fips,2010-10-20,163,1,no
13,Anna,oboe,Momo,2014-07-30,139,2,yes
14,Vito,cello,Karl,2009-01-15,171,3,no
""",
    "lessons": """lesson_id,student_id,date,room,purpose,fee_eur,paid
1,11,2026-03-02,Blue,scales,32.50,yes
2,11,2026-03-09,Red,bowing,32.50,no
3,12,2026-03-10,Blue,breathing,28.00,yes
4,14,2026-04-01,Red,vibrato,32.50,no
5,14,2026-05-06,Blue,recital,40.00,yes
""",
    "supplies": """article,kind,price_eur,in_stock,reorder_level,maker
Rosin,care,6.00,10,4,Pirol
Reed,spare,2.50,40,20,Vandor
Strap,spare,9.00,0,5,Pirol
""",
}
BOATS = {
    "lines": """line,from_pier,to_pier,distance_nm,crossing_min
Amber,Norden,Juist,10,90
Coral,Norden,Baltrum,4,30
Lilac,Juist,Borkum,21,150
""",
    "runs": """run_id,date,line,departs,riders,bikes,called_off
1,2026-06-01,Amber,08:15,80,12,no
2,2026-06-01,Coral,09:00,40,9,no
3,2026-06-02,Amber,08:15,100,20,no
4,2026-06-03,Amber,08:15,0,0,yes
5,2026-06-03,Coral,09:00,35,6,no
""",
    "boats": """boat,built,length_m,skipper,line
Wal,1999,38.0,Tjark Onnen,Amber
Lumme,2015,22.5,,Coral
Alk,2008,30.0,Frauke Behn,Lilac
""",
    "lasers": """laser,wavelength_nm,power_mw
Ruby,694,5
Helio,633,2
""",
}


def _opened(folder: Path, files: dict[str, str]) -> Tables:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return Tables.open({name: folder / f"{name}.csv" for name in files}, seconds=100)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Generator[dict[str, Tables]]:
    with (
        _opened(tmp_path_factory.mktemp("school"), SCHOOL) as school,
        _opened(tmp_path_factory.mktemp("boats"), BOATS) as boats,
    ):
        yield {"school": school, "boats": boats}


def asked(worlds: dict[str, Tables], world: str, question: str) -> Found | Refused:
    return worlds[world].look_up(question, limits=AMPLE, today=TODAY)


@pytest.mark.requirement("tables.answering")
@pytest.mark.parametrize(
    ("world", "question", "firsts"),
    [
        # a name is a name though two share it
        ("school", "Who is the tallest student?", ["Vito"]),
        ("school", "Which students are not insured?", ["Emil", "Vito"]),
        ("school", "Which students play no cello?", None),
        ("school", "Which students are shorter than 160 cm?", ["Anna", "Anna"]),
        ("school", "最高的学生是谁？", ["Vito"]),
        ("school", "How tall is Emil?", [163]),
        ("school", "the instrument of the youngest student", ["oboe"]),
        # the column that answers may be empty, and it is the one that answers
        ("boats", "Who is the skipper of the Lumme?", [None]),
        ("boats", "Who is the skipper of the Alk?", ["Frauke Behn"]),
        # a role is another table's row
        ("school", "Who is the teacher of Emil?", ["Olga Brandl"]),
        ("school", "Who is Vito's teacher?", ["Rosa Lind"]),
        ("school", "What is the phone number of the teacher of Emil?", ["0664-11"]),
        ("school", "Where does the teacher of Vito live?", ["Steyr"]),
        ("school", "Who has the most students?", ["Olga Brandl"]),
        ("school", "How many students does Olga Brandl have?", [2]),
        ("school", "How many teachers have cello students?", [2]),
        # numbers that are no counts
        ("school", "What is Piet Maes's phone number?", ["0664-22"]),
        ("school", "the telephone number of Rosa Lind", ["0664-33"]),
        ("school", "the number of students", [4]),
        # what happened is summed, what stands is not
        ("boats", "How many riders did the Amber carry in June 2026?", [180]),
        ("boats", "How many bikes were taken on 1 June 2026?", [21]),
        ("boats", "2026年6月1日有多少riders？", [120]),
        ("boats", "How many riders did the Coral have on 3 June 2026?", [35]),
        ("school", "How much is all the Rosin in stock worth?", [60.0]),
        ("school", "What is the total value of the stock?", [160.0]),
        ("school", "How many Reed are in stock?", [40]),
        ("school", "Which supplies are out of stock?", ["Strap"]),
        # days with their own
        ("school", "How many lessons on or after 2026-03-10?", [3]),
        ("school", "How many lessons on or before 2026-03-09?", [2]),
        ("school", "How many lessons after 2026-03-10?", [2]),
        ("school", "Which students were born in 2012 or later?", ["Anna", "Anna"]),
        # ranks, negations
        ("school", "Who is the second tallest student?", ["Emil"]),
        ("school", "Which lessons are unpaid?", ["bowing", "vibrato"]),
        ("school", "Who does not live in Steyr?", ["Piet Maes"]),
        ("school", "When was Vito last here?", None),
        ("school", "What was the last lesson of Vito for?", ["recital"]),
        # units fit what they measure
        ("boats", "How many kilometres is the Coral?", ["7.408"]),
        ("boats", "How far is it from Norden to Juist in km?", ["18.520"]),
        ("boats", "Which lines leave from Norden?", ["Amber", "Coral"]),
        ("boats", "How many lines leave from Norden?", [2]),
    ],
)
def test_what_is_asked_is_told_first(
    worlds: dict[str, Tables], world: str, question: str, firsts: list[object] | None
) -> None:
    answer = asked(worlds, world, question)
    if firsts is None and isinstance(answer, Refused):
        return
    assert isinstance(answer, Found), answer
    at = answer.answers[0] if answer.answers else 0
    told = [row[at] for row in answer.rows.rows]
    expected = firsts if firsts is not None else ["2026-05-06"]
    assert sorted(map(str, told)) == sorted(map(str, expected)), answer


@pytest.mark.requirement("tables.doubts")
@pytest.mark.parametrize(
    ("world", "question"),
    [
        ("school", "When was the teacher of Emil born?"),
        ("school", "How tall is Vito's teacher?"),
        ("school", "Who is the oldest teacher?"),
        ("school", "Which teacher earned the most?"),
        ("school", "Which students were born after Anna?"),
        ("school", "How much did it cost?"),
        ("school", "How many lessons did she have?"),
        ("school", "When was he born?"),
        ("school", "On which day was she born?"),
        ("boats", "Which skipper does it have?"),
        ("school", "How many students will there be?"),
        ("school", "Who will be the teacher of Emil?"),
        ("boats", "When does the Amber leave Juist?"),
        ("boats", "Which line leaves Baltrum?"),
        ("boats", "How far is it from Juist to Norden?"),
        ("boats", "How long is the Coral in miles? How long is the Amber?"),
        ("boats", "How many kilometres is the wavelength of the Ruby?"),
    ],
)
def test_what_every_word_allows_and_nobody_asked_is_refused(
    worlds: dict[str, Tables], world: str, question: str
) -> None:
    assert isinstance(answer := asked(worlds, world, question), Refused), answer


@pytest.mark.requirement("tables.doubts")
@pytest.mark.parametrize(
    ("world", "question"),
    [
        ("boats", "How far is it from Norden to Baltrum?"),  # no pronoun that stands for something
        ("boats", "Which boat is the longest and who is its skipper?"),
        ("boats", "What time does the Amber leave?"),
        ("school", "Which student is the tallest and when was she born?"),
        ("boats", "What did Tjark Onnen's boat measure when it was built?"),
        ("boats", "Tjark Onnen, how long is his boat?"),
    ],
)
def test_a_pronoun_that_stands_for_something_is_not_what_refuses(
    worlds: dict[str, Tables], world: str, question: str
) -> None:
    answer = asked(worlds, world, question)
    assert isinstance(answer, Found) or "stands for nothing" not in answer.message


@pytest.mark.requirement("tables.doubts")
def test_in_total_asks_for_the_sum_over_two_tables_too(tmp_path: Path) -> None:
    (tmp_path / "guests.csv").write_text("guest_id,name\n1,Ola Berg\n2,Tim Ross\n", encoding="utf-8")
    bills = "bill_id,guest_id,amount\n1,1,40\n2,1,25\n3,2,90\n"
    (tmp_path / "bills.csv").write_text(bills, encoding="utf-8")
    with Tables.open({each: tmp_path / f"{each}.csv" for each in ("guests", "bills")}) as tables:
        for question in ("What did Ola Berg pay in total?", "How much has Ola Berg paid altogether?"):
            answer = tables.look_up(question)
            assert isinstance(answer, Found), answer
            assert answer.rows.rows == ((65,),)
