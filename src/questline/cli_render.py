"""An answer on the terminal: text with numbered citations, sources, status, warnings, and the trace as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from questline.cli_console import counted, plain

if TYPE_CHECKING:
    from questline.types import Answer, Citation, Evidence, LedgerEntry, MissingPart, Task, Usage

__all__ = ["NOTES", "cited", "render_answer", "render_trace", "sources_of"]

NOTES: Final = frozenset({"extractive"})
"""Warnings that every answer of a backend carries: a note beside the answer, no fault of it."""
_QUOTE: Final = 200
"""Characters of a quotation that are shown."""
_EXTRACTED: Final = (".md", ".markdown", ".mdx", ".html", ".htm", ".xhtml", ".pdf", ".docx")
"""Files whose text is read out of something else: places are those of the text, without marks and tags."""
_SHORT: Final = 8
"""Words up to which a short form is shown above the sentences that it was read out of."""
_STATUS: Final = {
    "complete": "complete",
    "partial": "partial: some of the question is not answered",
    "abstained": "abstained",
    "needs_input": "needs input from you",
    "no_tool": "no tool can answer this",
    "budget_exhausted": "the budget was used up before the answer was complete",
}

_NOTHING: Final = "not answered: what kept it from an answer is named here"


def sources_of(answer: Answer) -> dict[str, tuple[int, Evidence]]:
    """Number the cited evidence from 1, in the order in which the answer cites it, by evidence id."""
    known = {evidence.id: evidence for evidence in answer.evidence}
    cited_ids = dict.fromkeys(citation.evidence_id for citation in _in_order(answer) if citation.evidence_id in known)
    return {each: (number, known[each]) for number, each in enumerate(cited_ids, start=1)}


def cited(answer: Answer) -> str:
    """Return the answer's text with ``[1]`` after each span that rests on source 1."""
    sources = sources_of(answer)
    marks: dict[int, dict[int, None]] = {}
    for citation in _in_order(answer):
        if citation.evidence_id in sources:
            place = min(max(citation.end, 0), len(answer.text))
            marks.setdefault(place, {})[sources[citation.evidence_id][0]] = None
    pieces: list[str] = []
    before = 0
    for place in sorted(marks):
        pieces += [answer.text[before:place], *(f"[{number}]" for number in marks[place])]
        before = place
    return "".join((*pieces, answer.text[before:]))


def render_answer(answer: Answer, *, text: bool = True) -> Group:
    """Lay out an answer.

    Args:
        answer: What to show.
        text: Whether to show the text too; False after it was streamed.
    """
    return Group(*_parts(answer, text=text))


def _parts(answer: Answer, *, text: bool) -> Iterator[RenderableType]:
    if _says_more_shortly(answer):
        yield Text(plain(answer.short), style="bold")
    if text and answer.text:
        yield Text(plain(cited(answer)))
    sources = sources_of(answer)
    if sources:
        yield Text("\nSources", style="bold")
        for number, evidence in sources.values():
            yield _source(number, evidence, _quote(answer, evidence))
    if answer.status != "complete":
        nothing = answer.status == "partial" and not answer.citations
        yield Text(f"\nStatus: {_NOTHING if nothing else _STATUS[answer.status]}", style="yellow")
    unsaid = [part for part in answer.missing if part.question not in answer.text]
    if unsaid:
        yield Text("\nNot answered", style="bold")
        yield from map(_missing, unsaid)
    for warning in (warning for warning in answer.warnings if warning.code not in NOTES):
        step = f" ({warning.step})" if warning.step else ""
        yield Text(plain(f"Warning [{warning.code}]{step}: {warning.message}"), style="yellow")
    if answer.suggestions:
        yield Text("\nYou could ask next", style="bold")
        yield from (Text(plain(f"  {suggestion}")) for suggestion in answer.suggestions)


def _missing(part: MissingPart) -> Text:
    needs = f" Needed: {', '.join(part.fields)}." if part.fields else ""
    said = f" {part.message}" if part.message else ""
    return Text(plain(f"missing [{part.code}]: “{part.question}”:{said}{needs}"), style="yellow")


def _says_more_shortly(answer: Answer) -> bool:
    """Say whether the short form deserves a line of its own: a name, date, number or verdict read out of sentences."""
    words = answer.short.split()
    return answer.backend == "embedded" and 0 < len(words) <= _SHORT and words != answer.text.split()


