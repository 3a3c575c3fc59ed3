from __future__ import annotations

from collections.abc import Generator

import pytest

from questline.tools.tables import Tables
from questline.tools.tables.linker.sight import View
from questline.tools.tables.sources import single

KENNELS = """pet,species,breed,weight_kg,next_jab,heated,price_night,arrives,owner
Bella,dog,beagle,11.4,2027-05-03,yes,14.5,09:30,Ines Roth
Bruno,dog,boxer,30,2027-02-11,no,18,14:00,Tom Hale
Misty,cat,siamese,4.2,2027-05-20,yes,9,10:15,Anna Berg
Otto,rabbit,lop,2.1,2027-03-09,no,7,16:45,Anna Holm
"""


@pytest.fixture(scope="session")
def kennels(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tables]:
    path = tmp_path_factory.mktemp("kennels") / "kennels.csv"
    path.write_text(KENNELS, encoding="utf-8")
    with Tables.open({"kennels": path}, seconds=100) as opened:
        yield opened


@pytest.fixture(scope="session")
def view(kennels: Tables) -> View:
    (table,) = kennels.tables
    return View(single(table, '"main"."kennels"', kennels.query, run=kennels.query))
