"""Equations, inequalities and systems; only ever loaded in a child process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from questline.errors import RunError, UsageError
from questline.types import AnswerWarning

from .algebra import S, built, calculation, plain
from .parser import parse
from .tree import Comparison

__all__ = ["solve"]

_LOOKED: Final = 50
"""Numeric roots are looked for from minus this to plus this."""
_STEPS: Final = 200
_HALVINGS: Final = 100
_PLACES: Final = 30
"""Digits that numeric roots are worked out to; `_HALVINGS` steps of a piece give them all."""


def solve(*, equations: Sequence[str], names: Sequence[str], domain: str, digits: int) -> dict[str, Any]:
    """Solve and return the fields of `Solutions` as JSON."""
    symbols = {name: S.Symbol(name, real=True if domain == "real" else None) for name in names}
    unknowns, warnings = [symbols[name] for name in names], list[AnswerWarning]()
    relations: list[Any] = []
    for text in equations:
        formula = parse(text)
        warnings += formula.warnings
        value = built(formula.tree, symbols)
        relations.append(value if isinstance(formula.tree, Comparison) else S.Eq(value, 0))
    found = _one(relations[0], unknowns[0], domain) if len(relations) == len(unknowns) == 1 else None
    if found is None:
        found = _several(relations, unknowns)
    rows, condition, codes = found
    warnings += [_said(code) for code in codes]
    solutions = [{str(name): asdict(calculation(value, digits=digits)) for name, value in row.items()} for row in rows]
    return {
        "names": list(names),
        "solutions": solutions,
        "condition": condition,
        "domain": domain,
        "complete": not {"maybe_incomplete", "approximate"} & set(codes),
        "warnings": [asdict(warning) for warning in dict.fromkeys(warnings)],
    }


Found = tuple[list[dict[Any, Any]], str, list[str]]


def _one(relation: Any, unknown: Any, domain: str) -> Found | None:
    """Solve one relation for one unknown over all its domain; None where only the general way remains."""
    if relation in (S.true, S.false):
        return [], "true" if relation == S.true else "", []
    is_equation = isinstance(relation, S.Eq)
    if not is_equation and domain != "real":
        raise UsageError("inequalities are solved over the real numbers", code="bad_param", argument="domain")
    where = S.Reals if domain == "real" else S.Complexes
    formula = relation.lhs - relation.rhs if is_equation else relation
    try:
        found = S.solveset(formula, unknown, where)
    except (NotImplementedError, ValueError, TypeError):
        found = None
    read = _values(found, unknown) if found is not None else None
    if read is not None:
        return read
    if not is_equation:
        raise RunError("no method here solves this inequality", code="unsolved")
    return _searched(formula, unknown, domain)


def _values(found: Any, unknown: Any) -> Found | None:
    """Return the members of a set; None where it is not in a form that can be told."""
    if found is S.EmptySet:
        return [], "", []
    if isinstance(found, (S.FiniteSet, S.ImageSet, S.Union)):
        parts = found.args if isinstance(found, S.Union) else (found,)
        rows: list[dict[Any, Any]] = []
        codes: list[str] = []
        for part in parts:
            if isinstance(part, S.FiniteSet):
                rows += [{unknown: value} for value in part.args]
            elif isinstance(part, S.ImageSet) and part.base_sets == (S.Integers,):
                rows.append({unknown: part.lamda(S.Symbol("n", integer=True))})
                codes = ["any_whole_number"]
            else:
                break
        else:
            return [{unknown: value} for value in _ordered(row[unknown] for row in rows)], "", codes
    if isinstance(found, (S.Interval, S.Union, S.Complement)) or found in (S.Reals, S.Complexes):
        if found.has(S.ConditionSet, S.ImageSet):
            return None
        return [], "true" if found in (S.Reals, S.Complexes) else plain(found.as_relational(unknown)), []
    return None


def _ordered(values: Iterable[Any]) -> list[Any]:
    return sorted(
        values, key=lambda value: (not value.is_comparable, value.n(30) if value.is_comparable else str(value))
    )


def _searched(formula: Any, unknown: Any, domain: str) -> Found:
    """Solve what no general method covers: sympy's own search, then sign changes on a grid."""
    try:
        found = S.solve(formula, unknown)
    except NotImplementedError:
        found = list[Any]()
    if found:
        return [{unknown: value} for value in _ordered(found)], "", ["maybe_incomplete"]
    if domain != "real" or formula.free_symbols != {unknown}:
        raise RunError("no method here solves this equation", code="unsolved")
    grid = [S.Rational(2 * _LOOKED * step, _STEPS) - _LOOKED for step in range(_STEPS + 1)]
    values = [_real(formula, unknown, point) for point in grid]
    roots = [
        root
        for low, high, before, after in zip(grid, grid[1:], values, values[1:], strict=False)
        if before is not None and after is not None and (root := _between(formula, unknown, low, high, before, after))
    ]
    if not roots:
        raise RunError(f"no exact solution was found, and no sign change from -{_LOOKED} to {_LOOKED}", code="unsolved")
    return [{unknown: root[0]} for root in roots], "", ["approximate", "maybe_incomplete"]


def _between(formula: Any, unknown: Any, low: Any, high: Any, before: Any, after: Any) -> tuple[Any] | None:
    """Return the root between two points with values of different signs, by halving; None for a pole or no root.

    A root on a point belongs to the piece above it.
    """
    if before == 0:
        return (S.Float(low, _PLACES),)
    if after == 0 or before * after > 0:
        return None
    size = max(abs(before), abs(after))
    low, high = S.Float(low, _PLACES), S.Float(high, _PLACES)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        value = _real(formula, unknown, middle)
        if value is None:
            return None
        if value * before > 0:
            low = middle
        else:
            high = middle
    found = _real(formula, unknown, (low + high) / 2)
    return ((low + high) / 2,) if found is not None and abs(found) < size else None


def _real(formula: Any, unknown: Any, point: Any) -> Any:
    """Return the value at a point as a floating point number; None where it is not real."""
    value = formula.subs(unknown, point).evalf(_PLACES)
    return value if value.is_real and value.is_finite else None


def _several(relations: list[Any], unknowns: list[Any]) -> Found:
    if any(relation == S.false for relation in relations):
        return [], "", []
    kept = [relation for relation in relations if relation != S.true]
    if not kept:
        return [], "true", []
    if not all(isinstance(relation, S.Eq) for relation in kept):
        raise RunError("a system of inequalities is not solved here: give one at a time", code="unsolved")
    try:
        found: list[dict[Any, Any]] = S.solve(kept, unknowns, dict=True)
    except NotImplementedError as error:
        raise RunError("no method here solves this system", code="unsolved") from error
    polynomial = all(_polynomial(each, unknowns) for each in kept)
    return sorted(found, key=str), "", [] if polynomial else ["maybe_incomplete"]


def _polynomial(relation: Any, unknowns: list[Any]) -> bool:
    return bool((relation.lhs - relation.rhs).is_polynomial(*unknowns))


def _said(code: str) -> AnswerWarning:
    if code == "approximate":
        return _warning("approximate", "the solutions were found numerically")
    if code == "any_whole_number":
        return _warning("any_whole_number", "n stands for any whole number")
    return _warning(
        "maybe_incomplete", "the method does not show that these are all solutions, for every value of other names"
    )


def _warning(code: str, message: str) -> AnswerWarning:
    return AnswerWarning(code=code, message=message, step="solve")
