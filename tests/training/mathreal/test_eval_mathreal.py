"""`agents eval mathreal` through a real server: six settings, failures apart, judge, predictions, pairs, limits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM, sent_pictures
from questline.testing.pictures import REFUSAL

from .conftest import World, made_row, number_of, right, seeing

_READ = "## Question\n第{0}题：{0}加10是多少？\n\n## Figure\n图中有{0}个圆。\n"


def by_stage(number: int, request: ChatRequest) -> str:
    """Read where reading is asked, do both for IUER, and else solve."""
    system = request.text("system")
    if "do not solve" in system:
        return _READ.format(number)
    solved = right(number, request)
    return f"{_READ.format(number)}\n## Solution\n{solved}" if "## Solution" in system else solved


@pytest.mark.requirement("mathreal.settings")
@pytest.mark.parametrize(
    ("setting", "stages", "told"),
    [
        ("I", 1, ()),
        ("IUER", 1, ()),
        ("I+QM", 2, ("第3题", "Question:")),
        ("I+QM+DM", 2, ("第3题", "Figure:")),
        ("I+QG", 1, ("第3题",)),
        ("I+QG+DG", 1, ("第3题", "图中有3个圆")),
    ],
)
def test_each_setting_shows_the_photo_and_the_texts_that_are_its_own(
    world: World, setting: str, stages: int, told: tuple[str, ...]
) -> None:
    world.write([made_row(n) for n in (3, 4)])
    with seeing(by_stage) as server:
        report = world.run(server, "--setting", setting)
    assert len(server.requests) == 2 * stages
    assert all(len(sent_pictures(request)) == 1 for request in server.requests)
    last = [request for request in server.requests if number_of(request) == 3][-1].text("user")
    assert all(text in last for text in told)
    assert ("图中有3个圆" in last) == (setting in ("I+QM+DM", "I+QG+DG"))
    assert report["acc_low"] == report["strict_high"] == 1.0
    assert (report["n"], report["failed"], report["left"], report["photos"]) == (2, 0, 0, 2)
    reads = setting in ("IUER", "I+QM", "I+QM+DM")
    assert report.get("ocr") == (1.0 if reads else None)


@pytest.mark.requirement("mathreal.settings")
def test_a_text_model_gets_both_texts_and_no_picture(world: World) -> None:
    world.write([made_row(3)])
    with ScriptedLLM("\\boxed{13}") as server:
        report = world.run(server, "--setting", "QG+DG", "--language", "en")
    assert not sent_pictures(server.requests[0])
    asked = server.requests[0].text("user")
    assert "what is 3 plus 10" in asked
    assert "shows 3 circles" in asked
    assert "none of the paper's six" in report["warnings"]
    assert report["acc_low"] == 1.0


def misbehave(number: int, request: ChatRequest) -> str | Reply | Fault:
    plays: dict[int, str | Reply | Fault] = {
        2: "\\boxed{999}",
        3: REFUSAL,
        4: "",
        5: Fault.status(500),
        6: Fault.drop(after_chunks=1),
        7: "Let me see. " * 5_000 + "\\boxed{17}",
        8: "First \\boxed{18}, then \\boxed{5cm}.",
        9: Reply(text="", finish_reason="content_filter"),
    }
    return plays.get(number, right(number, request))


@pytest.mark.requirement("mathreal.failures-apart", "mathreal.refused", "mathreal.scripted-server")
def test_refusals_are_wrong_and_counted_and_failures_are_neither_wrong_nor_right(world: World) -> None:
    world.write([made_row(n, "18;5cm" if n == 8 else "") for n in range(1, 10)])
    with seeing(misbehave) as server:
        report = world.run(server, "--answer-tokens", "30000")
    assert (report["photos"], report["n"], report["real_failed"], report["failed"]) == (9, 7, 2, 2)
    assert [row["id"] for row in report["failed_items"]] == ["5", "6"]
    assert {row["error"] for row in report["failed_items"]} == {"backend_unavailable"}
    assert (report["refused"], report["refused_items"], report["empty"]) == (2, ["3", "9"], 1)
    assert report["acc_low"] == pytest.approx(3 / 7)
    assert report["acc_with_failures_low"] == pytest.approx(3 / 9)
    assert report["acc_with_failures_high"] == pytest.approx(5 / 9)
    assert "2 rows failed" in report["warnings"]
    items = {item["id"]: item for item in report["items"]}
    assert items["5"]["error"] == "backend_unavailable"
    assert "scores" not in items["5"]
    assert items["3"]["prediction"]["route"] == "refused"
    assert items["4"]["prediction"]["route"] == "empty"
    assert len(items["7"]["prediction"]["text"]) < 10_000
    assert items["8"]["prediction"]["answers"] == ["18", "5cm"]


@pytest.mark.requirement("mathreal.failures-apart")
def test_a_rate_limit_is_waited_for_and_costs_no_answer(world: World) -> None:
    world.write([made_row(1)])
    with seeing(
        lambda n, r: right(n, r) if len(server.requests) > 1 else Fault.status(429, retry_after=0.01)
    ) as server:
        report = world.run(server)
    assert (len(server.requests), report["acc_low"], report["failed"]) == (2, 1.0, 0)


@pytest.mark.requirement("mathreal.resume")
def test_what_failed_is_asked_again_and_what_was_read_is_not_read_again(world: World) -> None:
    world.write([made_row(n) for n in (1, 2, 3)])
    down = True

    def play(number: int, request: ChatRequest) -> str | Fault:
        solving = "do not solve" not in request.text("system")
        return Fault.status(400) if down and solving and number == 2 else by_stage(number, request)

    with seeing(play) as server:
        first = world.run(server, "--setting", "I+QM")
        asked = len(server.requests)
        down = False
        second = world.run(server, "--setting", "I+QM")
        asked_again = len(server.requests) - asked
    assert (first["failed"], first["n"], asked) == (1, 2, 6)
    assert (second["failed"], second["n"], second["acc_low"]) == (0, 3, 1.0)
    assert asked_again == 1
    assert second["run"]["resumed"] == 2


@pytest.mark.requirement("mathreal.resume")
def test_a_setting_that_begins_with_the_same_stage_takes_its_replies_over(world: World) -> None:
    world.write([made_row(n) for n in (1, 2)])
    with seeing(by_stage) as server:
        world.run(server, "--setting", "I+QM")
        before = len(server.requests)
        report = world.run(server, "--setting", "I+QM+DM", "--concurrency", "2")
    assert (before, len(server.requests) - before) == (4, 2)
    assert {item["cost"]["kept"] for item in report["items"]} == {1.0}


@pytest.mark.requirement("mathreal.cost-limit")
def test_a_limit_on_cost_stops_says_what_is_left_and_a_higher_one_goes_on(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write([made_row(n) for n in range(1, 6)])
    (world.folder / "agents.toml").write_text("[prices]\nseer = [0, 1000000]\n", encoding="utf-8")
    reply = Reply(text="\\boxed{1}", usage=(10, 1))  # one dollar each
    with seeing(lambda n, r: reply) as server:
        first = world.run(server, "--max-usd", "2")
        asked = len(server.requests)
        shown = capsys.readouterr().out
        second = world.run(server, "--max-usd", "100")
    assert (asked, first["left"], first["run"]["stopped"]) == (2, 3, "usd")
    assert "3 of 5 rows are left" in first["warnings"]
    assert "stopped by the limit on usd: 2 of 5 rows" in shown
    assert (len(server.requests), second["left"], second["run"]["stopped"]) == (5, 0, "")
    assert sum(item["cost"]["usd"] for item in second["items"]) == pytest.approx(5.0)


@pytest.mark.requirement("mathreal.judge")
def test_the_judge_sees_all_and_decides_only_what_the_rules_leave_open(world: World) -> None:
    rows = [made_row(1), made_row(2, "三角形的面积变大"), made_row(3)]
    rows[1]["AnswerEN"] = "the area of the triangle grows"
    world.write(rows)
    plays = {1: "\\boxed{11}", 2: "\\boxed{三角形的面积会增大}", 3: "\\boxed{4}"}
    verdicts = {1: "1: right", 2: "1: right", 3: "1: right"}

    def judged(request: ChatRequest) -> str:
        found = re.search(r"第(\d)题", request.text("user"))
        assert found is not None
        return verdicts[int(found[1])]

    with seeing(lambda n, r: plays[n]) as server, ScriptedLLM(judged) as judge:
        report = world.run(server, "--judge", "wise", "--judge-url", judge.base_url)
    assert [request.model for request in judge.requests] == ["wise"] * 3
    asked = next(request.text("user") for request in judge.requests if "第2题" in request.text("user"))
    for text in ("2加10是多少", "三角形的面积变大", "the area of the triangle grows", "三角形的面积会增大"):
        assert text in asked
    assert (report["rule_acc_low"], report["rule_acc_high"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert report["acc_low"] == report["acc_high"] == pytest.approx(2 / 3)
    assert report["decided"] == pytest.approx(2 / 3)
    assert report["judge_share"] == pytest.approx(1 / 3)
    assert report["judge_agreement"] == pytest.approx(1 / 2)
    assert report["run"]["models"]["judge"] == "wise"


@pytest.mark.requirement("mathreal.judge")
def test_a_judge_that_says_nothing_readable_leaves_the_bounds_apart(world: World) -> None:
    world.write([made_row(1, "三角形的面积变大")])
    with seeing(lambda n, r: "\\boxed{各边都增大了}") as server, ScriptedLLM("It depends.") as judge:
        report = world.run(server, "--judge", "wise", "--judge-url", judge.base_url)
    assert (report["acc_low"], report["acc_high"], report["failed"]) == (0.0, 1.0, 0)
    assert "no readable verdict on 1 items" in report["warnings"]


@pytest.mark.requirement("mathreal.judge", "mathreal.resume")
def test_a_judge_that_is_down_fails_what_needs_it_and_the_answer_is_not_asked_for_again(world: World) -> None:
    world.write([made_row(1), made_row(2, "三角形的面积变大")])
    down = True
    answer = "\\boxed{三角形的面积会增大}"

    def judged(request: ChatRequest) -> str | Fault:
        return Fault.status(400) if down else "1: right"

    with seeing(lambda n, r: right(n, r) if n == 1 else answer) as server, ScriptedLLM(judged) as judge:
        first = world.run(server, "--judge", "wise", "--judge-url", judge.base_url)
        down = False
        second = world.run(server, "--judge", "wise", "--judge-url", judge.base_url)
    assert (first["n"], first["failed_items"][0]["id"], first["acc_low"]) == (1, "2", 1.0)
    assert "no readable verdict on 1 items" in first["warnings"]
    assert (second["n"], second["failed"], second["acc_low"]) == (2, 0, 1.0)
    assert len(server.requests) == 2


@pytest.mark.requirement("mathreal.bounds")
def test_parts_that_nobody_decides_make_two_bounds(world: World) -> None:
    world.write([made_row(1, "7;三角形的面积变大")])
    with seeing(lambda n, r: "\\boxed{7} \\boxed{三角形的面积会增大}") as server:
        report = world.run(server)
    assert [report[name] for name in ("acc_low", "acc_high", "strict_low", "strict_high")] == [0.5, 1.0, 0.0, 1.0]
    assert report["decided"] == 0.5
    assert report["parts"] == 2


@pytest.mark.requirement("mathreal.proof-apart")
def test_a_proof_is_no_free_point(world: World) -> None:
    world.write([made_row(1), made_row(2, QuestionCN="求证：两个三角形全等，并求第2题的边长。")])
    with seeing(right) as server:
        report = world.run(server)
    assert (report["n"], report["proof_n"], report["proof_acc_low"]) == (1, 1, 1.0)
    with seeing(lambda n, r: "It is clear. Hence the claim.") as server:
        report = world.run(server, "--fresh")
    assert (report["n"], report["proof_n"], report["proof_acc_low"]) == (1, 1, 0.0)


@pytest.mark.requirement("mathreal.pairs")
def test_clean_pictures_and_photos_turned_upright_are_compared_in_pairs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [made_row(n, ImgClean=f"clean/{n:04d}.png" if n < 4 else None) for n in range(1, 6)]
    rows[4]["ImagePerspectiveVariation"] = {**rows[4]["ImagePerspectiveVariation"], "rotation": "Clockwise90°"}
    world.write(rows)
    from questline.tools import photos

    turned: list[tuple[int, ...]] = []

    def upright(photo: photos.Photo) -> photos.Photo:
        turned.append(photo.pixels.shape)
        return photo

    monkeypatch.setattr(photos, "upright", upright)

    def play(number: int, request: ChatRequest) -> str:
        picture = sent_pictures(request)[0]
        return right(number, request) if picture.width > 1000 or picture.media_type == "image/jpeg" else "\\boxed{0}"

    with seeing(play) as server:
        report = world.run(server, "--clean", "--upright")
    assert len(server.requests) == 5 + 3 + 1
    assert turned == [(60, 205, 3)]
    assert (report["n"], report["acc_low"]) == (5, 0.0)
    clean, upright_pair = report["pairs"]["clean − as taken"], report["pairs"]["upright − as taken"]
    assert (clean["n"], clean["acc_difference"], clean["only_b_right"], clean["mcnemar_p"]) == (3, 1.0, 3, 0.25)
    assert (upright_pair["n"], upright_pair["strict_b"], upright_pair["small"]) == (1, 1.0, True)


def predicted(world: World, *rows: dict[str, Any]) -> list[str]:
    path = world.folder / "predictions.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return ["--predictions", str(path)]


@pytest.mark.requirement("mathreal.predictions")
def test_answers_of_another_program_are_scored_and_what_is_missing_is_listed(world: World) -> None:
    world.write([made_row(n) for n in (1, 2, 3, 4)])
    rows = [
        {"idx": 1, "prediction": "\\boxed{11}", "confidence": 0.9, "transcript": "第1题：1加10是多少？"},
        {"idx": 2, "prediction": "\\boxed{11}", "confidence": 0.2},
        {"idx": 3, "prediction": "", "confidence": 0.1},
    ]
    report = world.told(*predicted(world, *rows))
    assert (report["n"], report["failed"], report["acc_low"]) == (3, 1, pytest.approx(1 / 3))
    assert report["failed_items"][0]["error"] == "missing_prediction"
    assert (report["empty"], report["ocr"]) == (1, 1.0)
    assert report["risk_area"] == report["risk_area_best"] == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert report["risk_coverage"][0] == [pytest.approx(1 / 3), 0.0]


@pytest.mark.requirement("mathreal.predictions")
@pytest.mark.parametrize(
    ("rows", "code", "named"),
    [
        ([{"idx": 7, "prediction": "1"}], "unknown_id", "'7'"),
        ([{"idx": 1, "prediction": "1"}, {"idx": 1, "prediction": "2"}], "duplicate_id", "'1'"),
        ([{"idx": 1, "output": "1"}], "bad_data", "'prediction'"),
        ([{"idx": 1, "prediction": 5}], "bad_data", "'prediction'"),
        ([{"idx": 1, "prediction": "5", "confidence": 50}], "bad_data", "confidence 50"),
    ],
)
def test_predictions_that_do_not_fit_are_refused_by_name(
    world: World, capsys: pytest.CaptureFixture[str], rows: list[dict[str, Any]], code: str, named: str
) -> None:
    world.write([made_row(1)])
    said = world.refused(capsys, *predicted(world, *rows))
    assert code in said
    assert named in said


@pytest.mark.requirement("mathreal.report")
def test_every_slice_has_its_count_and_each_item_its_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    blur = {**made_row(1)["ImageQualityDegradation"], "blur": 2}
    world.write(
        [
            made_row(1, EducationalStage="High", ImageQualityDegradation=blur),
            made_row(2, Category="Solid Geometry"),
            made_row(3, Difficulty="Fiendish"),
        ]
    )
    lines = world.folder / "lines.jsonl"
    with seeing(right) as server:
        report = world.run(server, "--lines", str(lines))
    assert {name: cell["n"] for name, cell in report["by_stage"].items()} == {"High": 1, "Primary": 2}
    assert report["by_category"]["Solid Geometry"]["acc_low"] == 1.0
    assert report["by_noise"]["blur 2"] == {
        "n": 1, "acc_low": 1.0, "strict_low": 1.0, "intervals": {"acc_low": [1.0, 1.0], "strict_low": [1.0, 1.0]},
        "few": True,
    }  # fmt: skip
    assert len({name.rpartition(" ")[0] for name in report["by_noise"]}) == 14
    assert "only 3 items are scored" in report["warnings"]
    assert "Difficulty 'Fiendish' is not one of the published values (Easy, Medium, Hard)" in report["warnings"]
    assert report["noise_regression"]["note"]
    rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["prediction"]["image"].endswith("real/0001.png")
    assert rows[0]["labels"]["blur"] == "2"
    assert "acc_low" in capsys.readouterr().out


@pytest.mark.requirement("mathreal.report")
def test_two_runs_are_compared_over_what_both_scored(world: World) -> None:
    world.write([made_row(n) for n in range(1, 5)] + [made_row(5, QuestionCN="求证第5题。")])
    with seeing(lambda n, r: Fault.status(400) if n == 1 else right(n, r)) as server:
        world.run(server)
    (world.folder / "out.json").rename(world.folder / "a.json")
    with seeing(lambda n, r: "\\boxed{0}" if n == 2 else right(n, r)) as server:
        world.run(server)
    out = world.folder / "compared.json"
    files = [str(world.folder / name) for name in ("a.json", "out.json")]
    assert main(["eval", "--compare", *files, "--json", str(out)]) == 0
    found = json.loads(Path(out).read_text(encoding="utf-8"))["differences"]
    assert (found["acc_low"]["n"], found["acc_low"]["a"], found["acc_low"]["b"]) == (3, 1.0, pytest.approx(2 / 3))
    assert found["proof.acc_low"]["n"] == 1
