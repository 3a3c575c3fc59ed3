"""The recipes of `agents train`, by name; each is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from questline.errors import UsageError, require

__all__ = ["RECIPES", "Entry", "Found", "find"]


class Entry(NamedTuple):
    """Where a recipe lives."""

    module: str
    recipe: str
    """Class that is built from a `questline.training.recipe.Job` and the settings."""
    settings: str
    """Dataclass of its settings."""
    summary: str
    torch: bool = True
    """Whether it learns with torch, of the extra ``train``."""
    run: Mapping[str, object] = MappingProxyType({})
    """Its own defaults for ``[run]``."""
    inherits: str = ""
    """Function of its module that reads more of them out of its settings."""


class Found(NamedTuple):
    """A recipe, imported."""

    recipe: Any
    settings: type[Any]
    torch: bool
    run: Callable[[Any], Mapping[str, object]]
    """Its own defaults for ``[run]``, given its settings."""


RECIPES: Final[dict[str, Entry]] = {
    "cross-encoder": Entry(
        "questline.training.embedded.cross_encoder",
        "CrossEncoderRecipe",
        "Settings",
        "One small model that ranks, selects, reads and marks sentences for a question.",
    ),
    "calls": Entry(
        "questline.training.slot_filling.recipe",
        "CallsRecipe",
        "Settings",
        "Which value of a question goes to which field of a tool, and whether the tool fits at all.",
        torch=False,
    ),
    "click-model": Entry(
        "questline.training.generative_suggester.click_recipe",
        "ClickRecipe",
        "Settings",
        "How likely a suggestion is clicked and how sure that is, from a log of lists.",
        torch=False,
    ),
    "linker": Entry(
        "questline.training.linking.recipe",
        "LinkerRecipe",
        "Settings",
        "Which words of a plain question mean which columns and cells of a table.",
    ),
    "llm-planner": Entry(
        "questline.training.planner.llm.recipe",
        "PlannerRecipe",
        "Settings",
        "A language model that plans workflows: taught plan text, then tuned by GRPO.",
    ),
    "policy": Entry(
        "questline.training.planner.policy_recipe",
        "PolicyRecipe",
        "Settings",
        "Which workflow a question runs, from the table of `agents train planner table`.",
    ),
    "ranking": Entry(
        "questline.training.ranking.recipe",
        "RankingRecipe",
        "Settings",
        "Weights of the blend that ranks passages without a language model.",
        torch=False,
    ),
    "reading": Entry(
        "questline.training.reading.recipe",
        "ReadingRecipe",
        "Settings",
        "Coefficients of the reader that finds short answers, and of its confidence.",
        torch=False,
    ),
    "reading-blend": Entry(
        "questline.training.reading.blend_recipe",
        "BlendRecipe",
        "Settings",
        "How far the reader trusts the cross-encoder, and how sure its answers are.",
        torch=False,
    ),
    "recommender": Entry(
        "questline.training.recommender.recipe",
        "RecommenderRecipe",
        "Settings",
        "What comes next in a session, learnt from sessions: GRU4Rec, SASRec or BERT4Rec.",
        run=MappingProxyType({"evaluate_every": 200, "patience": 10, "minutes": 60.0}),
    ),
    "rehearsal": Entry(
        "questline.training.recommender.rehearsal_recipe",
        "RehearsalRecipe",
        "RehearsalSettings",
        "How unlikely a forgotten click has to become, learnt once for a trained recommender.",
        run=MappingProxyType({"evaluate_every": 200, "patience": 10, "minutes": 60.0}),
        inherits="run_of",
    ),
    "reward-model": Entry(
        "questline.training.writer.reward_model_recipe",
        "RewardModelRecipe",
        "Settings",
        "What makes one greeting better than another, whatever their lengths.",
        torch=False,
    ),
    "reward-transformer": Entry(
        "questline.training.writer.tuning.scorer_recipe",
        "ScorerRecipe",
        "Settings",
        "The same, learnt by a language model of your choice or by a small one made here.",
        run=MappingProxyType({"evaluate_every": 50, "checkpoint_every": 50}),
    ),
    "selection": Entry(
        "questline.training.selection.recipe",
        "SelectionRecipe",
        "Settings",
        "How likely a passage helps, and the prices of a set, for selecting without a language model.",
        torch=False,
    ),
    "suggester-dpo": Entry(
        "questline.training.generative_suggester.dpo_recipe",
        "DPORecipe",
        "Settings",
        "A language model that suggests, tuned by weighted DPO for clicks, variety and answers.",
        run=MappingProxyType({"evaluate_every": 20, "checkpoint_every": 20}),
    ),
    "suggester-sft": Entry(
        "questline.training.generative_suggester.sft_recipe",
        "SFTRecipe",
        "Settings",
        "A language model that writes suggestions, taught by lists.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 100}),
    ),
    "suggestion": Entry(
        "questline.training.suggestion.recipe",
        "SuggestionRecipe",
        "Settings",
        "The click model that orders suggestions.",
        torch=False,
    ),
    "summary": Entry(
        "questline.training.summarization.recipe",
        "SummaryRecipe",
        "Settings",
        "Coefficients of the summarizer: which sentences answer a query, and whether any does.",
        torch=False,
    ),
    "temporal-ranking": Entry(
        "questline.training.temporal.recipe",
        "TemporalRankingRecipe",
        "Settings",
        "How much dates count beside words when passages are searched.",
        torch=False,
    ),
    "tools": Entry(
        "questline.training.tool_retrieval.recipe",
        "ToolsRecipe",
        "Settings",
        "The map that brings requests and tools together, and from when on no tool fits.",
        torch=False,
    ),
    "writer-grpo": Entry(
        "questline.training.writer.tuning.grpo_recipe",
        "GRPORecipe",
        "Settings",
        "A language model that writes, tuned by GRPO for a reward model, a judge or both, with guards.",
        run=MappingProxyType({"evaluate_every": 25, "checkpoint_every": 10}),
    ),
    "writer-sft": Entry(
        "questline.training.writer.tuning.sft_recipe",
        "SFTRecipe",
        "Settings",
        "A language model that writes greetings, taught by texts.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 100}),
    ),
}


def find(name: str) -> Found:
    """Return the class of a recipe, that of its settings, and whether it needs torch.

    Raises:
        MissingExtra: Without torch, where it is needed.
        UsageError: For a name that is not in the table.
    """
    entry = RECIPES.get(name)
    if entry is None:
        close = get_close_matches(name, RECIPES, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(RECIPES))}"
        raise UsageError(f"there is no recipe {name!r}; {hint}", argument="name")
    if entry.torch:
        require("torch", feature="training")
    module = import_module(entry.module)
    inherited: Callable[[Any], Mapping[str, object]] | None = getattr(module, entry.inherits, None)

    def run(settings: Any) -> Mapping[str, object]:
        return {**entry.run, **(inherited(settings) if inherited is not None else {})}

    return Found(getattr(module, entry.recipe), getattr(module, entry.settings), entry.torch, run)
