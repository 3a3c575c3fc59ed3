"""What the cross-encoder sees in the passages: candidates of its own, and how much it thinks of any other.

It reads question and passage together, so it finds answers that share no word or form with what was asked; the rules
keep it to names, dates and sentences as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.models.cross_encoder import Judgement
from questline.tools.models.cross_encoder_cache import Judges

from .candidates import Candidate, Form
from .evidence import Evidence, Sentence
from .questions import Question
from .relations import NAME
from .spans import phrase
from .values import DATE, NUMBER

__all__ = ["CLOSE_FEATURES", "WINDOWS", "Closely", "Seen"]

WINDOWS: Final = 6
"""Stretches of text that are read: about 10 ms each on one core."""
_STRETCH: Final = 600
"""Characters of a stretch, about what the model was taught with; with 900, XQuAD without titles reads .02 F1 worse."""
_SPANS: Final = 4
"""Possible answers taken from each stretch."""
_NAME: Final = re.compile(NAME)
_FAR: Final = -30.0
"""Least margin; what was not read has it."""
CLOSE_FEATURES: Final = ("margin", "behind", "relevance", "useful", "salience", "own")
"""Names of the values that `Closely.measure` returns, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    passage: int
    start: int
    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A candidate of the cross-encoder's own."""

    candidate: Candidate
    sentence: Sentence


class Closely:
    """The stretches that were read, and what was said of them."""

    def __init__(self, question: Question, evidence: Evidence, model: Judges, *, windows: int = WINDOWS) -> None:
        """Read the stretches that share most with the question, earlier passages first among equals."""
        weights = evidence.weights(question)

        def closeness(window: _Window) -> float:
            fits = [evidence.fit(question, item, weights) for item in window.sentences]
            return max(fit.context + 0.3 * fit.coverage for fit in fits) + 0.5 / (1 + window.passage)

        read = sorted(_windows(evidence), key=closeness, reverse=True)[:windows]
        titles = [evidence.passages[window.passage].title for window in read]
        judged = model.judge(question.text, [window.text for window in read], titles=titles, spans=_SPANS)
        self._read = tuple(zip(read, judged, strict=True))
        self._by_sentence = {
            (item.passage, item.place): (window, one) for window, one in self._read for item in window.sentences
        }

    @property
    def answered(self) -> float:
        """The highest chance of a stretch that an answer stands in it."""
        return max((one.answered for _, one in self._read), default=0.0)

    def seen(self) -> Iterator[Seen]:
        """Yield the likeliest answers, each inside one sentence."""
        for window, one in self._read:
            for span in one.spans:
                found = _inside(window, window.start + span.start, window.start + span.end)
                if found is not None:
                    yield found

    def measure(self, candidate: Candidate, sentence: Sentence, *, own: bool) -> list[float]:
        """Return what the cross-encoder thinks of a candidate, in the order of `CLOSE_FEATURES`."""
        known = self._by_sentence.get((sentence.passage, sentence.place))
        if known is None:
            return [_FAR / 10, _FAR / 10, 0.0, 0.0, 0.0, float(own)]
        window, one = known
        best = one.spans[0].margin if one.spans else _FAR
        start = sentence.span.start - window.start + candidate.start
        inside = one.scores if candidate.end else None  # a title stands in no sentence
        margin = inside.margin(start, start + len(candidate.text)) if inside else None
        margin = _FAR if margin is None else max(_FAR, min(-_FAR, margin))
        behind = max(_FAR, min(0.0, margin - best))
        return [margin / 10, behind / 10, one.relevant, one.useful, _salience(one, window, sentence), float(own)]


def _salience(one: Judgement, window: _Window, sentence: Sentence) -> float:
    at = sentence.span.start - window.start
    return max((item.probability for item in one.sentences if item.span.start <= at < item.span.end), default=0.0)


def _windows(evidence: Evidence) -> Iterator[_Window]:
    """Cut each passage into stretches of whole sentences; a short passage is one."""
    held: list[Sentence] = []
    for sentence in evidence.sentences:
        if held and (sentence.passage != held[0].passage or sentence.span.end - held[0].span.start > _STRETCH):
            yield _window(evidence, held)
            held = []
        held.append(sentence)
    if held:
        yield _window(evidence, held)


def _window(evidence: Evidence, held: Sequence[Sentence]) -> _Window:
    passage, start, end = held[0].passage, held[0].span.start, held[-1].span.end
    text = evidence.passages[passage].text
    if len(text) <= _STRETCH:  # the whole of it, as whoever judged it before has seen it
        start, end = 0, len(text)
    return _Window(passage=passage, start=start, text=text[start:end], sentences=tuple(held))


def _inside(window: _Window, start: int, end: int) -> Seen | None:
    """Return the span as a candidate of the sentence that holds it; None when none holds the whole of it."""
    for sentence in window.sentences:
        low, high = start - sentence.span.start, end - sentence.span.start
        if low < 0 or high > len(sentence.span.text):
            continue
        text = sentence.span.text[low:high]
        first, last = phrase(text)
        low, high, text = low + first, low + last, text[first:last]
        low, high = low + len(text) - len(text.lstrip()), high - len(text) + len(text.rstrip())
        if low < high:
            text = sentence.span.text[low:high]
            return Seen(candidate=Candidate(start=low, end=high, text=text, form=_form(text)), sentence=sentence)
    return None


def _form(text: str) -> Form:
    if DATE.fullmatch(text):
        return "date"
    if NUMBER.fullmatch(text):
        return "number"
    return "name" if _NAME.fullmatch(text) else "phrase"
