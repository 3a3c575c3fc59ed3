"""Write the model cards of the fitted tables: `make docs`, and docs/results/measure.sh after measuring.

Nothing in them is typed by hand: data, licences, command and figures of the fit stand in the head of each table,
what it is and its limits in its recipe, and what it reaches in docs/results. A test compares the cards with these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from questline.training.ranking import recipe as ranking
from questline.training.reading import blend_recipe as blend
from questline.training.reading import recipe as reading
from questline.training.selection import recipe as selection
from questline.training.summarization import recipe as summarization

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "docs" / "results"
NOTICE: Final = "<!-- Written by docs/cards.py from the tables, their recipes and docs/results. -->"
_DATA: Final = re.compile(r"^(?P<file>\S+), sha256 (?P<hash>[0-9a-f]+) \((?P<licence>.+)\)$")
_COMMAND: Final = re.compile(r"^agents train .+$")
_WITH: Final = re.compile(r"\b(?P<model>encoder|cross-encoder) (?P<print>[0-9a-f]{16})")
_SETTINGS: Final = re.compile(r"^with the settings (?P<all>.+)$")
_FIGURE: Final = re.compile(r"\d\.\d{2,}")


class Table(NamedTuple):
    """One fitted file and what is told of it."""

    file: str
    recipe: ModuleType
    results: Sequence[str]
    """Files in docs/results, without their ending."""
    figures: Sequence[str]
    """Keys in those files."""


def _names(part: str, sets: str, methods: str) -> list[str]:
    return [f"{part}_{name}_{method}" for name in sets.split() for method in methods.split()]


CARDS: Final[Mapping[str, tuple[str, Sequence[Table]]]] = {
    "ranking": (
        "The blend of the embedded ranker",
        (
            Table(
                "coefficients.toml",
                ranking,
                _names("ranking", "dl19 dl21 wikiqa_dev trecqa_dev", "embedded"),
                ("ndcg@10", "mrr", "map", "ece", "n"),
            ),
        ),
    ),
    "reading": (
        "The reader's tables",
        (
            Table(
                "coefficients.toml",
                reading,
                _names("reading", "nq_dev xquad_en", "words encoder words--always encoder--always"),
                ("f1", "em", "gave_up_though_answerable", "n"),
            ),
            Table(
                "blend.toml",
                blend,
                _names("reading", "nq_dev xquad_en", "cross-encoder cross-encoder--always"),
                ("f1", "em", "gave_up_though_answerable", "n"),
            ),
        ),
    ),
    "selection": (
        "The membership of the embedded selector",
        (
            Table(
                "coefficients.toml",
                selection,
                _names("selection", "mixed_dev wikiqa_dev trecqa_dev rgb_zh conflictqa", "words embedded"),
                ("micro_f1", "macro_f1", "abstention_f1", "ece", "n"),
            ),
        ),
    ),
    "summarization": (
        "The extractive summarizer",
        (
            Table(
                "coefficients.toml",
                summarization,
                [*_names("summary", "xquad_en", "words encoder cross-encoder"), "summary_cmrc2018_dev_words"],
                ("hit@1", "answer_kept", "abstained", "offset_valid", "n"),
            ),
        ),
    ),
}


def cards() -> dict[Path, str]:
    """Return each card by the path that it belongs to."""
    return {
        ROOT / "tools" / name / "MODEL_CARD.md": _card(name, title, tables) for name, (title, tables) in CARDS.items()
    }


def _card(name: str, title: str, tables: Sequence[Table]) -> str:
    lines = [f"# {title}", "", NOTICE]
    for table in tables:
        lines += ["", *_told(ROOT / "tools" / name / table.file, table)]
    return "\n".join(lines) + "\n"


def _told(path: Path, table: Table) -> Iterator[str]:
    notes = list(_notes(path.read_text("utf-8")))
    comments = [note for _, note in notes]
    yield from (f"## `{table.file}`", "", table.recipe.ABOUT.strip(), "", "### Data", "")
    yield from ("| file | sha256 | licence |", "|---|---|---|")
    for match in filter(None, map(_DATA.match, comments)):
        yield f"| {match['file']} | {match['hash']} | {match['licence']} |"
    made_with = [f"{match['model']} {match['print']}" for note in comments for match in _WITH.finditer(note)]
    settings = next((match["all"] for match in map(_SETTINGS.match, comments) if match), "those of the recipe, seed 0")
    command = next(note for note in comments if _COMMAND.match(note))
    yield from ("", "### Training", "", f"- **Command**: `{command}`", f"- **Settings**: {settings}")
    yield f"- **With**: {', '.join(made_with) or 'no model'}"
    yield from ("", "### Figures of the fit", "")
    for section, note in notes:
        if _FIGURE.search(note) and not _DATA.match(note):
            yield f"- {f'`{section}`: ' if section else ''}{note}"
    yield from ("", "### Measured", "", f"| run | {' | '.join(table.figures)} |")
    yield f"|---|{'---:|' * len(table.figures)}"
    for name in table.results:
        yield _row(name, table.figures)
    yield from ("", "The commands stand on the page of results (docs/results.md).", "", "### Limits", "")
    yield table.recipe.LIMITS.strip()


def _row(name: str, keys: Sequence[str]) -> str:
    file = RESULTS / f"{name}.json"
    found: Mapping[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return f"| {name} | {' | '.join(_figure(found.get(key)) for key in keys)} |"


def _figure(value: object) -> str:
    return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _notes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the comments of a table with the section before which they stand, empty for the head of the file."""
    waiting: list[str] = []
    head = True
    for line in text.splitlines():
        if line.startswith("#"):
            waiting.append(line.lstrip("# ").rstrip())
        elif line.startswith("[") or (head and not line.strip()):
            yield from (("" if head else line.strip("[]"), note) for note in waiting)
            waiting, head = [], False


def main() -> None:
    """Write the cards."""
    for path, text in cards().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
