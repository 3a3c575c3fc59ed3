"""Answers to questions about time: of the embedded backend, and of a language model; and a model as judge."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from questline.budget import Meter
from questline.tools.fencing import fence, inline
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.models.llm_contract import LLM
from questline.tools.models.prompts import PromptTemplate
from questline.tools.reading import read
from questline.tools.temporal.answering import answer_from
from questline.tools.temporal.searching import DatedPassage
from questline.tools.text import cjk_share, content_terms, sentences
from questline.types import Passage

from .question import TimedQuestion
from .wording import denies

__all__ = ["LLMAnswers", "chosen_option", "embedded_answer", "prompt_hashes"]

_ANSWER_TOKENS: Final = 256
_PASSAGE_CHARS: Final = 4000
_CHINESE: Final = 0.3
"""Share of CJK characters from which a question is Chinese."""
_FLOOR: Final = 0.3
"""What a sentence that holds an option counts, beside its share of the question's words."""
_NO_ANSWER: Final = frozenset({"unanswerable", "unanswerable."})


def embedded_answer(item: TimedQuestion, passages: Sequence[DatedPassage], cross_encoder: Judges | None = None) -> str:
    """Return what times, else the reader, answer from passages; an empty text where neither does.

    Without passages there is nothing to answer from: the embedded backend knows nothing by heart.

    Args:
        item: What is asked.
        passages: Best first.
        cross_encoder: Reads beside the rules, where the question is not Chinese, which it cannot read.
    """
    if not passages:
        return ""
    if item.options:
        return chosen_option(item, [passage.text for passage in passages])
    found = answer_from(item.question, anchor=item.anchor, passages=passages)
    if found.text:
        return found.text
    read_from = [
        Passage(id=each.id, document_id=each.id, source=each.id, title="", text=each.text) for each in passages
    ]
    reads = cross_encoder if cjk_share(item.question) < _CHINESE else None
    return read(item.question, read_from, cross_encoder=reads).short


def chosen_option(item: TimedQuestion, texts: Sequence[str]) -> str:
    """Return the option that the sentences nearest to the question speak of; of a denying question the least so."""
    asked = set(content_terms(item.question))
    options = [set(content_terms(option)) or {option.casefold()} for option in item.options]
    best = [0.0] * len(options)
    for text in texts:
        for sentence in sentences(text):
            held = set(content_terms(sentence.text))
            near = _FLOOR + len(asked & held) / max(1, len(asked))
            for place, wanted in enumerate(options):
                best[place] += near * (len(wanted & held) / len(wanted)) ** 2 * (1 if wanted & held else 0)
    pick = min if denies(item.question) else max
    return item.options[pick(range(len(options)), key=best.__getitem__)]


class LLMAnswers:
    """Ask the role ``generate`` for short answers, and the role ``judge`` whether one is right.

    Args:
        llm: Serves the roles that are asked.
    """

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self._answer = _template("answer")
        self._judge = _template("judge")

    async def answer(self, item: TimedQuestion, passages: Sequence[DatedPassage], meter: Meter) -> str:
        """Return a model's answer, an empty text where it says that there is none.

        Raises:
            ModelError: ``backend_unavailable``, ``model_refused``, or ``bad_model_output`` for an empty text.
        """
        shown = fence("passages", [_shown(passage) for passage in passages]) if passages else "(none)"
        question = inline(item.question, limit=20_000)
        if item.options:
            question += "\nOptions: " + "; ".join(inline(option) for option in item.options)
        prompt = self._answer.render(question=question, date=_day(item), passages=shown)
        done = await self._llm.complete(prompt, role="generate", meter=meter, parse=_written, max_tokens=_ANSWER_TOKENS)
        return "" if done.value.casefold() in _NO_ANSWER else done.value

    async def right(self, item: TimedQuestion, answer: str, meter: Meter) -> bool:
        """Return whether the judge calls an answer right; raises what `answer` raises."""
        prompt = self._judge.render(
            question=inline(item.question, limit=20_000),
            date=_day(item),
            gold=inline(" | ".join(item.answers) or "(nothing answers it)"),
            answer=fence("passages", [answer[:_PASSAGE_CHARS]]),
        )
        done = await self._llm.complete(prompt, role="judge", meter=meter, parse=_verdict, max_tokens=64)
        return done.value


def prompt_hashes() -> dict[str, str]:
    """Return the hash of each prompt, for the fingerprint of a run."""
    return {name: hashlib.sha256(_text(name).encode()).hexdigest() for name in ("answer", "judge")}


def _text(name: str) -> str:
    return (files("questline.training.evaluation.temporal") / "prompts" / f"{name}.md").read_text(encoding="utf-8")


def _template(name: str) -> PromptTemplate:
    return PromptTemplate.parse(_text(name), origin=f"{name}.md")


def _day(item: TimedQuestion) -> str:
    return item.anchor.isoformat() if item.anchor else "unknown"


def _shown(passage: DatedPassage) -> str:
    text = passage.text if len(passage.text) <= _PASSAGE_CHARS else f"{passage.text[:_PASSAGE_CHARS]} …"
    return f"({passage.published.isoformat()}) {text}" if passage.published else text


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("write the answer, or UNANSWERABLE")
    return text.strip()


def _verdict(text: str) -> bool:
    word = text.strip(" \n.\"'*").casefold()
    if word.startswith("right"):
        return True
    if word.startswith("wrong"):
        return False
    raise ValueError('write one word: "right" or "wrong"')
