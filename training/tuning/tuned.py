"""What the recipes of language models share as recipes: the model, what is kept of it, and what it writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import torch

from questline.training.recipe import Card, Figures, Job

from .chat import Message, needs_chat, token_ids
from .generation import Writer
from .inputs import hash_of_inputs
from .likelihood import Example, example, log_likelihoods
from .made import made_tokenizer
from .memory import model_within_memory
from .models import Loaded, opened, write_model
from .samples import SampleLog
from .settings import ModelSettings
from .steps import Weights, optimizer_of

__all__ = ["Lesson", "SettingsT", "TunedRecipe"]

SettingsT = TypeVar("SettingsT", bound=ModelSettings)


class Lesson:
    """A chat and the answer that is to be learnt."""

    __slots__ = ("answer", "messages")

    def __init__(self, messages: Sequence[Message], answer: str) -> None:
        self.messages, self.answer = tuple(messages), answer


class TunedRecipe(ABC, Generic[SettingsT]):
    """Base of `questline.training.recipe.Recipe` for a language model that learns.

    A recipe reads its data in `prepare`, calls `open` there, and says in `evaluate` what is measured of it.
    """

    chosen_by: str

    def __init__(self, job: Job, settings: SettingsT) -> None:
        self.job, self.settings = job, settings
        self.samples = SampleLog(job.out)
        self.step = 0
        self._loaded: Loaded | None = None

    @property
    @abstractmethod
    def steps(self) -> int:
        """How many steps a whole run has."""

    @property
    def reads(self) -> str:
        """A hash of data and model: a run that goes on has to read the same."""
        return hash_of_inputs(self.job, self.settings)

    @abstractmethod
    def prepare(self) -> Mapping[str, int]:
        """See `questline.training.recipe.Recipe.prepare`."""

    @abstractmethod
    def evaluate(self) -> Figures:
        """See `questline.training.recipe.Recipe.evaluate`."""

    @abstractmethod
    def card(self, megabytes: float) -> Card:
        """What the model card says of a model of this size."""

    def open(self, texts: Iterable[str], *, rate: float, vocabulary: int, context: int) -> Loaded:
        """Make or load the model and its optimizer.

        Args:
            texts: Whose words the tokenizer of a model that is made here knows.
            rate: Of learning.
            vocabulary: Tokens of a model that is made here.
            context: Tokens that it reads and writes at most.

        Raises:
            UsageError: ``unknown_model``, ``no_chat_template``.
            MissingExtra: For an adapter without peft.
        """
        table = self.settings.table
        with model_within_memory(table):
            loaded = opened(
                self.settings, lambda: made_tokenizer(texts, vocabulary), seed=self.job.seed, context=context
            )
        needs_chat(loaded.tokenizer, name=self.settings.model, table=table)
        self.adopt(loaded, rate=rate)
        return loaded

    def adopt(self, loaded: Loaded, *, rate: float) -> None:
        """Take a model that is open, and make its optimizer."""
        self._loaded = loaded
        self._optimizer = optimizer_of(loaded.model, rate)
        self._weights = Weights(loaded.model, self._optimizer)

    @property
    def loaded(self) -> Loaded:
        """The model as it is; prepared."""
        if self._loaded is None:
            raise RuntimeError("the recipe is not prepared")
        return self._loaded

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """Over what learns."""
        return self._optimizer

    def tokens(self, lesson: Lesson) -> Example:
        """Return a lesson as tokens."""
        return example(self.loaded.tokenizer, lesson.messages, lesson.answer)

    def likelihood(self, lessons: Sequence[Lesson]) -> float:
        """Return the mean log likelihood of a token of the answers, in nats."""
        pad = int(self.loaded.tokenizer.pad_token_id)
        told = log_likelihoods(self.loaded.model, [self.tokens(each) for each in lessons], pad)
        return sum(each for each, _ in told) / max(1, sum(count for _, count in told))

    def written(
        self,
        chats: Sequence[Sequence[Message]],
        *,
        most: int,
        temperature: float = 0.0,
        before: int = 0,
        together: int = 64,
        heard: Callable[[int], None] | None = None,
    ) -> list[str]:
        """Return what the model answers to each chat; at temperature 0 the likeliest. torch's generator stays.

        An answer ends where the model reads no further; to a chat that leaves no room for one it answers nothing.

        Args:
            chats: What is asked.
            most: Tokens of an answer.
            temperature: Of what is drawn.
            before: Chats of the same task that come before these; by it and the seed is drawn.
            together: Chats written for at once.
            heard: Told how many are done.
        """
        model = self.loaded.model
        was = model.training
        model.eval()
        writer = Writer(model=model, tokenizer=self.loaded.tokenizer, most=most, together=together)
        asked = [token_ids(self.loaded.tokenizer, each) for each in chats]
        with cast("Any", torch).random.fork_rng():
            cast("Any", torch).manual_seed((self.job.seed + 1_000_003 * before) % (1 << 63))
            rooms = [min(most, self.loaded.context - len(each)) for each in asked]
            wide = [each for each, room in zip(asked, rooms, strict=True) if room == most]
            written = iter(writer.write(wide, temperature=temperature, heard=heard))
            found: list[str] = []
            for each, room in zip(asked, rooms, strict=True):
                if room == most:
                    found.append(writer.text(next(written)))
                elif room > 0:
                    [short] = replace(writer, most=room).write([each], temperature=temperature)
                    found.append(writer.text(short))
                else:
                    found.append("")
        model.train(was)
        return found

    def state(self) -> dict[str, Any]:
        """Return model, optimizer and step."""
        return {**self._weights.state(), "step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._weights.restore(state)
        self.step = int(state["step"])

    def weights(self) -> dict[str, Any]:
        """Return what learns."""
        return self._weights.weights()

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take it over: the best step, which is measured once more and exported."""
        self._weights.take(weights)
        self.samples.closed = True

    def export(self, folder: Path) -> Card:
        """Write the model, an adapter merged into it, with its tokenizer."""
        return self.card(write_model(self.loaded.model, self.loaded.tokenizer, folder))
