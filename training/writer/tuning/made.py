"""A writer made from numbers alone: a tokenizer of characters, and a model of Qwen3's kind that begins at random."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from questline.training.planner.llm.own_model import Size, made_model

__all__ = ["Size", "character_tokenizer", "made_model", "made_scorer"]

_PAD: Final = "<|endoftext|>"
_BEGIN: Final = "<|im_start|>"
_TURN: Final = "<|im_sep|>"
_END: Final = "<|im_end|>"
_UNKNOWN: Final = "<|unk|>"
_CHAT: Final = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}{{ message['content'] }}<|im_end|>"
    "{% else %}<|im_start|>{{ message['content'] }}<|im_sep|>{% endif %}{% endfor %}"
)


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
    made.chat_template = _CHAT
    made.padding_side = "left"
    return made


def made_scorer(size: Size, tokenizer: Any) -> Any:
    """Return a model of this size that gives a text one number; torch's generator decides its weights."""
    from transformers import Qwen3ForSequenceClassification

    config: Any = made_model(size, tokenizer).config
    config.num_labels = 1
    kind: Any = Qwen3ForSequenceClassification
    return kind(config)
