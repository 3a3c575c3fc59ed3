"""What is seen while a question runs: nothing, the bare text in a pipe, or a live region of the terminal."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from questline.cli_console import output, plain
from questline.types import Answer, Event

__all__ = ["View", "view_for"]

_DOING: Final = {
    "planner": "Planning",
    "condense": "Reading the earlier messages",
    "QR": "Rewriting the question",
    "R": "Searching",
    "DS": "Selecting passages",
    "AG": "Answering",
    "QDS": "Splitting the question",
    "QDP": "Splitting the question",
    "AS": "Summing up",
    "intents": "Reading the question",
    "find": "Looking for tools",
    "probe": "Asking sources",
    "tool_planner": "Planning",
    "composer": "Writing the answer",
}
_TASK: Final = "task"
"""Step of a call of a server's tool; its event's text names them."""
_TAIL_LINES: Final = 12
"""Lines of a draft that the live region shows; a region taller than the terminal cannot be redrawn."""


class View(Protocol):
    """Shows a run."""

    def show(self, event: Event) -> None:
        """Take note of one event."""
        ...

    def finish(self, answer: Answer) -> bool:
        """Say whether the answer's text stands on stdout already."""
        ...


def view_for(stream: bool | None) -> AbstractContextManager[View]:
    """Return the fitting view.

    Args:
        stream: Whether text is shown while it is written; None for yes in a terminal.
    """
    console = output()
    live = sys.stdout.isatty() and not console.is_dumb_terminal
    if stream is None:
        return _Live(console) if live else _Silent()
    if not stream:
        return _Silent()
    return _Live(console) if live else _Bare()


class _Silent:
    def show(self, event: Event) -> None:
        del event

    def finish(self, answer: Answer) -> bool:
        del answer
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was opened."""


class _Bare(_Silent):
    """Writes each piece as it comes; a draft that is withdrawn is followed by an empty line and the next one."""

    def __init__(self) -> None:
        self._text = ""

    def show(self, event: Event) -> None:
        if event.kind != "token":
            return
        if not event.text and self._text:
            self._write("\n\n")
            self._text = ""
        self._text += event.text
        self._write(plain(event.text))

    def finish(self, answer: Answer) -> bool:
        if self._text:
            self._write("\n")
        same = bool(self._text) and self._text.strip() == answer.text.strip()
        if self._text and not same:
            self._write("\n")
        return same

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


class _Live(_Silent):
    """Redraws the draft and the current step in place; cleared at the end, when the whole answer is printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._text = ""
        self._calls: dict[str, str] = {}
        self._spinner = Spinner("dots", Text("Thinking", style="dim"))
        self._live = Live(console=console, transient=True, refresh_per_second=8, get_renderable=self._draw)

    def show(self, event: Event) -> None:
        if event.step == _TASK:
            self._show_calls(event)
        elif event.kind == "step_started":
            self._spinner.update(text=Text(_DOING.get(event.step, event.step), style="dim"))
        elif event.kind == "token":
            self._text = self._text + event.text if event.text else ""

    def _show_calls(self, event: Event) -> None:
        """Name the tools whose calls are under way; several are side by side."""
        if event.kind == "step_started":
            self._calls[event.task] = plain(event.text)
        elif event.kind == "step_finished":
            self._calls.pop(event.task, None)
        if self._calls:
            names = ", ".join(dict.fromkeys(self._calls.values()))
            self._spinner.update(text=Text(f"Calling {names}", style="dim"))

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def _draw(self) -> RenderableType:
        if not self._text:
            return self._spinner
        lines = Text(plain(self._text)).wrap(self._console, self._console.width)
        return Group(*lines[-_TAIL_LINES:], self._spinner)
