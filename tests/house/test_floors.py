"""A file imports from floors below its own and from siblings on it; never up, never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

FLOORS = (
    ("types", "errors", "budget", "deadline", "settings", "telemetry", "event_loop"),
    ("tools",),
    ("mcp_servers",),
    ("agents",),
    ("graphs",),
    ("runtime", "api", "health"),
    ("training",),
    ("cli", "serve", "testing"),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
FACES = FLOORS[-1]


def part(module: str) -> str:
    """Return the room of a module: `cli` for `questline.cli` and `questline.cli_eval`, empty for the root."""
    second = module.partition(".")[2].partition(".")[0]
    return "cli" if second.startswith("cli_") else second


def imported(node: ast.AST, module: str, modules: dict[str, Path]) -> Iterator[str]:
    """Yield the modules of ours that an import statement names."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        is_package = modules[module].name == "__init__.py"
        parents = module.split(".")[: len(module.split(".")) - node.level + is_package]
        home = ".".join([*(parents if node.level else []), *([node.module] if node.module else [])])
        names = [f"{home}.{alias.name}" if f"{home}.{alias.name}" in modules else home for alias in node.names]
        # A name of the root is counted as the highest that stands behind it; `import questline` alone loads nothing.
        names = ["questline.api" if name == "questline" else name for name in names]
    else:
        return
    yield from (name for name in names if name.partition(".")[0] == "questline")


def at_import_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs when a module is imported: no function bodies, nothing for the type checker alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield other
                yield from at_import_time(other)
            continue
        yield node
        yield from at_import_time(node)


@pytest.mark.requirement("house.floors")
def test_every_module_has_a_floor(modules: dict[str, Path]) -> None:
    assert {part(name) for name in modules} - set(FLOOR) == {""}


@pytest.mark.requirement("house.floors")
def test_no_module_imports_from_a_floor_above_it(modules: dict[str, Path], trees: dict[str, ast.Module]) -> None:
    upward = [
        f"{name} imports {target}"
        for name, tree in trees.items()
        if name != "questline"  # the root names its faces, lazily
        for node in ast.walk(tree)
        for target in imported(node, name, modules)
        if target != "questline" and FLOOR[part(target)] > FLOOR[part(name)]
    ]
    assert upward == []


@pytest.mark.requirement("house.floors")
def test_faces_stand_apart(modules: dict[str, Path], trees: dict[str, ast.Module]) -> None:
    """The command line starts the server; otherwise no face knows another."""
    across = {
        (part(name), part(target))
        for name, tree in trees.items()
        if part(name) in FACES
        for node in ast.walk(tree)
        for target in imported(node, name, modules)
        if part(target) in FACES and part(target) != part(name)
    }
    assert across <= {("cli", "serve")}


@pytest.mark.requirement("house.floors")
def test_imports_make_no_circle(modules: dict[str, Path], trees: dict[str, ast.Module]) -> None:
    graph = {
        name: {target for node in at_import_time(tree) for target in imported(node, name, modules)} - {name}
        for name, tree in trees.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) >= len(modules)


def test_the_floor_rule_sees_an_upward_import_and_a_relative_one(modules: dict[str, Path]) -> None:
    def names(source: str, module: str) -> list[str]:
        return [name for node in ast.walk(ast.parse(source)) for name in imported(node, module, modules)]

    assert names("from questline.errors import CODES", "questline.tools.text") == ["questline.errors"]
    assert names("from questline import errors", "questline.tools.text") == ["questline.errors"]
    assert names("from .contract import Retriever", "questline.tools.retrieval") == [
        "questline.tools.retrieval.contract"
    ]
    assert names("from .budget import Meter", "questline.errors") == ["questline.budget"]
    assert names("def f():\n  import questline.graphs", "questline.errors") == ["questline.graphs"]
    assert names("from questline import Agent", "questline.graphs") == ["questline.api"]
    assert names("import numpy", "questline.errors") == []
