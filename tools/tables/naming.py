"""Tables that a question names as its source: "according to the price list", "in loans, …", 根据员工表."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .result import Table
from .wording import name_pattern

__all__ = ["named_tables"]

_KIND: Final = r"(?:tables?|files?|sheet|spreadsheet|csv|database|records?|register|表格?|文件)"
_BY: Final = r"(?:\b(?:according to|as per|based on|judging by|going by)\s+|根据|按照?)"
_IN: Final = r"(?:\b(?:in|from|of|on|using)\s+|在|从)"


def named_tables(question: str, tables: Sequence[Table]) -> tuple[str, list[Table]]:
    """Return a question without the words that name its source, and the tables that they name; none where none is.

    Args:
        question: In English or Chinese.
        tables: What there is; ``shop.orders`` goes by ``orders``, and all tables of a file by the file's name.
    """
    spoken: dict[tuple[int, int], list[Table]] = {}
    names = {part for each in tables for part in (each.name, *each.name.split("."))}
    for name in sorted(names):
        own = [each for each in tables if name in {each.name, *each.name.split(".")}]
        for match in re.finditer(_naming(name), question, re.IGNORECASE):
            spoken.setdefault(match.span(), []).extend(own)
    if not spoken:
        return question, []
    start, end = max(spoken, key=lambda span: span[1] - span[0])
    rest = f"{question[:start]} {question[end:]}".strip(" ,;，；:")
    return (rest, list({each.name: each for each in spoken[start, end]}.values())) if rest else (question, [])


def _naming(name: str) -> str:
    called = rf"(?:the\s+|our\s+|this\s+)?['\"《]?{name_pattern(name)}"
    ending, close = r"\.(?:csv|tsv|jsonl|parquet|db|sqlite)", r"['\"》]?"
    kind = rf"\s*{_KIND}(?![a-z])"
    by = rf"{_BY}{called}(?:{ending})?{close}(?:{kind})?(?:\s*[里中])?"
    inside = rf"{_IN}{called}(?:{ending}{close}(?:{kind})?|{close}{kind})(?:\s*[里中])?"
    return rf"{by}|{inside}|\A\s*(?:in|from|using)\s+{called}{close}\s*[,:]"
