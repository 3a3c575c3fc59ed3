"""What a summarizer learns from, and what judges it: rows, made-up notes, scores, pairs, and a teacher's labels."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import RunError, UsageError
from questline.settings import Settings
from questline.testing import ChatRequest, Fault, ScriptedLLM
from questline.training.generative_summarizer.drawn import PAIRS, paired, pairs_of, preferred
from questline.training.generative_summarizer.notes import KINDS, notes
from questline.training.generative_summarizer.notes import main as write_notes
from questline.training.generative_summarizer.rows import PROMPT, Asked, reader, split
from questline.training.generative_summarizer.scores import Weights, copied, describe, measure
from questline.training.generative_summarizer.teacher import Teacher
from questline.training.recipe import unheard
from questline.training.tuning.rows import fitting
from questline.training.writer.calls import FILE

NOTE = Asked(
    query="where, price?",
    document="It stands in Riga. It costs 7 coins. It was painted red.",
    summary="It stands in Riga. It costs 7 coins.",
    answers=("Riga", "7"),
)


def written(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.requirement("summarizer.rows")
def test_rows_are_read_and_those_that_do_not_fit_are_told_together(tmp_path: Path) -> None:
    good = {
        "question": " Where? ",
        "text": "It stands in Riga.",
        "summary": "Riga.",
        "title": "Lamp",
        "answers": ["Riga"],
    }
    rows = [good, {"query": "x", "document": "y"}, {"query": "", "document": "y", "summary": "z"}]
    rows.append({"query": "Where?", "document": "It stands in Riga.", "summary": "It stands in Oslo."})
    path = written(tmp_path / "rows.jsonl", rows)
    with pytest.raises(UsageError, match=r"3 of 4 rows do not fit.*line 2.*teacher.*line 3.*line 4.*Oslo") as caught:
        fitting(path, reader(needs_summary=True, check=True))
    assert caught.value.fields["rows"] == [2, 3, 4]
    found = fitting(path, reader(needs_summary=True, check=True), skip=True)
    assert found.kept == [
        Asked(query="Where?", document="It stands in Riga.", title="Lamp", summary="Riga.", answers=("Riga",))
    ]
    assert found.left_out == 3
    assert len(fitting(path, reader(needs_summary=True, check=False), skip=True).kept) == 2
    assert len(fitting(path, reader(needs_summary=False, check=True), skip=True).kept) == 2
    with pytest.raises(UsageError, match="give more documents"):
        split(found.kept, tested=3, path=path)


@pytest.mark.requirement("summarizer.rows")
def test_a_text_that_holds_a_placeholder_is_not_filled_again() -> None:
    row = replace(NOTE, query="{document}?", document="a {query} b {title}", title="T")
    assert row.chat("{title}: {document}\n{query}")[0]["content"] == "T: a {query} b {title}\n{document}?"
    assert NOTE.chat(PROMPT)[0] == {"role": "user", "content": f"{NOTE.document}\n{NOTE.query}"}


@pytest.mark.requirement("summarizer.notes")
@given(st.integers(0, 10_000), st.integers(1, 20), st.integers(1, 4))
def test_a_note_says_what_its_summary_says(seed: int, facts: int, asked: int) -> None:
    [note] = notes(1, seed=seed, facts=facts, asked=min(asked, facts))
    found = measure(note.summary, note)
    assert (found.completeness, found.faithfulness, found.relevance, found.rouge_l) == (1.0, 1.0, 1.0, 1.0)
    assert found.unfounded == ()
    assert len(note.answers) == len(note.query.split(","))
    assert notes(3, seed=seed, facts=facts, asked=1)[0] == notes(1, seed=seed, facts=facts, asked=1)[0]


@pytest.mark.requirement("summarizer.notes")
def test_a_bad_teacher_says_too_little_or_too_much_and_a_judge_may_like_more(tmp_path: Path) -> None:
    rows = notes(200, loose=1.0)
    words = [measure(row.summary, row).words - 4 * len(row.answers) for row in rows]
    assert min(words) < -2 < 2 < max(words)
    assert len(notes(1, everything=True)[0].answers) == 4
    with pytest.raises(UsageError, match="asked"):
        notes(1, facts=1, asked=2)
    path = tmp_path / "notes.jsonl"
    assert write_notes(["--count", "5", "--out", str(path)]) == 0
    found = fitting(path, reader(needs_summary=True, check=True)).kept
    assert found == notes(5)
    assert {row.query.rstrip("?").split(", ")[0] for row in notes(99)} == set(KINDS)
    assert write_notes(["--facts", "1", "--out", str(path)]) == 2


@pytest.mark.requirement("summarizer.score")
def test_the_score_by_hand() -> None:
    said = measure("It stands in Riga. It was painted red.", NOTE)  # one asked fact, one that was not asked
    assert (said.relevance, said.completeness, said.faithfulness, said.words, said.wanted) == (0.5, 0.5, 1.0, 8, 8)
    assert said.score(Weights()) == 2.0
    short = measure("It stands in Riga.", NOTE)
    assert (short.relevance, short.completeness, short.words) == (1.0, 0.5, 4)
    assert short.score(Weights()) == pytest.approx(1 + 1 + 0.5 - 0.5 * 4 / 8)
    assert short.score(Weights(length=0.0)) == 2.5
    assert short.score(Weights(wanted=2)) == pytest.approx(2.5 - 0.5 * 2 / 2)
    assert short.quality == pytest.approx(2.5 / 3)
    wrong = measure("It stands in Oslo. It costs 7 coins.", NOTE)
    assert (wrong.unfounded, wrong.faithfulness, wrong.copied) == (("Oslo",), 0.0, 0.5)
    none = measure("", NOTE)
    assert (none.score(Weights()), none.words, none.rouge_l) == (-0.5, 0, 0.0)
    means = describe([said, wrong], weights=Weights())
    assert (means["violations"], means["words"], means["faithfulness"]) == (0.5, 8.0, 0.5)


@pytest.mark.requirement("summarizer.score")
@pytest.mark.parametrize(
    ("text", "answer", "holds"),
    [
        ("It costs 7 coins.", "7", True),
        ("It costs 17 coins.", "7", False),
        ("It costs 7.5 coins.", "7", False),
        ("It costs 2,7 coins.", "7", False),
        ("It costs 7.", "7", True),
        ("Rigas is no town.", "Riga", False),
        ("它在里加城。", "里加", True),
        ("(7)", "7", True),
    ],
)
def test_an_answer_inside_of_another_word_or_number_is_none(text: str, answer: str, holds: bool) -> None:
    assert measure(text, replace(NOTE, answers=(answer,))).completeness == float(holds)


@pytest.mark.requirement("summarizer.score")
def test_what_is_copied_are_runs_of_four_words_and_chinese_counts_by_characters() -> None:
    document = "the old lamp stands in the harbour of Riga"
    assert copied("lamp stands in the", document) == 1.0
    assert copied("a lamp stands in the night", document) == pytest.approx(4 / 6)
    assert copied("lamp in harbour Riga", document) == 0.0
    assert copied("old lamp", document) == 1.0
    assert copied("", document) == 0.0
    assert copied("灯塔在里加", "旧灯塔在里加港") == 1.0
    assert measure("灯塔在里加", replace(NOTE, summary="灯塔在里加", answers=())).words == 5


@pytest.mark.requirement("summarizer.score")
def test_without_a_reference_the_embedded_summarizer_says_what_a_good_summary_is() -> None:
    page = "Tern Light stands near Orrin. It was lit in 1874 by Mara Lind. Boats leave twice a day. Tea is sold."
    row = Asked(query="When was Tern Light lit?", document=page)
    good = measure("It was lit in 1874 by Mara Lind.", row)
    other = measure("Tea is sold.", row)
    assert good.score(Weights()) > other.score(Weights())


@pytest.mark.requirement("summarizer.pairs")
def test_pairs_are_those_whose_scores_are_further_apart_than_the_gap(tmp_path: Path) -> None:
    texts = [NOTE.summary, "It stands in Riga.", "It stands in Riga.", "It stands in Oslo.", " "]
    found = pairs_of(NOTE, texts, weights=Weights(), gap=0.2, most=9)
    assert [(pair.chosen_words, pair.rejected_words) for pair in found] == [(8, 4), (4, 4), (8, 4)]
    assert [pair.gap for pair in found] == sorted((pair.gap for pair in found), reverse=True)
    widest = pairs_of(NOTE, texts, weights=Weights(), gap=0.2, most=1)
    assert (widest[0].chosen, widest[0].rejected) == (NOTE.summary, "It stands in Oslo.")
    assert pairs_of(NOTE, texts, weights=Weights(), gap=9.0, most=9) == []
    alike = pairs_of(NOTE, texts, weights=Weights(), gap=0.2, most=9, apart=0.0)
    assert [(pair.chosen_words, pair.rejected_words) for pair in alike] == [(4, 4)]
    asked: list[int] = []

    def draw(rows: Sequence[Asked], before: int) -> list[str]:
        assert before == 0
        asked.append(len(rows))
        return [NOTE.summary, "It stands in Oslo."] * (len(rows) // 2)

    def again(gap: float = 0.2) -> list[int]:
        told = paired(
            [NOTE, NOTE], draw, answers=2, weights=Weights(), gap=gap, most=2, apart=1.0, folder=tmp_path, drawn_by="m"
        )
        return told.by_document

    assert again() == again() == [1, 1]
    assert asked == [4]  # the second time what is kept is read
    assert again(9.0) == [0, 0]
    assert asked == [4, 4]
    assert (tmp_path / PAIRS).read_text(encoding="utf-8") == ""
    learnt = preferred(found[0], PROMPT)
    assert (learnt.chosen, learnt.messages[0]["content"]) == (found[0].chosen, f"{NOTE.document}\n{NOTE.query}")


@pytest.mark.requirement("summarizer.pairs")
def test_drawing_that_was_killed_goes_on_to_the_same_pairs(tmp_path: Path) -> None:
    rows = [replace(NOTE, query=f"{NOTE.query} {number}") for number in range(150)]
    asked: list[tuple[int, int]] = []

    def draw_until(last: int) -> Callable[[Sequence[Asked], int], list[str]]:
        def draw(each: Sequence[Asked], before: int) -> list[str]:
            if before > last:
                raise KeyboardInterrupt
            asked.append((before, len(each)))
            return [NOTE.summary if (before + place) % 3 else "It stands in Oslo." for place in range(len(each))]

        return draw

    def drawn(folder: Path, last: int = 999, by: str = "m") -> list[int]:
        folder.mkdir(exist_ok=True)
        told = paired(
            rows,
            draw_until(last),
            answers=2,
            weights=Weights(),
            gap=0.2,
            most=2,
            apart=1.0,
            folder=folder,
            drawn_by=by,
        )
        return told.by_document

    whole = drawn(tmp_path / "whole")
    assert asked == [(0, 128), (128, 128), (256, 44)]
    asked.clear()
    with pytest.raises(KeyboardInterrupt):
        drawn(tmp_path / "parts", last=128)
    with (tmp_path / "parts" / "drawn.jsonl").open("a", encoding="utf-8") as cut:
        cut.write('["It st')
    assert drawn(tmp_path / "parts") == whole
    assert asked == [(0, 128), (128, 128), (256, 44)]
    read = [(tmp_path / each / PAIRS).read_bytes() for each in ("whole", "parts")]
    assert read[0] == read[1]
    assert not (tmp_path / "parts" / "drawn.jsonl").exists()
    with pytest.raises(KeyboardInterrupt):
        drawn(tmp_path / "other", last=0)
    asked.clear()
    assert drawn(tmp_path / "other", by="another model") == whole
    assert asked[0] == (0, 128)


PAGES = [replace(row, summary="", answers=()) for row in notes(6, asked=1)]


def answer(request: ChatRequest) -> str:
    """Say the sentence of the kind that is asked for; of two documents something else."""
    text = request.messages[-1].content
    row = next(row for row in PAGES if row.document in text and f"Query: {row.query}" in text)
    place = PAGES.index(row)
    if place == 0:
        return "None."
    if place == 1:
        return "It stands in Atlantis since 1999."
    return notes(6, asked=1)[place].summary


@pytest.mark.requirement("summarizer.teacher")
def test_a_teachers_summaries_are_checked_kept_and_counted(tmp_path: Path) -> None:
    given = replace(PAGES[0], document="Known.", summary="Known.")
    with ScriptedLLM(answer) as server:
        settings = Settings(model="teacher", base_url=server.base_url, retries=0)
        taught = Teacher.of(settings, tmp_path, words=12).teach([*PAGES, given], unheard)
        assert len(server.requests) == 6  # what has a summary is not asked for
        assert (taught.unanswered, taught.unfounded, taught.failed) == (1, 1, 0)
        assert [row.summary for row in taught.rows] == [*(row.summary for row in notes(6, asked=1)[2:]), "Known."]
        assert (taught.spent.calls, taught.spent.tokens) == (6, server.billed.tokens)
        again = Teacher.of(settings, tmp_path, words=12).teach(PAGES, unheard)
        assert len(server.requests) == 6
        assert (again.rows, again.spent) == (taught.rows[:-1], taught.spent)
    assert (tmp_path / FILE).exists()
    assert "<passages>" in server.requests[0].messages[-1].content


@pytest.mark.requirement("summarizer.teacher")
def test_a_teacher_that_fails_is_counted_and_asked_again(tmp_path: Path) -> None:
    with ScriptedLLM(
        lambda request: Fault.status(500) if PAGES[3].document in request.text() else answer(request)
    ) as one:
        settings = Settings(model="teacher", base_url=one.base_url, retries=0)
        taught = Teacher.of(settings, tmp_path, words=12).teach(PAGES, unheard)
        assert (taught.failed, len(taught.rows)) == (1, 3)
        before = taught.spent.calls
    with ScriptedLLM(answer) as two:
        settings = Settings(model="teacher", base_url=two.base_url, retries=0)
        again = Teacher.of(settings, tmp_path, words=12).teach(PAGES, unheard)
        assert (len(two.requests), again.failed, len(again.rows)) == (1, 0, 4)
        assert again.spent.calls == before + 1
    with ScriptedLLM(Fault.status(500)) as dead:
        settings = Settings(model="teacher", base_url=dead.base_url, retries=0)
        with pytest.raises(RunError) as caught:
            Teacher.of(settings, tmp_path / "other", words=12).teach(PAGES, unheard)
        assert caught.value.code == "backend_unavailable"
    with pytest.raises(UsageError, match=r"agents\.toml"):
        Teacher.of(Settings(), tmp_path, words=12)
