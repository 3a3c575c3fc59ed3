"""Put the candidates of some passages in order: a linear model over their features, one vector per kind of question.

The coefficients maximise the expected token F1 of the softmax over a question's candidates; ``coefficients.toml`` says
on what they were fitted and how well they do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.text import STOPWORDS, words

from .candidates import Candidate, find
from .closely import Closely
from .evidence import Evidence, Fit, Sentence
from .features import FEATURES, Setting, measure
from .questions import Kind, Question
from .records import labelled
from .shipped import blend, coefficients

__all__ = [
    "READ_CLOSELY",
    "Encoder",
    "Floats",
    "Ranked",
    "Scored",
    "column_of",
    "fits",
    "gather",
    "rank",
]

Floats: TypeAlias = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors of length 1."""

    def encode(self, texts: list[str], /) -> Floats:
        """Return one row per text, float32 ``[n, width]``."""
        ...


READ_CLOSELY: Final = 12
"""Most sentences that are searched for candidates; the others are too far from the question's words."""
_HEADINGS: Final = " > "
"""Stands between the headings that a passage of a sectioned document lies under."""
_PART_OF: Final = ": "
"""Stands between a thing and the part of it that a document is about."""
_TITLE_WORD = re.compile(r"[^\W_][\w'’.-]*")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\S)", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\([^)]*\)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A sentence with how well it fits the question."""

    sentence: Sentence
    fit: Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A candidate with its place in the order."""

    candidate: Candidate
    scored: Scored
    probability: float
    """Share of the softmax over all candidates, all places where the same text stands together."""
    close: tuple[float, ...] = ()
    """What the cross-encoder thinks of it (`questline.tools.reading.closely.CLOSE_FEATURES`), where it read."""


def fits(question: Question, evidence: Evidence, encoder: Encoder | None, *, keep: int = READ_CLOSELY) -> list[Scored]:
    """Return the sentences worth reading closely, best first."""
    weights = evidence.weights(question)
    scored = [Scored(sentence=item, fit=evidence.fit(question, item, weights)) for item in evidence.sentences]
    scored.sort(key=lambda item: _closeness(question, item), reverse=True)
    scored = scored[:keep]
    if encoder is None or question.chinese or not scored:
        return scored
    titles = [evidence.passages[item.sentence.passage].title for item in scored]
    texts = [f"{title}. {item.sentence.span.text[:250]}" for title, item in zip(titles, scored, strict=True)]
    vectors = encoder.encode([question.text, *texts])
    cosines = vectors[1:] @ vectors[0]
    return [
        replace(item, fit=replace(item.fit, cosine=float(cosine))) for item, cosine in zip(scored, cosines, strict=True)
    ]


def _closeness(question: Question, item: Scored) -> float:
    line = labelled(question, item.sentence.span.text)
    return (
        item.fit.context
        + 0.3 * item.fit.coverage
        + 0.1 / (1 + item.sentence.passage)
        + (0.3 * line.reliability if line else 0.0)
    )


def gather(
    question: Question, evidence: Evidence, scored: Sequence[Scored], closely: Closely | None = None
) -> list[tuple[Candidate, Scored, list[float]]]:
    """Return every candidate of `scored`, and of `closely`, that the question does not already name, with its features.

    With `closely` what the cross-encoder thinks of it stands behind the others, in the order of its `CLOSE_FEATURES`.
    """
    weights = evidence.weights(question)
    asked = _padded(question.text)
    pairs: list[tuple[Candidate, Scored]] = []
    for item in scored:
        pairs += [(candidate, item) for candidate in find(question, item.sentence.span.text)]
        title = _title(question, evidence, item)
        if title is not None:
            pairs.append((title, item))
    by_rule = len(pairs)
    if closely is not None:
        known = {(id(item.sentence), one.start, one.end) for one, item in pairs}
        pairs += _own(question, evidence, scored, closely, known)
    own = {id(candidate) for candidate, _ in pairs[by_rule:]}
    pairs = [(candidate, item) for candidate, item in pairs if _padded(_ARTICLE.sub("", candidate.text)) not in asked]
    votes = _votes({candidate.text.casefold() for candidate, _ in pairs}, evidence)
    found: list[tuple[Candidate, Scored, list[float]]] = []
    for candidate, item in pairs:
        setting = Setting(sentence=item.sentence, fit=item.fit, weights=weights, votes=votes)
        features = measure(question, candidate, setting, from_title=candidate.end == 0)
        if closely is not None:
            features += closely.measure(candidate, item.sentence, own=id(candidate) in own)
        found.append((candidate, item, features))
    return found


def _own(
    question: Question,
    evidence: Evidence,
    scored: Sequence[Scored],
    closely: Closely,
    known: Collection[tuple[int, int, int]],
) -> Iterator[tuple[Candidate, Scored]]:
    """Yield the cross-encoder's candidates that no rule found."""
    weights = evidence.weights(question)
    fitted = {id(item.sentence): item for item in scored}
    for one in closely.seen():
        if (id(one.sentence), one.candidate.start, one.candidate.end) not in known:
            item = fitted.get(id(one.sentence))
            yield (
                one.candidate,
                item or Scored(sentence=one.sentence, fit=evidence.fit(question, one.sentence, weights)),
            )


