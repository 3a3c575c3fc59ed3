"""Forgetting: exactly what is asked for, wholly or not at all, once, in any order, and gone from every file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from questline.errors import UsageError
from questline.tools.recommendation import ForgetReport, ForgetRequest, Session, SessionRecommender

from .conftest import shop

ADA = "ada@shop.example"
REQUESTS = {
    "click by place": ForgetRequest.click("ada-private", place=1),
    "click by item": ForgetRequest.click("ada-private", item="pills"),
    "session": ForgetRequest.session("ada-private"),
    "user": ForgetRequest.user(ADA),
    "item": ForgetRequest.everywhere("pills"),
    "category": ForgetRequest.category("medicine"),
    "spam": ForgetRequest.spam(30),
}


def without(requests: Sequence[ForgetRequest]) -> list[Session]:
    """Return the shop's sessions less what some requests name, by hand."""
    kept: list[Session] = []
    medicine = {"pills", "syrup"}
    copies = [session.items for session in shop()]
    for session in shop():
        items = list(enumerate(session.items))
        for request in requests:
            mine = request.id == session.id
            if request.kind == "click" and mine:
                items = [(n, item) for n, item in items if n != request.place and item != request.item]
            elif (request.kind == "session" and mine) or (request.kind == "user" and request.id == session.user):
                items = []
            elif request.kind == "item":
                items = [(n, item) for n, item in items if item != request.id]
            elif request.kind == "category":
                items = [(n, item) for n, item in items if item not in medicine]
            elif request.kind == "spam" and copies.count(session.items) >= request.copies:
                items = []
        kept.append(Session(id=session.id, user=session.user, items=tuple(item for _, item in items)))
    return kept


def told(recommender: SessionRecommender) -> list[object]:
    prefixes: tuple[list[str], ...] = (["kettle"], ["mill"], ["tea", "sugar"], ["cup1"], [])
    return [recommender.recommend(prefix, k=99).items for prefix in prefixes]


@pytest.mark.requirement("recommendation.exact", "recommendation.requests")
@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_left_is_what_a_shop_without_it_gives(
    recommender: SessionRecommender, tmp_path: Path, name: str
) -> None:
    report = recommender.forget([REQUESTS[name]], force=True)
    assert report.status == "done"
    assert report.clicks > 0
    with SessionRecommender.open(tmp_path / "without") as again:
        again.learn(without([REQUESTS[name]]))
        assert told(recommender) == told(again)
        assert recommender.size() == again.size()
    found = recommender.audit([REQUESTS[name]])
    assert found.absent, [each for each in found.findings if each.found]


@pytest.mark.requirement("recommendation.batch")
def test_the_order_of_a_batch_changes_nothing(tmp_path: Path) -> None:
    batch = [REQUESTS["click by item"], REQUESTS["user"], REQUESTS["category"], ForgetRequest.session("tea-003")]
    results: list[tuple[int, int, int, list[object]]] = []
    for number, order in enumerate([*permutations(batch)][::5]):
        with SessionRecommender.open(tmp_path / f"{number}") as recommender:
            recommender.learn(shop())
            recommender.describe({"pills": ["medicine"], "syrup": ["medicine"]})
            report = recommender.forget(order)
            results.append((report.clicks, report.sessions_gone, report.items_gone, told(recommender)))
    assert results == [results[0]] * len(results)
    with SessionRecommender.open(tmp_path / "one by one") as recommender:
        recommender.learn(shop())
        recommender.describe({"pills": ["medicine"], "syrup": ["medicine"]})
        for request in batch[:1] + batch[2:] + batch[1:2]:
            recommender.forget([request])
        assert told(recommender) == results[0][3]


@pytest.mark.requirement("recommendation.dry-run")
def test_a_dry_run_says_what_would_go_and_changes_nothing(path: Path, recommender: SessionRecommender) -> None:
    before, version = told(recommender), recommender.version
    plan = recommender.plan([REQUESTS["user"], REQUESTS["item"]])
    assert (plan.status, plan.clicks, plan.sessions, plan.sessions_gone, plan.items_gone) == ("planned", 4, 1, 1, 2)
    assert [each.clicks for each in plan.requests] == [4, 1]
    assert plan.certificate == ""
    assert (told(recommender), recommender.version) == (before, version)
    report = recommender.forget([REQUESTS["user"], REQUESTS["item"]])
    same = ("clicks", "share", "sessions", "sessions_gone", "items_gone", "requests")
    assert [getattr(report, name) for name in same] == [getattr(plan, name) for name in same]


