"""How well a tool fits a question, as numbers for a logistic model: by meaning, words, and what could be filled."""

from __future__ import annotations

from typing import Final

from questline.tools.text import STOPWORDS

from .names import OPENERS
from .result import Filling
from .view import View
from .wording import content_stems

__all__ = ["FIT_FEATURES", "fit_features"]

FIT_FEATURES: Final = (
    "bias", "cosine", "words", "relevance", "missing", "covered", "weakest", "name_words", "told_words",
    "no_required", "unused_numbers", "unexplained",
)  # fmt: skip


def fit_features(
    view: View, filling: Filling, name: str, *, cosine: float, words: float, relevance: float
) -> dict[str, float]:
    """Return `FIT_FEATURES` of one tool.

    Args:
        view: Its fields beside the question.
        filling: What was filled.
        name: Of the tool, as words.
        cosine: The encoder's own of question and tool. The map that retrieval learnt is left out: it knows the
            requests that these weights are learnt from, so that it promises too much there.
        words: Share of the question's words that the tool has, weighted.
        relevance: Logit of the cross-encoder; 0 without it.
    """
    question = view.question
    required = [field for field in view.fields if field.required]
    spans = [one.span for one in filling.fields if one.span is not None]
    inside = [any(one.start < word.end and word.start < one.end for one in spans) for word in question.wording.words]
    known = view.of_tool.union(*(view.names(field) | view.told(field) for field in view.fields), frozenset[str]())
    content = [
        (word, used)
        for word, used in zip(question.wording.words, inside, strict=True)
        if word.lower not in STOPWORDS and word.lower not in OPENERS
    ]
    left = sum(word.stem not in known and not used for word, used in content)
    numbers = [one for one in question.numbers if not one.text[:1].isalpha()]
    unused = sum(not any(one.start < span.end and span.start < one.end for span in spans) for one in numbers)
    confidences = [one.confidence for one in filling.fields if one.name in {field.id for field in required}]
    of_name, stems = content_stems(name), question.wording.stems
    told = view.of_tool - of_name
    return {
        "bias": 1.0,
        "cosine": cosine,
        "words": words,
        "relevance": relevance / 4,
        "missing": len(filling.missing) / max(1, len(required)),
        "covered": filling.covered,
        "weakest": min(confidences, default=1.0) if not filling.missing else 0.0,
        "name_words": len(of_name & stems) / max(1, len(of_name)),
        "told_words": len(told & stems) / max(1, len(told)),
        "no_required": float(not required),
        "unused_numbers": unused / max(1, len(numbers)),
        "unexplained": left / max(1, len(content)),
    }
