"""The HTTP application: routes, and nothing that answers a question by itself."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.addresses import is_loopback
from questline.types import Event

from .chat import ChatResponse, ChatStream
from .errors import install
from .guards import Guard
from .health import Report
from .wire import Ask, ChatRequest

__all__ = ["Answers", "create_app"]


class Answers(Protocol):
    """What the application needs from below: models by name, each of which answers."""

    @property
    def models(self) -> Mapping[str, str]:
        """Names that a request may give as its model, each with who owns it."""
        ...

    def stream(self, model: str, ask: Ask) -> AsyncIterator[Event]:
        """Answer a question with one of the models; the last event carries the answer."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


def create_app(
    answers: Answers,
    settings: Settings,
    *,
    health: Callable[[], Awaitable[Report]],
    api_key: str | None = None,
    heartbeat_s: float = 15.0,
    body_timeout_s: float = 10.0,
) -> FastAPI:
    """Build the application.

    Args:
        answers: Who answers; closed when the application shuts down.
        settings: ``host``, ``concurrency`` and ``max_body_kib`` are read.
        health: Whether questions can be answered now, for ``/readyz``.
        api_key: Key that callers must send; None for none.
        heartbeat_s: Silence in a stream after which a comment is sent.
        body_timeout_s: Time in which the body of a question must arrive.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        del app
        try:
            yield
        finally:
            await answers.close()

    app = FastAPI(title="Questline", lifespan=lifespan, docs_url=None, redoc_url=None)
    install(app)

    async def chat(body: ChatRequest) -> Response:
        ask = body.ask()
        if body.model not in answers.models:
            raise UsageError(
                f"unknown model {body.model!r}; this server has {', '.join(answers.models)}",
                code="unknown_model",
                argument="model",
            )
        run_id = ask.options.get("run_id") or uuid.uuid4().hex  # ours is for the reply alone: it keeps no checkpoints
        events = answers.stream(body.model, ask)
        if not body.stream:
            return ChatResponse(events, model=body.model, run_id=run_id, heartbeat_s=heartbeat_s)
        return ChatStream(
            events,
            model=body.model,
            run_id=run_id,
            include_usage=body.include_usage,
            heartbeat_s=heartbeat_s,
        )

    async def models() -> dict[str, object]:
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": by} for name, by in answers.models.items()]
        return {"object": "list", "data": rows}

    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    async def ready() -> JSONResponse:
        report = await health()
        return JSONResponse(report.as_dict(), 200 if report.ok else 503)

    app.add_api_route("/v1/chat/completions", chat, methods=["POST"], response_model=None)
    app.add_api_route("/v1/models", models, methods=["GET"])
    app.add_api_route("/healthz", alive, methods=["GET"])
    app.add_api_route("/readyz", ready, methods=["GET"], response_model=None)
    app.add_middleware(
        Guard,
        api_key=api_key,
        local=is_loopback(settings.host),
        max_body_bytes=settings.max_body_kib * 1024,
        concurrency=settings.concurrency,
        body_timeout_s=body_timeout_s,
    )
    return app
