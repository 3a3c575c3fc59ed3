"""What the description of a field says about its values: a default, examples, what may be chosen, a form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .vocabulary import listed

__all__ = ["Hints", "read_hints"]

_DEFAULT: Final = re.compile(
    r"\bdefaults?\b(?:\s+(?:value|is|to|be|of|set|it|the|would|will|if|not|specified|unspecified)\b|\s*[:=,])*\s*"
    r"(?P<value>'[^']*'|\"[^\"]*\"|\[[^\]]*\]|-?\d[\d,]*(?:\.\d+)?|[A-Za-z][\w/%.-]*(?:\s[A-Za-z][\w/%-]*){0,2})",
    re.IGNORECASE,
)
_EXAMPLE: Final = re.compile(
    r"(?:\be\.?\s?g\.?|\bfor (?:example|instance)|\bexamples?\b(?:\s+(?:is|are))?|\bsuch as|\bi\.e\.|\blike)[,:]?\s*"
    r"(?P<values>(?:'[^']*'|\"[^\"]*\"|[^.;()'\"])+)",
    re.IGNORECASE,
)
_OPTIONS: Final = re.compile(
    r"(?:\boptions?(?:\s+(?:are|include))?\s*(?=[:(\['\"])|\b(?:options|choices)\s+are\b"
    r"|\bchoices?\s*(?=[:(\['\"])|\bcan be|\bcould be|\bmust be|\beither|\bone of|\bvalues?\b"
    r"(?:\s+(?:are|include))?|\baccepts?|\bincluding|\bType of [\w ]+:)\s*[:(]?\s*(?P<values>[^.;]*)",
    re.IGNORECASE,
)
_ROW: Final = re.compile(r"\(([\w-]+(?: [\w-]+)?(?:, [\w-]+(?: [\w-]+)?){2,})(?:,? (?:or|and|etc)\.? ?[\w-]*)?\)")
_PAIR: Final = re.compile(r"[('\"]\s*([\w -]{1,30}?)['\"]?\s+or\s+['\"]?([\w -]{1,30}?)\s*['\")]")
_QUOTED: Final = re.compile(r"(?<!\w)'([^']+)'(?!\w)|\"([^\"]+)\"")
_CITY_STATE: Final = re.compile(
    r"\bcity(?: and|,| name and)? (?:the )?state\b|\bcity, state\b|\b[A-Z][a-z]+(?: [A-Z][a-z]+)*, [A-Z]{2}\b",
    re.IGNORECASE,
)
_DATE_FORM: Final = re.compile(
    r"\b(?:YYYY|yyyy)[-/.](?:MM|mm)[-/.](?:DD|dd)\b|\b(?:MM|mm|DD|dd)[-/.](?:MM|mm|DD|dd)[-/.](?:YYYY|yyyy)\b"
    r"|\b(?:MM|mm)[-/.](?:YYYY|yyyy)\b|\b(?:YYYY|yyyy)[-/.](?:MM|mm)\b|\bmonth-day-year\b|\bday-month-year\b"
)
_WORD_FORM: Final = {"month-day-year": "mm-dd-yyyy", "day-month-year": "dd-mm-yyyy"}
_LOGIC: Final = frozenset(listed("true false none null not empty all any the current if use"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What one description says; each part empty where it says nothing."""

    default: str = ""
    """As it is written, without quotation marks."""
    examples: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """What may be chosen."""
    city_state: bool = False
    """A place is written with its state: ``City, ST``."""
    state_code: bool = False
    """The state is two letters."""
    date_form: str = ""
    """Lower case: ``yyyy-mm-dd``."""


def read_hints(description: str) -> Hints:
    """Return what a description says; quadratic patterns are avoided, and the caller cuts its length."""
    default = ""
    for match in _DEFAULT.finditer(description):
        default = match["value"].strip().rstrip(".")
        break
    options: list[str] = []
    examples: list[str] = []
    for match in _OPTIONS.finditer(description):
        options += _listed(match["values"], bare=match[0].lower().startswith(("option", "choice", "either", "can be")))
    if not options:
        pair = _PAIR.search(description)
        row = _ROW.search(description)
        options = [pair[1], pair[2]] if pair else row[1].split(", ") if row else []
    for match in _EXAMPLE.finditer(description):
        examples += _listed(match["values"], bare=True)
    form = _DATE_FORM.search(description)
    text = "" if form is None else form[0].lower()
    plain = _unquoted(default)
    return Hints(
        default=plain,
        examples=tuple(dict.fromkeys(examples)),
        options=tuple(dict.fromkeys(options)),
        city_state=bool(_CITY_STATE.search(description)),
        state_code=bool(re.search(r", [A-Z]{2}\b", description)),
        date_form=_WORD_FORM.get(text, text).replace("/", "/"),
    )


def _listed(text: str, *, bare: bool) -> list[str]:
    """Return the values of a list in prose: those in quotation marks, or between commas where there are none."""
    quoted = [one or two for one, two in _QUOTED.findall(text)]
    if quoted:
        return quoted
    if not bare:
        return []
    parts = re.split(r",\s*(?:or |and |etc)?|\s+or\s+|\s+and\s+|\s*/\s*", text.split("(", maxsplit=1)[0])
    found = [part.strip(" .:'\"()") for part in parts]
    return [part for part in found if part and len(part.split()) <= 3 and part.casefold() not in _LOGIC]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0] else text
