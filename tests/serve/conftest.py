"""A server over scripted answers, in memory and on a real socket."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI

from questline.health import Check, Report
from questline.serve.app import create_app
from questline.serve.server import make_server
from questline.serve.wire import Ask
from questline.settings import Settings
from questline.tools.listening import address_of, listener
from questline.types import Answer, Citation, Event, Evidence, Ledger, LedgerEntry, Usage

PASSAGE = Evidence(id="p1", text="Paris is the capital of France.", title="France", source="france.md", end=31)
SPENT = LedgerEntry(step="AG", backend="llm", model="m", usage=Usage(calls=1, tokens_in=20, tokens_out=5, seconds=0.1))


def answer(text: str = "Paris is the capital.", **changes: object) -> Answer:
    values: dict[str, object] = {
        "question": "What is the capital of France?",
        "text": text,
        "short": "Paris",
        "citations": (Citation(start=0, end=len(text), evidence_id="p1"),),
        "evidence": (PASSAGE,),
        "ledger": Ledger(entries=(SPENT,), wall_s=0.1),
        "run_id": "r1",
        "backend": "llm",
    }
    return Answer(**(values | changes))  # pyright: ignore[reportArgumentType]  # because fields of any type are replaced


@dataclass
class Scripted:
    """Answers each question by a script of events, errors and pauses (seconds)."""

    script: Callable[[Ask], list[Event | BaseException | float]]
    models: Mapping[str, str] = field(default_factory=lambda: {"questline": "questline", "embedded": "questline"})
    asked: list[tuple[str, Ask]] = field(default_factory=list[tuple[str, Ask]])
    cancelled: int = 0
    closed: int = 0

    async def stream(self, model: str, ask: Ask) -> AsyncIterator[Event]:
        self.asked.append((model, ask))
        try:
            for item in self.script(ask):
                if isinstance(item, (int, float)):
                    await asyncio.sleep(item)
                elif isinstance(item, BaseException):
                    raise item
                else:
                    yield item
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def close(self) -> None:
        self.closed += 1


def tokens(*pieces: str) -> list[Event]:
    return [Event(kind="token", task="q1", step="AG", text=piece) for piece in pieces]


def finished(result: Answer) -> Event:
    return Event(kind="answer", answer=result)


@pytest.fixture
def scripted() -> Scripted:
    """The usual answer, in two pieces."""
    return Scripted(lambda ask: [*tokens("", "Paris is ", "the capital."), finished(answer())])


async def healthy() -> Report:
    return Report(checks=(Check(name="index", state="ok", found="3 documents"),))


@pytest.fixture
def make_app() -> Callable[..., FastAPI]:
    def make(answers: Scripted, **changes: object) -> FastAPI:
        names = ("health", "api_key", "heartbeat_s", "body_timeout_s")
        given = {name: value for name, value in changes.items() if name in names}
        rest = {name: value for name, value in changes.items() if name not in names}
        settings = Settings(**rest)  # pyright: ignore[reportArgumentType]  # because settings of any type are replaced
        return create_app(answers, settings, **{"health": healthy, **given})  # pyright: ignore[reportArgumentType]  # because of the same

    return make


@pytest.fixture
async def client(scripted: Scripted, make_app: Callable[..., FastAPI]) -> AsyncGenerator[httpx.AsyncClient]:
    """An ASGI client for the usual application."""
    async with connect(make_app(scripted)) as client:
        yield client


def connect(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080")


class Background:
    """A server in a thread of its own."""

    def __init__(self, app: FastAPI) -> None:
        self._socket = listener("127.0.0.1", 0)
        self._server = make_server(app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def start(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return address_of(self._socket)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture
def listen(make_app: Callable[..., FastAPI]) -> Generator[Callable[..., str]]:
    """Start servers on free ports of this machine; stopped after the test."""
    running: list[Background] = []

    def start(answers: Scripted, **changes: object) -> str:
        server = Background(make_app(answers, **changes))
        running.append(server)
        return server.start()

    yield start
    for server in running:
        server.stop()


def body(question: str = "What is the capital of France?", **more: object) -> dict[str, object]:
    return {"model": "questline", "messages": [{"role": "user", "content": question}], **more}
