"""Every code that is raised or warned with is listed, and every listed code is raised or given somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from questline import errors
from questline.agents.executors.parts import TROUBLE
from questline.errors import CODES, WARNINGS, QuestlineError

_WARNS = re.compile(r"(?<!_LOG\.)warning$", re.IGNORECASE)
"""Calls that make a warning of an answer; the log has a method of that name too."""


RESERVED: dict[str, str] = {}
"""Codes that nothing raises yet: a user's own retriever or executor may, and every face maps them already."""


@pytest.fixture(scope="module")
def default_codes(trees: dict[str, ast.Module]) -> dict[str, str]:
    """Name of each error class → the code that it carries when none is given."""
    found = {
        name: value.default_code
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, QuestlineError)
    }
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) in found for base in node.bases):
                found.setdefault(node.name, found[ast.unparse(node.bases[0])])
                for line in node.body:
                    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "default_code":
                        found[node.name] = str(ast.literal_eval(line.value))
    return found


def raised_codes(tree: ast.Module, default_codes: Mapping[str, str]) -> Iterator[str]:
    """Yield the codes that a module gives to the errors it makes: as `code=`, else the class's default."""
    for node in ast.walk(tree):
        name = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in default_codes:
            continue
        given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        leaves = [leaf.value for value in given for leaf in ast.walk(value) if isinstance(leaf, ast.Constant)]
        yield from (str(leaf) for leaf in leaves if isinstance(leaf, str))
        if not given:
            yield default_codes[name]


@pytest.mark.requirement("house.error-codes")
def test_every_raised_code_is_listed(trees: dict[str, ast.Module], default_codes: dict[str, str]) -> None:
    raised = {(module, code) for module, tree in trees.items() for code in raised_codes(tree, default_codes)}
    assert {(module, code) for module, code in raised if code not in CODES} == set()
    assert set(default_codes.values()) - set(CODES) == set()


@pytest.mark.requirement("house.error-codes")
def test_every_listed_code_is_raised_or_reserved(trees: dict[str, ast.Module], default_codes: dict[str, str]) -> None:
    raised = {code for tree in trees.values() for code in raised_codes(tree, default_codes)}
    assert set(CODES) - raised == set(RESERVED)


def warned_codes(tree: ast.Module) -> Iterator[str]:
    """Yield the codes that a module gives to warnings: as `code=`, or as the first argument of a helper."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _WARNS.search(ast.unparse(node.func)):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "code"] or node.args[:1]
            yield from (leaf.value for leaf in given if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))


@pytest.mark.requirement("house.error-codes")
def test_every_warning_is_listed_and_every_listed_one_given(trees: dict[str, ast.Module]) -> None:
    used = set(TROUBLE).union(*(warned_codes(tree) for tree in trees.values()))
    assert used - {*WARNINGS, *CODES} == set()  # what failed warns with its error's own code
    assert set(WARNINGS) - used == set()
