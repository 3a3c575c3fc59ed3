"""The linker's network: each word of a question beside each column of a table, a choice of role and column a word.

Words and columns come as vectors of the frozen encoder with features of their own. A first look at every pair tells
each word which columns it may be about; then words see their neighbours and one another; a second look scores every
role with every column, beside the roles that need none. One softmax over all of it, so that "the table does not hold
this" competes with the columns that there are. [ours]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from questline.tools.tables.linker.features import PAIRS
from questline.tools.tables.linker.roles import COLUMNED, FREE
from questline.tools.tables.linker.sight import KINDS
from questline.tools.tables.linker.spoken import FORMS
from questline.tools.tables.linker.vectors import WIDTH

__all__ = ["Batch", "LinkNet", "Shape"]

_FAR = -1e4


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the network."""

    wide: int = 96
    pairs: int = 32
    looks: int = 8
    last: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """B questions of up to T words over up to C columns, with zeros behind."""

    states: Tensor
    """[B, T, 384]"""
    alone: Tensor
    """[B, T, 384]"""
    forms: Tensor
    """[B, T, FORMS]"""
    pairs: Tensor
    """[B, T, C, PAIRS]"""
    names: Tensor
    """[B, C, 384]"""
    told: Tensor
    """[B, C, 384]"""
    natures: Tensor
    """[B, C, KINDS]"""
    words: Tensor
    """[B, T]: 1 for a word, 0 behind the last."""
    columns: Tensor
    """[B, C]: 1 for a column."""


class LinkNet(nn.Module):
    """See the module."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        d, p, n = shape.wide, shape.pairs, shape.looks
        self.state, self.alone, self.form = nn.Linear(WIDTH, d), nn.Linear(WIDTH, d), nn.Linear(FORMS, d)
        self.name, self.told, self.nature = nn.Linear(WIDTH, d), nn.Linear(WIDTH, d), nn.Linear(KINDS, d)
        self.pair = nn.Linear(PAIRS, p)
        self.first = nn.Linear(p + n, p)
        self.weigh = nn.Linear(p, 1)
        self.about, self.most = nn.Linear(d, d), nn.Linear(p, d)
        self.near_1, self.near_2 = nn.Linear(3 * d, d), nn.Linear(3 * d, d)
        self.query, self.key, self.value, self.out = (nn.Linear(d, d) for _ in range(4))
        self.norm_word, self.norm_column = nn.LayerNorm(d), nn.LayerNorm(d)
        self.norm_1, self.norm_2, self.norm_3 = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)
        self.said = nn.Linear(d, shape.last)
        self.held = nn.Linear(d, shape.last)
        self.beside = nn.Linear(3 * p + n + 1, shape.last)
        self.whole = nn.Linear(p, shape.last)
        self.scores = nn.Linear(shape.last, len(COLUMNED))
        self.bias = nn.Linear(d, len(COLUMNED))
        self.free = nn.Linear(d + p, len(FREE))
        self.drop = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> Tensor:
        """Return logits [B, T, len(FREE) + C * len(COLUMNED)] of the choices of each word."""
        words, columns = batch.words.unsqueeze(-1), batch.columns
        absent = (1 - columns).unsqueeze(1) * _FAR  # [B, 1, C]
        x = self.norm_word(self.drop(self.state(batch.states) + self.alone(batch.alone) + self.form(batch.forms)))
        k = self.norm_column(self.drop(self.name(batch.names) + self.told(batch.told) + self.nature(batch.natures)))
        pair = self.pair(batch.pairs)
        look = torch.relu(self.first(torch.cat([torch.relu(pair), self._dots(x, k)], dim=-1)))  # [B, T, C, p]
        look = look * columns.view(*columns.shape[:1], 1, -1, 1)
        share = torch.softmax(self.weigh(look).squeeze(-1) + absent, dim=-1)  # [B, T, C]
        most = look.amax(dim=2)
        x = self.norm_1(x + self.about(share @ k) + self.most(most)) * words
        x = self.norm_2(x + self.drop(torch.relu(self.near_1(_around(x))))) * words
        x = x + self._attended(x, batch.words)
        x = self.norm_3(x + self.drop(torch.relu(self.near_2(_around(x * words))))) * words
        x = self.drop(x)
        beside = torch.cat([_around(look, 1), self._dots(x, k), share.unsqueeze(-1)], dim=-1)
        whole = (look * words.unsqueeze(-1)).amax(dim=1)  # [B, C, p]: what the question as a whole says of a column
        seen = self.beside(beside) + self.said(x).unsqueeze(2) + (self.held(k) + self.whole(whole)).unsqueeze(1)
        scores = self.scores(self.drop(torch.relu(seen))) + self.bias(x).unsqueeze(2)  # [B, T, C, roles]
        scores = scores + absent.unsqueeze(-1)
        free = self.free(torch.cat([x, most], dim=-1))
        return torch.cat([free, scores.flatten(2)], dim=-1)

    def _dots(self, x: Tensor, k: Tensor) -> Tensor:
        """Return `looks` products of parts of words and columns: [B, T, C, looks]."""
        n = self.shape.looks
        parts_x = x.reshape(*x.shape[:2], n, -1).transpose(1, 2)  # [B, n, T, d/n]
        parts_k = k.reshape(*k.shape[:2], n, -1).permute(0, 2, 3, 1)  # [B, n, d/n, C]
        return (parts_x @ parts_k).permute(0, 2, 3, 1) / (self.shape.wide / n) ** 0.5

    def _attended(self, x: Tensor, words: Tensor) -> Tensor:
        scores = self.query(x) @ self.key(x).transpose(1, 2) / self.shape.wide**0.5
        weights = torch.softmax(scores + ((1 - words) * _FAR).unsqueeze(1), dim=-1)
        return self.drop(self.out(weights @ self.value(x)))


def _around(x: Tensor, axis: int = 1) -> Tensor:
    """Return each word's vector with those of its neighbours: [B, T, ..., 3 d]."""
    before = torch.zeros_like(x.narrow(axis, 0, 1))
    ahead = torch.cat([before, x.narrow(axis, 0, x.shape[axis] - 1)], dim=axis)
    behind = torch.cat([x.narrow(axis, 1, x.shape[axis] - 1), before], dim=axis)
    return torch.cat([x, ahead, behind], dim=-1)
