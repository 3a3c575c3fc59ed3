"""Checkpoints as msgpack that gives back exactly what went in, and only the types named here.

LangGraph's own serializer turns tuples into lists, with which frozen values are neither hashable nor equal to what they
were, and builds any importable type it finds in the file. This one tags tuples, rebuilds a fixed set of value types by
name, and leaves LangGraph's internals to its serializer in the mode that allows safe types only.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, Final, cast

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Send

from questline.agents.composer.contract import Composed, Conflict, Dropped, Missing
from questline.agents.contract import Draft, SubAnswer, SubQuestion
from questline.agents.intents.values import Cut, Intent, Intents
from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_planner.contract import Candidate, Planned, Unserved
from questline.agents.workflow_planner.workflow import Workflow
from questline.errors import RunError
from questline.graphs.tool_search.outcomes import Outcome, PlanRun
from questline.graphs.tool_search.values import Found, Ran, Replan
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import (
    Answer,
    AnswerWarning,
    Citation,
    Evidence,
    Expected,
    Influence,
    Ledger,
    LedgerEntry,
    Message,
    MissingPart,
    Passage,
    Plan,
    Task,
    TextSpan,
    Usage,
    Why,
)

from .state import PartResult

__all__ = ["ValueSerializer", "unreadable"]

_VALUES: Final[dict[str, type]] = {
    kind.__name__: kind
    for kind in (
        Answer,
        AnswerWarning,
        Candidate,
        Citation,
        Composed,
        Conflict,
        Cut,
        Draft,
        Dropped,
        Evidence,
        Expected,
        Found,
        Influence,
        Intent,
        Intents,
        Ledger,
        LedgerEntry,
        Message,
        Missing,
        MissingPart,
        Outcome,
        PartResult,
        Passage,
        Plan,
        PlanRun,
        Planned,
        Ran,
        Replan,
        SubAnswer,
        SubQuestion,
        Task,
        TaskResult,
        TextSpan,
        ToolDefinition,
        Unserved,
        Usage,
        Why,
        Workflow,
    )
}
_KIND: Final = "questline-1"
_TUPLE, _VALUE, _SEND, _OTHER, _FROZENSET = 1, 2, 3, 4, 5
_OPTIONS: Final = (
    ormsgpack.OPT_NON_STR_KEYS
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    | ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_UUID
    | ormsgpack.OPT_REPLACE_SURROGATES
)


class ValueSerializer:
    """LangGraph's `SerializerProtocol` for the values of this package."""

    def __init__(self) -> None:
        self._other = JsonPlusSerializer(allowed_msgpack_modules=None)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Return the format's name and the bytes. Raises ``TypeError`` for a type that no checkpoint may hold."""
        return _KIND, self._pack(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return what `dumps_typed` was given.

        Raises:
            RunError: ``damaged_index`` for another format, a type that is not named here, or bytes that cannot be read.
        """
        kind, raw = data
        if kind != _KIND:
            raise unreadable(f"it is written as {kind!r}, not as {_KIND!r}")
        try:
            return self._unpack(raw)
        except Exception as error:  # bytes that are damaged can fail in any of the constructors
            raise unreadable(error.__cause__ or error) from error

    def _pack(self, obj: Any) -> bytes:
        return ormsgpack.packb(obj, default=self._encode, option=_OPTIONS)

    def _unpack(self, raw: bytes) -> Any:
        return ormsgpack.unpackb(raw, ext_hook=self._decode, option=ormsgpack.OPT_NON_STR_KEYS)

    def _encode(self, obj: Any) -> ormsgpack.Ext:
        if isinstance(obj, tuple):
            return ormsgpack.Ext(_TUPLE, self._pack(list(cast("tuple[Any, ...]", obj))))
        if isinstance(obj, frozenset):
            return ormsgpack.Ext(_FROZENSET, self._pack(list(cast("frozenset[Any]", obj))))
        if isinstance(obj, Send):
            return ormsgpack.Ext(_SEND, self._pack([obj.node, obj.arg]))
        if is_dataclass(obj) and not isinstance(obj, type) and _VALUES.get(type(obj).__name__) is type(obj):
            values = {spec.name: getattr(obj, spec.name) for spec in fields(obj)}
            return ormsgpack.Ext(_VALUE, self._pack([type(obj).__name__, values]))
        kind, raw = self._other.dumps_typed(obj)
        return ormsgpack.Ext(_OTHER, self._pack([kind, raw]))

    def _decode(self, code: int, raw: bytes) -> Any:
        value = self._unpack(raw)
        if code == _TUPLE:
            return tuple(value)
        if code == _FROZENSET:
            return frozenset(value)
        if code == _SEND:
            return Send(value[0], value[1])
        if code == _VALUE:
            name, values = value
            if name not in _VALUES:
                raise ValueError(f"it holds a {name!r}, which is not a type of this version")
            return _VALUES[name](**values)
        return self._other.loads_typed((value[0], value[1]))


def unreadable(reason: object) -> RunError:
    """Return the error for a checkpoint whose bytes are not a checkpoint."""
    return RunError(f"a checkpoint cannot be read ({reason}); ask again with another run_id", code="damaged_index")
