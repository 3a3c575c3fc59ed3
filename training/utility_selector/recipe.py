"""The recipe ``selector-sft``: a language model is taught answers and selections jointly (arXiv:2507.19102 §3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import torch

from questline.errors import UsageError
from questline.training.licences import own_file
from questline.training.recipe import Card, Figures
from questline.training.tuning.chat import token_ids
from questline.training.tuning.generation import autocast
from questline.training.tuning.likelihood import Example, padded
from questline.training.tuning.rows import held_out
from questline.training.tuning.supervised import Lessons, Loss, SupervisedRecipe
from questline.training.tuning.tuned import Lesson

from .measure import OWN, Scored, cut, means, scored, yardsticks
from .membership import Decision, decision_of, labelled, marked, membership_loss
from .prompts import Asking, Detail, written
from .rows import TaughtSet, read_sets
from .settings import Settings
from .thresholds import choose

__all__ = ["SelectorRecipe", "Settings"]

_SHOWN: Final = 8
_TOGETHER: Final = 32
_ABOUT: Final = """
A language model that is shown a question and numbered passages, says of each whether it helps, and writes a short
answer and the numbers of those that help. It was taught the answers and selections of a teacher (TRL's SFTTrainer, loss
on the answers alone; beside it, in the verdicts, which passages are kept).
"""
_LIMITS: Final = """
- It selects among what it is shown, at most as many passages as its windows had; longer lists go through the product's
  windows.
