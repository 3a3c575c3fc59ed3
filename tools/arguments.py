"""What callers give, checked before anything is done: each fault is a `UsageError` that names the argument.

Python does not check types at run time, so what is declared as text may be anything. Entries of the tools look at each
argument once; inside, values are trusted.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from typing import cast

from questline.errors import UsageError
from questline.types import Passage

__all__ = [
    "check_able",
    "check_flag",
    "check_is",
    "check_list",
    "check_number",
    "check_passages",
    "check_text",
    "check_texts",
    "check_whole",
    "fault",
    "shown",
]


def fault(name: str, value: object, wanted: str, *, code: str = "bad_argument", index: int | None = None) -> UsageError:
    """Return the error about one argument.

    Args:
        name: The argument, perhaps with a place in it: ``texts[3]``.
        value: What was given.
        wanted: What it must be, for a sentence: "must be …".
        code: Of `questline.errors.CODES`.
        index: Place in a list.
    """
    fields = {} if index is None else {"index": index}
    message = f"{name}={shown(value)} must be {wanted}"
    return UsageError(message, code=code, argument=name.partition("[")[0], retryable=False, **fields)


def check_text(name: str, value: object, *, code: str = "bad_argument") -> str:
    """Return a text.

    Raises:
        UsageError: With `code`; it is none.
    """
    if not isinstance(value, str):
        raise fault(name, value, "a text", code=code)
    return value


def check_texts(name: str, values: object) -> tuple[str, ...]:
    """Return a list of texts, which may be empty.

    Raises:
        UsageError: ``bad_argument``, with ``index`` where one of them is no text; one text alone is no list.
    """
    found = check_list(name, values, "a list of texts")
    for index, value in enumerate(found):
        if not isinstance(value, str):
            raise fault(f"{name}[{index}]", value, "a text", index=index)
    return cast("tuple[str, ...]", found)


def check_flag(name: str, value: object) -> None:
    """Refuse what is neither True nor False.

    Raises:
        UsageError: ``bad_argument``.
    """
    if not isinstance(value, bool):
        raise fault(name, value, "True or False")


def check_whole(name: str, value: object, *, low: int, code: str = "bad_argument") -> int:
    """Return a whole number of at least `low`.

    Raises:
        UsageError: With `code`.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < low:
        raise fault(name, value, f"a whole number of at least {low}", code=code)
    return int(value)


def check_is(
    name: str, value: object, kinds: type | tuple[type, ...], wanted: str, *, code: str = "bad_argument"
) -> None:
    """Refuse what is of none of the `kinds`; None passes.

    Raises:
        UsageError: With `code`.
    """
    if value is not None and not isinstance(value, kinds):
        raise fault(name, value, wanted, code=code)


def check_able(name: str, value: object, method: str) -> None:
    """Refuse what does not have the method that it is given for; None passes.

    Raises:
        UsageError: ``bad_argument``.
    """
    if value is not None and (isinstance(value, str | bytes) or not callable(getattr(value, method, None))):
        raise fault(name, value, f"an object with the method {method}, or None")


def check_passages(passages: object) -> tuple[Passage, ...]:
    """Return passages as they are.

    Raises:
        UsageError: ``bad_document``, with ``index`` where one of them is no passage with text.
    """
    found = check_list("passages", passages, "a list of passages, which may be empty", code="bad_document")
    for index, passage in enumerate(found):
        if not isinstance(passage, Passage):
            raise fault(f"passages[{index}]", passage, "a passage with text", code="bad_document", index=index)
        for name in ("id", "document_id", "source", "title", "text", "date"):
            value: object = getattr(passage, name)
            if not isinstance(value, str) and not (name == "date" and value is None):
                raise fault(f"passages[{index}].{name}", value, "a text", code="bad_document", index=index)
        score = cast("object", passage.score)
        if isinstance(score, bool) or not isinstance(score, int | float):
            raise fault(f"passages[{index}].score", score, "a number", code="bad_document", index=index)
    return cast("tuple[Passage, ...]", found)


def check_number(name: str, value: object, *, low: float, high: float = math.inf, code: str = "bad_param") -> None:
    """Refuse what is no number from `low` to `high`, infinity among it; None passes.

    Raises:
        UsageError: With `code`.
    """
    if value is None:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= cast("float", value) <= high or math.isinf(cast("float", value)):
        raise fault(name, value, f"a number from {low:g} to {high:g}", code=code)


def check_list(name: str, values: object, wanted: str, *, code: str = "bad_argument") -> tuple[object, ...]:
    """Return the items of a list or of anything else that can be gone through; a text or a mapping is none.

    Raises:
        UsageError: With `code`.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise fault(name, cast("object", values), wanted, code=code)
    return tuple(cast("Iterable[object]", values))


def shown(value: object) -> str:
    """Return how a message shows a value: as Python writes it, cut off where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
