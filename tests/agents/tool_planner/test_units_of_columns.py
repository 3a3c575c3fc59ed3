"""The unit that ends a column's name fits what the column is of, or is none."""

from __future__ import annotations

import pytest

from questline.agents.tool_planner.cells import unit_in
from questline.agents.tool_planner.extraction import extract


@pytest.mark.requirement("tables.answering")
@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("distance_nm", "nmi"), ("leg_nm", "nmi"), ("wavelength_nm", "nm"), ("film_thickness_nm", "nm"),
        ("gauge_nm", ""), ("length_m", "m"), ("weight_kg", "kg"), ("hours_per_week", ""),
    ],
)  # fmt: skip
def test_the_unit_of_a_column(name: str, unit: str) -> None:
    assert unit_in(name) == unit


@pytest.mark.requirement("tables.answering")
def test_a_way_in_nautical_miles_is_told_in_kilometres() -> None:
    found = {"columns": ["distance_nm", "line"], "rows": [[10, "Amber"]], "answers": ["distance_nm"], "sql": ""}
    assert extract(found, "number", "How long is the Amber in km?", of="Amber") == pytest.approx(18.52)
