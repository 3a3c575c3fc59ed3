"""Write docs/reproduce.md from the papers beside this file: `python -P docs/reproduce/page.py`.

A file a paper says what was published, our commands, and where figures and ways differ. Our figures are read from the
measurements in ``docs/results``, with the command that made each; none is typed here.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from questline.training.evaluation.table import number

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parent / "reproduce.md"
RESULTS: Final = HERE.parent / "results"
PUBLISHED: Final = (
    ("models", "Models"),
    ("data", "Data"),
    ("prompt", "Prompt"),
    ("settings", "Hyper-parameters"),
    ("hardware", "Hardware"),
)
_HEAD: Final = """# Reproduce the papers

<!-- Written by `python -P docs/reproduce/page.py` from docs/reproduce/*.toml and docs/results; change those. -->

Questline rests on ten papers. For each: what was published, the command that runs it here, the published figure beside
ours, and every way in which ours differs, with the reason. Marks say where a fact comes from: **[paper]** the paper or
its repository, **[secondary]** another's account, **[measured]** computed by us on what was published, **[ours]** what
we chose or could not find out. Figures that were not run say why. The commands take any Hugging Face model by name or
folder as `--model`; `agents train list` says which recipes have one. Paths of data stand for your own.
"""


def papers() -> dict[str, dict[str, Any]]:
    """Return what each file says, by its name."""
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(HERE.glob("*.toml"))}


def report(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Return the measurement that a figure of ours is in."""
    return json.loads((RESULTS / figure["file"]).read_text(encoding="utf-8"))


def value(figure: Mapping[str, Any]) -> float:
    """Return a figure of ours.

    Raises:
        KeyError, IndexError: Where the measurement has no such key.
    """
    found: Any = report(figure)
    for part in str(figure["key"]).split("/"):
        found = cast("Sequence[Any]", found)[int(part)] if isinstance(found, list) else found[part]
    return found


def command_of(figure: Mapping[str, Any]) -> str:
    """Return the command that a figure of ours was measured with."""
    told = report(figure)
    return str(told["run"]["command"] if "run" in told else told["command"])


def page() -> str:
    """Return the page as Markdown."""
    told = papers()
    index = [f"- [{one['title']}](#{_anchor(one['title'])})" for one in told.values()]
    return "\n".join([_HEAD, *index, "", *(_section(one) for one in told.values())])


def _section(one: Mapping[str, Any]) -> str:
    published = [f"- **{title}**: {' '.join(one['published'][key]) or 'none.'}" for key, title in PUBLISHED]
    figures = [_row(figure) for figure in one["figure"]]
    sources = dict.fromkeys((figure["file"], command_of(figure)) for figure in one["figure"] if "file" in figure)
    number_ = str(one["paper"]).removeprefix("arXiv:")
    parts = [
        f"## {one['title']}",
        f"[{one['paper']}](https://arxiv.org/abs/{number_}) · [how to use ours]({one['page']})",
        "Published:",
        "\n".join(published),
        "Ours:",
        "\n".join(f"- {each['does']}:\n  `{each['command']}`" for each in one["command"]),
        "\n".join(["| figure | published | ours |", "|---|---|---|", *figures]),
        "\n".join(f"- `docs/results/{file}`: `{command}`" for file, command in sources),
        "Deviations:",
        "\n".join(f"- {each['what']} *{each['why']}*" for each in one["deviation"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _row(figure: Mapping[str, Any]) -> str:
    if "file" not in figure:
        return f"| {figure['name']} | {figure['published']} | not run: {figure['not_run']} |"
    ends = report(figure).get("intervals", {}).get(figure["key"])
    within = f" ({number(float(ends[0]))} to {number(float(ends[1]))})" if ends else ""
    return f"| {figure['name']} | {figure['published']} | {number(value(figure))}{within} |"


def _anchor(title: str) -> str:
    kept = "".join(char for char in title.lower() if char.isalnum() or char in " -")
    return kept.replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
