"""The recipe ``selection``: how likely a passage helps, and the prices of a set, for selecting without an LLM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.selection.membership import MEMBERSHIPS, Membership, MembershipName
from questline.training.embedded.examples import question_hash
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .examples import Example, Remembering
from .fit import FREE, RIDGE, Sets, fit_model, gather, measured
from .lists import SelectionList, searched_lists
from .writing import Section, toml

__all__ = ["ABOUT", "FILE", "LIMITS", "SelectionRecipe", "Settings"]

FILE: Final = "coefficients.toml"
ABOUT: Final = """
`coefficients.toml` of `questline.tools.selection`: how likely a passage helps to answer, and the prices at which a set
is made; one model for words alone, one with the encoder's cosine, one with the cross-encoder too, which builds on the
one before and is fitted on questions that the cross-encoder did not learn from; each with other numbers for lists whose
passages all have one title or none. Logistic regression with a ridge, by Newton's steps; what speaks for a passage has
no weight below 0. Lists are BM25's best passages of each question: whole, cut short, and without what is gold; and
single sentences of a passage, with the one that answers and without it. The prices are chosen on the same lists:
thresholds and coverage by micro-F1, the abstention by macro-F1 with lists in which nothing helps.
"""
LIMITS: Final = """
- English; above 30 % CJK the words alone judge, with weights that were fitted in English.
- A sentence counts as gold where it holds the answer; some of them do not say that it is the answer.
- How often nothing helps in real lists is not known; here it is about every third list.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[selection]`` of the settings file, with the values of the shipped coefficients."""

    model: str = ""
    """Folder of the cross-encoder; the packaged one where empty."""
    corpus: str = "qa/mixed_corpus.jsonl.gz"
    """JSON lines of ``{id | _id, title, text}``, in the data folder."""
    questions: str = "qa/mixed_train.jsonl.gz"
    """JSON lines of ``{id, question, support[], answers[], source?}``."""
    depth: int = 20
    """Passages a list."""
    limit: int = 0
    """Only the first so many questions; all where 0."""
    unseen: float = 0.1
    """Share of the questions that the cross-encoder did not learn from, as in its own settings."""
    ridge: float = RIDGE


class SelectionRecipe(InParts):
    """Its parts are the models; each is fitted on one half of the questions, measured on the other, fitted on all."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, MEMBERSHIPS)
        self._settings = settings
        self._lists: list[SelectionList] = []
        self._sets: Sets | None = None

    def prepare(self) -> Mapping[str, int]:
        """Search for every question; lists are measured when the first part needs them."""
        own = self._settings
        corpus, questions = self.licensed((own.corpus, own.questions))
        self._lists = searched_lists(corpus, questions, depth=own.depth, limit=own.limit or None)
        if not any(self._unseen(each) for each in self._lists):
            raise UsageError(
                f"the cross-encoder has learnt from all {len(self._lists)} questions: raise selection.unseen",
                code="bad_data",
                path=questions,
            )
        encoder = Encoder.load(threads=self._job.threads)
        self._encoder, self._fingerprint = Remembering(encoder), encoder.fingerprint
        self._model = CrossEncoder.load(threads=self._job.threads, folder=Path(own.model) if own.model else None)
        return {"questions": len(self._lists), "not learnt from": sum(map(self._unseen, self._lists))}

    def _unseen(self, given: SelectionList) -> bool:
        return question_hash(given.question) < self._settings.unseen

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit one model."""
        sets = self._closely() if name == "reading" else self._all()
        free, ridge = FREE[cast("MembershipName", name)], self._settings.ridge

        def first_half(one: Example) -> bool:
            return int(question_hash(one.given.question + "^") * 2) == 0

        half = fit_model(sets.where(first_half), free, ridge=ridge)
        figures = measured(sets.where(lambda one: not first_half(one)), half)
        made = fit_model(sets, free, ridge=ridge)
        return {"membership": asdict(made), "sizes": sets.sizes}, figures

    def _all(self) -> Sets:
        if self._sets is None:
            self._sets = gather(self._lists, self._encoder, hears=self._job.hears)
        return self._sets

    def _closely(self) -> Sets:
        lists = [each for each in self._lists if self._unseen(each)]
        before = {name: self._membership(name) for name in ("words", "cosine")}
        return gather(lists, self._encoder, self._model, **before, few=True, hears=self._job.hears)

    def _membership(self, name: str) -> Membership:
        return _membership(self._fitted[name]["membership"])

    def export(self, folder: Path) -> Card:
        """Write ``coefficients.toml``."""
        notes = [
            "How likely a passage helps to answer, and the prices of a set. Written by a command, not by hand:",
            *(f"  {line}" for line in command_lines("selection", self._job, replace(self._settings, model=""))),
            f"with encoder {self._fingerprint}, cross-encoder {self._model.fingerprint}, from",
            *(f"  {line}" for line in self.origin()),
        ]
        sections = [self._section(name) for name in MEMBERSHIPS]
        (folder / FILE).write_text(toml(notes, sections), encoding="utf-8")
        return Card(title="The membership of the embedded selector", about=ABOUT, data=self._licences, limits=LIMITS)

    def _section(self, name: MembershipName) -> Section:
        sizes = ", ".join(f"{count} {kind}" for kind, count in self._fitted[name]["sizes"].items())
        told = ", ".join(
            f"{key.removeprefix(f'{name}: ')} {value:.4f}"
            for key, value in self._figures.items()
            if key.startswith(f"{name}: ")
        )
        notes = (f"lists: {sizes}", f"fitted on one half of the questions and measured on the other: {told}")
        return Section(name=name, membership=self._membership(name), notes=notes)


def _membership(values: Mapping[str, Any]) -> Membership:
    own: dict[str, Any] = dict(values)
    alike = own.pop("alike")
    return Membership(**own, alike=None if alike is None else _membership(alike))
