r"""LaTeX and printed signs as the plain text that `reading` reads: ``\dfrac{1}{2}`` is ``((1)/(2))``."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["TooDeepError", "balanced", "clean", "closing", "plain"]

_SIGNS: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | str.maketrans(
    {
        "\u00a0": " ", "\u3000": " ", "\u2009": " ", "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None,
        "\u2061": None, "−": "-", "–": "-", "—": "-", "‐": "-", "﹣": "-", "∶": ":", "︰": ":", "∘": "°", "º": "°",
        "˚": "°", "⩽": "≤", "⩾": "≥", "≦": "≤", "≧": "≥", "。": ".", "【": "[", "】": "]", "·": "*", "⋅": "*", "∙": "*",
        "×": "*", "✕": "*", "÷": "/", "⁄": "/", "∕": "/", "’": "′", "＇": "′", "'": "′", "”": "″", '"': "″", "℃": "°C",
        "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "ⁿ": "^n", "￥": "¥", "⟨": "(", "⟩": ")",
        "﹪": "%",
        "㎡": "m^2", "㎝": "cm", "㎜": "mm", "㎞": "km", "㎏": "kg", "²": "^2", "³": "^3", "𝑥": "x", "𝑦": "y",
    }
)  # fmt: skip
_DOUBLED: Final = re.compile(
    r"\\\\(?=(?:[dtc]?frac|sqrt|pi|times|cdot|div|le|ge|leq|geq|leqslant|geqslant|neq|angle|triangle|text|mathrm"
    r"|overline|alpha|beta|theta|circ|left|right|pm|infty|cup|sin|cos|tan|log|ln)(?![a-z]))"
)
_WRAPPED: Final = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathbb|mathcal|mathsf|operatorname|mbox|hbox|rm|bf|bm"
    r"|boldsymbol"
    r"|overline|overrightarrow|overset|vec|bar|hat|widehat|underline|displaystyle|boxed|fbox|unit|si)\s*\{"
)
_FRACTION: Final = re.compile(r"\\?(?<![a-zA-Z])[dtc]?frac\s*(?=[{\d\\a-z])")
_ROOT: Final = re.compile(r"\\sqrt|(?<![a-zA-Z\\])sqrt(?=\s*[{\[])|√(?=\s*\{)")
_COMMANDS: Final = {
    "times": "*", "cdot": "*", "ast": "*", "div": "/", "pm": "±", "mp": "∓", "leq": "≤", "leqslant": "≤", "le": "≤",
    "geq": "≥", "geqslant": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "lt": "<", "gt": ">", "infty": "∞", "cup": "∪",
    "cap": "∩", "in": "∈", "angle": "∠", "measuredangle": "∠", "triangle": "△", "approx": "≈", "circ": "°",
    "degree": "°", "prime": "′", "colon": ":", "ldots": "…", "cdots": "…", "dots": "…", "lbrace": "⟦", "rbrace": "⟧",
    "quad": " ", "qquad": " ", "emptyset": "∅", "varnothing": "∅", "mid": "|", "vert": "|", "lvert": "|", "rvert": "|",
    "or": " or ", "vee": " or ", "lor": " or ", "and": " and ", "wedge": " and ", "land": " and ", "perp": "⊥",
    "parallel": "∥", "because": "∵", "therefore": "∴", "cong": "≅", "sim": "~", "to": "→", "rightarrow": "→",
    "lfloor": " floor(", "rfloor": ")", "lceil": " ceil(", "rceil": ")",
    "Rightarrow": "→", "checkmark": "√", "lbrack": "[", "rbrack": "]", "langle": "(", "rangle": ")", "varphi": "phi",
    "vartheta": "theta", "varepsilon": "epsilon", "equiv": "≡", "setminus": "∖", "backslash": "∖", "limits": "",
    "displaystyle": "", "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "", "Bigl": "", "Bigr": "",
    "bigg": "", "Bigg": "", "rm": "", "bf": "", "it": "", "hspace": "", "phantom": "", "nonumber": "", "textstyle": "",
    "centerdot": "*", "bullet": "*", "R": "R", "Z": "Z", "N": "N", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
}  # fmt: skip
_COMMAND: Final = re.compile(r"\\([A-Za-z]+)\s*")
_ROWS: Final = re.compile(r"\\begin\{(\w+)\*?\}(?:\{[lcr| ]*\})?(.*?)\\end\{\1\*?\}", re.DOTALL)
_MATRICES: Final = frozenset({"pmatrix", "bmatrix", "vmatrix", "matrix", "Bmatrix", "smallmatrix"})
_FUNCTIONS: Final = "sinh|cosh|tanh|asin|acos|atan|sin|cos|tan|cot|sec|csc|ln|lg|log|exp"
_BARE: Final = re.compile(
    rf"(?<![A-Za-z])({_FUNCTIONS})\s*(\^\s*\(?-?\d+\)?)?\s*((?:[\d.]*(?:∠|△)?(?:[A-Za-zα-ωπ](?![a-z])[A-Z0-9_]*"
    rf"|\d[\d.]*)°?)(?![A-Za-z]))(\s*\^\s*(?:\(-?[\w/]+\)|-?\d+|[A-Za-z]))?"
)
_POWERED: Final = re.compile(rf"(?<![A-Za-z])({_FUNCTIONS})\s*\^\s*(\(?-?\d+\)?)\s*\(")
_INVERSE: Final = re.compile(r"(?<![A-Za-z])(sin|cos|tan)\s*\^\s*\(?-1\)?")
_LOGARITHM: Final = re.compile(r"(?:\\log|(?<![A-Za-z\\])log)\s*_\s*")
_SIZED: Final = re.compile(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])\.?\s*")
_SUBSCRIPT: Final = re.compile(r"_\s*(?:\{([^{}]*)\}|(\w))")
_MOST_STEPS: Final = 400


class TooDeepError(Exception):
    """More commands than are read."""


def closing(text: str, start: int, pair: str = "{}") -> int:
    """Return where the bracket that opens at `start` closes, or -1."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == pair[0] and (at == 0 or text[at - 1] != "\\"):
            depth += 1
        elif text[at] == pair[1] and text[at - 1] != "\\":
            depth -= 1
            if not depth:
                return at
    return -1


