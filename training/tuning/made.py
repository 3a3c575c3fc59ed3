"""Small models of Qwen3's or GPT-2's kind made from numbers alone, with tokenizers of their own: nothing is fetched.

They begin at random, so each is taught before it is reinforced: what a model never writes is never rewarded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["GPT2", "Size", "character_tokenizer", "made_gpt2", "made_model", "made_scorer", "made_tokenizer"]

_END: Final = "<|im_end|>"
_PAD: Final = "<|endoftext|>"
_BEGIN: Final = "<|im_start|>"
_CHAT: Final = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_TURN: Final = "<|im_sep|>"
_UNKNOWN: Final = "<|unk|>"
_TURNS: Final = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}{{ message['content'] }}<|im_end|>"
    "{% else %}<|im_start|>{{ message['content'] }}<|im_sep|>{% endif %}{% endfor %}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Widths of the model."""

    width: int
    layers: int
    heads: int
    vocabulary: int
    context: int = 1024
    """Tokens that it can read and write at most."""


GPT2: Final = (768, 12, 12)
"""Width, layers and heads of the smallest published model: 0.1 billion parameters with its vocabulary."""


def made_tokenizer(texts: Iterable[str], vocabulary: int) -> Any:
    """Return a byte-level tokenizer learnt from texts, with a chat form like Qwen's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[_PAD, _BEGIN, _END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    made: Any = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=_END, pad_token=_PAD, additional_special_tokens=[_BEGIN]
    )
    made.chat_template = _CHAT
    made.padding_side = "left"
    return made


def made_model(size: Size, tokenizer: Any) -> Any:
    """Return a model of this size with random weights; torch's generator decides them."""
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    kind: Any = Qwen3Config  # which takes names that its type does not tell
    config = kind(
        vocab_size=len(tokenizer),
        hidden_size=size.width,
        intermediate_size=3 * size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        head_dim=size.width // size.heads,
        max_position_embeddings=size.context,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        # Fused kernels may make NaN of a row whose keys are all padding, as the first rows of a short prompt's are.
        attn_implementation="eager",
    )
    made: Any = Qwen3ForCausalLM(config)
    made.generation_config = GenerationConfig(pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id)
    return made


def made_gpt2(size: Size, tokenizer: Any) -> Any:
    """Return a model of GPT-2's kind (learnt positions, LayerNorm, GELU) with random weights, without dropout."""
    from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

    kind: Any = GPT2Config  # which takes names that its type does not tell
    config = kind(
        vocab_size=len(tokenizer),
        n_positions=size.context,
        n_embd=size.width,
        n_layer=size.layers,
        n_head=size.heads,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        attn_implementation="eager",
    )
    made: Any = GPT2LMHeadModel(config)
    made.generation_config = GenerationConfig(pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id)
    return made


def character_tokenizer(texts: Iterable[str]) -> Any:
    """Return a tokenizer with one token for each character of `texts`, and a chat of one question and one answer.

    A character that is not among them is unknown: a prompt may hold some, what is written never does.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    marks = [_PAD, _BEGIN, _TURN, _END, _UNKNOWN]
    known = {mark: place for place, mark in enumerate(marks)}
    for sign in sorted({sign for text in texts for sign in text}):
        known.setdefault(sign, len(known))
    tokenizer: Any = Tokenizer(models.WordLevel(known, unk_token=_UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    made: Any = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=_END,
        pad_token=_PAD,
        unk_token=_UNKNOWN,
        additional_special_tokens=[_BEGIN, _TURN],
        clean_up_tokenization_spaces=False,
    )
    made.chat_template = _TURNS
    made.padding_side = "left"
    return made


def made_scorer(size: Size, tokenizer: Any) -> Any:
    """Return a model of this size that gives a text one number; torch's generator decides its weights."""
    from transformers import Qwen3ForSequenceClassification

    config: Any = made_model(size, tokenizer).config
    config.num_labels = 1
    kind: Any = Qwen3ForSequenceClassification
    return kind(config)
