"""The synthetic photo maker: seeded, in levels, and only what was asked for."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from questline.errors import UsageError
from questline.tools.photos import Pixels
from questline.training.evaluation.degrade import KINDS, Kind, degrade
from questline.training.evaluation.pages import PAGES, page


@pytest.mark.requirement("photos.degrade")
def test_there_are_the_fourteen_kinds_of_the_paper() -> None:
    assert len(KINDS) == len(set(KINDS)) == 14


@pytest.mark.requirement("photos.degrade")
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_seeded_and_grows_with_its_level(kind: Kind) -> None:
    clean = page(0)
    assert np.array_equal(degrade(clean.pixels, kind, 0, seed=3, layout=clean.layout), clean.pixels)
    before = clean.pixels.copy()
    made = [degrade(clean.pixels, kind, level, seed=3, layout=clean.layout) for level in (1, 2, 3)]
    assert np.array_equal(clean.pixels, before)  # the page itself is never drawn on
    for level, pixels in enumerate(made, start=1):
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert np.array_equal(pixels, degrade(clean.pixels, kind, level, seed=3, layout=clean.layout))
    assert len({pixels.tobytes() for pixels in made}) == 3
    if kind not in ("rotation", "tilt", "background", "non-planar"):  # what moves the page changes every pixel
        changed = [float(np.abs(pixels.astype(int) - clean.pixels).mean()) for pixels in made]
        assert changed == sorted(changed)
        assert changed[0] > 0


@pytest.mark.requirement("photos.degrade")
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_without_a_known_layout_is_degraded_too(kind: Kind) -> None:
    pixels = np.full((90, 120, 3), 230, np.uint8)
    assert degrade(pixels, kind, 2).shape[2] == 3
    if kind not in ("rotation", "blur", "tilt", "non-planar", "reverse side"):  # nothing is there to be moved
        assert not np.array_equal(degrade(pixels, kind, 2, seed=1), pixels)


@pytest.mark.requirement("photos.degrade")
def test_another_seed_draws_something_else() -> None:
    clean = page(0)
    one, two = (degrade(clean.pixels, "glare", 2, seed=seed, layout=clean.layout) for seed in (1, 2))
    assert not np.array_equal(one, two)


@pytest.mark.requirement("photos.degrade")
def test_an_unknown_kind_and_level_are_told() -> None:
    pixels = page(0).pixels
    with pytest.raises(UsageError, match="known are blur"):
        degrade(pixels, cast("Kind", "rain"), 1)
    with pytest.raises(UsageError, match="none of 0, 1, 2, 3"):
        degrade(pixels, "blur", 4)
    for wrong in (pixels[:, :, 0], pixels[:8], pixels.astype(float), pixels[:0]):
        with pytest.raises(UsageError, match="are no page"):
            degrade(cast("Pixels", wrong), "blur", 1)


@pytest.mark.requirement("photos.degrade")
def test_pages_differ_and_stand_within_their_areas() -> None:
    made = [page(number) for number in range(len(PAGES))]
    assert len(made) >= 8
    assert len({each.text for each in made}) == len(made)
    for each in made:
        height, width = each.pixels.shape[:2]
        for left, top, right, bottom in (*each.layout.lines, each.layout.figure, each.layout.free):
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
