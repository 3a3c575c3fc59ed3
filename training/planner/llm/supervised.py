"""Plan text to imitate: before GRPO a model learns to write legal plans, then the best one of the table."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from questline.agents.workflow_planner.asking import word
from questline.errors import RunError, UsageError
from questline.training.tuning.chat import token_ids
from questline.training.tuning.generation import autocast

from .cases import Case, Drawer, best_choice
from .words import Prompts

__all__ = ["Example", "Teacher", "pool_questions", "taught"]


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and the plan to write."""

    prompt: list[int]
    plan: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """Makes examples; the same step gives the same ones."""

    drawer: Drawer
    prompts: Prompts
    tokenizer: Any
    seed: int
    pool: Sequence[str] = ()
    """Questions without runs, for the first phase."""

    def legal(self, step: int, count: int) -> list[Example]:
        """Return decisions with any legal plan, all alike likely; half of them ask a question of the pool."""
        chance = random.Random(f"{self.seed} legal {step}")  # noqa: S311 because examples are no secret
        cases = self.drawer.draw(f"{self.seed} legal {step}", count)
        return [self._example(case, word(chance.choice(case.choices)), self._asked(case, chance)) for case in cases]

    def best(self, step: int, count: int) -> list[Example]:
        """Return decisions with the best plan of the table."""
        cases = self.drawer.draw(f"{self.seed} best {step}", count)
        return [self._example(case, word(best_choice(case)), "") for case in cases]

    def _asked(self, case: Case, chance: random.Random) -> str:
        return chance.choice(self.pool) if self.pool and case.role == "top" and chance.random() < 0.5 else ""

    def _example(self, case: Case, plan: str, instead: str) -> Example:
        messages = self.prompts.messages(case)
        if instead:
            own = case.values["question"]
            messages[-1] = {**messages[-1], "content": messages[-1]["content"].replace(own, instead)}
        ids = [int(each) for each in self.tokenizer.encode(plan, add_special_tokens=False)]
        return Example(prompt=token_ids(self.tokenizer, messages), plan=[*ids, int(self.tokenizer.eos_token_id)])


def taught(model: Any, optimizer: Any, examples: Sequence[Example], *, pad: int, reading: float) -> float:
    """Take one step towards writing the plans, and a little the prompts too; return the loss of the plans.

    Raises:
        RunError: For a gradient that is not a finite number; the weights are still those of the step before.
    """
    device: torch.device = model.device
    ids, mask, planned = (each.to(device) for each in _padded(examples, pad))
    model.train()
    with autocast(device):
        logits: Tensor = model(input_ids=ids, attention_mask=mask).logits
        wrong = nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="none"
        )
    plan, all_ = planned[:, 1:].flatten(), mask[:, 1:].flatten()
    written = (wrong * plan).sum() / plan.sum()
    read = (wrong * (all_ - plan)).sum() / (all_ - plan).sum()
    optimizer.zero_grad()
    torch.autograd.backward(written + reading * read)
    if not bool(torch.isfinite(nn.utils.clip_grad_norm_(model.parameters(), 1.0))):
        raise RunError("a gradient is not a finite number, and no step was taken; lower llm-planner.rate")
    optimizer.step()
    return float(written.detach())


def _padded(examples: Sequence[Example], pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, what is no padding, and what is plan: each ``[n, longest]``."""
    longest = max(len(each.prompt) + len(each.plan) for each in examples)
    ids = torch.full((len(examples), longest), pad)
    mask, planned = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, each in enumerate(examples):
        whole = torch.tensor([*each.prompt, *each.plan])
        ids[row, : len(whole)] = whole
        mask[row, : len(whole)] = 1
        planned[row, len(each.prompt) : len(whole)] = 1
    return ids, mask, planned


def pool_questions(files: Sequence[str]) -> list[str]:
    """Read the field ``question`` of JSON lines, plain or gzipped; each question once.

    Raises:
        UsageError: ``file_not_found``, or ``bad_data`` with file and row.
    """
    return list(dict.fromkeys(text for name in files for text in _questions(Path(name))))


def _questions(path: Path) -> Iterator[str]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    for row, line in enumerate(text.splitlines(), start=1):
        try:
            found = json.loads(line)["question"] if line.strip() else None
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"row {row} of {str(path)!r} has no question", code="bad_data", path=path, row=row
            ) from error
        if isinstance(found, str) and found.strip():
            yield " ".join(found.split())
