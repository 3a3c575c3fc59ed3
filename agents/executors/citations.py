"""From a model's text with ``[1]`` markers to the text that is shown, its citations, and its shortest form.

The same filter serves the finished text and the stream, so that what was streamed is the beginning of what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.fencing import INDEXED, MAX_MARKER, inline
from questline.tools.text import sentences
from questline.types import AnswerWarning, Citation, TextSpan

__all__ = ["UNANSWERABLE", "CitedText", "TextFilter", "citation_warnings", "cite", "parse_answer"]

UNANSWERABLE: Final = "UNANSWERABLE"
"""What the prompts ask for when the evidence does not hold the answer."""

_MARKER: Final = re.compile(r"\s*[\[［【]\s*(\d{1,3}(?:\s*[,;，、–-]\s*\d{1,3})*)\s*[\]］】]")
_RUN: Final = re.compile(rf"(?:{_MARKER.pattern})*")
_UNFINISHED: Final = re.compile(rf"{_RUN.pattern}\s*(?:[\[［【][\d\s,;，、–-]*)?\Z")
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*[._]\w")
_STOPS: Final = ".!?…。！？"
_ENDS: Final = re.compile(rf"\s*\Z|[ \t]*\n|[{_STOPS}]")
_SHORT: Final = re.compile(r"(?:\A|\n)\s*=>[ \t]*")
_SHORT_BEGINS: Final = re.compile(r"(?:\A|\n)\s*=?\Z")
_AROUND: Final = " \t\n.\"'*`"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedText:
    """A model's answer, read."""

    text: str
    """What to show, without markers; empty when it abstains."""
    short: str
    marks: tuple[tuple[int, int], ...] = ()
    """Pairs (place in ``text``, number): where a marker stood, and what it said."""
    abstained: bool = False


class TextFilter:
    """Turns pieces of a model's text into pieces of what is shown, as they arrive.

    Held back: markers, everything from the ``=>`` line on, leading white space, and a text that begins like
    `UNANSWERABLE`. What could still become one of these waits for the next piece; so do markers at the end, as what
    follows them says what they are.

    Args:
        items: How many items the prompt numbers, as for `parse_answer`.
        quoted: Words with a number in brackets that stand in the prompt, as for `parse_answer`.
    """

    def __init__(self, *, items: int | None = None, quoted: frozenset[str] = frozenset()) -> None:
        self._items, self._quoted = items, quoted
        self._raw = ""
        self.shown = ""
        """All that was returned so far."""

    def feed(self, piece: str) -> str:
        """Add the next piece of the model's text; return what can be shown now."""
        self._raw += piece
        settled = _settled(self._raw, self._items, self._quoted)
        if not settled.startswith(self.shown):  # nothing is taken back here: the finished text decides
            return ""
        fresh = settled[len(self.shown) :]
        self.shown = settled
        return fresh


def parse_answer(text: str, *, items: int | None = None, quoted: frozenset[str] = frozenset()) -> CitedText:
    """Read a model's answer: sentences with markers, then a line ``=> short form`` (which may be missing).

    Args:
        text: What the model wrote.
        items: How many items the prompt numbers. A number above it is a marker only at the end of a sentence, and only
            up to `MAX_MARKER`; anywhere else it is text (``RFC [123]``). None takes every number for a marker.
        quoted: Words with a number in brackets that stand in the prompt (`questline.tools.fencing.indexed`): they are
            text, as is every name with a dot or an underscore and a number glued to it (``sys.argv[1]``).

    Raises:
        ValueError: There is nothing to show, with a message for the model.
    """
    body, tail = _partition(text)
    shown, marks = _without_markers(body, items, quoted)
    short, short_marks = _without_markers(tail or "", items, quoted)
    if _abstains(shown) or _abstains(short):
        return CitedText(text="", short="", abstained=True)
    if not shown:
        shown, marks = short, short_marks
    if not shown:
        raise ValueError(f"write the answer, or {UNANSWERABLE}")
    return CitedText(text=shown, short=short or _shortened(shown), marks=marks)


def cite(
    answer: CitedText, sources: Mapping[int, Sequence[str]]
) -> tuple[tuple[Citation, ...], list[int], list[TextSpan]]:
    """Attach evidence to sentences.

    Args:
        answer: What `parse_answer` read.
        sources: The evidence ids behind each number that was shown to the model.

    Returns:
        The citations (one per sentence and evidence, in order), the numbers that stand for nothing, and the sentences
        without a citation.
    """
    spans = sentences(answer.text)
    cited: list[Citation] = []
    bare: list[TextSpan] = []
    for position, span in enumerate(spans):
        ids = [
            evidence
            for place, number in answer.marks
            if (span.start < place <= span.end) or (position == 0 and place <= span.start)
            for evidence in sources.get(number, ())
        ]
        cited += [Citation(start=span.start, end=span.end, evidence_id=evidence) for evidence in dict.fromkeys(ids)]
        if not ids:
            bare.append(span)
    foreign = sorted({number for _, number in answer.marks if number not in sources})
    return tuple(cited), foreign, bare