@pytest.mark.requirement("recommendation.dry-run")
def test_a_plan_that_is_not_what_it_was_is_not_carried_out(recommender: SessionRecommender) -> None:
    plan = recommender.plan([REQUESTS["user"]])
    recommender.record("later", ["kettle", "tea"], user=ADA)
    before = told(recommender)
    with pytest.raises(UsageError) as caught:
        recommender.forget([REQUESTS["user"]], planned=plan)
    assert caught.value.code == "not_confirmed"
    assert told(recommender) == before
    again = recommender.plan([REQUESTS["user"]])
    assert recommender.forget([REQUESTS["user"]], planned=again).clicks == 6
    assert recommender.forget([REQUESTS["user"]], planned=again).status == "already"


@pytest.mark.requirement("recommendation.idempotent")
def test_the_same_request_again_changes_nothing(recommender: SessionRecommender) -> None:
    first = recommender.forget([REQUESTS["user"], REQUESTS["user"]])
    version = recommender.version
    again = recommender.forget([REQUESTS["user"]])
    assert (first.status, again.status, again.clicks, again.certificate) == ("done", "already", 0, "")
    assert again.requests[0].already
    assert recommender.version == version
    recommender.record("later", ["kettle", "tea"], user=ADA)  # she came back, and may be forgotten again
    assert recommender.forget([REQUESTS["user"]]).clicks == 2


@pytest.mark.requirement("recommendation.requests")
def test_places_stay_when_other_clicks_are_forgotten(recommender: SessionRecommender) -> None:
    recommender.forget([ForgetRequest.click("ada-private", place=0)])
    recommender.forget([ForgetRequest.click("ada-private", place=1)])  # the pills still
    assert "pills" not in recommender.recommend(["tea"], k=99).ids
    assert "syrup" in recommender.recommend(["tea"], k=99).ids
    recommender.record("ada-private", ["lamp"])
    assert recommender.plan([ForgetRequest.click("ada-private", place=4)]).clicks == 1


