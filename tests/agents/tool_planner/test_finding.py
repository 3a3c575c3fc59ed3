"""Candidates of each intent, from the catalogue alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from questline.agents.tool_planner.finding import find_candidates
from questline.errors import UsageError
from questline.mcp_servers.gateway.catalogue import Catalogue
from questline.mcp_servers.gateway.definitions import ServerManifest

from .shelf import SHOP, TEXT, tool

pytestmark = pytest.mark.requirement("tura.planner.find")


def manifests() -> list[ServerManifest]:
    names = dict.fromkeys(each.server for each in SHOP)
    return [
        ServerManifest(
            name=name,
            title=name.title(),
            description=f"What {name} holds.",
            tools=tuple(each for each in SHOP if each.server == name),
        )
        for name in names
    ]


def test_every_intent_has_its_best_tool_first_with_what_its_server_says() -> None:
    with Catalogue() as catalogue:
        for each in manifests():
            catalogue.put(each)
        found = find_candidates(catalogue, ["weather forecast for Lyon", "status of the order 5022"])
    assert [each[0].tool.qualified for each in found] == ["weather/forecast", "orders/get_order"]
    assert found[0][0].about == "Weather: What weather holds."
    assert all(len(each) == len(SHOP) for each in found)


def test_of_many_tools_the_best_are_taken_and_those_that_take_any_question() -> None:
    many = [tool("crowd", f"thing_{number}", f"Weather thing {number}.", {"x": TEXT}) for number in range(40)]
    with Catalogue() as catalogue:
        for each in [*manifests(), ServerManifest(name="crowd", tools=tuple(many))]:
            catalogue.put(each)
        found = find_candidates(catalogue, ["weather thing"], most=8)[0]
    assert len(found) == 9
    assert found[-1].tool.qualified == "encyclopedia/ask"


def test_servers_beside_the_catalogue_count_and_rules_hold() -> None:
    own = ServerManifest(name="documents", tools=(replace(SHOP[4], server="documents", name="answer"),))
    with Catalogue() as catalogue:
        alone = find_candidates(catalogue, ["who wrote it"], also=[own])
        assert [each.tool.qualified for each in alone[0]] == ["documents/answer"]
        catalogue.put(manifests()[0])
        kept = find_candidates(catalogue, ["weather"], also=[own], permits=lambda each: each.server == "weather")
        assert [each.tool.server for each in kept[0]] == ["weather"]
        with pytest.raises(UsageError) as caught:
            find_candidates(catalogue, ["weather"], permits=lambda each: each.server == "none")
    assert caught.value.code == "no_tools"
