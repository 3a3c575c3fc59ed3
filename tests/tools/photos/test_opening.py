"""Pictures of every kind, whole and broken, are opened or refused with a code, before too much is decoded."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from questline.errors import MissingExtra, UsageError
from questline.tools.photos import libraries, open_photo
from questline.tools.photos.opening import SOFT_PIXELS

Packed = Callable[..., bytes]


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


@pytest.mark.requirement("photos.opened")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_is_opened_from_a_file_and_from_bytes(kind: str, packed: Packed, tmp_path: Path) -> None:
    data = packed(kind=kind)
    path = tmp_path / "picture"
    path.write_bytes(data)
    for source in (path, data):
        photo = open_photo(source)
        assert photo.pixels.shape == (30, 40, 3)
        assert photo.pixels.dtype == np.uint8
        assert abs(float(photo.pixels.mean()) - 200) < 3
        assert photo.warnings == ()


@pytest.mark.requirement("photos.opened")
def test_the_turn_that_exif_asks_for_is_made(packed: Packed) -> None:
    pixels = np.full((30, 40, 3), 255, np.uint8)
    pixels[:10, :10] = 0  # a dark corner at the top left
    exif = Image.Exif()
    exif[274] = 6  # to be shown turned clockwise by a quarter
    photo = open_photo(packed(pixels, exif=exif))
    assert photo.pixels.shape == (40, 30, 3)
    assert photo.pixels[:10, -10:].max() == 0
    assert photo.pixels[:10, :10].min() == 255


@pytest.mark.requirement("photos.opened")
def test_transparency_becomes_white_and_grey_becomes_colour(tmp_path: Path) -> None:
    clear = tmp_path / "clear.png"
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(clear)
    assert open_photo(clear).pixels.min() == 255
    grey = tmp_path / "grey.png"
    Image.new("L", (8, 8), 90).save(grey)
    assert open_photo(grey).pixels.tolist() == np.full((8, 8, 3), 90).tolist()


@pytest.mark.requirement("photos.bad-image")
def test_a_picture_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        open_photo(tmp_path / "absent.jpg")
    assert raised.value.code == "file_not_found"
    assert raised.value.fields["path"] == tmp_path / "absent.jpg"


@pytest.mark.requirement("photos.bad-image")
def test_what_is_no_picture_is_a_bad_image(packed: Packed, tmp_path: Path) -> None:
    jpeg, png = packed(kind="JPEG", quality=95), packed()
    noise = np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    long = packed(noise, kind="JPEG")
    cases = {
        "cut in its middle": long[: len(long) // 2],
        "damaged in its head": b"\xff\xd8\xff\xe0" + b"\0" * 200,
        "cut PNG": png[: len(png) // 2],
        "text": b"no picture, only words" * 20,
        "empty": b"",
        "without pixels": png_header(0, 0),
        "another kind": packed(kind="GIF"),
        "cut to three bytes": jpeg[:3],
    }
    codes: dict[str, str] = {}
    for name, data in cases.items():
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(data)
        for source in (path, data):
            with pytest.raises(UsageError) as raised:
                open_photo(source)
            codes[name] = raised.value.code
            assert raised.value.exit_code == 2
            assert "path" in raised.value.fields or "argument" in raised.value.fields
    assert codes == dict.fromkeys(cases, "bad_image")
    with pytest.raises(UsageError, match="is no file"):
        open_photo(tmp_path)


@pytest.mark.requirement("photos.too-large")
@pytest.mark.parametrize("size", [(10_000, 10_000), (100_000, 1_000), (60_000, 60_000)])
def test_a_picture_of_100_megapixels_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError) as raised:
        open_photo(png_header(*size))  # it holds no pixel: decoding would be `bad_image`
    assert raised.value.code == "image_too_large"
    assert raised.value.fields["limit"] == 100_000_000


@pytest.mark.requirement("photos.too-large")
def test_a_bomb_of_few_bytes_is_refused_and_so_is_a_file_of_many(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (10_000, 10_000)).save(bomb)
    assert bomb.stat().st_size < 100_000
    with pytest.raises(UsageError) as raised:
        open_photo(bomb)
    assert raised.value.code == "image_too_large"
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(UsageError) as raised:
        open_photo(huge)
    assert raised.value.code == "image_too_large"


@pytest.mark.requirement("photos.too-large")
def test_a_picture_over_the_soft_limit_is_scaled_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("L", (5_000, 4_000), 128).save(path)
    photo = open_photo(path)
    height, width = photo.pixels.shape[:2]
    assert SOFT_PIXELS * 0.98 < width * height <= SOFT_PIXELS * 1.001
    assert abs(width / height - 1.25) < 0.01
    assert [warning.code for warning in photo.warnings] == ["image_scaled"]


@pytest.mark.requirement("photos.extra")
def test_without_the_extra_the_command_that_installs_it_is_told(
    packed: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    libraries.pillow.cache_clear()
    with pytest.raises(MissingExtra, match=r"questline\[vision\]"):
        open_photo(packed())
