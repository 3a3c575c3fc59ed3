"""Which weights of a network a way to unlearn may move."""

from __future__ import annotations

from questline.errors import require
from questline.tools.recommendation.neural.nets import ItemNet

from .ways import Way

require("torch", feature="unlearning of a network")
from torch import Tensor  # noqa: E402 because the line above says what to install where it is missing

__all__ = ["items_alone", "moved"]


def items_alone(net: ItemNet, way: Way) -> bool:
    """Say whether only embeddings and biases of items move, by the gradients of scores at states that are given.

    A recurrent network holds what it learnt in its own weights too, so all of them move (measured on LastFM: with those
    of items alone four fifths of the Hit_u gap stay).
    """
    return way.moves == "items" and net.config.kind != "gru4rec"


def moved(net: ItemNet, way: Way) -> list[Tensor]:
    """Return the parameters that a way changes: those of items, or all that learn."""
    if items_alone(net, way):
        return [net.bias, net.table.weight]
    return [each for each in net.parameters() if each.requires_grad]
