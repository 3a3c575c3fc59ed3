"""Tools and a prompt that ask their client something: in the old era by a request, in the new one by their result."""

from __future__ import annotations

from typing import Any, Final, Literal

from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel, Field

from questline.mcp_servers.serving import QuestlineServer

__all__ = ["add_questions"]

Ctx = Context[Any, Any]


def add_questions(server: QuestlineServer) -> None:
    """Give a server everything that needs an answer from its client."""
    _add_old_questions(server)
    _add_questions(server)
    _add_rounds(server)


class Person(BaseModel):
    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Literal["active", "inactive", "pending"] = "active"
    verified: bool = True


def _titled(word: str, name: str) -> list[dict[str, str]]:
    return [
        {"const": f"{word}{number}", "title": f"{count} {name}"}
        for number, count in enumerate(("First", "Second", "Third"), 1)
    ]


ENUMS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {"type": "string", "oneOf": _titled("value", "Option")},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
        "titledMulti": {"type": "array", "items": {"anyOf": _titled("value", "Choice")}},
    },
}


def _add_old_questions(server: QuestlineServer) -> None:
    @server.tool(description="Ask the client's model.", structured_output=False)
    async def test_sampling(prompt: str, ctx: Ctx) -> str:
        answer = await ctx.session.create_message(  # pyright: ignore[reportDeprecated]  # because the old era has it
            messages=[SamplingMessage(role="user", content=TextContent(type="text", text=prompt))],
            max_tokens=100,
            related_request_id=ctx.request_id,
        )
        return f"LLM response: {_text(answer)}"

    @server.tool(description="Ask the user.", structured_output=False)
    async def test_elicitation(message: str, ctx: Ctx) -> str:
        answer = await ctx.elicit(message, Person)
        content = answer.data.model_dump() if answer.action == "accept" else None
        return f"User response: action={answer.action}, content={content}"

    @server.tool(description="Ask the user, with an answer suggested for each field.", structured_output=False)
    async def test_elicitation_sep1034_defaults(ctx: Ctx) -> str:
        answer = await ctx.elicit("Please look through the fields", Defaults)
        content = answer.data.model_dump() if answer.action == "accept" else None
        return f"Elicitation completed: action={answer.action}, content={content}"

    @server.tool(description="Ask the user to choose, in every way there is.", structured_output=False)
    async def test_elicitation_sep1330_enums(ctx: Ctx) -> str:
        answer = await ctx.session.elicit_form("Please choose", ENUMS, ctx.request_id)
        return f"Elicitation completed: action={answer.action}, content={answer.content}"


def _form(message: str, **properties: str) -> ElicitRequest:
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _sample(text: str, max_tokens: int = 100) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens))


def _ask(state: str | None = None, **requests: InputRequest) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


def _text(answer: CreateMessageResult) -> str:
    return answer.content.text if isinstance(answer.content, TextContent) else ""


def _answered(ctx: Ctx, name: str, kind: type[Any]) -> Any:
    """Return the client's answer of this name, or None where there is none that fits."""
    found = (ctx.input_responses or {}).get(name)
    if not isinstance(found, kind) or (isinstance(found, ElicitResult) and not found.content):
        return None
    return found


