"""Open the model that is tuned: by name or folder, or a small one made here, whose words are those of its prompts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from questline.training.tuning.made import made_tokenizer
from questline.training.tuning.models import Loaded, opened

from .cases import Drawer
from .settings import Settings
from .words import Prompts

__all__ = ["loaded"]

_SAMPLE: Final = 500
"""Prompts that a tokenizer is learnt from."""


def loaded(settings: Settings, prompts: Prompts, drawer: Drawer, pool: Sequence[str], *, seed: int) -> Loaded:
    """Make or load the model.

    Raises:
        UsageError: ``unknown_model`` for a name that cannot be loaded.
        MissingExtra: For an adapter without peft.
    """
    return opened(
        settings,
        lambda: made_tokenizer(_texts(prompts, drawer, pool, seed), settings.vocabulary),
        seed=seed,
        context=settings.context,
    )


def _texts(prompts: Prompts, drawer: Drawer, pool: Sequence[str], seed: int) -> Iterable[str]:
    for case in drawer.draw(f"{seed} tokenizer", _SAMPLE):
        yield from (message["content"] for message in prompts.messages(case))
    yield from pool
    yield "QR,R,DS,AG\nR,DS,AG\nR,AG\nQDS\nQDP\nAG\nQR,AG\nQR,R,AG\nANSWER\nABSTAIN"