def _title(question: Question, evidence: Evidence, item: Scored) -> Candidate | None:
    """Return the passage's title as a candidate: what a sentence says about its subject often leaves the name out."""
    if question.kind not in {"person", "place", "entity"}:
        return None
    passage = evidence.passages[item.sentence.passage]
    title = _BRACKETS.sub("", passage.title)
    return Candidate(start=0, end=0, text=title, form="name") if _names_a_thing(title, passage.text) else None


def _names_a_thing(title: str, text: str) -> bool:
    """Say whether a title is what the text is about, rather than a heading: the text says it, or the ends of a name."""
    parts = [word for word in _TITLE_WORD.findall(title) if word.casefold() not in STOPWORDS]
    if not parts or _HEADINGS in title:
        return False
    first, _, rest = text.partition("\n")
    body = (rest if first.strip().casefold() == title.casefold() else text).casefold()
    if title.casefold() in body:
        return True
    if _PART_OF in title:
        return False
    return not any(part[0].islower() for part in parts) and all(parts[end].casefold() in body for end in (0, -1))


def _padded(text: str) -> str:
    """Return the words of `text` with a space around each, so that containment means whole words."""
    return f" {' '.join(words(text))} "


def _votes(texts: set[str], evidence: Evidence) -> Mapping[str, int]:
    bodies = [(item.passage, item.span.text.casefold()) for item in evidence.sentences]
    votes: Counter[str] = Counter()
    for text in texts:
        holders = [passage for passage, body in bodies if text in body]
        votes[text] = len(holders)
        votes["passages:" + text] = len(set(holders))
    return votes


def column_of(kind: Kind, *, encoded: bool) -> str:
    """Return the name of the coefficients for a kind of question."""
    name = "entity" if kind in {"reason", "yesno"} else kind
    return f"{name}_encoder" if encoded else name


def rank(
    question: Question,
    evidence: Evidence,
    scored: Sequence[Scored],
    *,
    encoded: bool,
    closely: Closely | None = None,
) -> list[Ranked]:
    """Return the candidates, most probable first, each text once.

    Args:
        question: What is asked.
        evidence: Where it is read.
        scored: Sentences that are searched for candidates.
        encoded: Says that cosines are known.
        closely: What the cross-encoder saw; its candidates count beside those of `scored`.
    """
    gathered = gather(question, evidence, scored, closely)
    if not gathered:
        return []
    weights = coefficients()[column_of(question.kind, encoded=encoded)]
    features = np.array([features for _, _, features in gathered], dtype=np.float32)
    logits = features[:, : len(FEATURES)] @ weights
    if closely is not None:
        own = blend()
        logits = own.rules * logits + features[:, len(FEATURES) :] @ own.weights
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best: dict[str, Ranked] = {}
    order: list[int] = np.argsort(-shares, kind="stable").tolist()
    for place in order:
        candidate, item, values = gathered[place]
        key = candidate.text.casefold()
        first = best.get(key)
        share = float(shares[place])
        best[key] = (
            replace(first, probability=first.probability + share)
            if first
            else Ranked(candidate=candidate, scored=item, probability=share, close=tuple(values[len(FEATURES) :]))
        )
    return sorted(best.values(), key=lambda item: -item.probability)