def _add_questions(server: QuestlineServer) -> None:
    @server.tool(description="Ask for a name.", structured_output=False)
    async def test_input_required_result_elicitation(ctx: Ctx) -> str | InputRequiredResult:
        answer = _answered(ctx, "user_name", ElicitResult)
        if answer is None or not isinstance(answer.content.get("name"), str):
            return _ask(user_name=_form("What is your name?", name="string"))
        return f"Hello, {answer.content['name']}!"

    @server.tool(description="Ask the client's model.", structured_output=False)
    async def test_input_required_result_sampling(ctx: Ctx) -> str | InputRequiredResult:
        answer = _answered(ctx, "capital_question", CreateMessageResult)
        return _text(answer) if answer else _ask(capital_question=_sample("What is the capital of France?"))

    @server.tool(description="Ask for the client's folders.", structured_output=False)
    async def test_input_required_result_list_roots(ctx: Ctx) -> str | InputRequiredResult:
        answer = _answered(ctx, "client_roots", ListRootsResult)
        return _folders(answer) if answer else _ask(client_roots=ListRootsRequest())

    @server.tool(description="Ask without a question of the old kind on the stream.", structured_output=False)
    async def test_streaming_elicitation(ctx: Ctx) -> str | InputRequiredResult:
        answer = _answered(ctx, "confirm", ElicitResult)
        return "confirmed" if answer else _ask(confirm=_form("Please confirm", ok="boolean"))

    @server.tool(description="Ask only what the client can answer.", structured_output=False)
    async def test_input_required_result_capabilities(ctx: Ctx) -> str | InputRequiredResult:
        if ctx.input_responses:
            return "answered"
        can = ctx.client_capabilities or ClientCapabilities()
        asked: dict[str, InputRequest] = {}
        if can.elicitation is not None:
            asked["user_name"] = _form("What is your name?", name="string")
        if can.sampling is not None:
            asked["greeting"] = _sample("Generate a greeting")
        return InputRequiredResult(input_requests=asked)

    @server.tool(description="Need the client's model.", structured_output=False)
    async def test_missing_capability(ctx: Ctx) -> str:
        can = ctx.client_capabilities
        if can is None or can.sampling is None:
            raise MCPError(
                MISSING_REQUIRED_CLIENT_CAPABILITY, "this needs sampling", {"requiredCapabilities": {"sampling": {}}}
            )
        return "the client can"

    @server.prompt(description="A prompt that needs to know more.")
    async def test_input_required_result_prompt(ctx: Ctx) -> str | InputRequiredResult:
        answer = _answered(ctx, "user_context", ElicitResult)
        if answer is None:
            return _ask(user_context=_form("What context should the prompt use?", context="string"))
        return f"Use this context: {answer.content.get('context')}"


def _folders(answer: ListRootsResult) -> str:
    return "Roots: " + ", ".join(str(root.uri) for root in answer.roots)


def _add_rounds(server: QuestlineServer) -> None:
    @server.tool(description="Remember across the question.", structured_output=False)
    async def test_input_required_result_request_state(ctx: Ctx) -> str | InputRequiredResult:
        if ctx.request_state == "asked" and _answered(ctx, "confirm", ElicitResult):
            return "state-ok"
        return _ask("asked", confirm=_form("Please confirm", ok="boolean"))

    @server.tool(description="Remember, and notice when the memory was changed.", structured_output=False)
    async def test_input_required_result_tampered_state(ctx: Ctx) -> str | InputRequiredResult:
        if ctx.request_state == "sealed" and _answered(ctx, "confirm", ElicitResult):
            return "state-ok"
        return _ask("sealed", confirm=_form("Please confirm", ok="boolean"))

    @server.tool(description="Ask three things at once.", structured_output=False)
    async def test_input_required_result_multiple_inputs(ctx: Ctx) -> str | InputRequiredResult:
        name = _answered(ctx, "user_name", ElicitResult)
        greeting = _answered(ctx, "greeting", CreateMessageResult)
        roots = _answered(ctx, "client_roots", ListRootsResult)
        if name and greeting and roots:
            return f"{_text(greeting)} {name.content.get('name')}. {_folders(roots)}"
        return _ask(
            "three",
            user_name=_form("What is your name?", name="string"),
            greeting=_sample("Generate a greeting", 50),
            client_roots=ListRootsRequest(),
        )

    @server.tool(description="Ask one thing after the other.", structured_output=False)
    async def test_input_required_result_multi_round(ctx: Ctx) -> str | InputRequiredResult:
        name = _answered(ctx, "step1", ElicitResult)
        color = _answered(ctx, "step2", ElicitResult)
        if ctx.request_state and ctx.request_state.startswith("name:") and color:
            return f"{ctx.request_state.removeprefix('name:')} likes {color.content.get('color')}"
        if ctx.request_state == "first" and name:
            return _ask(
                f"name:{name.content.get('name')}",
                step2=_form("Step 2: What is your favorite color?", color="string"),
            )
        return _ask("first", step1=_form("Step 1: What is your name?", name="string"))
