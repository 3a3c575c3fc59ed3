"""Result files of the project's own making, and a page taken apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]
VOID = {"meta", "img", "input", "br"}


def item(name: str, right: float, **more: object) -> dict[str, Any]:
    """Return one item as a suite writes it."""
    return {
        "id": name,
        "prediction": "blue" if right else "red",
        "scores": {"right": float(right)},
        "cost": {"seconds": 0.5, "usd": 0.001},
        "shown": {"question": f"Which colour has door {name}?", "expected": ["blue"]},
        **more,
    }


def failed(name: str) -> dict[str, Any]:
    """Return an item that an error ended."""
    return {
        "id": name,
        "prediction": None,
        "error": "backend_unavailable",
        "message": "no answer",
        "shown": {"question": f"Which colour has door {name}?"},
    }


def result(items: Sequence[Mapping[str, Any]] = (), **more: Any) -> dict[str, Any]:
    """Return a report of an invented suite."""
    scores = [each.get("scores", {}).get("right", 0.0) for each in items] or [0.5, 0.5]
    middle = sum(scores) / len(scores)
    run = {
        "suite": "doors",
        "command": "agents eval doors --questions doors.jsonl",
        "date": "2026-11-27",
        "commit": "0123456789ab",
        "hardware": {"cores": 2, "processor": "A Processor"},
        "options": {"method": "embedded"},
        "data": {"questions": "d" * 64},
        "rows": len(scores),
        "stopped": "",
    }
    given = {
        "right": middle,
        "n": len(scores),
        "failed": sum(bool(each.get("error")) for each in items),
        "intervals": {"right": [max(0.0, middle - 0.1), min(1.0, middle + 0.1)]},
        "items": list(items),
        "run": run,
    }
    run.update(more.pop("run", {}))
    return {**given, **more}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a report into a file of this name."""

    def write(name: str, report: object) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(report), encoding="utf-8")
        return path

    return write


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None]
    pieces: list[str]
    """Of the whole page."""
    start: int
    end: int | None = None

    @property
    def text(self) -> str:
        """What is read in it."""
        return "".join(self.pieces[self.start : self.end])


class Parsed(HTMLParser):
    """The elements of a page in order, with the text inside; a tag that is not closed in order is a fault."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[Node] = []
        self.faults: list[str] = []
        self._open: list[Node] = []
        self._pieces: list[str] = []

    @classmethod
    def of(cls, html: str) -> Parsed:
        page = cls()
        page.feed(html)
        page.close()
        page.faults += [f"{node.tag} is never closed" for node in page._open]
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs), self._pieces, len(self._pieces))
        self.nodes.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.nodes.append(Node(tag, dict(attrs), self._pieces, len(self._pieces), len(self._pieces)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1].tag if self._open else 'nothing'}")
            return
        self._open.pop().end = len(self._pieces)

    def handle_data(self, data: str) -> None:
        self._pieces.append(data)

    def all(self, tag: str, kind: str = "") -> list[Node]:
        """Return the elements of a name, and of a class."""
        named = [node for node in self.nodes if node.tag == tag]
        return [node for node in named if not kind or kind in (node.attributes.get("class") or "").split()]

    @property
    def text(self) -> str:
        """All that is read in the page."""
        return next(node.text for node in self.nodes if node.tag == "main")
