"""`agents train list`: the recipes, what each learns, and what it is given."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from shutil import get_terminal_size
from typing import Annotated, Final

import typer

from questline.cli_options import JsonOutput, command

__all__ = ["listing"]

listing = command("list")
_NEEDS: Final = {True: "extra train", False: "core"}


@listing.command(
    name="list",
    epilog="A recipe with a model takes `agents train run NAME --model ID`: a Hugging Face model by name, or a folder.",
)
def list_recipes(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Of a recipe: list its settings, for --set.")] = "",
    as_json: JsonOutput = False,
) -> None:
    """List the recipes of `agents train run`: what each learns, what --data holds, whether it takes --model."""
    if name:
        _settings(name, as_json=as_json)
        return
    from questline.training.recipes import RECIPES

    rows = [
        {"name": name, "learns": each.summary, "data": each.data, "model": each.model, "torch": each.torch}
        for name, each in sorted(RECIPES.items())
    ]
    if as_json:
        print(json.dumps({"recipes": rows}, ensure_ascii=False))
        return
    for row in rows:
        print(row["name"])
        told = {
            "learns": row["learns"],
            "--data": row["data"],
            "--model": row["model"],
            "needs": _NEEDS[bool(row["torch"])],
        }
        for what, text in told.items():
            if text:
                print(_wrapped(f"{what:<8}", str(text)))
    print("\n`agents train list NAME` lists the settings of one.")


def _settings(name: str, *, as_json: bool) -> None:
    from questline.training.recipes import find
    from questline.training.settings_help import setting_helps

    told = setting_helps(find(name).settings)
    if as_json:
        print(json.dumps({"recipe": name, "settings": [asdict(each) for each in told]}, ensure_ascii=False))
        return
    for each in told:
        print(f"{each.name} = {json.dumps(each.default, ensure_ascii=False)}")
        if each.says:
            print(_wrapped("", each.says))
    print(
        f"\n`agents train run {name} --set NAME=VALUE`, or a table [{name}] of the file of --config; [run] as for all."
    )


def _wrapped(head: str, text: str) -> str:
    width = min(100, get_terminal_size().columns)
    return textwrap.fill(text, width, initial_indent=f"    {head}", subsequent_indent=" " * (4 + len(head)))
