"""The configured servers as questions share them: one catalogue, and a gateway for each event loop that asks.

A gateway belongs to its loop, and an agent may be asked from several. So gateways are opened when a session first needs
one, shared by all sessions of their loop, and closed, with the servers that they started, when the last of these ends.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from questline.errors import RunError
from questline.types import AnswerWarning

from .catalogue import Catalogue, Refreshed, catalogue_beside
from .configuration import Configuration, ServerConfiguration
from .definitions import ServerManifest
from .gateway import Gateway
from .pins import Pins, pins_beside

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from questline.tools.retrieval.contract import Embedder

__all__ = ["ServerPool"]

_AGAIN_S: Final = 30.0
"""A server that did not answer is not asked for its tools again for so long."""
_AT_ONCE: Final = 8
"""Servers asked side by side for their tools."""


class _Late:
    """An encoder that is loaded when it is first used: opening a catalogue needs none."""

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load

    @property
    def dimension(self) -> int:
        return self._load().dimension

    @property
    def fingerprint(self) -> str:
        return self._load().fingerprint

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        return self._load().encode(texts, progress=progress)


@dataclass(slots=True)
class _Opened:
    sessions: int = 0
    gateway: Gateway | None = None
    listings: dict[str, asyncio.Task[Refreshed]] = field(default_factory=dict[str, "asyncio.Task[Refreshed]"])
    """By server: it is being asked for its tools."""
    slots: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, _AT_ONCE))


class ServerPool:
    """Configured servers: their catalogue, and the gateways to them. Safe to use from several event loops.

    Args:
        configuration: The servers; of a file, catalogue and accepted definitions lie beside it.
        encoder: Gives what finds tools by meaning, when that is first needed; None: words alone decide.
    """

    def __init__(self, configuration: Configuration, *, encoder: Callable[[], Embedder] | None = None) -> None:
        self.configuration = configuration
        self.record: Path | None = None
        """File that gateways which are opened from now on append every call to."""
        self._encoder = encoder
        self._pins = Pins(pins_beside(configuration.source) if configuration.source else None)
        self._catalogue: Catalogue | None = None
        self._warnings: tuple[AnswerWarning, ...] = ()
        self._failed: dict[str, tuple[float, str, str]] = {}
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Opened] = WeakKeyDictionary()
        self._lock = threading.RLock()

    @classmethod
    def read(cls, path: Path, *, encoder: Callable[[], Embedder] | None = None) -> ServerPool:
        """Read a configuration file; no server is started.

        Raises:
            UsageError: As `Configuration.read`.
        """
        return cls(Configuration.read(path), encoder=encoder)

    @property
    def usable(self) -> tuple[ServerConfiguration, ...]:
        """The servers that may be started."""
        return tuple(each for each in self.configuration.servers.values() if each.enabled and each.problem is None)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Gateway]:
        """Give the gateway of the running loop, which stays open until the last session of the loop ends."""
        opened = self._of_running_loop()
        opened.sessions += 1
        try:
            yield await self._gateway(opened)
        finally:
            opened.sessions -= 1
            if not opened.sessions:
                await self._end(opened)

    async def aclose(self) -> None:
        """Stop the servers that were started on the running loop; calls under way there fail."""
        await self._end(self._of_running_loop())

    def close(self) -> None:
        """Close the catalogue."""
        with self._lock:
            catalogue, self._catalogue = self._catalogue, None
        if catalogue is not None:
            catalogue.close()

    def catalogue(self) -> Catalogue:
        """Return what is known of the servers; the first call opens its file."""
        with self._lock:
            if self._catalogue is None:
                self._catalogue = self._opened_catalogue(_Late(self._encoder) if self._encoder else None)
            return self._catalogue

    async def refresh(self, gateway: Gateway, *, deadline_s: float) -> tuple[AnswerWarning, ...]:
        """Ask servers that nothing is known of, or too long ago, for their tools, side by side.

        Who has not answered by the deadline has not failed: it goes on being asked while the session lasts, and a later
        call waits for what is under way.

        Args:
            gateway: Of a `session`.
            deadline_s: Seconds; who has not answered by then is left out, with a warning ``still_starting`` where
                nothing is known of it yet.

        Returns:
            A warning for each server whose tools are not known, and for each tool that was left out.
        """
        catalogue = await asyncio.to_thread(self.catalogue)
        usable = {server.name: server for server in self.usable}
        known = {manifest.name for manifest in catalogue.manifests()}
        for name in known - usable.keys():
            catalogue.remove(name)
        now = time.monotonic()
        old = catalogue.stale()
        wanted = [name for name in usable if name not in known or name in old]
        ask = [name for name in wanted if name not in self._failed or now - self._failed[name][0] > _AGAIN_S]
        opened = self._of_running_loop()
        tasks = {name: self._listing(opened, gateway, catalogue, usable[name]) for name in ask}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=deadline_s)
        late = [name for name, task in tasks.items() if not task.done() and name not in known]
        lost = {name: self._failed[name][1:] for name in wanted if name in self._failed and name not in known}
        lost |= {
            each.name: (each.problem.code, each.problem.message)
            for each in self.configuration.servers.values()
            if each.enabled and each.problem is not None
        }
        return (
            *self._warnings,
            *(
                warning
                for task in tasks.values()
                if task.done() and not task.cancelled() and task.exception() is None
                for warning in task.result().warnings
            ),
            *(
                AnswerWarning(
                    code=code,
                    message=f"the server {name!r} cannot be used ({code}): its tools are left out"
                    + (f": {why}" if why else ""),
                )
                for name, (code, why) in lost.items()
            ),
            *(
                AnswerWarning(
                    code="still_starting",
                    message=f"the server {name!r} had not said in time which tools it has: they are left out",
                )
                for name in late
            ),
        )

    def _listing(
        self, opened: _Opened, gateway: Gateway, catalogue: Catalogue, server: ServerConfiguration
    ) -> asyncio.Task[Refreshed]:
        """Return what asks a server for its tools, for as long as its own options allow, and keeps them."""
        under_way = opened.listings.get(server.name)
        if under_way is not None:
            return under_way
        allowed_s = server.options.connect_s + server.options.list_s

        async def fetch(name: str) -> ServerManifest:
            return await gateway.manifest(name, deadline_s=allowed_s)

        async def ask() -> Refreshed:
            async with opened.slots:
                done = await catalogue.refresh(fetch, servers=[server.name])
            for name in done.updated:
                self._failed.pop(name, None)
            self._failed |= {
                name: (time.monotonic(), code, done.reasons.get(name, "")) for name, code in done.failed.items()
            }
            return done

        def ended(task: asyncio.Task[Refreshed]) -> None:
            if opened.listings.get(server.name) is task:
                del opened.listings[server.name]
            if not task.cancelled():
                task.exception()  # looked at: who waits is told by `refresh`

        task = opened.listings[server.name] = asyncio.create_task(ask())
        task.add_done_callback(ended)
        return task

    async def _gateway(self, opened: _Opened) -> Gateway:
        catalogue = await asyncio.to_thread(self.catalogue)
        if opened.gateway is None:
            known = catalogue.manifests()
            opened.gateway = Gateway(self.configuration, pins=self._pins, manifests=known, record=self.record)
        return opened.gateway

    async def _end(self, opened: _Opened) -> None:
        gateway, opened.gateway = opened.gateway, None  # a session that begins meanwhile opens one of its own
        listings, opened.listings = opened.listings, {}
        for task in listings.values():
            task.cancel()
        if gateway is not None:
            await asyncio.shield(gateway.close())

    def _opened_catalogue(self, encoder: Embedder | None) -> Catalogue:
        source = self.configuration.source
        if source is None:
            return Catalogue(encoder=encoder)
        try:
            return Catalogue(catalogue_beside(source), encoder=encoder)
        except RunError as error:
            if error.code != "read_only":
                raise
            text = f"what the servers say of their tools is not kept: {error.message}"
            self._warnings = (AnswerWarning(code="read_only", message=text),)
            return Catalogue(encoder=encoder)

    def _of_running_loop(self) -> _Opened:
        loop = asyncio.get_running_loop()
        with self._lock:
            return self._by_loop.setdefault(loop, _Opened())
