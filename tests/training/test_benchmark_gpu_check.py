"""`make gpu-check`: its commands can be given, they work on a CPU, and without a GPU nothing is run."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from questline.training import pace
from questline.training.benchmarks import gpu_check
from questline.training.benchmarks.gpu_check import checks
from questline.training.benchmarks.gpu_data import made
from questline.training.pace import WRITTEN, Pace
from questline.training.recipes import find
from questline.training.settings import filled, overridden

pytestmark = pytest.mark.requirement("llm-recipes.gpu-check")
STAND_INS = """
[sizes.half]
steps = 20
set = ["width=8"]
[sizes.tiny]
steps = 2
set = []
[[check]]
name = "writes"
does = "Writes what a check writes"
minutes = 1
command = '''python -P -c "import json; json.dump({'pace': {'steps_per_second': {steps}.0}, 'parameters': 7},
open('{runs}/one.json', 'w'))" --json {runs}/one.json'''
[[check]]
name = "fails"
does = "Fails"
minutes = 1
command = '''python -P -c "import sys; sys.exit('lower the rate')"'''
[[check]]
name = "absent"
does = "Needs what is not there"
minutes = 1
needs = ["no_such_module"]
command = "agents train list"
[[check]]
name = "late"
does = "Takes longer than it may"
minutes = 0.01
command = '''python -P -c "import time; time.sleep(60)"'''
"""


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "package").mkdir()
    text = STAND_INS.replace("{'pace'", "{{'pace'").replace("}, 'parameters': 7}", "}}, 'parameters': 7}}")
    text = text.replace("{'steps_per_second'", "{{'steps_per_second'")
    (tmp_path / "package" / "gpu_check.toml").write_text(text, encoding="utf-8")

    def package(name: str) -> Path:
        assert name == "questline.training"
        return tmp_path / "package"

    monkeypatch.setattr(gpu_check, "files", package)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_each_check_is_run_once_and_what_it_came_to_is_kept(
    stand_ins: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="it asks torch for the machine (extra train)")
    words = ["--device", "cpu", "--size", "tiny", "--runs", "runs"]
    assert gpu_check.main(words) == 1
    report = json.loads((stand_ins / "gpu_check.json").read_bytes())
    found = report["checks"]
    assert {name: one["ok"] for name, one in found.items()} == {
        "writes": True,
        "fails": False,
        "absent": False,
        "late": False,
    }
    assert (found["writes"]["pace"], found["writes"]["parameters"]) == ({"steps_per_second": 2.0}, 7)
    assert "lower the rate" in found["fails"]["tail"]
    assert found["absent"]["left_out"] == "no_such_module is not installed"
    assert "more than 0.01 minutes" in found["late"]["error"]
    assert (report["device"], report["size"], report["machine"]) == ("cpu", "tiny", "CPU")
    assert {"date", "versions", "hardware"} <= report["run"].keys()

    capsys.readouterr()
    assert gpu_check.main([*words, "--only", "writes", "--only", "absent"]) == 0
    assert "writes: done before" in capsys.readouterr().err
    assert gpu_check.main(["--device", "cpu", "--runs", "runs"]) == 2  # of another size
    assert "give another --json, or --fresh" in capsys.readouterr().err


@pytest.mark.slow
def test_without_a_gpu_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch: Any = pytest.importorskip("torch", reason="it asks torch for the machine (extra train)")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.chdir(tmp_path)
    assert gpu_check.main([]) == 2
    assert "nothing was run" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_check_or_size_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--size", "huge"], ["--only", "nothing", "--list"]):
        assert gpu_check.main([*words, "--runs", str(tmp_path / "runs")]) == 2
        assert "error[bad_settings]" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("size", ["half", "tiny"])
def test_each_training_that_is_prepared_has_settings_that_hold(size: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the recipes learn with torch (extra train)")
    for check in checks("cpu", size, tmp_path):
        words = shlex.split(check.command)
        if words[:3] == ["agents", "train", "run"]:
            name = words[3]
            given = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
            tables = overridden({}, given, table=name)
            model = {"model": words[words.index("--model") + 1]} if "--model" in words else {}
            filled(find(name).settings, {**tables[name], **model}, table=name)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_writing_checks_work_on_a_cpu_and_tell_their_pace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trl", reason="SFT and GRPO are TRL's (extra train)")
    from questline.cli import main
    from questline.training.benchmarks import trl_loop

    monkeypatch.chdir(tmp_path)
    made(tmp_path / "made")
    by_name = {check.name: check for check in checks("cpu", "tiny", Path())}
    for name in ("writer-sft", "writer-grpo"):
        assert main(shlex.split(by_name[name].command)[1:]) == 0
    told = json.loads(Path("writer-grpo/finished.json").read_bytes())["pace"]
    assert told.keys() == {"steps_per_second", "rollouts_per_second", "tokens_per_second", "peak_memory_gb"}
    assert told["rollouts_per_second"] == pytest.approx(told["steps_per_second"] * 8 * 16, rel=1e-2)
    assert trl_loop.main(shlex.split(by_name["TRL's own loop"].command)[4:]) == 0
    beside = json.loads(Path("trl.json").read_bytes())
    assert beside["pace"]["rollouts_per_second"] == pytest.approx(beside["pace"]["steps_per_second"] * 128, rel=1e-2)


def test_a_pace_is_of_the_steps_that_write_without_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_peak", lambda: 1.5)
    now = iter([0.0, 0.0, 100.0, 100.0, 110.0, 200.0, 202.0, 300.0, 302.0])
    told = Pace(lambda: next(now))
    for rollouts in (0, 8, 8, 8):
        told.go()
        if rollouts:
            WRITTEN.add(rollouts, 10 * rollouts)
        told.taken()
    assert told.figures() == {
        "steps_per_second": 0.5,
        "rollouts_per_second": 4.0,
        "tokens_per_second": 40.0,
        "peak_memory_gb": 1.5,
    }
    assert Pace(lambda: 1.0).figures() == {"peak_memory_gb": 1.5}