- It is served with the prompt beside it (`prompts.select` of the settings); another prompt is another model.
- Its answer is a by-product of selecting. What it calls useless it was taught to call so: look at windows of your own.
- Thresholds in `selection.json` were chosen on windows like those that it learnt from.
"""


class SelectorRecipe(SupervisedRecipe[Settings]):
    """See `questline.training.recipe.Recipe`; ``--data`` holds taught windows."""

    chosen_by: str = OWN

    def lessons(self) -> Lessons:
        """Read the windows; a tenth is held out, a tenth of the others chooses thresholds and is not learnt from."""
        settings, path = self.settings, self.job.data
        self.asking = _asking_of(settings)
        rows = read_sets(path, skip=settings.skip_misfits)
        judged = [each for each in rows.kept if each.gold is not None or each.selection is not None]
        held = [each for each in judged if held_out(each.question)][: settings.tested]
        others = [each for each in judged if not held_out(each.question)]
        self.choosing = [each for each in others if _chooses(each)][: settings.tested]
        train = [each for each in others if not _chooses(each) and each.selection is not None]
        if not train:
            raise UsageError(
                f"none of {len(others)} windows of {str(path)!r} that may be learnt from has a teacher's 'selection': "
                "let a teacher judge them with `agents train selector-lists teach`",
                code="bad_data",
                path=path,
            )
        self.sets = held
        unjudged = len(rows.kept) - len(judged)
        return Lessons(
            train=[self._lesson(each) for each in train],
            held=[self._lesson(each) for each in held],
            counts={
                "windows": len(train),
                "held-out windows": len(held),
                "windows for thresholds": len(self.choosing),
                **({"rows left out": rows.left_out} if rows.left_out else {}),
                **({"windows that nobody judged": unjudged} if unjudged else {}),
            },
        )

    def taught(self, lessons: Sequence[Lesson]) -> list[Example]:
        """Return lessons with their verdicts marked, where they have some."""
        plain = super().taught(lessons)
        self._decision: Decision | None = None
        if not self.settings.verdicts:
            return plain
        tokenizer = self.loaded.tokenizer
        told = [marked(tokenizer, each.answer, _passages(each)) for each in lessons]
        if any(each is None for each in told):
            raise RuntimeError("a lesson has no verdict on each passage")
        known = [each for each in told if each is not None]
        answers = [[label for label in each.labels if label >= 0] for each in plain]
        self._decision = decision_of(zip(answers, known, strict=True))
        if not self.settings.beta:
            return plain
        return [labelled(each, one) for each, one in zip(plain, known, strict=True)]

    @property
    def loss(self) -> Loss | None:
        """The published loss, or with the verdicts'."""
        if not self.settings.beta or not self.settings.verdicts:
            return None
        return partial(membership_loss, decision=self._decision, beta=self.settings.beta, windows=self.settings.batch)

    def measured(self) -> Figures:
        """Let it select from the held-out windows; the first few texts go into ``samples.jsonl``."""
        self.found, texts = self.selections(self.sets)
        rows = zip(self.sets[:_SHOWN], texts, self.found, strict=False)
        told = [{"held_out": each.id, "text": text, "exact": one.exact} for each, text, one in rows]
        self.samples.add(self.step, told)
        return means(self.found)

    def selections(self, sets: Sequence[TaughtSet]) -> tuple[list[Scored], list[str]]:
        """Return what the model's texts on windows are worth, and the texts."""
        chats = [self.asking.messages(each) for each in sets]
        texts = self.written(chats, most=self.settings.tokens)
        chances = self._chances(sets, texts)
        return [scored(each, text, told) for each, text, told in zip(sets, texts, chances, strict=True)], texts

    def _chances(self, sets: Sequence[TaughtSet], texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return how likely each passage was kept, where a text has a verdict on each; nothing where it has not."""
        found: list[tuple[float, ...]] = [() for _ in sets]
        decision, tokenizer = self._decision, self.loaded.tokenizer
        if decision is None:
            return found
        asked: list[tuple[int, Example, list[int]]] = []
        for place, (each, text) in enumerate(zip(sets, texts, strict=True)):
            told = marked(tokenizer, text, len(each.passages))
            if told is not None:
                prompt = token_ids(tokenizer, self.asking.messages(each))
                ids = [*prompt, *map(int, tokenizer.encode(text, add_special_tokens=False))]
                asked.append((place, Example(ids=ids, labels=ids), [len(prompt) + one for one in told.places]))
        for start in range(0, len(asked), _TOGETHER):
            part = asked[start : start + _TOGETHER]
            odds = self._odds([example for _, example, _ in part], decision)
            for (place, _, verdicts), row in zip(part, odds, strict=True):
                found[place] = tuple(float(row[at - 1]) for at in verdicts)
        return found

    def _odds(self, rows: Sequence[Example], decision: Decision) -> torch.Tensor:
        """Return the chance of ``keep`` against ``drop`` after each token: ``[n, longest]``."""
        model: Any = self.loaded.model
        was = model.training
        model.eval()
        ids, _, mask = padded(rows, int(self.loaded.tokenizer.pad_token_id))
        with torch.no_grad(), autocast(model.device):
            logits: torch.Tensor = model(
                input_ids=ids.to(model.device), attention_mask=mask.to(model.device)
            ).logits.float()
        model.train(was)
        return torch.sigmoid(logits[..., decision.keep] - logits[..., decision.drop]).cpu()

    def export(self, folder: Path) -> Card:
        """Write model, tokenizer, prompt and thresholds."""
        self._folder = folder
        return super().export(folder)

    def card(self, megabytes: float) -> Card:
        """Choose the thresholds, write what lies beside the model, and return its card."""
        self.asking.write(self._folder)
        chosen = choose(self.selections(self.choosing)[0], [each.kind for each in self.choosing])
        chosen.write(self._folder)
        found = self.selections(self.sets)[0]
        at_tau = means([_as_cut(each, chosen.tau) for each in found])
        figures: dict[str, float] = {"megabytes": megabytes, "tau": chosen.tau, f"{OWN} at tau": at_tau.get(OWN, 0.0)}
        error = chosen.error(found)
        figures |= {} if error is None else {"calibration error, mapped": error}
        figures |= {f"{OWN} of {name}": value for name, value in yardsticks(self.sets).items()}
        return Card(
            title="Language model that selects passages",
            about=_ABOUT.strip(),
            data=(own_file(self.job.data),),
            limits=_LIMITS.strip(),
            figures=figures,
        )

    def _lesson(self, each: TaughtSet) -> Lesson:
        """Return the window as a lesson; one that nobody taught, held out, has what is known to help as answer."""
        return Lesson(self.asking.messages(each), written(each, verdicts=self.settings.verdicts))


def _asking_of(settings: Settings) -> Asking:
    """Return how the settings ask: by the prompt that is named, or that lies beside the model, or that suits it."""
    tokens = settings.passage_tokens
    beside = None if settings.prompt else Asking.beside(settings.model, passage_tokens=tokens)
    detail = settings.prompt or ("full" if settings.model else "short")
    return beside or Asking.of(cast("Detail", detail), verdicts=settings.verdicts, passage_tokens=tokens)


def _chooses(each: TaughtSet) -> bool:
    return held_out(f"thresholds: {each.question}")


def _passages(lesson: Lesson) -> int:
    """Return of how many passages a lesson's line of verdicts speaks."""
    return lesson.answer.split("\n", 1)[0].count("[")


def _as_cut(each: Scored, tau: float) -> Scored:
    return Scored(counts=cut(each, tau), valid=each.valid, answer=each.answer)
