"""A trained model forgets with its store: both or neither, with a certificate, an undo, and nothing of the content."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from questline.errors import QuestlineError, RunError, UsageError
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")
pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")

from questline.tools.recommendation.neural import Trained, TrainedRecommender, load
from questline.tools.recommendation.neural.checkpoint import FILE, digest
from questline.tools.recommendation.neural.standing import standing
from questline.tools.recommendation.unlearning import replacing, stored
from questline.tools.recommendation.unlearning.approximate import Limits
from questline.tools.recommendation.unlearning.journal import broken, entries, journal_of
from questline.tools.recommendation.unlearning.stored import ModelForgot, finish_model, forget_in_model, undo_in_model
from questline.training.recommender.exporting import export
from questline.training.recommender.unlearnt_export import export_unlearnt

from .conftest import SESSIONS, learnt_by_heart

Shop = tuple[SessionRecommender, Path]
LIMITS = Limits(most_drop=0.3)
PRIVATE = "a-very-private-item"


def name(item: int) -> str:
    return PRIVATE if item == 60 else f"item-{item:02}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of thirty sessions, one with an item that nobody else clicks, and a network that knows them by heart."""
    folder = tmp_path_factory.mktemp("template")
    known = {number: [item if item != 60 else 1 for item in items] for number, items in SESSIONS.items()}
    known[7][3] = 60
    net = learnt_by_heart("sasrec", known).net
    with SessionRecommender.open(folder / "shop.sqlite") as recommender:
        recommender.learn(
            Session(id=f"session-{n}", user=f"user-{n % 10}@shop.example", items=tuple(map(name, items)))
            for n, items in known.items()
        )
        clicks = np.bincount([item for items in known.values() for item in items], minlength=61)[1:]
        (folder / "model").mkdir()
        learnt = {"store": standing(recommender.store).as_dict(), "split": "sessions", "recent": 0, "held_out": 0.0}
        export(Trained(net=net, items=tuple(map(name, range(1, 61)))), folder / "model", clicks=clicks, learnt=learnt)
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    shutil.copytree(template, folder)
    with SessionRecommender.open(folder / "shop.sqlite") as recommender:
        yield recommender, folder / "model"


def forgot(shop: Shop, *requests: ForgetRequest, **options: object) -> ModelForgot:
    recommender, folder = shop
    chosen = {"limits": LIMITS, "export": export_unlearnt, **options}
    return forget_in_model(recommender, folder, requests, **chosen)  # pyright: ignore[reportArgumentType]  # by name


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


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


@pytest.mark.requirement("unlearning.bad-input")
@pytest.mark.parametrize(
    ("request_", "prepare", "code"),
    [
        (ForgetRequest.session("nobody"), lambda r, f: None, "unknown_request"),
        (ForgetRequest.session("session-4"), lambda r, f: r.hold("session", "session-4", "a lawsuit"), "held"),
        (
            ForgetRequest.user("user-3@shop.example"),
            lambda r, f: r.forget([ForgetRequest.session("session-1")]),
            "use_retrain",
        ),
        (ForgetRequest.session("session-4"), lambda r, f: (f / FILE).unlink(), "no_snapshot"),
        (ForgetRequest.session("session-4"), lambda r, f: (f / FILE).write_bytes(b"no network"), "damaged_model"),
        (ForgetRequest.session("session-4"), lambda r, f: (f / "manifest.json").write_text("{}"), "damaged_model"),
        (ForgetRequest.session("session-4"), lambda r, f: shutil.rmtree(f), "file_not_found"),
    ],
)
def test_bad_input_changes_nothing(
    shop: Shop, request_: ForgetRequest, prepare: Callable[[SessionRecommender, Path], object], code: str
) -> None:
    recommender, folder = shop
    prepare(recommender, folder)
    was = files(folder) if folder.exists() else {}
    hash_before = recommender.store.hash
    with pytest.raises(QuestlineError) as caught:
        forgot(shop, request_)
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
@pytest.mark.parametrize("moment", ["exporting", "between the renames", "before the store", "stamping"])
def test_a_kill_leaves_it_wholly_done_or_wholly_undone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    recommender, folder = shop
    was, hash_before = files(folder), recommender.store.hash

    def killed(*given: object, **named: object) -> None:
        raise Killed

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
        monkeypatch.setattr(stored, "put_back", lambda of: None)
    elif moment == "stamping":
        monkeypatch.setattr(stored, "_stamp", killed)
    with pytest.raises(Killed):
        forgot(shop, ForgetRequest.session("session-4"), export=half if moment == "exporting" else export_unlearnt)
    monkeypatch.undo()
    with replacing.alone(folder):
        pass
    served = TrainedRecommender.load(folder, store=recommender)
    if moment == "stamping":  # both have forgotten; the model is taken for stale all the same
        assert recommender.store.hash != hash_before
        assert served.stale
        return
    assert recommender.store.hash == hash_before
    assert (files(folder) == was) == (moment != "before the store")
    assert not served.stale
    assert forgot(shop, ForgetRequest.session("session-4")).status == "done"  # the same request again


@pytest.mark.requirement("unlearning.kill")
def test_a_store_that_refuses_puts_the_model_back(shop: Shop) -> None:
    recommender, folder = shop
    was = files(folder)
    plan = recommender.plan([ForgetRequest.session("session-5"), ForgetRequest.session("session-6")])
    with pytest.raises(UsageError) as caught:
        forgot(shop, ForgetRequest.session("session-4"), planned=plan)
    assert caught.value.code == "not_confirmed"
    assert files(folder) == was


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
