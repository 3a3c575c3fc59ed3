"""Answers are found in a text, cut into parts, and each part is set against its own."""

from __future__ import annotations

import pytest

from questline.tools.mathematics.checking import check_answer, kind_of, parts_of

GOLD = "(1)6;\n(2)18+6√3;\n(3)x=2或x=-3"


def statuses(prediction: str, gold: str = GOLD) -> list[str]:
    return [part.status for part in check_answer(prediction, [gold], deadline_s=60).parts]


@pytest.mark.requirement("checking.extract")
@pytest.mark.parametrize(
    ("prediction", "route", "answers"),
    [
        (r"First \boxed{5}, no: \boxed{\frac{1}{2}}.", "boxed", [r"\frac{1}{2}"]),
        (r"\boxed{\text{the area is } \sqrt{2}}", "boxed", [r"\text{the area is } \sqrt{2}"]),
        (r"It never closes: \boxed{7", "boxed", ["7"]),
        ("3+4 is 7.\n答案:7", "answer_line", ["7"]),
        ("We add. The answer is 7.", "answer_line", ["7"]),
        ("Thus 3+4=7\n#### 7", "answer_line", ["7"]),
        ("7", "whole", ["7"]),
        ("word " * 300 + "\nso it is\n7", "tail", ["7"]),
        ("  \n", "empty", []),
    ],
)
def test_the_way_an_answer_was_found_is_told(prediction: str, route: str, answers: list[str]) -> None:
    checked = check_answer(prediction, ["7"])
    assert (checked.route, list(checked.answers)) == (route, answers)


@pytest.mark.requirement("checking.extract")
def test_an_empty_prediction_is_wrong_in_every_part() -> None:
    checked = check_answer("", [GOLD])
    assert [(part.status, part.reason) for part in checked.parts] == [("wrong", "no answer")] * 3
    assert checked.share_high == 0


@pytest.mark.requirement("checking.extract")
def test_a_repeated_question_is_no_answer() -> None:
    question = "A rope of 12 m is cut into 4 equal pieces. How long is one?"
    assert check_answer(f"{question}\n3m", ["3m"], question=question).strict_low
    assert not check_answer(question, ["12 m"], question=question).strict_high


@pytest.mark.requirement("checking.split")
@pytest.mark.parametrize(
    ("gold", "parts"),
    [
        ("①5.0及以上;31;\n②7", [((1,), "5.0及以上"), ((1,), "31"), ((2,), "7")]),
        ("(1)①(5,0);②(15,0)或(-5,0);(2)5", [((1, 1), "(5,0)"), ((1, 2), "(15,0)或(-5,0)"), ((2,), "5")]),
        ("(2)30°\n(3)5", [((2,), "30°"), ((3,), "5")]),
        ("1. 4\n2. 5", [((1,), "4"), ((2,), "5")]),
        ("③;②③④", [((), "③"), ((), "②③④")]),
        ("体积是\n12\n立方厘米", [((), "体积是 12 立方厘米")]),
        ("f(2)=3", [((), "f(2)=3")]),
        ("{1;2}", [((), "{1;2}")]),
    ],
)
def test_a_right_answer_is_cut_at_labels_and_stops(gold: str, parts: list[tuple[tuple[int, ...], str]]) -> None:
    assert [(part.label, part.text) for part in parts_of(gold)] == parts


@pytest.mark.requirement("checking.align")
@pytest.mark.parametrize(
    ("prediction", "told"),
    [
        ("(1)6;(2)18+6√3;(3)-3或2", ["right", "right", "right"]),
        ("(3)-3或2;(1)6;(2)18+6√3", ["right", "right", "right"]),
        ("6;18+6√3;x=2或x=-3", ["right", "right", "right"]),
        (r"(1) \boxed{6} (2) \boxed{6(3+\sqrt3)} (3) \boxed{x=2,-3}", ["right", "right", "right"]),
        ("(1)6;(2)18;(3)x=2", ["right", "wrong", "wrong"]),
        ("(2)18+6√3", ["wrong", "right", "wrong"]),
        ("18+6√3;6;x=2或x=-3", ["wrong", "wrong", "right"]),
        ("18+6√3;x=2或x=-3", ["wrong", "right", "right"]),
    ],
)
def test_parts_meet_by_label_then_order_then_best_match(prediction: str, told: list[str]) -> None:
    assert statuses(prediction) == told


@pytest.mark.requirement("checking.align")
def test_partial_credit_is_told_with_both_bounds() -> None:
    checked = check_answer("(1)6;(2)别的话;(3)x=5", ["(1)6;(2)任意的话;(3)x=2"])
    assert [part.status for part in checked.parts] == ["right", "undecided", "wrong"]
    assert (checked.share_low, checked.share_high) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert (checked.strict_low, checked.strict_high) == (False, False)


@pytest.mark.requirement("checking.align")
def test_listing_many_answers_earns_nothing_for_sure() -> None:
    checked = check_answer("1;2;3;4;5", ["3"])
    assert [(part.status, checked.share_low) for part in checked.parts] == [("undecided", 0.0)]


@pytest.mark.requirement("checking.apart")
@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("求证:AB=CD", "proof"),
        ("(1)证明△ABC是直角三角形;(2)求BC", "proof"),
        ("Show that the triangles are similar.", "proof"),
        ("画出△ABC关于x轴对称的图形", "drawing"),
        ("Draw the graph of the function.", "drawing"),
        ("求BC的长", "value"),
        ("How long is the rope?", "value"),
    ],
)
def test_proofs_and_drawings_are_set_apart(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@pytest.mark.requirement("checking.apart")
def test_what_is_left_to_the_reader_earns_no_free_points() -> None:
    checked = check_answer("图已画好", ["作图略"])
    assert (checked.parts[0].status, checked.parts[0].reason.split(":")[0], checked.share_low) == ("undecided", "open", 0)
