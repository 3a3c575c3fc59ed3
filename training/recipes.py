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
    data: str = ""
    """What ``--data`` holds."""
    model: str = ""
    """What ``--model`` (the setting ``model``) names; empty for a recipe that has none."""


class Found(NamedTuple):
    """A recipe, imported."""

    recipe: Any
    settings: type[Any]
    torch: bool
    run: Callable[[Any], Mapping[str, object]]
    """Its own defaults for ``[run]``, given its settings."""


_FOLDER: Final = "a folder of data with a MANIFEST.tsv"
_ANY: Final = "a Hugging Face model or a folder; else a small one is made"

RECIPES: Final[dict[str, Entry]] = {
    "cross-encoder": Entry(
        "questline.training.embedded.cross_encoder",
        "CrossEncoderRecipe",
        "Settings",
        "One small model that ranks, selects, reads and marks sentences for a question.",
        data=_FOLDER,
    ),
    "calls": Entry(
        "questline.training.slot_filling.recipe",
        "CallsRecipe",
        "Settings",
        "Which value of a question goes to which field of a tool, and whether the tool fits at all.",
        torch=False,
        data=_FOLDER,
    ),
    "executor-sft": Entry(
        "questline.training.tool_planner.executor_recipe",
        "ExecutorRecipe",
        "Settings",
        "A language model that carries tasks out by calling tools, taught by an expert's steps.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 100}),
        data="a folder of a recording and traces",
        model=_ANY,
    ),
    "click-model": Entry(
        "questline.training.generative_suggester.click_recipe",
        "ClickRecipe",
        "Settings",
        "How likely a suggestion is clicked and how sure that is, from a log of lists.",
        torch=False,
        data="a folder of data with a MANIFEST.tsv, or a click log",
    ),
    "linker": Entry(
        "questline.training.linking.recipe",
        "LinkerRecipe",
        "Settings",
        "Which words of a plain question mean which columns and cells of a table.",
        data=_FOLDER,
    ),
    "llm-planner": Entry(
        "questline.training.planner.llm.recipe",
        "PlannerRecipe",
        "Settings",
        "A language model that plans workflows: taught plan text, then tuned by GRPO.",
        data="the folder of a table of `agents train planner table`; with corpus, a file of questions",
        model=_ANY,
    ),
    "policy": Entry(
        "questline.training.planner.policy_recipe",
        "PolicyRecipe",
        "Settings",
        "Which workflow a question runs, from the table of `agents train planner table`.",
        data="the folder of a table of `agents train planner table`",
    ),
    "ranker-grpo": Entry(
        "questline.training.reasoning_ranker.grpo",
        "GRPORecipe",
        "Settings",
        "A language model that reasons and ranks, tuned by GRPO for nDCG, recall and overlap with a teacher's order.",
        run=MappingProxyType({"evaluate_every": 25, "checkpoint_every": 10}),
        data="a file of lists",
        model="a folder that ranker-sft left, or a Hugging Face model",
    ),
    "ranker-sft": Entry(
        "questline.training.reasoning_ranker.sft",
        "SFTRecipe",
        "Settings",
        "A language model that reasons and ranks, taught a teacher's reasoning and orders.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 50}),
        data="a file of lists with a teacher's reasoning and order",
        model=_ANY,
    ),
    "ranking": Entry(
        "questline.training.ranking.recipe",
        "RankingRecipe",
        "Settings",
        "Weights of the blend that ranks passages without a language model.",
        torch=False,
        data=_FOLDER,
    ),
    "reading": Entry(
        "questline.training.reading.recipe",
        "ReadingRecipe",
        "Settings",
        "Coefficients of the reader that finds short answers, and of its confidence.",
        torch=False,
        data=_FOLDER,
    ),
    "reading-blend": Entry(
        "questline.training.reading.blend_recipe",
        "BlendRecipe",
        "Settings",
        "How far the reader trusts the cross-encoder, and how sure its answers are.",
        torch=False,
        data=_FOLDER,
        model="a folder that cross-encoder left",
    ),
    "recommender": Entry(
        "questline.training.recommender.recipe",
        "RecommenderRecipe",
        "Settings",
        "What comes next in a session, learnt from sessions: GRU4Rec, SASRec or BERT4Rec.",
        run=MappingProxyType({"evaluate_every": 200, "patience": 10, "minutes": 60.0}),
        data="a file of sessions: {items} or {user, item, time}",
    ),
    "rehearsal": Entry(
        "questline.training.recommender.rehearsal_recipe",
        "RehearsalRecipe",
        "RehearsalSettings",
        "How unlikely a forgotten click has to become, learnt once for a trained recommender.",
        run=MappingProxyType({"evaluate_every": 200, "patience": 10, "minutes": 60.0}),
        inherits="run_of",
        data="the same sessions as its recommender",
        model="a folder that recommender left",
    ),
    "reward-model": Entry(
        "questline.training.writer.reward_model_recipe",
        "RewardModelRecipe",
        "Settings",
        "What makes one greeting better than another, whatever their lengths.",
        torch=False,
        data=_FOLDER + ", or pairs: {query, chosen, rejected}",
    ),
    "reward-transformer": Entry(
        "questline.training.writer.tuning.scorer_recipe",
        "ScorerRecipe",
        "Settings",
        "The same, learnt by a language model of your choice or by a small one made here.",
        run=MappingProxyType({"evaluate_every": 50, "checkpoint_every": 50}),
        data="pairs: {query, chosen, rejected}",
        model=_ANY,
    ),
    "selection": Entry(
        "questline.training.selection.recipe",
        "SelectionRecipe",
        "Settings",
        "How likely a passage helps, and the prices of a set, for selecting without a language model.",
        torch=False,
        data=_FOLDER,
        model="a folder that cross-encoder left",
    ),
    "selector-sft": Entry(
        "questline.training.utility_selector.recipe",
        "SelectorRecipe",
        "Settings",
        "A language model that selects passages, taught a teacher's answers and selections.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 50}),
        data="a file of windows with a teacher's selection",
        model=_ANY,
    ),
    "suggester-dpo": Entry(
        "questline.training.generative_suggester.dpo_recipe",
        "DPORecipe",
        "Settings",
        "A language model that suggests, tuned by weighted DPO for clicks, variety and answers.",
        run=MappingProxyType({"evaluate_every": 20, "checkpoint_every": 20}),
        data="a file of pairs: {query, chosen, rejected}",
        model="a folder that suggester-sft left, or a Hugging Face model",
    ),
    "suggester-sft": Entry(
        "questline.training.generative_suggester.sft_recipe",
        "SFTRecipe",
        "Settings",
        "A language model that writes suggestions, taught by lists.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 100}),
        data="a file of {query, suggestions}",
        model=_ANY,
    ),
    "suggestion": Entry(
        "questline.training.suggestion.recipe",
        "SuggestionRecipe",
        "Settings",
        "The click model that orders suggestions.",
        torch=False,
        data=_FOLDER + ", or a click log: {query, options, clicks, impressions}",
    ),
    "summarizer-dpo": Entry(
        "questline.training.generative_summarizer.dpo_recipe",
        "DPORecipe",
        "DPOSettings",
        "A language model that summarizes, brought by DPO to prefer what scores better at equal length.",
        run=MappingProxyType({"evaluate_every": 50, "checkpoint_every": 50}),
        data="a file of {query, document, summary}",
        model="a folder that summarizer-sft left, or a Hugging Face model",
    ),
    "summarizer-sft": Entry(
        "questline.training.generative_summarizer.sft_recipe",
        "SFTRecipe",
        "SFTSettings",
        "A language model that summarizes for a query, taught by a teacher's summaries.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 100}),
        data="a file of {query, document, summary}",
        model=_ANY,
    ),
    "summary": Entry(
        "questline.training.summarization.recipe",
        "SummaryRecipe",
        "Settings",
        "Coefficients of the summarizer: which sentences answer a query, and whether any does.",
        torch=False,
        data=_FOLDER,
    ),
    "temporal-ranking": Entry(
        "questline.training.temporal.recipe",
        "TemporalRankingRecipe",
        "Settings",
        "How much dates count beside words when passages are searched.",
        torch=False,
        data=_FOLDER,
    ),
    "tool-planner-grpo": Entry(
        "questline.training.tool_planner.planner_recipes",
        "GRPORecipe",
        "GRPOSettings",
        "A language model that plans calls of tools, tuned by GRPO: each plan that it writes is run on recorded ones.",
        run=MappingProxyType({"evaluate_every": 25, "checkpoint_every": 10}),
        data="a folder of a recording and traces",
        model="a folder that tool-planner-sft left, or a Hugging Face model",
    ),
    "tool-planner-sft": Entry(
        "questline.training.tool_planner.planner_recipes",
        "SFTRecipe",
        "SFTSettings",
        "A language model that plans calls of tools, taught plans of an expert's traces.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 100}),
        data="a folder of a recording and traces",
        model=_ANY,
    ),
    "tools": Entry(
        "questline.training.tool_retrieval.recipe",
        "ToolsRecipe",
        "Settings",
        "The map that brings requests and tools together, and from when on no tool fits.",
        torch=False,
        data=_FOLDER,
    ),
    "writer-grpo": Entry(
        "questline.training.writer.tuning.grpo_recipe",
        "GRPORecipe",
        "Settings",
        "A language model that writes, tuned by GRPO for a reward model, a judge or both, with guards.",
        run=MappingProxyType({"evaluate_every": 25, "checkpoint_every": 10}),
        data="queries: {query}",
        model="a folder that writer-sft left, or a Hugging Face model",
    ),
    "writer-sft": Entry(
        "questline.training.writer.tuning.sft_recipe",
        "SFTRecipe",
        "Settings",
        "A language model that writes greetings, taught by texts.",
        run=MappingProxyType({"evaluate_every": 100, "checkpoint_every": 100}),
        data="texts: {query, text}, or pairs: {query, chosen, rejected}",
        model=_ANY,
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
