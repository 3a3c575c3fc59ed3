"""A trained network as one file: what decides it, its weights, its items, and of which data it is."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from questline.errors import RunError, UsageError, require

from .config import NetConfig

if TYPE_CHECKING:
    from .nets import ItemNet

__all__ = ["FILE", "VERSION", "Trained", "digest", "load", "made", "save"]

VERSION: Final = 1
FILE: Final = "network.pt"
_FEATURE: Final = "a network that recommends"
_MEND: Final = "make it again with `agents train recommender`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A network with its catalogue."""

    net: ItemNet
    """In evaluation mode when it was loaded."""
    items: tuple[str, ...]
    """Names: item j + 1 of the network is the j-th of them."""
    about: Mapping[str, str] = field(default_factory=dict[str, str])
    """What else is known of it, such as ``data`` (the sha256 of what it learnt from)."""

    def __post_init__(self) -> None:
        if len(self.items) != self.net.config.items or len(set(self.items)) != len(self.items):
            raise UsageError(
                f"{len(self.items)} names, {len(set(self.items))} of them different, are not those of "
                f"{self.net.config.items} items",
                argument="items",
            )


def made(config: NetConfig) -> ItemNet:
    """Return an untrained network; the same config gives the same weights.

    Raises:
        MissingExtra: Without torch.
    """
    from .nets import build

    return build(config)


def digest(trained: Trained) -> str:
    """Return a sha256 over config, items and every weight."""
    whole = hashlib.sha256(json.dumps([asdict(trained.net.config), list(trained.items)]).encode())
    for name, tensor in sorted(trained.net.state_dict().items()):
        whole.update(name.encode())
        whole.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()


def save(trained: Trained, path: Path) -> str:
    """Write a network in place of what was there, and return its `digest`; a kill leaves the old file or the new."""
    torch = require("torch", feature=_FEATURE)
    found = digest(trained)
    weights = {name: tensor.detach().cpu() for name, tensor in trained.net.state_dict().items()}
    values = {
        "version": VERSION,
        "config": asdict(trained.net.config),
        "items": list(trained.items),
        "about": dict(trained.about),
        "weights": weights,
        "digest": found,
    }
    part = path.with_name(f"{path.name}.part")
    torch.save(values, part)
    part.replace(path)
    return found


def load(path: Path) -> Trained:
    """Read a network, in evaluation mode.

    Raises:
        MissingExtra: Without torch.
        UsageError: ``file_not_found``.
        RunError: ``damaged_model`` for a file that is none, is of another version, or does not hold what it promises.
    """
    torch = require("torch", feature=_FEATURE)
    if not path.is_file():
        raise UsageError(f"there is no network {str(path)!r}; {_MEND}", code="file_not_found", path=path)
    try:
        values = cast("dict[str, Any]", torch.load(path, weights_only=True, map_location="cpu"))
        version = values["version"]
        if version == VERSION:
            net = made(NetConfig(**values["config"]))
            net.load_state_dict(values["weights"])
            items = tuple(map(str, cast("Sequence[object]", values["items"])))
            trained = Trained(net=net.eval(), items=items, about=dict(values["about"]))
            whole = digest(trained) == values["digest"]
        else:
            trained, whole = None, False
    except (RuntimeError, pickle.UnpicklingError, EOFError, OSError, KeyError, TypeError, ValueError, UsageError) as e:
        raise _damaged(path, f"cannot be read ({type(e).__name__})") from e
    if trained is None:
        raise _damaged(path, f"is of version {version!r}, and {VERSION} is what is read")
    if not whole:
        raise _damaged(path, "does not hold what it promises: its hash is another")
    return trained


def _damaged(path: Path, problem: str) -> RunError:
    return RunError(f"the network {str(path)!r} {problem}; {_MEND}", code="damaged_model", path=path)
