"""`agents train suggester-rounds`: the loop with a language model and users who are made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from questline.errors import UsageError, require
from questline.training.evaluation.rows import content_hash
from questline.training.recipe import Hears
from questline.training.tuning.rows import held_out

from .drift import write_drift
from .rounds import Ended, Order, RoundSettings, run_rounds
from .rows import Asked, documents_of, read_asked
from .users import KnownUsers

if TYPE_CHECKING:
    from .writing import ModelPolicy

__all__ = ["Settings", "begun", "known_of", "rounds"]

_DPO: Final = ("batch", "rate", "beta", "sft", "steps", "accumulate", "lora", "device", "tokens")


@dataclass(frozen=True, kw_only=True)
class Settings(RoundSettings):
    """``[suggester-rounds]`` of the settings file: of the loop, and of the model that it tunes."""

    table: ClassVar[str] = "suggester-rounds"

    model: str = ""
    """A folder of `suggester-sft`, or any chat model."""
    device: str = "auto"
    users: int = 0
    """Seed of the tastes of the users who are made here."""
    prompt: str = "{query} | {shown}"
    tokens: int = 16
    """Of a suggestion, at most."""
    steps: int = 100
    """Of DPO in a round."""
    batch: int = 32
    accumulate: int = 1
    rate: float = 1e-3
    beta: float = 2.0
    """How near a round stays to where it began: of means over tokens, so larger than the 0.1 of sums."""
    sft: float = 0.3
    """Weight of the likelihood of the better side, which a preference alone lowers, and what is no suggestion rises."""
    lora: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hold("model", bool(self.model), "a folder of suggester-sft, or the name of a chat model")
        self.hold_counts("tokens", "steps", "batch", "accumulate")
        self.hold_rates("rate", "beta")


def rounds(data: Path, out: Path, settings: Settings, hears: Hears, *, resume: bool = False) -> Ended:
    """Run the loop on the queries of a file, and write what changed into ``drift.md``.

    Args:
        data: Rows of {query, suggestions, documents?}.
        out: Folder of the run.
        settings: Of it.
        hears: Told how far it is.
        resume: Go on with the run in the folder.

    Raises:
        UsageError: ``bad_data``, ``unknown_model``, ``already_there``.
        KeyboardInterrupt: Somebody asked for the end; what was done is kept.
    """
    require("trl", feature="tuning suggestions")
    rows = read_asked(data).kept
    pools, held, documents = known_of(rows)
    if not pools or not held:
        raise UsageError(
            f"{len(pools)} queries to show lists for and {len(held)} held out: none may be 0; give more queries",
            code="bad_data",
            path=data,
        )
    order = Order(
        out=out,
        pools=pools,
        held=held,
        documents=documents,
        settings=settings,
        identity=content_hash(data),
        resume=resume,
    )
    ended = run_rounds(order, begun(settings), KnownUsers(seed=settings.users), hears)
    write_drift(out, ended.rounds, ended.why)
    return ended


def begun(settings: Settings) -> ModelPolicy:
    """Return the model that a loop begins with; `UsageError` ``unknown_model`` where there is none."""
    from .dpo_recipe import Settings as DPOSettings
    from .writing import ModelPolicy

    own: dict[str, Any] = {name: value for name, value in asdict(settings).items() if name in _DPO}
    policy = ModelPolicy.load(settings.model, device=settings.device, prompt=settings.prompt, most=settings.tokens)
    dpo = DPOSettings(**own, model=settings.model, prompt=policy.prompt, size=settings.size)
    return replace(policy, dpo=dpo)


def known_of(
    rows: Sequence[Asked],
) -> tuple[dict[str, list[str]], list[str], Mapping[str, Sequence[str]]]:
    """Return what is known to be suggested for each query that is shown, the queries held out, and the documents."""
    pools: dict[str, list[str]] = {}
    for row in rows:
        pool = pools.setdefault(row.query, [])
        pool += [text for text in row.suggestions if text not in pool]
    held = sorted(query for query in pools if held_out(query))
    return (
        {query: pool for query, pool in pools.items() if query not in held},
        held,
        documents_of(rows),
    )
