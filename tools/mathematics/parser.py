"""Read a formula into a tree, by precedence climbing; no text is ever handed to an interpreter.

From loosest to tightest: comparison; ``+ -``; ``* / // mod`` and a product without a sign (``2x``; ``1/2x`` is half x);
a sign; ``^`` (to the right); ``!``, ``%``, ``°`` and scales such as ``million``. ``%`` is the remainder where an
operand follows it, and a per cent where none does. ``of`` binds like ``*``: ``15% of 80``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from questline.errors import UsageError
from questline.types import AnswerWarning

from .functions import ARITY, CONSTANTS
from .limits import MOST_DEPTH, MOST_LINKS, MOST_NODES, bad_expression, too_large
from .tokens import Token, tokens
from .tree import COMPARISONS, Call, Comparison, Name, Node, Number

__all__ = ["Formula", "parse"]

_SUM: Final = {"+": "+", "-": "-"}
_PRODUCT: Final = {"*": "*", "/": "/", "//": "//", "mod": "mod", "of": "*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula as it was read."""

    text: str
    tree: Node
    warnings: tuple[AnswerWarning, ...] = ()
    """``read_as`` where another reading was possible."""
    unit: str = ""
    """The symbol of the unit that the value is told in."""


def parse(text: str, *, units: bool = False) -> Formula:
    """Read a formula; with `units` every name behind a number is a unit and belongs to that number.

    Raises:
        UsageError: ``bad_expression`` with the position in `text`; ``too_large``.
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # because callers are not typed
        raise UsageError(f"{text!r} is no text", code="bad_argument", argument="text")
    reader = _Reader(tokens=tokens(text), units=units)
    tree = reader.comparison()
    reader.expect("end")
    return Formula(text=text, tree=tree, warnings=tuple(dict.fromkeys(reader.warnings)))


@dataclass(slots=True)
class _Reader:
    tokens: list[Token]
    units: bool = False
    at: int = 0
    depth: int = 0
    nodes: int = 0
    warnings: list[AnswerWarning] = field(default_factory=list[AnswerWarning])

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def step(self) -> Token:
        token = self.now
        self.at += token.kind != "end"
        return token

    def expect(self, text: str) -> None:
        token = self.step()
        if text not in {token.kind if token.kind == "end" else "", token.text}:
            wanted = "an operator or the end" if text == "end" else repr(text)
            raise bad_expression(f"{wanted} was expected, not {token.text!r}", position=token.position)

    def call(self, function: str, *arguments: Node, position: int) -> Call:
        self.count()
        height = 1 + max(each.height if isinstance(each, Call) else 0 for each in arguments)
        if height > MOST_LINKS:
            raise too_large(f"more than {MOST_LINKS} operators depend on each other: give a list to sum(…)")
        return Call(function=function, arguments=arguments, position=position, height=height)

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise too_large(f"the formula has more than {MOST_NODES} parts")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise too_large(f"the formula nests more than {MOST_DEPTH} deep")

    def warning(self, code: str, message: str) -> None:
        self.warnings.append(AnswerWarning(code=code, message=message, step="calculate"))

    def comparison(self) -> Node:
        left = self.sum()
        token = self.now
        if token.kind != "operator" or token.text not in COMPARISONS:
            return left
        self.step()
        self.count()
        return Comparison(sign=token.text, left=left, right=self.sum())

    def sum(self) -> Node:
        self.deeper()
        left = self.product()
        while self.now.kind == "operator" and self.now.text in _SUM:
            token = self.step()
            right = self.product()
            if _is_per_cent(right) and not _is_per_cent(left):
                self.warning(
                    "read_as", "a per cent that is added or taken away is one of what stands before it: 80 + 15% is 92"
                )
                right = self.call(token.text, Number(value=Fraction(1)), right, position=token.position)
                left = self.call("*", left, right, position=token.position)
                continue
            left = self.call(token.text, left, right, position=token.position)
        self.depth -= 1
        return left

    def product(self) -> Node:
        left = self.signed()
        while True:
            token = self.now
            if token.kind == "operator" and token.text in _PRODUCT:
                self.step()
                if self.is_fraction(left, token):  # 1/2 mile
                    left = self.call("/", left, self.behind(), position=token.position)
                    left = self.quantity(left)
                    continue
                left = self.call(_PRODUCT[token.text], left, self.signed(), position=token.position)
            elif token.kind == "operator" and token.text == "off":
                self.step()
                kept = self.call("-", Number(value=Fraction(1)), left, position=token.position)
                left = self.call("*", kept, self.signed(), position=token.position)
            elif token.kind == "operator" and token.text == "%":  # `_behind` left it: an operand follows
                self.step()
                self.warning("read_as", "% before an operand is the remainder of a division")
                left = self.call("mod", left, self.signed(), position=token.position)
            elif token.kind == "name" or (token.kind == "operator" and token.text in "(√∞"):
                self.no_words(token)
                left = self.call("*", left, self.power(), position=token.position)
            else:
                return left

    def no_words(self, token: Token) -> None:
        """Refuse words side by side, which are prose and no product (``x for x``); letters are one (``a b``)."""
        before = self.tokens[self.at - 1]
        if token.kind == before.kind == "name" and not self.units and _is_word(token) | _is_word(before):
            raise bad_expression(f"a sign is missing before {token.text!r}", position=token.position)

    def signed(self) -> Node:
        token = self.now
        if token.kind != "operator" or token.text not in _SUM:
            return self.power()
        self.step()
        self.deeper()
        inner = self.signed()
        self.depth -= 1
        return inner if token.text == "+" else self.call("-", inner, position=token.position)

    def power(self) -> Node:
        self.deeper()
        literal = self.now.kind == "number"
        base = self.behind()
        if literal and self.is_unit(self.at):
            base = self.quantity(base)
        elif self.now.kind == "operator" and self.now.text == "^":
            token = self.step()
            base = self.call("^", base, self.signed(), position=token.position)
        self.depth -= 1
        return base

    def is_unit(self, at: int) -> bool:
        """Say whether a unit stands at a place: in a formula of quantities every name is one but the constants."""
        token = self.tokens[at]
        return self.units and token.kind == "name" and token.text not in CONSTANTS and token.text != "π"

    def is_fraction(self, left: Node, sign: Token) -> bool:
        """Say whether ``1/2`` before a unit is one number: nothing stands between its signs."""
        below = self.now
        above = self.tokens[self.at - 2]
        return (
            isinstance(left, Number)
            and sign.text == "/"
            and below.kind == "number"
            and self.is_unit(self.at + 1)
            and above.position + len(above.text) == sign.position == below.position - 1
        )

    def quantity(self, number: Node) -> Node:
        """Read the unit behind a number, and further numbers with theirs, which are added up: ``5 ft 10 in``."""
        total: Node | None = None
        while True:
            token = self.step()
            unit: Node = Name(name=token.text, unit=True)
            if self.now.kind == "operator" and self.now.text == "^":
                sign = self.step()
                unit = self.call("^", unit, self.signed(), position=sign.position)
            part = self.call("*", number, unit, position=token.position)
            total = part if total is None else self.call("+", total, part, position=token.position)
            if self.now.kind != "number" or not self.is_unit(self.at + 1):
                return total
            number = self.operand()

    def behind(self) -> Node:
        """Read an operand with what stands behind it: factorial, per cent, degrees, a scale."""
        node = self.operand()
        while True:
            token = self.now
            if token.kind == "scale":
                self.count()
                node = self.call("*", node, Number(value=token.value), position=token.position)
            elif token.kind != "operator":
                return node
            elif token.text == "!":
                node = self.call("factorial", node, position=token.position)
            elif token.text == "°":
                right_angles = self.call("/", Name(name="pi"), Number(value=Fraction(180)), position=token.position)
                node = self.call("*", node, right_angles, position=token.position)
            elif token.text == "%" and not _begins_operand(self.tokens[self.at + 1]):
                node = self.call("percent", node, position=token.position)
            else:
                return node
            self.step()

    def operand(self) -> Node:
        token = self.step()
        self.count()
        if token.kind == "number":
            return Number(value=token.value)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "operator" and token.text == "(":
            node = self.sum()
            self.expect(")")
            return node
        if token.kind == "operator" and token.text == "√":
            self.deeper()
            node = self.call("sqrt", self.operand(), position=token.position)
            self.depth -= 1
            return node
        if token.kind == "operator" and token.text == "∞":
            return Name(name="oo")
        raise bad_expression(f"a number, a name or '(' was expected, not {token.text!r}", position=token.position)

    def named(self, token: Token) -> Node:
        called = self.now.kind == "operator" and self.now.text == "("
        if self.is_unit(self.at - 1) and not (called and token.text.lower() in ARITY):
            return Name(name=token.text, unit=True)
        function = token.text if token.text in ARITY else token.text.lower()
        if not called or function not in ARITY:
            if called and len(token.text) > 1 and token.text not in {"pi", "tau", "oo"}:
                raise bad_expression(f"there is no function {token.text!r}", position=token.position)
            if function in ARITY and len(token.text) > 1:
                raise bad_expression(f"{token.text!r} needs its arguments in brackets", position=token.position)
            return Name(name="pi" if token.text == "π" else token.text)
        self.step()
        arguments = [self.sum()]
        while self.now.text == ",":
            self.step()
            arguments.append(self.sum())
        self.expect(")")
        least, most = ARITY[function]
        if not least <= len(arguments) <= (most or len(arguments)):
            wanted = str(least) if least == most else f"{least} to {most}" if most else f"at least {least}"
            raise bad_expression(f"{function} takes {wanted} arguments, not {len(arguments)}", position=token.position)
        if function == "log" and len(arguments) == 1:
            self.warning("read_as", "log with one argument is the natural logarithm; lg or log10 has the base 10")
        return self.call(function, *arguments, position=token.position)


def _is_word(token: Token) -> bool:
    return len(token.text) > 1 and token.text not in CONSTANTS and token.text not in ARITY


def _begins_operand(token: Token) -> bool:
    word = token.kind == "name" and _is_word(token)
    return (
        token.kind == "number"
        or (token.kind == "name" and not word)
        or (token.kind == "operator" and token.text in "(√∞")
    )


def _is_per_cent(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "percent"
