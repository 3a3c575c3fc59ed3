"""The recipe ``cross-encoder``: one small model that ranks, selects, reads and marks sentences for a question."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from questline.errors import UsageError
from questline.tools.models.pair_tokens import PairTokenizer
from questline.training.licences import Licensed, shippable
from questline.training.recipe import Card, Figures, Job

from . import assemble
from .batches import Use, plan
from .bert import HEADS, CrossEncoderNet, Outputs
from .bert_graph import BertShape
from .cross_encoder_settings import Settings
from .examples import Group, held_out, load_groups
from .export_encoder import Checkpoint
from .measure import Scored, held_out_figures, scored
from .passes import WEIGHTS, Passes, device_named, mean_weights, read_teachers
from .safetensors import read_tensors, written_tensors

__all__ = ["CrossEncoderRecipe", "Settings"]

_DECAYED: Final = ".weight"


class CrossEncoderRecipe:
    """See `questline.training.recipe.Recipe`."""

    chosen_by: str = "held-out mean"

    def __init__(self, job: Job, settings: Settings) -> None:
        self._job = job
        self._settings = settings
        self._licences: tuple[Licensed, ...] = ()
        self._groups: list[Group] = []
        self._held: list[Group] = []
        self._batches: list[list[Use]] = []

    @property
    def steps(self) -> int:
        """Return the number of batches."""
        return len(self._batches)

    def prepare(self) -> Mapping[str, int]:
        """Check licences, build or read the groups, split off what is held out, load the encoder."""
        job, settings = self._job, self._settings
        files = settings.files or tuple(name for name in assemble.FILES if (job.data / name).exists())
        self._licences = shippable(job.data, files)
        self._checkpoint = Checkpoint.read(Path(settings.start))
        groups = self._read(files)
        people = [group for group in groups if not group.source.startswith("made/")]
        kept = [group for group in people if held_out(group, settings.held_out)]
        # Those whose answers are known say most: they measure reading as well as ranking.
        self._held = sorted(kept, key=lambda group: not group.items[0].answers)[: settings.held_out_most]
        # A question that is held out is so in each of its forms, with sentences as with passages.
        self._groups = [group for group in groups if not held_out(group, settings.held_out)]
        if not self._groups or not self._held:
            raise UsageError(
                "too few questions: none to learn from, or none to hold out", code="bad_data", path=job.data
            )
        self._batches, share = self._plan(1.0), 1.0
        if settings.steps:
            while len(self._batches) != settings.steps and self._batches:
                # A little more than what the last plan promises, so that it is soon enough; the rest is cut off.
                share *= settings.steps / len(self._batches) * 1.01
                self._batches = self._plan(share)[: settings.steps]
        shape = BertShape.of(json.loads(self._checkpoint.config), max_tokens=settings.max_tokens)
        self._tokenizer = PairTokenizer(self._checkpoint.tokenizer, max_tokens=shape.max_tokens)
        start = read_tensors(self._checkpoint.weights)
        tensors = {**start, **mean_weights(settings.begin)}
        device = device_named(settings.device)
        net = CrossEncoderNet(tensors, shape, dropout=settings.dropout, frozen=settings.frozen, seed=job.seed)
        self._net = net.to(device)
        self._passes = Passes(
            self._net,
            self._tokenizer,
            settings,
            teachers=read_teachers(settings.teachers, start, shape, device),
            threads=job.threads,
            seed=job.seed,
        )
        self._learning = [value for value in self._net.parameters() if value.requires_grad]
        torch.set_num_threads(1)
        self._optimizer: Any = torch.optim.AdamW(_groups_of(self._net, settings), lr=settings.learning_rate)
        sequences = sum(len(use.items) for batch in self._batches for use in batch)
        return {"groups": len(self._groups), "held out": len(self._held), "steps": self.steps, "pairs": sequences}

    def _read(self, files: Sequence[str]) -> list[Group]:
        job, settings = self._job, self._settings
        if settings.groups:
            return list(load_groups(Path(settings.groups)))
        return assemble.kept_groups(
            job.data, job.cache, files=files, seed=job.seed, made=settings.made, threads=job.threads, hears=job.hears
        )

    def _plan(self, share: float) -> list[list[Use]]:
        own = self._settings
        uses = {name: share * times for name, times in {"": 1.0, **own.uses}.items()}
        return plan(self._groups, uses=uses, width=own.width, tokens=own.batch_tokens, seed=self._job.seed)

    def fit(self, done: int) -> Iterator[Figures]:
        """Take one step a batch."""
        total = self.steps
        rise = max(1, round(total * self._settings.warm_up))
        for step in range(done, total):
            rate = min((step + 1) / rise, (total - step) / max(1, total - rise))
            for part in self._optimizer.param_groups:
                part["lr"] = self._settings.learning_rate * rate * part["scale"]
            yield self._step(step)

    def _step(self, step: int) -> Figures:
        losses = self._passes.learn(self._groups, self._batches[step], step)
        torch.nn.utils.clip_grad_norm_(self._learning, 1.0)
        self._optimizer.step()
        return losses

    def state(self) -> dict[str, Any]:
        """Return weights and the optimizer's moments."""
        return {"net": self._net.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._net.load_state_dict(state["net"])
        self._optimizer.load_state_dict(state["optimizer"])

    def weights(self) -> dict[str, Any]:
        """Return a copy of the weights that learn."""
        return {name: value.detach().clone() for name, value in self._net.named_parameters() if value.requires_grad}

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take them over; what does not learn is as it was."""
        self._net.load_state_dict(dict(weights), strict=False)

    def evaluate(self) -> Figures:
        """Rank, read and select for the held-out questions."""
        return held_out_figures(self._scored())

    def _scored(self) -> list[Scored]:
        def forward(ids: torch.Tensor, types: torch.Tensor, lengths: torch.Tensor) -> Outputs:
            return self._passes.forward(ids, types, lengths).cpu()

        def one(group: Group) -> Scored:
            with torch.no_grad():
                return scored(group, self._tokenizer, forward)

        return list(self._passes.pool.map(one, self._held))

    def export(self, folder: Path) -> Card:
        """Write the int8 model with its calibration, see `export_cross_encoder`; what was learnt exactly, beside it."""
        from .export_cross_encoder import export

        learnt = {name: value.float().cpu().numpy() for name, value in self.weights().items()}
        (self._job.out / WEIGHTS).write_bytes(written_tensors(learnt))
        figures = export(
            self._net.tensors(),
            BertShape.of(json.loads(self._checkpoint.config), max_tokens=self._settings.read_tokens),
            self._checkpoint.tokenizer,
            self._scored(),
            self._held,
            folder,
        )
        text = tomllib.loads(Path(__file__).with_name("cross_encoder_card.toml").read_text(encoding="utf-8"))
        return Card(
            title=text["title"], about=text["about"], limits=text["limits"], data=self._licences, figures=figures
        )


def _groups_of(net: CrossEncoderNet, settings: Settings) -> list[dict[str, Any]]:
    """Biases and norms do not decay; heads learn faster."""
    groups: dict[tuple[float, float], list[torch.Tensor]] = {}
    for name, value in net.named_parameters():
        if value.requires_grad:
            decays = name.endswith(_DECAYED) and "LayerNorm" not in name
            scale = settings.head_rate if name.startswith(HEADS) else 1.0
            groups.setdefault((settings.weight_decay if decays else 0.0, scale), []).append(value)
    return [{"params": values, "weight_decay": decay, "scale": scale} for (decay, scale), values in groups.items()]
