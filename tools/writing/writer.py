"""Write greetings from a brief: candidates, each within every constraint, scored, without repeats, varied.

    writer = Writer()
    found = await writer.write(Brief(query="给奶奶的生日祝福"), 3, seed=7)

Our design after arXiv:2508.21476 (whose writer is a trained 7B model): a slot grammar with phrases of our own writes
without any model, a language model writes where one serves the role ``write``; a reward model and a judge order what
came of it, and a greedy objective keeps the list varied, also against what was issued before.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.tools.arguments import check_is
from questline.tools.models.llm_contract import LLM
from questline.types import Usage

from .asking import ROLE, ask
from .brief import Brief, check_k
from .constraints import check_satisfiable, problems
from .examples import Encoder, Example, nearest
from .notes import notes, writer_warning
from .plain_reward import PlainReward
from .pool import Candidate, pool
from .reading import Reading, read, unwanted
from .result import Greeting, Greetings
from .seen import Seen
from .similarity import chosen, difference
from .taboo import refusal, taboo_in
from .types import Judge, RewardModel

__all__ = ["Writer"]

_SPARE: Final = 4
"""Candidates for each text that is wanted …"""
_LEAST: Final = 12
"""… and at least so many."""
_MORE: Final = 4
"""Times as many where what was issued before rules some out."""
_APART: Final = 0.3
"""Share of characters by which texts differ from each other and from what was issued (spec 08 section 6)."""
_LIKED: Final = 0.5
"""Logits by which a text with a sentence of the user's own examples is preferred."""
_SHOTS: Final = 4
"""Examples that a language model is shown, and whose sentences the grammar may use."""
_LATEST: Final = 200
"""Issued texts that are compared with."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Both backends; remembers nothing unless it is given a `Seen`."""

    reward: RewardModel | None = None
    """Orders the candidates; a plain order by rule where left out."""
    judge: Judge | None = None
    """Gives each text that is shown its verdict, and half of its score."""
    examples: tuple[Example, ...] = ()
    """Texts that the user likes: retrieved for the brief, shown to the model, drawn from by the grammar."""
    encoder: Encoder | None = None
    """Finds examples by meaning for English briefs."""
    seen: Seen | None = None
    """What was issued before; new texts differ from it, and are added to it."""
    llm: LLM | None = None
    """Writes the candidates where it serves the role ``write``."""
    prompt: str | Path | None = None
    """A file that replaces the shipped prompt."""
    strict: bool = False
    """A failing model raises instead of falling back."""
    best_effort: bool = False
    """Also write where the query asks for no greeting, with the warning ``out_of_scope``."""

    async def write(
        self, brief: Brief, k: int = 1, *, seed: int | None = None, meter: Meter | None = None
    ) -> Greetings:
        """Return at most `k` texts, best first; each meets every constraint of the brief.

        Args:
            brief: What is wanted.
            k: Longest list, 1 to 50.
            seed: The same seed gives the same list, another one another list; None draws one.
            meter: What a language model may spend; the budget ``balanced`` by default.

        Raises:
            UsageError: ``bad_param``; ``unsatisfiable`` naming two fields; ``bad_settings`` for the prompt file.
            ModelError: The language model failed and `strict` is set (``backend_unavailable``, ``bad_model_output``).
            BudgetExceeded: No budget is left for the language model and `strict` is set.
        """
        started = time.perf_counter()
        check_is("brief", brief, Brief, "a Brief", code="bad_param")
        check_k(k)
        brief = replace(brief, avoid=(*brief.avoid, *unwanted(brief.query)))
        check_satisfiable(brief)
        reading = read(brief)
        frame = Greetings(occasion=reading.occasion, address=reading.address, tone=reading.tone)
        if (refused := refusal(brief, reading.occasion)) is not None:
            return replace(frame, status="refused", refusal=refused)
        if not reading.in_scope and not self.best_effort:
            return replace(frame, status="out_of_scope")
        warnings = notes(brief, reading)
        shots = tuple(nearest(brief.query, self.examples, _SHOTS, encoder=self.encoder))
        written, result = await self._written(brief, k, reading, shots, meter)
        before = [*self.seen.texts[-_LATEST:]] if self.seen is not None else []
        written = _apart(written, before)
        drawn: list[Candidate] = []
        if len(written) < k:
            size = max(_LEAST, _SPARE * (k - len(written)))
            if self.seen is not None and self.seen.texts:
                size *= _MORE
            drawn = pool(brief, reading, size, seed=f"{_seed(seed)}:{brief.query}", examples=shots)
        items = self._best(brief.query, written, k, before)
        items += self._filling(brief.query, drawn, k - len(items), [*before, *(item.text for item in items)])
        if not items:
            raise _no_room(brief)
        if len(items) < k:
            warnings.append(
                writer_warning("few_texts", f"{len(items)} of {k} texts: the brief leaves no room for more")
            )
        if all(item.origin == "model" for item in items):  # it was shown the whole query
            warnings = [each for each in warnings if each.code != "occasion_dropped"]
        if self.seen is not None:
            self.seen.add(item.text for item in items)
        return replace(
            result,
            items=tuple(items),
            status="complete" if len(items) == k else "partial",
            occasion=reading.occasion,
            address=reading.address,
            tone=reading.tone,
            warnings=(*result.warnings, *warnings),
            usage=replace(result.usage, seconds=time.perf_counter() - started),
        )

    async def _written(
        self, brief: Brief, k: int, reading: Reading, shots: Sequence[Example], meter: Meter | None
    ) -> tuple[list[Candidate], Greetings]:
        """Return the language model's texts that meet the brief, none without a model, and the result's frame."""
        if self.llm is None or not self.llm.serves(ROLE):
            return [], Greetings()
        spent = meter or Meter(Budget.parse("balanced"))
        try:
            done = await ask(brief, k, llm=self.llm, meter=spent, examples=shots, prompt=self.prompt)
        except (ModelError, BudgetExceeded) as error:
            if self.strict:
                raise
            code = "budget_exhausted" if isinstance(error, BudgetExceeded) else "degraded"
            return [], _degraded(f"the model failed ({error.code}: {error.message})", error.usage, code=code)
        texts = [
            text
            for text in dict.fromkeys(done.value)
            if not problems(brief, text) and not taboo_in(reading.occasion, text)
        ]
        found = [self._candidate(brief.query, text, reading) for text in texts]
        good = [each for each in found if each.verdict is None or each.verdict.good]
        bad = [each.verdict.reasons[0] for each in found if each.verdict is not None and not each.verdict.good]
        if not good:
            problem = f"the judge lets none of the model's texts pass ({bad[0]})" if bad else _BREAKS
            if self.strict:
                raise ModelError(f"{problem}; loosen them, or set strict=False", code="bad_model_output")
            return [], _degraded(problem, done.usage)
        dropped = (
            [writer_warning("texts_dropped", f"{len(bad)} of the model's texts are bad ({bad[0]})")] if bad else []
        )
        return good, Greetings(backend="llm", usage=done.usage, warnings=tuple(dropped))

    def _candidate(self, query: str, text: str, reading: Reading) -> Candidate:
        verdict = None if self.judge is None else self.judge.judge(query, text)
        return Candidate(text=text, origin="model", tone=reading.tone or "", verdict=verdict)

    def _filling(self, query: str, drawn: list[Candidate], k: int, before: Sequence[str]) -> list[Greeting]:
        """Return texts of the grammar; one near another is taken only where no other is left."""
        fresh = _apart(drawn, before)
        if len(fresh) < k:
            known = {*before, *(each.text for each in fresh)}
            fresh += [each for each in drawn if each.text not in known]
        return self._best(query, fresh, k, before)

    def _best(self, query: str, found: list[Candidate], k: int, before: Sequence[str]) -> list[Greeting]:
        if not found or k < 1:
            return []
        texts = [each.text for each in found]
        rewards = (self.reward or PlainReward()).score(query, texts)
        scores = _scaled(rewards + [_LIKED * (each.origin == "example") for each in found])
        verdicts = [each.verdict for each in found]
        if self.judge is not None:
            likely = sorted(range(len(found)), key=lambda place: -scores[place])[: 2 * k + 4]
            for place in likely:
                verdicts[place] = verdicts[place] or self.judge.judge(query, texts[place])
            scores = np.array(
                [0.5 * score + 0.5 * told.score if told else 0.0 for score, told in zip(scores, verdicts, strict=True)]
            )
        places = chosen(texts, scores.tolist(), k, before=before)
        return [
            Greeting(
                text=texts[place],
                score=round(float(scores[place]), 4),
                reward=None if self.reward is None else round(float(rewards[place]), 4),
                verdict=verdicts[place],
                origin=found[place].origin,
                tone=found[place].tone,
                reason=_REASONS[found[place].origin],
            )
            for place in places
        ]


