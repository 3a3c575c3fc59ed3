"""The page of result files: whole, self-contained, honest about what failed, and safe with hostile texts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questline.training.evaluation.reporting import report_page
from questline.training.evaluation.reporting.markup import clean, el

from .conftest import Make, Parsed, failed, item, result

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e\x00\ud800"
RESULTS = Path(__file__).parents[3] / "docs" / "results"


@pytest.mark.requirement("report.page")
def test_page_is_well_formed_and_fetches_nothing(make: Make) -> None:
    files = [make("one", result([item("a", 1), item("b", 0)])), make("two", result([item("a", 1), item("b", 1)]))]
    page = Parsed.of(report_page(files, title="Doors").html)
    assert page.faults == []
    ids = Counter(node.attributes["id"] for node in page.nodes if "id" in node.attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    links = [node.attributes["href"] or "" for node in page.all("a")]
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    assert page.all("link") == []
    assert page.all("iframe") == []
    assert all("src" not in node.attributes for node in page.all("script"))
    assert "url(" not in page.all("style")[0].text
    assert "@import" not in page.all("style")[0].text
    policy = next(node for node in page.all("meta") if "http-equiv" in node.attributes).attributes["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert page.all("h1")[0].text == "Doors"
    assert all(node.attributes.get("aria-label") or "aria-hidden" in node.attributes for node in page.all("svg"))


@pytest.mark.requirement("report.page")
def test_overview_holds_each_file_with_measures_denominators_and_origin(make: Make) -> None:
    one = make("one", result([item("a", 1), item("b", 0)], run={"models": {"llm": "openai:tiny"}}))
    page = Parsed.of(report_page([one]).html)
    table = page.all("table", "sortable")[0].text
    for told in ("one", "doors", "dddddddd", "openai:tiny · embedded", "0.500 [0.400, 0.600]", "1.0 s in 2"):
        assert told in table
    for told in ("$0.0020 in 2", "2026-11-27", "2 × A Processor", "0123456789ab"):
        assert told in table


@pytest.mark.requirement("report.page")
@pytest.mark.parametrize("role", ["llm", "answers", "writer"])
def test_overview_tells_the_model_that_was_measured(make: Make, role: str) -> None:
    one = make("one", result([item("a", 1), item("b", 0)], run={"models": {role: "seer", "judge": "referee"}}))
    table = Parsed.of(report_page([one]).html).all("table", "sortable")[0].text
    assert "seer" in table
    assert "referee" not in table


@pytest.mark.requirement("report.first")
def test_failures_and_warnings_stand_before_any_figure(make: Make) -> None:
    stopped = result(
        [item("a", 1), failed("b"), failed("c")],
        run={"stopped": "usd", "rows": 9, "commit": "abc+changes"},
        warnings=["the judge was not read twice"],
        api_failures=2,
    )
    odd = make("odd", {"a": 1})
    made = report_page([make("cut", stopped), odd])
    page = Parsed.of(made.html)
    box = page.all("div", "alarm")[0].text
    for told in (
        "2 of 3 rows failed (backend_unavailable 2)",
        "a limit on usd stopped the run: 3 of 9 rows were run",
        "the judge was not read twice",
        "api failures: 2 (n 3)",
        "changes that are in no commit",
        "odd.json is left out: it has no `run`",
    ):
        assert told in box
    assert page.text.index("rows failed") < page.text.index("Overview")
    assert made.failed == 2
    assert any("odd.json" in warning for warning in made.warnings)


def test_a_run_without_failures_says_so(make: Make) -> None:
    text = Parsed.of(report_page([make("one", result([item("a", 1)]))]).html).text
    assert "None. 0 failed rows in 1 files (1 measured rows in all)." in text


@pytest.mark.requirement("report.safe")
def test_hostile_texts_are_shown_and_never_markup(make: Make) -> None:
    bad = item(HOSTILE, 0, prediction={"text": HOSTILE, HOSTILE: HOSTILE}, labels={HOSTILE: HOSTILE, "x": "y"})
    bad["shown"] = {
        "question": HOSTILE,
        "reason": HOSTILE,
        "trace": [{"step": HOSTILE, "seconds": 1, "detail": HOSTILE}],
    }
    report = result([bad, item("b", 1, labels={HOSTILE: "z"})], run={"suite": HOSTILE, "command": HOSTILE})
    report |= {"warnings": HOSTILE, HOSTILE: {"a": {"right": 1.0, "n": 3}, HOSTILE: {"right": 0.0, "n": 2}}}
    html = report_page([make("hostile", report)], title=HOSTILE).html
    page = Parsed.of(html)
    assert page.faults == []
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert not any(name.startswith("on") for node in page.nodes for name in node.attributes)
    assert "alert(1)" in page.text
    html.encode("utf-8")  # a half of a surrogate pair would fail here
    assert "\x00" not in html


@given(text=st.text())
@settings(max_examples=200, deadline=None)
@pytest.mark.requirement("report.safe")
def test_any_text_survives_escaping(text: str) -> None:
    page = Parsed.of(el("p", text, title=text, data_x=text))
    (node,) = page.nodes
    assert node.text == clean(text)
    assert node.attributes == {"title": clean(text), "data-x": clean(text)}


@pytest.mark.requirement("report.items")
def test_chinese_stays_readable(make: Make) -> None:
    one = item("题一", 0, labels={"类型": "绝对"})
    one["shown"] = {"question": "2022年5月13日是星期几？", "expected": ["星期五"]}
    html = report_page([make("时间", result([one]))]).html
    assert "2022年5月13日是星期几？" in html
    assert "星期五" in html
    assert "时间" in html


@pytest.mark.requirement("report.shapes")
def test_every_kind_of_result_of_the_repository_is_shown() -> None:
    files = sorted(RESULTS.glob("*.json"))
    made = report_page(files)
    page = Parsed.of(made.html)
    assert page.faults == []
    assert made.files == len(files)
    assert len(made.html.encode()) < 6_000_000
    assert len(page.all("figure")) > 10
    assert len(page.all("svg", "chart")) > 50


@pytest.mark.requirement("report.bounds")
def test_page_shows_fewer_items_rather_than_too_many_bytes(make: Make) -> None:
    long = [item(f"d{number}", 0, prediction="word " * 200) for number in range(60)]
    made = report_page([make("long", result(long))], worst=50, most_bytes=60_000)
    assert len(made.html.encode()) <= 60_000
    text = Parsed.of(made.html).text
    assert "instead of 50: the page would be too large" in text
    assert "items of 60 are not shown" in text


@pytest.mark.requirement("report.bounds")
def test_ten_thousand_items_make_a_page_that_opens(make: Make) -> None:
    many = [item(f"d{number}", number % 3 > 0, labels={"floor": str(number % 4)}) for number in range(10_000)]
    made = report_page([make("many", result(many))])
    page = Parsed.of(made.html)
    assert len(page.all("article")) == 25
    assert len(made.html.encode()) < 200_000
    assert "25 of 10,000 items (3,334 wrong, 6,666 right)" in page.text
    assert "n 2,500" in page.text


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
ITEM = st.fixed_dictionaries(
    {"id": st.integers(0, 3) | st.text(max_size=3)},
    optional=dict.fromkeys(
        ("prediction", "scores", "cost", "labels", "error", "message", "shown", "trace", "image", "parts"), ODD
    )
    | {"scores": st.dictionaries(st.sampled_from(["right", "f1"]), st.integers(0, 1) | st.floats(), max_size=2)}
    | {
        "shown": st.fixed_dictionaries({}, optional={"trace": st.lists(ODD, max_size=3), "image": ODD, "question": ODD})
    },
)
REPORT = st.fixed_dictionaries(
    {"right": st.floats(0, 1), "run": st.dictionaries(st.sampled_from(["suite", "data", "options", "rows"]), ODD)},
    optional=dict.fromkeys(("n", "failed", "intervals", "by_kind", "warnings", "decides", "denominators"), ODD)
    | {"items": ODD | st.lists(ITEM | ODD, max_size=4)},
)


@given(reports=st.lists(REPORT, min_size=1, max_size=2))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.requirement("report.safe")
def test_no_odd_file_breaks_the_page(reports: list[dict[str, Any]], tmp_path: Path) -> None:
    files: list[Path] = []
    for number, report in enumerate(reports):
        report["run"]["suite"] = report["run"].get("suite") or "doors"
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(report), encoding="utf-8")
    html = report_page(files).html
    html.encode("utf-8")
    assert Parsed.of(html).faults == []
