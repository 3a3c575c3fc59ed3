"""An undo puts back the model and its store, or neither, also where it is killed in between."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from questline.errors import RunError, UsageError
from questline.tools.recommendation import ForgetRequest, SessionRecommender

pytest.importorskip("torch", reason="networks are made with torch (extra train)")
pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")

from questline.tools.recommendation.neural import TrainedRecommender
from questline.tools.recommendation.neural.checkpoint import FILE
from questline.tools.recommendation.unlearning import replacing, undoing
from questline.tools.recommendation.unlearning.journal import entries
from questline.tools.recommendation.unlearning.undoing import finish_model, undo_both

from .conftest import Shop, files, forgot

REQUEST = ForgetRequest.click("session-4", place=3)


class Killed(BaseException):
    """Stands for a process that ends here: nothing after it runs, not even what cleans up."""


def undoable(shop: Shop) -> str:
    """Forget a click in both, and return the store's certificate."""
    found = forgot(shop, REQUEST, undoable=True)
    assert found.store is not None
    return found.store.certificate


@pytest.mark.requirement("unlearning.rollback", "unlearning.kill")
@pytest.mark.parametrize("moment", ["before the store", "after the store", "in the journal"])
@pytest.mark.parametrize("following", ["undo", "forget"])
def test_a_killed_undo_ends_wholly_done_or_wholly_undone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, moment: str, following: str
) -> None:
    recommender, folder = shop
    was, hash_before = files(folder), recommender.store.hash
    certificate = undoable(shop)

    def killed(*given: object, network: Path | None = None) -> None:
        del given, network
        raise Killed

    def nothing(*given: object) -> str:
        return ""

    if moment == "before the store":
        monkeypatch.setattr(SessionRecommender, "rollback", killed)
        monkeypatch.setattr(undoing, "mend_undo", nothing)
    else:
        monkeypatch.setattr(undoing, "put_back" if moment == "after the store" else "append", killed)
    with pytest.raises(Killed):
        undo_both(recommender, folder, certificate)
    monkeypatch.undo()
    assert (recommender.store.hash == hash_before) == (moment != "before the store")
    if following == "forget":  # whoever works on the folder next ends it: the click is there again
        other = forgot(shop, ForgetRequest.click("session-5", place=1))
        assert other.status == "done"
        assert not TrainedRecommender.load(folder, store=recommender).stale
        assert not replacing.before_of(folder).exists()
        return
    if moment == "in the journal":
        with pytest.raises(UsageError) as caught:
            undo_both(recommender, folder, certificate)
        assert caught.value.code == "no_snapshot"
    else:
        undo_both(recommender, folder, certificate)
        assert entries(folder)[-1]["action"] == "rollback"
    assert (files(folder), recommender.store.hash) == (was, hash_before)
    assert not TrainedRecommender.load(folder, store=recommender).stale
    assert not replacing.before_of(folder).exists()


@pytest.mark.requirement("unlearning.rollback")
def test_where_one_keeps_nothing_neither_is_put_back(shop: Shop) -> None:
    recommender, folder = shop
    certificate = undoable(shop)
    assert finish_model(folder)
    now, hash_now = files(folder), recommender.store.hash
    for wanted, code in ((certificate, "no_snapshot"), ("nothing", "unknown_certificate")):
        with pytest.raises(UsageError) as caught:
            undo_both(recommender, folder, wanted)
        assert caught.value.code == code
    assert (files(folder), recommender.store.hash) == (now, hash_now)


@pytest.mark.requirement("unlearning.rollback")
def test_another_forgettings_snapshot_is_not_put_back(shop: Shop) -> None:
    recommender, folder = shop
    undoable(shop)
    later = recommender.forget([ForgetRequest.click("session-6", place=1)], undoable=True).certificate
    now, hash_now = files(folder), recommender.store.hash
    with pytest.raises(UsageError) as caught:
        undo_both(recommender, folder, later)
    assert caught.value.code == "no_snapshot"
    assert (files(folder), recommender.store.hash) == (now, hash_now)


@pytest.mark.requirement("unlearning.rollback")
def test_a_damaged_snapshot_leaves_the_store_too(shop: Shop) -> None:
    recommender, folder = shop
    certificate = undoable(shop)
    hash_now = recommender.store.hash
    network = replacing.before_of(folder) / FILE
    network.write_bytes(network.read_bytes()[:-100])
    with pytest.raises(RunError) as caught:
        undo_both(recommender, folder, certificate)
    assert (caught.value.code, recommender.store.hash) == ("damaged_model", hash_now)


@pytest.mark.requirement("unlearning.rollback")
def test_a_store_is_not_put_back_or_finished_without_its_network(shop: Shop) -> None:
    recommender, folder = shop
    certificate = undoable(shop)
    for call in (recommender.rollback, recommender.finish):
        with pytest.raises(UsageError, match="name it with --model") as caught:
            call(certificate)
        assert caught.value.fields["argument"] == "--model"
    assert recommender.status(certificate) == "undoable"
    shutil.rmtree(replacing.before_of(folder))  # somebody's own doing: then the store stands alone
    recommender.rollback(certificate)
    assert recommender.status(certificate) == "rolled_back"


@pytest.mark.requirement("unlearning.rollback")
def test_the_same_again_keeps_or_lets_go_of_both(shop: Shop) -> None:
    recommender, folder = shop
    certificate = undoable(shop)
    assert forgot(shop, REQUEST, undoable=True).status == "already"
    assert (recommender.status(certificate), replacing.before_of(folder).is_dir()) == ("undoable", True)
    assert forgot(shop, REQUEST).status == "already"
    assert (recommender.status(certificate), replacing.before_of(folder).is_dir()) == ("done", False)
    assert [entry["action"] for entry in recommender.certificates(certificate)] == ["forget", "finish"]
    assert entries(folder)[-1]["action"] == "finish"


@pytest.mark.requirement("unlearning.rollback")
def test_a_network_that_was_learnt_again_is_not_replaced(shop: Shop) -> None:
    recommender, folder = shop
    certificate = undoable(shop)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "network": "of another training"}), encoding="utf-8")
    with pytest.raises(UsageError, match="learnt again since") as caught:
        undo_both(recommender, folder, certificate)
    assert caught.value.code == "no_snapshot"
    assert recommender.status(certificate) == "undoable"
