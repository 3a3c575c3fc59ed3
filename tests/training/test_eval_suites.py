"""Every suite is a command of `agents eval`, whatever file it stands in."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from questline.cli import main
from questline.training.evaluation.commands import eval_app


@pytest.mark.requirement("mends.suites")
def test_every_suite_is_a_command_that_the_error_without_one_names(
    repo_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = repo_root / "training" / "evaluation"
    suites = {path.stem for path in (folder / "suites").glob("*.py")} - {"__init__"}
    files = list(folder.glob("command*.py"))
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_bytes()))]
    modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert suites == {name.removeprefix("suites.") for name in modules if name.startswith("suites.")}
    commands = {each.callback.__name__ for each in eval_app.registered_commands if each.callback is not None}
    commands -= {"report"}  # which makes a page of what the others measured
    assert main(["eval"]) == 2
    named = re.search(r"\((.*?)\)", capsys.readouterr().err)
    assert named is not None
    assert {name.replace("-", "_") for name in re.findall(r"[\w-]+", named[1])} == commands
    for path in files:
        assert len(path.read_text(encoding="utf-8").splitlines()) < 300, path.name
        defined = {node.name for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.FunctionDef)}
        assert path.name != "commands.py" or not defined & commands
