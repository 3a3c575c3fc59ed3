"""The gateway's small parts hold for every input: streamed text, waiting times, estimates, addresses."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.models.llm_contract import RESTART, Prompt
from questline.tools.models.providers import is_local
from questline.tools.models.retry import RequestFailed, Retry
from questline.tools.models.token_estimate import estimate_prompt_tokens, estimate_tokens
from questline.tools.models.token_stream import TokenStream
from questline.types import Message

attempts = st.lists(st.lists(st.text("ab", min_size=1, max_size=3), max_size=5), min_size=1, max_size=4)


@pytest.mark.requirement("llm.stream-restart")
@given(attempts)
def test_whatever_attempts_break_off_the_consumer_ends_with_the_last_ones_text(attempts: list[list[str]]) -> None:
    heard: list[str] = []
    stream = TokenStream(heard.append)
    for attempt in attempts:
        stream.begin()
        for piece in attempt:
            stream.piece(piece)
    stream.end()
    text, shown = "", [""]
    for piece in heard:
        text = "" if piece == RESTART else text + piece
        shown.append(text)
    assert text == "".join(attempts[-1])
    assert all(earlier != later for earlier, later in pairwise(shown))
    stream.discard()
    stream.discard()
    assert heard.count(RESTART) <= len(attempts) + 1


@pytest.mark.requirement("llm.retry")
@given(st.integers(0, 6), st.integers(0, 6))
def test_waits_double_with_jitter_and_end_with_the_retries(retry: int, retries: int) -> None:
    policy = Retry(retries=retries, first_wait_s=0.5, longest_backoff_s=8, rng=random.Random(retry))
    wait = policy.wait_s(retry, RequestFailed("down", transient=True))
    if retry >= retries:
        assert wait is None
    else:
        top = min(0.5 * 2**retry, 8)
        assert wait is not None
        assert top / 2 <= wait <= top
    assert policy.wait_s(retry, RequestFailed("refused", transient=False)) is None


@pytest.mark.requirement("llm.accounting")
def test_an_estimate_counts_chinese_by_the_character_and_the_rest_by_four() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("abcde") == 2
    assert estimate_tokens("巴黎是首都") == 5
    turns = (Message(role="user", content="abcd"), Message(role="assistant", content="巴黎"))
    assert estimate_prompt_tokens(Prompt(system="", messages=turns)) == 1 + 4 + 2 + 4
    assert estimate_prompt_tokens(Prompt(system="abcd", messages=turns)) == 11 + 5


@pytest.mark.requirement("llm.prices")
@pytest.mark.parametrize(
    ("base_url", "local"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://gpu-box:8000/v1", True),
        ("http://192.168.1.5/v1", True),
        ("http://vllm.lab.internal/v1", True),
        ("https://api.openai.com/v1", False),
        ("https://8.8.8.8/v1", False),
    ],
)
def test_addresses_of_the_house_are_told_from_others(base_url: str, local: bool) -> None:
    assert is_local(base_url) is local
