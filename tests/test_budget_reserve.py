"""A reservation keeps parallel model calls inside the limits, whatever they turn out to use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded
from questline.types import Usage

sizes = st.tuples(st.integers(0, 200), st.integers(1, 200), st.integers(0, 10))


@pytest.mark.requirement("llm.budget")
def test_an_answer_is_shortened_to_what_is_left_and_freed_afterwards() -> None:
    meter = Meter(Budget(tokens=100, usd=1.0))
    with meter.reserve(30, 200) as first:
        assert first.tokens_out == 70
        with pytest.raises(BudgetExceeded) as caught, meter.reserve(0, 10):
            pass
        assert caught.value.fields["limit"] == "tokens"
    with meter.reserve(30, 50, usd_per_token=(0.01, 0.02)) as second:
        assert second.tokens_out == 35
        with pytest.raises(BudgetExceeded) as caught, meter.reserve(5, 10, usd_per_token=(0.01, 0.02)):
            pass
        assert caught.value.fields["limit"] == "usd"
    assert meter.exhausted() is None


@pytest.mark.requirement("llm.budget")
@pytest.mark.parametrize(
    ("budget", "spent", "limit"),
    [
        (Budget(seconds=1), Usage(), "seconds"),
        (Budget(calls=1), Usage(calls=1), "calls"),
        (Budget(usd=0.1), Usage(usd=0.1), "usd"),
        (Budget(tokens=10), Usage(tokens_in=10), "tokens"),
        (Budget(tokens=100), Usage(tokens_in=95), "tokens"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_before_it_is_sent(budget: Budget, spent: Usage, limit: str) -> None:
    meter = Meter(budget, spent=spent, elapsed_before_s=1.0 if limit == "seconds" else 0.0, clock=lambda: 0.0)
    with pytest.raises(BudgetExceeded) as caught, meter.reserve(5, 5):
        pytest.fail("the call was let through")
    assert caught.value.fields["limit"] == limit


@pytest.mark.requirement("llm.parallel")
@given(st.integers(1, 2_000), st.lists(sizes, max_size=12))
def test_calls_that_use_all_they_were_given_end_at_the_limit_and_not_beyond(
    limit: int, calls: list[tuple[int, int, int]]
) -> None:
    meter = Meter(Budget(tokens=limit))
    with_all: list[Usage] = []

    def nest(rest: list[tuple[int, int, int]]) -> None:
        if not rest:
            for usage in with_all:
                meter.charge(usage)
            return
        read, write, least = rest[0]
        try:
            with meter.reserve(read, write, least_out=min(least, write)) as room:
                assert min(least, write) <= room.tokens_out <= write
                with_all.append(Usage(calls=1, tokens_in=read, tokens_out=room.tokens_out))
                nest(rest[1:])
        except BudgetExceeded:
            nest(rest[1:])

    nest(calls)
    assert meter.spent.tokens <= limit
