"""The catalogue: what servers say of themselves and of their tools, kept so that searching starts none of them.

SQLite holds the manifests, the requests that a model wrote for tools, and vectors; the index in memory is made from it
and made again when it changes, also by another process. Everything in it is others' text: it is ranked, never followed.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from questline.errors import QuestlineError, UsageError
from questline.tools.tool_retrieval.documents import ToolDocument, parameters_of, text_of
from questline.tools.tool_retrieval.index import ToolIndex, embed
from questline.tools.tool_retrieval.lexical import counted
from questline.tools.tool_retrieval.result import ToolSearch
from questline.types import AnswerWarning

from .catalogue_store import CatalogueStore
from .definitions import ServerManifest, ToolDefinition
from .schemas import unusable

if TYPE_CHECKING:
    from questline.budget import Meter
    from questline.tools.models.llm_contract import LLM
    from questline.tools.retrieval.contract import Embedder
    from questline.tools.tool_retrieval.aggregate import Aggregate

__all__ = ["DAY_MS", "Catalogue", "Refreshed", "catalogue_beside"]

DAY_MS: Final = 24 * 3600 * 1000
"""How long a manifest holds whose server does not say."""
_AT_ONCE: Final = 8
"""Servers asked side by side while refreshing."""


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What came of asking servers again."""

    updated: tuple[str, ...] = ()
    """Servers whose manifest was read."""
    failed: Mapping[str, str] = field(default_factory=dict[str, str])
    """By server the code of the error; what was known of them stays."""
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    """By server the error in one line, with what the server or the system said."""
    warnings: tuple[AnswerWarning, ...] = ()


