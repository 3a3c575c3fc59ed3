"""The embedded recommender keeps the contract; a busy file leaves a report that says so; floors on real sessions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from questline.errors import RunError
from questline.testing import RecommenderContract
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender, store
from questline.tools.recommendation.schema import connect, scrub
from questline.training.evaluation.runner import Options, evaluate
from questline.training.evaluation.suites.recommendation import RecommendationSuite
from questline.training.recommender.methods import Method


@pytest.mark.requirement("recommendation.contract")
class TestEmbedded(RecommenderContract):
    @pytest.fixture
    def recommender(self, tmp_path: Path) -> Iterator[SessionRecommender]:
        with SessionRecommender.open(tmp_path / "sessions.sqlite") as made:
            made.learn([Session(id=f"s{n}", user=f"u{n}", items=("kettle", "tea", "cup")) for n in range(10)])
            made.learn([Session(id="private", user="ada", items=("kettle", "pills", "tea"))])
            yield made


@pytest.mark.requirement("recommendation.killed")
def test_a_file_that_cannot_be_rebuilt_yet_is_partial_and_rebuilt_at_the_next_opening(
    path: Path, recommender: SessionRecommender
) -> None:
    reader = connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM clicks").fetchone()  # somebody still reads the state before
    recommender.store.connection.execute("PRAGMA busy_timeout = 10")
    report = recommender.forget([ForgetRequest.everywhere("pills")])
    assert (report.status, report.clicks) == ("partial", 1)
    assert "read by another process" in report.remaining[0] or "rebuilt" in report.remaining[0]
    assert recommender.status(report.certificate) == "cleaning"
    assert "pills" not in recommender.recommend(["kettle"], k=99).ids
    reader.execute("ROLLBACK")
    reader.close()
    recommender.close()
    with SessionRecommender.open(path) as again:
        assert again.status(report.certificate) == "done"
        assert again.audit([ForgetRequest.everywhere("pills")]).absent


@pytest.mark.requirement("recommendation.store")
def test_a_file_that_somebody_else_writes_to_is_busy(path: Path, recommender: SessionRecommender) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    recommender.store.connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(RunError) as caught:
        recommender.forget([ForgetRequest.everywhere("pills")])
    assert (caught.value.code, caught.value.retryable) == ("store_busy", True)
    assert "pills" in recommender.recommend(["kettle"], k=99).ids
    other.execute("ROLLBACK")
    other.close()
    assert recommender.forget([ForgetRequest.everywhere("pills")]).status == "done"


@pytest.mark.requirement("recommendation.floors")
@pytest.mark.data
@pytest.mark.slow
async def test_lastfm_is_told_better_than_by_popularity_and_transitions(data_dir: Path, tmp_path: Path) -> None:
    file = data_dir / "rec" / "s3rec_lastfm.jsonl.gz"

    async def ndcg(method: Method) -> float:
        suite = RecommendationSuite(train=file, test=file, method=method, split="last", exclude_seen=True)
        found = (await evaluate(suite, Options(cache=tmp_path))).metrics["ndcg@10"]
        assert isinstance(found, float)
        return found

    assert await ndcg("popularity") == pytest.approx(0.020, abs=0.004)
    assert await ndcg("last") == pytest.approx(0.024, abs=0.004)
    assert await ndcg("embedded") > 0.042


@pytest.mark.requirement("recommendation.killed")
def test_cleaning_up_leaves_what_was_forgotten_meanwhile_to_be_cleaned(
    path: Path, recommender: SessionRecommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SessionRecommender.open(path) as other:
        monkeypatch.setattr(other.store, "clean", lambda: False)  # killed before it had cleaned up
        rebuild = scrub

        def forgotten_meanwhile(connection: sqlite3.Connection) -> bool:
            done = rebuild(connection)
            other.forget([ForgetRequest.everywhere("tea")])
            return done

        monkeypatch.setattr(store, "scrub", forgotten_meanwhile)
        report = recommender.forget([ForgetRequest.everywhere("pills")])
        monkeypatch.undo()
        assert recommender.status(report.certificate) == "cleaning"
    with SessionRecommender.open(path) as again:
        assert again.status(report.certificate) == "done"
