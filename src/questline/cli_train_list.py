"""`agents train list`: the recipes, what each learns, and what it is given."""

from __future__ import annotations

import json
from typing import Final

from questline.cli_console import print_rows
from questline.cli_options import JsonOutput, command

__all__ = ["listing"]

listing = command("list")
_NEEDS: Final = {True: "extra train", False: "core"}


@listing.command(
    name="list",
    epilog="A recipe with a model takes `agents train run NAME --model ID`: a Hugging Face model by name, or a folder.",
)
def list_recipes(as_json: JsonOutput = False) -> None:
    """List the recipes of `agents train run`: what each learns, what --data holds, whether it takes --model."""
    from questline.training.recipes import RECIPES

    rows = [
        {"name": name, "learns": each.summary, "data": each.data, "model": each.model, "torch": each.torch}
        for name, each in sorted(RECIPES.items())
    ]
    if as_json:
        print(json.dumps({"recipes": rows}, ensure_ascii=False))
        return
    print_rows(
        ("recipe", "needs", "--model", "--data", "learns"),
        [
            (
                str(row["name"]),
                _NEEDS[bool(row["torch"])],
                str(row["model"] or "–"),
                str(row["data"]),
                str(row["learns"]),
            )
            for row in rows
        ],
    )