@pytest.mark.requirement("recommendation.unknown-request")
@pytest.mark.parametrize(
    "request_",
    [
        ForgetRequest.user("nobody"),
        ForgetRequest.session("nowhere"),
        ForgetRequest.click("ada-private", place=99),
        ForgetRequest.click("ada-private", item="lamp"),
        ForgetRequest.everywhere("samovar"),
        ForgetRequest.category("toys"),
        ForgetRequest.spam(31),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_changes(
    recommender: SessionRecommender, request_: ForgetRequest
) -> None:
    before, version = told(recommender), recommender.version
    for ask in (recommender.plan, recommender.forget):
        with pytest.raises(UsageError) as caught:
            ask([REQUESTS["user"], request_])
        assert caught.value.code == "unknown_request"
        assert caught.value.fields["index"] == 1
    assert (told(recommender), recommender.version) == (before, version)


@pytest.mark.requirement("recommendation.held")
@pytest.mark.parametrize(("kind", "name"), [("user", ADA), ("session", "ada-private"), ("item", "pills")])
def test_what_is_held_is_not_forgotten(recommender: SessionRecommender, kind: str, name: str) -> None:
    recommender.hold(kind, name, "case 17")
    before = told(recommender)
    for request in (REQUESTS["user"], REQUESTS["category"], REQUESTS["click by item"]):
        with pytest.raises(UsageError) as caught:
            recommender.forget([request], force=True)
        assert caught.value.code == "held"
        assert caught.value.fields["reason"] == "case 17"
    assert told(recommender) == before
    assert recommender.forget([ForgetRequest.session("tea-001")]).status == "done"
    assert recommender.release(kind, name)
    assert not recommender.release(kind, name)
    assert recommender.forget([REQUESTS["user"]]).status == "done"


@pytest.mark.requirement("recommendation.limit")
def test_too_large_a_part_needs_force(recommender: SessionRecommender) -> None:
    before = told(recommender)
    with pytest.raises(UsageError) as caught:
        recommender.forget([ForgetRequest.user("bea@shop.example")])
    assert caught.value.code == "use_retrain"
    assert caught.value.fields["share"] == pytest.approx(90 / 214, abs=1e-4)
    assert told(recommender) == before
    assert recommender.forget([ForgetRequest.user("bea@shop.example")], force=True).sessions_gone == 30


@pytest.mark.requirement("recommendation.bad-request")
@pytest.mark.parametrize(
    "values",
    [
        None,
        "ada",
        {"kind": "person", "id": "ada"},
        {"kind": "user"},
        {"kind": "user", "id": ""},
        {"kind": "user", "id": 7},
        {"kind": "user", "id": "ada", "place": 1},
        {"kind": "click", "session": "s"},
        {"kind": "click", "session": "s", "place": -1},
        {"kind": "click", "session": "s", "place": 1, "item": "tea"},
        {"kind": "spam", "copies": 1},
        {"kind": "spam", "copies": "many"},
    ],
)
def test_a_request_that_names_nothing_is_refused(values: Any) -> None:
    with pytest.raises(UsageError) as caught:
        ForgetRequest.of(values)
    assert caught.value.code == "bad_request"


@pytest.mark.requirement("recommendation.bad-request")
@pytest.mark.parametrize("requests", [[], None, "user", [{"kind": "user", "id": "ada"}]])
def test_a_batch_is_a_list_of_requests(recommender: SessionRecommender, requests: Any) -> None:
    with pytest.raises(UsageError) as caught:
        recommender.forget(requests)
    assert caught.value.code == "bad_request"


@pytest.mark.requirement("recommendation.audit")
def test_what_is_forgotten_is_in_no_byte_of_any_file(path: Path, recommender: SessionRecommender) -> None:
    recommender.snapshot()
    mark = recommender.store.mark("user", ADA).encode()
    before = recommender.audit([REQUESTS["user"]])
    assert not before.absent
    found = {each.where for each in before.findings if each.found}
    assert found >= {"clicks", "tables"}
    assert found & {path.name, f"{path.name}-wal"}
    recommender.forget([REQUESTS["user"]])
    files = sorted(path.parent.glob(f"{path.name}*"))
    for file in files:
        for secret in (mark, b"pills", b"syrup", b"ada-private"):
            assert secret not in file.read_bytes(), (file.name, secret)
    assert recommender.audit([REQUESTS["user"]]).absent
    recommender.close()
    assert mark not in path.read_bytes()


@pytest.mark.requirement("recommendation.audit")
def test_an_audit_finds_a_model_and_a_log_that_were_tampered_with(
    recommender: SessionRecommender,
) -> None:
    recommender.forget([REQUESTS["user"]])
    connection = recommender.store.connection
    connection.execute("DROP TRIGGER certificates_hold")
    connection.execute("UPDATE certificates SET body = replace(body, '\"clicks\": 4', '\"clicks\": 3')")
    connection.execute("UPDATE clicks SET item = (SELECT max(n) FROM items) WHERE session = 1 AND place = 0")
    found = {each.where: each.found for each in recommender.audit([REQUESTS["user"]]).findings}
    assert (found["certificates"], found["model"]) == (1, 1)
    connection.execute("DROP TRIGGER certificates_stay")
    connection.execute("DELETE FROM certificates")
    found = {each.where: each.found for each in recommender.audit([REQUESTS["user"]]).findings}
    assert found["certificates"] == 1  # the newest one is missing


@pytest.mark.requirement("recommendation.certificate")
def test_the_certificate_says_what_was_done_and_not_what_was_forgotten(recommender: SessionRecommender) -> None:
    report = recommender.forget([REQUESTS["user"], REQUESTS["item"]])
    (entry,) = recommender.certificates(report.certificate)
    assert entry["kinds"] == {"item": 1, "user": 1}
    assert (entry["method"], entry["clicks"], entry["items_gone"]) == ("exact", 4, 2)
    assert entry["data_before"] != entry["data_after"] == recommender.store.hash
    assert entry["model_before"] != entry["model_after"]
    before, after = entry["chance_before"], entry["chance_after"]
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert before > after
    text = json.dumps(recommender.certificates())
    for secret in (ADA, "shop", "pills", "syrup", recommender.store.mark("user", ADA)):  # "ada" stands in many a hash
        assert secret not in text
    assert recommender.status(report.certificate) == "done"


@pytest.mark.requirement("recommendation.certificate")
def test_no_entry_of_the_log_can_be_changed_or_deleted(recommender: SessionRecommender) -> None:
    recommender.forget([REQUESTS["user"]])
    for statement in ("DELETE FROM certificates", "UPDATE certificates SET body = ''"):
        with pytest.raises(Exception, match="certificates are kept"):
            recommender.store.connection.execute(statement)


@pytest.mark.requirement("recommendation.rollback")
def test_what_was_kept_aside_comes_back_bit_for_bit(path: Path, recommender: SessionRecommender) -> None:
    before, hashed = told(recommender), recommender.store.hash
    batch = [REQUESTS["user"], ForgetRequest.click("tea-004", item="sugar"), REQUESTS["category"]]
    report = recommender.forget(batch, undoable=True)
    assert report.undoable
    assert recommender.status(report.certificate) == "undoable"
    assert not recommender.audit(batch).absent
    recommender.rollback(report.certificate)
    assert (told(recommender), recommender.store.hash) == (before, hashed)
    assert recommender.status(report.certificate) == "rolled_back"
    assert recommender.plan([REQUESTS["category"]]).clicks == 2  # its categories too
    with SessionRecommender.open(path) as again:
        assert told(again) == before
    with pytest.raises(UsageError) as caught:
        recommender.rollback(report.certificate)
    assert caught.value.code == "no_snapshot"


@pytest.mark.requirement("recommendation.rollback")
def test_what_was_kept_aside_is_let_go(recommender: SessionRecommender) -> None:
    report = recommender.forget([REQUESTS["user"]], undoable=True)
    recommender.finish(report.certificate)
    recommender.finish(report.certificate)
    assert recommender.audit([REQUESTS["user"]]).absent
    assert [entry["action"] for entry in recommender.certificates()] == ["forget", "finish"]
    for call in (recommender.rollback, recommender.finish, recommender.status):
        with pytest.raises(UsageError) as caught:
            call("f" * 32)
        assert caught.value.code == "unknown_certificate"


@pytest.mark.requirement("recommendation.rollback")
def test_the_next_forgetting_lets_go_of_what_was_kept_aside(recommender: SessionRecommender) -> None:
    report = recommender.forget([REQUESTS["item"]], undoable=True)
    recommender.forget([REQUESTS["user"]])  # rolling back would bring a click of hers back
    with pytest.raises(UsageError) as caught:
        recommender.rollback(report.certificate)
    assert caught.value.code == "no_snapshot"
    assert recommender.audit([REQUESTS["item"], REQUESTS["user"]]).absent


class Follower:
    """Another store with something of three people."""

    def __init__(self, *, fails: bool = False) -> None:
        self.people = {ADA: 2, "elsewhere only": 5}
        self.fails = fails

    def forget(self, subject: str, /) -> int:
        if self.fails:
            raise OSError("the disk is gone")
        return self.people.pop(subject, 0)


@pytest.mark.requirement("recommendation.propagation")
def test_other_stores_forget_with_this_one(path: Path, recommender: SessionRecommender) -> None:
    del recommender
    follower = Follower()
    with SessionRecommender.open(path, followers={"clicks": follower}) as both:
        assert both.forget([REQUESTS["user"]]).followers == {"clicks": 2}
        only = both.forget([ForgetRequest.user("elsewhere only")])
        assert (only.status, only.clicks, only.followers) == ("done", 0, {"clicks": 5})
        with pytest.raises(UsageError) as caught:
            both.forget([ForgetRequest.user("nobody")])
        assert caught.value.code == "unknown_request"
        assert both.forget([REQUESTS["user"]]).status == "already"


@pytest.mark.requirement("recommendation.propagation")
def test_a_store_that_fails_makes_the_report_partial(path: Path, recommender: SessionRecommender) -> None:
    del recommender
    with SessionRecommender.open(path, followers={"clicks": Follower(fails=True)}) as both:
        report = both.forget([REQUESTS["user"]])
        assert report.status == "partial"
        assert report.remaining == ("clicks did not forget: the disk is gone",)
        assert both.audit([REQUESTS["user"]]).absent


@pytest.mark.requirement("recommendation.killed")
@pytest.mark.parametrize(
    ("where", "done"), [("state.Live.change", False), ("forgetting.append", False), ("store.SessionStore.clean", True)]
)
def test_a_kill_leaves_all_or_nothing(path: Path, recommender: SessionRecommender, where: str, done: bool) -> None:
    before = told(recommender)
    recommender.close()
    module, _, name = where.partition(".")
    code = f"""
import os, signal, sys
from pathlib import Path
from questline.tools.recommendation import {module} as module
from questline.tools.recommendation import ForgetRequest, SessionRecommender
def killed(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)
with SessionRecommender.open(Path(sys.argv[1])) as recommender:
    owner, _, attribute = "module.{name}".rpartition(".")
    setattr(eval(owner), attribute, killed)
    recommender.forget([ForgetRequest.user("{ADA}")])
"""
    ended = subprocess.run([sys.executable, "-P", "-c", code, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with SessionRecommender.open(path) as again:
        assert (told(again) == before) is not done
        assert len(again.certificates()) == int(done)
        if done:
            assert again.audit([REQUESTS["user"]]).absent  # cleaned up at the opening
        else:
            assert again.forget([REQUESTS["user"]]).status == "done"


@pytest.mark.requirement("recommendation.concurrent")
def test_two_requests_at_once_are_carried_out_one_after_the_other(
    path: Path, recommender: SessionRecommender, tmp_path: Path
) -> None:
    del recommender
    reports: list[ForgetReport] = []

    def ask(*requests: ForgetRequest) -> None:
        with SessionRecommender.open(path) as own:
            reports.append(own.forget(requests))

    batches = [(REQUESTS["user"], REQUESTS["item"]), (REQUESTS["item"], REQUESTS["user"])]
    threads = [threading.Thread(target=ask, args=batch) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.status for report in reports) == ["already", "done"]
    with SessionRecommender.open(path) as one, SessionRecommender.open(tmp_path / "without") as other:
        other.learn(without([REQUESTS["user"], REQUESTS["item"]]))
        assert told(one) == told(other)


@pytest.mark.requirement("recommendation.rollback")
def test_the_same_again_keeps_what_is_kept_aside_where_that_is_asked_for(recommender: SessionRecommender) -> None:
    report = recommender.forget([REQUESTS["user"]], undoable=True)
    assert recommender.forget([REQUESTS["user"]], undoable=True).status == "already"
    assert recommender.status(report.certificate) == "undoable"
    assert recommender.forget([REQUESTS["user"]]).status == "already"
    assert recommender.status(report.certificate) == "done"
    assert [entry["action"] for entry in recommender.certificates()] == ["forget", "finish"]


@pytest.mark.requirement("recommendation.rollback")
def test_sessions_that_were_learnt_again_are_not_put_back(recommender: SessionRecommender) -> None:
    ada = [Session(id="again", user="ada-private", items=("tea", "pills"))]
    recommender.learn(ada)
    report = recommender.forget([ForgetRequest.session("again")], undoable=True)
    assert recommender.forgotten_among(ada) == 1
    assert recommender.forgotten_among([Session(id="another", user="ada-private", items=("tea",))]) == 0
    recommender.learn(ada)
    before = told(recommender)
    with pytest.raises(UsageError, match="learnt again") as caught:
        recommender.rollback(report.certificate)
    assert (caught.value.code, caught.value.fields["sessions"]) == ("no_snapshot", 1)
    assert told(recommender) == before
    recommender.forget([ForgetRequest.user("ada-private")])
    assert recommender.forgotten_among([Session(id="another", user="ada-private", items=("tea",))]) == 1


@pytest.mark.requirement("recommendation.bad-request")
def test_a_place_beyond_measure_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        ForgetRequest.click("s3", place=10**40)
    assert caught.value.code == "bad_request"
    assert len(caught.value.message) < 200
