"""What approximate unlearning rests on (CAU, arXiv:2508.15263): exact weights of its losses, difficulty, and order."""

from .curriculum import ORDERS, Order, batches
from .difficulty import logit_gradients, output_difficulty, state_difficulty
from .min_norm import Mixture, min_norm, mixture

__all__ = [
    "ORDERS",
    "Mixture",
    "Order",
    "batches",
    "logit_gradients",
    "min_norm",
    "mixture",
    "output_difficulty",
    "state_difficulty",
]
