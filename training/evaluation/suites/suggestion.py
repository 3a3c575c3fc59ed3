"""``agents eval suggestion``: how well the click model orders options that were shown together.

Every pane is scored by a model that was fitted on other queries (split by the hash of the query), once without knowing
the slots (``ndcg``) and once with the slots' own effect added (``ndcg_slot_aware``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Final, cast

import numpy as np

from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.suggestion.similarity import similarity
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.pane_metrics import click_auc, kendall, pane_ndcg, ranked
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.suggestion.calibrate import expected_error
from questline.training.suggestion.cross_fit import Held, Recipe, cross_fit
from questline.training.suggestion.panes import Pane, read_panes

__all__ = ["SuggestionSuite"]

_SHOWN: Final = 3
"""Options whose variety is looked at: the first so many of the model's order."""
_MEANS: Final = (
    *("ndcg", "kendall", "diversity", "top1", "ndcg_slot_aware", "kendall_slot_aware"),
    *("ndcg_shown_order", "ndcg_shortest_first", "ndcg_random"),
)


@dataclass(kw_only=True)
class SuggestionSuite:
    """Order the options of each pane that has clicks, and compare with the clicks."""

    panes: Path
    recipe: Recipe
    limit: int | None = None
    """First so many panes with clicks are scored; all are fitted on."""
    name = "suggestion"

    def load(self) -> Sequence[Pane]:
        """Return the panes that say anything of preferences; raises `UsageError` ``bad_data`` where none does."""
        self._all = read_panes(self.panes)
        judged = [pane for pane in self._all if pane.judged]
        if not judged:
            raise UsageError(
                f"no pane of {str(self.panes)!r} has two options and a click", code="bad_data", path=self.panes
            )
        return judged[: self.limit]

    def identify(self, row: Pane) -> str:
        """Return the pane's line."""
        return f"line-{row.line}"

    def identity(self) -> Mapping[str, Json]:
        """Return the recipe, and the hashes of data and encoder."""
        recipe: dict[str, Json] = {**asdict(self.recipe), "without": list(self.recipe.without)}
        models: dict[str, Json] = {"encoder": Encoder.load().fingerprint} if self.recipe.mode == "encoder" else {}
        return {
            "options": recipe,
            "data": {"panes": content_hash(self.panes)},
            "models": models,
            "prompts": {},
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Fit on every fold and score what it left out."""
        encoder = Encoder.load() if self.recipe.mode == "encoder" else None
        self._held = {held.pane.line: held for held in cross_fit(self._all, self.recipe, encoder)}
        yield

    async def run(self, row: Pane) -> Outcome:
        """Score the pane's orders: the model's, with and without slots, and the plain ones to beat."""
        held = self._held[row.line]
        return Outcome(prediction=_prediction(held), scores=_scores(held), cost={}, labels={"query": row.query})

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means over panes with intervals over queries, and what is measured over all options at once."""
        means = {name: [item.scores[name] for item in items if name in item.scores] for name in _MEANS}
        query = {item.id: item.labels.get("query", item.id) for item in items}
        clusters = {name: [query[item.id] for item in items if name in item.scores] for name in _MEANS}
        options = [cast("Mapping[str, list[float]]", item.prediction) for item in items if item.prediction]
        chances = [chance for option in options for chance in option["chances"]]
        rates = [rate for option in options for rate in option["rates"]]
        metrics: dict[str, Json] = {name: mean(means[name]) for name in ("ndcg", "kendall")}
        metrics["auc"] = click_auc(chances, rates)
        metrics["ece"] = expected_error(np.array(chances), np.array(rates)) if chances else None
        metrics["diversity"] = mean(means["diversity"])
        metrics["n"] = len(items)
        metrics |= {name: mean(values) for name, values in means.items() if name not in metrics}
        metrics["queries"] = len(set(query.values()))
        return Summary(metrics=metrics, means=means, clusters=clusters)


def _scores(held: Held) -> dict[str, float]:
    gains = held.pane.rates
    blind, aware = held.scores.tolist(), held.slot_scores.tolist()
    first = ranked(blind)[:_SHOWN]
    pairs = [similarity(held.pane.options[one], held.pane.options[other]) for one, other in combinations(first, 2)]
    values = {
        "ndcg": pane_ndcg(blind, gains),
        "kendall": kendall(blind, gains),
        "diversity": 1 - sum(pairs) / len(pairs),
        "top1": float(gains[first[0]] == max(gains)),
        "ndcg_slot_aware": pane_ndcg(aware, gains),
        "kendall_slot_aware": kendall(aware, gains),
        "ndcg_shown_order": pane_ndcg([-float(slot) for slot in range(len(gains))], gains),
        "ndcg_shortest_first": pane_ndcg([-float(len(option)) for option in held.pane.options], gains),
        "ndcg_random": pane_ndcg([0.0] * len(gains), gains),
    }
    return {name: value for name, value in values.items() if value is not None}


def _prediction(held: Held) -> Json:
    return {"scores": held.scores.tolist(), "chances": held.chances.tolist(), "rates": list(held.pane.rates)}
