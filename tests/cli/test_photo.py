"""`agents photo read`: what a user sees of a photo, and of a file that is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from questline.tools.photos import turned
from questline.training.evaluation.pages import page

Agents = Callable[..., Any]


@pytest.fixture
def sideways(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    Image.fromarray(turned(page(0).pixels, 90)).save(path)
    return path


@pytest.mark.requirement("photos.command")
def test_a_sideways_photo_is_turned_read_and_kept(agents: Agents, sideways: Path, tmp_path: Path) -> None:
    out = tmp_path / "mended.png"
    done = agents("photo", "read", sideways, "--out", out)
    assert done.code == 0
    assert done.out.splitlines()[0] == "1. The rectangle ABCD is 12 cm long and 7 cm wide."
    assert "640 x 800, turn 270° clockwise" in done.err
    assert "quality  blur" in done.err
    assert "done     turned 270" in done.err
    with Image.open(out) as mended:
        assert mended.size == (800, 640)


@pytest.mark.requirement("photos.original")
@pytest.mark.parametrize("way", ["same", "link", "dots"])
def test_the_photo_itself_is_never_written_over(agents: Agents, sideways: Path, tmp_path: Path, way: str) -> None:
    before = sideways.read_bytes()
    out = {"same": sideways, "link": tmp_path / "link.png", "dots": tmp_path / "." / ".." / tmp_path.name / "page.png"}[
        way
    ]
    if way == "link":
        out.symlink_to(sideways)
    done = agents("photo", "read", sideways, "--out", out)
    assert done.code == 2
    assert "bad_argument" in done.err
    assert "take another name" in done.err
    assert sideways.read_bytes() == before


@pytest.mark.requirement("photos.command")
def test_json_tells_all_and_as_is_mends_nothing(agents: Agents, sideways: Path) -> None:
    done = agents("photo", "read", sideways, "--as-is", "--json")
    told = done.json
    assert (told["width"], told["height"], told["steps"]) == (640, 800, [])
    assert told["orientation"]["degrees"] == 270
    assert set(told["quality"]) == {"blur", "exposure", "shadow", "glare", "tilt", "rotation"}
    assert {"text", "confidence", "box"} == set(told["lines"][0])


@pytest.mark.requirement("photos.command", "photos.bad-image")
@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("absent.jpg", None, "file_not_found"),
        ("words.jpg", b"only words", "bad_image"),
        ("empty.png", b"", "bad_image"),
    ],
)
def test_what_is_no_photo_is_told_with_its_code(
    agents: Agents, tmp_path: Path, name: str, data: bytes | None, code: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    done = agents("photo", "read", path)
    assert (done.code, done.out) == (2, "")
    assert f"error[{code}]" in done.err


@pytest.mark.requirement("photos.command")
def test_a_place_that_cannot_be_written_is_told(agents: Agents, sideways: Path, tmp_path: Path) -> None:
    absent = agents("photo", "read", sideways, "--out", tmp_path / "no" / "photo.png")
    assert (absent.code, "error[file_not_found]" in absent.err) == (2, True)
    unknown = agents("photo", "read", sideways, "--out", tmp_path / "photo.words")
    assert (unknown.code, "end its name in .png or .jpg" in unknown.err) == (2, True)