def citation_warnings(step: str, foreign: list[int], bare: list[TextSpan]) -> tuple[AnswerWarning, ...]:
    """Warn of numbers that stand for nothing and of each sentence without support."""
    warnings = [
        AnswerWarning(
            code="unsupported_sentence", message=f"nothing is cited for: {inline(span.text, limit=200)}", step=step
        )
        for span in bare
    ]
    if foreign:
        numbers = ", ".join(map(str, foreign))
        message = f"the answer cited what it was not given: {numbers}; these citations were dropped"
        warnings.insert(0, AnswerWarning(code="foreign_citation", message=message, step=step))
    return tuple(warnings)


def _partition(text: str) -> tuple[str, str | None]:
    """Split at the first ``=>`` that begins a line; None when there is none."""
    match = _SHORT.search(text)
    return (text[: match.start()], text[match.end() :].strip().partition("\n")[0]) if match else (text, None)


def _settled(raw: str, items: int | None, quoted: frozenset[str]) -> str:
    """Return the part of what is shown that no later piece can change."""
    body, short = _partition(raw)
    begin = body.strip(_AROUND)[: len(UNANSWERABLE)].upper()
    if begin == UNANSWERABLE or (short is None and UNANSWERABLE.startswith(begin)):
        return ""
    if short is None:
        for unfinished in (_SHORT_BEGINS, _UNFINISHED):
            match = unfinished.search(body)
            body = body[: match.start()] if match else body
    return _without_markers(body, items, quoted)[0]


def _without_markers(text: str, items: int | None, quoted: frozenset[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return `text` without markers and the white space before them, and where each number stood."""
    names = _names(text, quoted)
    shown = ""
    marks: list[tuple[int, int]] = []
    position = 0
    for match in _MARKER.finditer(text):
        if any(start < match.start() and match.end() <= end for start, end in names):
            continue
        if items is not None and not _is_marker(match, shown + text[position : match.start()], items):
            continue
        shown = (shown + text[position : match.start()]).lstrip()
        marks += [(len(shown), number) for number in _numbers(match.group(1))]
        position = match.end()
    shown = (shown + text[position:]).strip()
    return shown, tuple((min(place, len(shown)), number) for place, number in marks)


def _names(text: str, quoted: frozenset[str]) -> list[tuple[int, int]]:
    """Return the places of names with numbers in brackets that are not markers."""
    places: list[tuple[int, int]] = []
    for match in INDEXED.finditer(text):
        word = match[0]
        ends = [place + 1 for place, character in enumerate(word) if character == "]"]
        known = [end for end in ends if any(each.endswith(word[:end]) for each in quoted)]
        if known:
            places.append((match.start(), match.start() + known[-1]))
        elif _DOTTED.match(word):
            places.append(match.span())
    return places


def _is_marker(match: re.Match[str], before: str, items: int) -> bool:
    """Say whether numbers in brackets are a citation, be it of something that was not given."""
    numbers = _numbers(match[1])
    if any(0 < number <= items for number in numbers):
        return True
    run = _RUN.match(match.string, match.end())
    ends = _ENDS.match(match.string, run.end() if run else match.end())
    return max(numbers) <= MAX_MARKER and bool(ends or before.rstrip().endswith(tuple(_STOPS)))


def _numbers(text: str) -> list[int]:
    """Read ``1``, ``1, 3`` or ``2-4``."""
    numbers: list[int] = []
    for part in re.split(r"[,;，、]", text):
        first, *rest = (int(number) for number in re.findall(r"\d+", part))
        last = rest[-1] if rest else first
        numbers += range(first, last + 1) if first <= last <= first + 20 else dict.fromkeys((first, last))
    return numbers


def _abstains(text: str) -> bool:
    """Say whether the word is the whole text, or its first or last sentence; inside a sentence it is quoted."""
    if text.strip(_AROUND).upper() == UNANSWERABLE:
        return True
    said = [span.text.strip(_AROUND) for span in sentences(text)]
    return bool(said) and UNANSWERABLE in (said[0], said[-1])


def _shortened(text: str) -> str:
    """Return a lone sentence without its full stop; a longer text has no shorter form that a rule could find."""
    return text.rstrip(" .。") if len(sentences(text)) == 1 else text
