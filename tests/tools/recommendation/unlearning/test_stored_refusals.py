"""What a trained model and its store refuse to forget, and that nothing has changed then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from questline.errors import QuestlineError, UsageError
from questline.tools.recommendation import ForgetRequest, SessionRecommender
from questline.tools.recommendation.neural.checkpoint import FILE

from .conftest import Shop, files, forgot


def untouched(recommender: SessionRecommender, folder: Path) -> None:
    """Prepare nothing."""


def held(recommender: SessionRecommender, folder: Path) -> None:
    recommender.hold("session", "session-4", "a lawsuit")


def stale(recommender: SessionRecommender, folder: Path) -> None:
    recommender.forget([ForgetRequest.session("session-1")])


def without_network(recommender: SessionRecommender, folder: Path) -> None:
    (folder / FILE).unlink()


def damaged(recommender: SessionRecommender, folder: Path) -> None:
    (folder / FILE).write_bytes(b"no network")


def without_manifest(recommender: SessionRecommender, folder: Path) -> None:
    (folder / "manifest.json").write_text("{}")


def without_folder(recommender: SessionRecommender, folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.requirement("unlearning.bad-input")
@pytest.mark.parametrize(
    ("session", "prepare", "code"),
    [
        ("nobody", untouched, "unknown_request"),
        ("session-4", held, "held"),
        ("session-4", stale, "use_retrain"),
        ("session-4", without_network, "no_snapshot"),
        ("session-4", damaged, "damaged_model"),
        ("session-4", without_manifest, "damaged_model"),
        ("session-4", without_folder, "file_not_found"),
    ],
)
def test_bad_input_changes_nothing(
    shop: Shop, session: str, prepare: Callable[[SessionRecommender, Path], object], code: str
) -> None:
    recommender, folder = shop
    prepare(recommender, folder)
    was = files(folder) if folder.exists() else {}
    hash_before = recommender.store.hash
    with pytest.raises(QuestlineError) as caught:
        forgot(shop, ForgetRequest.session(session))
    assert caught.value.code == code
    assert recommender.store.hash == hash_before
    assert (files(folder) if folder.exists() else {}) == was


@pytest.mark.requirement("unlearning.bad-input")
def test_more_than_a_fifth_is_to_be_retrained_unless_forced(shop: Shop) -> None:
    requests = [ForgetRequest.user(f"user-{n}@shop.example") for n in range(3)]
    with pytest.raises(UsageError) as caught:
        forgot(shop, *requests)
    assert caught.value.code == "use_retrain"
    with pytest.raises(UsageError) as caught:
        forgot(shop, requests[0], method="magic")
    assert caught.value.code == "bad_param"
