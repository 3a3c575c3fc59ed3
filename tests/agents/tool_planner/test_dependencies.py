from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questline.agents.tool_planner.dependencies import Chosen, infer, plan_of
from questline.agents.tool_planner.fields import Source, candidates, pick
from questline.agents.tool_planner.mentions import clauses, mentions
from questline.agents.tool_planner.orders import ancestors
from questline.agents.tool_planner.roles import role_of
from questline.agents.tool_planner.toolbox import Toolbox
from questline.agents.tool_planner.validate import validate
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.models.encoder import Encoder

NUMBER = {"type": "number"}
TEXT = {"type": "string"}


def tool(name: str, needs: dict[str, Any], gives: dict[str, Any] | None = None, *, about: str = "") -> ToolDefinition:
    return ToolDefinition(
        server="s",
        name=name,
        description=about,
        input_schema={"type": "object", "properties": needs, "required": list(needs)},
        output_schema=None if gives is None else {"type": "object", "properties": gives},
    )


PLACE = tool("find_place", {"name": TEXT}, {"lat": NUMBER, "lon": NUMBER, "label": TEXT})
FORECAST = tool("get_forecast", {"lat": NUMBER, "lon": NUMBER}, {"days": {"type": "array", "items": TEXT}})
CLOCK = tool("current_time", {"zone": TEXT}, {"time": TEXT})
AIRPORT = tool("search_airport", {"query": TEXT}, {"skyId": TEXT, "entityId": TEXT, "name": TEXT})
FLIGHTS = tool("search_flights", {"originSkyId": TEXT, "destinationSkyId": TEXT, "date": TEXT})
STATIONS = tool("stations_list", {})
STATION = tool("station_detail", {"station_id": TEXT})
TRANSLATE = tool("translate", {"text": TEXT, "to": TEXT}, {"text": TEXT})


@pytest.mark.requirement("tura.plan.dependencies")
def test_an_open_argument_is_filled_from_the_field_that_it_means() -> None:
    chosen = [Chosen(id="T1", tool=FORECAST), Chosen(id="T2", tool=PLACE, arguments={"name": "Lyon"})]
    found = infer("What will the weather be in Lyon?", chosen)
    assert {(link.before, link.after, link.why, link.argument) for link in found.links} == {
        ("T2", "T1", "field", "lat"),
        ("T2", "T1", "field", "lon"),
    }
    plan = plan_of("What will the weather be in Lyon?", chosen, found)
    assert [task.id for task in plan.tasks] == ["T2", "T1"]
    assert plan.tasks[1].arguments == {"lat": {"$ref": "T2.result.lat"}, "lon": {"$ref": "T2.result.lon"}}
    assert validate(plan, Toolbox([PLACE, FORECAST])).problems == ()


@pytest.mark.requirement("tura.plan.dependencies")
def test_what_the_question_gave_needs_no_other_tool_and_parts_run_side_by_side() -> None:
    chosen = [
        Chosen(id="T1", tool=PLACE, arguments={"name": "Lyon"}),
        Chosen(id="T2", tool=FORECAST, arguments={"lat": 48.9, "lon": 2.4}),
        Chosen(id="T3", tool=CLOCK, arguments={"zone": "Tokyo"}),
    ]
    assert infer("Where is Lyon, what is the weather in Paris, and what time is it in Tokyo?", chosen).edges == ()


@pytest.mark.requirement("tura.plan.dependencies")
def test_origin_and_destination_come_from_two_calls_in_their_order() -> None:
    chosen = [
        Chosen(id="a", tool=AIRPORT, arguments={"query": "New York"}),
        Chosen(id="b", tool=AIRPORT, arguments={"query": "London"}),
        Chosen(id="c", tool=FLIGHTS, arguments={"date": "2026-12-01"}),
    ]
    found = infer("Find flights from New York to London on the first of December", chosen)
    held = {link.argument: link.reference.text for link in found.links if link.reference}
    assert held == {"originSkyId": "a.result.skyId", "destinationSkyId": "b.result.skyId"}


@pytest.mark.requirement("tura.plan.dependencies")
def test_a_clause_that_builds_on_another_waits_for_it() -> None:
    chosen = [
        Chosen(id="say", tool=TRANSLATE, arguments={"text": "x", "to": "fr"}),
        Chosen(id="place", tool=PLACE, arguments={"name": "Lyon"}),
    ]
    assert infer("Find the place Lyon, then translate it into French.", chosen).edges == (("place", "say"),)
    assert infer("Find the place Lyon and translate 'x' into French.", chosen).edges == ()


@pytest.mark.requirement("tura.plan.dependencies")
@pytest.mark.parametrize("encoder", [True, False])
def test_tools_of_one_request_are_put_in_order_by_what_they_are_for(encoder: bool) -> None:
    model = Encoder.load() if encoder else None
    chosen = [Chosen(id="1", tool=STATION), Chosen(id="2", tool=STATIONS)]
    question = "Show me all stations and then the details of one of them"
    assert infer(question, chosen, encoder=model, together=True).edges == (("2", "1"),)
    chinese = [
        Chosen(id="1", tool=tool("item", {"id": TEXT}, about="获取特定产品的详细信息")),
        Chosen(id="2", tool=tool("items", {}, about="列出所有产品")),
    ]
    assert infer("先列出所有产品，然后给我第一个的详情", chinese, encoder=model, together=True).edges == (("2", "1"),)


