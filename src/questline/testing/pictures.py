"""The pictures of a chat request, decoded as far as their kind allows without an image library.

server = ScriptedLLM(needs_picture(["\\\\boxed{5}", Fault.status(429), REFUSAL]))
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from .replies import ChatRequest, Fault, Item, Rule, Script
from .scripted_llm import picker

__all__ = ["REFUSAL", "SentPicture", "needs_picture", "sent_pictures"]

REFUSAL: Final = "I'm sorry, but I can't help with this picture."
"""What a refusing model says."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Second bytes of the JPEG markers whose segment tells height and width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPicture:
    """A picture that arrived whole."""

    media_type: str
    """As sent, and as its bytes say: ``image/png`` or ``image/jpeg``."""
    width: int
    height: int
    """Pixels."""
    data: bytes
    """The file."""


def sent_pictures(request: ChatRequest) -> tuple[SentPicture, ...]:
    """Return the pictures of a request in OpenAI's or Anthropic's format, in order.

    Of a PNG every checksum is checked and the pixels are unpacked; of a JPEG all segments are walked to its end mark.

    Raises:
        ValueError: A part is no base64 data, of another kind than it says, or broken; the message says which.
    """
    return tuple(_opened(media, data) for media, data in _parts(request))


def needs_picture(script: Script, *, count: int = 1, texts: str | None = None) -> Callable[[ChatRequest], Item]:
    """Return a script that plays `script` to requests with `count` pictures that decode, and status 400 to all others.

    Args:
        script: What a `ScriptedLLM` takes.
        count: How many pictures a request has to carry.
        texts: A regular expression: requests in whose turns it is found may come without pictures, such as a judge's.
    """
    pick = picker(script)
    free = None if texts is None else Rule(texts, "")

    def answer(request: ChatRequest) -> Item:
        if free is not None and free.matches(request):
            return pick(request)
        try:
            found = len(sent_pictures(request))
        except ValueError as error:
            return Fault.status(400, message=f"a picture cannot be read: {error}")
        if found != count:
            return Fault.status(400, message=f"{found} pictures arrived, not {count}")
        return pick(request)

    return answer


def _parts(request: ChatRequest) -> Iterator[tuple[str, str]]:
    """Yield media type and base64 text of each picture."""
    turns = request.body.get("messages")
    for turn in _objects(turns):
        for part in _objects(turn.get("content")):
            if part.get("type") == "image_url":
                url = str(_object(part.get("image_url")).get("url", ""))
                head, comma, data = url.partition(",")
                if not (head.startswith("data:") and head.endswith(";base64") and comma):
                    raise ValueError(f"{url[:40]!r} is no data URL in base64")
                yield head.removeprefix("data:").removesuffix(";base64"), data
            elif part.get("type") == "image":
                source = _object(part.get("source"))
                yield str(source.get("media_type", "")), str(source.get("data", ""))


def _opened(media: str, text: str) -> SentPicture:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"no base64 data ({error})") from error
    kind = "image/png" if data.startswith(_PNG) else "image/jpeg" if data.startswith(b"\xff\xd8") else ""
    if kind != media:
        raise ValueError(f"the part says {media!r}, its bytes {kind or 'neither PNG nor JPEG'}")
    try:
        width, height = _png(data) if kind == "image/png" else _jpeg(data)
    except (IndexError, struct.error, zlib.error, KeyError) as error:
        raise ValueError(f"a broken {kind} ({type(error).__name__}: {error})") from error
    if not (width and height):
        raise ValueError(f"a {kind} of {width} x {height} pixels")
    return SentPicture(media_type=media, width=width, height=height, data=data)


def _png(data: bytes) -> tuple[int, int]:
    at, pixels, size, depth, colour, interlaced = len(_PNG), b"", (0, 0), 0, 0, 0
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (told,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != told:
            raise ValueError(f"a wrong checksum in {kind!r}")
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            size = width, height
        elif kind == b"IDAT":
            pixels += body
        elif kind == b"IEND":
            break
        at += 12 + length
    line = 1 + (size[0] * depth * _CHANNELS[colour] + 7) // 8
    if len(zlib.decompress(pixels)) != line * size[1] and not interlaced:
        raise ValueError("fewer pixels than the header says")
    return size


def _jpeg(data: bytes) -> tuple[int, int]:
    at, size = 2, (0, 0)
    while True:
        mark, code = data[at], data[at + 1]
        if mark != 0xFF:
            raise ValueError(f"no marker at byte {at}")
        if code == 0xD9:
            return size
        (length,) = struct.unpack_from(">H", data, at + 2)
        if code in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = width, height
        at += 2 + length
        if code == 0xDA:  # what follows is packed pixels, up to the next marker that is neither escaped nor a restart
            while not (data[at] == 0xFF and data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7):
                at += 1


def _objects(value: object) -> list[Mapping[str, object]]:
    cells = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Mapping[str, object]", cell) for cell in cells if isinstance(cell, dict)]


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
