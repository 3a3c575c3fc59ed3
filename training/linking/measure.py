"""What `look_up` answers on the held-out tables: by the rules alone, and with the linker where these refuse.

    python -P -m questline.training.linking.measure --data training/linking/data --json tables_linker.json

A question counts as answered right where the rows that are found hold the cells which its marks ask for, row for row.
``--across`` also learns on all parts of the data but one, each in turn, and reads the part that is left out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.tools.tables import Refused, Tables
from questline.tools.tables import Table as Kept
from questline.tools.tables.choosing import Sources, choose
from questline.tools.tables.linker.network import Calibration, Network, shipped
from questline.tools.tables.names import quoted
from questline.training.benchmarks.harness import parser, run
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.rows import content_hash

from .examples import Example, Opened, elsewhere, examples, opened
from .figures import answered, figures
from .learning import learnt
from .rows import files, read
from .settings import Settings
from .trying import Tried, probabilities, right_answer, same, threshold, tried

__all__ = ["main", "measured"]

_PLACES: Final = 4


def measured(
    found: Sequence[Opened], asked: Tables, network: Network, hears: Callable[[int], None]
) -> dict[str, object]:
    """Return the figures of tables that nothing learnt from.

    Args:
        found: The tables.
        asked: The engine that they are open in, each as ``t`` with its place.
        network: The linker.
        hears: Told how many questions are done.
    """
    made = examples(found)
    read_ = tried(made, lambda each: network.read(each.seen), hears)
    ruled = [_by_rules(each, asked) for each in made]
    linked = [_linked(each, network, asked) for each in read_]
    both = [rule if rule != "refused" else link for rule, link in zip(ruled, linked, strict=True)]
    told: dict[str, object] = {key: round(value, _PLACES) for key, value in figures(read_, network.calibration).items()}
    for name, outcomes in (("rules", ruled), ("linker", linked), ("both", both)):
        told[name] = _counted(made, outcomes)
    told["halves"] = _halves(read_, network.calibration.weights, Settings().right)
    return told


def _by_rules(example: Example, asked: Tables) -> str:
    """Return whether the rules answer right, wrong, or refuse."""
    source = example.of.view.source
    name = source.sql.rpartition('"."')[2].strip('"')
    kept: Kept = replace(asked.table(name), name=example.of.table.name)
    sources = Sources([kept], {kept.name: f'"main".{quoted(name)}'}, asked.query)
    understood = choose(example.asked.text, sources, kept, links=False)
    if isinstance(understood, Refused):
        return "refused"
    return _judged(example, asked, understood.sql, understood.answers)


def _linked(each: Tried, network: Network, asked: Tables) -> str:
    if each.read is None or each.read.built is None or not answered(each, network.calibration):
        return "refused"
    return _judged(each.example, asked, each.read.built.sql, each.read.built.answers)


def _judged(example: Example, asked: Tables, sql: str, answers: Sequence[int]) -> str:
    right = right_answer(example)
    if right is None:
        return "wrong"
    return "right" if same(asked.query(sql), answers, asked.query(right[0]), right[1]) else "wrong"


def _counted(made: Sequence[Example], outcomes: Sequence[str]) -> dict[str, object]:
    """Return shares with intervals over whole tables: of the answerable ones, and what of the others is refused."""
    tables = [each.of.table.name for each in made]
    open_ = [place for place, each in enumerate(made) if each.asked.answerable and not each.asked.yesno]
    none = [place for place, each in enumerate(made) if not each.asked.answerable]
    told = [place for place, outcome in enumerate(outcomes) if outcome != "refused" and not made[place].asked.yesno]
    return {
        "right": _share([outcomes[place] == "right" for place in open_], [tables[place] for place in open_]),
        "wrong": _share([outcomes[place] == "wrong" for place in open_], [tables[place] for place in open_]),
        "right_of_answered": _share([outcomes[place] == "right" for place in told], [tables[place] for place in told]),
        "unanswerable_refused": _share(
            [outcomes[place] == "refused" for place in none], [tables[place] for place in none]
        ),
    }


def _share(values: Sequence[bool], tables: Sequence[str]) -> dict[str, object]:
    if not values:
        return {"share": None, "n": 0}
    low, high = bootstrap_interval(list(map(float, values)), clusters=tables)
    return {
        "share": round(sum(values) / len(values), _PLACES),
        "interval": [round(low, _PLACES), round(high, _PLACES)],
        "count": sum(values),
        "n": len(values),
    }


def _halves(found: Sequence[Tried], weights: Sequence[float], right: float) -> dict[str, object]:
    """Return what is right where the threshold comes from the other half of the tables: none decides on itself."""
    names = list(dict.fromkeys(each.example.of.table.name for each in found))
    told = hits = 0
    for half in (0, 1):
        here = [each for each in found if names.index(each.example.of.table.name) % 2 == half]
        other = [each for each in found if names.index(each.example.of.table.name) % 2 != half]
        calibration = Calibration(weights=tuple(weights), threshold=threshold(other, weights, right))
        answers = [each for each in here if answered(each, calibration)]
        told += len(answers)
        hits += sum(each.right for each in answers)
    return {"answered": told, "right": hits}


def _across(paths: Sequence[Path], folder: Path, bar: Progress) -> dict[str, object]:
    """Return the figures of each part of the data, read by networks that learnt from the other parts alone."""
    settings = Settings()
    tables = [table for path in paths for table in read(path)]
    found, asked = opened(tables, folder)
    with closing(asked):
        made = examples(found)
        away = [elsewhere(each, found[(found.index(each.of) + 7) % len(found)]) for each in made]
        told: dict[str, object] = {}
        shown = bar.add_task("parts", total=len(paths))
        for path in paths:
            name = path.name.partition(".")[0]
            own = [place for place, each in enumerate(made) if each.of.table.source != name]
            net, _ = learnt([made[place] for place in own], [away[place] for place in own], settings, 0)
            others = [each for each in made if each.of.table.source == name]
            read_ = tried(others, lambda each, net=net: probabilities([net], each))
            calibration = shipped().calibration
            told[name] = {key: round(value, _PLACES) for key, value in figures(read_, calibration).items()}
            bar.advance(shown)
        return told


def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    paths = files(chosen.data)
    network = Network.load(chosen.model) if chosen.model else shipped()
    tables = [table for path in paths for table in read(path) if table.held_out]
    with tempfile.TemporaryDirectory() as folder:
        found, asked = opened(tables, Path(folder))
        with closing(asked):
            shown = bar.add_task("questions", total=sum(len(each.table.asked) for each in found))
            told = measured(found, asked, network, lambda done: bar.update(shown, completed=done))
    told = {"tables": len(tables), **told, "threshold": network.calibration.threshold}
    if chosen.across:
        with tempfile.TemporaryDirectory() as folder:
            told["across"] = _across(paths, Path(folder), bar)
    return told | {"files": {path.name: content_hash(path)[:16] for path in paths}, "model": network.fingerprint}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, required=True, metavar="DIR", help="annotated questions")
    options.add_argument("--model", type=Path, default=None, metavar="DIR", help="a linker; the shipped one by default")
    options.add_argument("--across", action="store_true", help="also learn on all parts but one, each in turn")
    return run("measure", options, _measure, arguments, package="questline.training.linking")


if __name__ == "__main__":
    sys.exit(main())
