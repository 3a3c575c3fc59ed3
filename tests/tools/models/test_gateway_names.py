"""A model is chosen by its name alone, and a name that cannot work is refused before any question."""

import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.settings import ModelSettings

from questline.budget import Budget, Meter
from questline.errors import ModelError, UsageError
from questline.settings import Settings
from questline.testing import Fault, Rule, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import ROLES, Completion, Prompt, Role
from questline.types import Message

PROMPT = Prompt(system="Answer.", messages=(Message(role="user", content="Capital of France?"),))
KEYS = {"OPENAI_API_KEY": "sk-openai", "ANTHROPIC_API_KEY": "sk-anthropic"}


async def ask(gateway: Gateway, role: Role = "generate") -> Completion[str]:
    return await gateway.complete(PROMPT, role=role, meter=Meter(Budget()), parse=str.strip)


@pytest.mark.requirement("llm.names")
@pytest.mark.parametrize(
    "name",
    [
        "gpt-4o-mini",
        "claude-sonnet-4-5",
        "",
        " ",
        "openai:",
        "anthropic:",
        ":x",
        "mistral:large",
        "Embedded",
        "llama3.2:3b",
    ],
)
def test_a_name_of_no_known_form_is_refused_when_the_gateway_is_built(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        Gateway.build(model=name, environ=KEYS)
    assert (caught.value.code, caught.value.fields["model"]) == ("unknown_model", name)


def test_a_bare_name_gets_a_hint_at_its_provider() -> None:
    for name, meant in {"gpt-5-mini": "openai:gpt-5-mini", "claude-haiku-4-5": "anthropic:claude-haiku-4-5"}.items():
        with pytest.raises(UsageError, match=meant):
            Gateway.build(model=name)


def test_something_that_is_no_model_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        Gateway.build(model=7)  # pyright: ignore[reportArgumentType]  # because the test passes what types forbid
    assert caught.value.code == "unknown_model"


@pytest.mark.requirement("llm.keys")
@pytest.mark.parametrize("name", ["openai:gpt-4o-mini", "anthropic:claude-haiku-4-5"])
def test_a_provider_without_its_key_is_refused_when_the_gateway_is_built(name: str) -> None:
    variable = f"{name.partition(':')[0].upper()}_API_KEY"
    for environ in ({}, {variable: "  "}):
        with pytest.raises(UsageError) as caught:
            Gateway.build(model=name, environ=environ)
        assert (caught.value.code, caught.value.fields["variable"]) == ("missing_key", variable)
    assert Gateway.build(model=name, environ=KEYS).name("generate") == name


@pytest.mark.requirement("llm.keys")
def test_a_key_in_the_environment_chooses_no_model() -> None:
    gateway = Gateway.build(environ=KEYS)
    assert [gateway.name(role) for role in ROLES] == ["embedded"] * len(ROLES)
    assert not any(gateway.serves(role) for role in ROLES)


async def test_a_role_without_a_model_cannot_be_asked() -> None:
    with pytest.raises(UsageError) as caught:
        await ask(Gateway.build())
    assert caught.value.code == "unknown_model"


@pytest.mark.requirement("llm.compatible")
@pytest.mark.parametrize(
    ("name", "sent"), [("qwen", "qwen"), ("llama3.2:3b", "llama3.2:3b"), ("openai:gpt-4o", "gpt-4o")]
)
async def test_a_server_of_ones_own_needs_no_key_and_gets_the_plain_name(name: str, sent: str) -> None:
    with ScriptedLLM("Paris") as server:
        completion = await ask(Gateway.build(model=name, base_url=server.base_url))
        body = server.requests[0].body
    assert (completion.text, completion.model, body["model"]) == ("Paris", name, sent)
    assert (body["max_tokens"], body["temperature"]) == (512, 0.0)


@pytest.mark.requirement("llm.compatible")
async def test_the_key_for_a_server_of_ones_own_comes_before_openais() -> None:
    with ScriptedLLM("Paris", api_key="mine") as server:
        await ask(Gateway.build(model="m", base_url=server.base_url, environ={**KEYS, "QUESTLINE_LLM_API_KEY": "mine"}))
        await ask(Gateway.build(model="m", base_url=server.base_url, environ={"OPENAI_API_KEY": "mine"}))
        with pytest.raises(ModelError) as caught:
            await ask(Gateway.build(model="m", base_url=server.base_url, environ={}))
        assert len(server.requests) == 2
    assert caught.value.code == "model_refused"


def test_openais_key_is_not_sent_in_the_clear_to_another_machine() -> None:
    from questline.tools.models.providers import parse_model

    for base_url, key in {
        "http://10.0.0.7:8000/v1": "no-key",
        "http://gpu-box/v1": "no-key",
        "https://llm.example/v1": "sk-openai",
        "http://localhost:11434/v1": "sk-openai",
        "http://[::1]:8000/v1": "sk-openai",
    }.items():
        spec = parse_model("m", base_url=base_url, environ=KEYS)
        assert spec is not None
        assert spec.api_key == key
        assert "sk-" not in repr(spec)


async def test_openais_own_variable_for_the_address_is_honoured() -> None:
    with ScriptedLLM("Paris") as server:
        environ = {"OPENAI_BASE_URL": server.base_url}
        assert (await ask(Gateway.build(model="openai:m", environ=environ))).text == "Paris"


@pytest.mark.parametrize("base_url", ["localhost:8000", "ftp://x/v1", "http://", "http://x:port/v1"])
def test_an_address_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Gateway.build(model="m", base_url=base_url)
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_settings", "base_url")


@pytest.mark.requirement("llm.roles")
async def test_each_role_may_have_its_own_model() -> None:
    rules = [Rule("", "from the server")]
    with ScriptedLLM(rules) as server:
        own = TestModel(custom_output_text="from an instance")
        gateway = Gateway.build(
            model="big", models={"rewrite": "small", "select": "embedded", "planner": own}, base_url=server.base_url
        )
        assert (await ask(gateway)).model == "big"
        assert (await ask(gateway, "rewrite")).model == "small"
        assert (await ask(gateway, "planner")).text == "from an instance"
        assert [request.model for request in server.requests] == ["big", "small"]
    assert gateway.serves("generate")
    assert not gateway.serves("select")
    assert (gateway.name("select"), gateway.name("planner")) == ("embedded", "test:test")


def test_a_role_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        Gateway.build(models={"poet": "embedded"})
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_settings", "poet")


@pytest.mark.parametrize(
    "wrong", [{"call_timeout_s": 0}, {"call_timeout_s": float("nan")}, {"first_wait_s": -1}, {"retries": -1}]
)
def test_a_number_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError) as caught:
        Gateway.build(**wrong)  # pyright: ignore[reportArgumentType]  # because pyright joins all parameters' types
    assert (caught.value.code, caught.value.fields["argument"]) == ("bad_settings", next(iter(wrong)))


