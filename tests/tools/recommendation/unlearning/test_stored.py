"""A trained model forgets with its store: both or neither, with a certificate, an undo, and nothing of the content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from questline.errors import RunError, UsageError
from questline.tools.recommendation import ForgetRequest, SessionRecommender

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")
pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")

from questline.tools.recommendation.neural import Trained, TrainedRecommender, load
from questline.tools.recommendation.neural.checkpoint import FILE, digest
from questline.tools.recommendation.neural.standing import Standing
from questline.tools.recommendation.unlearning import replacing, stored
from questline.tools.recommendation.unlearning.approximate import Limits
from questline.tools.recommendation.unlearning.journal import broken, entries, journal_of
from questline.tools.recommendation.unlearning.undoing import finish_model, undo_in_model
from questline.training.recommender.unlearnt_export import export_unlearnt

from .conftest import PRIVATE, SESSIONS, Shop, files, forgot, name


@pytest.mark.requirement("unlearning.stored")
def test_a_click_leaves_both_and_the_model_serves_on(shop: Shop) -> None:
    recommender, folder = shop
    item = SESSIONS[4][3]
    found = forgot(shop, ForgetRequest.click("session-4", place=3))
    assert (found.status, found.clicks, found.remaining) == ("done", 1, 0)
    assert found.chance_after < 0.2 * found.chance_before
    assert found.store is not None
    assert (found.store.status, found.store.clicks) == ("done", 1)
    served = TrainedRecommender.load(folder, store=recommender)
    assert not served.stale
    assert "stale_model" not in {each.code for each in served.recommend([name(SESSIONS[4][2])], 5).warnings}
    catalogue = json.loads((folder / "items.json").read_bytes())
    assert sum(catalogue["clicks"]) == 30 * 6 - 1
    assert name(item) in catalogue["items"]  # others clicked it too
    assert not replacing.before_of(folder).exists()
    again = forgot(shop, ForgetRequest.click("session-4", place=3))
    assert (again.status, again.store and again.store.status) == ("already", "already")


@pytest.mark.requirement("unlearning.stored", "unlearning.edges")
def test_an_item_that_nobody_else_clicked_leaves_the_catalogue(shop: Shop) -> None:
    recommender, folder = shop
    found = forgot(shop, ForgetRequest.everywhere(PRIVATE))
    assert found.status == "done"
    assert load(folder / FILE).net.config.items == 59
    everything = b"".join(files(folder).values()) + journal_of(folder).read_bytes()
    assert PRIVATE.encode() not in everything
    assert TrainedRecommender.load(folder, store=recommender).recommend([name(SESSIONS[7][2])], 59).warnings == ()


@pytest.mark.requirement("unlearning.stored")
def test_the_certificate_tells_all_but_the_content(shop: Shop) -> None:
    recommender, folder = shop
    before = digest(load(folder / FILE))
    found = forgot(shop, ForgetRequest.session("session-4"))
    (entry,) = entries(folder)
    assert (entry["id"], entry["action"], entry["method"]) == (found.certificate, "forget", "cau")
    assert entry["kinds"] == {"session": 1}
    assert (entry["model_before"], entry["model_after"]) == (before, digest(load(folder / FILE)))
    assert entry["data_after"] == recommender.store.hash
    assert entry["data_before"] != entry["data_after"]
    assert len(entry["chance_before"]) == len(entry["chance_after"]) == found.clicks == 6
    assert len(entry["weights"]) == found.steps > 0
    assert all(sum(step) == pytest.approx(1, abs=1e-3) for step in entry["weights"])
    assert entry["seconds"] > 0
    text = journal_of(folder).read_text(encoding="utf-8")
    assert not any(word in text for word in ("user-", "shop.example", "item-", "session-4"))
    forgot(shop, ForgetRequest.click("session-5", place=1))
    assert broken(folder) == 0
    journal_of(folder).write_text(journal_of(folder).read_text().replace('"method": "cau"', '"method": "npo"', 1))
    assert broken(folder) == 1


@pytest.mark.requirement("unlearning.stored", "unlearning.rollback")
def test_it_is_put_back_bit_for_bit_or_let_go(shop: Shop) -> None:
    recommender, folder = shop
    was = files(folder)
    found = forgot(shop, ForgetRequest.click("session-4", place=3), undoable=True)
    assert files(folder) != was
    undo_in_model(folder)
    assert found.store is not None
    recommender.rollback(found.store.certificate)
    assert files(folder) == was
    assert not TrainedRecommender.load(folder, store=recommender).stale
    assert [each["action"] for each in entries(folder)] == ["forget", "rollback"]
    with pytest.raises(UsageError) as caught:
        undo_in_model(folder)
    assert caught.value.code == "no_snapshot"
    forgot(shop, ForgetRequest.click("session-4", place=3), undoable=True)
    assert (finish_model(folder), finish_model(folder)) == (True, False)
    assert not replacing.before_of(folder).exists()


@pytest.mark.requirement("unlearning.rollback")
def test_a_damaged_snapshot_is_not_put_back(shop: Shop) -> None:
    _, folder = shop
    forgot(shop, ForgetRequest.click("session-4", place=3), undoable=True)
    now = files(folder)
    network = replacing.before_of(folder) / FILE
    network.write_bytes(network.read_bytes()[:-100])
    with pytest.raises(RunError) as caught:
        undo_in_model(folder)
    assert caught.value.code == "damaged_model"
    network.write_bytes(now[FILE])  # sound, and not what it was
    with pytest.raises(RunError) as caught:
        undo_in_model(folder)
    assert caught.value.code == "damaged_model"
    assert files(folder) == now


@pytest.mark.requirement("unlearning.stored")
def test_what_was_not_reached_is_partial_and_the_model_stale(shop: Shop) -> None:
    recommender, folder = shop
    found = forgot(shop, ForgetRequest.session("session-4"), limits=Limits(steps=1))
    assert (found.status, found.remaining > 0) == ("partial", True)
    assert found.store is not None
    assert found.store.status == "done"
    assert TrainedRecommender.load(folder, store=recommender).stale


@pytest.mark.requirement("unlearning.rollback")
def test_no_number_fails_and_changes_neither(shop: Shop) -> None:
    recommender, folder = shop
    was, hash_before = files(folder), recommender.store.hash
    found = forgot(shop, ForgetRequest.session("session-4"), limits=Limits(rate=float("inf")))
    assert (found.status, found.store) == ("failed", None)
    assert (files(folder), recommender.store.hash) == (was, hash_before)
    assert entries(folder)[-1]["status"] == "failed"


class Killed(BaseException):
    """Stands for a process that ends here: nothing after it runs, not even what cleans up."""


@pytest.mark.requirement("unlearning.kill")
@pytest.mark.parametrize(
    "moment", ["exporting", "between the renames", "before the store", "letting the old one go", "stamping"]
)
def test_a_kill_leaves_it_wholly_done_or_wholly_undone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    recommender, folder = shop
    was, hash_before = files(folder), recommender.store.hash

    def killed(*given: object, **named: object) -> None:
        raise Killed

    def nothing(of: Path, now: Standing) -> None:
        """A process that is gone puts nothing back."""

    def half(trained: Trained, old: Path, new: Path, lost: Mapping[str, int]) -> None:
        export_unlearnt(trained, old, new, lost)
        (new / "items.json").unlink()
        raise Killed

    def one_rename(of: Path) -> None:
        of.rename(replacing.before_of(of))
        raise Killed

    if moment == "between the renames":
        monkeypatch.setattr(stored, "replace_folder", one_rename)
    elif moment == "before the store":
        monkeypatch.setattr(SessionRecommender, "forget", killed)
        monkeypatch.setattr(stored, "mend", nothing)
    elif moment == "letting the old one go":
        monkeypatch.setattr(stored, "forget_before", killed)
    elif moment == "stamping":
        monkeypatch.setattr(stored, "_stamp", killed)
    with pytest.raises(Killed):
        forgot(shop, ForgetRequest.session("session-4"), export=half if moment == "exporting" else export_unlearnt)
    monkeypatch.undo()
    with replacing.alone(folder):
        pass
    served = TrainedRecommender.load(folder, store=recommender)
    if moment in {"letting the old one go", "stamping"}:  # both have forgotten; the model is taken for stale
        assert recommender.store.hash != hash_before
        assert served.stale
        assert replacing.before_of(folder).exists() == (moment != "stamping")
        with pytest.raises(UsageError) as caught:
            forgot(shop, ForgetRequest.session("session-4"))
        assert caught.value.code == "use_retrain"
        assert not replacing.before_of(folder).exists()  # which knew what was forgotten
        return
    assert recommender.store.hash == hash_before
    assert (files(folder) == was) == (moment != "before the store")
    assert not served.stale
    again = forgot(
        shop, ForgetRequest.session("session-4")
    )  # the same request, from the network that had not forgotten
    assert (again.status, again.chance_before > 0.5) == ("done", True)
    assert not TrainedRecommender.load(folder, store=recommender).stale
    assert not replacing.before_of(folder).exists()
    assert "pending.txt" not in files(folder)


@pytest.mark.requirement("unlearning.kill")
def test_what_the_store_has_forgotten_does_not_come_back_with_the_model(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Ctrl-C after the store's commit leaves both without it, and the model stale."""
    recommender, folder = shop
    forget = SessionRecommender.forget

    def interrupted(store: SessionRecommender, requests: list[ForgetRequest], **named: bool) -> None:
        forget(store, requests, force=named["force"], undoable=named["undoable"])
        raise KeyboardInterrupt

    was = files(folder)
    monkeypatch.setattr(SessionRecommender, "forget", interrupted)
    with pytest.raises(KeyboardInterrupt):
        forgot(shop, ForgetRequest.session("session-4"))
    assert files(folder)["network.pt"] != was["network.pt"]
    assert not replacing.before_of(folder).exists()
    assert TrainedRecommender.load(folder, store=recommender).stale


