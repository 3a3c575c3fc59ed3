"""Bad input of spec 10 §6, each through the whole command: named, and never a figure that looks like a score."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PIL import Image

from questline.cli import main
from questline.testing.pictures import REFUSAL

from .conftest import World, made_row, right, seeing

pytestmark = pytest.mark.requirement("mathreal.bad-input")


def test_a_missing_picture_is_named_before_anything_is_asked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.write([made_row(1), made_row(2)])
    (world.folder / "img" / "real" / "0002.png").unlink()
    with seeing(right) as server:
        said = world.refused(capsys, "--model", "seer", "--base-url", server.base_url)
    assert not server.requests
    assert "file_not_found" in said
    assert "0002.png" in said
    assert "row '2'" in said


def test_a_corrupt_jpeg_fails_its_row_and_no_other(world: World) -> None:
    world.write([made_row(1, ImgReal="real/0001.jpg"), made_row(2)])
    path = world.folder / "img" / "real" / "0001.jpg"
    path.write_bytes(path.read_bytes()[:300])
    with seeing(right) as server:
        report = world.run(server)
    assert len(server.requests) == 1
    assert (report["n"], report["real_failed"], report["acc_low"]) == (1, 1, 1.0)
    assert report["failed_items"][0]["error"] == "bad_image"
    assert "0001.jpg" in report["failed_items"][0]["message"]


def test_a_picture_of_a_hundred_megapixels_is_not_unpacked_and_not_sent(world: World) -> None:
    world.write([made_row(1), made_row(2)])
    Image.new("1", (10_000, 10_000)).save(world.folder / "img" / "real" / "0002.png")
    with seeing(right) as server:
        report = world.run(server)
    assert len(server.requests) == 1
    assert report["failed_items"][0]["error"] == "image_too_large"
    assert report["n"] == 1


def test_a_large_picture_is_sent_smaller(world: World) -> None:
    world.write([made_row(1)])
    Image.new("L", (4_000, 4_000)).save(world.folder / "img" / "real" / "0001.png")
    with seeing(lambda n, r: "\\boxed{11}") as server:
        report = world.run(server)
    assert report["acc_low"] == 1.0


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ({"Category": None, "Answer": "5"}, "bad_data", "'Category'"),
        ({"QuestionCN": None}, "bad_data", "'QuestionCN'"),
        ({"ContentInterference": [1]}, "bad_data", "'ContentInterference'"),
        ({"ImageQualityDegradation": {"blur": 7}}, "bad_data", "'blur' is 7"),
        ({"ImagePerspectiveVariation": {"rotation": "sideways"}}, "bad_data", "'sideways'"),
        ({"AnswerCN": 5}, "bad_data", "'AnswerCN'"),
        ({"ImgReal": "../rows.png"}, "bad_data", "outside of the folder"),
        ({"ImgClean": "/etc/hosts"}, "bad_data", "outside of the folder"),
    ],
)
def test_wrong_columns_are_named(
    world: World, capsys: pytest.CaptureFixture[str], change: dict[str, Any], code: str, named: str
) -> None:
    row = {**made_row(1), **change}
    dropped = {name: cell for name, cell in row.items() if cell is not None or name == "ImgClean"}
    world.write([made_row(1)])
    (world.folder / "rows.jsonl").write_text(json.dumps(dropped, ensure_ascii=False), encoding="utf-8")
    said = world.refused(capsys)
    assert code in said
    assert named in said
    assert "line 1" in said


def test_a_duplicate_id_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.write([made_row(1), made_row(1)])
    said = world.refused(capsys)
    assert "duplicate_id" in said
    assert "line 2" in said


def test_a_setting_without_its_field_names_the_field(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.write([made_row(1, DescriptionEN="")])
    said = world.refused(capsys, "--setting", "I+QG+DG", "--language", "en")
    assert "missing_field" in said
    assert "'DescriptionEN'" in said
    assert main(["eval", "mathreal", "--data", str(world.folder / "rows.jsonl"), "--setting", "I"]) == 2
    assert "missing_field" in capsys.readouterr().err


def test_a_single_row_without_its_field_fails_alone_and_is_not_asked(world: World) -> None:
    world.write([made_row(1, DescriptionCN=""), made_row(2)])
    with seeing(right) as server:
        report = world.run(server, "--setting", "I+QG+DG")
    assert len(server.requests) == 1
    assert (report["n"], report["failed_items"][0]["error"]) == (1, "missing_field")
    assert "'DescriptionCN'" in report["failed_items"][0]["message"]


def test_an_empty_right_answer_stays_open_and_is_listed(world: World) -> None:
    world.write([made_row(1), made_row(2, AnswerCN=" ", AnswerEN="")])
    with seeing(right) as server:
        report = world.run(server)
    assert (report["acc_low"], report["acc_high"], report["open_golds"]) == (0.5, 1.0, ["2"])


def test_empty_answers_and_a_refusing_model_are_wrong_with_full_denominators(world: World) -> None:
    world.write([made_row(n) for n in (1, 2, 3)])
    with seeing(lambda n, r: "" if n == 1 else REFUSAL) as server:
        report = world.run(server)
    assert (report["n"], report["acc_low"], report["acc_high"]) == (3, 0.0, 0.0)
    assert (report["empty"], report["refused"], report["failed"]) == (1, 2, 0)


@pytest.mark.parametrize(
    "said",
    [
        "x" * 50_000,
        "\\boxed{" * 12_500,
        "因为" * 25_000 + "所以 \\boxed{12}",
    ],
)
def test_an_answer_of_50000_characters_is_scored_and_kept_short(world: World, said: str) -> None:
    world.write([made_row(1)])
    with seeing(lambda n, r: said) as server:
        report = world.run(server, "--answer-tokens", "60000")
    assert (report["n"], report["acc_low"], report["failed"]) == (1, 0.0, 0)
    assert len(json.dumps(report["items"][0], ensure_ascii=False)) < 15_000


@pytest.mark.parametrize("said", ["9^{9^{9^{9}}}", "(x+1)^{99999}(x-1)^{99999}", "\\frac{" * 200 + "1" + "}{2}" * 200])
def test_an_answer_on_which_algebra_explodes_ends_in_time(world: World, said: str) -> None:
    world.write([made_row(1), made_row(2)])
    with seeing(lambda n, r: f"\\boxed{{{said}}}" if n == 1 else right(n, r)) as server:
        report = world.run(server)
    assert (report["n"], report["failed"]) == (2, 0)
    assert report["acc_low"] == 0.5


def test_what_is_no_language_model_cannot_judge(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.write([made_row(1)])
    assert "cannot judge" in world.refused(capsys, "--judge", "embedded")
