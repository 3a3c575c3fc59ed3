"""Connections live as long as their session: never past their event loop, and shared by the calls inside."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from questline.budget import Budget, Meter
from questline.errors import ModelError
from questline.testing import Fault, Reply, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Prompt
from questline.types import Message

PROMPT = Prompt(system="Answer.", messages=(Message(role="user", content="Capital of France?"),))


async def ask(gateway: Gateway) -> str:
    return (await gateway.complete(PROMPT, role="generate", meter=Meter(Budget()), parse=str)).text


@pytest.mark.requirement("llm.loops")
def test_one_gateway_answers_on_one_event_loop_after_another() -> None:
    with ScriptedLLM("Paris") as server:
        gateway = Gateway.build(model="m", base_url=server.base_url)
        assert [asyncio.run(ask(gateway)) for _ in range(3)] == ["Paris"] * 3


@pytest.mark.requirement("llm.loops")
def test_one_gateway_answers_on_several_event_loops_at_once() -> None:
    start = threading.Barrier(4)

    def run(gateway: Gateway) -> str:
        start.wait()
        return asyncio.run(ask(gateway))

    with ScriptedLLM(Reply(text="Paris", delay_s=0.2)) as server, ThreadPoolExecutor(4) as threads:
        gateway = Gateway.build(model="m", base_url=server.base_url)
        assert list(threads.map(run, [gateway] * 4)) == ["Paris"] * 4
        assert server.most_at_once > 1


@pytest.mark.requirement("llm.loops")
async def test_a_session_keeps_its_connection_and_closes_it_at_the_end() -> None:
    with ScriptedLLM("Paris") as server:
        gateway = Gateway.build(model="m", base_url=server.base_url)
        async with gateway.session():
            await ask(gateway)
            async with gateway.session():
                await ask(gateway)
            await ask(gateway)
            assert server.connections == 1
        await ask(gateway)
        assert server.connections == 2


async def test_a_closed_gateway_opens_again() -> None:
    with ScriptedLLM("Paris") as server:
        gateway = Gateway.build(model="m", base_url=server.base_url)
        async with gateway.session():
            await ask(gateway)
            await gateway.aclose()
            await ask(gateway)
        await gateway.aclose()
        assert server.connections == 2


@pytest.mark.requirement("llm.parallel")
async def test_calls_side_by_side_really_run_side_by_side() -> None:
    with ScriptedLLM(Reply(text="Paris", delay_s=0.3)) as server:
        gateway = Gateway.build(model="m", base_url=server.base_url)
        assert await asyncio.gather(*(ask(gateway) for _ in range(4))) == ["Paris"] * 4
        assert server.most_at_once == 4


@pytest.mark.requirement("llm.spans")
async def test_each_request_is_a_span_in_the_words_of_the_conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    with ScriptedLLM([Fault.status(500), "Paris", Fault.status(401)]) as server:
        gateway = Gateway.build(model="openai:gpt-4o-mini", base_url=server.base_url, first_wait_s=0.01)
        await ask(gateway)
        with pytest.raises(ModelError):
            await ask(gateway)
    failed, answered, refused = exporter.get_finished_spans()
    assert (answered.name, answered.kind) == ("chat gpt-4o-mini", trace.SpanKind.CLIENT)
    assert answered.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.max_tokens": 512,
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 6,
        "gen_ai.usage.output_tokens": 1,
        "server.address": "127.0.0.1",
        "questline.role": "generate",
    }
    for span in (failed, refused):
        assert not span.status.is_ok
        assert span.attributes is not None
        assert span.attributes["error.type"] == "RequestFailed"
    provider.shutdown()
