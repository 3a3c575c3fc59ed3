from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from questline.tools.photos import Photo, Pixels
from questline.training.evaluation.pages import Page, page


@pytest.fixture(scope="session")
def first_page() -> Page:
    return page(0)


@pytest.fixture(scope="session")
def second_page() -> Page:
    return page(1)


@pytest.fixture
def clean(first_page: Page) -> Photo:
    return Photo(pixels=first_page.pixels)


@pytest.fixture
def packed() -> Callable[..., bytes]:
    """Return a picture's file as bytes."""

    def pack(pixels: Pixels | None = None, *, kind: str = "PNG", **options: object) -> bytes:
        made = Image.fromarray(np.full((30, 40, 3), 200, np.uint8) if pixels is None else pixels)
        file = io.BytesIO()
        made.save(file, kind, **options)
        return file.getvalue()

    return pack
