"""Every code that is raised is listed, and every listed code is raised somewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from questline import errors
from questline.errors import CODES, QuestlineError


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
