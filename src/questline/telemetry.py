"""OpenTelemetry spans, named by the GenAI semantic conventions; off unless configured.

`span` costs one dictionary look-up while nobody has imported OpenTelemetry, and two calls while nobody has configured
it. After that it goes through OpenTelemetry's own API, so an application that embeds Questline and sets its
own tracer provider sees these spans too. Questions, passages and answers enter spans only with
``QUESTLINE_CAPTURE_CONTENT=1``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from questline.errors import QuestlineError, require

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

    from questline.settings import Settings

__all__ = [
    "TRACER",
    "AttributeValue",
    "Attributes",
    "Operation",
    "SpanHandle",
    "captures_content",
    "configure",
    "content",
    "flush",
    "span",
]

TRACER: Final = "questline"
"""Name of the tracer (the instrumentation scope) of every span."""
AttributeValue: TypeAlias = str | bool | int | float | tuple[str, ...]
SpanKind: TypeAlias = Literal["internal", "client", "server"]


class Operation:
    """Values of ``gen_ai.operation.name`` (OpenTelemetry GenAI conventions) and our own span names."""

    INVOKE_AGENT: Final = "invoke_agent"
    """One question, from its arrival to its answer."""
    EXECUTE_STEP: Final = "execute_step"
    """One step of a workflow; our own, as the conventions name only tools."""
    EXECUTE_TOOL: Final = "execute_tool"
    """One call of a tool of an MCP server, retries and failover included."""
    CHAT: Final = "chat"
    """One request to a language model."""


class Attributes:
    """Attribute names: ``gen_ai.*`` of OpenTelemetry's conventions, ``questline.*`` of our own."""

    OPERATION: Final = "gen_ai.operation.name"
    PROVIDER: Final = "gen_ai.provider.name"
    AGENT_NAME: Final = "gen_ai.agent.name"
    CONVERSATION: Final = "gen_ai.conversation.id"
    REQUEST_MODEL: Final = "gen_ai.request.model"
    REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
    RESPONSE_MODEL: Final = "gen_ai.response.model"
    FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
    INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
    OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
    INPUT_MESSAGES: Final = "gen_ai.input.messages"
    OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
    ERROR_TYPE: Final = "error.type"
    TOOL: Final = "gen_ai.tool.name"
    SERVER: Final = "questline.server"
    """Name of an MCP server in the user's configuration."""
    SERVER_ADDRESS: Final = "server.address"
    STEP: Final = "questline.step"
    TASK: Final = "questline.task"
    ROLE: Final = "questline.role"
    BACKEND: Final = "questline.backend"
    DEGRADED: Final = "questline.degraded"
    STATUS: Final = "questline.status"
    USD: Final = "questline.usage.usd"
    CALLS: Final = "questline.usage.calls"


class SpanHandle:
    """What `span` yields: add attributes and events to the span, or to nothing while telemetry is off."""

    __slots__ = ("_span",)

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    @property
    def recording(self) -> bool:
        """Whether anything set here is kept."""
        return self._span is not None and self._span.is_recording()

    def set(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Set attributes; a later value replaces an earlier one."""
        if self._span is not None:
            self._span.set_attributes(attributes)

    def event(self, name: str, attributes: Mapping[str, AttributeValue] | None = None) -> None:
        """Record that something happened now, such as a fallback to the embedded backend."""
        if self._span is not None:
            self._span.add_event(name, attributes)


_NOTHING: Final = nullcontext(SpanHandle())


def span(
    name: str, attributes: Mapping[str, AttributeValue] | None = None, *, kind: SpanKind = "internal"
) -> AbstractContextManager[SpanHandle]:
    """Record a span around a block; it becomes the parent of spans opened inside.

    An error that leaves the block marks the span with its code (``error.type``) and goes on.

    Args:
        name: Such as ``invoke_agent questline`` or ``execute_step R``.
        attributes: By their names in `Attributes`.
        kind: ``client`` for a request to another process, ``server`` for one that came in.
    """
    if "opentelemetry.trace" not in sys.modules:
        return _NOTHING
    from opentelemetry import trace

    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # imported, and configured by nobody
        return _NOTHING
    return _recorded(name, attributes, kind)


@contextmanager
def _recorded(name: str, attributes: Mapping[str, AttributeValue] | None, kind: SpanKind) -> Generator[SpanHandle]:
    from opentelemetry import trace

    kinds = {"internal": trace.SpanKind.INTERNAL, "client": trace.SpanKind.CLIENT, "server": trace.SpanKind.SERVER}
    tracer = trace.get_tracer(TRACER)
    with tracer.start_as_current_span(
        name, kind=kinds[kind], attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield SpanHandle(current)
        except BaseException as error:
            code = error.code if isinstance(error, QuestlineError) else type(error).__qualname__
            current.set_attribute(Attributes.ERROR_TYPE, code)
            current.set_status(trace.Status(trace.StatusCode.ERROR, code))
            raise


def captures_content(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether questions and answers may enter spans (``QUESTLINE_CAPTURE_CONTENT=1``)."""
    return environ.get("QUESTLINE_CAPTURE_CONTENT", "") in {"1", "true"}


def content(attributes: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, AttributeValue]:
    """Return ``attributes`` when content may be captured, else nothing."""
    return dict(attributes) if captures_content(environ) else {}


def configure(settings: Settings) -> bool:
    """Send spans where ``settings.telemetry`` says; return whether this call set anything up.

    ``console`` writes each span as a line of JSON on stderr; ``otlp`` sends batches over HTTP to the endpoint of the
    standard ``OTEL_EXPORTER_OTLP_…`` variables. A tracer provider that the application set before is left in charge.

    Raises:
        MissingExtra: ``otlp`` without the extra of that name.
    """
    if settings.telemetry == "off":
        return False
    processor = _processor(settings.telemetry)
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    if isinstance(trace.get_tracer_provider(), TracerProvider):
        processor.shutdown()
        return False
    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", TRACER)}))
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    return True


def _processor(target: Literal["console", "otlp"]) -> SpanProcessor:
    if target == "otlp":
        exporter = require("opentelemetry.exporter.otlp.proto.http.trace_exporter", feature="telemetry = otlp")
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        return BatchSpanProcessor(exporter.OTLPSpanExporter())
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

    return SimpleSpanProcessor(
        ConsoleSpanExporter(out=sys.stderr, formatter=lambda each: each.to_json(indent=None) + "\n")
    )


def flush(timeout_s: float = 5.0) -> None:
    """Send what is still queued; nothing when telemetry is off."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(int(timeout_s * 1000))
