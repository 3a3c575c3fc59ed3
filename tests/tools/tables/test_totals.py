"""Totals over rows, what one of several costs, and what two tables would tell again: of a club and of a house."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from questline.tools.tables import Found, Limits, Refused, Tables

AMPLE = Limits(seconds=60)
FILES = {
    "payments": """payment,payer,for,amount,paid_on
1,Jonas Weil,camp,120,2028-03-02
2,Lea Brandt,camp,85,2028-03-09
3,Rolf Anders,berth,310,2028-01-20
4,Sven Dahl,berth,260,2028-02-11
""",
    "courses": """course,teacher,lessons,fee
Knots,Petra Lund,4,30
Engine care,Rolf Anders,3,60
""",
    "flats": "flat,floor,rent,tenant\nL1,0,780,Agnes Vogt\nL2,1,960,Bruno Keller\n",
    "meters": "flat,month,water_m3\nL1,2027-01-01,6.1\nL1,2027-02-01,5.4\nL2,2027-01-01,9.8\nL2,2027-02-01,9.1\n",
    "firms": "firm,town,hourly_rate\nWasser Wolf,Ahrbach,58\nGlas Huber,Menden,64\n",
    "repairs": "repair,flat,firm,mended,cost\nR1,L1,Wasser Wolf,2027-01-14,95\nR2,L2,Wasser Wolf,2027-03-06,80\n",
}


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    folder: Path = tmp_path_factory.mktemp("club")
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text)
    with Tables.open({name: folder / f"{name}.csv" for name in FILES}) as tables:
        yield tables


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What is the total paid for camp?", 205),
        ("What is the total of the berth payments?", 570),  # and not the sum of the numbers of the payments
        ("What does one lesson of Engine care cost?", 20),
        ("How much did we pay Wasser Wolf?", 175),  # and not its hourly rate
        ("How much did Jonas Weil pay for the camp?", 120),
        ("how much water did L2 use in february 2027", 9.1),
        ("who lives in L2", "Bruno Keller"),
    ],
)
def test_a_total_is_summed_and_a_piece_divided(club: Tables, question: str, value: object) -> None:
    found = club.look_up(question, limits=AMPLE)
    assert isinstance(found, Found), found
    assert found.rows.rows[0][0] == value


@pytest.mark.parametrize(
    "question", ["What do all the rents come to a month?", "What town does the teacher of Knots live in?"]
)
def test_what_would_be_told_again_or_of_somebody_else_is_refused(club: Tables, question: str) -> None:
    assert isinstance(club.look_up(question, limits=AMPLE), Refused)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    folder: Path = tmp_path_factory.mktemp("harbour")
    (folder / "boats.csv").write_text("boat,member,length_m\nKestrel,Rolf Anders,9.4\nPlover,Mina Okoro,4.2\n")
    (folder / "payments.csv").write_text(
        "payment_id,member,purpose,amount_eur,paid_on\n1,Rolf Anders,berth,310,2028-01-20\n"
        "2,Mina Okoro,locker,45,2028-02-28\n3,Rolf Anders,dinner,38,2028-03-20\n4,Mina Okoro,dinner,38,2028-03-28\n"
    )
    with Tables.open({name: folder / f"{name}.csv" for name in ("boats", "payments")}) as tables:
        yield tables


@pytest.mark.parametrize(
    "question",
    ["What did the Kestrel cost?", "When was the Kestrel paid?", "Who built the Kestrel?", "Who painted the Plover?"],
)
def test_what_its_people_did_is_not_told_of_a_thing(harbour: Tables, question: str) -> None:
    found = harbour.look_up(question, limits=AMPLE)
    assert isinstance(found, Refused), found.reading


def test_who_has_a_thing_is_told(harbour: Tables) -> None:
    found = harbour.look_up("who owns the Kestrel", limits=AMPLE)
    assert isinstance(found, Found)
    assert found.rows.rows[0][0] == "Rolf Anders"
