"""docs/reproduce.md is what its papers and the measurements say; each command that it names can be given."""

from __future__ import annotations

import importlib.util
import shlex
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import typer.main
from typer.core import TyperGroup

from questline.cli import COMMANDS
from questline.training.recipes import RECIPES, find
from questline.training.settings import filled, overridden

pytestmark = pytest.mark.requirement("llm-recipes.reproduce")
MARKS: Final = ("[paper] ", "[secondary] ", "[measured] ", "[ours] ")


@pytest.fixture(scope="module")
def made(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reproduce_page", repo_root / "docs/reproduce/page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(made: ModuleType) -> Iterator[dict[str, Any]]:
    return (figure for paper in made.papers().values() for figure in paper["figure"])


def test_the_page_is_what_papers_and_measurements_say(made: ModuleType) -> None:
    assert made.PAGE.read_text("utf-8") == made.page(), "run: python -P docs/reproduce/page.py"


def test_each_of_the_ten_papers_says_what_was_published_with_a_mark(made: ModuleType, repo_root: Path) -> None:
    papers = made.papers()
    assert [name[:2] for name in papers] == [f"{number:02}" for number in range(1, 11)]
    for paper in papers.values():
        assert paper["published"].keys() == {key for key, _ in made.PUBLISHED}
        assert all(fact.startswith(MARKS) for facts in paper["published"].values() for fact in facts)
        assert paper["command"]
        assert paper["deviation"]
        assert (repo_root / "docs" / paper["page"]).is_file()


def test_each_figure_of_ours_is_in_a_measurement_or_says_why_it_was_not_run(made: ModuleType) -> None:
    for figure in figures(made):
        assert ("file" in figure) != ("not_run" in figure), figure["name"]
        if "file" in figure:
            assert isinstance(made.value(figure), int | float), figure["name"]
        told = figure["published"]
        assert not any(char.isdigit() for char in told) or any(mark.strip() in told for mark in MARKS), figure["name"]


def named(made: ModuleType) -> list[str]:
    told = [each["command"] for paper in made.papers().values() for each in paper["command"]]
    return [*told, *dict.fromkeys(made.command_of(figure) for figure in figures(made) if "file" in figure)]


def test_each_command_that_is_named_can_be_given(made: ModuleType) -> None:
    for told in named(made):
        words = shlex.split(told)
        if words[0] == "agents":
            parsed(words[1:])
        else:
            assert words[:3] == ["python", "-P", "-m"], told
            assert importlib.util.find_spec(words[3]) is not None, told


@pytest.mark.slow
def test_each_recipe_that_is_named_has_the_settings_that_it_is_given(made: ModuleType) -> None:
    pytest.importorskip("torch", reason="half of the recipes learn with torch (extra train)")
    seen = 0
    for told in named(made):
        words = shlex.split(told)
        name = next((word for word in words if word in RECIPES), "")
        if words[:2] != ["agents", "train"] or not name:
            continue
        settings = [value for word, value in pairwise(words) if word == "--set"]
        table = overridden({}, settings, table=name).get(name, {})
        model = {"model": words[words.index("--model") + 1]} if "--model" in words else {}
        filled(find(name).settings, {**table, **model}, table=name)
        seen += 1
    assert seen >= 10


def parsed(words: Sequence[str]) -> None:
    """Read words as the command line does; its errors are the test's."""
    name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
    entry = COMMANDS[name]
    command: Any = typer.main.get_command(getattr(import_module(entry.module), entry.application))
    context = command.make_context(name, words[len(name.split()) :])
    while isinstance(command, TyperGroup):
        found, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(found, rest, parent=context)


def test_a_command_that_cannot_be_given_is_found() -> None:
    for words in ("eval ranking --nonsense", "train run ranking --data d", "eval nothing", "train list --jsn"):
        with pytest.raises(Exception, match=r"No such|Missing|no such"):
            parsed(words.split())
