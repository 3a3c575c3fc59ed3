"""Cut a question into clauses that each ask for something of their own, with their places.

The splitter of tool retrieval finds sentences and requests; what it cuts in error (``buy and sell stocks``) is joined
again, and what it has no rule for (``and in which year``, ``if … then``) is cut further. Quoted words, and names with
an "and" in them, are masked first, so that nothing cuts inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from questline.tools.tool_retrieval.intents import asks, intent_spans
from questline.types import TextSpan

from .chat import CHAT, TOPIC
from .clause import Clause
from .closed_words import STARTS_WH, WH
from .ellipsis import is_ellipsis
from .joining import is_detail, is_help, joined, meets
from .requests import orders
from .terse import terse_marks, with_tails
from .values import Rule

__all__ = ["clauses", "masked"]


EDGES: Final = " \t\r\n,.;?!\"'，。；？！“”、"
_QUOTED: Final = re.compile(
    r'"[^"\n]{1,500}"|“[^”\n]{1,500}”|《[^》\n]{1,100}》|「[^」\n]{1,500}」|`[^`\n]{1,500}`|(?<!\w)\'[^\'\n]{1,500}\'(?!\w)'
)
_JOINT: Final = re.compile(
    r"\b(?:Trinidad and Tobago|Bosnia and Herzegovina|Antigua and Barbuda|Saint Kitts and Nevis|Turks and Caicos"
    r"|Saint Vincent and the Grenadines|S(?:a|ã)o Tom(?:e|é) and Pr(?:i|í)ncipe|Newfoundland and Labrador|Tyne and Wear"
    r"|Svalbard and Jan Mayen|Wallis and Futuna|Jammu and Kashmir|Saint Pierre and Miquelon|Hesse and by Rhine"
    r"|(?:Department|Ministry|Bureau|Institute|Office|Faculty|School|Museum|Academy) (?:of"
    r"|for) (?:[A-Z][\w-]+,? )+and [A-Z][\w-]+(?: [A-Z][\w-]+)*)"
)
_ITEM: Final = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•])[ \t]+(?=\S)", re.MULTILINE)
_LEAD: Final = re.compile(
    r"(?:(?:and|then|also|next|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|lastly|after (?:that|this)|afterwards?"
    r"|additionally|furthermore|moreover|in addition|subsequently)\b[,:]?\s+"
    r"|(?:首先|然后|接着|随后|之后|另外|同时|还有|以及|顺便"
    r"|最后|并且|先|再|并)[，,]?\s*)+",
    re.IGNORECASE,
)
_SEQUENCE: Final = re.compile(
    r"\b(?:then|after (?:that|this|which)|afterwards?|subsequently)\b|然后|接着|随后|之后|再", re.IGNORECASE
)
_MORE: Final = re.compile(
    rf",?\s+and,?\s+(?=(?:based\s+on|using|use|with)\s+(?:that|this|it|the\s+(?:results?|answer))\b|if\s"
    rf"|(?:is|are|was|were)\s+there\b|(?:also\s+)?(?:would\s+like|want|need)\s+to\s+(?:know|find|get|see|book"
    rf"|have)\b|i(?:'d|\s+(?:also\s+)?(?:need|want|would))\b|(?:in|at|on|to|from|for|by|of|under|with|since|until|till"
    rf"|during|about)\s+{WH}\b"
    rf"|(?:is|are|was|were|does|do|did|has)\s+(?:it|that|this|they|he|she)\b"
    r"|(?:extract|use|multiply|divide|add|subtract|sum|average|email|e-mail|rank|highlight)\s+(?:the|it|them"
    r"|that|all|this)\b)"
    r"|,\s+(?=(?:who|what|when|why)\s+\w)"
    rf"|,\s+(?=(?:how (?:much|many|long|old|deep|tall|high|far|big|large|fast)|{WH} (?:is|are|was|were|does|do"
    rf"|did|own|owns|wrote|made|built|founded)|how)\b)"
    r"|[，,]\s*(?=(?:然后|接着|随后|之后|再|并且?|同时|另外|还有|以及|顺便|最后)[\u4e00-\u9fff])",
    re.IGNORECASE,
)
_QUESTION_MARKS: Final = frozenset("?？")
_SHORTEST: Final = 4
"""Words of a further request; "and in which year" belongs to what it follows."""
_IF: Final = re.compile(r"^if\s|^如果", re.IGNORECASE)
_PREAMBLE: Final = re.compile(
    r"^\s*(?P<words>(?:in|for|from|according to|using|based on|on|given|within|about|at"
    r"|regarding)\s[^,?!.;]{2,120}),\s+"
    rf"(?=(?:{WH}|is|are|was|were|does|do|did)\b)",
    re.IGNORECASE,
)
_TRAILING_LEAD: Final = re.compile(
    r"\s*[,;.]\s*(?:and\s+)?(?:then|after (?:that|this)|afterwards?|next|subsequently)$", re.IGNORECASE
)
_SUBJECT: Final = re.compile(r"^(?:i|he|she|it|they|we|you|the|an?|this|that|there)\b", re.IGNORECASE)
_TASKS: Final = re.compile(
    r"^(?:(?:hi|hello|hey)\b\W*)?(?:can|could|would|will) you (?:please )?(?:help|assist) (?:me|us) (?:with|plan"
    r"|solve|understand) ",
    re.IGNORECASE,
)
_ORDINAL: Final = re.compile(
    r"^(?:first|second|third|fourth|next|last)(?:ly)?,\s|^(?:finally|after that),\s", re.IGNORECASE
)
_FURTHER: Final = re.compile(
    r"^(?:also|additionally|in addition|furthermore|moreover)\b.*\b(?:you could|could you|can you|i(?:'d| would))\b",
    re.IGNORECASE,
)
_GREETING: Final = re.compile(
    r"^(?:greetings|hi|hello|hey|good (?:morning|day|afternoon|evening)|dear|你好|您好)\b", re.IGNORECASE
)


def masked(question: str) -> str:
    """Return `question`, as long as before, with quoted words and joint names made one word each.

    >>> masked("Who lives in Trinidad and Tobago?")
    'Who lives in Txxxxxxxxxxxxxxxxxx?'
    """

    def hidden(match: re.Match[str]) -> str:
        whole = not (question[: match.start()] + question[match.end() :]).strip(EDGES)
        return match[0] if whole else match[0][0] + "x" * (len(match[0]) - 2) + match[0][-1]

    quoted = _QUOTED.sub(hidden, question)
    return _JOINT.sub(lambda match: match[0][0] + "x" * (len(match[0]) - 1), quoted)


def clauses(question: str) -> tuple[list[Clause], TextSpan | None]:
    """Return the clauses of `question` in order, and what opens it and belongs to all, if there is such a thing.

    That is a statement before the first request, whose text ends in a full stop, or a phrase (``In the sales table``).
    """
    text = _ITEM.sub(lambda match: " " * len(match[0]), masked(question))
    chat = CHAT.match(text)
    if chat:
        text = " " * chat.end() + text[chat.end() :]
    topic = TOPIC.match(text)
    if topic:
        text = " " * topic.end() + text[topic.end() :]
    found: list[Clause] = []
    opening: TextSpan | None = None
    phrase = _PREAMBLE.match(text)
    if phrase:
        start, end = phrase.span("words")
        opening = TextSpan(start=start, end=end, text=question[start:end] + ", ")
        text = " " * phrase.end() + text[phrase.end() :]
    for start, end, apart in _blocks(question):
        rule: Rule = apart if found else "sentence"
        for part in (each for one in intent_spans(text[start:end]) for each in _by_orders(one)):
            pieces = [TextSpan(start=start + each.start, end=start + each.end, text=each.text) for each in part]
            if not found and opening is None:
                pieces, opening = _opening(pieces, question)
            elif len(found) == 1 and meets(pieces[0].text, text[found[0].start : found[0].end]):
                if opening is None:
                    opening = _statement(question, found.pop())
                else:
                    pieces[0] = replace(pieces[0], start=found.pop().start)
            for clause in _grouped(pieces, text, rule):
                _append(found, clause, text)
            rule = "sentence"
    if len(found) > 2 and opening is None and _TASKS.match(text[found[0].start : found[0].end]):
        opening = _statement(question, found.pop(0))
    whole = with_tails([cut for clause in found for cut in _cut_further(clause, text)], text)
    return [_led(clause, text, first=not place) for place, clause in enumerate(whole)], opening


def _blocks(question: str) -> Iterator[tuple[int, int, Rule]]:
    """Yield the stretches between the starts of list items, or of questions behind one without a verb."""
    starts = [match.start() for match in _ITEM.finditer(question)]
    if len(starts) > 1:
        places = [0, *(start for start in starts if start), len(question)]
        for start, end in pairwise(places):
            yield start, end, "list" if start else "sentence"
    else:
        for start, end in pairwise([0, *terse_marks(question), len(question)]):
            yield start, end, "sentence"


def _by_orders(part: Sequence[TextSpan]) -> Iterator[Sequence[TextSpan]]:
    """Part orders whose verbs the splitter does not know ("Name the supplier.") from each other and from requests."""
    start = 0
    for place in range(1, len(part)):
        before, text = part[start].text, part[place].text
        if orders(before) and not asks(before) and (asks(text) or (orders(text) and not is_detail(text))):
            yield part[start:place]
            start = place
    yield part[start:]


def _opening(pieces: list[TextSpan], question: str) -> tuple[list[TextSpan], TextSpan | None]:
    """Part the statements before the first request from it; a condition is none, nor is a greeting."""
    first = next((place for place, piece in enumerate(pieces) if asks(piece.text)), 0)
    asked = first and question[pieces[first - 1].end : pieces[first - 1].end + 1] in _QUESTION_MARKS
    if not first or asked or _IF.match(pieces[0].text) or _GREETING.match(pieces[0].text):
        return pieces, None
    before = Clause(start=pieces[0].start, end=pieces[first - 1].end)
    if len(question[before.start : before.end].split()) < _SHORTEST and question.isascii():
        return pieces, None
    return pieces[first:], _statement(question, before)


def _statement(question: str, clause: Clause) -> TextSpan:
    return TextSpan(start=clause.start, end=clause.end, text=question[clause.start : clause.end] + ". ")


def _grouped(pieces: list[TextSpan], text: str, rule: Rule) -> Iterator[Clause]:
    current = Clause(start=pieces[0].start, end=pieces[0].end, rule=rule)
    for before, piece in pairwise(pieces):
        gap = text[before.end : piece.start].casefold()
        if _IF.match(before.text) and "then" in gap and before.start == current.start:
            opens = _IF.match(before.text)
            yield replace(current, start=current.start + (opens.end() if opens else 0), kind="condition")
            current = Clause(start=piece.start, end=piece.end, rule="condition")
        elif _FURTHER.match(piece.text) or _ORDINAL.match(piece.text):
            yield current
            current = Clause(start=piece.start, end=piece.end, rule="sentence")
        elif _goes_on(gap, piece.text):
            yield current
            current = Clause(start=piece.start, end=piece.end, rule="sequence")
        elif _asks_in_chinese(gap, piece, text):
            yield current
            current = Clause(start=piece.start, end=piece.end, rule="sentence")
        elif is_ellipsis(piece.text):
            yield current
            current = Clause(start=piece.start, end=piece.end, rule="ellipsis")
        else:
            current = replace(current, end=piece.end)
    yield current


def _goes_on(gap: str, text: str) -> bool:
    """Whether a piece after "then" is a request whose verb the splitter does not know."""
    return "then" in gap and len(text.split()) > 2 and not _SUBJECT.match(text)


def _asks_in_chinese(gap: str, piece: TextSpan, text: str) -> bool:
    """Whether a piece is a short Chinese question of its own, with its mark."""
    marked = text[piece.end : piece.end + 1] in {"？", "?"} and not is_ellipsis(piece.text)
    return (
        marked
        and re.search("[。！？；?!]", gap) is not None
        and re.search("[\u4e00-\u9fff]{3}", piece.text) is not None
    )


def _append(found: list[Clause], clause: Clause, text: str) -> None:
    """Add a clause, or join it to the one before where the cut between them was none."""
    if not found or clause.rule != "sentence":
        found.append(clause)
        return
    before = found[-1]
    trailing = _TRAILING_LEAD.search(text[before.start : before.end])
    if trailing:
        before = found[-1] = replace(before, end=before.start + trailing.start())
    gap = text[before.end : clause.start]
    said = text[clause.start : clause.end]
    opens = _ORDINAL.match(text[before.start : before.end])
    if opens and not asks(text[before.start + opens.end() : before.end]) and not _ORDINAL.match(said):
        found[-1] = replace(before, end=clause.end)
        return
    if is_help(said) or (is_detail(said) and not _SEQUENCE.search(gap)):
        found[-1] = replace(before, end=clause.end)
    elif _SEQUENCE.search(gap):
        found.append(replace(clause, rule="sequence"))
    elif re.search(r"[.?!;；。？！\n]", gap):
        found.append(clause)
    elif joined(text[before.start : before.end], gap, said):
        found[-1] = replace(before, end=clause.end)
    else:
        found.append(replace(clause, rule="clause"))


def _cut_further(clause: Clause, text: str) -> Iterator[Clause]:
    if clause.kind:
        yield clause
        return
    start, rule = clause.start, clause.rule
    body = text[clause.start : clause.end]
    for match in _MORE.finditer(body):
        left, right = text[start : clause.start + match.start()], body[match.end() :]
        chinese = not right[:1].isascii()
        if not asks(left) or is_detail(right) or (len(right.split()) < _SHORTEST and not chinese):
            continue
        if (
            "and" not in match[0]
            and not chinese
            and not (STARTS_WH.match(left) and re.search(rf"\band\s+{WH}\b", text[clause.start :]))
        ):
            continue
        yield Clause(start=start, end=clause.start + match.start(), rule=rule)
        start = clause.start + match.end()
        rule = "clause"
        if chinese and _SEQUENCE.match(right):
            rule = "sequence"
    yield Clause(start=start, end=clause.end, rule=rule)


def _led(clause: Clause, text: str, *, first: bool) -> Clause:
    """Take the words off that only link a clause to the one before it, and edges; a closing quote stays."""
    body = text[clause.start : clause.end]
    lead = _LEAD.match(body)
    start, end = clause.start, clause.end
    rule = clause.rule
    if lead and lead.end() < len(body) and rule != "ellipsis":
        start += lead.end()
        if not first and _SEQUENCE.search(lead[0]):
            rule = "sequence"
    inside = text[start:end]
    if (
        text[end : end + 1] in {'"', "'", "”"}
        and text[end : end + 1]
        and inside.count('"') % 2 + inside.count("“") - inside.count("”")
    ):
        end += 1
    return replace(clause, start=start, end=end, rule=rule)
