"""The extractive summarizer: segments are scored, a set of them chosen, each with its place (spec 05 §2.3).

Deterministic, without a language model; 5,000 characters take less than 30 ms on one core without the encoder.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

from questline.errors import UsageError
from questline.tools.arguments import check_able, check_number, check_text
from questline.tools.models.cross_encoder_cache import Judges
from questline.types import AnswerWarning, Usage

from .asked import Asked, asked
from .choosing import Choice, choose, span_of
from .conflicts import conflicts
from .limits import Limit
from .page import Clock, Page, Source
from .result import Conflict, Summary, SummarySpan, joined
from .scoring import Encoder, Scores, score
from .sources import Documents, opened, warning
from .terms import tokens

__all__ = [
    "STYLES",
    "Fallback",
    "Prepared",
    "Style",
    "answered",
    "check",
    "finished",
    "prepare",
    "ranked",
    "summarize",
]

Style: TypeAlias = Literal["extractive", "lead", "pointer"]
STYLES: Final[tuple[Style, ...]] = get_args(Style)
Fallback: TypeAlias = Literal["", "lead"]
_LONGEST_QUERY: Final = 4_000
"""Characters; what comes after says nothing more about what is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The documents of one call, read and scored."""

    asked: Asked
    sources: tuple[Source, ...]
    page: Page
    scores: Scores | None
    """None when there is nothing to score, or nothing was asked."""
    clock: Clock
    warnings: tuple[AnswerWarning, ...]
    truncated: bool
    started: float

    @property
    def read(self) -> tuple[int, ...]:
        """Of each document, one past the last character that was read."""
        return self.page.read


def summarize(
    query: str,
    document: Documents,
    *,
    title: str = "",
    max_sentences: int | None = None,
    max_chars: int | None = None,
    max_words: int | None = None,
    style: Style = "extractive",
    min_answerability: float | None = None,
    fallback: Fallback = "",
    seconds: float | None = None,
    encoder: Encoder | None = None,
    cross_encoder: Judges | None = None,
) -> Summary:
    """Return the pieces of `document` that answer `query` best, in its order, or that there is no answer here.

    Args:
        query: What is wanted, in English or Chinese; may be empty with the style ``lead``.
        document: A text (bytes are read as UTF-8) or several; what they say is data, nothing in it changes the result.
        title: Of every document that has none of its own.
        max_sentences: Most pieces; 3 when no limit is given at all. All limits are hard.
        max_chars: Most characters of the text.
        max_words: Most words of the text; two CJK characters count as one.
        style: ``extractive``, or ``lead`` for the beginning whatever was asked.
        min_answerability: Abstain below this chance of an answer; by default the calibrated threshold.
        fallback: ``lead`` shows the beginning when there is no answer; the result still says that it abstained.
        seconds: Time for the whole call; when it is over, the best of what was read so far is returned.
        encoder: Adds the closeness of meaning in English; without it words alone decide.
        cross_encoder: Reads query and text together, in English; takes 15 ms for each 900 characters, 90 at most.

    Raises:
        UsageError: ``empty_query``, ``bad_param``, ``bad_argument``.
    """
    limit = check(
        query,
        style=style,
        limits=(max_sentences, max_chars, max_words),
        min_answerability=min_answerability,
        fallback=fallback,
        seconds=seconds,
    )
    if style == "pointer":
        raise UsageError(
            "the style 'pointer' needs a language model: use Summarizer(llm=…)", code="bad_param", argument="style"
        )
    check_able("encoder", encoder, "encode")
    check_able("cross_encoder", cross_encoder, "judge")
    prepared = prepare(
        query,
        document,
        title=title,
        seconds=seconds,
        encoder=encoder,
        cross_encoder=cross_encoder,
        lead=style == "lead",
    )
    return finished(prepared, limit, min_answerability=min_answerability, fallback=fallback)


def check(
    query: str,
    *,
    style: str,
    limits: tuple[int | None, int | None, int | None],
    min_answerability: float | None,
    fallback: str,
    seconds: float | None,
) -> Limit:
    """Check the arguments and return the limit; raises `UsageError`."""
    check_text("query", query)
    if style not in STYLES:
        raise UsageError(f"style {style!r} is not one of {', '.join(STYLES)}", code="bad_param", argument="style")
    if fallback not in get_args(Fallback):
        raise UsageError(f"fallback {fallback!r} is neither 'lead' nor ''", code="bad_param", argument="fallback")
    if not query.strip() and style != "lead":
        raise UsageError(
            "the query is empty; for a summary without one use style='lead'", code="empty_query", argument="query"
        )
    check_number("min_answerability", min_answerability, low=0, high=1)
    check_number("seconds", seconds, low=0)
    sentences, chars, words = limits
    return Limit.of(max_sentences=sentences, max_chars=chars, max_words=words)


def prepare(
    query: str,
    document: Documents,
    *,
    title: str,
    seconds: float | None,
    encoder: Encoder | None,
    cross_encoder: Judges | None = None,
    lead: bool = False,
) -> Prepared:
    """Read and score the documents."""
    started = time.perf_counter()
    clock = Clock.after(seconds)
    sources, warnings = opened(document, title)
    page = Page.of(sources, clock)
    truncated = any(item.code == "document_truncated" for item in warnings)
    if page.read != tuple(len(source.text) for source in sources):
        truncated = True
        warnings.append(warning("deadline_reached", f"the time was over after {len(page.units)} segments"))
    if not page.units:
        warnings.append(warning("empty_document", "there is no text, or only markup"))
    if len(query) > _LONGEST_QUERY:
        message = f"the query has {len(query)} characters: the first {_LONGEST_QUERY} count"
        warnings.append(warning("query_truncated", message))
    question = asked(query[:_LONGEST_QUERY])
    scores = None
    if page.units and not lead:
        titles = [source.title for source in sources]
        late = clock.over
        scores = score(
            question,
            page,
            titles=titles,
            encoder=None if late else encoder,
            cross_encoder=None if late else cross_encoder,
        )
    return Prepared(
        asked=question,
        sources=tuple(sources),
        page=page,
        scores=scores,
        clock=clock,
        warnings=tuple(warnings),
        truncated=truncated,
        started=started,
    )


def ranked(prepared: Prepared) -> list[SummarySpan]:
    """Return every segment as a piece, best first."""
    if prepared.scores is None:
        return []
    relevance = prepared.scores.relevance
    units = prepared.page.units
    return [span_of(units[number], prepared.sources, relevance[number]) for number in prepared.scores.order]


def finished(prepared: Prepared, limit: Limit, *, min_answerability: float | None, fallback: Fallback) -> Summary:
    """Choose the pieces and say what is to be said about them."""
    scores = prepared.scores
    if scores is None:
        return _lead(prepared, limit, answerability=0.0, abstained=not prepared.page.units)
    least = scores.model.threshold if min_answerability is None else min_answerability
    answerability = 1.0 if prepared.asked.overview else scores.answerability
    if answerability < least:
        if fallback == "lead":
            return _lead(prepared, limit, answerability=answerability, abstained=True)
        return _summary(prepared, Choice(spans=(), units=()), answerability=answerability, abstained=True)
    pairs = conflicts(prepared.asked, prepared.page, scores, prepared.sources)
    choice = choose(
        prepared.asked,
        prepared.page,
        scores,
        prepared.sources,
        limit,
        clock=prepared.clock,
        without=frozenset(other for _, other in pairs),
    )
    return _summary(prepared, *_marked(prepared, choice, pairs), answerability=answerability)


def answered(prepared: Prepared, choice: Choice, *, answerability: float) -> Summary:
    """Return a choice that a model made as a summary; without pieces it abstains, unless the limit is too small."""
    pairs = conflicts(prepared.asked, prepared.page, prepared.scores, prepared.sources) if prepared.scores else []
    abstained = not choice.spans and not choice.too_small
    return _summary(prepared, *_marked(prepared, choice, pairs), answerability=answerability, abstained=abstained)


def _marked(
    prepared: Prepared, choice: Choice, pairs: Sequence[tuple[int, int]]
) -> tuple[Choice, tuple[Conflict, ...]]:
    """Mark the chosen pieces that another place contradicts."""
    spans = dict(zip(choice.units, choice.spans, strict=True))
    found: list[Conflict] = []
    for later, earlier in pairs:
        if later in spans:
            spans[later] = replace(spans[later], conflict=True)
            other = span_of(prepared.page.units[earlier], prepared.sources, 0.0)
            found.append(Conflict(preferred=spans[later], other=other))
    return replace(choice, spans=tuple(spans.values())), tuple(found)


def _lead(prepared: Prepared, limit: Limit, *, answerability: float, abstained: bool) -> Summary:
    """Take segments from the beginning as long as they fit."""
    spans: list[SummarySpan] = []
    units = [(number, unit) for number, unit in enumerate(prepared.page.units) if unit.segment.kind != "heading"]
    for _, unit in units or list(enumerate(prepared.page.units)):
        span = span_of(unit, prepared.sources, 0.0)
        if not limit.allows([*spans, span]):
            break
        spans.append(span)
    too_small = bool(prepared.page.units) and not spans
    choice = Choice(spans=tuple(spans), units=(), too_small=too_small)
    made = _summary(prepared, choice, answerability=answerability, abstained=abstained)
    return replace(made, fallback_kind="lead" if spans and abstained else "")


def _summary(
    prepared: Prepared,
    choice: Choice,
    found: tuple[Conflict, ...] = (),
    *,
    answerability: float,
    abstained: bool = False,
) -> Summary:
    warnings = list(prepared.warnings)
    if choice.too_small:
        warnings.append(warning("limit_too_small", "the limit is smaller than the shortest piece that can stand alone"))
    for item in found:
        places = " and ".join(
            f"{span.document} {span.start}-{span.end}".strip() for span in (item.preferred, item.other)
        )
        warnings.append(warning("conflicting_values", f"{places} say different things; the later one is preferred"))
    return Summary(
        text=joined(choice.spans),
        spans=choice.spans,
        answerability=round(answerability, 4),
        abstained=abstained,
        coverage=covered(prepared.asked, choice.spans),
        conflicts=found,
        truncated=prepared.truncated,
        read=prepared.read,
        warnings=tuple(warnings),
        usage=Usage(seconds=time.perf_counter() - prepared.started),
    )


_HELD: Final = 0.5
"""Share of a facet's words that a summary must hold to speak of it."""


def covered(question: Asked, spans: Sequence[SummarySpan]) -> dict[str, bool]:
    """Say for each facet of the query whether the pieces speak of it."""
    held = frozenset[str]().union(*(tokens(span.text).terms for span in spans))
    return {name: len(terms & held) >= _HELD * len(terms) for name, terms in question.facets}
