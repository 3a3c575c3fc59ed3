"""Cut an answer into its parts, each with its labels, and set parts of two answers against each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from .brackets import outside
from .latex import clean

__all__ = ["Part", "aligned", "split"]

_LABEL: Final = re.compile(
    r"\((?P<round>\d{1,2})\)(?!\s*(?:[;,]|$))"
    r"|(?P<circled>[①-⑳])(?![\s,、和$)\]}]*(?:[①-⑳;]|$|\n))|\((?P<roman>i{1,3}|iv|v)\)"
    r"|(?<![\w.)])(?P<bare>i{1,3}|iv)\)|(?<![\w./\-+*=^])(?P<dotted>\d{1,2})\s*[.、)](?![\d.]|\\(?:dot|over))(?=\s*\S)"
    r"|(?:(?:第\s*(?P<blank>\d)\s*(?:空|问|小题))|(?:任务|[Tt]ask|[Pp]art|[Qq]uestion)\s*(?P<task>\d{1,2}))\s*[:,]?"
)
_BREAK: Final = re.compile(r"[;\n]|(?<=[^\d\s])\.\s+(?=[①-⑳(])")
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_UNFINISHED: Final = re.compile(r"(?:[是为:]|\bis|\bare|依次是|as follows)\s*$")
_FINISHED: Final = re.compile(r"\d\s*$")
_ENDS: Final = re.compile(r"^(?:[\s;,]|\.(?!\d))+|[\s;,.]+$")
_MOST_PARTS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of an answer."""

    label: tuple[int, ...]
    """The numbers before it, outer first; empty without one."""
    place: int
    """Which of the parts with this label it is."""
    text: str


def split(text: str) -> list[Part]:
    """Return the parts of an answer in order; at most 60."""
    text = clean(text).replace("$$", " ")
    if "\\begin" in text:
        text = re.sub(
            r"\\begin\{.*?\\end\{\w+\*?\}", lambda found: found.group().replace("\n", " "), text, flags=re.DOTALL
        )
    text = re.sub(r"^\s*(?:\[?故?(?:本题的?)?答案?[是为]?\s*[:;]|解\s*:)\s*", "", text)
    parts: list[Part] = []
    for label, piece in _labelled(text):
        place = 0
        for each in _joined(outside(piece, _BREAK)):
            kept = _ENDS.sub("", each)
            if kept.endswith("]") and kept.count("]") > len(re.findall(r"[\[(]", kept)) - kept.count(")"):
                kept = kept[:-1].rstrip(" .;")
            if kept and len(parts) < _MOST_PARTS:
                parts.append(Part(label=label, place=place, text=kept))
                place += 1
    return parts


def _joined(pieces: list[str]) -> list[str]:
    """Join a line to the one before that ends in ``is``, and a unit to its number."""
    found: list[str] = []
    for piece in pieces:
        if found and (
            _UNFINISHED.search(found[-1])
            or (
                _FINISHED.search(found[-1])
                and re.fullmatch(r"\s*(?:[平立]方)?(?:厘|分|千|毫)?[米升克].?|\s*(?:square|cubic) \w+.?", piece)
            )
        ):
            found[-1] = f"{found[-1].rstrip()} {piece.strip()}"
        else:
            found.append(piece)
    return found


def _labelled(text: str) -> list[tuple[tuple[int, ...], str]]:
    """Return the pieces between labels that count up."""
    found: list[tuple[tuple[int, ...], str]] = []
    outer: int | None = None
    inner: int | None = None
    start = 0
    for match in _LABEL.finditer(text):
        kind = match.lastgroup or ""
        number = _number(match)
        before = text[: match.start()].rstrip(" ")
        if not _stands(kind, before, text, match, outer, inner, number):
            continue
        found.append((_key(outer, inner), text[start : match.start()]))
        if kind in ("circled", "roman", "bare"):
            inner = number
        else:
            outer, inner = number, None
        start = match.end()
    found.append((_key(outer, inner), text[start:]))
    return [(label, piece) for label, piece in found if piece.strip(" ;,.\n$")]


def _number(match: re.Match[str]) -> int:
    if match["circled"]:
        return ord(match["circled"]) - ord("①") + 1
    roman = match["roman"] or match["bare"]
    return _ROMAN[roman] if roman else int(next(each for each in match.groups() if each))


def _stands(
    kind: str, before: str, text: str, match: re.Match[str], outer: int | None, inner: int | None, number: int
) -> bool:
    """Say whether a label is one: at a beginning, behind a stop, or counting up from the last."""
    stopped = before.endswith((";", "\n"))
    if not stopped and text[: match.start()].count("(") > text[: match.start()].count(")"):
        return False
    last = inner if kind in ("circled", "roman", "bare") else outer
    counts = (last is None and number <= 9) or (last is not None and last < number <= last + 2)
    counts = counts or (stopped and kind in ("round", "task") and number <= 9)
    if not counts:
        return kind == "circled" and last is not None and number == 1 and before[-1:] in ";\n,."
    if kind == "dotted":
        return not before or before.endswith("\n")
    if kind == "round" and re.search(r"[=+*/^-]$" if last == number - 1 else r"[A-Za-z0-9=+*/^-]$", before):
        return False
    if kind == "circled" and text[match.start() - 1].isspace():
        return True
    return not before or before[-1] in ";,.\n:)$°]} " or kind in ("round", "task", "blank") or before[-1] >= "\u4e00"


def _key(outer: int | None, inner: int | None) -> tuple[int, ...]:
    return tuple(each for each in (outer, inner) if each is not None)


def aligned(
    gold: Sequence[Part], given: Sequence[Part], same: Callable[[Part, Part], bool]
) -> tuple[list[Part | None], bool]:
    """Return what stands against each part of the right answer, and whether the prediction has more than that.

    By labels, where the prediction has those of the right answer; else by order, where there are as many; else by the
    best matching that keeps the order.
    """
    if any(part.label for part in gold) and any(part.label for part in given):
        table = {(part.label, part.place): part for part in given}
        if sum((part.label, part.place) in table for part in gold) >= min(len(gold), len(given)) / 2:
            return [table.get((part.label, part.place)) for part in gold], False
    if len(gold) == len(given):
        return list(given), False
    if len(gold) * len(given) > 900:
        return [*given[: len(gold)], *([None] * (len(gold) - len(given)))], len(given) > len(gold)
    return _best(gold, given, same), len(given) > len(gold)


def _best(gold: Sequence[Part], given: Sequence[Part], same: Callable[[Part, Part], bool]) -> list[Part | None]:
    """Match as many parts as can be right without crossing; the rest take what stands between."""
    hits = [[same(one, other) for other in given] for one in gold]
    best = [[0] * (len(given) + 1) for _ in range(len(gold) + 1)]
    for row in reversed(range(len(gold))):
        for column in reversed(range(len(given))):
            best[row][column] = max(
                best[row + 1][column], best[row][column + 1], best[row + 1][column + 1] + hits[row][column]
            )
    found: list[Part | None] = [None] * len(gold)
    row = column = 0
    while row < len(gold) and column < len(given):
        if hits[row][column] and best[row][column] == best[row + 1][column + 1] + 1:
            found[row] = given[column]
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            row += 1
        else:
            column += 1
    return found
