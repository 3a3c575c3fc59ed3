"""Spans: nothing while off, the conventions' names when on, no content unless asked for."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from questline.errors import ModelError
from questline.telemetry import Attributes, Operation, captures_content, content, span

QUESTION_SPAN = """
import sys
from questline.settings import Settings
from questline.telemetry import Attributes, Operation, configure, flush, span
configured = configure(Settings(telemetry="%s"))
with span("invoke_agent questline", {Attributes.OPERATION: Operation.INVOKE_AGENT}):
    with span("execute_step R", {Attributes.STEP: "R"}) as step:
        step.set({"questline.task": "q1"})
        step.event("fallback")
flush()
print(configured, sorted(name for name in sys.modules if name.startswith("opentelemetry"))[:1])
"""


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):  # another test module may have set one; only one is ever allowed
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    exporter.clear()
    return exporter


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)


@pytest.mark.requirement("faces.telemetry-off")
def test_off_imports_nothing_and_records_nothing() -> None:
    done = run(QUESTION_SPAN % "off")
    assert done.stdout == "False []\n"
    assert done.stderr == ""


@pytest.mark.requirement("faces.telemetry-console")
def test_console_writes_each_span_as_a_line_of_json_on_stderr() -> None:
    done = run(QUESTION_SPAN % "console")
    inner, outer = (json.loads(line) for line in done.stderr.splitlines())
    assert (inner["name"], outer["name"]) == ("execute_step R", "invoke_agent questline")
    assert inner["parent_id"] == outer["context"]["span_id"]
    assert inner["attributes"] == {"questline.step": "R", "questline.task": "q1"}
    assert [event["name"] for event in inner["events"]] == ["fallback"]
    assert outer["attributes"] == {"gen_ai.operation.name": "invoke_agent"}
    assert outer["resource"]["attributes"]["service.name"] == "questline"
    assert done.stdout.startswith("True")


@pytest.fixture
def collector() -> Generator[tuple[str, list[tuple[str, bytes]]]]:
    """An OTLP receiver on a real socket."""
    received: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 because the base class names it so
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.requirement("faces.telemetry-otlp")
def test_otlp_sends_spans_to_the_collector_of_the_standard_variable(
    collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, received = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    run(QUESTION_SPAN % "otlp")
    ((path, body),) = received
    assert path == "/v1/traces"
    assert b"execute_step R" in body


def test_a_provider_of_the_application_stays_in_charge() -> None:
    done = run(
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "own = TracerProvider()\n"
        "trace.set_tracer_provider(own)\n" + QUESTION_SPAN % "console" + "print(trace.get_tracer_provider() is own)"
    )
    assert done.stdout.startswith("False")
    assert done.stdout.endswith("True\n")
    assert done.stderr == ""


def test_an_error_marks_the_span_with_its_code_and_goes_on(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ModelError), span("chat", kind="client"):
        raise ModelError("no", code="bad_model_output")
    with pytest.raises(ZeroDivisionError), span("step"):
        raise ZeroDivisionError
    first, second = spans.get_finished_spans()
    assert first.attributes == {"error.type": "bad_model_output"}
    assert second.attributes == {"error.type": "ZeroDivisionError"}
    assert first.status.status_code is trace.StatusCode.ERROR
    assert first.kind is trace.SpanKind.CLIENT
    assert not first.events  # an exception event would carry the message, and with it content


def test_a_span_that_records_says_so(spans: InMemorySpanExporter) -> None:
    with span("step", {Attributes.STEP: "R"}) as handle:
        assert handle.recording
    (only,) = spans.get_finished_spans()
    assert only.attributes == {"questline.step": "R"}


@pytest.mark.requirement("faces.telemetry-content")
def test_content_enters_spans_only_when_asked_for() -> None:
    words = {Attributes.INPUT_MESSAGES: "secret"}
    assert content(words, {}) == {}
    assert content(words, {"QUESTLINE_CAPTURE_CONTENT": "0"}) == {}
    assert content(words, {"QUESTLINE_CAPTURE_CONTENT": "1"}) == words
    assert not captures_content({})


@pytest.mark.requirement("faces.telemetry-names")
def test_names_are_those_of_the_conventions() -> None:
    gen_ai_attributes = import_module("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")
    official = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    ours = {value for value in vars(Attributes).values() if isinstance(value, str) and value.startswith("gen_ai.")}
    assert ours <= official
    operations = {each.value for each in gen_ai_attributes.GenAiOperationNameValues}
    assert {Operation.INVOKE_AGENT, Operation.CHAT} <= operations