_BREAKS: Final = "none of the model's texts keeps the constraints of the brief"
_REASONS: Final = {
    "grammar": "composed of phrases for the occasion",
    "example": "composed with a sentence of your own examples",
    "model": "written by the language model",
}


def _apart(found: list[Candidate], before: Sequence[str]) -> list[Candidate]:
    """Return the candidates that differ from each other and from what was issued."""
    kept: list[Candidate] = []
    for each in found:
        if all(difference(each.text, other) >= _APART for other in (*before, *(one.text for one in kept))):
            kept.append(each)
    return kept


def _scaled(rewards: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return logits of one list as numbers in (0, 1), by their distance from the list's mean."""
    spread = float(rewards.std()) or 1.0
    return 1.0 / (1.0 + np.exp(-(rewards - rewards.mean()) / spread))


def _degraded(problem: str, usage: Usage, *, code: str = "degraded") -> Greetings:
    warning = writer_warning(code, f"{problem}; the grammar wrote instead")
    return Greetings(degraded=True, warnings=(warning,), usage=usage)


def _no_room(brief: Brief) -> UsageError:
    """Return the error for a brief that leaves no text: what it avoids, or how short it is."""
    first = "recipient" if brief.recipient and brief.max_chars else "query"
    second = "max_chars" if brief.max_chars else "avoid"
    return UsageError(
        f"{first} and {second} contradict each other: no greeting is left; allow more", code="unsatisfiable",
        argument=second, first=first, second=second,
    )  # fmt: skip


def _seed(seed: int | None) -> int:
    return secrets.randbits(62) if seed is None else seed
