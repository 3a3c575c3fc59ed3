"""An answer by templates: of each intent what its findings say, comparisons and conflicts, or that it is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from questline.agents.contract import Context
from questline.agents.intents.values import Intent, Intents
from questline.agents.tool_executor.asked import Asked, asked_of
from questline.tools.reading.relations import NAME
from questline.tools.stopping import check
from questline.tools.text import content_terms, words
from questline.tools.text import sentences as text_sentences
from questline.types import Evidence

from .comparing import compared, conflict_of, same
from .contract import Conflict, Dropped, Finding, Missing
from .faithfulness import unsupported
from .holding import held, worked_of
from .sentences import Piece, Sentence, ended, first_faithful
from .templates import piece_of

__all__ = ["Draft", "Part", "drafted"]

_NAMED: Final = re.compile(NAME)
_SHORT: Final = 200
_ENOUGH: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is said of one intent."""

    intent: int
    sentences: tuple[Sentence, ...] = ()
    short: str = ""
    sources: frozenset[str] = frozenset()
    """Ids of the evidence of the findings that answer: a sentence that cites one of them speaks of this intent."""
    conflict: tuple[Conflict, Sentence] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All parts, in the order of the intents."""

    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]
    evidence: Mapping[str, Evidence]
    """All that may be cited, by id."""
    dropped: tuple[Dropped, ...] = ()
    notes: Mapping[int, tuple[str, ...]]
    """By position in ``missing`` the ids that say so: the calls that found nothing."""


def drafted(intents: Intents, findings: Sequence[Finding], missing: Sequence[Missing], context: Context) -> Draft:
    """Compose by templates; runs in a thread.

    Args:
        intents: Of the question.
        findings: The tasks that are done.
        missing: What is known not to be answered.
        context: The encoders.
    """
    evidence = {each.id: each for finding in findings for each in finding.result.evidence}
    parts: list[Part] = []
    unfound: list[Missing] = []
    cites: dict[int, tuple[str, ...]] = {}
    dropped: list[Dropped] = []
    for position, intent in enumerate(intents.items):
        check()
        work = _Work(position, intent, findings, evidence, context)
        known = any(each.intent == position for each in missing)
        part = work.part(partial=known)
        parts.append(part)
        evidence |= work.made
        dropped += work.dropped
        if known:
            continue
        for lost, calls in work.unfound(part):
            quoted_whole = len(text_sentences(lost.text)) < 2  # a note in pieces would cite calls that bear no piece
            cites[len(missing) + len(unfound)] = calls if quoted_whole else ()
            unfound.append(lost)
    return Draft(
        parts=tuple(parts),
        missing=(*missing, *unfound),
        evidence=evidence,
        dropped=tuple(dropped),
        notes=cites,
    )


def _speaks_of(evidence: Sequence[Evidence], asked: Asked) -> bool:
    """Say whether evidence holds enough words of an intent: only then can it contradict other evidence of it."""
    held = set(content_terms(" ".join(f"{each.title} {each.text}" for each in evidence).replace("_", " ")))
    return len(asked.terms & held) >= _ENOUGH * len(asked.terms)


class _Work:
    """One intent while it is put into words."""

    def __init__(
        self,
        position: int,
        intent: Intent,
        findings: Sequence[Finding],
        evidence: Mapping[str, Evidence],
        context: Context,
    ) -> None:
        self._position, self._intent, self._context = position, intent, context
        self._all, self._evidence = {each.task.id: each for each in findings}, evidence
        serving = [each for each in findings if position in each.intents]
        fed = {earlier for each in serving for earlier in each.task.depends_on}
        self.leaves = [
            each for each in serving if each.task.id not in fed and (not each.feeds or self._is_its_own(each))
        ]
        self._helps = [each for each in serving if each not in self.leaves]
        self._empty: list[Finding] = []
        self._short_of: Missing | None = None
        self.made: dict[str, Evidence] = {}
        self.dropped: list[Dropped] = []

    def _is_its_own(self, finding: Finding) -> bool:
        """Say whether a task was asked just this intent, and so answers it, whatever else its result goes into."""
        return words(finding.task.intent) == words(self._intent.text)

    def unfound(self, part: Part) -> Iterator[tuple[Missing, tuple[str, ...]]]:
        """Yield what is not answered though nothing failed, with the ids of the calls that found nothing.

        Of tasks that were asked the same, one that answers is enough.
        """
        if not self.leaves:
            code = "dependency_failed" if self._helps else "no_tool"
            yield Missing(intent=self._position, text=self._intent.text, code=code), ()
        elif not part.sentences:
            yield self._lost(self._intent.text, self.leaves)
        elif not self._alike:
            for leaf in self._empty:
                yield self._lost(leaf.task.intent, [leaf])
        elif self._short_of is not None:
            yield self._short_of, ()

    def _lost(self, text: str, leaves: Sequence[Finding]) -> tuple[Missing, tuple[str, ...]]:
        asked = ", ".join(dict.fromkeys(f"{each.task.server}/{each.task.tool}" for each in leaves))
        calls = tuple(each.id for leaf in leaves for each in leaf.result.evidence if each.kind == "tool")
        code = "unsupported" if self.dropped else "not_found"
        return Missing(intent=self._position, text=text, code=code, server=asked), calls

    @property
    def _alike(self) -> bool:
        """Whether all findings that answer were asked the same."""
        return len({leaf.task.intent.strip() for leaf in self.leaves}) <= 1

    def part(self, *, partial: bool) -> Part:
        """Return what is said.

        Args:
            partial: Something of the intent is known to be missing: then also what was found on the way is said, where
                it has a question of its own.
        """
        pieces = [self._held(self._of_member(self._piece(leaf), leaf), leaf) for leaf in self.leaves]
        self._empty = [leaf for leaf, piece in zip(self.leaves, pieces, strict=True) if not piece.found]
        sentences = [sentence for piece in pieces for sentence in piece.sentences]
        if partial:
            sentences += [sentence for each in self._helps for sentence in self._help(each)]
        sentences += self._comparison(pieces)
        conflict = self._conflict(pieces)
        shorts: list[Piece] = []
        for piece in pieces:
            if piece.found and piece.short and not any(same(piece, other) for other in shorts):
                shorts.append(piece)
        return Part(
            intent=self._position,
            sentences=tuple(dict.fromkeys(sentences)),
            short="; ".join(piece.short for piece in shorts)[:_SHORT],
            sources=frozenset(each.id for leaf in self.leaves for each in leaf.result.evidence),
            conflict=conflict,
        )

    def _held(self, piece: Piece, leaf: Finding) -> Piece:
        """Return what answers: nothing of another kind than what is asked for, and no short form of what is only near.

        What is near (in another unit, or still to be reckoned with) is told, and the intent is not answered by it.
        """
        compares = self._intent.kind == "compare" and (len(self.leaves) > 1 or bool(piece.items))
        if not piece.found or compares:
            return piece
        text = " ".join(each.text for each in piece.sentences)
        fit, code, what = held(self._asked(leaf), self._intent.text, leaf, text, leaf.result.evidence)
        if fit == "fits" and leaf.task.depends_on:
            fit, code, what = worked_of(self._intent.text, leaf, self._cited(leaf))
        if fit == "fits":
            return piece
        if fit == "other":
            return Piece()
        self._short_of = Missing(intent=self._position, text=self._intent.text, code=code, message=what)
        return replace(piece, short="", raw="")

    def _asked(self, finding: Finding) -> Asked:
        own = finding.task.intent.strip()
        return asked_of(self._intent.text if self._alike or not own else own)

    def _piece(self, finding: Finding) -> Piece:
        return self._said(finding, self._asked(finding))

    def _help(self, finding: Finding) -> Iterator[Sentence]:
        own = finding.task.intent.strip()
        if not own or own == self._intent.text.strip():
            return
        piece = self._said(finding, asked_of(own))
        text = " ".join(each.text for each in piece.sentences)
        fit = held(asked_of(own), own, finding, text, finding.result.evidence)[0] if piece.found else "other"
        if fit == "fits" and not set(words(piece.short)) <= set(words(own)):  # what is asked about is no answer
            yield from piece.sentences

    def _said(self, finding: Finding, asked: Asked) -> Piece:
        """Return a piece without the sentences that their evidence does not bear, and with what went into it cited."""
        evidence = self._cited(finding)
        piece = piece_of(finding, asked, evidence, self._context)
        own = {each.id for each in finding.result.evidence}
        earlier = tuple(each.id for each in evidence if each.id not in own)
        known = {**self._evidence, **{each.id: each for each in piece.evidence}}
        kept: list[Sentence] = []
        self.dropped += piece.dropped
        for told in piece.sentences:
            sentence = replace(told, cites=tuple(dict.fromkeys((*told.cites, *earlier))))
            reasons = unsupported(
                sentence.text, [known[each] for each in sentence.cites if each in known], question=self._intent.text
            )
            if reasons:
                self.dropped.append(Dropped(text=sentence.text, reasons=reasons))
            else:
                kept.append(sentence)
        self.made |= {each.id: each for each in piece.evidence}
        return replace(piece, sentences=tuple(kept))

    def _cited(self, finding: Finding) -> list[Evidence]:
        """Return the evidence of a finding, and of all whose results went into it."""
        seen: dict[str, Finding] = {}
        queue = [finding]
        while queue:
            here = queue.pop(0)
            if here.task.id not in seen:
                seen[here.task.id] = here
                queue += [self._all[name] for name in here.task.depends_on if name in self._all]
        return list({each.id: each for one in seen.values() for each in one.result.evidence}.values())

    def _comparison(self, pieces: Sequence[Piece]) -> list[Sentence]:
        if self._intent.kind != "compare":
            return []
        values: dict[str, str] = {}
        if len(pieces) == 1:
            values = dict(pieces[0].items)
        elif len(pieces) == len(self._intent.members):
            for piece, leaf in zip(pieces, self.leaves, strict=True):
                member = self._member(leaf)
                if member and piece.raw:
                    values[member] = piece.raw
        evidence = [each for leaf in self.leaves for each in self._cited(leaf)]
        name = f"{self.leaves[0].task.id}/difference" if self.leaves else ""
        found = compared(values, asked_of(self._intent.text), evidence, name=name)
        if found is None:
            return []
        self.made[found[1].id] = found[1]
        return [found[0]]

    def _of_member(self, piece: Piece, leaf: Finding) -> Piece:
        """Return what a member of a comparison is worth behind its name, where no statement could be made of it."""
        member = self._member(leaf) if self._intent.kind == "compare" else None
        if (
            member is None
            or len(piece.sentences) != 1
            or not piece.sentences[0].text.endswith(ended(f": {piece.short}"))
        ):
            return piece
        sentence, _ = first_faithful(
            (ended(f"{member}: {piece.short}"),), self._cited(leaf), question=self._intent.text
        )
        return replace(piece, sentences=(sentence,)) if sentence else piece

    def _member(self, leaf: Finding) -> str | None:
        """Return the member of a comparison that a task looked up: the one more of whose words it says."""
        said = set(content_terms(f"{leaf.task.intent} {dict(leaf.task.arguments)}"))
        shares = [
            (len(said & terms) / len(terms), each.text)
            for each in self._intent.members
            if (terms := set(content_terms(each.text)))
        ]
        best = max(shares, default=(0.0, ""))
        if not best[0] or sum(share == best[0] for share, _ in shares) > 1:
            return None
        name = _NAMED.search(best[1])
        return name[0] if name else best[1]

    def _conflict(self, pieces: Sequence[Piece]) -> tuple[Conflict, Sentence] | None:
        if self._intent.kind == "compare" or not self._alike:
            return None
        sources = [leaf.result.evidence for leaf in self.leaves]
        pieces = [
            piece if _speaks_of(own, asked_of(self._intent.text)) else Piece()
            for piece, own in zip(pieces, sources, strict=True)
        ]
        found = conflict_of(self._position, pieces, sources, chinese=asked_of(self._intent.text).chinese)
        if found is None:
            return None
        held = [self._evidence[each] for each in found[1].cites if each in self._evidence]
        reasons = unsupported(found[1].text, held, question=self._intent.text)
        if reasons:
            self.dropped.append(Dropped(text=found[1].text, reasons=reasons))
        return None if reasons else found
