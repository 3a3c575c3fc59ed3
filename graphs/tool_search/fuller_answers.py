"""An answer of the documents by the sentence that says most of the question, where the reader took another."""

from __future__ import annotations

from dataclasses import replace

from questline.agents.composer.fuller import better
from questline.agents.tool_executor.asked import asked_of
from questline.types import Answer, Citation

__all__ = ["fuller_answer"]


def fuller_answer(answer: Answer, question: str) -> Answer:
    """Return an answer with the sentence of its passages that speaks of more of the question, where there is one.

    What a language model wrote stays as it is, and so does what answers in part.

    Args:
        answer: Of the documents, with the passages that it rests on.
        question: What they were asked.
    """
    if answer.backend == "llm" or answer.status != "complete" or not answer.evidence:
        return answer
    found = better(asked_of(question), question, answer.text, answer.evidence)
    if found is None:
        return answer
    held = any(found.text in one.text for one in answer.evidence if one.id == found.evidence)
    quote = found.text if held else ""  # a title, or a sentence that is broken into lines
    cited = Citation(start=0, end=len(found.text), evidence_id=found.evidence, quote=quote)
    return replace(answer, text=found.text, short=found.text.rstrip("."), citations=(cited,))
