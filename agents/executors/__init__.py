"""The seven executors of a workflow (arXiv:2508.01005 §3), each with an embedded and an LLM backend, and `CONDENSE`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from questline.agents.contract import Executor
from questline.agents.workflow_planner.workflow import Token

from .condense import Condense
from .decompose import Decompose
from .generate import Generate
from .retrieve import Retrieve
from .rewrite import Rewrite
from .select import Select
from .summarize import Summarize

__all__ = ["CONDENSE", "EXECUTORS"]

EXECUTORS: Final[Mapping[Token, Executor]] = MappingProxyType(
    {
        "QDS": Decompose("QDS"),
        "QDP": Decompose("QDP"),
        "QR": Rewrite("QR"),
        "R": Retrieve(),
        "DS": Select("DS"),
        "AG": Generate("AG"),
        "AS": Summarize("AS"),
    }
)
"""One of each; they hold no state of a run, so that concurrent questions share them."""

CONDENSE: Final = Condense()
"""Makes the last question of a conversation stand alone; no step of a workflow."""
