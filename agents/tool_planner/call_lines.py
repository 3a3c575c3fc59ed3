"""Plans as a language model writes them: a call a line, half as long as JSON, and read strictly.

``2. between(first=$1.built, last="2030-01-01") for 1`` is call 2, for need 1: ``$1.built`` is the member ``built`` of
what call 1 returns, ``$1`` its whole result, ``$1.rows[0].id`` a way into it. ``read($1, date, "When was it built?")``
is what a result says of that (a fourth text names the thing), ``text("100 * ", $1.count)`` a text with results in it.
All other values are JSON: a ``$`` inside of quotes is money. ``missing 2: needs_input(to, day)`` and
``missing 2: no_tool`` name needs without a call. What is read has the form of the JSON plan, ``$ref`` and all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from .composed import READ, TEMPLATE
from .references import REF

__all__ = ["CallStream", "calls", "read_call", "shown_name"]

_LONGEST: Final = 20_000
"""Characters of an answer that are read."""
_DEEPEST: Final = 50
_SPACE: Final = re.compile(r"\s*")
_CALL: Final = re.compile(r"(?:call\s+)?(\d{1,3})\s*[.:)]\s*", re.IGNORECASE)
_NAME: Final = re.compile(r'[^\s()"=,]+')
_KEY: Final = re.compile(r'[^\s()"=,:{}\[\]$]+')
_NEEDS: Final = re.compile(r"\s*(?:for\s+((?:need\s+)?\d+(?:\s*(?:,|and)\s*\d+)*))?\s*[.;]?\s*", re.IGNORECASE)
_MISSING: Final = re.compile(r"missing\s+(\d+)\s*:\s*(\w+)\s*(?:\(([^()]*)\))?\s*[.;]?", re.IGNORECASE)
_REFERENCE: Final = re.compile(r'\$T?(\d{1,3})((?:\.[^\s.\[\](){},"=]+|\[\d{1,9}\]|\["(?:[^"\\]|\\.)*"\])*)')
_MADE: Final = re.compile(r"(read|text)\(")
_PLAIN: Final = re.compile(
    r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null|True|False|None)\b"
)
_WORDS: Final = {"true": True, "false": False, "null": None}
_QUOTED: Final = re.compile(r"'((?:[^'\\\n]|\\.)*)'")


def shown_name(name: str) -> str:
    """Return a tool's name as it stands in a line: in quotes where it holds what would end it."""
    return name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


class CallStream:
    """The complete lines of a text that comes in pieces, however it is cut; one in brackets may go on below."""

    def __init__(self) -> None:
        self._line = ""
        self._depth = 0
        self._quote = ""
        self._escaped = False

    def feed(self, piece: str) -> list[str]:
        """Take the next characters and return the lines that are complete by now."""
        found: list[str] = []
        for char in piece:
            if char == "\n" and not self._depth and not self._quote:
                found.append(self._line)
                self._line = ""
                continue
            self._line += char
            self._look(char)
        return [line for line in found if line.strip()]

    def rest(self) -> list[str]:
        """Return the last line, which nothing ends."""
        line, self._line = self._line, ""
        return [line] if line.strip() else []

    def _look(self, char: str) -> None:
        if self._quote:
            if self._escaped:
                self._escaped = False
            elif char == "\\":
                self._escaped = True
            elif char == self._quote:
                self._quote = ""
        elif char == '"' and self._depth:
            self._quote = char
        elif char in "([{":
            self._depth += 1
        elif char in ")]}":
            self._depth = max(0, self._depth - 1)


