"""Pages of our own are turned upright from every turn, judged, repaired and read, by the real networks."""

from __future__ import annotations

import numpy as np
import pytest

from questline.tools.photos import (
    UNREADABLE,
    Photo,
    Reader,
    Turn,
    ocr_score,
    orient,
    quality,
    repair,
    turned,
    upright,
)
from questline.tools.photos.repair import leveled
from questline.training.evaluation.degrade import Kind, degrade
from questline.training.evaluation.pages import Page


@pytest.mark.requirement("photos.upright")
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_turned_upright_from_every_turn(turn: Turn, second_page: Page) -> None:
    photo = Photo(pixels=turned(second_page.pixels, turn))
    found = orient(photo)
    assert found.degrees == (360 - turn) % 360
    assert found.way == "text"
    assert found.confidence > 0.5
    assert np.array_equal(upright(photo).pixels, second_page.pixels)


@pytest.mark.requirement("photos.upright")
def test_a_picture_without_text_stays_and_says_so() -> None:
    found = orient(Photo(pixels=np.full((200, 300, 3), 230, np.uint8)))
    assert (found.degrees, found.confidence, found.way) == (0, 0.0, "nothing")


@pytest.mark.requirement("photos.read")
def test_a_clean_page_is_read_line_by_line(clean: Photo, first_page: Page) -> None:
    reading = Reader(side=960).read(clean)
    printed = first_page.text.splitlines()
    assert reading.text.splitlines()[:4] == printed[:4]
    assert ocr_score(reading.text, first_page.text).total > 0.95
    assert len(reading.lines) >= 8
    for line in reading.lines:
        assert 0.5 <= line.confidence <= 1.0
        assert np.asarray(line.box).shape == (4, 2)
    top = [min(y for _, y in line.box) for line in reading.lines[:4]]
    assert top == sorted(top)
    assert reading.confidence > 0.8


@pytest.mark.requirement("photos.read")
def test_what_is_read_with_too_little_confidence_is_marked(clean: Photo) -> None:
    reading = Reader(side=960, least=1.01).read(clean)  # no line is as sure as that
    assert {line.text for line in reading.lines} == {UNREADABLE}
    assert set(reading.text.split()) == {UNREADABLE}


@pytest.mark.requirement("photos.read")
def test_an_empty_page_and_a_tiny_one_have_no_text() -> None:
    for shape in ((200, 300, 3), (1, 1, 3), (3, 400, 3)):
        reading = Reader(side=320).read(Photo(pixels=np.full(shape, 240, np.uint8)))
        assert (reading.text, list(reading.lines), reading.confidence) == ("", [], 0.0)


@pytest.mark.requirement("photos.quality")
@pytest.mark.parametrize("kind", ["blur", "exposure", "shadow"])
def test_worse_photos_have_worse_measures(kind: Kind, first_page: Page) -> None:
    known = orient(Photo(pixels=first_page.pixels))
    levels = [
        getattr(
            quality(Photo(pixels=degrade(first_page.pixels, kind, level, layout=first_page.layout)), orientation=known),
            kind,
        )
        for level in range(4)
    ]
    raws = [measure.raw for measure in levels]
    assert raws[0] < raws[1] < raws[2]  # beyond, no edge is left to be softened
    assert levels[0].severity < levels[3].severity


@pytest.mark.requirement("photos.quality")
def test_glare_tilt_and_rotation_are_found(first_page: Page) -> None:
    glare = Photo(pixels=degrade(first_page.pixels, "glare", 2, layout=first_page.layout))
    assert quality(glare).glare.severity >= 1
    leaning = quality(Photo(pixels=leveled(first_page.pixels, -7.0)))  # 7 degrees clockwise
    assert leaning.tilt.raw == pytest.approx(7.0, abs=0.8)
    assert leaning.tilt.severity >= 1
    assert leaning.rotation.severity == 0
    sideways = quality(Photo(pixels=turned(first_page.pixels, 90)))
    assert (sideways.rotation.severity, sideways.rotation.raw) == (3, 270.0)
    assert sideways.worst() == 3


@pytest.mark.requirement("photos.repair")
def test_a_sideways_page_in_the_shade_is_mended_and_the_original_kept(first_page: Page) -> None:
    bad = degrade(turned(first_page.pixels, 270), "shadow", 2)
    photo = Photo(pixels=bad)
    mended = repair(photo)
    assert mended.steps == ["turned 90", "lit"]
    assert mended.original is photo
    reader = Reader(side=960)
    before, after = (ocr_score(reader.read(each).text, first_page.text).total for each in (photo, mended.photo))
    assert after > before + 0.3


@pytest.mark.requirement("photos.repair")
def test_a_clean_page_is_left_alone(clean: Photo) -> None:
    mended = repair(clean)
    assert mended.steps == []
    assert np.array_equal(mended.photo.pixels, clean.pixels)
