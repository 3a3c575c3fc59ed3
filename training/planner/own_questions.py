"""A user's own questions: read and checked, answered by a stronger model where they have no answers, and split."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from questline.api import Agent
from questline.errors import UsageError
from questline.runtime import MAX_QUESTION_CHARS
from questline.settings import Settings
from questline.tools.retrieval.faults import storage_faults
from questline.tools.retrieval.index import DocumentIndex
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.rows import Row, read_rows
from questline.training.interrupts import interrupts
from questline.training.recipe import Hears
from questline.types import Usage

__all__ = ["ANSWERS", "LEAST", "OwnQuestion", "Taught", "check_enough", "for_test", "read_own", "taught", "write_own"]

LEAST: Final = 100
"""Questions with answers that are needed at least."""
ANSWERS: Final = "answers.jsonl"
"""What the teacher said, a line a question, in the folder of the run."""
_TEST: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuestion:
    """One row."""

    id: str
    """As the row says; else the number of its line."""
    text: str
    answers: tuple[str, ...] = ()
    """None where a teacher has to find them."""
    source: str = "all"

    def as_row(self) -> dict[str, object]:
        """Return it as `questline.training.evaluation.rows.read_questions` reads it."""
        return {"id": self.id, "question": self.text, "answers": list(self.answers), "source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What a teacher made of questions without answers."""

    questions: tuple[OwnQuestion, ...]
    """Those that have answers now."""
    answered: int
    """By the teacher, now or before."""
    dropped: int
    """Questions that the teacher found no answer to in the documents."""
    usage: Usage
    """Of the teacher in this run."""


def read_own(path: Path, *, teacher: bool) -> list[OwnQuestion]:
    """Read ``{question, answers[] | answer, id?, source?}`` rows.

    Args:
        path: JSON lines, plain or gzip.
        teacher: Whether rows without answers will be answered by a model.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``: a field that is missing or of another kind, no
            answers and no teacher, an id or a question that stands twice; ``file_not_found``, ``unreadable_file``.
    """
    found: list[OwnQuestion] = []
    ids: dict[str, int] = {}
    texts: dict[str, int] = {}
    for row in read_rows(path):
        one = _read(row, teacher=teacher)
        for kind, seen, value in (("id", ids, one.id), ("question", texts, " ".join(one.text.casefold().split()))):
            if value in seen:
                raise row.fault(kind, f"the {kind} {value!r} stands on line {seen[value]} already")
            seen[value] = row.line
        found.append(one)
    if not found:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    return found


def _read(row: Row, *, teacher: bool) -> OwnQuestion:
    name = row.identifier("id", "_id") if row.values.get("id", row.values.get("_id")) is not None else str(row.line)
    text = row.text("question").strip()
    row.check_length(text, MAX_QUESTION_CHARS)
    source = row.text("source") if "source" in row.values else "all"
    if "answer" in row.values and "answers" not in row.values:
        return OwnQuestion(id=name, text=text, answers=(row.text("answer").strip(),), source=source)
    if row.values.get("answers"):
        answers = tuple(answer.strip() for answer in row.texts("answers"))
        if not all(answers):
            raise row.fault("answers", "an answer is empty")
        return OwnQuestion(id=name, text=text, answers=answers, source=source)
    if not teacher:
        raise row.fault("answers", "needs 'answers' as a list of texts; or name a --teacher MODEL that finds them")
    return OwnQuestion(id=name, text=text, source=source)


def check_enough(count: int, path: Path) -> None:
    """See that there are questions enough to learn from and to compare on.

    Raises:
        UsageError: ``bad_data`` with ``count`` and ``least``.
    """
    if count < LEAST:
        raise UsageError(
            f"{str(path)!r} gives {count} questions with answers; at least {LEAST} are needed: a fifth of them is kept "
            "to compare the planners on, and on fewer than 20 questions a better planner cannot be told from luck. Add "
            "questions; with --teacher MODEL they need no answers. To choose among the planners that there are, fewer "
            "do: `agents eval planner --planner trained --beside constant:R,AG` with the same --corpus and --questions",
            code="bad_data",
            path=path,
            count=count,
            least=LEAST,
        )


def for_test(question: str) -> bool:
    """Say whether a question is of the fifth that the planners are compared on, and nothing is learnt or chosen on."""
    return question_hash(f"own test {question}") < _TEST


def write_own(path: Path, questions: Sequence[OwnQuestion]) -> None:
    """Write questions as the table reads them. Raises `RunError` ``read_only`` or ``disk_full``."""
    lines = [json.dumps(one.as_row(), ensure_ascii=False) for one in questions]
    with storage_faults(path.parent, what="the questions"):
        part = path.with_suffix(".part")
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        part.replace(path)


async def taught(
    questions: Sequence[OwnQuestion], index: DocumentIndex, settings: Settings, out: Path, hears: Hears
) -> Taught:
    """Have a stronger model answer the questions that have no answers, from the same documents; each is asked once.

    What it answers is kept in ``answers.jsonl`` after each question, so that the same call goes on where one ended.

    Args:
        questions: All of them.
        index: The documents.
        settings: With the teacher as ``model``.
        out: Folder of the run.
        hears: Told the progress.

    Raises:
        KeyboardInterrupt: After the answer that was being written.
        RunError: The teacher's model failed; what it answered before is kept.
    """
    kept = _kept(out / ANSWERS)
    open_ = [one for one in questions if not one.answers]
    usage = Usage()
    own = replace(settings, models={}, budget="best", planner="rule", workflow=None, strict=True, servers=None)
    with interrupts() as wanted:
        async with Agent(index, settings=own) as agent:
            for done, one in enumerate(open_):
                hears("the teacher answers", done, len(open_))
                if one.text in kept:
                    continue
                answer = await agent.aask(one.text)
                usage += answer.usage
                found = (answer.short or answer.text).strip() if answer.status == "complete" else ""
                kept[one.text] = found
                with (
                    storage_faults(out, what="the teacher's answers"),
                    (out / ANSWERS).open("a", encoding="utf-8") as file,
                ):
                    file.write(json.dumps({"question": one.text, "answer": found}, ensure_ascii=False) + "\n")
                if wanted.to_end:
                    raise KeyboardInterrupt
    hears("the teacher answers", len(open_), len(open_))
    made = [one if one.answers else replace(one, answers=tuple(filter(None, [kept[one.text]]))) for one in questions]
    answered = sum(bool(kept[one.text]) for one in open_)
    return Taught(
        questions=tuple(one for one in made if one.answers),
        answered=answered,
        dropped=len(open_) - answered,
        usage=usage,
    )


def _kept(path: Path) -> dict[str, str]:
    """Read what the teacher has said; a last line that a kill cut short is as if it were not there."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    whole = path.read_text(encoding="utf-8")
    for line in whole.splitlines():
        try:
            row: Mapping[str, str] = json.loads(line)
            found[row["question"]] = row["answer"]
        except (ValueError, KeyError, TypeError):
            continue
    if whole and not whole.endswith("\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
    return found
