"""Ask a judge about windows: votes counted, failures answered for, and an end in time.

A window whose text cannot be used is judged by the embedded selector, in sight. A model that is down is asked no more.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError, QuestlineError
from questline.tools.ranking.chunks import chunk
from questline.types import AnswerWarning, Passage, Usage

from .checks import STEP, Request
from .embedded import EmbeddedSelector
from .judge import Judge, Verdict
from .votes import Vote, Votes

__all__ = ["Sitting", "Unit", "units_of"]

_MOST_PIECES: Final = 4
"""Of one passage, those nearest the question; the others are not shown, and the passage says so."""
_STANDING_IN: Final = 0.5
"""Weight of a window that the embedded selector judged in the model's place."""
_UNREADABLE: Final = "bad_model_output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A passage as a judge is shown it, or a piece of a long one."""

    index: int
    """Position of the passage in the caller's list."""
    passage: Passage


@dataclass(slots=True, kw_only=True)
class Sitting:
    """One call: what was asked and heard."""

    question: str
    judge: Judge
    stand_in: EmbeddedSelector
    strict: bool
    meter: Meter
    votes: Votes = field(default_factory=Votes)
    usage: Usage = field(default_factory=Usage)
    warnings: list[AnswerWarning] = field(default_factory=list[AnswerWarning])
    truncated: set[int] = field(default_factory=set[int])
    cleaned: set[int] = field(default_factory=set[int])
    model: str = ""
    degraded: bool = False
    down: bool = False
    """The model cannot be reached; the embedded selector judges from then on."""
    ended: str = ""
    """The limit of the budget that ended the judging."""
    heard: int = 0
    """Windows that the judge itself answered for."""
    asked: int = 0
    rounds: int = 0
    """Steps that had to wait for each other."""
    error: QuestlineError | None = None

    async def round(
        self, windows: Sequence[Sequence[Unit]], answer_so_far: str, *, concurrency: int
    ) -> list[list[Unit] | None]:
        """Judge windows, at most `concurrency` of them side by side; None for those that the budget did not reach.

        Each fails for itself: where the judge's text cannot be used, the embedded selector judges that window. Votes
        are counted in the order of the windows, whichever ended first.

        Raises:
            ModelError: As `window`; the requests of the other windows are ended.
        """
        if concurrency == 1 or len(windows) == 1:
            chosen: list[list[Unit] | None] = []
            for window in windows:
                ended = bool(chosen) and chosen[-1] is None
                chosen.append(None if ended else await self.window(window, answer_so_far))
            return chosen
        self.rounds += -(-len(windows) // concurrency)
        before = self.heard
        room = asyncio.Semaphore(concurrency)

        async def judged(window: Sequence[Unit]) -> Verdict | None:
            async with room:
                return None if self.ended else await self._verdict(window, answer_so_far)

        tasks = [asyncio.ensure_future(judged(window)) for window in windows]
        try:
            verdicts = await asyncio.gather(*tasks)
        finally:
            # Also when one failed for good, or this round itself is cancelled: no request goes on unheard.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self.heard > before:
            self.down = False  # it answered others of the same round: what comes after may ask it
        lost = not self.ended and any(verdict is not None for verdict in verdicts)
        made = [
            await self._stood_in(window) if verdict is None and lost else verdict
            for window, verdict in zip(windows, verdicts, strict=True)
        ]
        return [
            None if verdict is None else self._counted(window, verdict)
            for window, verdict in zip(windows, made, strict=True)
        ]

    async def window(self, units: Sequence[Unit], answer_so_far: str) -> list[Unit] | None:
        """Judge `units` together; None when the budget ended.

        Raises:
            ModelError: The judge failed and the sitting is strict; carries what all windows cost.
        """
        self.rounds += 1
        verdict = await self._verdict(units, answer_so_far)
        return None if verdict is None else self._counted(units, verdict)

    async def _verdict(self, units: Sequence[Unit], answer_so_far: str) -> Verdict | None:
        limit = self.meter.exhausted(llm=False)
        if limit:
            self.ended = limit
            return None
        self.asked += 1
        verdict = None if self.down else await self._heard(units, answer_so_far)
        if verdict is not None:
            return verdict
        if self.ended or (self.down and not self.heard):
            return None
        return await self._stood_in(units)

    async def _heard(self, units: Sequence[Unit], answer_so_far: str) -> Verdict | None:
        try:
            passages = [unit.passage for unit in units]
            asking = self.judge.judge(self.question, passages, answer_so_far=answer_so_far, meter=self.meter)
            verdict = await asyncio.wait_for(asking, self.meter.seconds_left)
        except TimeoutError:
            self.ended = "seconds"
            return None
        except BudgetExceeded as error:
            self.usage += error.usage
            self.ended, self.error = str(error.fields.get("limit", "calls")), error
            return None
        except QuestlineError as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 because a judge of the user's own may raise anything
            return self._failed(ModelError(f"the judge failed ({type(error).__name__}: {error})"))
        self.heard += 1
        self.usage += verdict.usage
        return verdict

    def _failed(self, error: QuestlineError) -> None:
        self.usage += error.usage
        self.error = error
        if self.strict:
            error.usage = self.usage
            raise error
        self.degraded = True
        told = f"({error.code}: {error.message})"
        if error.code == _UNREADABLE:
            message = f"a window's selection could not be read; the embedded selector judged it {told}"
            self.warnings.append(AnswerWarning(code="selector_parse_failed", message=message, step=STEP))
        else:
            self.down = True
            message = f"the selecting model cannot be used; the embedded selector judged in its place {told}"
            self.warnings.append(AnswerWarning(code="backend_unavailable", message=message, step=STEP))

    async def _stood_in(self, units: Sequence[Unit]) -> Verdict:
        request = Request.read(self.question, [unit.passage for unit in units], max_set=None, tau=None)
        made = await asyncio.to_thread(self.stand_in.choose, request, spans=False, meter=self.meter)
        return Verdict(members=tuple(member.index for member in made.members), answer=made.answer, weight=_STANDING_IN)

    def _counted(self, units: Sequence[Unit], verdict: Verdict) -> list[Unit]:
        places = [place for place in dict.fromkeys(verdict.members) if 0 <= place < len(units)]
        chosen = [units[place] for place in places]
        if len(places) < len(verdict.members) and not verdict.warnings:
            message = "the judge named passages that do not exist or named some twice; what is left counts"
            self.warnings.append(AnswerWarning(code="foreign_id", message=message, step=STEP))
        vote = Vote(
            seen=frozenset(unit.index for unit in units),
            chosen=frozenset(unit.index for unit in chosen),
            answer=verdict.answer,
            weight=min(1.0, max(0.0, verdict.weight)) or _STANDING_IN,
            chances=_likeliest(units, verdict.chances),
        )
        self.votes.add(vote)
        self.warnings += verdict.warnings
        self.truncated |= {units[place].index for place in verdict.truncated if place < len(units)}
        self.cleaned |= {units[place].index for place in verdict.cleaned if place < len(units)}
        self.degraded |= verdict.degraded
        self.model = verdict.model or self.model
        return chosen


def _likeliest(units: Sequence[Unit], chances: Mapping[int, float] | None) -> dict[int, float] | None:
    """Return the chances by passage: that of its likeliest piece."""
    if chances is None:
        return None
    found: dict[int, float] = {}
    for place, unit in enumerate(units):
        if place in chances and math.isfinite(chances[place]):
            found[unit.index] = max(chances[place], found.get(unit.index, 0.0))
    return found


def units_of(request: Request, *, piece_tokens: int) -> tuple[list[Unit], set[int]]:
    """Return what a judge is shown, by the first stage's order, and which passages are not shown whole.

    Args:
        request: The call.
        piece_tokens: About how long a piece is; four characters, or one of three bytes, are one token.
    """
    room = 4 * piece_tokens
    units: list[Unit] = []
    cut: set[int] = set()
    for index in request.unique:
        passage = request.stage.passages[index]
        pieces = chunk(
            passage.text, query=request.stage.query, fits=lambda text: _size(text) <= room, most=_MOST_PIECES
        )
        cut |= {index} if pieces.truncated else set()
        for number, text in enumerate(piece for piece in pieces.texts if piece.strip()):
            name = f"{passage.id}#{number}" if number else passage.id
            units.append(Unit(index=index, passage=_piece(passage, name, text)))
    return units, cut


def _piece(passage: Passage, name: str, text: str) -> Passage:
    return Passage(
        id=name,
        document_id=passage.document_id,
        source=passage.source,
        title=passage.title,
        text=text,
        date=passage.date,
        score=passage.score,
    )


def _size(text: str) -> int:
    """Return four for each character of three bytes or more, one for others: CJK takes about a token a character."""
    return len(text) + 3 * sum(character > "\u2e80" for character in text)
