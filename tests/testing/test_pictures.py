"""The scripted server's eyes: pictures that arrive whole are told from broken, mislabelled and missing ones."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from questline.budget import Budget, Meter
from questline.errors import ModelError
from questline.testing import ChatRequest, Fault, ScriptedLLM, SentPicture, needs_picture, sent_pictures
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Picture, Prompt
from questline.tools.models.token_estimate import estimate_prompt_tokens
from questline.types import Message

pytestmark = pytest.mark.requirement("mathreal.scripted-server")


def drawn(kind: str, mode: str = "RGB", size: tuple[int, int] = (37, 23), **options: Any) -> bytes:
    written = io.BytesIO()
    noise = Image.effect_noise(size, 80).convert(mode)
    noise.save(written, kind, **options)
    return written.getvalue()


def request_with(data: bytes, media: str) -> ChatRequest:
    url = f"data:{media};base64,{base64.b64encode(data).decode()}"
    part = {"type": "image_url", "image_url": {"url": url}}
    return ChatRequest(
        path="/v1/chat/completions", headers={}, body={"messages": [{"role": "user", "content": [part]}]}
    )


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "L", {}),
        ("PNG", "1", {}),
        ("PNG", "P", {}),
        ("JPEG", "RGB", {}),
        ("JPEG", "L", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("JPEG", "RGB", {"restart_marker_blocks": 2}),
    ],
)
def test_whole_pictures_tell_their_size(kind: str, mode: str, options: dict[str, Any]) -> None:
    media = f"image/{kind.lower()}"
    (found,) = sent_pictures(request_with(drawn(kind, mode, **options), media))
    assert (found.media_type, found.width, found.height) == (media, 37, 23)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_what_is_cut_flipped_or_mislabelled_is_refused(kind: str) -> None:
    data, media = drawn(kind), f"image/{kind.lower()}"
    other = "image/png" if kind == "JPEG" else "image/jpeg"
    for broken in (data[:-40], data[: len(data) // 2], b"", b"GIF89a"):
        with pytest.raises(ValueError, match=r"broken image|its bytes|checksum"):
            sent_pictures(request_with(broken, media))
    with pytest.raises(ValueError, match="its bytes"):
        sent_pictures(request_with(data, other))


def test_a_changed_byte_of_a_png_is_found() -> None:
    data = drawn("PNG")
    with pytest.raises(ValueError, match="checksum"):
        sent_pictures(request_with(data[:60] + bytes([data[60] ^ 1]) + data[61:], "image/png"))


async def asked(server: ScriptedLLM, *pictures: Picture, text: str = "What is it?") -> str:
    gateway = Gateway.build(model="seer", base_url=server.base_url, retries=0, environ={})
    prompt = Prompt(system="You see.", messages=(Message(role="user", content=text),), pictures=pictures)
    told = await gateway.complete(prompt, role="generate", meter=Meter(Budget()), parse=str)
    return told.text


async def test_a_picture_travels_through_the_gateway_byte_for_byte() -> None:
    png, jpeg = drawn("PNG"), drawn("JPEG")
    shown = [Picture(data=png, media_type="image/png"), Picture(data=jpeg, media_type="image/jpeg")]
    with ScriptedLLM(needs_picture("a boat", count=2)) as server:
        assert await asked(server, *shown) == "a boat"
    first, second = sent_pictures(server.requests[0])
    assert first == SentPicture(media_type="image/png", width=37, height=23, data=png)
    assert second.data == jpeg
    assert server.requests[0].text("user") == "What is it?"


async def test_a_request_without_its_picture_is_refused_unless_its_words_allow_it() -> None:
    with ScriptedLLM(needs_picture(["one", "two"], texts="compare")) as server:
        with pytest.raises(ModelError, match="0 pictures arrived"):
            await asked(server)
        assert await asked(server, text="compare these") == "one"
        assert await asked(server, Picture(data=drawn("PNG"), media_type="image/png")) == "two"


async def test_a_second_try_shows_the_picture_again() -> None:
    def parse(text: str) -> str:
        if text != "yes":
            raise ValueError("say yes")
        return text

    prompt = Prompt(
        system="",
        messages=(Message(role="user", content="?"),),
        pictures=(Picture(data=drawn("PNG"), media_type="image/png"),),
    )
    with ScriptedLLM(needs_picture(["no", Fault.status(500), "yes"])) as server:
        gateway = Gateway.build(model="seer", base_url=server.base_url, first_wait_s=0.01, environ={})
        told = await gateway.complete(prompt, role="generate", meter=Meter(Budget()), parse=parse)
    assert (told.value, told.repaired, len(server.requests)) == ("yes", True, 3)


def test_a_picture_is_planned_for() -> None:
    plain = Prompt(system="s", messages=(Message(role="user", content="q"),))
    seen = Prompt(system="s", messages=plain.messages, pictures=(Picture(data=b"x", media_type="image/png"),) * 2)
    assert estimate_prompt_tokens(seen) == estimate_prompt_tokens(plain) + 2_000
