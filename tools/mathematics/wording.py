"""What the names of a formula are: units behind numbers, unknowns, or words that have no meaning there."""

from __future__ import annotations

import re
from typing import Final

from .functions import ARITY, CONSTANTS
from .limits import bad_expression
from .tokens import Token, tokens
from .unit_table import is_known

__all__ = ["is_unit", "quantity_words"]

_SHORT: Final = frozenset(
    (
        *("km", "cm", "mm", "nm", "um", "mg", "kg", "ml", "mL", "cl", "cL", "dl", "dL", "kW", "MW", "GW", "kJ", "MJ"),
        *("kN", "Pa", "Hz", "kB", "MB", "GB", "TB", "KB", "ft", "in", "yd", "mi", "lb", "oz", "pt", "qt", "hr", "ms"),
        *("us", "ns", "ha", "kn", "eV", "Wh"),
    )
)
"""Units of two letters that a formula of unknowns does not mean."""
_LETTERS: Final = frozenset("mgshLNJWK")
"""Units of one letter, where a space stands before them (``5 m``, not ``5m``)."""
_GREEK: Final = frozenset(
    (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
        *("xi", "omicron", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
    )
)
_WORD: Final = re.compile(r"[A-Za-z]{3,}|in|at|to|is|or|as|on|by|an|no|it", re.IGNORECASE)
_OPERAND: Final = frozenset({"number", "scale", "name"})


def is_unit(name: str) -> bool:
    """Say whether a name is a unit's, not also an everyday unknown's such as ``mu`` or ``at``."""
    return name.lower() not in _GREEK and (len(name) != 2 or name in _SHORT) and is_known(name)


def quantity_words(text: str) -> bool:
    """Say whether a formula is one of quantities.

    Raises:
        UsageError: ``bad_expression`` naming the word that stands beside a number and is neither a unit nor a function,
            or the unknown beside quantities.
    """
    found = tokens(text)
    names = [place for place in range(len(found)) if _is_free(found, place)]
    behind = [place for place in names if place and found[place - 1].kind in ("number", "scale")]
    sure = [place for place in behind if len(found[place].text) > 1 and is_unit(found[place].text)]
    spaced = [
        place
        for place in behind
        if found[place].text in _LETTERS and text[found[place].position - 1 : found[place].position].isspace()
    ]
    others = [found[place] for place in names if not is_unit(found[place].text)]
    if sure and others:
        raise bad_expression(
            f"{others[0].text!r} is no unit, and {found[sure[0]].text!r} is one: quantities take no unknowns",
            position=others[0].position,
        )
    if (sure or spaced) and not others:
        return True
    _check_words(found, names)
    return False


def _is_free(found: list[Token], place: int) -> bool:
    """Say whether a token is a name that is neither a constant nor a function that is called."""
    token = found[place]
    if token.kind != "name" or token.text in CONSTANTS or token.text == "π":
        return False
    if token.text in "CF" and place and found[place - 1].text == "°":
        raise bad_expression("a temperature on a scale takes no arithmetic: convert it to K", position=token.position)
    return not (token.text.lower() in ARITY and found[place + 1].text == "(")


def _check_words(found: list[Token], names: list[int]) -> None:
    for place in names:
        token = found[place]
        before, after = found[place - 1] if place else None, found[place + 1]
        beside = (before is not None and (before.kind in _OPERAND or before.text in ("%", "!", "°", ")"))) or (
            after.kind in _OPERAND or after.text in ("of", "off")
        )
        if not beside or token.text.lower() in _GREEK or token.text.lower() in ARITY:
            continue
        if _WORD.fullmatch(token.text) and not (token.text in _SHORT and is_known(token.text)):
            raise bad_expression(
                f"{token.text!r} is no number, unit or function; an unknown needs a sign: 2*{token.text}",
                position=token.position,
            )
