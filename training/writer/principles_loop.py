"""The game over a judge's rules (arXiv:2508.21476, signal 2), each edit held to texts that it was not made of.

Two rule sets play: one says how to write plausible bad texts (S_G), one how to find them out (S_D). A text that fools
the detector, or a label that it misses, makes a proposal to edit S_D; a text that is found out makes one to edit S_G.
The published loop takes each proposal. Here S_D has to pass the gate, and S_G has to fool more on a fixed panel.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from questline.agents.writing.game import Players
from questline.agents.writing.values import BadText, Detection
from questline.errors import ModelError, RunError, UsageError
from questline.tools.writing.judge.canary import CANARIES
from questline.tools.writing.types import RuleSet
from questline.training.recipe import Hears

from .gate import Agreement, Decision, agreement, decide, decide_fooling
from .labelled_sets import Sets
from .pairs import Labelled
from .parallel import side_by_side
from .principles_history import Event, History

__all__ = ["Evolution", "Figures", "Game", "evolve"]

_AIM_JUDGE: Final = "判断一段祝福合格与否的原则"
_AIM_GENERATOR: Final = "写出乍看不错、其实不合格的祝福的方法"
_COPY: Final = 0.8
"""Share of characters in common from which a bad text is a copy of the good one that it started from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """How the loop runs."""

    iterations: int = 5
    generated: int = 4
    """Bad texts an iteration."""
    labelled: int = 4
    """Labelled texts an iteration."""
    panel: int = 8
    """Queries on which two versions of the generator's rules are compared."""
    gate: bool = True
    seed: int = 0
    at_once: int = 4
    """Calls side by side."""

    def __post_init__(self) -> None:
        for name in ("iterations", "panel", "at_once"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)!r} must be at least 1", argument=name)
        if self.generated < 0 or self.labelled < 0 or self.generated + self.labelled < 1:
            raise UsageError("an iteration needs at least one text, generated or labelled", argument="generated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Agreement of one version of the rules with a set of labels."""

    balanced_length_matched: float
    balanced: float
    """At any length."""
    n_matched: int
    """Pairs of a good and a bad text."""
    n: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolution:
    """What came of a loop."""

    judge: RuleSet
    generator: RuleSet
    gate_by_iteration: Sequence[float]
    """Agreement on the gate set before the first iteration and after each."""
    before: Figures
    """Of the first rules on the third set."""
    after: Figures
    """Of the last."""
    proposals: int
    """Edits of the judge's rules that changed something."""
    accepted: int
    events: Sequence[Event] = field(repr=False)


async def evolve(
    players: Players, judge: RuleSet, generator: RuleSet, sets: Sets, game: Game, history: History, hears: Hears
) -> Evolution:
    """Play, and measure the first and the last rules on the third set.

    Raises:
        RunError: ``undiscerning_judge`` for a model that gives every text of the gate, and known bad ones, one verdict.
        ModelError: The model did not answer.
        BudgetExceeded: The budget is spent.
    """
    return await _Evolving(players, judge, generator, sets, game, history, hears).all()


class _Evolving:
    def __init__(
        self,
        players: Players,
        judge: RuleSet,
        generator: RuleSet,
        sets: Sets,
        game: Game,
        history: History,
        hears: Hears,
    ) -> None:
        self._players, self._judge, self._generator = players, judge, generator
        self._first, self._sets, self._game, self._history, self._hears = judge, sets, game, history, hears
        self._goods = [row for row in sets.train if row.good]
        panel = random.Random(f"panel {game.seed}")  # noqa: S311 because the draw is no secret
        self._panel = panel.sample(self._goods, min(game.panel, len(self._goods)))
        self._known: dict[str, Agreement] = {}
        self._proposals = self._accepted = 0
        self._step = 0

    async def all(self) -> Evolution:
        self._history.keep(self._judge, "judge")
        self._history.keep(self._generator, "generator")
        found = await self._agreement(self._judge)
        await self._check_discerning(found)
        by_iteration = [found.balanced]
        for iteration in range(1, self._game.iterations + 1):
            await self._iterate(iteration)
            by_iteration.append((await self._agreement(self._judge)).balanced)
            self._history.note(
                Event(iteration=iteration, kind="iteration", version=self._judge.version, agreement=by_iteration[-1])
            )
        return Evolution(
            judge=self._judge,
            generator=self._generator,
            gate_by_iteration=by_iteration,
            before=await self._final(self._first),
            after=await self._final(self._judge),
            proposals=self._proposals,
            accepted=self._accepted,
            events=self._history.events,
        )

    async def _iterate(self, iteration: int) -> None:
        chance = random.Random(f"{self._game.seed} {iteration}")  # noqa: S311 because the draw is no secret
        for place, row in enumerate(_drawn(chance, self._goods, self._game.generated)):
            await self._attack(iteration, row, f"{iteration}.{place}")
            self._progress()
        for place, row in enumerate(_drawn(chance, self._sets.train, self._game.labelled)):
            await self._learn(iteration, row, f"{iteration}.{place}")
            self._progress()

    def _progress(self) -> None:
        self._step += 1
        each = min(self._game.generated, len(self._goods)) + min(self._game.labelled, len(self._sets.train))
        self._hears("texts played", self._step, each * self._game.iterations)

    async def _attack(self, iteration: int, row: Labelled, word: str) -> None:
        """Let the generator try to fool the detector, and learn from what came of it."""
        try:
            bad = await self._players.generate(row.query, self._generator, row.text, word=word)
            if _copied(bad.text, row.text):
                self._history.note(Event(iteration=iteration, kind="copy", query=row.query, text=bad.text))
                return
            found = await self._players.detect(row.query, bad.text, self._judge)
        except ModelError as error:
            self._unread(iteration, row.query, error)
            return
        if found.good:
            await self._edit_judge(iteration, row.query, bad.text, bad.flaws, "fooled", word)
        elif found.suggestion:
            await self._edit_generator(iteration, row.query, bad, found, word)

    async def _learn(self, iteration: int, row: Labelled, word: str) -> None:
        """Reflect on a label that the detector misses."""
        try:
            found = await self._players.detect(row.query, row.text, self._judge)
            if found.good == row.good:
                return
            told = await self._players.reflect(row.query, row.text, label=row.good, found=found, rules=self._judge)
        except ModelError as error:
            self._unread(iteration, row.query, error)
            return
        await self._edit_judge(iteration, row.query, row.text, told.suggestion, "label missed", word)

    async def _edit_judge(self, iteration: int, query: str, text: str, advice: str, why: str, word: str) -> None:
        proposed = await self._proposal(iteration, query, self._judge, advice, _AIM_JUDGE, word)
        if proposed is None:
            return
        self._proposals += 1
        before, after = await self._agreement(self._judge), await self._agreement(proposed)
        decision = decide(before, after, gate=self._game.gate, seed=self._game.seed)
        self._told(iteration, "judge", query, text, why, advice, self._judge, proposed, decision)
        if decision.accepted:
            self._accepted += 1
            self._judge = proposed
            self._history.keep(proposed, "judge")

    async def _edit_generator(self, iteration: int, query: str, bad: BadText, found: Detection, word: str) -> None:
        proposed = await self._proposal(iteration, query, self._generator, found.suggestion, _AIM_GENERATOR, word)
        if proposed is None:
            return
        before, after = await self._fooled(self._generator), await self._fooled(proposed)
        decision = decide_fooling(before, after, gate=self._game.gate, seed=self._game.seed)
        self._told(
            iteration, "generator", query, bad.text, "found out", found.suggestion, self._generator, proposed, decision
        )
        if decision.accepted:
            self._generator = proposed
            self._history.keep(proposed, "generator")

    async def _proposal(
        self, iteration: int, query: str, rules: RuleSet, advice: str, aim: str, word: str
    ) -> RuleSet | None:
        """Return the edited rules; None where nothing changed or the optimizer wrote nothing that can be used."""
        try:
            proposed, _ = await self._players.optimize(rules, advice, aim=aim, word=word)
        except ModelError as error:
            self._unread(iteration, query, error)
            return None
        return None if proposed is rules else proposed

    async def _fooled(self, rules: RuleSet) -> list[bool]:
        """Return for each query of the panel whether a bad text by `rules` passes; a copy of the good one does not."""

        async def one(row: Labelled) -> bool:
            try:
                bad = await self._players.generate(row.query, rules, row.text, word="panel")
                found = await self._players.detect(row.query, bad.text, self._judge)
            except ModelError as error:
                if error.code != "bad_model_output":
                    raise
                return False
            return found.good and not _copied(bad.text, row.text)

        return await side_by_side(self._panel, one, at_once=self._game.at_once)

    async def _agreement(self, rules: RuleSet) -> Agreement:
        if rules.digest not in self._known:
            self._known[rules.digest] = agreement(await self._verdicts(rules, self._sets.gate))
        return self._known[rules.digest]

    async def _verdicts(
        self, rules: RuleSet, pairs: Sequence[tuple[Labelled, Labelled]]
    ) -> list[tuple[bool | None, bool | None]]:
        flat = await self._judged(rules, [row for pair in pairs for row in pair])
        return list(zip(flat[::2], flat[1::2], strict=True))

    async def _judged(self, rules: RuleSet, rows: Sequence[Labelled]) -> list[bool | None]:
        async def one(row: Labelled) -> bool | None:
            try:
                return (await self._players.detect(row.query, row.text, rules)).good
            except ModelError as error:
                if error.code != "bad_model_output":
                    raise
                return None

        return await side_by_side(rows, one, at_once=self._game.at_once)

    async def _check_discerning(self, found: Agreement) -> None:
        """Stop before money is spent on a model that says the same of every text."""
        texts = 2 * len(found.values)
        if found.unread == texts:
            raise RunError(
                f"none of {texts} verdicts on the gate set could be read; take a model that writes JSON",
                code="bad_model_output",
            )
        if 0 < found.called_good < texts - found.unread:
            return
        good = found.called_good > 0
        known = [Labelled(query=one.query, text=one.bad if good else one.good, good=not good) for one in CANARIES]
        said = await self._judged(self._judge, known)
        if all(verdict is good for verdict in said):
            word, other = ("good", "bad") if good else ("bad", "good")
            raise RunError(
                f"this judge calls everything {word}: all {texts} texts of the gate set, and {len(known)} "
                f"that are known to be {other}; take another model, or mend the rules",
                code="undiscerning_judge",
                n=texts,
            )

    async def _final(self, rules: RuleSet) -> Figures:
        matched = agreement(await self._verdicts(rules, self._sets.test))
        said = await self._judged(rules, self._sets.test_all)
        sides = [
            [verdict is row.good for row, verdict in zip(self._sets.test_all, said, strict=True) if row.good is side]
            for side in (True, False)
        ]
        return Figures(
            balanced_length_matched=matched.balanced,
            balanced=sum(sum(side) / len(side) for side in sides) / 2,
            n_matched=len(matched.values),
            n=len(said),
            unread=sum(verdict is None for verdict in said),
        )

    def _unread(self, iteration: int, query: str, error: ModelError) -> None:
        if error.code != "bad_model_output":
            raise error
        self._history.note(Event(iteration=iteration, kind="unread", query=query, reason=error.message[:500]))

    def _told(
        self,
        iteration: int,
        kind: str,
        query: str,
        text: str,
        why: str,
        advice: str,
        rules: RuleSet,
        proposed: RuleSet,
        decision: Decision,
    ) -> None:
        self._history.note(
            Event(
                iteration=iteration,
                kind=kind,
                query=query,
                text=text,
                why=why,
                advice=advice,
                version=rules.version,
                diff=rules.diff(proposed).lines(),
                decision=decision.as_dict(),
            )
        )


def _drawn(chance: random.Random, rows: Sequence[Labelled], count: int) -> list[Labelled]:
    return chance.sample(rows, min(count, len(rows)))


def _copied(text: str, good: str) -> bool:
    return SequenceMatcher(None, text, good, autojunk=False).ratio() >= _COPY
