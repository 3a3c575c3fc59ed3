"""The loop: show lists, learn who clicks, make pairs, teach the next policy, and ask the log whether it is better.

    round r: lists of pi_r, some of them at random -> clicks -> click model, calibrated anew -> pairs -> pi_{r+1}
             -> IPS, SNIPS, DR of pi_{r+1} on the log of round r; no further once the lower bound of DR does not rise

(spec 06 §2.6, ours; arXiv:2507.04072 names the loop.) Each stage writes one file in one step, and every draw has a seed
of its own: a run that was killed goes on at the stage that was not done, and comes to the same rounds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any, ClassVar, Final, Protocol, cast

from questline.errors import UsageError
from questline.tools.retrieval.manifest import write_atomically
from questline.tools.suggestion.ctr_features import Doubles
from questline.training.interrupts import Asked as Ending
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears
from questline.training.run_lock import alone
from questline.training.tuning.settings import Table

from .click_fit import Fit, fit_clicks
from .click_model import ClickModel, load_clicks, save_clicks
from .estimates import estimate, ratios
from .figures import described
from .own_clicks import gained, last_shown
from .pairs import Pair, Rules, pairs_of, scored, weighed, write_pairs
from .policy import Policy, grown
from .rows import Context
from .shown import Shown, read_shown, write_shown

__all__ = ["REPORT", "TOLD", "Ended", "Order", "RoundSettings", "Users", "run_rounds"]

TOLD: Final = "told.json"
REPORT: Final = "report.json"
ENOUGH: Final = 200
"""Effective size below which the log does not decide, and the clicks on the next policy's own lists do."""
UNDECIDED: Final = "undecided"
_LIKELY: Final = 1e-9
_REFUSED: Final = "its own clicks did not bear out the last policy"


@dataclass(frozen=True, kw_only=True)
class RoundSettings(Table):
    """``[suggester-rounds]`` of the settings file."""

    table: ClassVar[str] = "suggester-rounds"

    rounds: int = 4
    """At most."""
    impressions: int = 2000
    """Lists shown in a round."""
    size: int = 3
    """Suggestions of a list."""
    drawn: int = 8
    """K: suggestions that are drawn for each place, to be compared."""
    lists: int = 3
    """Of a query that are begun, with the best that was drawn, the next best and so on."""
    explore: float = 0.1
    """Share of the suggestions that are drawn alike from all that are known; what a log without it says is little."""
    shuffle: float = 0.4
    """Share of the lists that are shown in an order drawn alike from all orders, so that what a slot does can be told
    from what the policy thinks best; estimates and the round's own clicks leave them out."""
    penalty: float = 1.0
    """Standard deviations of the click model's members that are taken off a chance."""
    delta: float = 0.03
    gamma: float = 0.5
    least: float = 0.1
    interval: float = 1.645
    """Standard deviations on each side of a chance; those of a pair do not overlap."""
    variety: float = 0.3
    """What being wholly alike to a suggestion that is shown already takes off a chance, in pairs (spec 06 §2.5)."""
    clip: float = 20.0
    """Largest weight of a list, in estimates."""
    weight: float = 3.0
    """Largest weight of a list of the round, and its inverse the least, where the click model is fitted; 1 for none.

    Lists of earlier rounds weigh 1: the policy learnt from their clicks, so that its ratio would favour the lucky ones.
    """
    position: bool = True
    """Off, the click model does not know the slots: to see what comes of it."""
    recalibrate: bool = True
    """Off, the curve of the first round stays."""
    members: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        self.hold_counts("rounds", "impressions", "size", "lists", "members")
        self.hold("drawn", self.drawn >= 2, "at least 2")
        self.hold("explore", 0 < self.explore <= 1, "in (0, 1]: without it later estimates rest on nothing")
        self.hold("shuffle", 0 <= self.shuffle < 1, "in [0, 1)")
        self.hold("clip", self.clip > 1, "above 1")
        self.hold("weight", self.weight >= 1, "at least 1")
        self.hold_weights("penalty", "delta", "gamma", "interval", "variety")
        self.hold_shares("least")

    @property
    def rules(self) -> Rules:
        """Of the pairs."""
        return Rules(delta=self.delta, z=self.interval, gamma=self.gamma, least=self.least, variety=self.variety)


