"""A network that is served: lists, cold start, bad input; and beside a store, never what was forgotten there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from questline.errors import RunError, UsageError
from questline.testing import RecommenderContract
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender
from questline.tools.recommendation.neural import TrainedRecommender
from questline.tools.recommendation.neural.graph import CATALOGUE, GRAPH

OfStore = Callable[[SessionRecommender], Path]


def codes(recommender: TrainedRecommender, session: list[str], k: int = 2) -> set[str]:
    return {warning.code for warning in recommender.recommend(session, k).warnings}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionRecommender]:
    with SessionRecommender.open(tmp_path / "sessions.sqlite") as opened:
        opened.learn([Session(id=f"s{n}", user=f"u{n}", items=("kettle", "tea", "cup")) for n in range(10)])
        opened.learn([Session(id="private", user="ada", items=("kettle", "pills", "tea"))])
        yield opened


@pytest.mark.requirement("recommendation.served")
class TestTrained(RecommenderContract):
    @pytest.fixture
    def recommender(self, store: SessionRecommender, of_store: OfStore) -> TrainedRecommender:
        return TrainedRecommender.load(of_store(store), store=store)


@pytest.mark.requirement("recommendation.hybrid")
class TestHybrid(RecommenderContract):
    @pytest.fixture
    def recommender(self, store: SessionRecommender, of_store: OfStore) -> TrainedRecommender:
        return TrainedRecommender.load(of_store(store), store=store, hybrid=True)


@pytest.mark.requirement("recommendation.hybrid")
def test_a_hybrid_knows_what_was_clicked_since(store: SessionRecommender, of_store: OfStore) -> None:
    folder = of_store(store)
    recommender = TrainedRecommender.load(folder, store=store, hybrid=True)
    assert "lamp" not in recommender.recommend(["kettle"], 9).ids
    for number in range(40):
        store.record(f"new{number}", ["kettle", "lamp"])
    found = recommender.recommend(["kettle"], 9)
    assert {found.items[0].origin, *found.ids} == {"session", "lamp", "tea", "cup", "pills"}
    assert found.version == store.version
    with pytest.raises(UsageError) as error:
        TrainedRecommender.load(folder, hybrid=True)
    assert error.value.fields["argument"] == "store"


@pytest.mark.requirement("recommendation.served")
def test_seen_items_are_left_out_unless_asked_for(folder: Path) -> None:
    recommender = TrainedRecommender.load(folder)
    assert set(recommender.recommend(["kettle", "tea"], 4).ids) == {"cup", "pills"}
    whole = recommender.recommend(["kettle", "tea"], 4, exclude_seen=False)
    assert set(whole.ids) == {"cup", "kettle", "pills", "tea"}
    assert sum(each.score for each in whole.items) == pytest.approx(1)
    assert {each.origin for each in whole.items} == {"session"}


@pytest.mark.requirement("recommendation.served")
def test_a_cold_start_gives_what_was_set_then_what_is_popular(folder: Path) -> None:
    assert TrainedRecommender.load(folder).recommend([], 4).ids == ("kettle", "tea", "cup", "pills")
    recommender = TrainedRecommender.load(folder, cold_start=("pills", "nobody clicked it"))
    found = recommender.recommend(["lamp"], 2)
    assert (found.ids, found.cold_start) == (("pills", "kettle"), True)
    assert codes(recommender, ["lamp"]) == {"unknown_item"}


@pytest.mark.requirement("recommendation.served")
def test_a_catalogue_that_grew_leaves_new_items_out(store: SessionRecommender, of_store: OfStore) -> None:
    recommender = TrainedRecommender.load(of_store(store), store=store)
    before = recommender.recommend(["kettle"], 3)
    store.record("new", ["kettle", "lamp"])
    assert recommender.stale == ""
    after = recommender.recommend(["kettle", "lamp"], 3)
    assert (after.items, after.version) == (before.items, before.version + 1)
    assert [each.code for each in after.warnings] == ["unknown_item"]


@pytest.mark.requirement("recommendation.served")
def test_the_longest_session_that_is_read_ends_with_its_last_clicks(folder: Path) -> None:
    recommender = TrainedRecommender.load(folder)
    last = ["tea", "cup", "tea", "cup"]
    found = recommender.recommend(["pills"] * 50 + last, 4, exclude_seen=False)
    assert found.items == recommender.recommend(last, 4, exclude_seen=False).items


@pytest.mark.requirement("recommendation.served")
@pytest.mark.parametrize("wrong", ["graph", "items", "version", "catalogue", "missing", "learnt"])
def test_a_damaged_folder_is_refused(folder: Path, wrong: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    if wrong == "graph":
        (folder / GRAPH).write_bytes((folder / GRAPH).read_bytes()[:-50])
    elif wrong == "items":
        (folder / CATALOGUE).write_text('{"items": [], "clicks": []}', encoding="utf-8")
    elif wrong == "missing":
        (folder / GRAPH).unlink()
    else:
        manifest.pop("learnt") if wrong == "learnt" else None
        if wrong == "version":
            manifest["version"] = 2
        if wrong == "catalogue":
            manifest["files"].pop(CATALOGUE)
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(RunError) as error:
        TrainedRecommender.load(folder)
    assert error.value.code == "damaged_model"
    assert "agents train recommender" in error.value.message


@pytest.mark.requirement("recommendation.served")
def test_no_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        TrainedRecommender.load(tmp_path / "nothing")
    assert error.value.code == "file_not_found"
    (tmp_path / "begun").mkdir()
    with pytest.raises(UsageError, match="--resume") as unfinished:
        TrainedRecommender.load(tmp_path / "begun")
    assert unfinished.value.code == "file_not_found"
    (tmp_path / "begun" / "model").mkdir()
    (tmp_path / "begun" / "model" / "manifest.json").touch()
    with pytest.raises(UsageError, match=r"did you mean '.*begun/model'") as above:
        TrainedRecommender.load(tmp_path / "begun")
    assert above.value.code == "file_not_found"


@pytest.mark.requirement("recommendation.served")
def test_serving_loads_no_torch(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from questline.tools.recommendation.neural import TrainedRecommender; "
        "TrainedRecommender.load(Path(sys.argv[1])).recommend(['tea'], 2); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.requirement("recommendation.stale")
def test_after_a_forgetting_the_counts_recommend_and_say_so(store: SessionRecommender, of_store: OfStore) -> None:
    recommender = TrainedRecommender.load(of_store(store), store=store)
    assert codes(recommender, ["kettle"]) == set()
    report = recommender.forget([ForgetRequest.user("ada")])
    assert (report.status, len(report.stale)) == ("done", 1)
    assert "agents train recommender" in report.stale[0]
    found = recommender.recommend(["kettle"], 9)
    assert found.items == store.recommend(["kettle"], 9).items
    assert [each.code for each in found.warnings] == ["k_capped", "stale_model"]
    again = TrainedRecommender.load(of_store(store), store=store)  # learnt again
    assert codes(again, ["kettle"]) == set()


@pytest.mark.requirement("recommendation.stale")
def test_another_process_that_forgets_makes_it_stale(
    tmp_path: Path, store: SessionRecommender, of_store: OfStore
) -> None:
    recommender = TrainedRecommender.load(of_store(store), store=store)
    with SessionRecommender.open(tmp_path / "sessions.sqlite") as other:
        certificate = other.forget([ForgetRequest.session("s1")], undoable=True).certificate
        assert codes(recommender, ["kettle"]) == {"stale_model"}
        other.rollback(certificate)
    assert codes(recommender, ["kettle"]) == set()  # all that it learnt is there again


@pytest.mark.requirement("recommendation.stale")
def test_a_network_of_a_file_is_not_trusted_beside_a_store_that_forgot(folder: Path, store: SessionRecommender) -> None:
    recommender = TrainedRecommender.load(folder, store=store)
    assert codes(recommender, ["kettle"]) == set()
    store.forget([ForgetRequest.user("ada")])
    assert codes(recommender, ["kettle"]) == {"stale_model"}


@pytest.mark.requirement("recommendation.stale")
def test_without_its_store_a_network_says_that_nobody_looked(store: SessionRecommender, of_store: OfStore) -> None:
    recommender = TrainedRecommender.load(of_store(store))
    assert codes(recommender, ["kettle"]) == {"unchecked_model"}
    with pytest.raises(UsageError) as error:
        recommender.forget([ForgetRequest.user("ada")])
    assert error.value.fields["argument"] == "store"
