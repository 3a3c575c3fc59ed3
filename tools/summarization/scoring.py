"""Score the segments of a page with a linear model, and say how surely the page answers the query at all.

One column of weights for English, one for English with the encoder, one for Chinese, and one for long documents
(meetings, stories) in English. ``coefficients.toml`` says on what they were fitted and how well they do.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.text import is_cjk

from .asked import Asked
from .closely import closely
from .features import COSINE, FEATURES, Floats, measure
from .page import Page

__all__ = ["COLUMNS", "EVIDENCE", "LONG", "Column", "Encoder", "Model", "Scores", "column_of", "evidence", "score"]

Column: TypeAlias = Literal["english", "english_encoder", "chinese", "long"]
COLUMNS: Final[tuple[Column, ...]] = get_args(Column)
LONG: Final = 60
"""Segments from which an English document counts as long: more is told than any one sentence answers."""
_ENCODED: Final = 16
"""Segments that are encoded: the best ones by their words."""
_CHARACTERS: Final = 250
"""Of a segment that are encoded, after its document's title."""
EVIDENCE: Final = (
    "coverage", "context", "page", "pair_cover", "names", "names_missing", "numbers_missing", "value", "run", "prefix",
    "lead", "cosine",
)  # fmt: skip
"""Names of what answerability rests on, in the order in which `evidence` returns it."""
_VALUES: Final = tuple(FEATURES.index(name) for name in ("person", "date", "number", "where", "reason", "entity"))


class Encoder(Protocol):
    """Turns texts into vectors of length 1."""

    def encode(self, texts: list[str], /) -> NDArray[np.float32]:
        """Return one row per text, float32 ``[n, width]``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What was fitted for one column."""

    weights: Floats
    """[FEATURES]."""
    bias: float
    evidence: Floats
    """[EVIDENCE] weights of the answerability."""
    threshold: float
    """Below this answerability there is no answer here."""
    coverage: float
    """Worth of covering all facets of the query, in units of the best segment."""
    redundancy: float
    breaks: float
    length: float
    """Power of the length that a gain is divided by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How well each unit of a page fits."""

    column: Column
    logits: Floats
    """[units]."""
    answerability: float
    """In [0, 1], calibrated."""
    model: Model

    @property
    def relevance(self) -> list[float]:
        """Of each unit in (0, 1], the best one 1."""
        highest = float(self.logits.max(initial=-math.inf))
        return [math.exp(float(logit) - highest) for logit in self.logits]

    @property
    def order(self) -> list[int]:
        """The numbers of the units, best first."""
        return sorted(range(len(self.logits)), key=lambda number: (-float(self.logits[number]), number))


def column_of(asked: Asked, page: Page, *, encoded: bool) -> Column:
    """Return which weights fit a query and a page; the encoder is off above 30 % CJK (in either)."""
    sample = "".join(unit.text[:_CHARACTERS] for unit in page.units[:_ENCODED])
    if asked.chinese or is_cjk(sample):
        return "chinese"
    if len(page.units) > LONG:
        return "long"
    return "english_encoder" if encoded else "english"


def score(
    asked: Asked,
    page: Page,
    *,
    titles: Sequence[str],
    encoder: Encoder | None = None,
    cross_encoder: Judges | None = None,
) -> Scores:
    """Score every unit of `page`, which holds at least one.

    Args:
        asked: The query.
        page: The documents.
        titles: Of each document, as the encoder reads it.
        encoder: Adds the closeness of meaning, in English; without it words alone decide.
        cross_encoder: Reads query and segments together, in English documents that are not long; it decides which
            segment is best, not whether there is an answer.
    """
    features = measure(asked, page)
    column = column_of(asked, page, encoded=encoder is not None)
    model = models()[column]
    if column == "english_encoder" and encoder is not None:
        rough = features @ models()["english"].weights
        best = np.argsort(-rough, kind="stable")[:_ENCODED]
        # What is not read keeps the closeness of the farthest that is.
        found = _cosines(asked, page, titles, encoder, best)
        features[:, COSINE] = found.min()
        features[best, COSINE] = found
    logits = features @ model.weights
    answerable = model.bias + float(evidence(asked, page, features, logits) @ model.evidence)
    if cross_encoder is not None and column in ("english", "english_encoder"):
        logits = logits + closely(asked, page, titles, logits, cross_encoder)
    return Scores(column=column, logits=logits, answerability=1 / (1 + math.exp(-answerable)), model=model)


def _cosines(
    asked: Asked, page: Page, titles: Sequence[str], encoder: Encoder, units: NDArray[np.intp]
) -> NDArray[np.float32]:
    texts = [encoded_text(page, titles, int(number)) for number in units]
    vectors = encoder.encode([asked.text, *texts])
    return vectors[1:] @ vectors[0]


def encoded_text(page: Page, titles: Sequence[str], number: int) -> str:
    """Return what the encoder reads of a unit."""
    unit = page.units[number]
    text = unit.text[:_CHARACTERS]
    return f"{titles[unit.source]}. {text}" if titles[unit.source] else text


def evidence(asked: Asked, page: Page, features: Floats, logits: Floats) -> Floats:
    """Return [EVIDENCE]: what the best unit and the whole page say of the query."""
    best = int(logits.argmax())
    row = features[best]
    weights = page.weights(asked.terms)
    total = sum(weights.values()) or 1.0
    held = frozenset[str]().union(*page.titles) | frozenset(term for term in asked.terms if page.frequency[term])
    column = dict(zip(FEATURES, row, strict=True))
    other = np.delete(logits, best)
    return np.array(
        [
            column["coverage"],
            column["context"],
            sum(weights[term] for term in sorted(asked.terms & held)) / total,
            column["pair_cover"],
            column["names"],
            float(bool(asked.names) and not any(stems <= held for stems in asked.names)),
            float(bool(asked.numbers) and not asked.numbers & held),
            float(row[list(_VALUES)].max() > 0),
            column["run"],
            column["prefix"],
            min(3.0, float(logits[best] - other.max()) if len(other) else 3.0) / 3,
            column["cosine"],
        ]
    )


@lru_cache(maxsize=1)
def models() -> dict[Column, Model]:
    """Read the shipped coefficients.

    Raises:
        RunError: ``damaged_model`` when the file lacks something.
    """
    path = files("questline.tools.summarization") / "coefficients.toml"
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(
            f"{path} cannot be read ({error}); install questline again, or fit it: agents train summary",
            code="damaged_model",
        ) from error


def parsed(text: str) -> dict[Column, Model]:
    """Read a file of coefficients; raises `RunError` ``damaged_model``."""
    try:
        table = tomllib.loads(text, parse_float=_finite)
        return {column: _model(table, place, column) for place, column in enumerate(COLUMNS)}
    except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise RunError(
            f"the summarizer's coefficients.toml is damaged ({type(error).__name__}: {error}); install questline again,"
            " or fit it: agents train summary",
            code="damaged_model",
        ) from error


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no finite number")
    return value


def _model(table: dict[str, Any], place: int, column: Column) -> Model:
    answer, choice = table["answerability"], table["choice"][column]
    return Model(
        weights=np.array([float(table["weights"][name][place]) for name in FEATURES]),
        bias=float(answer["bias"][place]),
        evidence=np.array([float(answer[name][place]) for name in EVIDENCE]),
        threshold=float(answer["threshold"][place]),
        coverage=float(choice["coverage"]),
        redundancy=float(choice["redundancy"]),
        breaks=float(choice["breaks"]),
        length=float(choice["length"]),
    )
