"""Groups of options: one parameter of a command, an option for each of its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from questline.training.evaluation.option_groups import spread
from questline.training.evaluation.suite_runs import command_line, unless


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A group."""

    limit: Annotated[int | None, typer.Option(min=1, help="Run only so many.")] = None
    fresh: Annotated[bool, typer.Option("--fresh", help="Run all.")] = False


def ran(*words: str) -> tuple[int, str]:
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    @spread
    def measure(*, name: Annotated[str, typer.Option(help="Whose.")], drawn: Drawn, last: str = "z") -> None:
        """Measure."""
        typer.echo(f"{name} {drawn.limit} {drawn.fresh} {last}")

    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


def test_fields_of_a_group_are_options_and_come_back_as_one_value() -> None:
    assert ran("--name", "a", "--limit", "3", "--fresh", "--last", "b") == (0, "a 3 True b\n")
    assert ran("--name", "a") == (0, "a None False z\n")


def test_fields_of_a_group_keep_their_own_checks() -> None:
    code, told = ran("--name", "a", "--limit", "0")
    assert code == 2
    assert "--limit" in told


def test_the_help_names_the_options_of_a_group_where_the_group_stands() -> None:
    code, told = ran("--help")
    assert code == 0
    places = [told.index(option) for option in ("--name", "--limit", "--fresh", "--last")]
    assert places == sorted(places)
    assert "--drawn" not in told
    assert "Measure." in told


def test_a_command_is_written_with_what_it_was_given_alone() -> None:
    given = {"tasks": "a b.jsonl", "limit": None, "held_out": True, "several": False, "beside": ["x", "y"]}
    said = "agents eval tools --tasks 'a b.jsonl' --seed 7 --held-out --beside x --beside y"
    assert command_line("tools", given, 7) == said
    assert command_line("tools", {"mode": unless("hybrid", "hybrid")}, 0) == "agents eval tools"