def balanced(text: str) -> bool:
    """Say whether round, square and curly brackets close what they open, a half-open interval aside."""
    depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return False
    return depth == 0


def clean(text: str) -> str:
    """Return text with one spelling for each printed sign, LaTeX left as it is."""
    return text.translate(_SIGNS)


_REPEATING: Final = re.compile(
    r"(\d*)\.(\d*?)(?:\\overline\s*\{(\d+)\}|\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?)"
)
_CHOOSE: Final = re.compile(
    r"(?<![A-Za-z\\])(?:\\(?:mathrm|text|rm)\s*\{\s*)?([CAP])\s*\}?\s*(?:_\s*\{?(\d{1,3})\}?\s*\^\s*\{?(\d{1,3})\}?"
    r"|\^\s*\{?(\d{1,3})\}?\s*_\s*\{?(\d{1,3})\}?)"
)
_BARRED: Final = re.compile(r"\\(?:overline|bar)\s*(?:\{\s*([a-z])\s*\}|\s([a-z])(?![a-z]))")


def plain(text: str) -> str:
    """Return text without LaTeX.

    Raises:
        TooDeepError: It has more than a few hundred commands.
    """
    text = _CHOOSE.sub(_chosen, _DOUBLED.sub(lambda _: "\\", clean(text)))
    if "\\" in text or "{" in text or "$" in text or "frac" in text:
        text = _without_latex(text)
    return _functions(_bars(text)).strip()


def _without_latex(text: str) -> str:
    text = re.sub(r"\\lbrace|\\left\s*\\\{(?=\s*\\begin)|\\right\s*\.", " ", text) if "\\begin" in text else text
    text = _ROWS.sub(_rows, text)
    text = _REPEATING.sub(_repeated, text)
    text = _BARRED.sub(lambda found: f" {found[1] or found[2]}_bar ", text)
    text = text.replace("\\$", "＄").replace("$", " ").replace("＄", "$")
    text = text.replace("\\(", " ").replace("\\)", " ").replace("\\[", " ").replace("\\]", " ")
    text = (
        _SIZED.sub("", text)
        .replace("\\%", "%")
        .replace("\\{", "⟦")
        .replace("\\}", "⟧")
        .replace("\\|", "|")
        .replace("\\&", "&")
    )
    text = re.sub(r"\\[,;:! ]|~|\\\\", " ", text).replace("{,}", ",")
    text = re.sub(r"\^\s*(?:\{\s*\\(?:circ|degree)\s*\}|\\circ|\\degree|\{\s*°\s*\}|°)", "°", text)
    text = re.sub(r"\^\s*(?:\{\s*(?:\\prime|′)\s*\}|\\prime)", "′", text)
    steps = 0
    while match := _WRAPPED.search(text):
        steps = _step(steps)
        end = closing(text, match.end() - 1)
        inner = text[match.end() : end] if end >= 0 else text[match.end() :]
        text = f"{text[: match.start()]} {inner} {text[end + 1 :] if end >= 0 else ''}"
    text = _mixed(text)
    while match := _FRACTION.search(text):
        steps = _step(steps)
        top, at = _argument(text, match.end())
        bottom, at = _argument(text, at)
        text = f"{text[: match.start()]}(({top})/({bottom})){text[at:]}"
    while match := _ROOT.search(text):
        steps = _step(steps)
        at, degree = match.end(), ""
        if text[at : at + 1] == "[" and (end := text.find("]", at)) > 0:
            degree, at = text[at + 1 : end], end + 1
        inner, at = _argument(text, at)
        text = text[: match.start()] + (f" root({inner},{degree})" if degree else f" sqrt({inner})") + text[at:]
    text = _logarithms(text)
    text = _COMMAND.sub(_command, text)
    text = _SUBSCRIPT.sub(lambda found: _index(found[1] if found[1] is not None else found[2]), text)
    text = re.sub(r"\^\s*\{([^{}]*)\}", r"^(\1)", text)
    lone = text.strip()
    if lone.startswith("{") and lone.endswith("}") and closing(lone, 0) == len(lone) - 1 and "," in lone:
        text = f"⟦{lone[1:-1]}⟧"
    return text.replace("{", "(").replace("}", ")").replace("\\", " ")


