"""What a module exports is real and in order."""

from __future__ import annotations

import ast

import pytest

import questline


def exports(tree: ast.Module) -> list[str] | None:
    """Return a module's `__all__`, or None when it has none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


def defined(tree: ast.Module) -> set[str]:
    """Return the names that a module binds at its top level, under TYPE_CHECKING too."""
    names: set[str] = set()
    for node in ast.walk(ast.Module([node for node in tree.body if not isinstance(node, ast.ClassDef)], [])):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names | {
        node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    }


def by_kind(name: str) -> tuple[int, str]:
    """Sort constants before classes before functions, each by name, as the linter does."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


@pytest.mark.requirement("house.exports")
def test_every_export_is_real_and_in_order(trees: dict[str, ast.Module]) -> None:
    for module, tree in trees.items():
        names = exports(tree)
        if names is None:
            continue
        assert len(set(names)) == len(names), f"{module} exports a name twice"
        assert set(names) <= defined(tree), f"{module} exports {set(names) - defined(tree)}, which it does not define"
        assert names == sorted(names, key=by_kind), f"{module}.__all__ is not sorted"


@pytest.mark.requirement("house.exports")
def test_every_public_name_of_the_root_loads() -> None:
    assert questline.__all__ == sorted(questline.__all__, key=by_kind)
    for name in questline.__all__:
        assert getattr(questline, name) is not None
    assert set(questline.__all__) <= set(dir(questline))
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(questline, "no_such_name")  # noqa: B009 because a plain attribute would not pass the type check