class Users(Protocol):
    """Who clicks; `questline.training.generative_suggester.users.KnownUsers` is made here, and knows the truth."""

    def clicks(self, query: str, options: Sequence[str], chance: random.Random) -> tuple[float, ...]:
        """Return 1 for each option that is clicked, else 0."""
        ...

    def chances(self, query: str, options: Sequence[str]) -> Doubles:
        """Return how likely each is clicked: the truth, which only the report is told."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run, and where."""

    out: Path
    pools: Mapping[str, Sequence[str]]
    """By query: what is known to be suggested for it, at least one, for exploration."""
    held: Sequence[str] = ()
    """Queries that are never shown, on which the truth is told."""
    documents: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    settings: RoundSettings = field(default_factory=RoundSettings)
    identity: str = ""
    """Of the data and the first policy, to know the run again."""
    resume: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of it."""

    policy: Policy
    """The last that was adopted."""
    rounds: Sequence[Mapping[str, Any]]
    """What each told."""
    why: str
    adopted: int
    """Round whose policy it is; 0 for the one that it began with."""


def run_rounds(order: Order, policy: Policy, users: Users, hears: Hears) -> Ended:
    """Run the loop in a folder, or go on with it.

    Raises:
        UsageError: ``already_there`` where the folder holds a run and `resume` is not asked for, or another run.
        RunError: ``run_locked``.
        KeyboardInterrupt: Somebody asked for the end; the stages that were done are kept.
    """
    if not order.pools or not all(order.pools.values()):
        raise UsageError("each query needs a suggestion that is known", code="bad_data")
    order.out.mkdir(parents=True, exist_ok=True)
    with alone(order.out), interrupts() as ending:
        _same_run(order)
        loop = _Loop(order, users, hears, ending)
        ended = loop.run(policy)
        _write(order.out / REPORT, {"rounds": list(ended.rounds), "ended": ended.why, "adopted": ended.adopted})
        return ended


class _Loop:
    def __init__(self, order: Order, users: Users, hears: Hears, ending: Ending) -> None:
        self._order, self._users, self._hears, self._ending = order, users, hears, ending
        self._settings = order.settings
        self._curve: ClickModel | None = None

    def run(self, policy: Policy) -> Ended:
        told: list[dict[str, Any]] = []
        log: list[Shown] = []
        before = policy
        for number in range(1, self._settings.rounds + 1):
            self._hears("rounds", number - 1, self._settings.rounds)
            fresh = self._shown(number, policy)
            if not _borne_out(told, log, fresh):
                return Ended(policy=before, rounds=told, why=_REFUSED, adopted=len(told) - 1)
            log += fresh
            following, one = self._round(number, policy, log)
            told.append(one)
            if not one["adopted"]:
                why = "the lower bound of DR no longer rises"
                return Ended(policy=policy, rounds=told, why=why, adopted=len(told) - 1)
            before, policy = policy, following
        self._hears("rounds", self._settings.rounds, self._settings.rounds)
        if told[-1]["adopted"] == UNDECIDED:
            fresh = self._shown(self._settings.rounds + 1, policy)
            if not _borne_out(told, log, fresh):
                return Ended(policy=before, rounds=told, why=_REFUSED, adopted=len(told) - 1)
        return Ended(policy=policy, rounds=told, why="all rounds are done", adopted=len(told))

    def _shown(self, number: int, policy: Policy) -> list[Shown]:
        """Return the lists of a round, shown once and kept."""
        folder = self._order.out / f"round-{number}"
        folder.mkdir(exist_ok=True)
        seed = f"{self._settings.seed} round {number}"
        mine = self._kept(
            folder / "impressions.jsonl", lambda path: write_shown(path, self._show(policy, number, seed))
        )
        return read_shown(mine)

    def _round(self, number: int, policy: Policy, log: Sequence[Shown]) -> tuple[Policy, dict[str, Any]]:
        settings, folder = self._settings, self._order.out / f"round-{number}"
        seed = f"{settings.seed} round {number}"
        model = load_clicks(self._kept(folder / "clicks.json", lambda path: save_clicks(self._fit(policy, log), path)))
        self._curve = self._curve or model
        pairs_file = folder / "pairs.jsonl"
        pairs = weighed(self._pairs(policy, model, seed), settings.rules)
        self._kept(pairs_file, lambda path: write_pairs(path, pairs))
        following = policy.learn(pairs, folder / "policy", seed=settings.seed + number) if pairs else policy
        self._pause()
        kept = folder / TOLD
        fresh = last_shown(log)
        self._kept(kept, lambda path: _write(path, self._told(number, policy, following, model, fresh, pairs, seed)))
        return following, cast("dict[str, Any]", json.loads(kept.read_text(encoding="utf-8")))

    def _kept(self, path: Path, make: Callable[[Path], None]) -> Path:
        if not path.is_file():
            make(path)
            self._pause()
        return path

    def _pause(self) -> None:
        if self._ending.to_end:
            raise KeyboardInterrupt

    def _show(self, policy: Policy, number: int, seed: str) -> list[Shown]:
        """Show lists and log how likely each suggestion was."""
        settings, pools = self._settings, self._order.pools
        chance = random.Random(f"{seed} shown")  # noqa: S311 because what is shown is no secret
        names = sorted(pools)
        queries = [names[at % len(names)] for at in range(settings.impressions)]
        lists: list[tuple[str, ...]] = [() for _ in queries]
        logged: list[tuple[float, ...]] = [() for _ in queries]
        for slot in range(settings.size):
            contexts = [Context(query, shown) for query, shown in zip(queries, lists, strict=True)]
            drawn = policy.draw(contexts, seed=f"{seed} slot {slot}")
            drawn = [
                chance.choice(pools[query]) if chance.random() < settings.explore else own.strip() or "-"
                for query, own in zip(queries, drawn, strict=True)
            ]
            own = policy.chances(contexts, drawn)
            for at, (query, text) in enumerate(zip(queries, drawn, strict=True)):
                pool = pools[query]
                uniform = 1 / len(pool) if text in pool else 0.0
                mixed = (1 - settings.explore) * float(own[at]) + settings.explore * uniform
                lists[at], logged[at] = (*lists[at], text), (*logged[at], min(1.0, max(mixed, _LIKELY)))
        found: list[Shown] = []
        for at, (query, drawn, known) in enumerate(zip(queries, lists, logged, strict=True)):
            shuffled = chance.random() < settings.shuffle
            shown = tuple(chance.sample(drawn, len(drawn))) if shuffled else drawn
            found.append(
                Shown(
                    key=f"{number} {at}",
                    query=query,
                    options=shown,
                    rates=self._users.clicks(query, shown, chance),
                    propensities=() if shuffled else known,
                    round=number,
                    shuffled=shuffled,
                )
            )
        return found

    def _fit(self, policy: Policy, log: Sequence[Shown]) -> ClickModel:
        settings = self._settings
        keyed = [replace(row, key=f"{row.round} {at}") for at, row in enumerate(log)]
        # A shuffled list has no ratio: the policy would hardly show it in that order.
        fresh = [row.round == log[-1].round and not row.shuffled for row in log]
        told = ratios(policy, [row for row, new in zip(log, fresh, strict=True) if new], clip=settings.weight)
        own = iter((told / told.mean()).tolist())
        fit = Fit(position=settings.position, members=settings.members)
        model = fit_clicks(keyed, fit, weights=[next(own) if new else 1.0 for new in fresh], seed=settings.seed)
        if settings.recalibrate or self._curve is None:
            return model
        return replace(model, calibration=self._curve.calibration)

    def _pairs(self, policy: Policy, model: ClickModel, seed: str) -> list[Pair]:
        """Draw K suggestions for each place of some lists a query, score them, and go on with the best ones."""
        settings, documents = self._settings, self._order.documents
        lists: list[Context] = [Context(query) for query in sorted(self._order.pools)]
        found: list[Pair] = []
        for slot in range(settings.size):
            every = [context for context in lists for _ in range(settings.drawn)]
            drawn = policy.draw(every, seed=f"{seed} pairs {slot}")
            longer: list[Context] = []
            for at, context in enumerate(lists):
                # What is shown already is compared too, so that repeating it is always among what loses.
                mine = [*drawn[at * settings.drawn : (at + 1) * settings.drawn], *context.shown]
                told = scored(context, mine, model, documents, penalty=settings.penalty)
                found += pairs_of(context, told, settings.rules)
                order = sorted(told, key=lambda each: (each.fits, settings.rules.value(each), each.text), reverse=True)
                best = order[: 1 if slot else settings.lists]
                longer += [Context(context.query, (*context.shown, each.text)) for each in best]
            lists = longer
        return [pair for pair in found if pair.chosen.strip() and pair.rejected.strip()]

    def _told(
        self,
        number: int,
        policy: Policy,
        following: Policy,
        model: ClickModel,
        log: Sequence[Shown],
        pairs: Sequence[Pair],
        seed: str,
    ) -> dict[str, object]:
        settings = self._settings
        log = [row for row in log if not row.shuffled]
        now = estimate(policy, log, model, clip=settings.clip, seed=f"{seed} now")
        after = estimate(following, log, model, clip=settings.clip, seed=f"{seed} after")
        rises = _rises(asdict(now), asdict(after)) and bool(pairs)
        undecided = bool(pairs) and after.effective_size < ENOUGH
        return {
            "round": number,
            "impressions": len(log),
            "clicks a list": fmean(row.reward for row in log),
            "slots": list(model.slots[: settings.size]),
            "click model": dict(model.figures),
            "pairs": {why: sum(pair.why == why for pair in pairs) for why in ("clicks", "repeats", "unanswered")},
            "now": asdict(now),
            "after": asdict(after),
            "adopted": UNDECIDED if undecided else rises,
            "lists": {"now": self._looked(policy, seed), "after": self._looked(following, seed)},
        }

    def _looked(self, policy: Policy, seed: str) -> dict[str, object]:
        """Return what a policy writes, and what the users would truly click of it."""
        found: dict[str, object] = {}
        most = min(600, self._settings.impressions)
        for name, queries in (("shown", sorted(self._order.pools)), ("held out", sorted(self._order.held))):
            if not queries:
                continue
            asked = [query for query in queries for _ in range(max(1, most // len(queries)))]
            lists = list(zip(asked, grown(policy, asked, self._settings.size, seed=f"{seed} looked"), strict=True))
            truth = fmean(float(self._users.chances(query, options).sum()) for query, options in lists)
            found[name] = {"true clicks a list": truth, **described(lists, self._order.documents)}
        return found


def _borne_out(told: list[dict[str, Any]], log: Sequence[Shown], fresh: Sequence[Shown]) -> bool:
    """Say whether a policy that the log could not judge is clicked more than the one before it, and note it."""
    if not told or told[-1]["adopted"] != UNDECIDED:
        return True
    found = gained(last_shown(log), fresh)
    told[-1] = {**told[-1], "own clicks": asdict(found)}
    return found.low > 0


def _rises(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return other["dr_low"] > one["dr_low"]


def _same_run(order: Order) -> None:
    path = order.out / "order.json"
    mine: dict[str, Any] = {"settings": asdict(order.settings), "identity": order.identity}
    if not path.is_file():
        _write(path, mine)
        return
    if not order.resume:
        raise UsageError(
            f"{str(order.out)!r} holds a run already; go on with it with --resume, or take another --out",
            code="already_there",
            path=order.out,
        )
    theirs = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
    theirs["settings"]["rounds"] = mine["settings"]["rounds"]  # more may be asked for
    if theirs != mine:
        raise UsageError(
            f"{str(order.out)!r} holds a run of other settings or data; take another --out",
            code="already_there",
            path=order.out,
        )


def _write(path: Path, told: object) -> None:
    write_atomically(path, [(json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()])
