"""What speaks against an answer that the cross-encoder likes: doubts, where the rules alone would refuse.

Rules that refuse are right about passages that only look alike, wrong where something is said in other words. Beside
a model that reads, they lower a chance instead (each by the same share), and confidence rests on them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .candidates import Candidate
from .denial import negated, negated_around
from .evidence import Evidence, Sentence
from .kinds import fitting
from .predicates import contrary
from .questions import Question
from .rivals import of_a_rival, of_rivals_only
from .subjects import names, support

__all__ = ["Doubts"]

_SHARE: Final = 0.3
"""What is left of a chance after one doubt; a tenth and a half do as well within .01 F1."""
_ANOTHER_YEAR: Final = 0.01
"""What is left for a sentence of another year where one of the asked year stands beside it."""
_YEAR: Final = re.compile(r"(?<![\d.,-])(?:1\d|20)\d\d(?!,?\d)")


@dataclass(frozen=True, slots=True)
class _Seen:
    rival: bool
    contrary: bool
    support: float


class Doubts:
    """The doubts about candidates for one question; what holds of a sentence is looked at once."""

    def __init__(self, question: Question, evidence: Evidence) -> None:
        self._question, self._evidence = question, evidence
        self._rivals = of_rivals_only(question, evidence)
        self._asked = names(question.text)
        self._years = frozenset(_YEAR.findall(question.text))
        told = self._years and any(self._years & _years(sentence.span.text) for sentence in evidence.sentences)
        self._another_year = _ANOTHER_YEAR if told else _SHARE
        self._negated = negated(question.text)
        self._seen: dict[tuple[int, int], _Seen] = {}

    def of(self, candidate: Candidate, sentence: Sentence) -> float:
        """Return in (0, 1] what is left of the chance of a candidate: 1.0 without any doubt."""
        seen = self._look(sentence)
        unfit = seen.contrary or not fitting(self._question, candidate, sentence, self._evidence)
        chance = (_SHARE if seen.rival else 1.0) * (_SHARE if unfit else 1.0) * self._year(candidate, sentence)
        return chance * (_SHARE if self._denied(candidate, sentence) else 1.0)

    def support(self, sentence: Sentence) -> float:
        """Return in [0, 1] how far a sentence speaks of the names in the question."""
        return self._look(sentence).support

    def _look(self, sentence: Sentence) -> _Seen:
        key = (sentence.passage, sentence.place)
        if key not in self._seen:
            self._seen[key] = _Seen(
                sentence.passage in self._rivals or of_a_rival(self._question, sentence, self._evidence),
                contrary(self._question, sentence),
                support(self._asked, sentence, self._evidence),
            )
        return self._seen[key]

    def _year(self, candidate: Candidate, sentence: Sentence) -> float:
        """What is left where all years that stand around the candidate are others than the asked one."""
        text = sentence.span.text
        around = _years(f"{text[: candidate.start]} {text[candidate.end :]}") if self._years else frozenset[str]()
        return self._another_year if around and not around & self._years else 1.0

    def _denied(self, candidate: Candidate, sentence: Sentence) -> bool:
        """Say whether the candidate's clause is negated and the question is not; a title stands in no clause."""
        return candidate.end > 0 and not self._negated and negated_around(sentence.span.text, candidate.start)


def _years(text: str) -> frozenset[str]:
    return frozenset(_YEAR.findall(text))
