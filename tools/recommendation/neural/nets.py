"""GRU4Rec, SASRec and BERT4Rec as one kind of network: a state for a session, a score for every item.

    logits = state . E^T + b        E: the items' embeddings, which are also what the network reads (tied)

Sessions are int64 [B, L] of items 1 … N, zeros behind. Row 0 of the embeddings stands before the first click (GRU4Rec,
SASRec) or in the place that is asked for (BERT4Rec), so a session without clicks has a state that is learnt too.
GRU4Rec: arXiv:1511.06939; SASRec: arXiv:1808.09781; BERT4Rec: arXiv:1904.06690. Blocks normalize first, which trains
more steadily than the papers' order. Importing this module loads torch, and raises `MissingExtra` without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Final, cast

from questline.errors import require

from .config import NetConfig

require("torch", feature="a network that recommends")
import torch  # noqa: E402 because the line above says what to install where it is missing
from torch import Tensor, nn  # noqa: E402 for the same reason

__all__ = ["BERT4Rec", "Block", "GRU4Rec", "ItemNet", "SASRec", "build", "tidied"]

_FAR: Final = -1e9
_SPREAD: Final = 0.02


def tidied(prefixes: Tensor, length: int) -> Tensor:
    """Return the last `length` clicks of each session, zeros behind: int64 [B, min(L, length)].

    Zeros of `prefixes` may stand anywhere.
    """
    front = torch.argsort((prefixes != 0).to(torch.int8), dim=1, stable=True)
    cut = prefixes.gather(1, front)[:, -length:] if prefixes.shape[1] else prefixes
    behind = torch.argsort((cut == 0).to(torch.int8), dim=1, stable=True)
    return cut.gather(1, behind)


class ItemNet(nn.Module, ABC):
    """What the three share."""

    causal: ClassVar[bool] = True
    """Whether the state after a click is the same whatever follows, so that one reading tells of every prefix."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.items + 1, config.width)
        self.bias = nn.Parameter(torch.zeros(config.items))
        self.drop = nn.Dropout(config.dropout)
        self.norm = nn.LayerNorm(config.width)

    @property
    def embeddings(self) -> Tensor:
        """The items' embeddings, [N, D]; row j is item j + 1."""
        return self.table.weight[1:]

    def rows(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embeddings [n, D] and biases [n] of some items, int64 [n] from 1."""
        return cast("Tensor", self.table(items)), self.bias[items - 1]

    def states(self, prefixes: Tensor) -> Tensor:
        """Return the state after the last click of each session, float [B, D].

        Args:
            prefixes: int64 [B, L], zeros anywhere are left out; of more than `max_length` clicks the last ones count.
                L may be 0, and a row may be all zeros: the state before any click.
        """
        tidy = tidied(prefixes, self.config.max_length)
        return self.last(tidy, (tidy != 0).sum(dim=1))

    def scores(self, states: Tensor) -> Tensor:
        """Return the logits of every item for states [..., D]: [..., N]; column j is item j + 1."""
        return states @ self.embeddings.T + self.bias

    def logits(self, prefixes: Tensor) -> Tensor:
        """Return the logits after the last click of each session, float [B, N]; column j is item j + 1."""
        return self.scores(self.states(prefixes))

    def forward(self, prefixes: Tensor) -> Tensor:
        """Return `logits`."""
        return self.logits(prefixes)

    @abstractmethod
    def last(self, tidy: Tensor, lengths: Tensor) -> Tensor:
        """Return the states of sessions as `tidied` leaves them, with `lengths` int64 [B]: float [B, D]."""

    @abstractmethod
    def all_states(self, sessions: Tensor) -> Tensor:
        """Return the state before each click, which is what predicts it: float [B, L, D].

        Args:
            sessions: int64 [B, L], L at most `max_length`, zeros behind only; what stands at zeros means nothing.
        """

    def after(self, sessions: Tensor) -> Tensor:
        """Return the state before the first click and after each, float [B, L + 1, D], of a causal network.

        Args:
            sessions: As `all_states` takes them.

        Raises:
            NotImplementedError: Where `causal` is False.
        """
        raise NotImplementedError(f"{type(self).__name__} reads each prefix anew")

    def _read(self, sessions: Tensor) -> Tensor:
        """Return embeddings of the start and of each click, float [B, L + 1, D]."""
        start = sessions.new_zeros((sessions.shape[0], 1))
        return cast("Tensor", self.table(torch.cat([start, sessions], dim=1)))


class GRU4Rec(ItemNet):
    """A recurrent network reads the clicks one by one; its output is brought back to the embeddings' width."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__(config)
        between = config.dropout if config.layers > 1 else 0.0
        self.gru = nn.GRU(config.width, config.width, config.layers, batch_first=True, dropout=between)
        self.out = nn.Linear(config.width, config.width)

    def last(self, tidy: Tensor, lengths: Tensor) -> Tensor:
        """See `ItemNet.last`."""
        return _at(self.after(tidy), lengths)

    def all_states(self, sessions: Tensor) -> Tensor:
        """See `ItemNet.all_states`."""
        return self.after(sessions)[:, :-1]

    def after(self, sessions: Tensor) -> Tensor:
        """See `ItemNet.after`."""
        told, _ = self.gru(self.drop(self._read(sessions)))
        return cast("Tensor", self.norm(self.out(self.drop(told))))


class Block(nn.Module):
    """Self-attention, then two layers, each added to what came in."""

    def __init__(self, config: NetConfig, *, inner: int, smooth: bool) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm_1, self.norm_2 = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.query, self.key, self.value, self.out = (nn.Linear(config.width, config.width) for _ in range(4))
        self.first, self.second = nn.Linear(config.width, inner), nn.Linear(inner, config.width)
        self.active = nn.GELU() if smooth else nn.ReLU()
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """Return x [B, T, D] one layer on; `hidden` bool [B or 1, 1, T, T] is true where a place may not look."""
        x = x + self._attended(self.norm_1(x), hidden)
        return x + self.drop(self.second(self.drop(self.active(self.first(self.norm_2(x))))))

    def _attended(self, x: Tensor, hidden: Tensor) -> Tensor:
        b, t, d = x.shape

        def parts(of: nn.Linear) -> Tensor:
            return cast("Tensor", of(x)).reshape(b, t, self.heads, d // self.heads).transpose(1, 2)

        weights = parts(self.query) @ parts(self.key).transpose(2, 3) / (d / self.heads) ** 0.5
        shares = self.drop(torch.softmax(weights.masked_fill(hidden, _FAR), dim=-1))
        return self.drop(self.out((shares @ parts(self.value)).transpose(1, 2).reshape(b, t, d)))


class SASRec(ItemNet):
    """Each click looks at those before it; places count from the beginning of what is read."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__(config)
        self.places = nn.Embedding(config.max_length + 1, config.width)
        blocks = [Block(config, inner=config.width, smooth=False) for _ in range(config.layers)]
        self.blocks = nn.ModuleList(blocks)

    def last(self, tidy: Tensor, lengths: Tensor) -> Tensor:
        """See `ItemNet.last`."""
        return _at(self.after(tidy), lengths)

    def all_states(self, sessions: Tensor) -> Tensor:
        """See `ItemNet.all_states`."""
        return self.after(sessions)[:, :-1]

    def after(self, sessions: Tensor) -> Tensor:
        """See `ItemNet.after`."""
        count = sessions.shape[1] + 1
        hidden = torch.ones((count, count), dtype=torch.bool, device=sessions.device).triu(1)[None, None]
        x = self.drop(self._read(sessions) * self.config.width**0.5 + self.places.weight[:count])
        for block in self.blocks:
            x = block(x, hidden)
        return cast("Tensor", self.norm(x))


class BERT4Rec(ItemNet):
    """Every place looks at all others; a place that is asked for holds a mask in its click's stead."""

    causal = False

    def __init__(self, config: NetConfig) -> None:
        super().__init__(config)
        self.places = nn.Embedding(config.max_length + 1, config.width)
        blocks = [Block(config, inner=4 * config.width, smooth=True) for _ in range(config.layers)]
        self.blocks = nn.ModuleList(blocks)

    def last(self, tidy: Tensor, lengths: Tensor) -> Tensor:
        """See `ItemNet.last`: a mask behind the last click."""
        longer = torch.cat([tidy, tidy.new_zeros((tidy.shape[0], 1))], dim=1)
        places = torch.arange(longer.shape[1], device=tidy.device)
        return _at(self._seen(longer, places <= lengths[:, None]), lengths)

    def all_states(self, sessions: Tensor) -> Tensor:
        """See `ItemNet.all_states`; each click's own session is read anew up to it, so this is L times the work."""
        b, length = sessions.shape
        before = torch.ones((length, length), dtype=torch.bool, device=sessions.device).tril(-1)
        prefixes = (sessions[:, None, :] * before).reshape(b * length, length)
        lengths = (prefixes != 0).sum(dim=1)
        return self.last(prefixes, lengths).reshape(b, length, -1)

    def masked_states(self, sessions: Tensor, masked: Tensor) -> Tensor:
        """Return the state of every place, float [B, L, D], with the clicks at `masked` bool [B, L] hidden (Cloze)."""
        return self._seen(sessions.masked_fill(masked, 0), sessions != 0)

    def _seen(self, sessions: Tensor, there: Tensor) -> Tensor:
        x = cast("Tensor", self.table(sessions)) * self.config.width**0.5 + self.places.weight[: sessions.shape[1]]
        x = self.drop(x)
        hidden = ~there[:, None, None, :]
        for block in self.blocks:
            x = block(x, hidden)
        return cast("Tensor", self.norm(x))


def build(config: NetConfig) -> ItemNet:
    """Return an untrained network; the same config gives the same weights, whatever was drawn before."""
    kinds = {"gru4rec": GRU4Rec, "sasrec": SASRec, "bert4rec": BERT4Rec}
    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        torch.manual_seed(config.seed)  # pyright: ignore[reportUnknownMemberType]  # torch's types are partial
        net = kinds[config.kind](config)
        for part in net.modules():
            if isinstance(part, nn.Embedding):
                nn.init.normal_(part.weight, std=_SPREAD)
            elif isinstance(part, nn.Linear):
                nn.init.xavier_normal_(part.weight)
                nn.init.zeros_(part.bias)
    return net


def _at(states: Tensor, places: Tensor) -> Tensor:
    """Return one state of each row: [B, T, D] and int64 [B] give [B, D]."""
    return states[torch.arange(len(states), device=states.device), places]
