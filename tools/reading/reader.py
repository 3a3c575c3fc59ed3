"""Read an answer out of passages by rule and a small linear model: no language model, deterministic, milliseconds.

The passages are cut into sentences; those that share most with the question are searched for candidates of the asked
kind (names, dates, numbers, phrases); a linear model orders the candidates, equal texts voting together. A question
that decomposes is first read part by part over the same passages. What speaks of the question or its answer instead of
the world (`talk`) is read only where nothing else answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from questline.tools.arguments import check_able, check_flag, check_passages, check_text
from questline.tools.decomposition import compared, serial
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.text import content_terms, words
from questline.types import Passage

from .closely import Closely
from .combining import combine
from .counting import asks_for_a_count, count
from .doubts import Doubts
from .evidence import Evidence, Sentence
from .kinds import fitting
from .periods import whole_period
from .predicates import contrary, happening, predicate, says
from .questions import Question, analyse
from .ranking import Encoder, Floats, Ranked, Scored, fits, rank
from .records import labelled
from .relations import HINTED
from .result import ABSTAINED, Reading, joined
from .rivals import modifiers, of_a_rival, of_rivals_only
from .shipped import Calibration, calibration
from .showing import shown
from .subjects import names, support
from .talk import without_talk
from .verifying import verify

__all__ = ["confidence_features", "read", "said_of"]

_PART_MUST_BE: Final = 0.25
"""A hop read with less confidence than this is not built on."""
_DEFINITION = re.compile(
    r"^(?:what|who) (?:is|are|was|were) (?:an? |the )?(?P<x>(?:(?!\bof\b|\bin\b)[\w'’. -])+)\?*$", re.IGNORECASE
)
_DEFINING = re.compile(r"^[^.]{2,90}?\b(?:is|are|was|were|refers to|means)\b (?P<clause>(?:an? |the )?[^,;:.]{3,120})")
_CLAUSE_END = re.compile(r"\s(?:who|which|that|where|when)\b.*$")
_CLAUSE = re.compile(r";|,? (?:and|but|while|whereas) (?=(?:the )?[^,;]*\b\d)")
_ANAPHOR = re.compile(r"\b(?:he|she|it|they|his|her|its|their)\b", re.IGNORECASE)
_LONGEST_SHORT: Final = 15
"""Words of a short answer that is no name, date or number."""
_JUST: Final = 0.9
"""A record's label of more reliability than this names what is asked and nothing else."""
_SAID_ELSEWHERE: Final = 0.6
"""Weight of a sentence that does not say what is asked of its subject, in a passage that does."""
_OF_PART: Final = 0.5
"""Least weight of a part's sentence: a part's name was itself read from a passage, often in another spelling."""
_UNCOUNTED: Final = 0.4
"""The same for a count where the passage never names what is counted."""
_UNSAID: Final = 0.1
"""The same in a passage that does not either: "demolished" is asked, "opened" is all that is said."""


_SEEN: Final = 0.5
"""Chance of an answer, by the cross-encoder, from which passages without the question's words are read all the same."""
_OF_OTHERS: Final = 0.5
"""Confidence below which passages that nowhere hold a name of the question answer nothing: they speak of others.
Of 17 such answers, hops among them, to 1,200 questions of mixed_train and mixed_dev three or four were right."""
_UNCHAINED: Final = 0.6
"""Weight of an answer to a question of several hops that was read at once, because a hop found nothing."""
_UNLINKED: Final = 0.3
"""The same where its sentence does not speak of the first hop either."""
_COUNTED: Final = 0.6
"""Confidence of a count of all rows or items."""
_FIRM: Final = 0.5
"""Least confidence of an answer for which sentences that repeat the question are left aside."""
_TYPED: Final = frozenset({"date", "number", "place"})
"""Kinds of question that a sentence without a value of that kind does not answer."""


