"""The parts of the suite that stand alone: rows, refusals, sections, kept replies, pairs, noise, abstention."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.models.llm_contract import Picture, Prompt
from questline.training.evaluation.mathreal.abstention import risk_coverage
from questline.training.evaluation.mathreal.answering import Answered
from questline.training.evaluation.mathreal.embedded import EmbeddedAnswerer
from questline.training.evaluation.mathreal.judging import read_verdicts
from questline.training.evaluation.mathreal.noise import kinds_of_noise, regress
from questline.training.evaluation.mathreal.pairs import mcnemar, paired
from questline.training.evaluation.mathreal.refusals import is_refusal
from questline.training.evaluation.mathreal.replies import KeptReplies, KeptReply, reply_key
from questline.training.evaluation.mathreal.rows import MathPhoto, asks_for_proof, read_photos
from questline.training.evaluation.mathreal.scoring import score
from questline.training.evaluation.mathreal.sections import read_sections
from questline.types import Message


@pytest.mark.requirement("mathreal.refused")
@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("I'm sorry, but I can't help with this picture.", True),
        ("I\N{RIGHT SINGLE QUOTATION MARK}m unable to view images.", True),
        ("抱歉，我无法识别这张图片。", True),
        ("图片不清晰，我无法看到题目。", True),
        ("I cannot read the label, but the area is \\boxed{12}.", False),
        ("The ship cannot be seen from the shore, so the angle is 0.", False),
        ("答：12平方厘米", False),
        ("", False),
        ("Sorry for the long way. " + "We add. " * 100, False),
    ],
)
def test_a_refusal_is_short_boxes_nothing_and_declines(text: str, refuses: bool) -> None:
    assert is_refusal(text) is refuses


@pytest.mark.requirement("mathreal.proof-apart")
@pytest.mark.parametrize(
    ("chinese", "english", "proof"),
    [
        ("求证：AB=CD", "", True),
        ("请画出它的对称轴", "", True),
        ("这幅图画的是什么图形", "", False),
        ("求面积", "Prove that it is 5", False),
        ("", "Prove that it is 5", True),
        ("Prove that it is 5", "Prove that it is 5", True),
        ("Draw the graph of y=x", "", True),
        ("", "A constructed response on drawers", False),
    ],
)
def test_proofs_and_drawings_are_told_by_their_words(chinese: str, english: str, proof: bool) -> None:
    assert asks_for_proof({"zh": chinese, "en": english}) is proof


def test_sections_are_found_under_any_heading_marks() -> None:
    told = read_sections("## Question\n算一算\n\n**Figure:**\nnone\n# Solution\nIt is \\boxed{3}.")
    assert (told.question, told.figure, told.solution, told.found) == ("算一算", "", "It is \\boxed{3}.", True)
    assert read_sections("\\boxed{3}").solution == "\\boxed{3}"
    assert read_sections("## Question\n只读了题").solution == ""


@pytest.mark.requirement("mathreal.judge")
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1: right\n2: wrong", ("right", "wrong")),
        ("**1**: Right\n2. wrong, because", ("right", "wrong")),
        ("1: right", None),
        ("1: right\n1: wrong\n2: right", None),
        ("both right", None),
    ],
)
def test_a_verdict_covers_each_part_once(text: str, parts: tuple[str, ...] | None) -> None:
    found = read_verdicts(text, 2)
    assert found.readable is (parts is not None)
    assert found.parts == (parts or ("undecided", "undecided"))


@pytest.mark.requirement("mathreal.resume")
def test_a_torn_line_of_kept_replies_costs_that_reply_alone(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    kept = KeptReplies(path)
    kept.keep("a", KeptReply(text="one", usd=0.5))
    kept.keep("b", KeptReply(text="two"))
    path.write_bytes(path.read_bytes()[:-9])
    again = KeptReplies(path)
    assert again.get("a") == KeptReply(text="one", usd=0.5)
    assert again.get("b") is None
    again.keep("c", KeptReply(text="three"))
    assert [KeptReplies(path).get(key) is None for key in "abc"] == [False, True, False]
    assert KeptReplies(path, fresh=True).get("a") is None


@pytest.mark.requirement("mathreal.resume")
def test_all_that_decides_a_reply_is_in_its_key() -> None:
    prompt = Prompt(system="s", messages=(Message(role="user", content="q"),))
    seen = Prompt(system="s", messages=prompt.messages, pictures=(Picture(data=b"1", media_type="image/png"),))
    other = Prompt(system="s", messages=prompt.messages, pictures=(Picture(data=b"2", media_type="image/png"),))
    keys = [reply_key("m", None, one, 9) for one in (prompt, seen, other)]
    keys += [reply_key("n", None, prompt, 9), reply_key("m", "http://x/v1", prompt, 9), reply_key("m", None, prompt, 8)]
    assert len(set(keys)) == 6


@pytest.mark.requirement("mathreal.pairs")
@pytest.mark.parametrize(("only_a", "only_b", "p"), [(0, 0, 1.0), (0, 5, 0.0625), (3, 3, 1.0), (1, 9, 22 / 1024)])
def test_mcnemar_is_exact(only_a: int, only_b: int, p: float) -> None:
    assert mcnemar(only_a, only_b) == pytest.approx(p)
    assert mcnemar(only_b, only_a) == pytest.approx(p)


@pytest.mark.requirement("mathreal.pairs")
def test_pairs_without_a_question_say_so_and_few_are_marked() -> None:
    assert paired([], [])["n"] == 0
    found = paired([(0.5, 0.0), (1.0, 1.0)], [(1.0, 1.0), (1.0, 1.0)])
    assert (found["acc_difference"], found["only_b_right"], found["small"]) == (0.25, 1, True)


def labelled(**noise: int) -> dict[str, str]:
    quiet = {kind: "upright" if kind == "rotation" else "0" for kind in kinds_of_noise()}
    kind = {"stage": "Primary", "type": "Choice", "category": "Plane", "difficulty": "Easy"}
    return {**quiet, **kind, **{name: str(value) for name, value in noise.items()}}


@pytest.mark.requirement("mathreal.noise")
def test_a_planted_effect_is_found_and_an_absent_one_covers_zero() -> None:
    chance = random.Random(0)
    labels, right = list[dict[str, str]](), list[bool]()
    for blur, glare in itertools.product(range(4), range(4)):
        for _ in range(30):
            labels.append(labelled(blur=blur, glare=glare))
            right.append(chance.random() < 1 / (1 + 2.718 ** (1.1 * blur - 1.5)))
    found = regress(labels, right, [str(at) for at in range(len(right))], resamples=200)
    assert set(found.effects) == {"blur", "glare"}
    assert found.effects["blur"].low < -1.1 < found.effects["blur"].high < 0
    assert found.effects["glare"].low < 0 < found.effects["glare"].high
    assert found.effects["blur"].odds == pytest.approx(2.718281828 ** found.effects["blur"].coefficient)


@pytest.mark.requirement("mathreal.noise")
def test_rows_of_one_question_widen_the_interval() -> None:
    chance = random.Random(1)
    labels, right, owners = list[dict[str, str]](), list[bool](), list[str]()
    for at in range(40):
        told = chance.random() < 0.5
        for _ in range(10):
            labels.append(labelled(blur=at % 4))
            right.append(told)
            owners.append(str(at))
    together = regress(labels, right, owners, resamples=200).effects["blur"]
    alone = regress(labels, right, [str(at) for at in range(400)], resamples=200).effects["blur"]
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert regress(labels, right, owners).clusters == 40


@pytest.mark.requirement("mathreal.noise")
@pytest.mark.parametrize("right", [[True] * 40, [False] * 40, [True, False] * 5])
def test_without_anything_to_explain_it_says_so(right: list[bool]) -> None:
    found = regress([labelled(blur=1)] * len(right), right, [str(at) for at in range(len(right))])
    assert not found.effects
    assert found.note


@pytest.mark.requirement("mathreal.abstention")
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=40))
def test_no_confidence_beats_the_one_that_knows(pairs: list[tuple[float, float]]) -> None:
    found = risk_coverage([one for one, _ in pairs], [right for _, right in pairs])
    assert found is not None
    assert found.best <= found.area + 1e-9
    coverage, risk = found.points[-1]
    assert coverage == 1.0
    assert risk == pytest.approx(1 - sum(right for _, right in pairs) / len(pairs))


@pytest.mark.requirement("mathreal.abstention")
def test_ties_of_confidence_have_no_order() -> None:
    one = risk_coverage([0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0])
    other = risk_coverage([0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1])
    assert one == other
    assert one is not None
    assert one.area == 0.5
    assert risk_coverage([], []) is None


@pytest.mark.requirement("mathreal.embedded")
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("计算：3×4+5=", "\\boxed{17}"),
        ("口算。12÷4= ；7×8=(  )", "\\boxed{3} \\boxed{56}"),
        ("What is 1/2 + 1/3?", "\\boxed{5/6}"),
        ("一个长方形的面积是多少？", ""),
        ("小明有3个苹果，又买了4个。", ""),
        ("9^9^9^9=", ""),
    ],
)
async def test_the_embedded_backend_solves_bare_formulas_and_abstains_from_the_rest(question: str, text: str) -> None:
    photo = read_one(question)
    with EmbeddedAnswerer("I+QG") as answerer:
        found = await answerer.answer(photo, None)
    assert (found.text, found.abstained, found.transcript) == (text, not text, None)


def read_one(question: str) -> MathPhoto:
    return MathPhoto(
        id="1",
        real="",
        clean="",
        question={"zh": question, "en": ""},
        description={"zh": "", "en": ""},
        answers={"zh": "", "en": ""},
        labels=labelled(),
        turn=0,
        proof=False,
    )


@pytest.mark.data
@pytest.mark.requirement("mathreal.proof-apart", "mathreal.predictions")
def test_right_answers_score_full_marks_and_those_of_other_rows_none(data_dir: Path) -> None:
    file = data_dir / "math" / "mathreal_testmini_part.jsonl.gz"
    photos = read_photos(file, setting="I")
    assert (len(photos), sum(photo.proof for photo in photos)) == (190, 20)
    assert sum(bool(photo.turn) for photo in photos) == 58
    own = [score(photo, Answered(text=photo.answers["zh"])).shares()["strict_low"] for photo in photos]
    others = [
        score(photo, Answered(text=other.answers["zh"])).shares()["acc_low"]
        for photo, other in itertools.pairwise([*photos, photos[0]])
    ]
    assert sum(own) / 190 >= 0.995
    assert sum(others) / 190 <= 0.015
