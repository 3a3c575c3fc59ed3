"""Work a need out of what is looked up first: its frame has gaps, and other calls fill them."""

from __future__ import annotations

from collections.abc import Callable

from .changing import may_change
from .desk import Desk, Served
from .drafts import Gap
from .frames import Frame, Operand, frames
from .matching import content
from .paths import located, path_name, reader_of_paths
from .pieces import about_paths, folded
from .pointing import pointer
from .stand_ins import STAND_INS, quantity_of

__all__ = ["described", "framed", "goes_back", "worked_out"]


def described(desk: Desk, number: int, text: str) -> Served:
    """Work a text out whose values are described instead of said."""
    ways = [one for one in _frames(desk, number, text) if not one.whole and one.told]
    taken = any(one.amount for one in ways) and desk.serving(number, text) is not None
    found = (worked_out(desk, number, text, one) for one in ways if not (one.amount and taken))
    return next(filter(None, found), list[str]())


def _frames(desk: Desk, number: int, text: str) -> list[Frame]:
    whole = folded(desk.intents.items[number].text)
    opening = whole[: max(0, whole.find(text))]
    held = " ".join(dict.fromkeys(one.about for one in desk.candidates[number]))
    return list(frames(text, opening=opening, held=held))


def framed(desk: Desk, number: int, text: str) -> Served:
    """Ask one thing for what another needs to be asked."""
    found = (_by_whole_question(desk, number, text, one) for one in _frames(desk, number, text) if one.whole)
    return next(filter(None, found), list[str]())


def worked_out(desk: Desk, number: int, text: str, frame: Frame) -> Served:
    """Make the calls of one frame: those that find its operands, and the one that takes them."""
    marked = _marked(frame)
    if marked is None:
        return []
    rendered, marks = marked
    found = desk.serving(number, rendered)
    if found is None or may_change(found.tool):  # what was read out of a text is no ground for a deed
        return []
    ready = [_source(desk, number, operand) for operand in frame.operands]
    if any(one is None for one in ready):
        return []
    gaps: list[Gap] = []
    for operand, mark, source in zip(frame.operands, marks, ready, strict=True):
        assert source is not None
        ask = operand.read or operand.ask or text
        gaps.append(Gap(mark=mark, task=source(), kind=operand.kind, ask=ask, of=operand.of))
    return desk.call(number, found, text, gaps=tuple(gaps))


def _marked(frame: Frame) -> tuple[str, list[object]] | None:
    """Return a frame as a text with stand-ins in its gaps, and the stand-ins."""
    marks: list[object] = []
    text = ""
    left = {kind: list(each) for kind, each in STAND_INS.items()}
    for place, piece in enumerate(frame.pieces):
        if isinstance(piece, str):
            text += piece
            continue
        if piece.kind == "quantity":  # a quantity of the unit that stands behind it can always be told in that unit
            follows = frame.pieces[place + 1] if place + 1 < len(frame.pieces) else ""
            unit = str(follows).rpartition(" in ")[2].strip() if " in " in str(follows) else ""
            mark: object = quantity_of(unit) if unit else 7907
        elif left.get(piece.kind):
            mark = left[piece.kind].pop(0)
        else:
            return None
        marks.append(mark)
        text += str(mark)
    return text, marks


def _source(desk: Desk, number: int, operand: Operand) -> Callable[[], str] | None:
    """Return what adds the task whose result an operand is, or None where nothing can find it."""
    known = _known(desk, operand)
    if known is not None:
        return lambda: known
    if operand.back:
        earlier = desk.drafts.last.get(number) or desk.before(number)
        return (lambda: earlier) if earlier else None
    if pointer(operand.ask) is not None:  # nobody who is asked it knows what the word means
        return None
    for path, _ in about_paths(operand.ask)[:1]:
        tool = reader_of_paths(desk, number)
        if tool is not None:
            name = path_name(tool)
            why = "a file that the question names"
            return lambda: desk.drafts.add(
                tool, {name: located(desk, number, tool, path)}, intent=number, ask=operand.ask, why=why
            )
    whole = desk.serving(number, operand.ask)
    if whole is not None and not whole.tool.needs_approval:
        return lambda: desk.call(number, whole, operand.ask)[0]
    best = desk.topics(number, operand.ask)
    return (lambda: desk.ask(number, best[0], operand.ask)) if best else None


def _known(desk: Desk, operand: Operand) -> str | None:
    """Return a task that was asked for this operand before, and stays where a failed plan is made anew."""
    if operand.back or not operand.ask:
        return None
    return next((task.id for task in desk.drafts.tasks if task.intent == operand.ask), None)


def _by_whole_question(desk: Desk, number: int, text: str, frame: Frame) -> Served:
    """Ask one thing for an operand and put its value into the question for another."""
    operand = frame.operands[0]
    rest = "".join(piece if isinstance(piece, str) else "it" for piece in frame.pieces)
    if not content(rest):
        return []
    outer = desk.topics(number, rest)
    paths = about_paths(operand.ask)
    inner = desk.topics(number, operand.ask)
    if not outer:
        return []
    if not paths and (not inner or inner[0].candidate.tool.server == outer[0].candidate.tool.server):
        return []
    source = _source(desk, number, operand)
    if source is None:
        return []
    gap = Gap(mark="\0", task=source(), kind=operand.kind, ask=operand.ask)
    question = "".join(piece if isinstance(piece, str) else "\0" for piece in frame.pieces)
    return [desk.ask(number, outer[0], question, gaps=(gap,), shown=text)]


def goes_back(text: str) -> bool:
    """Say whether a text builds on what was worked out right before it."""
    return any(operand.back for frame in frames(text) for operand in frame.operands)