class _Remembering:
    """An encoder that encodes each text once: parts of a question are read over the same sentences."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, Floats] = {}

    def encode(self, texts: list[str], /) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Minds:
    """What reads beside the rules."""

    encoder: Encoder | None
    judges: Judges | None
    give_up: bool


def read(
    question: str,
    passages: Sequence[Passage],
    *,
    encoder: Encoder | None = None,
    cross_encoder: Judges | None = None,
    give_up: bool = True,
) -> Reading:
    """Return the best supported answer to `question` in `passages`, or an abstention when nothing supports one.

    Args:
        question: Standalone, English or Chinese.
        passages: Best first; what they say is data, nothing in it changes how it is read.
        encoder: Adds the closeness of meaning to the features where there is no cross-encoder.
        cross_encoder: Reads question and passages together (English); without either words alone decide.
        give_up: Abstain where an answer is likelier wrong than its confidence allows; else the likeliest is taken.

    Raises:
        UsageError: ``bad_document`` with ``index`` for what is no passage with text, ``bad_argument`` for the others.
        RunError: ``damaged_model`` naming the file that is missing or damaged.
    """
    check_text("question", question)
    passages = check_passages(passages)
    check_able("encoder", encoder, "encode")
    check_able("cross_encoder", cross_encoder, "judge")
    check_flag("give_up", give_up)
    if not question.strip() or not passages:
        return ABSTAINED
    minds = _Minds(
        encoder=_Remembering(encoder) if encoder is not None else None, judges=cross_encoder, give_up=give_up
    )
    given = list(passages)
    for repeating, least in ((True, _FIRM), (False, 0.0)):
        kept = without_talk(question, passages, repeating=repeating)
        if kept and kept != given:
            found = _read(question, Evidence(kept), replace(minds, give_up=True))
            if not found.abstained and found.confidence >= least:
                return found
    return _read(question, Evidence(given), minds)


def _read(question: str, evidence: Evidence, minds: _Minds) -> Reading:
    chained = _by_parts(question, evidence, minds)
    hops = serial(question)
    if chained is not None and (minds.judges is None or len(hops) == 1):
        return chained
    whole = _directly(question, evidence, minds)
    if len(hops) == 1:
        return whole
    named = frozenset[str]().union(*(name.stems for name in names(hops[0])))
    told = says(frozenset(analyse(hops[0]).terms) - named, frozenset(content_terms(whole.text)))
    whole = whole.scaled(_UNCHAINED if told else _UNLINKED)
    # What looks like a chain may be told in one sentence; the cross-encoder sees that, rules do not.
    return whole if chained is None or whole.confidence > chained.confidence else chained


def _by_parts(question: str, evidence: Evidence, minds: _Minds) -> Reading | None:
    """Read a comparison or a chain hop by hop; None when it is neither, or when a hop finds nothing firm."""
    comparison = compared(question)
    parts = serial(question)
    if len(parts) == 1:
        if comparison is None:
            return None
        parts = comparison.parts
    readings: list[Reading] = []
    for part in parts:
        filled = re.sub(r"#(\d)", lambda match: readings[int(match.group(1)) - 1].short, part)
        needed = [readings[int(number) - 1] for number in re.findall(r"#(\d)", part)]
        if any(item.abstained or item.confidence < _PART_MUST_BE for item in needed):
            if comparison is None:
                return None
            readings.append(ABSTAINED)
            continue
        readings.append(_directly(filled, _ordered(filled, evidence), minds, least=_OF_PART))
    if comparison is None and (readings[-1].abstained or _is_named(readings[-1].short, question)):
        return None
    if comparison is None and not readings[-1].short:
        return joined(readings, "", math.prod(item.confidence for item in readings) ** (1 / len(readings)))
    short, sure = combine(question, [(part, item.short) for part, item in zip(parts, readings, strict=True)])
    if not short:
        return ABSTAINED
    found = [item for item in readings if not item.abstained]
    return joined(found, short, sure * math.prod(item.confidence for item in found) ** (1 / len(found)))


def _is_named(short: str, question: str) -> bool:
    """Say whether the end of a chain leads back to what the question itself names."""
    return bool(short) and f" {' '.join(words(short))} " in f" {' '.join(words(question))} "


def _ordered(part: str, evidence: Evidence) -> Evidence:
    """Put the passages in order for one part: the order they came in is that of the whole question.

    What names the part's subject in its title stands first, as a search for the part would put it.
    """
    question = analyse(part)
    weights = evidence.weights(question)
    best = [0.0] * len(evidence.passages)
    for sentence in evidence.sentences:
        fit = evidence.fit(question, sentence, weights)
        best[sentence.passage] = max(best[sentence.passage], fit.context + fit.title)
    order = sorted(range(len(best)), key=lambda place: -best[place])
    return Evidence([evidence.passages[place] for place in order])


def _directly(text: str, evidence: Evidence, minds: _Minds, *, least: float = 0.0) -> Reading:
    """Read one question; what its sentence fails to say lowers the confidence by no more than to the share `least`."""
    question = analyse(text)
    closely = Closely(question, evidence, minds.judges) if minds.judges and not question.chinese else None
    encoder = minds.encoder if closely is None and not question.chinese else None
    limits = calibration("cross_encoder" if closely else "encoder" if encoder else "words")
    scored = fits(question, evidence, encoder, keep=limits.sentences)
    if not _supported(scored, closely, limits, give_up=minds.give_up):
        return ABSTAINED
    if question.kind == "yesno":
        verdict = verify(question, scored, evidence)
        return ABSTAINED if verdict is None else shown(evidence, *verdict, scored)
    counted = count(question, evidence) if asks_for_a_count(question) else None
    if counted is not None:
        item = Scored(sentence=counted.sentence, fit=scored[0].fit)
        return shown(evidence, item, str(counted.number), _COUNTED, ())
    others = of_rivals_only(question, evidence)
    every = scored
    scored = [
        item
        for item in scored
        if item.sentence.passage not in others and not of_a_rival(question, item.sentence, evidence)
    ]
    if not scored and closely is None:
        return ABSTAINED
    stated = _recorded(question, scored, evidence) or _definition(text, scored)
    if stated is not None:
        item, clause = stated
        return shown(evidence, item, clause, 0.3 + 0.4 * item.fit.context, scored)
    if closely is not None:
        return _read_closely(question, evidence, every, closely, limits, minds)
    ranked = _of_kind(question, evidence, rank(question, evidence, scored, encoded=encoder is not None))
    ranked, held = _held_up(question, evidence, ranked)
    if not ranked and question.kind in _TYPED:
        return ABSTAINED
    if not ranked:
        weak = 0.1 * support(names(text), scored[0].sentence, evidence)
        short = "" if question.kind == "reason" else _shortened(scored[0].sentence.span.text)
        return shown(evidence, scored[0], short, weak, scored) if weak else ABSTAINED
    best = ranked[0]
    confidence = limits.confidence(confidence_features(question, ranked))
    if minds.give_up and confidence * (held if not least else 1.0) < limits.abstain_below:
        return ABSTAINED
    confidence *= max(held, least)
    short = "" if question.kind == "reason" else _whole(question, best)
    weighed = [(item, item.probability) for item in ranked]
    return shown(evidence, best.scored, short, confidence, scored, weighed)


def _read_closely(
    question: Question,
    evidence: Evidence,
    scored: Sequence[Scored],
    closely: Closely,
    limits: Calibration,
    minds: _Minds,
) -> Reading:
    """Choose among the candidates of rules and cross-encoder, less those that something speaks against."""
    doubts = Doubts(question, evidence)
    ranked = rank(question, evidence, scored, encoded=False, closely=closely)
    left = [doubts.of(item.candidate, item.scored.sentence) for item in ranked]
    if not ranked:
        return ABSTAINED
    first = max(range(len(ranked)), key=lambda place: ranked[place].probability * left[place])
    best, order = ranked[first], [first, *range(first), *range(first + 1, len(ranked))]
    held = [left[first], doubts.support(best.scored.sentence), said_of(question, evidence, best)]
    confidence = limits.confidence([*confidence_features(question, [ranked[place] for place in order]), *held])
    if minds.give_up and confidence * left[first] < limits.abstain_below:
        return ABSTAINED
    if minds.give_up and confidence < _OF_OTHERS and not any(map(doubts.support, evidence.sentences)):
        return ABSTAINED
    weighed = [(ranked[place], ranked[place].probability * left[place]) for place in order]
    return shown(evidence, best.scored, _whole(question, best), confidence, scored, weighed)


def _whole(question: Question, best: Ranked) -> str:
    """Return the text of a candidate; a year that begins a span of years, with the rest of it."""
    text, start = best.scored.sentence.span.text, best.candidate.start
    if best.candidate.form != "date" or not best.candidate.end:
        return best.candidate.text
    return text[start : whole_period(question.folded, text, start, best.candidate.end)]


def _supported(scored: Sequence[Scored], closely: Closely | None, limits: Calibration, *, give_up: bool) -> bool:
    """Say whether the passages are about the question at all, by their words or by what the cross-encoder sees."""
    if not scored:
        return False
    if max(item.fit.context for item in scored) >= limits.support:
        return True
    return closely is not None and (not give_up or closely.answered >= _SEEN)


def _of_kind(question: Question, evidence: Evidence, ranked: list[Ranked]) -> list[Ranked]:
    """Leave out what is no time, place or number where one is asked for, and what another clause says of another."""
    kept = [
        item
        for item in ranked
        if fitting(question, item.candidate, item.scored.sentence, evidence)
        and not contrary(question, item.scored.sentence)
    ]
    return [item for item in kept if not _of_another_clause(question, item, kept)]


def _of_another_clause(question: Question, item: Ranked, ranked: Sequence[Ranked]) -> bool:
    """Say whether another clause of the sentence names what is asked and has a value of its own ("…; B takes 12")."""
    clause, sentence = _clause_of(item), item.scored.sentence
    if _ANAPHOR.search(sentence.span.text[clause[0] : item.candidate.start]):
        return False
    for stems in modifiers(question):
        if stems <= _stems_in(sentence, clause):
            continue
        for other in ranked:
            same = other.scored.sentence is sentence and other.candidate.form == item.candidate.form
            if same and stems <= _stems_in(sentence, _clause_of(other)):
                return True
    return False


def _clause_of(item: Ranked) -> tuple[int, int]:
    text, at = item.scored.sentence.span.text, item.candidate.start
    ends = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    return next(((start, end) for start, end in pairwise(ends) if start <= at < end), (0, len(text)))


def _stems_in(sentence: Sentence, clause: tuple[int, int]) -> frozenset[str]:
    return frozenset(word.stem for word in sentence.words if clause[0] <= word.start < clause[1])


def _held_up(question: Question, evidence: Evidence, ranked: list[Ranked]) -> tuple[list[Ranked], float]:
    """Put the candidate first whose share and sentence hold up best; say how far its sentence answers the question."""
    if not ranked or question.chinese:
        return ranked, 1.0
    asked = names(question.text)
    held = [support(asked, item.scored.sentence, evidence) * said_of(question, evidence, item) for item in ranked]
    first = max(range(len(ranked)), key=lambda place: ranked[place].probability * held[place])
    return [ranked[first], *ranked[:first], *ranked[first + 1 :]], held[first]


def said_of(question: Question, evidence: Evidence, item: Ranked) -> float:
    """Return in (0, 1] how far a candidate's sentence, or its passage, says what is asked of the named."""
    sentence, wanted = item.scored.sentence, predicate(question)
    if asks_for_a_count(question) and question.focus and not says(question.focus, evidence.words_of(sentence.passage)):
        return _UNCOUNTED
    if not names(question.text):
        subject, wanted = happening(question)
        if subject and not says(subject, evidence.words_of(sentence.passage) | evidence.headings(sentence.passage)):
            return _UNSAID
    if question.chinese or not wanted or item.candidate.reliability > HINTED:
        return 1.0
    if says(wanted, sentence.stems):
        return 1.0
    return _SAID_ELSEWHERE if says(wanted, evidence.words_of(sentence.passage)) else _UNSAID