async def test_settings_say_it_all_and_an_instance_may_replace_their_model() -> None:
    with ScriptedLLM("Paris") as server:
        settings = Settings(
            model="m", models={"planner": "embedded"}, base_url=server.base_url, prices={"m": (1.0, 2.0)}, retries=0
        )
        gateway = Gateway.of(settings)
        assert (await ask(gateway)).usage.usd == pytest.approx((4 + 2 * 1) / 1e6, rel=0.5)
        assert not gateway.serves("planner")
        own = Gateway.of(settings, model=TestModel(custom_output_text="mine"))
        assert (await ask(own)).text == "mine"
        assert len(server.requests) == 1


@pytest.mark.requirement("llm.instance")
async def test_a_function_can_be_the_model_streamed_or_not() -> None:
    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        assert info.model_settings is not None
        assert info.model_settings.get("max_tokens") == 512
        return ModelResponse(parts=[TextPart(f"{len(messages)} message")])

    async def pieces(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        del messages, info
        yield "two "
        yield "pieces"

    heard: list[str] = []
    plain, streamed = FunctionModel(answer), FunctionModel(stream_function=pieces)
    assert (await ask(Gateway.build(model=plain))).text == "1 message"
    assert (await ask(Gateway.build(model=streamed))).text == "two pieces"
    for model, text in ((plain, "1 message"), (streamed, "two pieces")):
        heard.clear()
        completion = await Gateway.build(model=model).complete(
            PROMPT, role="generate", meter=Meter(Budget()), parse=str, on_token=heard.append
        )
        assert "".join(heard) == completion.text == text


@pytest.mark.requirement("llm.instance")
async def test_what_an_instance_sets_itself_stays() -> None:
    heard: list[ModelSettings] = []

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        del messages
        heard.append(info.model_settings or ModelSettings())
        return ModelResponse(parts=[TextPart("ok")])

    await ask(Gateway.build(model=FunctionModel(answer)))
    await ask(Gateway.build(model=FunctionModel(answer, settings={"temperature": 0.7, "thinking": "high"})))
    assert [(each.get("temperature"), each.get("max_retries")) for each in heard] == [(0.0, 0), (0.7, 0)]


async def test_two_instances_of_one_name_are_two_models() -> None:
    gateway = Gateway.build(
        model=TestModel(custom_output_text="one"), models={"rewrite": TestModel(custom_output_text="two")}
    )
    async with gateway.session():
        assert [(await ask(gateway, role)).text for role in ("generate", "rewrite")] == ["one", "two"]


async def test_a_router_of_models_can_be_the_model() -> None:
    def broken(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        del messages, info
        from pydantic_ai.exceptions import ModelHTTPError

        raise ModelHTTPError(status_code=500, model_name="broken")

    router = FallbackModel(FunctionModel(broken), TestModel(custom_output_text="second"))
    assert (await ask(Gateway.build(model=router))).text == "second"


@pytest.mark.requirement("llm.anthropic")
@pytest.mark.parametrize("streamed", [False, True])
async def test_anthropic_is_asked_in_its_own_format(streamed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[str] = []
    script = [Fault.status(529), Fault.drop(after_chunks=1, text="Paris is"), "Paris is the capital."]
    with ScriptedLLM(script, api_key="sk-anthropic") as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.root_url)
        gateway = Gateway.build(model="anthropic:claude-haiku-4-5", first_wait_s=0.01, environ=KEYS)
        completion = await gateway.complete(
            PROMPT,
            role="generate",
            meter=Meter(Budget()),
            parse=str,
            on_token=pieces.append if streamed else None,
        )
        assert {request.path for request in server.requests} == {"/v1/messages"}
        assert completion.usage.estimated  # the dropped request said nothing of its use
        assert completion.usage.tokens_in == server.billed.tokens_in + 15
        assert completion.usage.tokens_out >= server.billed.tokens_out
    assert (completion.text, completion.usage.calls) == ("Paris is the capital.", 3)
    assert "".join(pieces) == ("Paris is the capital." if streamed else "")
    assert completion.usage.usd > 0


@pytest.mark.requirement("llm.anthropic")
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        Fault.malformed(),
        Fault.malformed(body="{}"),
        Fault.malformed(body="[]"),
        Fault.wrong_content(),
        Fault.cut_short(),
    ],
    ids=["no JSON", "no fields", "a list", "a page", "an end without an end"],
)
async def test_anthropics_format_broken_is_asked_for_again(
    fault: Fault, streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedLLM([fault, "Paris"]) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.root_url)
        gateway = Gateway.build(model="anthropic:claude-haiku-4-5", first_wait_s=0.01, environ=KEYS)
        completion = await gateway.complete(
            PROMPT,
            role="generate",
            meter=Meter(Budget()),
            parse=str,
            on_token=list[str]().append if streamed else None,
        )
    assert (completion.text, completion.usage.calls) == ("Paris", 2)


async def test_an_error_inside_a_users_function_is_theirs_and_not_retried() -> None:
    calls: list[int] = []

    def broken(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        calls.append(len(messages))
        raise TypeError(str(info))

    with pytest.raises(TypeError):
        await ask(Gateway.build(model=FunctionModel(broken)))
    assert len(calls) == 1


@pytest.mark.requirement("llm.light")
def test_an_embedded_gateway_imports_no_model_library() -> None:
    program = (
        "import sys; from questline.tools.models.gateway import Gateway; Gateway.build();"
        "print(sorted({'pydantic_ai', 'openai', 'anthropic', 'httpx2', 'genai_prices'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
