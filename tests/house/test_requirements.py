"""What we claim is data, bound to tests both ways: each claim has a test, and each marked test a claim."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FIELDS = {"id", "source", "says", "state"}


@pytest.fixture(scope="module")
def entries(repo_root: Path) -> list[dict[str, Any]]:
    return [
        entry
        for path in sorted((repo_root / "tests" / "requirements").glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["requirement"]
    ]


def marked_ids(tree: ast.AST) -> Iterator[str]:
    """Yield the ids in `requirement` marks of test functions, test classes and whole modules."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            marks: list[ast.expr] = node.decorator_list if node.name.lower().startswith("test") else []
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            marks = [node.value]
        else:
            continue
        for mark in marks:
            for call in ast.walk(mark):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.requirement":
                    yield from (str(ast.literal_eval(argument)) for argument in call.args)


@pytest.fixture(scope="module")
def marked(repo_root: Path) -> set[str]:
    tests = (repo_root / "tests").rglob("test_*.py")
    return {name for path in tests for name in marked_ids(ast.parse(path.read_text(encoding="utf-8"), str(path)))}


@pytest.mark.requirement("house.requirements")
def test_every_entry_is_complete(entries: list[dict[str, Any]]) -> None:
    assert [name for name, count in Counter(entry["id"] for entry in entries).items() if count > 1] == []
    for entry in entries:
        assert set(entry) - {"because"} == FIELDS, entry
        assert all(isinstance(value, str) and value.strip() for value in entry.values()), entry
        assert entry["state"] in {"done", "differs", "deferred"}, entry
        assert ("because" in entry) == (entry["state"] != "done"), (
            f"{entry['id']}: differs and deferred say why, done does not"
        )


@pytest.mark.requirement("house.requirements")
def test_every_claim_has_a_test(entries: list[dict[str, Any]], marked: set[str]) -> None:
    claimed = {entry["id"] for entry in entries if entry["state"] != "deferred"}
    assert claimed - marked == set()


@pytest.mark.requirement("house.requirements")
def test_every_marked_test_has_a_claim(entries: list[dict[str, Any]], marked: set[str]) -> None:
    claimed = {entry["id"] for entry in entries if entry["state"] != "deferred"}
    assert marked - claimed == set()


def test_marks_are_read_from_functions_classes_and_modules() -> None:
    source = """
pytestmark = [pytest.mark.requirement("a")]
@pytest.mark.requirement("b", "c")
def test_it(): ...
@pytest.mark.requirement("d")
class TestThem: ...
@pytest.mark.requirement("not a test")
def helper(): ...
"""
    assert sorted(marked_ids(ast.parse(source))) == ["a", "b", "c", "d"]
