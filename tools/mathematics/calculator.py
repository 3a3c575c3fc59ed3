"""Exact mathematics with a time limit: plain arithmetic here, algebra in a child process that is killed when late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self

from questline.errors import UsageError
from questline.tools.processes import Pool
from questline.types import AnswerWarning

from . import exact, units
from .functions import ARITY, CONSTANTS
from .limits import MOST_LITERAL, bad_expression, check_places, too_large
from .parser import Formula, parse
from .quantities import read
from .result import DIGITS, Calculation, Solutions, rational
from .tree import Comparison, names_of

__all__ = ["Calculator", "variables"]

Domain = Literal["real", "complex"]
Side = Literal["both", "-", "+"]
_MOST_EQUATIONS: Final = 20
_MOST_PRIMES: Final = 1_000_000


class Calculator:
    """Calculate, solve, differentiate and convert; safe to share between threads, closed by `close` or `with`.

    Every method takes formulas as text, in the grammar of `parser`, and raises:

    - `UsageError`: ``bad_expression`` with the position, ``too_large``, ``undefined``, ``bad_param``;
    - `RunError`: ``time_limit``, ``memory_limit``, ``too_deep``, ``unsolved``; none of them is worth a retry.

    Args:
        seconds: Wall clock that one call may take; starting a child process, once, is not counted.
        digits: Significant digits of decimals, 1 to 50.
        memory: Bytes of address space of a child.
    """

    def __init__(self, *, seconds: float = 2.0, digits: int = DIGITS, memory: int = 2 << 30) -> None:
        if not 0 < seconds < float("inf"):
            raise UsageError(f"seconds={seconds!r} must be above 0", code="bad_param", argument="seconds")
        self._seconds, self._digits = seconds, check_places(digits)
        self._pool = Pool("questline.tools.mathematics.jobs", memory=memory)

    def calculate(self, text: str, *, digits: int | None = None) -> Calculation:
        """Return the value of a formula, a comparison (``true``, ``false``) or a conversion (``5 km to miles``).

        A formula may be one of quantities: ``100 km / 2 h``, ``3 m + 20 cm in ft``.

        Raises:
            UsageError: ``dimension_mismatch``, ``unknown_unit``; ``bad_expression`` naming a word without a meaning.
        """
        places = self._places(digits)
        if (asked := units.asked_conversion(text)) is not None and not units.is_formula(asked[0]):
            return units.convert(*asked, digits=places)
        formula = read(text)
        here = _here(formula, places)
        return here or self._calculation("evaluate", text=text, digits=places)

    def convert(self, quantity: str, unit: str, *, digits: int | None = None) -> Calculation:
        """Return a quantity such as ``90 km/h`` or ``5 ft 10 in`` in another unit.

        Raises:
            UsageError: ``unknown_unit``; ``dimension_mismatch``; ``bad_expression``.
        """
        return units.convert(quantity, unit, digits=self._places(digits))

    def simplify(self, text: str, *, digits: int | None = None) -> Calculation:
        """Return a formula in its plainest form."""
        return self._calculation("simplify", text=_checked(text), digits=self._places(digits))

    def expand(self, text: str, *, digits: int | None = None) -> Calculation:
        """Return a formula multiplied out."""
        return self._calculation("expand", text=_checked(text), digits=self._places(digits))

    def factor(self, text: str, *, digits: int | None = None) -> Calculation:
        """Return a polynomial as a product over the rational numbers."""
        return self._calculation("factor", text=_checked(text), digits=self._places(digits))

    def solve(
        self,
        equations: str | Sequence[str],
        names: str | Sequence[str],
        *,
        domain: Domain = "real",
        digits: int | None = None,
    ) -> Solutions:
        """Return what makes all equations true; a formula without ``=`` is taken as equal to zero.

        One inequality in one unknown is solved too, as a `Solutions.condition`.

        Raises:
            RunError: ``unsolved`` where no method here finds out, which is not the same as no solution.
        """
        given = [equations] if isinstance(equations, str) else list(equations)
        unknowns = [names] if isinstance(names, str) else list(names)
        if not 1 <= len(given) <= _MOST_EQUATIONS:
            raise UsageError(
                f"give 1 to {_MOST_EQUATIONS} equations, not {len(given)}", code="bad_param", argument="equations"
            )
        if not unknowns or len(set(unknowns)) != len(unknowns):
            raise UsageError(f"names={unknowns!r} must be different unknowns", code="bad_param", argument="names")
        if domain not in ("real", "complex"):
            raise UsageError(f"domain={domain!r} is neither real nor complex", code="bad_param", argument="domain")
        found = self._run(
            "solve",
            equations=[_checked(text) for text in given],
            names=[_name(name) for name in unknowns],
            domain=domain,
            digits=self._places(digits),
        )
        return Solutions(
            names=tuple(found["names"]),
            solutions=tuple(
                {name: Calculation.from_json(value) for name, value in row.items()} for row in found["solutions"]
            ),
            condition=found["condition"],
            domain=found["domain"],
            complete=found["complete"],
            warnings=tuple(AnswerWarning(**warning) for warning in found["warnings"]),
        )

    def differentiate(self, text: str, name: str, *, order: int = 1, digits: int | None = None) -> Calculation:
        """Return the derivative of a formula by a name, `order` times (1 to 10)."""
        if order not in range(1, 11):
            raise UsageError(f"order={order!r} must be from 1 to 10", code="bad_param", argument="order")
        return self._calculation(
            "differentiate", text=_checked(text), name=_name(name), order=order, digits=self._places(digits)
        )

    def integrate(
        self, text: str, name: str, low: str | None = None, high: str | None = None, *, digits: int | None = None
    ) -> Calculation:
        """Return an antiderivative without its constant, or the integral from `low` to `high` (``oo`` is infinity).

        A definite integral that has no known exact form is found numerically, with the warning ``approximate``.
        """
        if (low is None) != (high is None):
            raise UsageError(
                "give both bounds or neither", code="bad_param", argument="high" if high is None else "low"
            )
        for bound in (low, high):
            _checked(bound or "0")
        return self._calculation(
            "integrate", text=_checked(text), name=_name(name), low=low, high=high, digits=self._places(digits)
        )

    def limit(self, text: str, name: str, point: str, *, side: Side = "both", digits: int | None = None) -> Calculation:
        """Return the limit of a formula as a name goes to a point, from both sides unless ``-`` or ``+`` is asked."""
        if side not in ("both", "-", "+"):
            raise UsageError(f"side={side!r} is none of both, - and +", code="bad_param", argument="side")
        return self._calculation(
            "limit",
            text=_checked(text),
            name=_name(name),
            point=_checked(point),
            side=side,
            digits=self._places(digits),
        )

    def factorise(self, number: int) -> Mapping[int, int]:
        """Return the primes of a whole number above 0 and how often each divides it."""
        found = self._run("factorise", number=_whole(number, least=1))
        return dict(map(tuple, found["factors"]))

    def is_prime(self, number: int) -> bool:
        """Say whether a whole number is prime."""
        return bool(self._run("is_prime", number=_whole(number, least=-(10**MOST_LITERAL)))["prime"])

    def primes(self, low: int, high: int) -> Sequence[int]:
        """Return the primes from `low` to `high`, at most a million numbers apart."""
        for number in (low, high):
            _whole(number, least=0)
        if high - low > _MOST_PRIMES or high > 10**15:
            raise too_large(f"at most {_MOST_PRIMES} numbers below 10^15 are searched for primes")
        return list(self._run("primes", low=low, high=high)["primes"])

    def close(self) -> None:
        """End the child processes."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _places(self, digits: int | None) -> int:
        return self._digits if digits is None else check_places(digits)

    def _calculation(self, job: str, **arguments: Any) -> Calculation:
        return Calculation.from_json(self._run(job, **arguments))

    def _run(self, job: str, **arguments: Any) -> dict[str, Any]:
        return self._pool.run(job, arguments, seconds=self._seconds)


