"""Single items on the page: which, what of them, their images and traces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.training.evaluation.reporting import report_page
from questline.training.evaluation.reporting.examples import choose
from questline.training.evaluation.reporting.images import ImageShelf
from questline.training.evaluation.reporting.results import main_measures, read_results

from .conftest import Make, Parsed, failed, item, result


@pytest.mark.requirement("report.items")
def test_the_worst_come_first_and_some_right_ones_last(make: Make) -> None:
    rows = [item(f"r{number}", 1) for number in range(9)]
    rows += [item("half", 0.5), item("none", 0), *(failed(f"f{number}") for number in range(9))]
    found, _ = read_results([make("one", result(rows))])
    chosen = choose(found[0], 8)
    assert [each.id for each in chosen.examples] == ["f0", "f1", "f2", "f3", "f4", "f5", "none", "half", "r0", "r1"]
    assert chosen.states == {"right": 9, "partly": 1, "wrong": 1, "failed": 9}
    assert chosen.measure == "right"
    assert chosen.total == 20


@pytest.mark.requirement("report.items")
def test_an_item_tells_question_expected_answer_reason_and_parts(make: Make) -> None:
    told = {
        "question": "Solve x² = 4",
        "gold": ["x = 2", "x = -2"],
        "text": "x = 2",
        "route": "set",
        "parts": [{"status": "wrong", "gold": "{-2, 2}", "prediction": "2", "reason": "one root is missing"}],
        "confidence": 0.3,
    }
    photo = {"id": "m1", "prediction": told, "scores": {"right": 0.0}, "labels": {"stage": "middle"}}
    article = Parsed.of(report_page([make("one", result([photo]))]).html).all("article", "wrong")[0]
    for text in ("Solve x² = 4", "x = 2 | x = -2", "set", "wrong: 2, expected {-2, 2} (one root is missing)"):
        assert text in article.text
    assert json.loads(article.attributes["data-labels"] or "") == {"file": "one", "stage": "middle"}
    assert "confidence" in article.text


@pytest.mark.requirement("report.items")
def test_failed_items_show_their_error(make: Make) -> None:
    article = Parsed.of(report_page([make("one", result([failed("a")]))]).html).all("article", "failed")[0]
    assert "backend_unavailable: no answer" in article.text
    assert "Which colour has door a?" in article.text


@pytest.mark.requirement("report.items")
def test_a_trace_is_drawn_with_its_tools_and_times(make: Make) -> None:
    traced = item("a", 0)
    traced["shown"]["trace"] = [
        {"step": "T1", "server": "temporal", "tool": "temporal_search", "started_s": 0.1, "seconds": 0.4},
        {"step": "T2", "server": "documents", "seconds": 0.5, "failed": True, "detail": "no passage fits"},
    ]
    page = Parsed.of(report_page([make("one", result([traced]))]).html)
    assert page.faults == []
    article = page.all("article")[0].text
    for text in ("Trace: 2 steps, 1.00 s", "T1 temporal_search", "T2", "400 ms", "T2: no passage fits", "failed"):
        assert text in article


@pytest.mark.requirement("report.items")
def test_filters_by_right_and_wrong_need_no_script(make: Make) -> None:
    page = Parsed.of(report_page([make("one", result([item("a", 1), item("b", 0)]))]).html)
    boxes = {node.attributes["id"] for node in page.all("input")}
    assert boxes == {"hide-failed", "hide-wrong", "hide-right"}
    style = page.all("style")[0].text
    assert all(f"#{box}:checked" in style for box in boxes)


@pytest.mark.requirement("report.items")
def test_images_are_small_copies_from_named_folders_alone(make: Make, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="the extra vision is not installed")
    inside, outside = tmp_path / "photos", tmp_path / "elsewhere"
    for folder in (inside, outside):
        folder.mkdir()
        image.effect_noise((2_000, 1_500), 80).save(folder / "page.jpg", quality=95)
    (inside / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    (inside / "link.jpg").symlink_to(outside / "page.jpg")
    rows = [item("a", 0, prediction={"text": "red", "image": "far/away/page.jpg"})]
    rows += [item("b", 0, prediction={"text": "red", "image": name}) for name in ("broken.jpg", "link.jpg", "gone.jpg")]
    made = report_page([make("one", result(rows))], images=[inside])
    shown = Parsed.of(made.html).all("img")
    assert len(shown) == 1
    source = shown[0].attributes["src"] or ""
    assert source.startswith("data:image/jpeg;base64,")
    assert len(source) < 90_000
    assert any("2 images are not shown: not at hand" in warning for warning in made.warnings)
    assert any("1 images are not shown: files that are no readable image" in warning for warning in made.warnings)


@pytest.mark.requirement("report.bounds")
def test_images_stop_at_their_room(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="the extra vision is not installed")
    for number in range(4):
        image.effect_noise((600, 600), 80).save(tmp_path / f"{number}.png")
    shelf = ImageShelf([tmp_path], room=70_000, each=60_000)
    given = [shelf.data_uri(f"{number}.png") for number in range(4)]
    assert 0 < sum(bool(uri) for uri in given) < 4
    assert sum(map(len, given)) <= 70_000
    assert "left out, for the page's room for images is full" in shelf.notes


@pytest.mark.requirement("report.items")
def test_one_answer_a_condition_is_told_by_its_condition(make: Make) -> None:
    told = {"none": "", "retrieved": "不是", "found": ["p1", "p2"]}
    rows = [
        {"id": "q", "prediction": told, "scores": {"recall@5": 1.0, "accuracy_none": 0.0, "accuracy_retrieved": 1.0}}
    ]
    found, _ = read_results([make("one", result(rows, decides="accuracy_retrieved"))])
    (example,) = choose(found[0], 4).examples
    assert example.answer == "none: \nretrieved: 不是"
    assert json.loads(example.rest) == {"found": ["p1", "p2"]}
    assert example.state == "right"
    found, _ = read_results([make("two", result(rows))])
    assert choose(found[0], 4).measure == "accuracy_none"


@pytest.mark.requirement("report.page")
def test_main_measures_begin_with_what_decides_and_take_one_of_each_family(make: Make) -> None:
    names = ("recall@5", "recall@10", "map@5", "acc_none", "acc_gold")
    report = result(**dict.fromkeys(names, 0.5), decides="acc_gold")
    report["intervals"] = {name: [0.4, 0.6] for name in names}
    (found,), _ = read_results([make("one", report)])
    assert main_measures(found) == ["acc_gold", "recall@5", "map@5", "acc_none"]
