"""Signal 1 (arXiv:2508.21476) as a loop: queries → drafts → verdicts of the team → accepted and rejected in pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from questline import event_loop
from questline.agents.writing.drafter import Drafter
from questline.agents.writing.retriever import ExampleRetriever
from questline.agents.writing.team import Judged, Team
from questline.agents.writing.values import Example
from questline.budget import Budget
from questline.errors import ModelError, RunError, UsageError
from questline.settings import Settings
from questline.tools.retrieval.manifest import write_atomically
from questline.tools.writing.judge import embedded_judge
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears

from .calls import AgentCost, CallStore, Ended
from .length_matching import Matching, length_report, matched_pairs, overlap
from .pairs import Pair, plain
from .pairs_files import Asked, read_corpus, read_queries
from .parallel import side_by_side
from .principles_run import asking_of, served
from .style_rule import style_rule

__all__ = ["PAIRS", "REPORT", "VERDICTS", "Made", "Order", "make_pairs", "pairs_of"]

VERDICTS: Final = "verdicts.jsonl"
"""Every verdict, with both critics' points: of all texts whose query was done."""
PAIRS: Final = "pairs.jsonl"
"""The pairs that were chosen by length; ``pairs_all.jsonl`` holds all."""
REPORT: Final = "report.json"
_TELLING: Final = 20
"""Verdicts from which one and the same of all texts says that the judge does not look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make pairs of, and how."""

    queries: Path
    out: Path
    corpus: Path | None = None
    """Examples; without them drafts are written without any."""
    held_out: Path | None = None
    """Texts that pairs must not share: a file like the corpus, for the leak report."""
    drafts: int = 4
    """Texts a query, beside the candidates that its row brings."""
    k_search: int = 20
    k_final: int = 3
    matching: Matching = "within"
    pairs_per_query: int = 2
    limit: int | None = None
    at_once: int = 4
    """Queries side by side."""
    settings: Settings = field(default_factory=Settings)
    budget: Budget = field(default_factory=Budget)
    """For all runs in the folder together."""
    strict: bool = False
    """Answers that cannot be read end the loop, instead of being left to the embedded judge."""
    resume: bool = False

    def __post_init__(self) -> None:
        least = {"drafts": 0, "k_final": 1, "k_search": 1, "pairs_per_query": 1, "at_once": 1}
        for name, most in least.items():
            if getattr(self, name) < most:
                raise UsageError(f"{name}={getattr(self, name)!r} must be at least {most}", argument=name)
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit={self.limit!r} must be at least 1", argument="limit")
        if self.k_final > self.k_search:
            raise UsageError(f"k_final={self.k_final} must be at most k_search={self.k_search}", argument="k_final")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of it."""

    report: Mapping[str, object]
    pairs: Sequence[Pair]
    """Those that were chosen by length."""
    costs: Sequence[AgentCost]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    asked: Asked
    verdicts: Sequence[Judged]
    copied: int
    """Drafts that are a text of the corpus word for word; they are not judged."""
    unread: int
    """Drafts without a readable form."""


def make_pairs(order: Order, hears: Hears) -> Made:
    """Run the loop in a folder, or go on with it.

    Raises:
        UsageError: ``unknown_model``, ``already_there``, or what a file lacks.
        RunError: ``undiscerning_judge`` where all verdicts are one and the same, once they are written;
            ``backend_unavailable`` or ``budget_exceeded``: what was answered is kept.
        KeyboardInterrupt: Somebody asked for the end; what was answered is kept.
    """
    asked = read_queries(order.queries, order.limit)
    corpus = [] if order.corpus is None else read_corpus(order.corpus)
    held_out = [] if order.held_out is None else read_corpus(order.held_out)
    if order.drafts == 0 and not any(each.candidates for each in asked):
        raise UsageError("drafts=0, and no query brings 'candidates': there is nothing to judge", argument="drafts")
    llm = served(order.settings)
    done: dict[str, _Done] = {}
    with CallStore.begin(order.out, resume=order.resume) as store, interrupts() as wanted:
        asking = asking_of(llm, store, order.budget, lambda: wanted.to_end)
        team = Team(asking=asking, fallback=embedded_judge(), strict=order.strict)
        work = _Work(order, corpus, team, Drafter(asking=asking))

        async def one(each: Asked) -> None:
            done[each.query] = await work.query(each)
            hears("queries", len(done), len(asked))

        async def run() -> None:
            async with llm.session():
                await side_by_side(asked, one, at_once=order.at_once)

        try:
            event_loop.run(run())
        except Ended:
            raise KeyboardInterrupt from None
        finally:
            costs = store.ledger()
            in_order = [done[each.query] for each in asked if each.query in done]
            _write_lines(order.out / VERDICTS, [_row(each) for one_ in in_order for each in one_.verdicts])
            _write(order.out / "costs.json", [asdict(each) for each in costs])
    return _made(order, in_order, corpus, held_out, costs)


class _Work:
    def __init__(self, order: Order, corpus: Sequence[Example], team: Team, drafter: Drafter) -> None:
        self._order, self._team, self._drafter = order, team, drafter
        self._retriever = ExampleRetriever(corpus)
        self._known = {plain(each.text) for each in corpus}

    async def query(self, asked: Asked) -> _Done:
        order = self._order
        examples = self._retriever.search(asked.query, k_search=order.k_search, k_final=order.k_final)
        texts, unread = list(asked.candidates), 0
        for number in range(order.drafts):
            try:
                texts.append(await self._drafter.draft(asked.query, examples, number=number))
            except ModelError as error:
                if error.code != "bad_model_output" or order.strict:
                    raise
                unread += 1
        distinct = list({plain(text) or text: text for text in texts}.values())
        own = [text for text in distinct if plain(text) not in self._known]
        verdicts = [await self._team.label(asked.query, text, examples) for text in own]
        return _Done(asked=asked, verdicts=verdicts, copied=len(distinct) - len(own), unread=unread)


def pairs_of(verdicts: Sequence[Judged], most: int) -> list[Pair]:
    """Return pairs of an accepted and a rejected text of one query, nearest in length first, each text once.

    Verdicts of the embedded judge, in the place of a model's, make no pair.
    """
    sure = [each for each in verdicts if not each.degraded]
    couples = [(one, two) for one in sure if one.final.good for two in sure if not two.final.good]
    couples.sort(key=lambda couple: abs(len(couple[0].text) - len(couple[1].text)))
    used, found = set[str](), list[Pair]()
    for one, two in couples:
        if len(found) < most and not {one.text, two.text} & used:
            used |= {one.text, two.text}
            found.append(Pair(query=one.query, chosen=one.text, rejected=two.text, group=one.query))
    return found


def _made(
    order: Order, done: Sequence[_Done], corpus: Sequence[Example], held_out: Sequence[Example], costs: list[AgentCost]
) -> Made:
    verdicts = [each for one in done for each in one.verdicts]
    pairs = [pair for one in done for pair in pairs_of(one.verdicts, order.pairs_per_query)]
    kept = matched_pairs(pairs, order.matching)
    good = sum(each.final.good for each in verdicts)
    report: dict[str, object] = {
        "queries": len(done),
        "texts": len(verdicts),
        "good": good,
        "overturned": sum(each.final.overturned for each in verdicts),
        "degraded": sum(each.degraded for each in verdicts),
        "drafts_unread": sum(each.unread for each in done),
        "drafts_copied": sum(each.copied for each in done),
        "matching": order.matching,
        "pairs_all": length_report(pairs),
        "pairs": length_report(kept),
        "lengths_tell": _lengths_tell(kept),
        "style_rule": style_rule(kept),
        "in_corpus": overlap(kept, [each.text for each in corpus], ()),
        "in_held_out": overlap(kept, [each.text for each in held_out], [each.query for each in held_out]),
        "costs": [asdict(each) for each in costs],
    }
    _write_lines(order.out / "pairs_all.jsonl", [_pair(pair) for pair in pairs])
    _write_lines(order.out / PAIRS, [_pair(pair) for pair in kept])
    _write(order.out / REPORT, report)
    judged = [each for each in verdicts if not each.degraded]
    if len(judged) >= _TELLING and len({each.final.good for each in judged}) == 1:
        word = "good" if judged[0].final.good else "bad"
        raise RunError(
            f"all {len(judged)} texts were called {word}, so that no pair can be made; the verdicts are in "
            f"{str(order.out / VERDICTS)!r}. Take another model, or mend the prompts of the judge",
            code="undiscerning_judge",
            n=len(judged),
        )
    return Made(report=report, pairs=kept, costs=costs)


def _lengths_tell(pairs: Sequence[Pair]) -> bool:
    """Whether "the longer one" is right, or wrong, of more pairs than luck explains (two standard errors)."""
    rule = length_report(pairs).get("length_rule", 0.5)
    return abs(rule - 0.5) > 1 / max(1, len(pairs)) ** 0.5


def _pair(pair: Pair) -> Mapping[str, object]:
    return {"query": pair.query, "chosen": pair.chosen, "rejected": pair.rejected, "group": pair.group}


def _row(each: Judged) -> Mapping[str, object]:
    return {**asdict(each), "good": each.final.good}


def _write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    write_atomically(path, ["".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()])


def _write(path: Path, told: object) -> None:
    write_atomically(path, [(json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()])
