"""A text becomes a list of requests over what one user clicked; it is never carried out here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from questline.budget import Budget, Meter
from questline.errors import ModelError, UsageError
from questline.testing import Fault, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender
from questline.tools.recommendation.text_requests import TextRequests, requests_of_text

ADA = "ada"
MEDICINE = ForgetRequest.category("medicine", whose=ADA)
TEA = ForgetRequest.everywhere("green tea", whose=ADA)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SessionRecommender]:
    with SessionRecommender.open(tmp_path / "shop.sqlite") as recommender:
        recommender.learn(
            [
                Session(id="s1", user=ADA, items=("kettle", "pills", "green tea")),
                Session(id="s2", user=ADA, items=("pills", "cup")),
                Session(id="s3", user="bea", items=("pills", "rake", "cup")),
            ]
        )
        recommender.describe({"pills": ["medicine"], "rake": ["garden"]})
        yield recommender


async def read(
    shop: SessionRecommender, text: str, *, server: ScriptedLLM | None = None, user: str = ADA, strict: bool = False
) -> TextRequests:
    llm = None
    if server is not None:
        llm = Gateway.build(model="scripted", base_url=server.base_url, retries=0, first_wait_s=0.001)
    meter = Meter(budget=Budget(seconds=60, tokens=50_000, calls=5))
    return await requests_of_text(text, user, recommender=shop, llm=llm, meter=meter, strict=strict)


@pytest.mark.requirement("unlearning.llm")
@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("Forget my medicine purchases", (MEDICINE,)),
        ("forget the medicines and the GREEN teas please", (MEDICINE, TEA)),
        ("forget all my medicine", (MEDICINE,)),
        ("Forget everything you know of me", (ForgetRequest.user(ADA),)),
    ],
)
async def test_words_name_what_the_user_clicked(
    shop: SessionRecommender, text: str, requests: tuple[ForgetRequest, ...]
) -> None:
    before = shop.store.hash
    found = await read(shop, text)
    assert found == TextRequests(requests=requests)
    assert shop.store.hash == before


@pytest.mark.requirement("unlearning.llm", "recommendation.bad-request")
@pytest.mark.parametrize(
    ("text", "user", "code"),
    [
        ("forget the garden things", ADA, "unknown_request"),  # bea's
        ("forget the green ones", ADA, "unknown_request"),
        ("forget everything except the tea", ADA, "bad_request"),
        ("forget my medicine", "nobody", "unknown_request"),
        (" ", ADA, "bad_request"),
        ("medicine " * 500, ADA, "bad_request"),
    ],
)
async def test_what_words_cannot_be_sure_of_is_refused(
    shop: SessionRecommender, text: str, user: str, code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        await read(shop, text, user=user)
    assert caught.value.code == code


@pytest.mark.requirement("unlearning.llm")
async def test_a_model_reads_what_words_cannot(shop: SessionRecommender) -> None:
    reply = json.dumps([{"kind": "category", "name": "medicine"}, {"kind": "item", "name": "cup"}] * 2)
    with ScriptedLLM(f"```json\n{reply}\n```") as server:
        found = await read(shop, "everything but what has to do with <b>tea</b>", server=server)
    assert found.requests == (MEDICINE, ForgetRequest.everywhere("cup", whose=ADA))
    assert (found.backend, found.degraded, found.usage.calls) == ("llm", False, 1)
    asked = server.requests[0].text()
    assert '["medicine"]' in asked
    assert "rake" not in asked.rpartition("<items>")[2]  # of another user
    assert "‹b>tea" in asked


@pytest.mark.requirement("unlearning.llm")
@pytest.mark.parametrize(
    "reply",
    [
        "I forgot it all for you.",
        '[{"kind": "item", "name": "rake"}]',
        '[{"kind": "session", "name": "s1"}]',
        '[{"kind": "item", "name": ["cup"]}]',
        "[3]",
    ],
)
async def test_one_bad_reply_is_asked_again_and_two_leave_it_to_words(shop: SessionRecommender, reply: str) -> None:
    with ScriptedLLM([reply, '[{"kind": "item", "name": "cup"}]']) as server:
        found = await read(shop, "forget my medicine", server=server)
    assert (found.requests, found.backend) == ((ForgetRequest.everywhere("cup", whose=ADA),), "llm")
    with ScriptedLLM([reply, reply]) as server:
        found = await read(shop, "forget my medicine", server=server)
    assert (found.requests, found.backend, found.degraded) == ((MEDICINE,), "embedded", True)
    assert [each.code for each in found.warnings] == ["degraded"]
    with ScriptedLLM([reply, reply]) as server, pytest.raises(ModelError):
        await read(shop, "forget my medicine", server=server, strict=True)


@pytest.mark.requirement("unlearning.llm")
async def test_a_model_that_names_nothing_or_is_down(shop: SessionRecommender) -> None:
    with ScriptedLLM("[]") as server, pytest.raises(UsageError) as caught:
        await read(shop, "how are you?", server=server)
    assert caught.value.code == "unknown_request"
    with ScriptedLLM(Fault.status(500)) as server:
        assert (await read(shop, "forget my medicine", server=server)).degraded


@pytest.mark.requirement("recommendation.requests")
def test_one_users_clicks_on_an_item_or_a_category_leave_those_of_others(shop: SessionRecommender) -> None:
    report = shop.forget([MEDICINE, ForgetRequest.everywhere("cup", whose=ADA)], force=True)
    assert (report.clicks, report.items_gone) == (3, 0)
    assert shop.audit([MEDICINE]).absent
    assert set(shop.recommend(["rake"], 9).ids) >= {"cup"}
    assert shop.forget([MEDICINE]).status == "already"
    with pytest.raises(UsageError) as caught:
        shop.forget([ForgetRequest.category("garden", whose=ADA)])
    assert caught.value.code == "unknown_request"


@pytest.mark.parametrize(
    "request_",
    [
        MEDICINE,
        TEA,
        ForgetRequest.user(ADA),
        ForgetRequest.session("s1"),
        ForgetRequest.click("s1", place=0),
        ForgetRequest.click("s1", item="cup"),
        ForgetRequest.spam(5),
    ],
)
def test_a_request_is_written_as_it_is_read(request_: ForgetRequest) -> None:
    assert ForgetRequest.of(request_.as_dict()) == request_
