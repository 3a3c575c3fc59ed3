"""`agents photo read FILE`: what is wrong with a photo, which way up it is, and its text."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from questline.cli_console import counted, plain
from questline.cli_options import JsonOutput, command
from questline.errors import UsageError

if TYPE_CHECKING:
    from questline.tools.photos import Quality, Reading, Repair

__all__ = ["photo_read"]

photo_read = command("photo read", epilog="Needs the extra: pip install 'questline[vision]'. No network is used.")
_WORDS: Final = ("none", "slight", "plain", "severe")
_MEASURES: Final = ("blur", "exposure", "shadow", "glare", "tilt")


@photo_read.command()
def read_photo(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JPEG, PNG or WebP, below 100 megapixels.")],
    as_is: Annotated[bool, typer.Option("--as-is", help="Read it without turning or mending it.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the mended photo here, as PNG or JPEG.")
    ] = None,
    as_json: JsonOutput = False,
) -> None:
    """Turn a photo upright, mend light and tilt, and read its text (Chinese and English)."""
    from questline.tools.photos import Reader, open_photo, repair

    if out is not None and not out.parent.is_dir():
        raise UsageError(f"there is no folder {str(out.parent)!r} for --out", code="file_not_found", path=out.parent)
    if out is not None and out.exists() and file.exists() and out.samefile(file):
        raise UsageError(f"--out {str(out)!r} is the photo itself, which is never changed; take another name", path=out)
    photo = open_photo(file)
    mended = repair(photo)
    chosen = photo if as_is else mended.photo
    reading = Reader().read(chosen)
    if out is not None:
        _write(mended, out)
    for warning in photo.warnings:
        print(f"{warning.code}: {plain(warning.message)}", file=sys.stderr)
    if as_json:
        print(json.dumps(_told(mended, reading, as_is=as_is), ensure_ascii=False))
    else:
        _show(mended, reading, as_is=as_is)


def _show(mended: Repair, reading: Reading, *, as_is: bool) -> None:
    if reading.text:
        print("\n".join(plain(line) for line in reading.text.splitlines()), flush=True)
    height, width = mended.original.pixels.shape[:2]
    found = mended.orientation
    turn = f"turn {found.degrees}° clockwise (confidence {found.confidence:.2f})" if found.degrees else "upright"
    print(f"photo    {width} x {height}, {turn if found.way == 'text' else 'no text found'}", file=sys.stderr)
    print(f"quality  {_quality(mended.quality)}", file=sys.stderr)
    done = "nothing (--as-is)" if as_is else ", ".join(mended.steps) or "nothing needed"
    print(f"done     {done}", file=sys.stderr)
    print(f"text     {counted(len(reading.lines), 'piece')}, confidence {reading.confidence:.2f}", file=sys.stderr)


def _quality(found: Quality) -> str:
    return ", ".join(f"{name} {_WORDS[getattr(found, name).severity]}" for name in _MEASURES)


def _told(mended: Repair, reading: Reading, *, as_is: bool) -> dict[str, object]:
    height, width = mended.original.pixels.shape[:2]
    return {
        "width": width,
        "height": height,
        "orientation": asdict(mended.orientation),
        "quality": asdict(mended.quality),
        "steps": [] if as_is else list(mended.steps),
        "text": reading.text,
        "lines": [asdict(line) for line in reading.lines],
        "warnings": [asdict(warning) for warning in mended.original.warnings],
    }


def _write(mended: Repair, out: Path) -> None:
    from questline.tools.photos.libraries import pillow

    image_module, _ = pillow()
    try:
        image_module.fromarray(mended.photo.pixels).save(out)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{str(out)!r} cannot be written ({error}); end its name in .png or .jpg", argument="--out", path=out
        ) from error
