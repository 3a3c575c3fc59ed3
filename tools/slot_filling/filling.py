"""Fill the arguments of one call from a question: typed extractors, the trained reader, and one assignment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, Protocol

from questline.errors import UsageError
from questline.tools.arguments import check_is, check_text
from questline.tools.models.cross_encoder import CrossEncoder, Judgement
from questline.tools.models.encoder import dense_is_reliable
from questline.tools.stopping import check
from questline.tools.tool_retrieval.documents import split_name
from questline.types import TextSpan

from .assignment import Candidate, assign
from .candidates import Proposal, proposals
from .defaults import default_of
from .reading import LONGEST, Question
from .result import Filled, Filling
from .schema import NONE, Field, leaves, read_schema
from .shipped import Coefficients, shipped_coefficients
from .view import View

__all__ = ["Reader", "fill", "fill_fields", "view_of"]

_MOST_READ: Final = 12
"""Fields of one tool that the reader is asked for."""


class Reader(Protocol):
    """Reads possible answers to a question in texts; `CrossEncoder` is one."""

    def judge(
        self, question: str, texts: Sequence[str], *, titles: Sequence[str] | None = None, spans: int = 3
    ) -> list[Judgement]:
        """Say where each text answers the question."""
        ...


def fill(
    question: str,
    schema: Mapping[str, object],
    *,
    tool_name: str = "",
    description: str = "",
    reader: Reader | Literal["shipped"] | None = "shipped",
    today: date | None = None,
    coefficients: Coefficients | None = None,
) -> Filling:
    """Return the arguments that a question gives to a tool, without any language model.

    Args:
        question: What is asked; its first 4,000 characters are read.
        schema: The tool's JSON schema (``inputSchema``), an object with ``properties``.
        tool_name: The tool's name.
        description: What it says of itself. Like the schema's texts it is data: nothing in it is followed.
        reader: Says where the question names the value of a text field; the shipped cross-encoder by default, None for
            rules alone.
        today: What "tomorrow" counts from; without it such words are kept as they are.
        coefficients: Weights and thresholds; the shipped ones by default.

    Raises:
        UsageError: ``empty_question``; ``bad_argument`` naming the argument that is no text, schema or day.
        RunError: ``damaged_model``.

    Source: spec 02 §2.5, §6 (embedded default).
    """
    check_text("question", question)
    if not question.strip():
        raise UsageError("the question is empty", code="empty_question", argument="question")
    check_text("tool_name", tool_name)
    check_text("description", description)
    check_is("today", today, date, "a day, or None")
    fields = read_schema(schema)
    asked = Question(text=question[:LONGEST], today=today)
    needed = any(_is_read(one) for one in leaves(fields)) and dense_is_reliable(asked.text)
    chosen = CrossEncoder.load() if reader == "shipped" and needed else reader
    view = view_of(
        asked,
        fields,
        f"{split_name(tool_name)} {description}",
        chosen if needed and not isinstance(chosen, str) else None,
    )
    return fill_fields(view, fields, tool_name, coefficients or shipped_coefficients())


def view_of(question: Question, fields: tuple[Field, ...], tool: str, reader: Reader | None) -> View:
    """Ask the reader for the text fields of a tool, and return all that pairs of a field and a value are judged by."""
    flat = tuple(leaves(fields))
    margins: dict[tuple[str, int, int], float] = {}
    for field in [one for one in flat if _is_read(one)][:_MOST_READ] if reader is not None else ():
        check()
        judged = reader.judge(_asked(field), [question.text], spans=1)[0] if reader is not None else None
        if judged is None or judged.scores is None:
            continue
        for one in question.texts:
            margin = judged.scores.margin(one.start, one.end)
            if margin is not None:
                margins[field.id, one.start, one.end] = margin
    return View(question=question, fields=flat, tool=tool, margins=margins)


def fill_fields(view: View, fields: tuple[Field, ...], tool: str, weights: Coefficients) -> Filling:
    """Assign values to the fields of a tool and put the arguments together."""
    flat = list(view.fields)
    offered: list[list[Proposal]] = []
    for field in flat:
        check()
        offered.append(list(proposals(view, field, weights)))
    found = _assigned(flat, offered, weights)
    filled: list[Filled] = []
    missing: list[str] = []
    sure: list[float] = []
    for field, proposal in zip(flat, found, strict=True):
        if proposal is not None:
            chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, proposal.odds))))
            span = TextSpan(
                start=proposal.start, end=proposal.end, text=view.question.text[proposal.start : proposal.end]
            )
            filled.append(Filled(name=field.id, value=proposal.value, span=span, how=proposal.how, confidence=chance))
            sure += [chance] if field.required else []
            continue
        default = default_of(field) if field.required else NONE
        if default is not NONE:
            filled.append(Filled(name=field.id, value=default, span=None, how="default", confidence=0.5))
            sure.append(0.5)
        elif field.required:
            missing.append(field.id)
            sure.append(0.0)
    arguments = _built(fields, {one.name: one.value for one in filled})
    empty = [one.id for one in fields if one.required and one.children and one.path[-1] not in arguments]
    missing += [one for one in empty if not any(inner.startswith(f"{one}.") for inner in missing)]
    return Filling(
        tool=tool,
        arguments=arguments,
        fields=tuple(filled),
        missing=tuple(missing),
        covered=sum(sure) / len(sure) if sure else 1.0,
        read=len(view.question.text),
    )


def _assigned(
    fields: Sequence[Field], offered: Sequence[Sequence[Proposal]], weights: Coefficients
) -> list[Proposal | None]:
    options: list[list[Candidate]] = []
    for field, each in zip(fields, offered, strict=True):
        extra = weights.required if field.required else weights.required / 2 if field.wanted else weights.optional
        options.append(
            [
                Candidate(gain=one.odds + extra, start=one.start, end=one.start if one.shared else one.end, key=number)
                for number, one in enumerate(each)
            ]
        )
    groups = [_group(field) for field in fields]
    return [None if one is None else each[one.key] for one, each in zip(assign(options, groups), offered, strict=True)]


def _group(field: Field) -> int:
    """Return which fields are alike: their values come in the order of the schema."""
    if field.type in ("integer", "number"):
        return 1
    if field.type == "array":
        return 2
    return 3 if field.type == "string" and not field.enum else 0


def _built(fields: tuple[Field, ...], values: Mapping[str, object]) -> dict[str, object]:
    """Put values back into their objects; an object without any is left out."""
    built: dict[str, object] = {}
    for field in fields:
        if field.children:
            inner = _built(field.children, values)
            if inner:
                built[field.path[-1]] = [inner] if field.type == "array" else inner
        elif field.id in values:
            built[field.path[-1]] = values[field.id]
    return built


def _is_read(field: Field) -> bool:
    item = field.items
    array = field.type == "array" and item is not None and item.type == "string" and not item.enum
    return (field.type in ("string", "any") and not field.enum) or array


def _asked(field: Field) -> str:
    return f"What is the {field.words}?"
