"""Errors in OpenAI's shape, ``{"error": {message, type, code, param}}``, with our stable codes."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from questline.errors import QuestlineError, RunError, UsageError

__all__ = ["TooBusy", "error_body", "error_response", "install", "status_of"]

logger = logging.getLogger(__name__)

_STATUS: Final[dict[str, int]] = {
    "unauthorized": 401,
    "unknown_model": 404,
    "question_too_long": 413,
    # asked well, but whoever runs the server has to do something first
    "no_index": 503,
    "missing_key": 503,
    "missing_extra": 503,
    "too_busy": 429,
    "budget_exceeded": 429,
    "bad_model_output": 502,
    "model_refused": 502,
    "backend_unavailable": 503,
    "server_unavailable": 503,
    "index_locked": 503,
    "cancelled": 503,
    "tool_timeout": 504,
}
_PLACE: Final[dict[str, str]] = {
    "empty_question": "messages",
    "question_too_long": "messages",
    "bad_history": "messages",
    "bad_budget": "questline.budget",
    "bad_workflow": "questline.workflow",
    "bad_planner": "questline.planner",
}
"""Where in a request's body an error of this code comes from."""
_RETRY_AFTER_S: Final = "1"


class TooBusy(RunError):
    """As many questions run already as `Settings.concurrency` allows."""

    default_code = "too_busy"
    default_retryable = True


def status_of(error: QuestlineError) -> int:
    """Return the HTTP status for an error."""
    return _STATUS.get(error.code, 400 if isinstance(error, UsageError) else 500)


def error_body(error: QuestlineError, status: int | None = None) -> dict[str, object]:
    """Return the JSON body for an error; ``param`` names the offending part of the request where it is known."""
    param = _PLACE.get(error.code, error.fields.get("argument"))
    return _body(error.message, status or status_of(error), error.code, None if param is None else str(param))


def error_response(error: QuestlineError, status: int | None = None) -> JSONResponse:
    """Return the response for an error."""
    status = status or status_of(error)
    return JSONResponse(error_body(error, status), status, _headers(status))


def install(app: FastAPI) -> None:
    """Make every error of ``app`` leave in OpenAI's shape."""

    async def known(request: Request, error: Exception) -> JSONResponse:
        del request
        assert isinstance(error, QuestlineError)
        return error_response(error)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        del request
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            place, reason = first["loc"][-1], first.get("ctx", {}).get("error", first["msg"])
            return error_response(UsageError(f"the body is not JSON: {reason} at character {place}", argument="body"))
        path = ".".join(str(part) for part in first["loc"] if part != "body")
        if not path:
            problem = "the body must be a JSON object, sent with the header content-type: application/json"
            return error_response(UsageError(problem, argument="body"))
        return error_response(UsageError(f"{path}: {first['msg']}", argument=path))

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, UnicodeDecodeError):
            return error_response(UsageError("the body is not UTF-8", code="bad_encoding", argument="body"))
        if error.__cause__ is not None and error.status_code == 400:  # too deep, or a number too long
            return error_response(UsageError(f"the body cannot be read: {error.__cause__}", argument="body"))
        message = f"{request.method} {request.url.path}: {error.detail}"
        return JSONResponse(
            _body(message, error.status_code, "bad_argument", None),
            error.status_code,
            {**_headers(error.status_code), **(error.headers or {})},
        )

    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return error_response(RunError("the server failed unexpectedly; its log says where"))

    app.add_exception_handler(QuestlineError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)


def _body(message: str, status: int, code: str, param: str | None) -> dict[str, object]:
    kinds = {401: "authentication_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "code": code, "param": param}}


def _headers(status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": _RETRY_AFTER_S} if status in {429, 503} else {}