@pytest.mark.requirement("unlearning.kill")
def test_a_store_that_refuses_puts_the_model_back(shop: Shop) -> None:
    recommender, folder = shop
    was = files(folder)
    plan = recommender.plan([ForgetRequest.session("session-5"), ForgetRequest.session("session-6")])
    with pytest.raises(UsageError) as caught:
        forgot(shop, ForgetRequest.session("session-4"), planned=plan)
    assert caught.value.code == "not_confirmed"
    assert files(folder) == was


@pytest.mark.requirement("unlearning.stored")
def test_what_the_store_alone_forgot_meanwhile_makes_it_stale(shop: Shop) -> None:
    recommender, folder = shop

    def meanwhile(done: int, most: int) -> None:
        del most
        if done == 1:
            recommender.forget([ForgetRequest.session("session-9")])

    found = forgot(shop, ForgetRequest.session("session-4"), hear=meanwhile)
    assert (found.status, "meanwhile" in found.stale) == ("done", True)
    assert TrainedRecommender.load(folder, store=recommender).stale


@pytest.mark.requirement("unlearning.kill")
def test_two_at_once_are_one_after_the_other(shop: Shop) -> None:
    recommender, folder = shop
    served = TrainedRecommender.load(folder, store=recommender)
    known = served.recommend([name(SESSIONS[2][0])], 5).ids
    told: list[str] = []

    def meanwhile(done: int, most: int) -> None:
        del most
        if done == 1:
            with pytest.raises(RunError) as caught:
                forgot(shop, ForgetRequest.session("session-5"))
            told.append(caught.value.code)
            assert served.recommend([name(SESSIONS[2][0])], 5).ids == known  # it recommends on, from one state

    assert forgot(shop, ForgetRequest.session("session-4"), hear=meanwhile).status == "done"
    assert told == ["model_locked"]
    assert forgot(shop, ForgetRequest.session("session-5")).status == "done"


@pytest.mark.requirement("unlearning.stored")
def test_the_checkpoint_of_the_training_goes_with_what_it_learnt(shop: Shop) -> None:
    run = shop[1].parent
    (run / "checkpoint.pt").write_bytes(b"the network as it was learnt")
    (run / "log.jsonl").write_text("{}\n", encoding="utf-8")
    forgot(shop, ForgetRequest.session("session-3"))
    assert (run / "checkpoint.pt").exists()  # no run of ours stands there
    (run / "finished.json").write_text("{}", encoding="utf-8")
    forgot(shop, ForgetRequest.session("session-4"), undoable=True)
    assert not (run / "checkpoint.pt").exists()
    assert (run / "log.jsonl").exists()
