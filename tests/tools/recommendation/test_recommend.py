"""Recommending: cold start, unknown items, what was seen, how long the list is, learning as it goes, many readers."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from questline.errors import RunError, UsageError
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender, Weights

pytestmark = pytest.mark.requirement("recommendation.embedded")


def test_sessions_like_this_one_say_what_comes_next(recommender: SessionRecommender) -> None:
    found = recommender.recommend(["mill"], k=2)
    assert found.ids == ("beans", "cup1")
    assert [each.origin for each in found.items] == ["session", "session"]
    assert found.items[0].score > found.items[1].score > 0
    assert not found.cold_start
    assert found.warnings == ()


@pytest.mark.requirement("recommendation.cold-start")
def test_nothing_known_gives_popular_items_or_the_configured_ones(path: Path, recommender: SessionRecommender) -> None:
    found = recommender.recommend([], k=3)
    assert found.cold_start
    assert found.ids == ("cup1", "tea", "kettle")  # the last two were clicked equally often
    assert {each.score for each in found.items} == {0.0}
    unknown = recommender.recommend(["samovar", "kumis"], k=1)
    assert unknown.cold_start
    assert [warning.code for warning in unknown.warnings] == ["unknown_item"]
    with SessionRecommender.open(path, cold_start=["syrup", "nobody knows it", "tea"]) as configured:
        assert configured.recommend([], k=4).ids == ("syrup", "tea", "cup1", "kettle")


@pytest.mark.requirement("recommendation.cold-start")
def test_an_unknown_item_is_left_out_with_a_warning(recommender: SessionRecommender) -> None:
    found = recommender.recommend(["mill", "samovar"], k=2)
    assert found.items == recommender.recommend(["mill"], k=2).items
    assert [warning.code for warning in found.warnings] == ["unknown_item"]
    assert "'samovar'" in found.warnings[0].message


def test_what_was_seen_is_left_out_unless_asked_for(recommender: SessionRecommender) -> None:
    assert "mill" not in recommender.recommend(["mill", "beans"], k=20).ids
    assert "mill" in recommender.recommend(["mill", "beans"], k=20, exclude_seen=False).ids
    assert recommender.recommend(["mill", "beans", "cup1"], k=3).ids[0] not in {"mill", "beans", "cup1"}


@pytest.mark.requirement("recommendation.bad-k")
@pytest.mark.parametrize("k", [0, -1, True, 1.5, "3", None])
def test_a_bad_k_is_refused(recommender: SessionRecommender, k: Any) -> None:
    with pytest.raises(UsageError) as caught:
        recommender.recommend(["tea"], k=k)
    assert caught.value.code == "bad_k"


@pytest.mark.requirement("recommendation.bad-k")
def test_more_than_there_is_is_all_there_is(recommender: SessionRecommender) -> None:
    found = recommender.recommend(["tea"], k=1000, exclude_seen=False)
    assert len(found.items) == recommender.size()[1]
    assert len(set(found.ids)) == len(found.ids)
    assert [warning.code for warning in found.warnings] == ["k_capped"]


def test_an_empty_store_recommends_nothing(path: Path) -> None:
    with SessionRecommender.open(path) as recommender:
        found = recommender.recommend(["tea"], k=3)
    assert found.items == ()
    assert found.cold_start
    assert {warning.code for warning in found.warnings} == {"k_capped", "unknown_item"}


@pytest.mark.parametrize("session", ["tea", None, [1], [["tea"]]])
def test_a_session_is_a_list_of_texts(recommender: SessionRecommender, session: Any) -> None:
    with pytest.raises(UsageError) as caught:
        recommender.recommend(session)
    assert caught.value.code == "bad_argument"


@pytest.mark.parametrize(
    "weights", [{"age": 0.0}, {"following": 1.5}, {"recent": 0}, {"back": 6}, {"distance": float("nan")}]
)
def test_weights_that_cannot_be_used_are_refused(weights: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(weights))):
        Weights(**weights)


@pytest.mark.requirement("recommendation.incremental")
def test_learning_bit_by_bit_is_learning_at_once(tmp_path: Path) -> None:
    sessions = [
        Session(id=f"s{n}", items=tuple(f"i{(n * 5 + place) % 23}" for place in range(1 + n % 6))) for n in range(80)
    ]
    with SessionRecommender.open(tmp_path / "a") as whole, SessionRecommender.open(tmp_path / "b") as parts:
        assert whole.learn(sessions) == 80
        for session in sessions:
            for item in session.items:
                parts.record(session.id, [item])
        for prefix in (["i1"], ["i7", "i2"], ["i0", "i22", "i4"]):
            assert parts.recommend(prefix, k=9).items == whole.recommend(prefix, k=9).items
        assert whole.learn(sessions) == 0  # known already
        assert whole.version == 1


def test_learning_tells_how_far_it_is_and_leaves_out_what_is_empty(recommender: SessionRecommender) -> None:
    told: list[int] = []
    assert (
        recommender.learn([Session(id="new", items=("tea",)), Session(id="none", items=())], progress=told.append) == 1
    )
    assert told == [2]


@pytest.mark.parametrize(
    "session", [Session(id="", items=("tea",)), Session(id="a", items=(" ",)), Session(id="a", items=("x" * 513,))]
)
def test_ids_that_are_none_are_refused(recommender: SessionRecommender, session: Session) -> None:
    before = recommender.size()
    with pytest.raises(UsageError) as caught:
        recommender.learn([Session(id="fine", items=("tea",)), session])
    assert caught.value.code == "bad_request"
    assert recommender.size() == before


@pytest.mark.requirement("recommendation.store")
def test_a_store_that_is_opened_again_recommends_the_same(path: Path, recommender: SessionRecommender) -> None:
    told = recommender.recommend(["kettle"], k=5)
    with SessionRecommender.open(path) as again:
        assert again.recommend(["kettle"], k=5) == told
    recommender.snapshot()
    with SessionRecommender.open(path) as again:
        assert again.recommend(["kettle"], k=5).items == told.items


@pytest.mark.requirement("recommendation.store")
def test_what_another_process_learns_and_forgets_is_seen_at_once(path: Path, recommender: SessionRecommender) -> None:
    assert recommender.recommend(["samovar"]).cold_start
    code = (
        "import sys; from pathlib import Path; from questline.tools.recommendation import *\n"
        "with SessionRecommender.open(Path(sys.argv[1])) as other:\n"
        "    other.record('s', ['samovar', 'tea']); other.forget([ForgetRequest.session('ada-private')])"
    )
    subprocess.run([sys.executable, "-P", "-c", code, str(path)], check=True)
    assert recommender.recommend(["samovar"], k=1).ids == ("tea",)
    assert "pills" not in recommender.recommend(["kettle"], k=99).ids


@pytest.mark.requirement("recommendation.store")
def test_no_id_of_a_person_or_session_is_stored(path: Path, recommender: SessionRecommender) -> None:
    recommender.close()
    data = path.read_bytes()
    assert b"pills" in data
    assert b"shop.example" not in data
    assert b"ada-private" not in data


@pytest.mark.requirement("recommendation.snapshot")
def test_a_corrupt_snapshot_is_counted_anew(
    path: Path, recommender: SessionRecommender, caplog: pytest.LogCaptureFixture
) -> None:
    told = recommender.recommend(["kettle"], k=5).items
    recommender.snapshot()
    recommender.close()
    with sqlite3.connect(path) as connection:
        data = bytearray(connection.execute("SELECT data FROM snapshots").fetchone()[0])
        data[len(data) // 2] ^= 1
        connection.execute("UPDATE snapshots SET data = ?", (bytes(data),))
    connection.close()
    with SessionRecommender.open(path) as again:
        assert again.recommend(["kettle"], k=5).items == told
        assert "the sessions are counted again" in caplog.text
        assert not again.audit([ForgetRequest.user("nobody")]).absent  # the audit tells of the damage
        again.snapshot()
        assert again.audit([ForgetRequest.user("nobody")]).absent


@pytest.mark.requirement("recommendation.store")
@pytest.mark.parametrize("content", [b"no database at all, but long enough to look like one" * 9, None])
def test_what_is_no_store_is_refused(path: Path, content: bytes | None) -> None:
    if content is None:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE other (n)")
        connection.close()
    else:
        path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        SessionRecommender.open(path)
    assert caught.value.code == "damaged_index"


@pytest.mark.requirement("recommendation.store")
def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        SessionRecommender.open(tmp_path / "nowhere" / "shop.sqlite")
    assert caught.value.code == "read_only"


@pytest.mark.requirement("recommendation.isolation")
def test_recommending_during_a_forgetting_sees_the_state_before_or_after(recommender: SessionRecommender) -> None:
    before = recommender.recommend(["kettle"], k=20).items
    seen: set[tuple[object, ...]] = set()
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen.add(recommender.recommend(["kettle"], k=20).items)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    recommender.forget([ForgetRequest.user("ada@shop.example")])
    ended.set()
    for reader in readers:
        reader.join()
    after = recommender.recommend(["kettle"], k=20).items
    assert before != after
    assert seen <= {before, after}


@pytest.mark.requirement("recommendation.incremental")
def test_long_lists_are_learnt_in_parts_and_an_interruption_keeps_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [Session(id=f"s{n}", items=(f"i{n % 7}", f"i{n % 11}")) for n in range(80)]
    with SessionRecommender.open(tmp_path / "whole") as whole:
        whole.learn(sessions)
        told = whole.recommend(["i1"], k=9).items
    monkeypatch.setattr("questline.tools.recommendation.recommender._CHUNK", 7)

    def interrupted() -> Iterator[Session]:
        yield from sessions[:40]
        raise KeyboardInterrupt

    with SessionRecommender.open(tmp_path / "parts") as parts:
        with pytest.raises(KeyboardInterrupt):
            parts.learn(interrupted())
        assert parts.size() == (35, 11, 70)
        assert parts.learn(sessions) == 45
        assert parts.recommend(["i1"], k=9).items == told
        assert parts.audit([ForgetRequest.user("nobody")]).absent
