"""A budget reads what users write, refuses what cannot be spent, and holds parallel calls to its limits."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.budget import PRESETS, Budget, Meter
from questline.errors import BudgetExceeded, UsageError
from questline.types import Usage


@pytest.mark.requirement("core.budget-text")
def test_presets_and_written_limits_are_read() -> None:
    assert Budget.parse("cheap") is PRESETS["cheap"]
    assert Budget.parse(None) is PRESETS["balanced"]
    assert Budget.parse(" seconds=2 , tokens=4000,calls=3,usd=0.01 ") == Budget(
        seconds=2.0, tokens=4000, calls=3, usd=0.01
    )
    assert Budget.parse(Budget(calls=1)) == Budget(calls=1)


@pytest.mark.requirement("core.bad-budget")
@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "budget"),
        ("lavish", "lavish"),
        ("seconds=0", "seconds"),
        ("seconds=-1", "seconds"),
        ("seconds=nan", "seconds"),
        ("usd=inf", "usd"),
        ("tokens=2.5", "tokens"),
        ("calls=true", "calls"),
        ("minutes=3", "minutes"),
        ("seconds=1,seconds=2", "seconds"),
        ("seconds=1,", "budget"),
    ],
)
def test_what_cannot_be_spent_is_refused_with_the_field_named(text: str, field: str) -> None:
    with pytest.raises(UsageError) as caught:
        Budget.parse(text)
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_budget", field)


@pytest.mark.parametrize("value", [0, -3, math.nan, math.inf, True, 10**400, "2"])
def test_a_budget_built_by_hand_is_checked_too(value: float) -> None:
    with pytest.raises(UsageError):
        Budget(seconds=value)


@given(
    seconds=st.none() | st.floats(min_value=0.001, max_value=1e6),
    tokens=st.none() | st.integers(min_value=1, max_value=10**9),
    calls=st.none() | st.integers(min_value=1, max_value=10**6),
)
def test_a_written_budget_reads_back(seconds: float | None, tokens: int | None, calls: int | None) -> None:
    budget = Budget(seconds=seconds, tokens=tokens, calls=calls)
    assert Budget.parse(str(budget)) == budget


@pytest.mark.requirement("core.meter")
def test_each_limit_ends_the_budget_and_is_named() -> None:
    now = [0.0]
    meter = Meter(Budget(seconds=5, tokens=100, calls=2, usd=0.5), clock=lambda: now[0])
    assert meter.exhausted() is None
    assert meter.left() == Budget(seconds=5, tokens=100, calls=2, usd=0.5)
    meter.charge(Usage(calls=1, tokens_in=40, tokens_out=10, usd=0.1))
    assert meter.left() == Budget(seconds=5, tokens=50, calls=1, usd=0.4)
    meter.charge(Usage(calls=1))
    assert meter.exhausted() == "calls"
    assert meter.exhausted(llm=False) is None
    assert meter.left() is None
    now[0] = 5.0
    assert meter.exhausted(llm=False) == "seconds"
    with pytest.raises(BudgetExceeded) as caught:
        meter.check(llm=False)
    assert caught.value.fields["limit"] == "seconds"
    for spent, limit in ((Usage(tokens_out=100), "tokens"), (Usage(usd=0.5), "usd")):
        assert Meter(Budget(tokens=100, usd=0.5), spent=spent).exhausted() == limit


def test_a_resumed_meter_keeps_the_time_already_used() -> None:
    meter = Meter(Budget(seconds=10), elapsed_before_s=9.0, clock=lambda: 100.0)
    assert meter.seconds_left == pytest.approx(1.0)
    assert Meter(Budget()).seconds_left is None


def test_the_smaller_of_two_budgets_holds_for_each_limit() -> None:
    one, other = Budget(seconds=5, tokens=100), Budget(seconds=9, calls=2)
    assert one.within(other) == other.within(one) == Budget(seconds=5, tokens=100, calls=2)
    assert Budget().within(Budget()) == Budget()


@pytest.mark.requirement("core.meter-parallel")
def test_calls_side_by_side_cannot_pass_the_limit_together() -> None:
    meter = Meter(Budget(calls=3))
    gate = threading.Barrier(8, timeout=10)

    def call(_: int) -> bool:
        gate.wait()
        try:
            with meter.reserve(5, 5) as room:
                room.settle(Usage(calls=1))
                room.settle(Usage(calls=1))  # counts once
                return True
        except BudgetExceeded:
            return False

    with ThreadPoolExecutor(8) as pool:
        went = list(pool.map(call, range(8)))
    assert (sum(went), meter.spent.calls) == (3, 3)


def test_a_reservation_ends_with_its_call() -> None:
    meter = Meter(Budget(calls=1, tokens=50))
    with meter.reserve(30, 10), pytest.raises(BudgetExceeded), meter.reserve(3, 2):
        pytest.fail("one call was left")
    with meter.reserve(30, 30) as room:
        assert room.tokens_out == 20
