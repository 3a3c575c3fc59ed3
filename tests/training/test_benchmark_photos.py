"""The benchmarks of photos on our own pages: figures add up, readings are kept, wrong rows are named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from questline.errors import UsageError
from questline.tools.photos import Reader, turned
from questline.training.benchmarks import degradations, photos
from questline.training.benchmarks.photo_readings import KINDS, halves, items
from questline.training.evaluation.pages import page

LIES = ("Upright", "Clockwise90°")


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, Any]]:
    """Return two questions, one upright and one turned, with their pictures in `tmp_path`."""
    made: list[dict[str, Any]] = []
    noise = dict.fromkeys(KINDS, 0)
    for number, lies in enumerate(LIES):
        clean = page(number)
        Image.fromarray(turned(clean.pixels, 90 if number else 0)).save(tmp_path / f"real{number}.png")
        if not number:
            Image.fromarray(clean.pixels).save(tmp_path / "clean0.png")
        made.append(
            {
                "idx": number,
                "ImgReal": f"real{number}.png",
                "ImgClean": None if number else "clean0.png",
                "QuestionCN": clean.text,
                "ImageQualityDegradation": {**noise, "blur": number},
                "ImagePerspectiveVariation": {"rotation": lies},
                "ContentInterference": {},
            }
        )
    return made


def written(rows: Iterable[dict[str, Any]], folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.requirement("photos.measured")
def test_two_photos_are_measured_and_nothing_is_read_twice(
    rows: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--questions", str(written(rows, tmp_path)), "--images", str(tmp_path), "--cache", str(tmp_path / "c")]
    assert photos.main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["n"] == 2
    assert told["orientation"]["all"]["all"]["mean"] == 1.0
    assert told["orientation"]["all"]["rotated"]["n"] == 1
    assert told["orientation"]["all"]["wrong"] == []
    ocr = told["ocr"]["all"]
    assert ocr["upright"]["mean"] > 0.9
    assert ocr["clean"]["n"] == 1
    assert ocr["upright_minus_as_is_rotated"]["mean"] > 0.05
    assert told["noise"]["blur"]["1"]["n"] == 1
    assert told["ocr"]["tuned_half"]["upright"].get("n", 0) + told["ocr"]["other_half"]["upright"]["n"] == 2

    def read(*_: object) -> None:
        pytest.fail("read again")

    monkeypatch.setattr(Reader, "read", read)
    assert photos.main(command) == 0
    again = json.loads(capsys.readouterr().out)
    assert {**again, "run": 0} == {**told, "run": 0}


@pytest.mark.requirement("photos.measured")
def test_rows_that_are_none_of_mathreal_are_named(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    faults = {
        "QuestionCN": {**rows[0], "QuestionCN": ""},
        "ContentInterference": {key: value for key, value in rows[0].items() if key != "ContentInterference"},
        "rotation": {**rows[0], "ImagePerspectiveVariation": {"rotation": "Diagonal"}},
        "blur": {**rows[0], "ImageQualityDegradation": {**rows[0]["ImageQualityDegradation"], "blur": 9}},
    }
    for field, row in faults.items():
        with pytest.raises(UsageError) as raised:
            items(written([row], tmp_path), tmp_path)
        assert (raised.value.code, raised.value.fields["field"]) == ("bad_data", field)
    with pytest.raises(UsageError) as raised:
        items(written([{**rows[0], "ImgReal": "absent.jpg"}], tmp_path), tmp_path)
    assert raised.value.code == "file_not_found"


@pytest.mark.requirement("photos.measured")
def test_halves_share_nothing_and_stay_the_same(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    found = items(written([{**rows[n % 2], "idx": n} for n in range(20)], tmp_path), tmp_path)
    one, two = halves(found)
    assert {item.id for item in one}.isdisjoint(item.id for item in two)
    assert (len(one), len(two)) == (10, 10)
    assert sum(bool(item.turn) for item in one) == 5
    assert halves(found) == (one, two)


@pytest.mark.requirement("photos.curves")
def test_the_curve_of_a_kind_falls_and_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(degradations, "KINDS", ("handwritten question", "rotation"))
    picture = tmp_path / "curves.svg"
    assert degradations.main(["--pages", "1", "--cache", str(tmp_path / "c"), "--picture", str(picture)]) == 0
    told = json.loads(capsys.readouterr().out)
    curve = [level["mean"] for level in told["as_is"]["handwritten question"]]
    assert curve[0] > 0.9 > curve[3]
    assert "handwritten question" in told["falls"]
    assert sorted([*told["falls"], *told["does_not_fall"]]) == ["handwritten question", "rotation"]
    assert min(level["mean"] for level in told["repaired"]["rotation"]) > 0.9
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.count("<image") == 2
    assert drawn.count("<polyline") == 3


@pytest.mark.data
@pytest.mark.requirement("photos.measured")
def test_a_few_real_photos_are_turned_upright() -> None:
    from tests.conftest import DATA

    from questline.tools.photos import open_photo, orient

    found = items(DATA / "math" / "mathreal_testmini_part.jsonl.gz", DATA / "math" / "mathreal_img")
    assert len(found) == 190
    tuned, _ = halves(found)
    for item in (*[each for each in tuned if each.turn][:3], *[each for each in tuned if not each.turn][:2]):
        assert orient(open_photo(item.real)).degrees == item.turn
