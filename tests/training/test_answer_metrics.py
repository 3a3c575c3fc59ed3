"""Token F1 and exact match of short answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.training.evaluation.answer_metrics import answer_tokens, exact_match, token_f1

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.requirement("eval.answer-metrics")
@pytest.mark.parametrize(
    ("prediction", "answers", "f1", "em"),
    [
        ("The Eiffel Tower", ["eiffel tower!"], 1.0, 1.0),
        ("in 1889", ["1889"], 2 / 3, 0.0),
        ("Marie Curie", ["Pierre Curie", "Maria Sklodowska", "Marie Curie"], 1.0, 1.0),
        ("", ["anything"], 0.0, 0.0),
        ("yes", ["Yes."], 1.0, 1.0),
        ("yes", ["no"], 0.0, 0.0),
        ("yes indeed", ["yes"], 0.0, 0.0),
        ("no", ["no idea"], 0.0, 0.0),
        ("b", ["b b"], 2 / 3, 0.0),
        ("U.S.A.", ["USA"], 1.0, 1.0),
        ("１９８９年", ["1989年"], 1.0, 1.0),
        ("北京大学", ["北京"], 2 / 3, 0.0),
        ("北京，大学。", ["北京大学"], 1.0, 1.0),
        ("A", ["a"], 1.0, 1.0),
        ("anything", [], 0.0, 0.0),
    ],
)
def test_known_answers(prediction: str, answers: list[str], f1: float, em: float) -> None:
    assert token_f1(prediction, answers) == pytest.approx(f1)
    assert exact_match(prediction, answers) == em


@given(texts)
def test_the_gold_answer_scores_1(text: str) -> None:
    wanted = 1.0 if answer_tokens(text) else 0.0
    assert token_f1(text, [text]) == exact_match(text, [text]) == wanted


@given(texts, st.lists(texts, max_size=4))
def test_scores_lie_between_0_and_1_and_an_exact_match_has_full_f1(prediction: str, answers: list[str]) -> None:
    f1, em = token_f1(prediction, answers), exact_match(prediction, answers)
    assert 0 <= f1 <= 1
    assert em in {0.0, 1.0}
    assert f1 == 1 or em == 0


@given(texts, texts, texts)
def test_another_accepted_answer_never_lowers_the_score(prediction: str, first: str, second: str) -> None:
    assert token_f1(prediction, [first, second]) == max(token_f1(prediction, [first]), token_f1(prediction, [second]))


@given(texts, texts)
def test_f1_does_not_care_which_side_is_gold(one: str, other: str) -> None:
    assert token_f1(one, [other]) == pytest.approx(token_f1(other, [one]))