def _here(formula: Formula, digits: int) -> Calculation | None:
    """Return the value of what is plain arithmetic; None for the rest."""
    tree = formula.tree
    try:
        if isinstance(tree, Comparison):
            holds = exact.compare(tree.sign, exact.evaluate(tree.left), exact.evaluate(tree.right))
            word = "true" if holds else "false"
            return Calculation(exact=word, digits=digits, latex=f"\\text{{{word}}}", warnings=formula.warnings)
        return rational(exact.evaluate(tree), digits=digits, unit=formula.unit, warnings=formula.warnings)
    except exact.NotRationalError:
        return None


def variables(texts: Sequence[str]) -> list[str]:
    """Return the names in formulas that stand for no constant, in alphabetical order.

    Raises:
        UsageError: ``bad_expression``, ``too_large``.
    """
    return sorted(set[str]().union(*(names_of(parse(text).tree) for text in texts)) - CONSTANTS)


def _checked(text: str) -> str:
    """Return a formula that can be read; what is wrong with one is said at once, without a child."""
    parse(text)
    return text


def _name(name: str) -> str:
    found = names_of(parse(name).tree)
    if found != {name} or name in CONSTANTS - {"e", "i"} or name in ARITY:
        raise bad_expression(f"{name!r} is no name of an unknown", position=0)
    return name


def _whole(number: int, *, least: int) -> str:
    if type(number) is not int or number < least:
        raise UsageError(f"{number!r} must be a whole number from {least}", code="bad_param", argument="number")
    if abs(number) >= 10**MOST_LITERAL:
        raise too_large(f"the number has more than {MOST_LITERAL} digits")
    return str(number)