def _source(number: int, evidence: Evidence, quote: str) -> Text:
    where = plain(evidence.source)
    title = plain(evidence.title) or where
    line = Text.assemble((f"[{number}] ", "cyan"), (title, "bold"))
    if where and where != title:
        line.append(f" · {where}")
    if evidence.end:
        line.append(f" · {_place(evidence, quote)}", style="dim")
    if evidence.date:
        line.append(f" · {evidence.date}", style="dim")
    line.append(f"\n    “{_shown(quote)}”", style="italic")
    return line


def _place(evidence: Evidence, quote: str) -> str:
    """Tell where the quotation stands in its document; where the passage does, if these are not its very words."""
    within = evidence.text.find(quote)
    start = evidence.start + max(within, 0)
    end = evidence.end if within < 0 else start + len(quote)
    return f"characters {start}-{end}" + (" in its text" if evidence.source.lower().endswith(_EXTRACTED) else "")


def _quote(answer: Answer, evidence: Evidence) -> str:
    quotes = [each.quote for each in _in_order(answer) if each.evidence_id == evidence.id and each.quote]
    return quotes[0] if quotes else evidence.text


def _shown(quote: str) -> str:
    words = " ".join(plain(quote).split())
    return words if len(words) <= _QUOTE else words[: _QUOTE - 1].rstrip() + "…"


def _in_order(answer: Answer) -> list[Citation]:
    return sorted(answer.citations, key=lambda citation: (citation.end, citation.start))


def render_trace(answer: Answer) -> Tree:
    """Lay out how the question was answered: planner's decisions, steps with time, calls, tokens and cost, totals."""
    tree = Tree(Text(plain(answer.question), style="bold"), guide_style="dim")
    if answer.standalone_question and answer.standalone_question != answer.question:
        tree.add(Text(plain(f"read as: {answer.standalone_question}")))
    width = max((len(entry.step) for entry in answer.ledger.entries), default=0)
    homes = [_home(entry.task, answer.plan.tasks) for entry in answer.ledger.entries]
    for task in (None, *answer.plan.tasks):
        branch = tree if task is None else tree.add(_task(task))
        for entry, home in zip(answer.ledger.entries, homes, strict=True):
            if home is task:
                branch.add(_step(entry, width))
    for part in answer.missing:
        tree.add(_missing(part))
    total = answer.usage
    line = f"total {_cost(total, answer.ledger.wall_s)} · {counted(total.retrievals, 'retrieval')}"
    if total.cache_hits:
        line += f" · {counted(total.cache_hits, 'cache hit')}"
    tree.add(Text(f"{line} · {answer.status}", style="bold"))
    return tree


def _home(name: str, tasks: Sequence[Task]) -> Task | None:
    """Return the task that a step belongs to; a decision that began no task belongs to the last one of its question."""
    named = [task for task in tasks if task.id == name]
    loop = name.partition(".")[0] if name.startswith("s") else "q"
    related = [task for task in tasks if task.id.partition(".")[0] == loop or (loop == "q" and task.id[:1] == "q")]
    return (named or related or [None])[-1] if name else None


def _task(task: Task) -> Text:
    workflow = task.arguments.get("workflow", "")
    line = Text.assemble((f"{task.id} ", "cyan"), (str(workflow) or f"{task.server}.{task.tool}", "bold"))
    after = f" after {', '.join(task.depends_on)}" if task.depends_on else ""
    by = f" by {task.decided_by}" if task.decided_by else ""
    line.append(plain(f"{by}{after}: {task.intent}"))
    if task.reason:
        line.append(plain(f" ({task.reason})"), style="dim")
    line.append(f" · {task.status}", style="green" if task.status == "done" else "yellow")
    if task.result:
        line.append(plain(f" → {' '.join(task.result.split())[:_QUOTE]}"))
    return line


def _step(entry: LedgerEntry, width: int) -> Text:
    line = Text.assemble((f"{entry.step:<{width}} ", "cyan"), _cost(entry.usage, entry.usage.seconds))
    backend = entry.model or (entry.backend if entry.backend != "none" else "")
    if backend:
        line.append(f" · {plain(backend)}")
    if entry.degraded:
        line.append(" · degraded to embedded", style="yellow")
    if entry.detail:
        line.append(plain(f" · {entry.detail}"), style="dim")
    return line


def _cost(usage: Usage, seconds: float) -> str:
    time = f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
    about = "about " if usage.estimated else ""
    return f"{time:>7} · {counted(usage.calls, 'call')} · {about}{counted(usage.tokens, 'token')} · ${usage.usd:.5f}"
