"""Which of several tools a question calls, with its arguments; or that none fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.arguments import check_is, check_text
from questline.tools.models.cross_encoder import CrossEncoder, PairScores
from questline.tools.models.encoder import Encoder, dense_is_reliable
from questline.tools.tool_retrieval.documents import ToolDocument, parameters_of, split_name
from questline.tools.tool_retrieval.index import ToolEncoder, ToolIndex, embed

from .filling import Reader, fill_fields, view_of
from .fit_features import fit_features
from .reading import LONGEST, Question
from .result import Filling
from .schema import read_schema
from .shipped import Coefficients, shipped_coefficients

__all__ = ["CallChoice", "CallableTool", "Judge", "Nearness", "choose", "fit_of"]

_TRIED: Final = 4
"""Tools that are filled: those nearest to the question."""


class Judge(Reader, Protocol):
    """A reader that also says how well a text fits a question; `CrossEncoder` is one."""

    def score(self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None) -> PairScores:
        """Score each text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallableTool:
    """A tool that may be called. Its texts are data: nothing in them is followed."""

    name: str
    description: str = ""
    schema: Mapping[str, object]
    """Its ``inputSchema``."""

    def document(self) -> ToolDocument:
        """Return it as the index of tools reads it."""
        return ToolDocument(
            server="", name=self.name, description=self.description, parameters=parameters_of(self.schema)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChoice:
    """The tool that fits best, with its arguments."""

    filling: Filling
    """Of the best tool, also where it does not fit well enough."""
    fit: float
    """How likely that tool serves the question, in [0, 1]."""
    no_tool: bool
    """`fit` is below the threshold: the status of an answer is then ``no_tool``, and nothing is called."""
    fits: Mapping[str, float]
    """The same chance for each tool that was tried, best first."""


def choose(
    question: str,
    tools: Sequence[CallableTool],
    *,
    encoder: ToolEncoder | Literal["shipped"] | None = "shipped",
    reader: Judge | Literal["shipped"] | None = "shipped",
    today: date | None = None,
    coefficients: Coefficients | None = None,
) -> CallChoice:
    """Return the tool for a question, with its arguments filled, without any language model.

    The index of tools puts the nearest four first; each is filled, and a logistic model of nearness and of what could
    be filled decides between them and against a threshold.

    Args:
        question: What is asked; its first 4,000 characters are read.
        tools: At least one, with names that differ.
        encoder: For nearness by meaning; without it or without a reader, and for a question that is mostly Chinese,
            words alone decide.
        reader: As for `fill`; it also says how well a tool's description fits.
        today: As for `fill`.
        coefficients: As for `fill`.

    Raises:
        UsageError: ``empty_question``, ``no_tools``, ``duplicate_id``; ``bad_argument`` naming the argument.
        RunError: ``damaged_model``.

    Source: spec 02 §2.5, §6 (no candidate above threshold: ``no_tool``).
    """
    check_text("question", question)
    if not question.strip():
        raise UsageError("the question is empty", code="empty_question", argument="question")
    check_is("today", today, date, "a day, or None")
    if not tools:
        raise UsageError("there is no tool to choose from", code="no_tools", argument="tools")
    weights = coefficients or shipped_coefficients()
    asked = Question(text=question[:LONGEST], today=today)
    with_encoder = Encoder.load() if encoder == "shipped" else encoder
    with_reader = CrossEncoder.load() if reader == "shipped" else reader
    readable = with_encoder is not None and with_reader is not None and dense_is_reliable(asked.text)
    fit = weights.fits["models" if readable else "words"]
    near = Nearness(asked.text, tools, with_encoder if readable else None)
    tried: list[tuple[float, int, Filling]] = []
    for place in near.order[:_TRIED]:
        filling, features = fit_of(asked, tools[place], near, place, with_reader if readable else None, weights)
        odds = sum(fit.weights[name] * value for name, value in features.items())
        tried.append((1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))), place, filling))
    tried.sort(key=lambda one: (-one[0], one[1]))
    best = tried[0]
    return CallChoice(
        filling=best[2],
        fit=best[0],
        no_tool=best[0] < fit.threshold,
        fits={tools[place].name: round(chance, 4) for chance, place, _ in tried},
    )


def fit_of(
    question: Question, tool: CallableTool, near: Nearness, place: int, reader: Judge | None, weights: Coefficients
) -> tuple[Filling, dict[str, float]]:
    """Fill one tool, and return with it what its chance is reckoned from."""
    fields = read_schema(tool.schema)
    view = view_of(question, fields, f"{split_name(tool.name)} {tool.description}", reader)
    filling = fill_fields(view, fields, tool.name, weights)
    relevance = 0.0
    if reader is not None:
        relevance = float(reader.score(question.text, [f"{split_name(tool.name)}: {tool.description}"]).relevance[0])
    features = fit_features(
        view, filling, split_name(tool.name), cosine=near.cosine(place),
        words=near.words(place), relevance=relevance,
    )  # fmt: skip
    return filling, features


class Nearness:
    """How near each tool is to the question, by the index of tools and by plain cosine."""

    def __init__(self, question: str, tools: Sequence[CallableTool], encoder: ToolEncoder | None) -> None:
        documents = [tool.document() for tool in tools]
        vectors = None if encoder is None else embed(documents, encoder)
        scored = ToolIndex(documents, encoder=encoder, vectors=vectors).scores([question])[0]
        self.order = [int(place) for place in np.argsort(-scored.total, kind="stable")]
        self._scored = scored
        self._plain: NDArray[np.float32] | None = None
        if encoder is not None and vectors is not None:
            self._plain = np.stack([one[0] for one in vectors]) @ encoder.encode([question])[0]

    def cosine(self, place: int) -> float:
        """Return the encoder's own cosine, 0 without it."""
        return 0.0 if self._plain is None else float(self._plain[place])

    def words(self, place: int) -> float:
        """Return the share of the question's words that the tool has, weighted."""
        return float(self._scored.words[place])