@pytest.mark.requirement("tura.plan.dependencies")
def test_tools_that_need_the_same_stand_side_by_side_behind_what_they_need() -> None:
    parts = [
        Chosen(id=name, tool=tool(f"get_product_{name}", {"product_id": TEXT}))
        for name in ("reviews", "images", "offers")
    ]
    search = Chosen(id="search", tool=tool("search_products", {}))
    question = "Find laptops and show me their reviews, images and offers"
    found = infer(question, [*parts, search], together=True)
    assert set(found.edges) == {("search", "reviews"), ("search", "images"), ("search", "offers")}
    assert found.unasked == ()


@pytest.mark.requirement("tura.plan.dependencies")
def test_a_tool_that_is_not_asked_for_is_said_to_be() -> None:
    extra = Chosen(id="x", tool=tool("ping_health", {}))
    chosen = [Chosen(id="1", tool=STATION), Chosen(id="2", tool=STATIONS), extra]
    found = infer("Show me all stations, then the detail of one station", chosen, together=True)
    assert found.unasked == ("x",)
    assert found.edges == (("2", "1"),)
    assert infer("anything", [extra], together=True).edges == ()
    assert infer("anything", []).edges == ()


WORDS = st.sampled_from(["get", "list", "user", "post", "id", "search", "detail", "用户", "item"])
SCHEMAS = st.sampled_from(
    [
        {},
        {"id": TEXT},
        {"user": TEXT, "post": NUMBER},
        {"user_id": TEXT, "list": {"type": "array"}},
        {"item": {"type": "object", "properties": {"id": TEXT}}, "用户": {}},
    ]
)
NAMES = st.sampled_from(["get_user", "list_users", "post_detail", "search_posts", "用户", "item"])


@st.composite
def choices(draw: st.DrawFn) -> list[Chosen]:
    size = draw(st.integers(1, 7))
    given_too = draw(st.sampled_from(["id", "user", "nothing"]))
    return [
        Chosen(
            id=f"T{number}",
            tool=tool(f"{draw(NAMES)}_{number}", draw(SCHEMAS), draw(st.none() | SCHEMAS)),
            arguments={given_too: "x"},
        )
        for number in range(size)
    ]


@pytest.mark.requirement("tura.plan.dependencies")
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    question=st.lists(
        st.sampled_from(["list", "users,", "then", "post", "of those", "item.", "用户", "然后"]), max_size=9
    ),
    chosen=choices(),
    together=st.booleans(),
    guess=st.booleans(),
)
def test_dependencies_never_make_a_cycle_and_plans_hold_their_references(
    question: list[str], chosen: list[Chosen], together: bool, guess: bool
) -> None:
    text = " ".join(question)
    found = infer(text, chosen, together=together, guess=guess)
    waits = {each.id: [before for before, after in found.edges if after == each.id] for each in chosen}
    assert not any(name in above for name, above in ancestors(waits).items())
    plan = plan_of(text, chosen, found)
    report = validate(plan, Toolbox([each.tool for each in chosen]))
    assert {problem.kind for problem in report.errors} <= {"missing_argument", "bad_argument", "unknown_tool"}
    seen: set[str] = set()
    for task in plan.tasks:
        assert set(task.depends_on) <= seen
        seen.add(task.id)
    if together and len(chosen) > 1:
        assert found.edges
    assert infer(text, chosen, together=together, guess=guess) == found


@pytest.mark.requirement("tura.plan.dependencies")
def test_fields_are_judged_by_names_types_and_what_their_tool_deals_with() -> None:
    artist = tool("get_artist_id_by_name", {"name": TEXT}, {"id": TEXT, "count": {"type": "integer"}})
    album = tool("get_album", {"title": TEXT}, {"id": TEXT, "tracks": {"type": "array", "items": TEXT}})
    sources = [Source(task="a", tool=artist), Source(task="b", tool=album)]
    wants = tool("related", {"artistId": TEXT, "tracks": {"type": "array"}, "limit": {"type": "integer"}})

    def best(argument: str) -> str:
        return candidates(argument, wants, sources)[0].reference.text

    assert best("artistId") == "a.result.id"
    assert best("tracks") == "b.result.tracks"
    assert all(each.reference.path == ("count",) for each in candidates("limit", wants, sources))
    assert candidates("limit", wants, sources)[0].score < 1.0
    assert candidates("artistId", wants, [Source(task="x", tool=STATIONS)]) == []
    assert pick({"artistId": []}) == {}


@pytest.mark.requirement("tura.plan.dependencies")
def test_mentions_follow_the_question_and_long_ones_end() -> None:
    seen = mentions("Show the stations, then translate the text", [STATIONS, TRANSLATE])
    assert seen.place[0] < seen.place[1]
    assert len(clauses("word, " * 4000)) <= 64
    assert clauses("") == ("",)
    assert mentions("x" * 20_000, [STATIONS]).place == (0.0,)
    assert role_of(STATIONS).step < role_of(STATION).step < role_of(TRANSLATE).step
    assert role_of(STATION).keys == ("station_id",)
