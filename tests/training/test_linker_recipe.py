"""The recipe `linker`: rows with marks, what is learnt of a tiny set in seconds, resumed and exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.errors import UsageError
from questline.tools.tables.linker.network import Network
from questline.training.linking.rows import files, read

TABLES = [
    ("pets", ["name", "kind", "weight_kg"], [["Bella", "dog", 11], ["Tom", "cat", 4], ["Otto", "rabbit", 2]]),
    ("boats", ["boat", "colour", "length_m"], [["Wren", "red", 7], ["Gull", "blue", 9], ["Tern", "green", 12]]),
    ("plants", ["plant", "spot", "height_cm"], [["Fern", "shade", 40], ["Rose", "sun", 90], ["Mint", "sun", 30]]),
    ("wines", ["wine", "grape", "price"], [["Hill", "merlot", 9], ["Vale", "syrah", 12], ["Moor", "malbec", 7]]),
]


def line(number: int) -> str:
    name, columns, rows = TABLES[number % len(TABLES)]
    first, second, third = columns
    questions = [
        {"q": f"{{what sort|>{second}}} is {{{rows[0][0]}|={first}}}"},
        {"q": f"{{how much|>{third}}} for {{{rows[1][0]}|={first}}} please"},
        {"q": f"{{which|>{first}}} has the {{most|max:{third}}}"},
        {"q": f"{{phone|?}} of {{{rows[2][0]}|={first}}}", "none": True},
    ]
    return json.dumps({"table": f"{name}{number}", "columns": columns, "rows": rows, "questions": questions})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "one.jsonl").write_text("\n".join(map(line, range(12))), encoding="utf-8")
    return folder


def test_marks_are_read_with_their_places(data: Path) -> None:
    (path,) = files(data)
    table = next(iter(read(path)))
    asked = table.asked[0]
    assert asked.text == "what sort is Bella"
    assert [(asked.text[each.start : each.end], each.role, each.column) for each in asked.marks] == [
        ("what sort", "answer", "kind"),
        ("Bella", "value", "name"),
    ]
    assert not table.asked[3].answerable


@pytest.mark.parametrize(
    "text", ['{"table": "x"}', "[1]", '{"table": 1, "columns": ["a"], "rows": [], "questions": [{"q": "{x|>b}"}]}']
)
def test_a_broken_line_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        list(read(path))
    assert error.value.code == "bad_data"


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        files(tmp_path)
    assert error.value.code == "file_not_found"


@pytest.mark.requirement("training.linker")
def test_a_tiny_set_is_learnt_resumed_and_exported(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the linker learns with torch (extra train)")
    pytest.importorskip("onnx", reason="the linker is exported with onnx (extra train)")
    from questline.training.driver import Options, train
    from questline.training.linking.recipe import LinkerRecipe, Settings
    from questline.training.recipe import Job

    settings = Settings(nets=2, steps=60, wide=32, batch=8, dropout=0.0, blank=0.0)
    seen: list[tuple[str, int]] = []

    def hears(phase: str, done: int, total: int) -> None:
        seen.append((phase, done))
        if not resumed and phase == "learning" and done == 1:
            raise KeyboardInterrupt

    def run(*, resume: bool) -> object:
        job = Job(data=data, out=tmp_path / "run", cache=tmp_path / "cache", seed=0, threads=1, hears=hears)
        return train(
            "linker",
            lambda job: LinkerRecipe(job, settings),
            job,
            Options(seed=0, threads=1),
            settings={"steps": 60},
            command="agents train linker",
            resume=resume,
        )

    resumed = False
    with pytest.raises(KeyboardInterrupt):
        run(resume=False)
    resumed = True
    run(resume=True)
    model = tmp_path / "run" / "model"
    log = [json.loads(text) for text in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    losses = [each["loss of the words"] for each in log if "loss of the words" in each]
    assert len(losses) == 2
    assert max(losses) < 1.0
    assert Network.load(model).calibration.threshold > 0
    assert "held out" in (model / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_settings_name_what_is_wrong() -> None:
    from questline.training.linking.settings import Settings

    for wrong in ({"nets": 1}, {"wide": 30}, {"rate": -1.0}, {"less": 1.0}):
        with pytest.raises(UsageError) as error:
            Settings(**wrong)  # pyright: ignore[reportArgumentType]  # settings of several types
        assert error.value.code == "bad_settings"
