"""`import questline` and `agents --help` load no heavy library; looked up in `sys.modules`, never by the clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    *("anthropic", "duckdb", "faiss", "fastapi", "langgraph", "mcp", "networkx", "numpy", "onnxruntime", "openai"),
    *("opentelemetry", "pydantic", "pydantic_ai", "starlette", "sympy", "tantivy", "tokenizers", "torch", "uvicorn"),
}
REPORT = f"import sys; print('LOADED', *sorted(set(sys.modules) & {HEAVY!r}))"


def loaded_after(code: str, folder: Path) -> list[str]:
    """Run `code` in a fresh interpreter and return the heavy libraries it has loaded."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{code}\n{REPORT}"], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.mark.requirement("house.light-import")
def test_importing_the_root_loads_no_heavy_library(tmp_path: Path) -> None:
    assert loaded_after("import questline", tmp_path) == []


@pytest.mark.requirement("house.light-import")
def test_words_and_settings_load_no_heavy_library(tmp_path: Path) -> None:
    code = "import questline.types, questline.errors, questline.budget, questline.settings, questline.tools.text"
    assert loaded_after(code, tmp_path) == []


@pytest.mark.requirement("house.light-import")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["ask", "--help"],
        ["index", "--help"],
        ["eval", "--help"],
        ["mcp", "--help"],
        ["mcp", "install", "--help"],
    ],
    ids=" ".join,
)
def test_help_loads_no_heavy_library(arguments: list[str], tmp_path: Path) -> None:
    code = f"""
import sys
from questline.cli import main
sys.argv = ["agents", *{arguments!r}]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""
    assert loaded_after(code, tmp_path) == []


def test_the_look_up_would_see_a_heavy_library(tmp_path: Path) -> None:
    assert loaded_after("import numpy", tmp_path) == ["numpy"]