class Catalogue:
    """Servers and tools that may be searched without starting any of them. Safe to share between threads.

    Args:
        path: The SQLite file; None keeps everything in memory.
        encoder: Finds tools by meaning; without one words alone decide.
        ttl_ms: How long a manifest holds whose server does not say.
    """

    def __init__(self, path: Path | None = None, *, encoder: Embedder | None = None, ttl_ms: int = DAY_MS) -> None:
        self._store = CatalogueStore(path)
        self._encoder = encoder
        self._ttl_ms = ttl_ms
        self._lock = threading.RLock()
        self._index: ToolIndex | None = None
        self._version = -1
        self._counts: dict[str, Mapping[str, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    # keeping

    def put(self, manifest: ServerManifest) -> tuple[AnswerWarning, ...]:
        """Keep what a server says, in the place of what was known of it, and embed its tools.

        Returns:
            A warning ``bad_schema`` for each tool that was left out: its schema is invalid, circular or refers to
            another document (which is never fetched), or its name stands twice.
        """
        sound: dict[str, ToolDefinition] = {}
        warnings: list[AnswerWarning] = []
        for tool in manifest.tools:
            problem = unusable(tool) or ("its server has another tool of this name" if tool.name in sound else None)
            if problem is None:
                sound[tool.name] = tool if tool.server == manifest.name else replace(tool, server=manifest.name)
                continue
            shown = "".join(char if char.isprintable() else "?" for char in tool.name[:100])
            text = f"{manifest.name}/{shown} was left out: {problem}"
            warnings.append(AnswerWarning(code="bad_schema", message=text))
        kept = replace(manifest, tools=tuple(sound.values()), fetched_at=manifest.fetched_at or time.time())
        with self._lock:
            self._store.put(kept)
            self._embed([self._document(kept, tool) for tool in kept.tools])
        return tuple(warnings)

    def remove(self, server: str) -> bool:
        """Forget a server and its tools; say whether it was known."""
        return self._store.remove(server)

    def manifests(self) -> tuple[ServerManifest, ...]:
        """Return all that is known, by the servers' names."""
        return self._store.manifests()

    def manifest(self, server: str) -> ServerManifest:
        """Return what is known of a server.

        Raises:
            UsageError: ``unknown_server``.
        """
        found = self._store.manifest(server)
        if found is None:
            raise UsageError(f"the catalogue has no server {server!r}", code="unknown_server", server=server)
        return found

    def tool(self, name: str) -> ToolDefinition:
        """Return the tool that ``server/tool`` names, or a bare name that only one server has.

        Raises:
            UsageError: ``ambiguous_tool`` with ``candidates``, ``unknown_tool``.
        """
        tools = [tool for manifest in self.manifests() for tool in manifest.tools]
        found = [tool for tool in tools if tool.qualified == name] or [tool for tool in tools if tool.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            candidates = ", ".join(tool.qualified for tool in found)
            raise UsageError(
                f"{name!r} may be {candidates}: write server/tool",
                code="ambiguous_tool",
                tool=name,
                candidates=candidates,
            )
        close = get_close_matches(name, [tool.qualified for tool in tools] + [tool.name for tool in tools], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UsageError(f"the catalogue has no tool {name!r}{hint}", code="unknown_tool", tool=name)

    # refreshing

    def stale(self, now: float | None = None) -> tuple[str, ...]:
        """Return the servers whose manifest is older than it said it would hold; `now` in seconds since 1970."""
        moment = time.time() if now is None else now
        return tuple(
            manifest.name
            for manifest in self.manifests()
            if moment >= manifest.fetched_at + (manifest.ttl_ms or self._ttl_ms) / 1000
        )

    async def refresh(
        self, fetch: Callable[[str], Awaitable[ServerManifest]], *, servers: Iterable[str] | None = None
    ) -> Refreshed:
        """Ask servers for their manifests again, a few side by side; one that fails keeps what was known of it.

        Args:
            fetch: Returns the manifest of a server, such as the gateway does; a `QuestlineError` of it is reported.
            servers: Which; the stale ones by default.
        """
        names = tuple(self.stale() if servers is None else dict.fromkeys(servers))
        slots = asyncio.Semaphore(_AT_ONCE)
        updated: list[str] = []
        failed: dict[str, str] = {}
        reasons: dict[str, str] = {}
        warnings: list[AnswerWarning] = []

        async def ask(name: str) -> None:
            async with slots:
                try:
                    manifest = replace(await fetch(name), name=name)
                except QuestlineError as error:
                    failed[name] = error.code
                    reasons[name] = _reason(error)
                    return
                warnings.extend(await asyncio.to_thread(self.put, manifest))
                updated.append(name)

        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(ask(name))
        return Refreshed(updated=tuple(sorted(updated)), failed=failed, reasons=reasons, warnings=tuple(warnings))

    async def write_queries(self, llm: LLM, meter: Meter, *, count: int | None = None) -> Refreshed:
        """Let a language model write requests for each tool that has none yet (spec 02, Eq. 3).

        What was written is kept with the tool's digest; the budget's end and a model's failure leave the rest as it is.

        Args:
            llm: Its role ``suggest`` writes.
            meter: Bounds what it costs.
            count: Requests for each tool; 20 by default.
        """
        from questline.tools.tool_retrieval.synthetic import COUNT, write_queries

        done: list[str] = []
        failed: dict[str, str] = {}
        written = self._store.queries()
        for manifest in self.manifests():
            for tool in manifest.tools:
                if tool.digest in written:
                    continue
                try:
                    document = self._document(manifest, tool)
                    completion = await write_queries(document, llm=llm, meter=meter, count=count or COUNT)
                except QuestlineError as error:
                    failed[tool.qualified] = error.code
                    if error.code == "budget_exceeded":
                        return Refreshed(updated=tuple(done), failed=failed)
                    continue
                self._store.put_queries(tool.digest, completion.value)
                written[tool.digest] = completion.value
                await asyncio.to_thread(self._embed, [self._document(manifest, tool)])
                done.append(tool.qualified)
        return Refreshed(updated=tuple(done), failed=failed)

    # searching

    def search(
        self, query: str, *, k: int = 5, intents: Sequence[str] | None = None, aggregate: Aggregate = "coverage"
    ) -> ToolSearch:
        """Return the tools that may serve a question, best first; see `ToolIndex.search`. No server is started.

        Raises:
            UsageError: ``empty_query``, ``bad_k``, ``no_tools``.
            RunError: ``damaged_index``, ``damaged_model``.
        """
        return self.index().search(query, k=k, intents=intents, aggregate=aggregate)

    def index(self) -> ToolIndex:
        """Return the index of what is known now: the one at hand, or a new one where the file has changed.

        Raises:
            UsageError: ``no_tools``.
        """
        with self._lock:
            version = self._store.version()
            if self._index is None or version != self._version:
                self._index = self._built()
                self._version = self._store.version()
            return self._index

    def _built(self) -> ToolIndex:
        documents = [self._document(manifest, tool) for manifest in self.manifests() for tool in manifest.tools]
        keys = [_key(document) for document in documents]
        self._counts = {
            key: self._counts.get(key) or counted(document) for key, document in zip(keys, documents, strict=True)
        }
        return ToolIndex(
            documents,
            encoder=self._encoder,
            vectors=self._embed(documents) if self._encoder is not None else None,
            counts=[self._counts[key] for key in keys],
        )

    def _embed(self, documents: Sequence[ToolDocument]) -> list[NDArray[np.float32]]:
        """Return the vectors of tools: kept ones, and new ones, which are kept from now on."""
        if self._encoder is None:
            return []
        keys = [_key(document) for document in documents]
        known = self._store.vectors(self._encoder.fingerprint, keys, self._encoder.dimension)
        new = {key: document for key, document in zip(keys, documents, strict=True) if key not in known}
        if new:
            made = dict(zip(new, embed(list(new.values()), self._encoder), strict=True))
            self._store.put_vectors(self._encoder.fingerprint, made)
            known |= made
        return [known[key] for key in keys]

    def _document(self, manifest: ServerManifest, tool: ToolDefinition) -> ToolDocument:
        return ToolDocument(
            server=manifest.name,
            server_description=" ".join(filter(None, (manifest.title, manifest.description))),
            name=tool.name,
            description=" ".join(filter(None, (tool.title, tool.description))),
            parameters=parameters_of(tool.input_schema),
            queries=self._store.queries().get(tool.digest, ()),
        )


def catalogue_beside(configuration: Path) -> Path:
    """Return the file of the catalogue that belongs to a configuration: ``mcp.catalogue.db`` for ``mcp.json``."""
    return configuration.with_name(f"{configuration.stem}.catalogue.db")


def _key(document: ToolDocument) -> str:
    text = "\0".join((text_of(document), *document.queries))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _reason(error: QuestlineError) -> str:
    detail = error.fields.get("detail")
    said = " ".join(detail.split()) if isinstance(detail, str) else ""
    return f"{error.message}: {said}" if said and said not in error.message else error.message
