"""A small MathReal of our own: questions with pictures drawn here, whose width tells the server which one it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from questline.cli import main
from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM, needs_picture, sent_pictures

QUIET: dict[str, dict[str, object]] = {
    "ImageQualityDegradation": {
        **dict.fromkeys(("blur", "underexposure/overexposure", "shadow coverage", "glare"), 0),
    },
    "ImagePerspectiveVariation": {
        "rotation": "Upright",
        **dict.fromkeys(("in-plane tilt", "non-planar capture", "background distortion"), 0),
    },
    "ContentInterference": dict.fromkeys(
        (
            *("handwritten questions", "reverse side content", "question marking", "figure marking"),
            "handwritten answer for multiple-choice questions",
            "handwritten process for constructed-response questions",
        ),
        0,
    ),
}


def made_row(number: int, gold: str = "", **other: Any) -> dict[str, Any]:
    """Return a row of the published form; its right answer is the number plus ten unless `gold` says another."""
    return {
        "idx": number,
        "ImgReal": f"real/{number:04d}.png",
        "ImgClean": None,
        "QuestionCN": f"第{number}题：{number}加10是多少？",
        "QuestionEN": f"Question {number}: what is {number} plus 10?",
        "DescriptionCN": f"图中有{number}个圆。",
        "DescriptionEN": f"The figure shows {number} circles.",
        "AnswerCN": gold or str(number + 10),
        "AnswerEN": gold or str(number + 10),
        "Table": 0,
        "EducationalStage": "Primary",
        "QuestionType": "FillInTheBlank",
        "Category": "Plane Geometry",
        "Difficulty": "Easy",
        **QUIET,
        **other,
    }


def draw(path: Path, text: str, *, width: int, height: int = 60) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).text((4, 20), text, fill="black")
    image.save(path)


@dataclass
class World:
    """A folder with rows and pictures, and what to run over it."""

    folder: Path
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def write(self, rows: Sequence[Mapping[str, Any]]) -> World:
        self.rows = [dict(row) for row in rows]
        told = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows)
        (self.folder / "rows.jsonl").write_text(told, encoding="utf-8")
        for row in self.rows:
            draw(self.folder / "img" / row["ImgReal"], row["QuestionEN"], width=200 + row["idx"])
            if row["ImgClean"]:
                draw(self.folder / "img" / row["ImgClean"], row["QuestionEN"], width=1200 + row["idx"])
        return self

    def words(self, *options: str) -> list[str]:
        folder = self.folder
        given = ["eval", "mathreal", "--data", str(folder / "rows.jsonl"), "--images", str(folder / "img")]
        return [*given, "--cache", str(folder / "cache"), *options]

    def run(self, server: ScriptedLLM, *options: str) -> dict[str, Any]:
        return self.told("--model", "seer", "--base-url", server.base_url, *options)

    def told(self, *options: str) -> dict[str, Any]:
        out = self.folder / "out.json"
        assert main(self.words("--json", str(out), *options)) == 0
        return json.loads(out.read_text(encoding="utf-8"))

    def refused(self, capsys: pytest.CaptureFixture[str], *options: str) -> str:
        """Return what is said of a run that may not begin."""
        assert main(self.words(*options)) == 2
        return capsys.readouterr().err


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUESTLINE_RETRIES", "1")
    return World(tmp_path)


def number_of(request: ChatRequest) -> int:
    """Return which row a request shows: the width of its picture tells."""
    return sent_pictures(request)[0].width % 1000 - 200


Played = Callable[[int, ChatRequest], str | Reply | Fault]


def seeing(play: Played) -> ScriptedLLM:
    """Return a server that plays by the number of the row that is shown, and refuses what shows no whole picture."""
    return ScriptedLLM(needs_picture(lambda request: play(number_of(request), request)))


def right(number: int, request: ChatRequest) -> str:
    del request
    return f"{number} and 10 make \\boxed{{{number + 10}}}."
