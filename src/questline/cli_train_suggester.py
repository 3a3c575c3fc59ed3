"""`agents train suggester-rounds`: the loop that learns suggestions from clicks."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from questline.cli_options import command
from questline.cli_train import shown_progress, with_model

__all__ = ["rounds"]

rounds = command("suggester-rounds")


@rounds.command(
    epilog="Each round's log, click model, pairs, model and figures are in DIR/round-N, what changed in DIR/drift.md. "
    "Ctrl-C ends after the stage that runs; the same command with --resume goes on from there, also after a kill, to "
    "the same rounds. Needs the extra: pip install 'questline[train]'."
)
def run(
    data: Annotated[Path, typer.Option(metavar="F", help="JSON lines of {query, suggestions, documents?}.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run.")],
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML with [suggester-rounds].")] = None,
    settings_given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting in place of the file's. Repeat."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The setting model: a folder of suggester-sft, or a chat model."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
) -> None:
    """Show lists to made-up users, learn who clicks, tune the model on pairs of clicks, and begin again."""
    from questline.errors import UsageError
    from questline.training.generative_suggester.command import Settings
    from questline.training.generative_suggester.command import rounds as loop
    from questline.training.settings import filled, overridden, read_tables

    name = "suggester-rounds"
    if not data.is_file():
        raise UsageError(f"there is no file {str(data)!r}", code="file_not_found", path=data)
    tables = overridden(read_tables(config, frozenset({name})), settings_given or [], table=name)
    if model is not None:
        tables[name] = with_model(name, Settings, tables.get(name, {}), model)
    settings = filled(Settings, tables.get(name, {}), table=name)
    with shown_progress() as hears:
        try:
            ended = loop(data, out, settings, hears, resume=resume)
        except KeyboardInterrupt:
            print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
            raise
    for one in ended.rounds:
        after = one["after"]
        print(
            f"round {one['round']}: {one['clicks a list']:.3f} clicks a list; the next model {after['dr']:.3f} "
            f"[{after['dr_low']:.3f}, {after['dr_high']:.3f}] by DR, effective size {after['effective_size']:.0f}"
            f"{_judged(one)}"
        )
    kept = out / f"round-{ended.adopted}" / "policy" / "dpo" / "model" if ended.adopted else settings.model
    print(f"Ended because {ended.why}. The model is {kept}; what changed is in {out / 'drift.md'}.")


def _judged(one: Mapping[str, Any]) -> str:
    """Say how a model was judged that the log had too few like lists for."""
    own = one.get("own clicks")
    if own is None:
        return ""
    return f", too small: its own lists have {own['after']:.3f}, at least {own['low']:+.3f} more with 95 % chance"
