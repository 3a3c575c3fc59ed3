"""A few tools on lakes with recorded calls, and what experts did with them: right, wrong in one way, and wasteful."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from questline.errors import QuestlineError, RunError
from questline.mcp_servers.gateway.definitions import ToolDefinition, call_key
from questline.training.tool_planner.recorded import Recorded, Told
from questline.training.tool_planner.traces import Step, Trace

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NUMBER = {"type": "number"}


def tool(server: str, name: str, takes: Mapping[str, Any], gives: Mapping[str, Any], *, reads: bool = True) -> Any:
    def schema(members: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
        return {"type": "object", "properties": dict(members), "required": required, "additionalProperties": False}

    optional = {"digits"}
    return ToolDefinition(
        server=server,
        name=name,
        description=f"Tell {name.replace('_', ' ')}.",
        input_schema=schema(takes, [each for each in takes if each not in optional]),
        output_schema=schema(gives, list(gives)),
        read_only=reads,
    )


TOOLS = (
    tool("atlas", "find", {"name": TEXT}, {"id": WHOLE, "town": TEXT}),
    tool("atlas", "depth", {"id": WHOLE, "digits": WHOLE}, {"metres": NUMBER}),
    tool("atlas", "label", {"id": WHOLE}, {"name": TEXT}),
    tool("atlas", "frozen", {"id": WHOLE}, {"frozen": {"type": "boolean"}}),
    tool("atlas", "ferry", {"town": TEXT}, {"ship": TEXT}),
    tool("sums", "convert", {"metres": NUMBER, "unit": {"enum": ["feet", "fathoms"]}}, {"amount": NUMBER}),
    tool("sums", "larger", {"first": NUMBER, "second": NUMBER}, {"larger": NUMBER}),
    tool("notes", "save", {"text": TEXT}, {"saved": {"type": "boolean"}}, reads=False),
)
LAKES = {"Serin": (11, "Brack", 212.5, False), "Morna": (12, "Olm", 48, True), "Tove": (13, "Esk", 9, False)}
SHIPS = {"Brack": "Heron", "Olm": "Petrel", "Esk": "Heron"}


def lakes() -> Recorded:
    """Return the tools with all of their calls; one of them failed."""
    calls: dict[str, Told | QuestlineError] = {}

    def keep(server: str, name: str, given: dict[str, object], value: object) -> None:
        calls[call_key(server, name, given)] = Told(value=value)

    for lake, (number, town, metres, frozen) in LAKES.items():
        keep("atlas", "find", {"name": lake}, {"id": number, "town": town})
        keep("atlas", "depth", {"id": number}, {"metres": metres})
        keep("atlas", "label", {"id": number}, {"name": lake})
        keep("atlas", "frozen", {"id": number}, {"frozen": frozen})
        keep("atlas", "ferry", {"town": town}, {"ship": SHIPS[town]})
        keep("notes", "save", {"text": lake}, {"saved": True})
        for unit, rate in (("feet", 3), ("fathoms", 0.5)):
            keep("sums", "convert", {"metres": metres, "unit": unit}, {"amount": metres * rate})
    keep("sums", "larger", {"first": 212.5, "second": 48}, {"larger": 212.5})
    calls[call_key("atlas", "find", {"name": "Nowhere"})] = RunError("no such lake", code="not_found")
    return Recorded(TOOLS, calls)


RECORDED = lakes()


def ref(step: int, way: str) -> dict[str, object]:
    return {"$ref": f"T{step}.result.{way}"}


def step(thought: str, call: str, result: object = None, /, *, error: str = "", **arguments: object) -> Step:
    """Return a step; what came back is the recorded result where its arguments are plain and it is not said."""
    server, _, short = call.partition("/")
    told = RECORDED.told(server, short, arguments) if result is None and not error else None
    return Step(
        thought=thought,
        server=server,
        tool=short,
        arguments=arguments,
        result=result if told is None else told.value,
        error=error,
    )


def trace(question: str, answer: str, *steps: Step) -> Trace:
    return Trace(question=question, steps=steps, answer=answer)


DEEP = "How deep is Serin?"
FIND = step("I look Serin up.", "atlas/find", name="Serin")
DEPTH = step("Now I ask for its depth.", "atlas/depth", {"metres": 212.5}, id=ref(1, "id"))
SAID = "Serin is 212.5 metres deep."
FEET = step("I turn that into feet.", "sums/convert", {"amount": 637.5}, metres=ref(2, "metres"), unit="feet")
MORNA = step("I look Morna up.", "atlas/find", name="Morna")
LARGER = "Which of Serin and Morna is deeper, and how deep is it?"

GOOD: dict[str, Trace] = {
    "one call": trace("Look up Serin: which town is it near?", "It is near Brack.", FIND),
    "a chain": trace(DEEP, SAID, FIND, DEPTH),
    "a chain of three": trace("How deep is Serin in feet?", "It is 637.5 feet deep.", FIND, DEPTH, FEET),
    "two branches that meet": trace(
        LARGER,
        "Serin, with 212.5 metres.",
        FIND,
        MORNA,
        step("I ask for the depth of Serin.", "atlas/depth", {"metres": 212.5}, id=ref(1, "id")),
        step("I ask for the depth of Morna.", "atlas/depth", {"metres": 48}, id=ref(2, "id")),
        step("I compare them.", "sums/larger", {"larger": 212.5}, first=ref(3, "metres"), second=ref(4, "metres")),
    ),
    "a plain value that was seen": trace(
        DEEP, SAID, FIND, step("Its id is 11, and I ask for the depth.", "atlas/depth", id=11)
    ),
    "yes or no": trace(
        "Is Morna frozen?", "Yes.", MORNA, step("Is it frozen?", "atlas/frozen", {"frozen": True}, id=ref(1, "id"))
    ),
    "a thought without names": trace(DEEP, SAID, step("first the id.", "atlas/find", name="Serin"), DEPTH),
    "a value of an enum": trace(
        "How deep is Serin, in the other unit?",
        "It is 106.25.",
        FIND,
        DEPTH,
        step("I convert it.", "sums/convert", {"amount": 106.25}, metres=ref(2, "metres"), unit="fathoms"),
    ),
    "a thought that quotes the question": trace(
        DEEP, SAID, step('The user asks "How deep is Serin", so I look it up.', "atlas/find", name="Serin"), DEPTH
    ),
    "a result of a town": trace(
        "Which ship leaves from the town at Serin?",
        "The Heron.",
        FIND,
        step("I ask for the ship from Brack.", "atlas/ferry", {"ship": "Heron"}, town=ref(1, "town")),
    ),
}
"""Traces in which nothing is wrong and nothing can go."""

WRONG: dict[str, tuple[Trace, set[str]]] = {
    "no step": (trace(DEEP, "Serin is deep."), {"no_step"}),
    "no answer": (trace(DEEP, "  ", FIND, DEPTH), {"no_answer"}),
    "an unknown server": (trace(DEEP, SAID, FIND, DEPTH, step("More.", "maps/show", {"x": 1})), {"unknown_server"}),
    "an unknown tool": (trace(DEEP, SAID, FIND, DEPTH, step("More.", "atlas/show", {"x": 1})), {"unknown_tool"}),
    "an argument of another type": (
        trace(DEEP, SAID, FIND, DEPTH, step("Once more.", "atlas/depth", {"metres": 212.5}, id="11")),
        {"bad_argument", "other_result"},
    ),
    "a missing argument": (
        trace(DEEP, SAID, FIND, DEPTH, step("Once more.", "atlas/depth", {"metres": 212.5})),
        {"missing_argument", "other_result"},
    ),
    "an argument that the tool has not": (
        trace(
            DEEP,
            SAID,
            step("I look Serin up.", "atlas/find", {"id": 11, "town": "Brack"}, name="Serin", deep="Serin"),
            DEPTH,
        ),
        {"bad_argument", "other_result"},
    ),
    "a value outside of its enum": (
        trace(
            "How deep is Serin in yards?",
            SAID,
            FIND,
            DEPTH,
            step("In yards.", "sums/convert", {"amount": 9}, metres=ref(2, "metres"), unit="yards"),
        ),
        {
            "bad_argument",
            "other_result",
        },
    ),
    "a reference to no step": (
        trace(DEEP, SAID, FIND, step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(7, "id"))),
        {"dangling_reference"},
    ),
    "a reference to itself": (
        trace(DEEP, SAID, FIND, step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(2, "metres"))),
        {"self_reference", "cycle"},
    ),
    "a reference to a later step": (
        trace(DEEP, SAID, step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(2, "id")), FIND),
        {"later_reference"},
    ),
    "a reference that is malformed": (
        trace(DEEP, SAID, FIND, step("Its depth.", "atlas/depth", {"metres": 212.5}, id={"$ref": "id of T1"})),
        {"bad_reference", "no_such_value"},
    ),
    "a field that the schema has not": (
        trace(DEEP, SAID, FIND, step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(1, "number"))),
        {"no_such_field", "no_such_value"},
    ),
    "a field of another type": (
        trace(DEEP, SAID, FIND, step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(1, "town"))),
        {"wrong_type", "other_result"},
    ),
    "an argument that nobody said": (
        trace(DEEP, SAID, FIND, DEPTH, step("I look for more.", "atlas/find", name="Morna")),
        {"invented_argument"},
    ),
    "a number that nobody said": (
        trace(DEEP, SAID, FIND, step("Its depth.", "atlas/depth", {"metres": 48}, id=12), DEPTH),
        {"invented_argument"},
    ),
    "no thought": (
        trace(DEEP, SAID, FIND, step(" ", "atlas/depth", {"metres": 212.5}, id=ref(1, "id"))),
        {"no_thought"},
    ),
    "a thought with another name": (
        trace(DEEP, SAID, step("I look Serin and Morna up.", "atlas/find", name="Serin"), DEPTH),
        {"unsound_thought"},
    ),
    "a thought with a number that nobody saw": (
        trace(DEEP, SAID, step("It may be 300 metres.", "atlas/find", name="Serin"), DEPTH),
        {"unsound_thought"},
    ),
    "a thought that knows the result before": (
        trace(DEEP, SAID, step("I look up Serin near Brack.", "atlas/find", name="Serin"), DEPTH),
        {"unsound_thought"},
    ),
    "a thought that quotes what nobody said": (
        trace(DEEP, SAID, step('They want "the very bottom".', "atlas/find", name="Serin"), DEPTH),
        {"unsound_thought"},
    ),
    "a call that failed": (
        trace(
            "How deep is Nowhere?",
            "I cannot say.",
            step("I look Nowhere up.", "atlas/find", "no such lake", error="not_found", name="Nowhere"),
        ),
        {"failed_call"},
    ),
    "a call that nobody recorded": (
        trace(
            "How deep is Lorne?",
            "It is at Brack.",
            step("I look Lorne up.", "atlas/find", {"id": 14, "town": "Brack"}, name="Lorne"),
        ),
        {"other_result"},
    ),
    "a result that is not what was recorded": (
        trace(
            DEEP, "Serin is 99 metres deep.", FIND, step("Its depth.", "atlas/depth", {"metres": 99}, id=ref(1, "id"))
        ),
        {"other_result"},
    ),
    "a result of another shape": (
        trace(DEEP, SAID, FIND, step("Its depth.", "atlas/depth", {"depth": 212.5}, id=ref(1, "id"))),
        {"unexpected_result", "other_result"},
    ),
    "an answer with another number": (trace(DEEP, "Serin is 300 metres deep.", FIND, DEPTH), {"unsupported_answer"}),
    "an answer with another name": (trace(DEEP, "It is as deep as Tove.", FIND, DEPTH), {"unsupported_answer"}),
    "two faults at once": (
        trace(DEEP, "Serin is 300 metres deep.", FIND, step("", "atlas/depth", {"metres": 212.5}, id=ref(1, "id"))),
        {"no_thought", "unsupported_answer"},
    ),
}
"""Traces with what is wrong with each."""

AGAIN = step("I look Serin up.", "atlas/find", name="Serin")
TOVE = step("I look Tove up.", "atlas/find", name="Tove")
WASTEFUL: dict[str, tuple[Trace, list[str], dict[str, int]]] = {
    "the same call twice": (
        trace(DEEP, SAID, FIND, AGAIN, step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(2, "id"))),
        ["find", "depth"],
        {"repeated": 1},
    ),
    "the same call with a reference and without": (
        trace(DEEP, SAID, FIND, DEPTH, step("Once more.", "atlas/depth", {"metres": 212.5}, id=11)),
        ["find", "depth"],
        {"repeated": 1},
    ),
    "a call that nothing uses": (
        trace("How deep is Serin, which is not Tove?", SAID, FIND, TOVE, DEPTH), ["find", "depth"], {"unused": 1}
    ),
    "a branch that nothing uses": (
        trace(
            "How deep is Serin, which is not Tove?", SAID, FIND, TOVE,
            step("Its ship.", "atlas/ferry", {"ship": "Heron"}, town=ref(2, "town")), DEPTH,
        ),
        ["find", "depth"],
        {"unused": 2},
    ),
    "there and back": (
        trace(
            DEEP, SAID, FIND,
            step("Its name.", "atlas/label", {"name": "Serin"}, id=ref(1, "id")),
            step("I look that up.", "atlas/find", {"id": 11, "town": "Brack"}, name=ref(2, "name")),
            step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(3, "id")),
        ),
        ["find", "depth"],
        {"repeated": 1, "unused": 1},
    ),
    "a round trip to what was asked": (
        trace(
            "Which ship leaves from Brack, the town at Serin?", "The Heron.",
            FIND,
            step("Its name.", "atlas/label", {"name": "Serin"}, id=ref(1, "id")),
            step("Its ship.", "atlas/ferry", {"ship": "Heron"}, town=ref(1, "town")),
        ),
        ["find", "ferry"],
        {"unused": 1},
    ),
    "a lake that was saved stays saved": (
        trace("Save Serin, and how deep is it?", SAID, step("I save it.", "notes/save", text="Serin"),
              FIND, step("Its depth.", "atlas/depth", {"metres": 212.5}, id=ref(2, "id"))),
        ["save", "find", "depth"],
        {},
    ),
    "saved twice stays twice": (
        trace("Save Serin, and save Serin again.", "It is saved.", step("I save it.", "notes/save", text="Serin"),
              step("I save it again.", "notes/save", text="Serin")),
        ["save", "save"],
        {},
    ),
    "a thought keeps what it speaks of": (
        trace(
            "How deep is Serin, which is not Tove?", SAID, FIND, TOVE,
            step("Not the one at Esk: the depth of Serin.", "atlas/depth", {"metres": 212.5}, id=ref(1, "id")),
        ),
        ["find", "find", "depth"],
        {},
    ),
    "an answer keeps what it tells": (
        trace("How deep is Serin, and where is Tove?", f"{SAID} Tove is near Esk.", FIND, DEPTH, TOVE),
        ["find", "depth", "find"],
        {},
    ),
    "what is wrong is left as it is": (trace(DEEP, "300 metres.", FIND, AGAIN, DEPTH), ["find", "find", "depth"], {}),
}  # fmt: skip
"""Traces, the tools that are left, and how many calls went by why."""
