"""The tables of the page of results on the suggester."""

from __future__ import annotations

from typing import Any

from questline.training.generative_suggester.page import rendered_ablations, rendered_learning

CHANGE = {"mean": 0.25, "low": -0.125, "high": 0.5}


def test_each_seed_has_its_models_and_changes() -> None:
    lists = {
        "true clicks a list": 0.5,
        "pairwise similarity": 0.25,
        "distinct facets": 1.0,
        "lists that repeat": 0.0,
        "answered": 0.75,
    }
    names = ("gain", "gain over shuffled", "shuffled's gain", "similarity, change")
    sides = {"before": lists, "after": {**lists, "true clicks a list": 0.75}, "shuffled": lists}
    one: dict[str, Any] = {"queries": 12, **sides, **dict.fromkeys(names, CHANGE)}
    shown = rendered_learning({"seeds": {"11": {"held out": one, "shown": one}}})
    assert "| 11 | 12, held out | then clicks | 0.750 | 0.250 | 1.000 | 0.000 | 0.750 |" in shown
    assert shown.count("+0.250 [-0.125, +0.500]") == 8


def test_a_figure_that_no_seed_has_is_a_dash() -> None:
    from questline.training.generative_suggester import page

    told: dict[str, Any] = dict.fromkeys(page._MEANS, 0.5)  # pyright: ignore[reportPrivateUsage]  # because the report has them all
    told |= dict.fromkeys(page._INTERVALS, CHANGE)  # pyright: ignore[reportPrivateUsage]  # because the report has them all
    told["dr off"] = None
    shown = rendered_ablations({"ways": {"whole": told}, "seeds": 3, "rounds": 2, "impressions": 100})
    assert "| whole | 0.500 |" in shown
    assert "| – |" in shown
    assert shown.endswith("3 seeds, 2 rounds at most of 100 lists.")
