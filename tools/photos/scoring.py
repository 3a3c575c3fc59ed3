"""How much of a known text a reading holds: Acc_OCR of MathReal, five parts of one fifth each (arXiv:2508.06009 §3).

The paper leaves the parts to a language model. Ours are counted [ours], after both texts are folded alike:

- numbers: the share of the gold text's numbers that were read, each as often as it stands there;
- keywords: the same for names (points, variables, units) and words of mathematics;
- semantic: cosine of the counts of character pairs and triples, which stands in for a model of meaning;
- format: Dice of labels, brackets, operators and marks, each as often as it stands;
- edits: 1 - Levenshtein distance / the longer length.

A part of which the gold text has nothing is left out, and the score is the mean of the rest. What a photo shows
beside the question (neighbouring questions, handwriting) costs in semantic, format and edits, not in the first two.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from questline.tools.text import CJK, normalize

from .words import WORDS

__all__ = ["OcrScore", "folded", "ocr_score"]

LONGEST: Final = 20_000
_TEX: Final = {
    "frac": "", "dfrac": "", "sqrt": "√", "triangle": "△", "angle": "∠", "circ": "°", "times": "×", "div": "÷",
    "cdot": "·", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "pi": "π", "lambda": "λ",
    "varphi": "φ", "theta": "θ", "alpha": "α", "beta": "β", "perp": "⊥", "parallel": "∥", "cong": "≌", "sim": "∽",
    "overrightarrow": "", "overline": "", "left": "", "right": "", "mathrm": "", "text": "", "quad": "",
}  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_FRACTION = re.compile(r"\\d?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("。．", "."), **dict.fromkeys("，、", ","), **dict.fromkeys("“”″", '"'),
        **dict.fromkeys("‘’′´`", "'"), **dict.fromkeys("【［〔", "["), **dict.fromkeys("】］〕", "]"),
        **dict.fromkeys("－–—−﹣", "-"), **dict.fromkeys("～∼", "~"), "：": ":", "；": ";", "？": "?", "！": "!",
        "⊿": "△", "∆": "△", "Δ": "△", "δ": "△", "⟂": "⊥", "‖": "∥", "✕": "×", "﹤": "<", "﹥": ">", "⩽": "≤", "⩾": "≥",
        "º": "°", "˚": "°", "∘": "°", "{": "", "}": "", "$": "", "^": "",
    }
)  # fmt: skip
_BLANK = re.compile(r"_{2,}|\(\s+\)|\(\)")
_CIRCLED: Final = str.maketrans({chr(0x2460 + n): f"({n + 1})" for n in range(20)})
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NAME = re.compile(r"[^\W\d_" + CJK + r"]+'*")
_FORM = re.compile(r"\(\d{1,2}\)|[()\[\]=<>≤≥≠+\-×÷/√∠△°⊥∥%:;,.?!~|]")
_WORD = re.compile("|".join(sorted((word for word in WORDS if not word.isascii()), key=len, reverse=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrScore:
    """How much of a text was read, each part in [0, 1]; None where the text has nothing of the kind."""

    numbers: float | None
    keywords: float | None
    semantic: float
    format: float | None
    edits: float

    @property
    def total(self) -> float:
        """Mean of the parts that apply."""
        parts = [self.numbers, self.keywords, self.semantic, self.format, self.edits]
        known = [part for part in parts if part is not None]
        return sum(known) / len(known)


def ocr_score(reading: str, gold: str) -> OcrScore:
    """Compare what was read with what is written; of either, the first 20,000 characters.

    Two empty texts are alike; an empty reading of a text scores 0.
    """
    spaced, known = _alike(reading), _alike(gold)
    read, written = folded(reading), folded(gold)
    return OcrScore(
        numbers=_recall(_NUMBER.findall(spaced), _NUMBER.findall(known)),
        keywords=_recall(_keywords(spaced), _keywords(known)),
        semantic=_cosine(_grams(read), _grams(written)),
        format=_dice(_FORM.findall(read), _FORM.findall(written)),
        edits=1 - _distance(read, written) / max(len(read), len(written), 1),
    )


def folded(text: str) -> str:
    """Return a text without spaces, width, case, TeX commands and blanks to fill in, which no two writers set alike."""
    return "".join(_alike(text).split())


def _alike(text: str) -> str:
    """Do the same, but keep the spaces, which part words and numbers."""
    text = _FRACTION.sub(r"\1/\2", text[:LONGEST])
    text = _COMMAND.sub(lambda found: _TEX.get(found[1], found[1]), text)
    text = normalize(text.translate(_CIRCLED)).translate(_ALIKE)
    return _BLANK.sub(" ", text)


def _keywords(text: str) -> list[str]:
    return _NAME.findall(text) + _WORD.findall(text)


def _recall(read: Iterable[str], written: Iterable[str]) -> float | None:
    wanted = Counter(written)
    return (wanted & Counter(read)).total() / wanted.total() if wanted else None


def _dice(read: Iterable[str], written: Iterable[str]) -> float | None:
    found, wanted = Counter(read), Counter(written)
    return 2 * (wanted & found).total() / (wanted.total() + found.total()) if wanted else None


def _grams(text: str) -> Counter[str]:
    return Counter(text[start : start + size] for size in (2, 3) for start in range(len(text) - size + 1)) or Counter(
        text
    )


def _cosine(left: Counter[str], right: Counter[str]) -> float:
    if not left or not right:
        return float(left == right)
    shared = sum(count * right[gram] for gram, count in left.items())
    return shared / math.sqrt(sum(n * n for n in left.values()) * sum(n * n for n in right.values()))


def _distance(left: str, right: str) -> int:
    """Return the Levenshtein distance, a row of the table at a time."""
    if not left or not right:
        return max(len(left), len(right))
    codes = np.array([ord(character) for character in right])
    steps = np.arange(len(right) + 1)
    row = steps
    for count, character in enumerate(left, start=1):
        best = np.minimum(row[:-1] + (codes != ord(character)), row[1:] + 1)
        # an insertion costs one a step: the running minimum of what is left after the steps are taken off
        row = np.minimum.accumulate(np.concatenate(([count], best)) - steps) + steps
    return int(row[-1])