def _repeated(match: re.Match[str]) -> str:
    r"""Return ``0.1\overline{6}`` and ``0.1\dot{6}`` as the fraction that it is."""
    period = match[3] or f"{match[4]}{match[5] or ''}{match[6] or ''}"
    head, fixed = match[1] or "0", match[2]
    whole, before = int(head + fixed + period), int(head + fixed)
    return f"({whole - before}/{(10 ** len(period) - 1) * 10 ** len(fixed)})"


def _chosen(match: re.Match[str]) -> str:
    """Return ``C_5^2`` and ``A_5^2`` as the numbers of ways that they are."""
    total, some = (match[2], match[3]) if match[2] else (match[5], match[4])
    return f" {'binomial' if match[1] == 'C' else 'permutations'}({total},{some}) "


def _logarithms(text: str) -> str:
    """Write a logarithm with a base as a function of two arguments."""
    steps = 0
    while match := _LOGARITHM.search(text):
        steps = _step(steps)
        base, at = _argument(text, match.end())
        argument, at = _argument(text, at)
        run = (
            re.compile(r"[\w.]*").match(text, at) if argument[-1:].isalnum() and text[at - 1 : at] == argument else None
        )
        argument, at = (argument + run.group(), run.end()) if run else (argument, at)
        text = f"{text[: match.start()]} log({_bare(argument) or 1},{_bare(base)}){text[at:]}"
    return text


def _step(steps: int) -> int:
    if steps >= _MOST_STEPS:
        raise TooDeepError
    return steps + 1


def _bare(text: str) -> str:
    whole = text[:1] == "(" and closing(text, 0, "()") == len(text) - 1
    return text[1:-1] if text[:1] == "{" or whole else text


def _mixed(text: str) -> str:
    """Return ``2\\frac{1}{5}`` as the sum that it is."""
    return re.sub(
        r"(?<![\d.)}^_])(\d+)\s*\\?(?<![a-zA-Z])[dtc]?frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}", r"(\1+\2/\3)", text
    )


def _argument(text: str, at: int) -> tuple[str, int]:
    """Return what a command applies to, and where it ends: braces, a command, or one sign."""
    while at < len(text) and text[at].isspace():
        at += 1
    if at >= len(text):
        return "", at
    if text[at] == "{":
        end = closing(text, at)
        return (text[at + 1 : end], end + 1) if end >= 0 else (text[at + 1 :], len(text))
    if text[at] == "(":
        end = closing(text, at, "()")
        return (text[at : end + 1], end + 1) if end >= 0 else (text[at:], len(text))
    if text[at] == "\\" and (match := _COMMAND.match(text, at)):
        return text[at : match.end()], match.end()
    return text[at], at + 1


def _command(match: re.Match[str]) -> str:
    name = match[1]
    if name in _COMMANDS:
        return _COMMANDS[name]
    return f" {name} " if len(name) > 1 else name


def _index(text: str) -> str:
    """Return a subscript as the end of a name."""
    kept = re.sub(r"[^A-Za-z0-9]", "", text.replace("triangle", ""))
    return (kept if kept.isdecimal() else f"_{kept}") if kept else ""


def _rows(match: re.Match[str]) -> str:
    """Return cases as a list, a value with its condition in brackets, and a matrix as rows in brackets."""
    rows = [row.strip() for row in re.split(r"\\\\", match[2]) if row.strip()]
    cells = [[cell.strip().strip(",; ") for cell in row.split("&")] for row in rows]
    if match[1] in _MATRICES or (match[1] == "array" and all(len(row) > 1 for row in cells)):
        return "(" + ",".join(f"({','.join(row)})" if len(row) > 1 else row[0] for row in cells) + ")"
    return ", ".join(row[0] + "".join(f"({cell.strip('()')})" for cell in row[1:] if cell) for row in cells)


def _bars(text: str) -> str:
    """Return ``|x|`` as ``abs(x)`` where bars come in pairs."""
    pieces = text.split("|")
    if len(pieces) not in (3, 5) or not all(piece.strip() for piece in pieces[1::2]):
        return text
    return "".join(f" abs({piece})" if place % 2 else piece for place, piece in enumerate(pieces))


def _functions(text: str) -> str:
    """Put brackets around what a function is applied to, and powers behind it."""
    text = _INVERSE.sub(r"a\1", text)
    while match := _POWERED.search(text):
        start = match.end() - 1
        end = closing(text, start, "()")
        if end < 0:
            break
        text = f"{text[: match.start()]}{match[1]}{text[start : end + 1]}^{match[2]}{text[end + 1 :]}"
    return _BARE.sub(lambda found: f"{found[1]}({found[3]}{found[4] or ''}){found[2] or ''}", text)
