"""Single items of a run as a reader of errors looks at them: the worst first, and some right ones for contrast."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from questline.tools.drawing import Row

from .results import Result, main_measures
from .shapes import number_of, object_of

__all__ = ["Chosen", "Example", "State", "choose"]

State: TypeAlias = Literal["failed", "wrong", "partly", "right", "unscored"]

_QUESTION: Final = ("question", "query", "problem", "text", "input", "prompt")
_EXPECTED: Final = ("expected", "gold", "answers", "gold_answers", "reference", "target")
_ANSWER: Final = ("answer", "text", "short", "prediction", "output", "response")
_REASON: Final = ("reason", "reasons", "faults", "why", "verdict", "rule", "detail", "route")
_DECIDES: Final = ("right", "correct", "accuracy", "acc", "exact", "f1")
"""Measures that say whether an answer is right, where a file does not name its own as ``decides``."""
_KNOWN: Final = frozenset({"image", "images", "trace"})
_TOLD: Final = frozenset({*_QUESTION, *_EXPECTED, *_ANSWER, *_REASON, *_KNOWN, "steps", "parts"})
_STEPS: Final = 40
_FAILED_SHARE, _RIGHT_SHARE = 4, 4
"""One of so many shown items may be a failed one, and one a right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One item."""

    id: str
    state: State
    scores: Mapping[str, float]
    question: str
    expected: str
    answer: str
    reason: str
    images: Sequence[str]
    """File names."""
    trace: Sequence[Row]
    details: Sequence[str]
    """What the trace says beside times, a text a step."""
    labels: Mapping[str, str]
    rest: str
    """What else the item tells, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The items of one file that are shown, and how many there are."""

    measure: str
    """The one that says what is right; empty where the items have no score."""
    examples: Sequence[Example]
    total: int
    states: Mapping[State, int]
    """Of all items."""


def choose(result: Result, worst: int) -> Chosen:
    """Choose the worst items of a file and a few right ones.

    Failed items come first but take at most a quarter of the places as long as others are wrong; then by the first
    main measure, lowest first, in the order of the file; then right ones, at least a quarter of the number in addition.
    """
    measure = _deciding(result)
    by_state: dict[State, list[tuple[float, Mapping[str, object]]]] = {}
    for item in result.items:
        score = number_of(object_of(item.get("scores")).get(measure))
        by_state.setdefault(_state(item, score), []).append((score or 0.0, item))
    below = [item for _, item in sorted([*by_state.get("wrong", []), *by_state.get("partly", [])], key=_score)]
    failed = [item for _, item in by_state.get("failed", [])]
    below += [item for _, item in by_state.get("unscored", [])]
    first = failed[: max(worst // _FAILED_SHARE, worst - len(below))][:worst]
    wrong = [*first, *below[: worst - len(first)]]
    right = [item for _, item in by_state.get("right", [])]
    shown = [*wrong, *right[: worst + worst // _RIGHT_SHARE - len(wrong)]]
    return Chosen(
        measure=measure,
        examples=[_example(item, measure) for item in shown],
        total=len(result.items),
        states={state: len(found) for state, found in by_state.items()},
    )


def _deciding(result: Result) -> str:
    scored: dict[str, int] = {}
    for item in result.items:
        for name in object_of(item.get("scores")):
            scored[name] = scored.get(name, 0) + 1
    told = str(result.report.get("decides"))
    named = [name for name in main_measures(result, most=50) if name in scored] or list(scored)
    likely = [name for usual in _DECIDES for name in named if name == usual or name.startswith(f"{usual}_")]
    return told if told in scored else next(iter([*likely, *named]), "")


def _state(item: Mapping[str, object], score: float | None) -> State:
    if item.get("error"):
        return "failed"
    if score is None:
        return "unscored"
    return "right" if score >= 1 else "wrong" if score <= 0 else "partly"


def _score(pair: tuple[float, object]) -> float:
    return pair[0]


def _example(item: Mapping[str, object], measure: str) -> Example:
    shown, made = object_of(item.get("shown")), object_of(item.get("prediction"))
    told = {**item, **made, **shown}
    places = (shown, made, item)
    scores = {
        name: number for name, cell in object_of(item.get("scores")).items() if (number := number_of(cell)) is not None
    }
    rows, details = _trace(told.get("trace") or told.get("steps"))
    reason = "\n".join(filter(None, (_find(places, _REASON), *_parts(told.get("parts")))))
    error = ": ".join(str(item[name]) for name in ("error", "message") if item.get(name))
    images = [
        told.get("image"),
        *(cast("list[object]", told["images"]) if isinstance(told.get("images"), list) else []),
    ]
    several = _several(made)
    rest = {
        name: value
        for name, value in {**made, **shown}.items()
        if name not in _TOLD and name not in several and value not in ("", None, [], {})
    }
    answer = _find((shown, made), _ANSWER) or "\n".join(f"{name}: {text}" for name, text in several.items())
    return Example(
        id=str(item.get("id", "")),
        state=_state(item, scores.get(measure)),
        scores=scores,
        question=_find(places, _QUESTION),
        expected=_find(places, _EXPECTED),
        answer=answer or ("" if made else _said(item.get("prediction"))),
        reason="\n".join(filter(None, (error, reason))),
        images=[name for name in images if isinstance(name, str) and name],
        trace=rows,
        details=details,
        labels={name: str(value) for name, value in object_of(item.get("labels")).items()},
        rest=json.dumps(rest, ensure_ascii=False, indent=1, default=str) if rest else "",
    )


def _parts(value: object) -> Iterator[str]:
    """Yield what was said of each part of an answer."""
    for cell in cast("list[object]", value) if isinstance(value, list) else []:
        part = object_of(cell)
        if "status" in part:
            why = f" ({part['reason']})" if part.get("reason") else ""
            given = _said(part.get("prediction")) or "nothing"
            yield f"{_said(part['status'])}: {given}, expected {_said(part.get('gold'))}{why}"


def _several(made: Mapping[str, object]) -> dict[str, str]:
    """Return the answers of a prediction that holds nothing but one a condition, and lists; none of other forms."""
    if any(name in _TOLD for name in made):
        return {}
    return {name: text for name, text in made.items() if isinstance(text, str)}


def _find(places: Sequence[Mapping[str, object]], names: Sequence[str]) -> str:
    """Return the first text that one of the names has, in the order of places."""
    return next((text for place in places for name in names if (text := _said(place.get(name)))), "")


def _said(value: object) -> str:
    """Return a value as a reader says it: a list with a bar between, an object as JSON."""
    if value is None:
        return ""
    if isinstance(value, list):
        return " | ".join(filter(None, (_said(each) for each in cast("list[object]", value))))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else str(value)


def _trace(value: object) -> tuple[list[Row], list[str]]:
    """Return the steps of a trace, one after the other where no times stand in it; and their words."""
    cells = cast("list[object]", value) if isinstance(value, list) else []
    rows: list[Row] = []
    details: list[str] = []
    clock = 0.0
    for cell in cells[:_STEPS]:
        step = object_of(cell)
        if not step:
            details.append(_said(cell))
            continue
        label = _find((step,), ("step", "label", "name", "tool", "server")) or "step"
        server = _find((step,), ("server",))
        tool = _find((step,), ("tool",))
        label = label if tool in ("", label) else f"{label} {tool}"
        seconds = min(max(number_of(step.get("seconds")) or 0.0, 0.0), 1e6)
        started = min(max(number_of(step.get("started_s")) or clock, 0.0), 1e6)
        clock = started + seconds
        lost = bool(step.get("failed") or step.get("error"))
        rows.append(Row(label=label, started_s=started, ended_s=clock, ready_s=started, server=server, lost=lost))
        if words := _find((step,), ("detail", "text", "result", "error", "message", "arguments")):
            details.append(f"{label}: {words}")
    if len(cells) > _STEPS:
        details.append(f"{len(cells) - _STEPS} further steps are left out")
    return rows, details
