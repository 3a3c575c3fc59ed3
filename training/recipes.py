"""The recipes of `agents train`, by name; each is imported only when it is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final, NamedTuple

from questline.errors import UsageError, require

__all__ = ["RECIPES", "Entry", "find"]


class Entry(NamedTuple):
    """Where a recipe lives."""

    module: str
    recipe: str
    """Class that is built from a `questline.training.recipe.Job` and the settings."""
    settings: str
    """Dataclass of its settings."""
    summary: str


RECIPES: Final[dict[str, Entry]] = {
    "cross-encoder": Entry(
        "questline.training.embedded.cross_encoder",
        "CrossEncoderRecipe",
        "Settings",
        "One small model that ranks, selects, reads and marks sentences for a question.",
    ),
}


def find(name: str) -> tuple[Any, type[Any]]:
    """Return the class of a recipe and that of its settings.

    Raises:
        MissingExtra: Without torch.
        UsageError: For a name that is not in the table.
    """
    entry = RECIPES.get(name)
    if entry is None:
        close = get_close_matches(name, RECIPES, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(RECIPES))}"
        raise UsageError(f"there is no recipe {name!r}; {hint}", argument="name")
    require("torch", feature="training")
    module = import_module(entry.module)
    return getattr(module, entry.recipe), getattr(module, entry.settings)
