"""Every code that is raised or warned with is listed, and every listed code is used somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from questline import errors
from questline.agents.executors.parts import TROUBLE
from questline.errors import CODES, WARNINGS, QuestlineError

_WARNS = re.compile(r"(?<!_LOG\.)warning$", re.IGNORECASE)
"""Calls that make a warning of an answer; the log has a method of that name too."""


def error_classes() -> set[str]:
    return {
        name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, QuestlineError)
    }


def raised_codes(tree: ast.Module) -> Iterator[str]:
    """Yield the codes that a module gives to errors: as `code=` of one of the error classes, or as a default."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in error_classes():
            for keyword in node.keywords:
                if keyword.arg == "code":
                    yield from (
                        str(leaf.value)
                        for leaf in ast.walk(keyword.value)
                        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                    )
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_code":
            yield str(ast.literal_eval(node.value))


def strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.requirement("house.error-codes")
def test_every_raised_code_is_listed(trees: dict[str, ast.Module]) -> None:
    unlisted = {(module, code) for module, tree in trees.items() for code in raised_codes(tree) if code not in CODES}
    assert unlisted == set()


@pytest.mark.requirement("house.error-codes")
def test_every_listed_code_is_used(trees: dict[str, ast.Module]) -> None:
    used: set[str] = set()
    for module, tree in trees.items():
        used |= set(raised_codes(tree)) if module == "questline.errors" else set(strings(tree))
    assert set(CODES) - used == set()


def warned_codes(tree: ast.Module) -> Iterator[str]:
    """Yield the codes that a module gives to warnings: as `code=`, or as the first argument of a helper."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _WARNS.search(ast.unparse(node.func)):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "code"] or node.args[:1]
            yield from (leaf.value for leaf in given if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))


@pytest.mark.requirement("house.error-codes")
def test_every_warning_is_listed_and_every_listed_one_given(trees: dict[str, ast.Module]) -> None:
    used = set(TROUBLE).union(*(warned_codes(tree) for tree in trees.values()))
    assert used - set(WARNINGS) == set()
    assert set(WARNINGS) - used == set()