def calls(text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
    """Read a whole answer: its calls, and what it says is missing; None where no line of it is either.

    Lines that are neither (a heading, a fence, a word of courtesy) are passed over.

    Raises:
        ValueError: A line begins like a call and cannot be read; with a message for the model.
    """
    stream = CallStream()
    lines = [*stream.feed(text[:_LONGEST]), *stream.rest()]
    tasks: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    for line in lines:
        lost = _MISSING.fullmatch(line.strip())
        if lost is not None:
            fields = [name.strip().strip("\"'") for name in (lost[3] or "").split(",") if name.strip()]
            missing.append({"need": int(lost[1]), "code": lost[2].lower(), "fields": fields})
        elif (row := read_call(line)) is not None:
            tasks.append(row)
    return (tasks, missing) if tasks or missing else None


def read_call(line: str) -> dict[str, Any] | None:
    """Read one line; None where it does not begin like a call.

    Raises:
        ValueError: It does, and cannot be read; with a message for the model.
    """
    start = _CALL.match(line.strip())
    if start is None:
        return None
    reader = _Reader(line.strip(), start.end())
    name = reader.name()
    if name is None:
        return None
    try:
        arguments = reader.arguments()
        needs = reader.needs()
    except RecursionError:  # pragma: no cover, brackets are counted before
        raise ValueError(f"call {start[1]} nests too deep") from None
    except ValueError as error:
        raise ValueError(f"call {start[1]}: {error}"[:300]) from None
    row: dict[str, Any] = {"id": f"T{int(start[1])}", "tool": name, "args": arguments}
    return {**row, "needs": needs} if needs else row


class _Reader:
    """A line, and how far it was read."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._depth = 0

    def name(self) -> str | None:
        """Read a tool's name and the bracket behind it."""
        if self._text.startswith('"', self._at):
            try:
                name: str | None = self._string()
            except ValueError:
                return None
        else:
            name = self._matched(_NAME)
        return name if name and self._taken("(") else None

    def arguments(self) -> dict[str, Any]:
        """Read ``name=value, …)``."""
        return self._members(")", "=", self._argument)

    def needs(self) -> list[int]:
        """Read what stands behind the call."""
        found = _NEEDS.fullmatch(self._text, self._at)
        if found is None:
            raise ValueError(f"behind the call stands {self._text[self._at :][:40]!r}; write: for 1")
        return [int(number) for number in re.findall(r"\d+", found[1] or "")]

    def _argument(self) -> str:
        if self._text.startswith('"', self._at):
            return self._string()
        name = self._matched(_KEY)
        if name is None:
            raise ValueError(f"an argument is name=value; there stands {self._text[self._at :][:40]!r}")
        return name

    def _members(self, end: str, sign: str, key: Callable[[], str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self._taken(end):
            if found and not self._taken(","):
                raise ValueError(f"after {list(found)[-1]!r} a comma or {end!r} is missing")
            if self._taken(end):  # after a last comma
                break
            self._skip()
            name = key()
            if name in found:
                raise ValueError(f"{name!r} is given twice")
            if not self._taken(sign):
                raise ValueError(f"after {name!r} stands no {sign!r}")
            found[name] = self._value()
        return found

    def _value(self) -> Any:
        self._skip()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("it nests too deep")
        try:
            return self._read()
        finally:
            self._depth -= 1

    def _read(self) -> Any:
        text, at = self._text, self._at
        if text.startswith('"', at):
            return self._string()
        if (quoted := _QUOTED.match(text, at)) is not None:
            self._at = quoted.end()
            return re.sub(r"\\(.)", r"\1", quoted[1])
        if (reference := _REFERENCE.match(text, at)) is not None:
            self._at = reference.end()
            return {REF: f"T{int(reference[1])}.result{reference[2]}"}
        if (made := _MADE.match(text, at)) is not None:
            self._at = made.end()
            return self._made(made[1])
        if (plain := _PLAIN.match(text, at)) is not None:
            self._at = plain.end()
            word = plain[0].lower().replace("none", "null")
            return _WORDS[word] if word in _WORDS else json.loads(plain[0])
        if self._taken("{"):
            return self._members("}", ":", self._argument)
        if self._taken("["):
            return self._items("]")
        raise ValueError(f"there is no value that begins with {text[at : at + 40]!r}; texts stand in double quotes")

    def _items(self, end: str) -> list[Any]:
        found: list[Any] = []
        while not self._taken(end):
            if found and not self._taken(","):
                raise ValueError(f"a comma or {end!r} is missing")
            if self._taken(end):
                break
            found.append(self._value())
        return found

    def _made(self, kind: str) -> dict[str, Any]:
        if kind == "text":
            return {TEMPLATE: self._items(")")}
        source = self._value()
        if not self._taken(","):
            raise ValueError('write: read($1, date, "what is asked")')
        self._skip()
        what = self._matched(_KEY)
        told: list[Any] = []
        if self._taken(","):
            told = self._items(")")
        elif not self._taken(")"):
            raise ValueError("a bracket is missing behind read(")
        names = ("ask", "of")
        if what is None or len(told) > len(names) or not all(isinstance(each, str) for each in told):
            raise ValueError('write: read($1, date, "what is asked")')
        return {READ: source, "as": what, **dict(zip(names, told, strict=False))}

    def _string(self) -> str:
        try:
            value, self._at = json.JSONDecoder(strict=False).raw_decode(self._text, self._at)
        except ValueError:
            raise ValueError(f"the text {self._text[self._at :][:40]!r} does not end") from None
        return str(value)

    def _matched(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[0]

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()

    def _taken(self, mark: str) -> bool:
        """Step over a sign, where it stands there."""
        self._skip()
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True
