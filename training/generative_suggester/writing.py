"""A language model as what writes suggestions: one more for a query and those that stand in the list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch

from questline.tools.suggestion.ctr_features import Doubles
from questline.training.driver import MODEL, Options, train
from questline.training.recipe import Job
from questline.training.settings import told
from questline.training.torch_models import device_of, named, without_bars
from questline.training.tuning.chat import token_ids
from questline.training.tuning.generation import Writer
from questline.training.tuning.likelihood import example, log_likelihoods

from .pairs import Pair, write_pairs
from .rows import Context

__all__ = ["FORM", "PROMPT", "ModelPolicy", "form_of", "write_form"]

FORM: Final = "suggester.json"
"""Beside a model: what it was asked with while it learnt."""
PROMPT: Final = "{query} | {shown}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPolicy:
    """A model where it is, and how it is taught further.

    The chance of a text is that of its tokens as the tokenizer splits it: other ways to write it are not counted.
    """

    model: Any
    tokenizer: Any
    prompt: str = PROMPT
    most: int = 16
    """Tokens of a suggestion."""
    dpo: Any = None
    """Settings of `suggester-dpo`; their model is set by `learn`."""

    @classmethod
    def load(cls, folder: str, *, device: str = "auto", prompt: str = PROMPT, most: int = 16) -> ModelPolicy:
        """Load a model by folder or name; a folder that tells its prompt is asked with it."""
        model, tokenizer = named(folder, "AutoModelForCausalLM")
        model.config.pad_token_id = tokenizer.pad_token_id
        form = form_of(Path(folder), prompt)
        placed = model.to(device_of(device, table="suggester-rounds")).eval()
        return cls(model=placed, tokenizer=tokenizer, prompt=form, most=most)

    def draw(self, contexts: Sequence[Context], *, seed: str) -> list[str]:
        """Draw; torch's generator stays where it is."""
        was = self.model.training
        self.model.eval()
        writer = Writer(model=self.model, tokenizer=self.tokenizer, most=self.most)
        asked = [token_ids(self.tokenizer, each.messages(self.prompt)) for each in contexts]
        with cast("Any", torch).random.fork_rng():
            cast("Any", torch).manual_seed(int(hashlib.sha256(seed.encode()).hexdigest()[:15], 16))
            found = [writer.text(ids).strip() for ids in writer.write(asked, temperature=1.0)]
        self.model.train(was)
        return found

    def chances(self, contexts: Sequence[Context], suggestions: Sequence[str]) -> Doubles:
        """Return pi."""
        asked = list(dict.fromkeys(zip(contexts, suggestions, strict=True)))
        rows = [example(self.tokenizer, context.messages(self.prompt), text) for context, text in asked]
        # Of equal lengths side by side: less padding is less work.
        order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
        logs = log_likelihoods(self.model, [rows[at] for at in order], int(self.tokenizer.pad_token_id))
        known = {asked[at]: float(np.exp(total)) for at, (total, _) in zip(order, logs, strict=True)}
        return np.array([known[each] for each in zip(contexts, suggestions, strict=True)])

    def learn(self, pairs: Sequence[Pair], folder: Path, *, seed: int) -> ModelPolicy:
        """Return the model after a run of `suggester-dpo` in the folder, which goes on where it was ended."""
        from .dpo_recipe import DPORecipe

        folder.mkdir(parents=True, exist_ok=True)
        run = folder / "dpo"
        if not (run / "finished.json").is_file():
            begun = folder / "begun"
            if not begun.is_dir():
                part = folder / "begun.part"
                part.mkdir(exist_ok=True)
                with without_bars():
                    self.model.save_pretrained(part)
                self.tokenizer.save_pretrained(part)
                write_form(part, self.prompt)
                part.rename(begun)
            write_pairs(folder / "pairs.jsonl", pairs)
            settings = replace(self.dpo, model=str(begun))
            options = Options(seed=seed, threads=1, evaluate_every=settings.steps, checkpoint_every=25)
            job = Job(data=folder / "pairs.jsonl", out=run, cache=folder, seed=seed, threads=1, hears=_silent)
            train(
                "suggester-dpo",
                lambda job: DPORecipe(job, settings),
                job,
                options,
                settings={**told(options, settings), "model": "begun"},
                command="agents train suggester-rounds",
                resume=(run / "checkpoint.pt").is_file(),
            )
        made = self.load(str(run / MODEL), device=self.dpo.device, prompt=self.prompt, most=self.most)
        return replace(made, dpo=self.dpo)


def _silent(phase: str, done: int, total: int) -> None:
    del phase, done, total


def form_of(folder: Path, prompt: str) -> str:
    """Return what a model in a folder was taught to be asked with; `prompt` where it is not the default."""
    path = folder / FORM
    if prompt != PROMPT or not path.is_file():
        return prompt
    return str(json.loads(path.read_text(encoding="utf-8"))["prompt"])


def write_form(folder: Path, prompt: str) -> None:
    """Tell what a model is asked with."""
    (folder / FORM).write_text(json.dumps({"prompt": prompt}, ensure_ascii=False) + "\n", encoding="utf-8")
