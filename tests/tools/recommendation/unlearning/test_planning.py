"""What a network would forget is told before anything changes, and what would be refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from questline.errors import QuestlineError
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender

pytest.importorskip("torch", reason="networks are made with torch (extra train)")
pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")

from questline.tools.recommendation.neural.checkpoint import FILE
from questline.tools.recommendation.unlearning.planning import ModelPlan, plan_in_model

from .conftest import PRIVATE, Shop, files, forgot


@pytest.mark.requirement("unlearning.command")
def test_it_says_what_the_network_learnt_and_changes_nothing(shop: Shop) -> None:
    recommender, folder = shop
    recommender.learn([Session(id="later", user=None, items=("item-01", "something-new"))])
    was = {path.name for path in folder.parent.iterdir()}, files(folder), recommender.store.hash
    requests = [ForgetRequest.everywhere(PRIVATE), ForgetRequest.session("later")]
    found = plan_in_model(recommender, folder, requests, method="npo")
    assert found == ModelPlan(method="npo", clicks=2, held_out=1, items_gone=1)  # it does not know something-new
    assert ({path.name for path in folder.parent.iterdir()}, files(folder), recommender.store.hash) == was


@pytest.mark.requirement("unlearning.command", "unlearning.bad-input")
def test_use_retrain_is_told(shop: Shop) -> None:
    recommender, folder = shop
    many = [ForgetRequest.user(f"user-{n}@shop.example") for n in range(3)]
    assert "limit" in plan_in_model(recommender, folder, many).refused
    assert not plan_in_model(recommender, folder, many, force=True).refused
    recommender.forget([ForgetRequest.session("session-1")])
    assert "stale" in plan_in_model(recommender, folder, [ForgetRequest.session("session-4")]).refused


def held(recommender: SessionRecommender, folder: Path) -> None:
    recommender.hold("session", "session-4", "a lawsuit")


def without_network(recommender: SessionRecommender, folder: Path) -> None:
    (folder / FILE).unlink()


def damaged_manifest(recommender: SessionRecommender, folder: Path) -> None:
    (folder / "manifest.json").write_text("{}")


def damaged_catalogue(recommender: SessionRecommender, folder: Path) -> None:
    (folder / "items.json").write_text("[]")


def without_folder(recommender: SessionRecommender, folder: Path) -> None:
    shutil.rmtree(folder)


def untouched(recommender: SessionRecommender, folder: Path) -> None:
    """Prepare nothing."""


@pytest.mark.requirement("unlearning.bad-input")
@pytest.mark.parametrize(
    ("session", "method", "prepare", "code"),
    [
        ("session-4", "magic", untouched, "bad_param"),
        ("nobody", "cau", untouched, "unknown_request"),
        ("session-4", "cau", held, "held"),
        ("session-4", "cau", without_network, "no_snapshot"),
        ("session-4", "cau", damaged_manifest, "damaged_model"),
        ("session-4", "cau", damaged_catalogue, "damaged_model"),
        ("session-4", "cau", without_folder, "file_not_found"),
    ],
)
def test_bad_input_is_refused_before_it_is_tried(
    shop: Shop, session: str, method: str, prepare: Callable[[SessionRecommender, Path], object], code: str
) -> None:
    recommender, folder = shop
    prepare(recommender, folder)
    with pytest.raises(QuestlineError) as caught:
        plan_in_model(recommender, folder, [ForgetRequest.session(session)], method=method)
    assert caught.value.code == code


@pytest.mark.requirement("unlearning.stored", "unlearning.edges")
@pytest.mark.parametrize("split", ["sessions", "last"])
def test_an_item_of_held_out_clicks_alone_leaves_the_catalogue_by_name(shop: Shop, split: str) -> None:
    """The network knows its name, and learnt nothing of it."""
    recommender, folder = shop
    with recommender.store.reading() as connection:
        number, last = connection.execute(
            "SELECT c.session, (SELECT max(n) FROM sessions) FROM clicks c JOIN items i ON i.n = c.item"
            " WHERE i.name = ?",
            (PRIVATE,),
        ).fetchone()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["learnt"] |= {"split": split, "sessions": [1, number - 1] if split == "sessions" else [1, last]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    request = ForgetRequest.everywhere(PRIVATE)
    plan = plan_in_model(recommender, folder, [request])
    assert (plan.clicks, plan.held_out, plan.items_gone) == ((0, 1, 1) if split == "sessions" else (1, 0, 1))
    found = forgot(shop, request)
    assert (found.status, found.clicks) == ("done", plan.clicks)
    assert PRIVATE not in json.loads((folder / "items.json").read_bytes())["items"]
    assert PRIVATE.encode() not in b"".join(files(folder).values())
