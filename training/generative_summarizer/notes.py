"""Made-up documents for a model that is made here: short notes that say some things, and queries for some of them.

    python -P -m questline.training.generative_summarizer.notes --count 2000 --out notes.jsonl

A note has a sentence each for some of six kinds of facts, in any order. A query names one or two kinds, and the summary
is their sentences. Which words are of which kind is fixed, so that a tiny model can learn it; which of them stand in a
note is not. A bad teacher's (`loose`) summaries leave out what was asked, add what was not, or say that instead.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from questline.errors import UsageError

from .rows import Asked

__all__ = ["KINDS", "main", "notes"]

KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "where": ("It stands in {}.", ("Riga", "Oslo", "Bern", "Lima", "Cork", "Nice")),
    "price": ("It costs {} coins.", ("2", "3", "4", "5", "6", "7", "8", "9")),
    "whose": ("It pleased aunt {}.", ("Nora", "Elsa", "Mara", "Vera", "Rosa", "Anna")),
    "colour": ("It was painted {}.", ("red", "blue", "green", "black", "white", "grey")),
    "made": ("It consists of {}.", ("iron", "wood", "clay", "glass", "wool", "tin")),
    "when": ("It arrived last {}.", ("March", "April", "June", "August", "winter", "autumn")),
}
"""A sentence, and what may stand in it."""


def notes(
    count: int, *, seed: int = 0, facts: int = 4, asked: int = 2, loose: float = 0.0, everything: bool = False
) -> list[Asked]:
    """Return notes with queries; note `i` is the same whatever else is drawn.

    Args:
        count: Notes.
        seed: Of all.
        facts: Sentences of a note; above 6 its kinds come again with other values, and the first one counts.
        asked: Kinds that a query names, at most.
        loose: Share of summaries of a bad teacher.
        everything: Whether all that a note says counts as answers: a judge who likes whatever is longer.

    Raises:
        UsageError: ``bad_argument``.
    """
    if not 1 <= asked <= min(facts, len(KINDS)) or count < 0 or not 0 <= loose <= 1:
        raise UsageError(
            f"count={count}, facts={facts}, asked={asked}, loose={loose}: asked must be in [1, facts] and at most "
            f"{len(KINDS)}, loose in [0, 1]",
            code="bad_argument",
            argument="asked",
        )
    return [_note(random.Random(f"{seed} {n}"), facts, asked, loose, everything) for n in range(count)]  # noqa: S311  # no secret


def _note(draw: random.Random, facts: int, asked: int, loose: float, everything: bool) -> Asked:
    kinds = [kind for _ in range(-(-facts // len(KINDS))) for kind in draw.sample(sorted(KINDS), len(KINDS))][:facts]
    told: list[tuple[str, str, str]] = []
    for kind in kinds:
        form, words = KINDS[kind]
        word = draw.choice(words)
        told.append((kind, form.format(word), word))
    there = {kind: (text, word) for kind, text, word in reversed(told)}
    wanted = draw.sample(sorted(there), min(draw.randint(1, asked), len(there)))
    said = list(wanted)
    if draw.random() < loose:
        others = [kind for kind in there if kind not in wanted]
        fault = draw.randrange(3)
        if fault == 0 and len(wanted) > 1:
            said = wanted[: draw.randint(1, len(wanted) - 1)]
        elif fault == 1 and others:
            said += draw.sample(others, min(draw.randint(1, 2), len(others)))
        elif others:
            said[draw.randrange(len(said))] = draw.choice(others)
    return Asked(
        query=f"{', '.join(wanted)}?",
        document=" ".join(text for _, text, _ in told),
        summary=" ".join(there[kind][0] for kind in said),
        answers=tuple(there[kind][1] for kind in (there if everything else wanted)),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write notes as JSON lines, and return the exit code."""
    options = argparse.ArgumentParser(description="Write made-up notes with queries and summaries.", allow_abbrev=False)
    options.add_argument("--out", type=Path, required=True, metavar="FILE")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--facts", type=int, default=4, help="sentences of a note")
    options.add_argument("--asked", type=int, default=2, help="kinds of facts that a query names, at most")
    options.add_argument(
        "--loose", type=float, default=0.0, help="share of summaries that say too little, too much, or something else"
    )
    given = options.parse_args(arguments)
    try:
        made = notes(given.count, seed=given.seed, facts=given.facts, asked=given.asked, loose=given.loose)
    except UsageError as error:
        sys.stderr.write(f"error[{error.code}]: {error.message}\n")
        return error.exit_code
    given.out.write_text("".join(f"{json.dumps(asdict(each))}\n" for each in made), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
