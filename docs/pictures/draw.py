"""Draw docs/pictures: the graph of a question, a recorded terminal, and two traced questions. Run by `make picture`."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from questline.graphs.adaptive_rag.build import build
from questline.training.evaluation.reporting.page import picture_style
from questline.training.evaluation.reporting.pictures import SMALL_N, Line, forest, standalone
from questline.training.evaluation.reporting.shapes import Measure

PICTURES: Final = Path(__file__).resolve().parent
NODES: Final[dict[str, tuple[int, int, str]]] = {
    "condense": (20, 60, "with earlier messages"),
    "plan": (20, 190, "which workflow next?"),
    "rewrite": (260, 60, "QR"),
    "retrieve": (420, 60, "R"),
    "select": (580, 60, "DS"),
    "generate": (740, 60, "AG"),
    "decompose": (260, 320, "QDS, QDP"),
    "dispatch": (420, 320, "what can run now?"),
    "part": (580, 320, "its own loop"),
    "summarize": (740, 320, "AS"),
    "rescue": (580, 190, "one last attempt"),
    "compose": (740, 190, "text and citations"),
}
"""Where each node of the compiled graph stands, and what it is for."""
EDGES: Final = (
    ("condense", "plan"),
    ("plan", "rewrite"),
    ("plan", "decompose"),
    ("plan", "rescue"),
    ("rewrite", "retrieve"),
    ("retrieve", "select"),
    ("select", "generate"),
    ("generate", "compose"),
    ("decompose", "dispatch"),
    ("dispatch", "part"),
    ("part", "dispatch"),
    ("summarize", "compose"),
    ("rescue", "compose"),
)
"""The main ways; a workflow leaves out steps, and every chain may return to `plan` for another turn."""
WIDTH: Final = 130
HEIGHT: Final = 54
STYLE: Final = """text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1c2733;text-anchor:middle}
.small{font-size:10.5px;fill:#52606d}
rect.node{fill:#eef4fb;stroke:#3b6ea5}
path{fill:none;stroke:#3b6ea5;stroke-width:1.4}
path.turn{stroke-dasharray:5 4}
path.tip{fill:#3b6ea5;stroke:none}"""
TIP: Final = """<defs>
<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path class="tip" d="M0 0L8 4L0 8"/></marker></defs>"""


def graph_svg() -> str:
    """Draw the graph of a question; every node of the compiled graph, and only edges that it has."""
    graph = build().get_graph()
    nodes = set(graph.nodes) - {"__start__", "__end__"}
    edges = {(edge.source, edge.target) for edge in graph.edges}
    if nodes != set(NODES) or not set(EDGES) <= edges:
        raise SystemExit(f"the graph has changed: place {nodes ^ set(NODES)}, mend {set(EDGES) - edges}")
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 420" role="img" aria-labelledby="title">',
        '<title id="title">A question in the graph: plan, run a chain or parts, plan again, compose</title>',
        f"<style>{STYLE}</style>",
        TIP,
        '<rect width="900" height="420" fill="#ffffff"/>',
        *(_arrow(*edge) for edge in EDGES),
        # the two ways back, and the way on from the parts, go around the boxes
        '<path class="turn" marker-end="url(#tip)" d="M805 60V28H8V217H20"/>',
        '<text class="small" x="480" y="22">another turn, at most five</text>',
        '<path marker-end="url(#tip)" d="M485 374V398H805V374"/>',
        '<text class="small" x="645" y="413">all parts answered</text>',
        '<text class="small" x="645" y="308">sub-questions, side by side</text>',
        *(_box(name, *place) for name, place in NODES.items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(name: str, x: int, y: int, note: str) -> str:
    middle = x + WIDTH // 2
    return (
        f'<rect class="node" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
        f'<text x="{middle}" y="{y + 23}">{name}</text><text class="small" x="{middle}" y="{y + 41}">{note}</text>'
    )


def _arrow(start: str, end: str) -> str:
    (x1, y1, _), (x2, y2, _) = NODES[start], NODES[end]
    if x1 == x2:
        down = y2 > y1
        way = f"M{x1 + WIDTH // 2} {y1 + (HEIGHT if down else 0)}V{y2 if down else y2 + HEIGHT}"
    elif y1 == y2:
        right = x2 > x1
        shift = HEIGHT // 2 + (8 if right else -8) * ((end, start) in EDGES)
        way = f"M{x1 + (WIDTH if right else 0)} {y1 + shift}H{x2 if right else x2 + WIDTH}"
    else:
        way = f"M{x1 + WIDTH} {y1 + HEIGHT // 2}L{x2} {y2 + HEIGHT // 2}"
    return f'<path marker-end="url(#tip)" d="{way}"/>'


COMPARED: Final = (
    ("absolute", 139, 0, 0.587, 0.08, 0.663, 0.02),
    ("absolute", 140, 1, 0.679, 0.08, 0.745, 0.02),
    ("aggregate", 133, 0, 0.541, 0.09, 0.646, 0.03),
    ("aggregate", 134, 1, 0.634, 0.08, 0.760, 0.03),
    ("rare", 7, 0, 0.286, 0.33, 0.684, 0.18),
    ("rare", 7, 1, 0.714, 0.30, 0.761, 0.16),
)
"""Invented slices of two runs: name, n, run, a share with half its interval, a recall with half its own."""


def report_svg() -> str:
    """Draw an invented picture of `agents eval report`: three slices of two runs."""
    lines = [
        Line(
            label="" if run else name,
            note=f"n {n}",
            small=n < SMALL_N,
            colour=run,
            first=not run,
            values={
                "correct": Measure(value=right, low=max(0, right - off), high=min(1, right + off), n=n),
                "recall@5": Measure(value=found, low=found - spread, high=found + spread, n=n),
                "seconds": Measure(value=0.2 + 0.05 * run),
            },
        )
        for name, n, run, right, off, found, spread in COMPARED
    ]
    picture = forest("Three slices of two runs", lines, ["correct", "recall@5", "seconds"])
    return standalone(picture, picture_style())


COMMANDS: Final = (
    ("agents", "index", "docs/samples"),
    ("agents", "ask", "Which opened first, the lighthouse of Velmora or the Sorrel Valley Railway?", "--trace"),
)


def terminal_svg() -> str:
    """Record a terminal in which the sample documents are indexed and asked."""
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(PICTURES.parent / "samples", Path(folder, "docs", "samples"))
        for command in COMMANDS:
            typed = " ".join(f'"{word}"' if " " in word else word for word in command)
            console.print(Text.assemble(("$ ", "bold green"), (typed, "bold")))
            console.print(Text.from_ansi(_run(command, Path(folder))))
    svg = console.export_svg(title="questline", unique_id="terminal")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no font is fetched from another host


def _run(command: tuple[str, ...], folder: Path) -> str:
    name, *arguments = command
    program = Path(sys.executable).parent / name
    path = os.pathsep.join((str(program.parent), os.environ.get("PATH", "")))  # servers are started by name
    environment = os.environ | {"PATH": path, "FORCE_COLOR": "1", "COLUMNS": "100", "TERM": "xterm-256color"}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.rstrip() + "\n"


TRACED: Final = {"trace.svg": "mixed-04", "trace-parallel.svg": "mixed-12"}
"""Pictures of a traced question, and which of the open scenarios each shows."""


def question_of(scenario: str) -> str:
    """Return the question of an open scenario."""
    lines = (PICTURES.parents[1] / "tests/scenarios/open.jsonl").read_text("utf-8").splitlines()
    return next(row["question"] for row in map(json.loads, lines) if row["id"] == scenario)


def trace_svg(scenario: str) -> str:
    """Ask the question of an open scenario in its world, and draw what happened; servers are known from a first run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        shutil.copytree(PICTURES.parents[1] / "tests/scenarios/world", folder, dirs_exist_ok=True)
        words = ("--documents", "documents", "--servers", "mcp.json", "--trust", "--trace-svg", "trace.svg")
        for _ in range(2):
            _run(("agents", "ask", question_of(scenario), *words), folder)
        return (folder / "trace.svg").read_text("utf-8").replace(f"{folder}/", "")


def main() -> None:
    """Write all pictures."""
    traced = {name: trace_svg(scenario) for name, scenario in TRACED.items()}
    drawn = {"graph.svg": graph_svg(), "report.svg": report_svg(), "ask.svg": terminal_svg()}
    for name, svg in {**drawn, **traced}.items():
        (PICTURES / name).write_text(svg, encoding="utf-8")
        print(f"docs/pictures/{name}")


if __name__ == "__main__":
    main()