def _recorded(question: Question, scored: Sequence[Scored], evidence: Evidence) -> tuple[Scored, str] | None:
    """Return the value of the first line of a record about the names asked for, whose label is just what is asked."""
    for item in scored:
        line = labelled(question, item.sentence.span.text)
        asked = names(question.text)
        if line and line.reliability > _JUST and asked and support(asked, item.sentence, evidence) == 1:
            return item, item.sentence.span.text[line.start : line.end].rstrip()
    return None


def _definition(text: str, scored: Sequence[Scored]) -> tuple[Scored, str] | None:
    asked = _DEFINITION.match(text)
    if asked is None or len(asked.group("x").split()) > 4:
        return None
    for item in scored:
        said = _DEFINING.match(item.sentence.span.text)
        if said and item.sentence.place == 0 and item.fit.title >= 0.6 and item.fit.context > 0.8:
            return item, _shortened(_CLAUSE_END.sub("", said.group("clause")))
    return None


def _shortened(text: str) -> str:
    return " ".join(text.split()[:_LONGEST_SHORT]).rstrip(" ,;:.。，；：")


def confidence_features(question: Question, ranked: Sequence[Ranked]) -> list[float]:
    """Return what the confidence rests on.

    Share of the best text, its lead, coverage with context, by the sentence and by the passage, reliability of the
    relation, cosine (all of which speak for it); named share of the title, rank of the passage, whether the question
    may ask for anything; then what the cross-encoder thinks of it, where it read.
    """
    best = ranked[0]
    fit = best.scored.fit
    second = ranked[1].probability if len(ranked) > 1 else 0.0
    return [
        best.probability,
        best.probability - second,
        fit.context,
        fit.coverage,
        fit.passage,
        best.candidate.reliability,
        fit.cosine,
        fit.title,
        1 / (1 + best.scored.sentence.passage),
        float(question.kind == "entity"),
        *best.close,
    ]
