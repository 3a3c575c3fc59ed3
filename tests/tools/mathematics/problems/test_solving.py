"""Formulas and short word problems are answered by rules; for anything else there is no answer."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from questline.errors import UsageError
from questline.tools.mathematics import Calculator
from questline.tools.mathematics.checking import check_answer
from questline.tools.mathematics.problems import Solution, solve_problem


@pytest.fixture(scope="module")
def calculator() -> Generator[Calculator]:
    with Calculator(seconds=60) as made:
        yield made


@pytest.mark.requirement("solver.formulas")
@pytest.mark.parametrize(
    ("text", "answer", "rule"),
    [
        ("计算:3/4+1/2", "5/4", "value"),
        ("What is 15% of 80?", "12", "value"),
        ("12×3-4=", "32", "value"),
        (r"Calculate $\frac{1}{2}+\frac{1}{3}$.", "5/6", "value"),
        (r"计算 $\sqrt{12}$", "2√3", "value"),
        ("Simplify: $-3-2(x-4)$", "5-2x", "simplify"),
        ("Expand (x+1)(x-2)", "x^2-x-2", "expand"),
        ("分解因式:x^2-5x+6", "(x-2)(x-3)", "factor"),
        ("解方程:2x+3=9", "x=3", "solve"),
        ("Solve the equation: $x^{2}=9$", "x=3 or x=-3", "solve"),
        ("Solve the inequality 2x<8", "x<4", "solve"),
    ],
)
def test_a_formula_is_worked_out(calculator: Calculator, text: str, answer: str, rule: str) -> None:
    found = solve_problem(text, calculator=calculator)
    assert (found.status, found.rule) == ("solved", f"expression:{rule}")
    assert check_answer(found.answer, [answer], deadline_s=60).strict_low, found.answer


@pytest.mark.requirement("solver.words")
@pytest.mark.parametrize(
    ("text", "equation", "rule"),
    [
        ("There are 8 red pens and 5 blue pens. How many pens are there altogether?", "8 + 5", "en:together"),
        ("Lena had 20 stamps. She gave away 6 stamps. How many stamps does she have left?", "20 - 6", "en:left"),
        ("Omar has 12 kites. Pia has 7 kites. How many more kites does Omar have than Pia?", "12 - 7", "en:difference"),
        ("There are 6 boxes. Each box has 9 plums. How many plums are there in total?", "6 * 9", "en:product"),
        ("A baker puts 24 buns equally on 4 trays. How many buns are on each tray?", "24 / 4", "en:share"),
        ("Kim has 30 tiles. She puts 5 tiles in each row. How many rows can she make?", "30 / 5", "en:groups"),
        ("Ida had 15 shells. She lost some and now has 9 shells left. How many shells did she lose?", "15 - 9", "en:unknown_change"),
        ("小林有15支铅笔,小雨有9支铅笔,一共有多少支铅笔?", "15 + 9", "zh:together"),
        ("商店有40个皮球,卖出12个,又买来5个,现在有多少个皮球?", "40 - 12 + 5", "zh:running"),
        ("每盒有8个鸡蛋,买6盒,一共有多少个鸡蛋?", "6 * 8", "zh:product"),
        ("小红有12朵花,小丽有7朵花,小红比小丽多多少朵?", "12 - 7", "zh:difference"),
        ("老师把36本书分给4个班,平均每班多少本?", "36 / 4", "zh:share"),
        ("妈妈带了50元,每本书12元,买了3本,应找回多少元?", "50 - 3 * 12", "zh:change"),
        ("小明拍了30下球,小刚比小明多拍8下,小刚拍了多少下?", "30 + 8", "zh:comparison"),
    ],
)
def test_a_word_problem_is_read(calculator: Calculator, text: str, equation: str, rule: str) -> None:
    found = solve_problem(text, calculator=calculator)
    assert (found.status, found.equation, found.rule) == ("solved", equation, rule)
    assert check_answer(found.answer, [equation.replace(" ", "")]).strict_low
    assert 0 < found.confidence < 1


@pytest.mark.requirement("solver.unsolved")
@pytest.mark.parametrize(
    "text",
    [
        "What is the colour of the sky?",
        "求证:三角形内角和为180°",
        "如图,在△ABC中,∠A=30°,求∠B",
        "A train leaves at 9. When does it arrive?",
        r"Find all functions $f$ with $f(x+y)=f(x)+f(y)$.",
        "Solve: x^2+1=0",
        "Solve: x+y=3",
        "计算:9^9^9^9",
        "Simplify: __import__('os')",
        "There are 3 cats, 4 dogs, 5 birds, 6 mice and 7 cows in 8 barns. How many paws are there?",
        "一件衣服打八折后是80元,原价多少元?",
    ],
)
def test_nothing_is_invented(calculator: Calculator, text: str) -> None:
    assert solve_problem(text, calculator=calculator) == Solution(status="unsolved")


@pytest.mark.requirement("solver.unsolved")
@pytest.mark.parametrize(("text", "code"), [("", "empty_question"), (" \n", "empty_question"), ("x" * 50_000, "question_too_long")])
def test_a_question_that_is_none_is_a_typed_error(text: str, code: str) -> None:
    with pytest.raises(UsageError) as raised:
        solve_problem(text)
    assert raised.value.code == code
    assert raised.value.fields["argument"] == "text"
