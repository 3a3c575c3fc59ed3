"""Decoding with drafts writes what greedy decoding writes, to the token, whatever is drafted."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="the models are torch's (extra train)")
pytest.importorskip("transformers", reason="and transformers' (extra train)")

from tests.training.generative_summarizer.test_drafts import Wrong  # noqa: E402 because torch decides first

from questline.errors import UsageError  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.decoding import passes as passes_module  # noqa: E402 because of torch
from questline.training.generative_summarizer.decoding.break_even import Costs, Switch  # noqa: E402 because of torch
from questline.training.generative_summarizer.decoding.copies import Copies  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.decoding.costing import costs_of  # noqa: E402 because of torch
from questline.training.generative_summarizer.decoding.lookahead import Lookahead  # noqa: E402 because of torch
from questline.training.generative_summarizer.decoding.passes import Passes  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.decoding.tree import ROOT, Tree  # noqa: E402 because torch decides first
from questline.training.generative_summarizer.decoding.writing import Limits, decode  # noqa: E402 because of torch
from questline.training.tuning.made import Size, made_gpt2, made_model  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # generate itself names the cache as it was named before
]
WORDS: Final = 14
CONTEXT: Final = 40


class Marks:
    """As much of a tokenizer as a made model needs."""

    pad_token_id = 0
    eos_token_id = 1

    def __len__(self) -> int:
        return WORDS


def made(kind: str, attention: str = "eager") -> Any:
    """Return a tiny model in double precision, in which no two tokens are as good as equally likely."""
    torch.set_num_threads(1)
    torch.manual_seed(5)
    size = Size(width=16, layers=2, heads=2, vocabulary=WORDS, context=CONTEXT)
    model = {"gpt2": made_gpt2, "qwen3": made_model}[kind](size, Marks())
    model.set_attn_implementation(attention)
    for each in model.parameters():
        each.data *= 3  # so that it does not write one token for ever
    return model.double().eval()


MODELS = {(kind, attention): made(kind, attention) for kind, attention in (("gpt2", "eager"), ("qwen3", "sdpa"))}


@pytest.mark.requirement("summarizer.exact")
@pytest.mark.parametrize("model", MODELS.values(), ids=map("-".join, MODELS))
@settings(max_examples=10)
@given(
    prompt=st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=CONTEXT - 1),
    most=st.integers(0, 20),
    ends=st.frozensets(st.integers(0, WORDS - 1), max_size=2),
    sizes=st.tuples(st.integers(1, 5), st.integers(2, 4), st.integers(1, 4)),
)
def test_drafts_change_no_token(
    model: Any, prompt: list[int], most: int, ends: frozenset[int], sizes: tuple[int, int, int]
) -> None:
    limits = Limits(most=most, ends=ends)
    plain = decode(model, prompt, limits)
    assert len(plain.ids) <= min(most, CONTEXT - len(prompt))
    assert not any(token in ends for token in plain.ids[:-1])
    assert plain.passes == len(plain.ids)
    window, gram, guesses = sizes
    sources = (
        Copies(prompt, least=1),
        Lookahead(prompt, window=window, gram=gram, guesses=guesses),
        Lookahead(range(WORDS), window=window, gram=gram, guesses=guesses, prompt=prompt),
        Wrong(),
    )
    for source in sources:
        drafted = decode(model, prompt, limits, source=source)
        assert drafted.ids == plain.ids
        assert drafted.passes + drafted.accepted == len(plain.ids)
    if most and len(prompt) + most <= CONTEXT:
        whole = model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=most,
            do_sample=False,
            eos_token_id=sorted(ends) or None,
        )
        assert tuple(whole[0, len(prompt) :].tolist()) == plain.ids


@pytest.mark.requirement("summarizer.exact")
@pytest.mark.parametrize("model", MODELS.values(), ids=map("-".join, MODELS))
def test_each_token_of_a_tree_sees_its_ancestors_alone(model: Any) -> None:
    prompt, tree = [3, 4, 5], Tree(tokens=(6, 7, 8, 9), parents=(ROOT, ROOT, 0, 1))
    passes = Passes(model)
    passes.read(prompt[:2])
    after, said = passes.ask(prompt[2], tree)
    for text, found in (([], after), ([6], said[0]), ([7], said[1]), ([6, 8], said[2]), ([7, 9], said[3])):
        assert Passes(model).read([*prompt, *text]) == found
    passes.keep([1, 3])
    assert passes.length == 5
    assert passes.ask(2, Tree())[0] == Passes(model).read([*prompt, 7, 9, 2])


@pytest.mark.requirement("summarizer.copies")
def test_a_text_that_copies_its_document_takes_fewer_passes() -> None:
    model = MODELS["gpt2", "eager"]
    limits = Limits(most=20, ends=frozenset())
    plain = decode(model, [3, 4, 5], limits)
    document = (*plain.ids, 2)
    drafted = decode(model, [3, 4, 5], limits, source=Copies(document, longest=8))
    assert drafted.ids == plain.ids
    assert drafted.tokens_a_pass > 2
    assert drafted.acceptance > 0.5


@pytest.mark.requirement("summarizer.break-even")
def test_drafts_that_do_not_pay_are_switched_off_while_the_text_stays() -> None:
    model = MODELS["gpt2", "eager"]
    limits = Limits(most=30, ends=frozenset())
    costs = Costs(by_tokens={1: 1.0, 5: 2.0})
    plain = decode(model, [3, 4], limits)
    bad = decode(model, [3, 4], limits, source=Wrong(), switch=Switch(costs, window=4, rest=8))
    free = Costs(by_tokens={1: 1.0, 5: 1.0})
    kept = decode(model, [3, 4], limits, source=Wrong(), switch=Switch(free, window=4, rest=8))
    assert plain.ids == bad.ids == kept.ids
    assert bad.drafting < 12 < 25 <= kept.drafting
    ticks = iter(range(10_000))
    told = costs_of(model, [3, 4], sizes=(1, 2, 99), rounds=1, clock=lambda: float(next(ticks)))
    assert dict(told.by_tokens) == {1: 1.0, 2: 1.0}  # 99 do not fit into its context


@pytest.mark.requirement("summarizer.exact")
def test_what_cannot_be_decoded_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MODELS["gpt2", "eager"]
    limits = Limits(most=4, ends=frozenset())
    for prompt in ([], [1] * CONTEXT):
        with pytest.raises(UsageError, match="prompt"):
            decode(model, prompt, limits)
    with pytest.raises(UsageError, match="most"):
        Limits(most=-1, ends=frozenset())
    forgets = made("qwen3")
    forgets.config.layer_types = ["sliding_attention", "full_attention"]
    forgets.config.sliding_window = 8
    with pytest.raises(UsageError, match="sliding window"):
        decode(forgets, [1], limits)
    monkeypatch.setattr(passes_module, "_MASKED", ("another",))
    with pytest.raises(UsageError, match="attention"):
        decode(model, [1, 2, 3], limits, source=Lookahead(range(9), window=3, gram=3))
