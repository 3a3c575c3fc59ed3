"""Choices of the linker's network: a place for each role and column, and back."""

from __future__ import annotations

import pytest

from questline.tools.tables.linker.roles import COLUMNED, FREE, place_of, role_of

WHOLE = [(role, -1) for role in FREE] + [(role, column) for column in range(3) for role in COLUMNED]


@pytest.mark.parametrize(("place", "choice"), list(enumerate(WHOLE)))
def test_places_are_counted_as_the_network_writes_them(place: int, choice: tuple[str, int]) -> None:
    assert role_of(place) == choice
    assert place_of(*choice) == place
