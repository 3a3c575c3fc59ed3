"""The jobs of mathematics that may run away: each runs in a child process, reads formulas itself and returns JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from questline.errors import RunError, UsageError
from questline.types import AnswerWarning

from .algebra import S, built, calculation
from .limits import undefined
from .parser import Formula, parse
from .quantities import read
from .solving import solve
from .tree import Comparison

__all__ = ["JOBS"]


def _evaluate(*, text: str, digits: int) -> dict[str, Any]:
    formula = read(text)
    symbols: dict[str, Any] = {}
    value = built(formula.tree, symbols)
    if symbols and not isinstance(formula.tree, Comparison):
        value = S.expand(value) if value.is_polynomial(*symbols.values()) else value
    elif isinstance(formula.tree, Comparison):
        value = S.simplify(value)
    elif value.is_number:
        value = _shortest(value)
    return asdict(replace(calculation(value, digits=digits, warnings=formula.warnings), unit=formula.unit))


def _shortest(value: Any) -> Any:
    """Return the plainest of what is surely the same number: as it is, without roots below, simplified."""
    forms = [value, S.radsimp(value), S.simplify(value)]
    return min(forms, key=lambda form: (form.has(S.Float), S.count_ops(form)))


def _simplify(*, text: str, digits: int) -> dict[str, Any]:
    formula = parse(text)
    return asdict(calculation(S.simplify(built(formula.tree, {})), digits=digits, warnings=formula.warnings))


def _expand(*, text: str, digits: int) -> dict[str, Any]:
    formula = parse(text)
    return asdict(calculation(S.expand(built(formula.tree, {})), digits=digits, warnings=formula.warnings))


def _factor(*, text: str, digits: int) -> dict[str, Any]:
    formula = parse(text)
    return asdict(calculation(S.factor(built(formula.tree, {})), digits=digits, warnings=formula.warnings))


def _read(text: str, name: str) -> tuple[Formula, Any, Any]:
    """Return a formula, its object, and the symbol of `name`, which is real unless something in it says otherwise."""
    formula = parse(text)
    if isinstance(formula.tree, Comparison):
        raise UsageError("a comparison has no derivative, integral or limit", code="bad_expression", position=0)
    symbol = S.Symbol(name, real=True)
    return formula, built(formula.tree, {name: symbol}), symbol


def _differentiate(*, text: str, name: str, order: int, digits: int) -> dict[str, Any]:
    formula, value, symbol = _read(text, name)
    found = S.simplify(S.diff(value, symbol, order))
    return asdict(calculation(found, digits=digits, warnings=formula.warnings))


def _integrate(*, text: str, name: str, low: str | None, high: str | None, digits: int) -> dict[str, Any]:
    formula, value, symbol = _read(text, name)
    if low is None or high is None:
        found = S.simplify(S.integrate(value, symbol))
        if found.has(S.Integral):
            raise RunError(f"no antiderivative of {text!r} was found in known functions", code="unsolved")
        return asdict(calculation(found, digits=digits, warnings=formula.warnings))
    bounds = [built(parse(bound).tree, {}) for bound in (low, high)]
    found = S.integrate(value, (symbol, *bounds))
    warnings = formula.warnings
    if found.has(S.Integral):
        found = S.Integral(value, (symbol, *bounds)).evalf(digits)
        if found.has(S.Integral):
            raise RunError(f"the integral of {text!r} was found neither exactly nor numerically", code="unsolved")
        warnings = (*warnings, _approximate("the integral was found numerically"))
    if found.has(S.nan, S.zoo):
        raise undefined("the integral has no value")
    return asdict(calculation(S.simplify(found), digits=digits, warnings=warnings))


def _limit(*, text: str, name: str, point: str, side: str, digits: int) -> dict[str, Any]:
    formula, value, symbol = _read(text, name)
    target = built(parse(point).tree, {})
    sides = ["-"] if target == S.oo else ["+"] if target == -S.oo else {"both": ["-", "+"]}.get(side, [side])
    found = [S.limit(value, symbol, target, direction) for direction in sides]
    if any(each.has(S.Limit) for each in found):
        raise RunError(f"the limit of {text!r} was not found", code="unsolved")
    if any(each.has(S.AccumBounds) for each in found):
        raise undefined("the limit does not exist: the values keep swinging")
    if S.simplify(found[0] - found[-1]) not in (0, S.nan) or (found[0] != found[-1] and found[0].is_infinite):
        raise undefined("the limit does not exist: it is not the same from both sides")
    return asdict(calculation(S.simplify(found[0]), digits=digits, warnings=formula.warnings))


def _approximate(message: str) -> AnswerWarning:
    return _warning("approximate", message)


def _warning(code: str, message: str) -> AnswerWarning:
    return AnswerWarning(code=code, message=message, step="calculate")


def _factorise(*, number: str) -> dict[str, Any]:
    found: Mapping[int, int] = S.factorint(int(number))
    return {"factors": sorted([int(prime), int(power)] for prime, power in found.items())}


def _is_prime(*, number: str) -> dict[str, Any]:
    return {"prime": bool(S.isprime(int(number)))}


def _primes(*, low: int, high: int) -> dict[str, Any]:
    return {"primes": [int(prime) for prime in S.primerange(low, high + 1)]}


def _same_zeros(*, one: str, other: str) -> dict[str, Any]:
    """Say whether two formulas are zero together, by the numerators of their quotients; ``sure`` for polynomials."""
    symbols: dict[str, Any] = {}
    tops = [S.fraction(S.together(built(parse(text).tree, symbols)))[0] for text in (one, other)]
    names = list(symbols.values())
    if all(top.is_polynomial(*names) for top in tops):
        first, second = (S.Poly(top, *names).monic() for top in tops)
        if first == second:
            return {"same": True, "sure": True}
        factors = [{factor for factor, _ in S.factor_list(top)[1]} for top in tops]
        return {"same": factors[0] == factors[1], "sure": True}
    ratio = S.simplify(tops[0] / tops[1])
    return {"same": bool(ratio.is_number and ratio != 0), "sure": False}


JOBS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "evaluate": _evaluate,
    "simplify": _simplify,
    "expand": _expand,
    "factor": _factor,
    "differentiate": _differentiate,
    "integrate": _integrate,
    "limit": _limit,
    "solve": solve,
    "factorise": _factorise,
    "is_prime": _is_prime,
    "primes": _primes,
    "same_zeros": _same_zeros,
}
