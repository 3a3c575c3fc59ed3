"""The multi-source click model: p(click | x, q, S, k) = sigmoid( f_rel + f_ctx + f_stat + g(k) )  (spec 06 §2.3, ours).

f_rel and f_ctx are the text and co-shown features of the product's click model, f_stat the smoothed rates of
`questline.training.generative_suggester.click_counts`; g is used in training and for estimates, and the first slot's at
prediction. Members that were fitted on resampled rows, each with rates of its own draw, tell how far they agree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.errors import UsageError
from questline.tools.retrieval.manifest import write_atomically
from questline.tools.suggestion.ctr_calibration import Calibration
from questline.tools.suggestion.ctr_features import FEATURES, GROUPS, Doubles, features
from questline.tools.suggestion.ctr_rates import Rates

from .click_counts import LEVELS, Counts

__all__ = ["INPUTS", "SLOTS", "VERSION", "ClickModel", "Told", "load_clicks", "model_of", "save_clicks", "table_of"]

VERSION: Final = 1
SLOTS: Final = 5
"""Slots that g tells apart; later ones count as the last."""
_FORMAT: Final = "questline-suggestion-clicks"
_TEXTS: Final = (*GROUPS["text"], *GROUPS["co-shown"])
_PLACES: Final = [FEATURES.index(name) for name in _TEXTS]
INPUTS: Final = (*_TEXTS, *LEVELS)
"""What the weights are of, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the model says of suggestions that stand in one list; each [n]."""

    chances: Doubles
    """Calibrated."""
    deviations: Doubles
    """Standard deviation of the members' chances."""

    def interval(self, z: float = 1.645) -> tuple[Doubles, Doubles]:
        """Return both ends; of 90 % by default, if members spread as the truth does."""
        return self.chances - z * self.deviations, self.chances + z * self.deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickModel:
    """Fitted; one file."""

    centre: tuple[float, ...]
    """[len(INPUTS)]"""
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    """Of the standardised inputs, then the bias."""
    slots: tuple[float, ...]
    """g, [SLOTS]; the first is 0."""
    members: tuple[tuple[float, ...], ...]
    """Weights and bias of each member."""
    counts: Counts
    calibration: Calibration = field(default_factory=Calibration)
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """Measured on rows that neither weights nor calibration saw."""

    def log_odds(self, query: str, options: Sequence[str], *, slots: bool = False) -> Doubles:
        """Return the log odds of a click before calibration, [n]; `slots` adds what each slot does."""
        table = self._table(query, options)
        return table @ np.array(self.weights[:-1]) + self.weights[-1] + (self.terms(len(options)) if slots else 0.0)

    def expected(self, query: str, options: Sequence[str]) -> Doubles:
        """Return the calibrated chance of each option where it stands, [n]."""
        return self.calibration.apply(self.log_odds(query, options, slots=True))

    def terms(self, count: int) -> Doubles:
        """Return g of the first slots."""
        return np.array([self.slots[min(place, SLOTS - 1)] for place in range(count)])

    def predict(self, query: str, options: Sequence[str], *, slots: bool = False) -> Told:
        """Return chances of options that stand together in a list; queries and words may be new.

        Args:
            query: What was asked.
            options: At least one.
            slots: Each where it stands; else as if it stood first.
        """
        table = self._table(query, options)
        g = self.terms(len(options)) if slots else np.zeros(len(options))
        whole = table @ np.array(self.weights[:-1]) + self.weights[-1] + g
        members = np.array(self.members)
        noise = np.stack([self.counts.spread(query, option, len(members)) for option in options], axis=1)
        noise = noise / np.array(self.scale[-len(LEVELS) :])
        each = members[:, :-1] @ table.T + members[:, -1:] + g
        each = each + np.einsum("bol,bl->bo", noise, members[:, -len(LEVELS) - 1 : -1])
        return Told(chances=self.calibration.apply(whole), deviations=self.calibration.apply(each).std(axis=0))

    def _table(self, query: str, options: Sequence[str]) -> Doubles:
        told = np.array([self.counts.features(query, option) for option in options])
        table = np.concatenate([table_of(query, tuple(options)), told], axis=1)
        return (table - np.array(self.centre)) / np.array(self.scale)


@lru_cache(maxsize=65536)
def table_of(query: str, options: tuple[str, ...]) -> Doubles:
    """Return f_rel's and f_ctx's inputs, [len(options), len(INPUTS) - len(LEVELS)]; they depend on texts alone."""
    return features(query, options, rates=Rates())[:, _PLACES]


def save_clicks(model: ClickModel, path: Path) -> None:
    """Write a model in one step; equal models give equal bytes."""
    body = asdict(model)
    head = {"format": _FORMAT, "version": VERSION, "sha256": _hash(body)}
    write_atomically(path, [(json.dumps({**head, "model": body}, sort_keys=True) + "\n").encode()])


def load_clicks(path: Path) -> ClickModel:
    """Read a model that `save_clicks` wrote.

    Raises:
        UsageError: ``file_not_found``; ``bad_model_file`` naming the expected version, for a file that is damaged or of
            another version.
    """
    if not path.is_file():
        raise UsageError(
            f"there is no click model {str(path)!r}: `agents train click-model` makes one",
            code="file_not_found",
            path=path,
        )
    try:
        values = cast("dict[str, Any]", json.loads(path.read_bytes()))
        return model_of(_checked(values))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"the click model {str(path)!r} is damaged or of another version ({error}): expected {_FORMAT} version "
            f"{VERSION}; fit it again with `agents train click-model`",
            code="bad_model_file",
            path=path,
            expected_version=VERSION,
        ) from error


def _checked(values: Mapping[str, Any]) -> Mapping[str, Any]:
    if values["format"] != _FORMAT or values["version"] != VERSION or values["sha256"] != _hash(values["model"]):
        raise ValueError("other format, version or checksum")
    return cast("Mapping[str, Any]", values["model"])


def model_of(body: Mapping[str, Any]) -> ClickModel:
    """Return a model of its values as JSON holds them; `ValueError` where they do not fit."""
    curve = body["calibration"]
    wide = len(INPUTS)
    if not len(body["centre"]) == len(body["scale"]) == len(body["weights"]) - 1 == wide or min(body["scale"]) <= 0:
        raise ValueError(f"not {wide} inputs")
    if len(body["slots"]) != SLOTS or any(len(each) != wide + 1 for each in body["members"]):
        raise ValueError(f"not {SLOTS} slots, or a member of another width")
    return ClickModel(
        centre=tuple(body["centre"]),
        scale=tuple(body["scale"]),
        weights=tuple(body["weights"]),
        slots=tuple(body["slots"]),
        members=tuple(tuple(each) for each in body["members"]),
        counts=Counts(**body["counts"]),
        calibration=Calibration(
            slope=curve["slope"], bias=curve["bias"], knots=tuple(curve["knots"]), values=tuple(curve["values"])
        ),
        figures=body["figures"],
    )


def _hash(body: object) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
