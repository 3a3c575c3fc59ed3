"""Imports and declared dependencies agree."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

DISTRIBUTIONS = packages_distributions()


def third_party(tree: ast.Module) -> Iterator[str]:
    """Yield the modules of other projects that are imported, by a statement or by `import_module("…")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {
            "import_module",
            "importorskip",
        }:
            names = [str(leaf.value) for leaf in node.args[:1] if isinstance(leaf, ast.Constant)]
        else:
            continue
        for name in names:
            root = name.partition(".")[0]
            if root != "questline" and root not in sys.stdlib_module_names:
                yield name


def declared(requirements: list[str]) -> set[str]:
    return {Requirement(line).name.lower().replace("_", "-") for line in requirements}


def distributions(module: str) -> set[str]:
    """Return the distributions that may bring an import name; a namespace's parts belong to several.

    One that cannot be installed everywhere, such as vLLM, is taken to be called as it is imported.
    """
    root = module.partition(".")[0]
    return {name.lower().replace("_", "-") for name in DISTRIBUTIONS.get(root, [root])}


def asked_for(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that `require("…")` names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "require" and node.args:
            yield from (str(leaf.value) for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Constant))


@pytest.mark.requirement("house.dependencies")
def test_every_imported_library_is_declared_and_every_declared_one_used(
    trees: dict[str, ast.Module], repo_root: Path
) -> None:
    """What only an extra brings is imported by training, and by modules that ask for it with `require`."""
    project = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = declared(project["dependencies"])
    extras = {name for lines in project["optional-dependencies"].values() for name in declared(lines)}
    used: set[str] = set()
    undeclared: set[tuple[str, str]] = set()
    for module, tree in trees.items():
        asked = {name for library in asked_for(tree) for name in distributions(library)} & extras
        allowed = core | (extras if module.startswith("questline.training") else asked)
        used |= asked
        for library in third_party(tree):
            used |= distributions(library)
            if not distributions(library) & allowed:
                undeclared.add((module, library))
    assert undeclared == set()
    for path in (repo_root / "tests").rglob("test_*.py"):  # what our own figures are compared with counts as used
        used |= {
            name for library in third_party(ast.parse(path.read_bytes())) for name in distributions(library)
        } & extras
    assert (core | extras) - used == set()
