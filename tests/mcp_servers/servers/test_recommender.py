"""The server `recommender`: recommending, and forgetting what was planned and confirmed."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.mcp_servers import recommender as module
from questline.mcp_servers.serving import QuestlineServer
from questline.tools.recommendation import Session, SessionRecommender

from .conftest import Mode, called, error_of, text_of

pytestmark = pytest.mark.requirement("recommendation.mcp")
ADA = {"kind": "user", "id": "ada"}


@pytest.fixture
def server(tmp_path: Path) -> Generator[QuestlineServer]:
    with SessionRecommender.open(tmp_path / "sessions.sqlite") as made:
        made.learn([Session(id=f"s{n}", user=f"u{n}", items=("kettle", "tea", f"cup {n % 3}")) for n in range(30)])
        made.learn([Session(id="private", user="ada", items=("kettle", "pills", "tea"))])
        yield module.server(made)


async def told(server: QuestlineServer, tool: str, mode: Mode = "auto", **arguments: Any) -> dict[str, Any]:
    result = await called(server, tool, mode, **arguments)
    assert not result.is_error, result
    assert result.structured_content is not None
    return result.structured_content


async def test_what_comes_next_is_recommended(server: QuestlineServer, mode: Mode) -> None:
    found = await told(server, "recommend_next", mode, session=["kettle"], k=2)
    assert found["items"][0]["item"] == "tea"
    assert (len(found["items"]), found["cold_start"], found["warnings"]) == (2, False, [])
    cold = await told(server, "recommend_next", mode, session=["samovar"], k=1)
    assert cold["cold_start"]
    assert cold["warnings"][0].startswith("unknown_item: ")
    assert text_of(await called(server, "recommend_next", mode, session=["kettle"], k=1)) == "1. tea"


@pytest.mark.parametrize("session", [["tea"] * 10_001, [""], ["x" * 513]])
async def test_a_session_beyond_measure_is_refused(server: QuestlineServer, session: list[str]) -> None:
    found = await called(server, "recommend_next", session=session)
    assert found.is_error
    assert len(text_of(found)) < 2000


async def test_nothing_is_forgotten_that_was_not_planned(server: QuestlineServer, mode: Mode) -> None:
    plan = await told(server, "forget", mode, requests=[ADA])
    assert (plan["status"], plan["clicks"], plan["items_gone"]) == ("planned", 3, 1)
    for confirm in ({}, {"confirm": "guessed"}):
        error = error_of(await called(server, "forget", mode, requests=[ADA], dry_run=False, **confirm))
        assert error["code"] == "not_confirmed"
    other = await called(
        server, "forget", mode, requests=[{"kind": "item", "id": "tea"}], dry_run=False, confirm=plan["confirm"]
    )
    assert error_of(other)["code"] == "not_confirmed"
    done = await told(server, "forget", mode, requests=[ADA], dry_run=False, confirm=plan["confirm"])
    assert (done["status"], done["clicks"]) == ("done", 3)
    again = await told(server, "forget", mode, requests=[ADA], dry_run=False, confirm=plan["confirm"])
    assert (again["status"], again["clicks"]) == ("already", 0)
    log = await told(server, "forget_status", mode, id=done["certificate"])
    assert [(each["action"], each["clicks"], each["status"]) for each in log["entries"]] == [("forget", 3, "done")]
    assert "pills" not in str(await told(server, "recommend_next", mode, session=["kettle"], k=99))


async def test_a_plan_that_is_not_what_it_was_is_made_again(server: QuestlineServer, tmp_path: Path) -> None:
    plan = await told(server, "forget", requests=[ADA])
    with SessionRecommender.open(tmp_path / "sessions.sqlite") as other:
        other.record("private", ["lamp"])
    error = error_of(await called(server, "forget", requests=[ADA], dry_run=False, confirm=plan["confirm"]))
    assert error["code"] == "not_confirmed"


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("recommend_next", {"session": ["tea"], "k": 0}, "bad_k"),
        ("recommend_next", {"session": "tea"}, "bad_argument"),
        ("forget", {"requests": []}, "bad_argument"),
        ("forget", {"requests": [{"kind": "user"}]}, "bad_request"),
        ("forget", {"requests": [{"kind": "person", "id": "ada"}]}, "bad_argument"),
        ("forget", {"requests": [{"kind": "user", "id": "nobody"}]}, "unknown_request"),
        ("forget_status", {"id": "none"}, "unknown_certificate"),
    ],
)
async def test_what_is_asked_wrongly_is_told(
    server: QuestlineServer, tool: str, arguments: dict[str, Any], code: str
) -> None:
    assert error_of(await called(server, tool, **arguments))["code"] == code


async def test_a_large_part_needs_force_after_its_plan(server: QuestlineServer) -> None:
    requests = [{"kind": "item", "id": "tea"}]
    plan = await told(server, "forget", requests=requests)
    sent: dict[str, Any] = {"requests": requests, "dry_run": False, "confirm": plan["confirm"]}
    assert error_of(await called(server, "forget", **sent))["code"] == "use_retrain"
    assert (await told(server, "forget", **sent, force=True))["status"] == "done"


@pytest.mark.requirement("recommendation.stale")
async def test_a_network_recommends_until_something_is_forgotten(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="networks are made with torch (extra train)")
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    from questline.tools.recommendation.neural import NetConfig, Trained, TrainedRecommender, made
    from questline.tools.recommendation.neural.standing import standing
    from questline.training.recommender.exporting import export

    with SessionRecommender.open(tmp_path / "sessions.sqlite") as store:
        store.learn([Session(id=f"s{n}", user=f"u{n}", items=("kettle", "tea", "cup")) for n in range(9)])
        store.learn([Session(id="private", user="ada", items=("kettle", "pills", "tea"))])
        names = ("cup", "kettle", "pills", "tea")
        learnt = {"store": standing(store.store).as_dict()}
        net = made(NetConfig(items=4, width=8, max_length=5))
        export(Trained(net=net, items=names), tmp_path, clicks=np.array([9, 10, 1, 10]), learnt=learnt)
        server = module.server(store, trained=TrainedRecommender.load(tmp_path, store=store))
        found = await told(server, "recommend_next", session=["kettle"], k=9)
        assert sum(each["score"] for each in found["items"]) < 1  # its softmax, less what was seen
        assert [each.partition(":")[0] for each in found["warnings"]] == ["k_capped"]
        plan = await told(server, "forget", requests=[ADA])
        done = await told(server, "forget", requests=[ADA], dry_run=False, confirm=plan["confirm"])
        assert done["status"] == "done"
        assert "agents train recommender" in done["remaining"][0]
        found = await told(server, "recommend_next", session=["kettle"], k=2)
        assert [each["item"] for each in found["items"]] == list(store.recommend(["kettle"], 2).ids)
        assert [each.partition(":")[0] for each in found["warnings"]] == ["stale_model"]


async def test_a_plan_beyond_the_limit_says_what_it_needs(server: QuestlineServer) -> None:
    plan = await told(server, "forget", requests=[{"kind": "item", "id": "tea"}])
    assert plan["remaining"] == ["more than 20% of all clicks: send `force` too"]
    forced = await told(server, "forget", requests=[{"kind": "item", "id": "tea"}], force=True)
    assert forced["remaining"] == []
