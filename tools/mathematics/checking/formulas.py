"""Read an expression with its unit, however it is written, as a tree."""

from __future__ import annotations

import re
from typing import Final

from questline.errors import UsageError
from questline.tools.mathematics.functions import ARITY
from questline.tools.mathematics.parser import parse
from questline.tools.mathematics.tree import Node
from questline.tools.mathematics.unit_table import Unit

from .amounts import split_unit
from .latex import TooDeepError, plain
from .values import Formula
from .words import chinese_number

__all__ = ["TooLongError", "as_formula", "read_formula"]

_ABOUT: Final = re.compile(r"^\s*(?:≈|大?约是?|近似为?|approximately|about|around|roughly)\s*", re.IGNORECASE)
_LETTERED: Final = re.compile(r"[\d)]\s*[mgshtlLKJWNV](?![A-Za-z])")
_MINUTES: Final = re.compile(r"(\d+(?:\.\d+)?)\s*°\s*(\d+(?:\.\d+)?)\s*′(?:\s*(\d+(?:\.\d+)?)\s*″)?")
_EXPONENT: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([+-]?\d+)(?![\w.])")
_MIXED: Final = re.compile(r"^(-?)\s*(\d+)\s+(\d+)\s*/\s*(\d+)$")
_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Delta": "Δ", "Omega": "Ω", "Sigma": "Σ", "Phi": "Φ", "Gamma": "Γ",
}  # fmt: skip
_KNOWN: Final = frozenset(ARITY) | {"pi", "oo"}
_IDENTIFIER: Final = re.compile(r"[A-Za-z]+")
_PLACES: Final = re.compile(r"-?\d+(?:\.(\d+))?")


class TooLongError(Exception):
    """The text is longer, deeper or larger than what is read."""


def read_formula(text: str) -> Formula | None:
    """Return a number or an expression with its unit; None where it is none.

    Raises:
        TooLongError: Beyond the limits of a formula.
    """
    about = _ABOUT.match(text)
    rest = (text[about.end() :] if about else text).strip().rstrip(".")
    rest = _EXPONENT.sub(r"(\1*10^(\2))", _MINUTES.sub(_minutes, rest))
    readings = _units(rest)
    for head, unit in readings:
        tree, degrees = _tree(head)
        if tree is None:
            continue
        percent = head.rstrip().endswith("%")
        number = _PLACES.fullmatch(re.sub(r"[\s+,%]", "", head))
        return Formula(
            tree=tree,
            unit=split_unit("1°")[1] if degrees and unit is None else unit,
            places=len(number[1] or "") if number else None,
            rounded=bool(about),
            percent=percent,
            bare=_tree(rest)[0] if unit is not None and _LETTERED.search(rest) else None,
        )
    return None


def _units(text: str) -> list[tuple[str, Unit | str | None]]:
    head, unit = split_unit(text)
    return [(head, unit), (text, None)] if unit is not None else [(text, None)]


def _tree(text: str) -> tuple[Node | None, bool]:
    """Return the tree of an expression, and whether it is one of degrees."""
    text = text.strip()
    if not text or re.search(r"[\u4e00-\u9fff](?<![百千万亿])", text):
        number = chinese_number(text)
        return (parse(str(number)).tree if number is not None else None), False
    if _WORD.search(text) and any(
        len(word) > 3 and word.lower() not in _KNOWN and word not in _GREEK and not word.isupper()
        for word in _IDENTIFIER.findall(re.sub(r"[A-Za-z]*_\w+", "", text))
    ):
        return None, False
    number = chinese_number(text)
    if number is not None:
        return parse(str(number)).tree, False
    if mixed := _MIXED.match(text):
        text = f"{mixed[1]}({mixed[2]}+{mixed[3]}/{mixed[4]})"
    degrees = "°" in text and not re.search(r"(?:sin|cos|tan|cot)\(", text)
    text = text.replace("°", "") if degrees else text
    text = text.replace("∞", " oo ").replace("⟦", "(").replace("⟧", ")").replace("[", "(").replace("]", ")")
    try:
        return parse(_names(text)).tree, degrees
    except UsageError as error:
        if error.code == "too_large":
            raise TooLongError from error
        return None, False


def _minutes(match: re.Match[str]) -> str:
    return f"({match[1]}+{match[2]}/60+{match[3] or 0}/3600)°"


def _names(text: str) -> str:
    """Write each name as the grammar takes it: letters side by side are a product, ∠ABC is a name."""
    text = re.sub(r"∠\s*(\w+)", r" ang\1 ", text)
    text = re.sub(r"S?_?△\s*(\w+)", r" tri\1 ", text)
    out: list[str] = []
    at = 0
    for match in re.finditer(r"[A-Za-z][A-Za-z0-9]*(?:_\w+)?|[α-ωΑ-Ω]\d*", text):
        out.append(text[at : match.start()])
        out.append(_name(match.group(), text[match.end() :].lstrip()[:1] == "("))
        at = match.end()
    return "".join([*out, text[at:]])


def _name(word: str, called: bool) -> str:
    if word in _GREEK:
        return f" {_GREEK[word]} "
    if word.startswith(("ang", "tri")) or "_" in word or len(word) == 1:
        return f" {word} "
    if word.lower() in _KNOWN and (called or word.lower() in ("pi", "oo")):
        return word if called else f" {word.lower()} "
    letters = word.rstrip("0123456789")
    if letters.isupper() or len(letters) == 1:
        return f" {word} " if letters.lower() not in _KNOWN else f" {word}_ "
    return f" {' '.join(letters)}{word[len(letters) :]} "


def as_formula(text: str) -> str | None:
    """Return text as the grammar of `parser` takes it, LaTeX and names written out; None where it is no formula."""
    try:
        shown = plain(text)
        if re.search(r"[\u4e00-\u9fff]", shown) or any(
            word not in _KNOWN and word.lower() not in _KNOWN and len(word) > 2 for word in _IDENTIFIER.findall(shown)
        ):
            return None
        written = _names(shown.replace("[", "(").replace("]", ")"))
        parse(written)
    except (TooDeepError, UsageError):
        return None
    return written
