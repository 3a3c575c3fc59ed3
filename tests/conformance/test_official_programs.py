"""The protocol's official programs, over our layers and our servers: the conformance suite, and the Inspector.

CI does not let their absence pass: with ``CONFORMANCE=required`` in the environment what could be skipped fails.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
SUITE = "@modelcontextprotocol/conformance/dist/index.js"
INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
REQUIRED = {("2025-11-25", "server"): 30, ("2025-11-25", "client"): 18, ("2026-07-28", "server"): 37} | {
    ("2026-07-28", "client"): 32
}
"""How many scenarios each requirement set has; it is frozen, so a run of fewer has left something out."""
_LINE = re.compile(
    r"^(?P<mark>[✓✗]) (?P<name>[\w/-]+): (?P<passed>\d+) passed, (?P<failed>\d+) failed(?P<more>.*)$", re.MULTILINE
)
_NOT_SCORED = re.compile(r"^ +[✓✗] (?P<name>[\w/-]+) \(", re.MULTILINE)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


LONG_S = 600.0
"""For a whole run of the suite on a loaded machine."""


@dataclass(frozen=True, kw_only=True)
class Programs:
    """The official programs, and the Node that runs them."""

    node: str
    modules: Path
    home: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the programs to its end."""
        return subprocess.run(
            [self.node, str(self.modules / program), *arguments],
            env=os.environ | {"HOME": str(self.home), "PATH": f"{Path(self.node).parent}:{os.environ['PATH']}"},
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONG_S,
        )


def _installer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance_install", HERE / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    installer = _installer()
    modules: Path = installer.folder() / "node_modules"
    if not modules.is_dir():
        reason = "the official programs are not installed: run `make conformance`, which needs the npm registry"
        if os.environ.get("CONFORMANCE") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    return Programs(node=installer.Node.find().node, modules=modules, home=tmp_path_factory.mktemp("home"))


@contextmanager
def running(command: Sequence[str], *, ready: Callable[[str], bool], cwd: Path | None = None) -> Generator[str]:
    """Run a server of ours for as long as the block, and give the first line that says it is ready."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, cwd=cwd
    ) as process:
        try:
            assert process.stdout is not None
            seen: list[str] = []
            for line in process.stdout:
                seen.append(line)
                if ready(line):
                    break
            else:
                pytest.fail(f"{command} ended before it was ready:\n{''.join(seen)}")
            yield seen[-1].strip()
        finally:
            process.terminate()
            process.communicate(timeout=60)


def examined(programs: Programs, role: str, revision: str, *arguments: str) -> dict[str, str]:
    """Run a requirement set, and return each required scenario with what did not pass in it."""
    done = programs.run(SUITE, role, "--requirements", revision, *arguments)
    told = done.stdout + done.stderr
    summary = told[told.find("SUMMARY") :]
    besides = {match["name"] for match in _NOT_SCORED.finditer(summary)}
    found: dict[str, str] = {}
    for match in _LINE.finditer(summary):
        if match["name"] not in besides:
            sound = int(match["passed"]) > 0 and int(match["failed"]) == 0 and not match["more"]
            found[match["name"]] = "" if sound else match[0]
    assert done.returncode == 0, told[-6000:]
    return found


@pytest.fixture(scope="module")
def server_url() -> Generator[str]:
    command = [sys.executable, str(HERE / "fixture_server.py")]
    with running(command, ready=lambda line: line.startswith("http")) as url:
        yield url


@pytest.fixture(scope="module")
def client_command() -> Generator[str]:
    with TemporaryDirectory(prefix="clients-") as folder:
        path = Path(folder) / "turn"
        with running([sys.executable, str(HERE / "fixture_client.py"), str(path)], ready=lambda line: "ready" in line):
            yield f"{sys.executable} -I -S {HERE / 'start_client.py'} {path}"


@pytest.mark.requirement("conformance.server")
@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_a_server_on_our_layer_conforms(programs: Programs, server_url: str, revision: str) -> None:
    found = examined(programs, "server", revision, "--url", server_url)
    assert (len(found), [told for told in found.values() if told]) == (REQUIRED[revision, "server"], [])


@pytest.mark.requirement("conformance.client")
@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_a_client_on_our_gateway_conforms(programs: Programs, client_command: str, revision: str) -> None:
    found = examined(programs, "client", revision, "--command", client_command, "--timeout", "600000")
    assert (len(found), [told for told in found.values() if told]) == (REQUIRED[revision, "client"], [])


@dataclass(frozen=True, kw_only=True)
class Ours:
    """One of our servers, and a call that shows it at work."""

    name: str
    options: Sequence[str] = ()
    tool: str
    arguments: Mapping[str, object]
    tells: str
    """What stands in the result of the call."""


TWO = [{"id": "a", "text": "The lighthouse was first lit in 1874."}, {"id": "b", "text": "Bread is made of flour."}]
OURS = (
    Ours(
        name="documents",
        options=("--index", "{folder}/index"),
        tool="search",
        arguments={"query": "lighthouse first lit"},
        tells="1874",
    ),
    Ours(
        name="reranker",
        tool="rerank",
        arguments={"query": "When was the lighthouse lit?", "passages": TWO},
        tells='"id": "a"',
    ),
    Ours(
        name="utility_selector",
        tool="select_useful",
        arguments={"question": "When was the lighthouse lit?", "passages": TWO},
        tells='"id": "a"',
    ),
    Ours(
        name="summarizer",
        tool="summarize_for_query",
        arguments={"query": "When was the lighthouse lit?", "documents": TWO},
        tells="1874",
    ),
    Ours(
        name="suggester",
        options=("--index", "{folder}/index"),
        tool="suggest_queries",
        arguments={"history": ["When was the lighthouse lit?"]},
        tells="suggestions",
    ),
    Ours(
        name="recommender",
        options=("--store", "{folder}/sessions.sqlite"),
        tool="recommend_next",
        arguments={"session": ["kettle"], "k": 1},
        tells="tea",
    ),
    Ours(
        name="writer",
        tool="write_greeting",
        arguments={"query": "给奶奶的生日祝福", "n": 1, "seed": 1},
        tells="奶奶",
    ),
    Ours(name="mathematics", tool="calculate", arguments={"expression": "2^10 + 1"}, tells="1025"),
    Ours(
        name="tables",
        options=("--tables", "{folder}/people.csv"),
        tool="query",
        arguments={"sql": "SELECT name FROM people WHERE age > 40"},
        tells="Grace",
    ),
    Ours(name="clock", tool="now", arguments={"zone": "Asia/Shanghai"}, tells="Asia/Shanghai"),
    Ours(name="files", options=("--root", "notes={folder}/notes"), tool="list_files", arguments={}, tells="hello.txt"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What our servers serve: an index, a table, sessions and a folder of notes."""
    made = tmp_path_factory.mktemp("served")
    (made / "people.csv").write_text("name,age\nAda,36\nGrace,85\n")
    (made / "notes").mkdir()
    (made / "notes" / "hello.txt").write_text("Hello. The lighthouse was first lit in 1874.\n")
    (made / "sessions.jsonl").write_text('["kettle", "tea"]\n["kettle", "tea"]\n')
    learn = [_agents(), "learn", str(made / "sessions.jsonl"), "--store", str(made / "sessions.sqlite")]
    subprocess.run(learn, cwd=made, check=True)
    subprocess.run([_agents(), "index", str(made / "notes"), "--index", str(made / "index")], cwd=made, check=True)
    return made


def _agents() -> str:
    return str(Path(sys.executable).with_name("agents"))


def inspected(programs: Programs, era: str, *words: str) -> dict[str, Any]:
    """Return what the Inspector's command line prints."""
    done = programs.run(INSPECTOR, "--cli", *words, "--protocol-era", era, "--connect-timeout", "120000")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.requirement("conformance.inspector")
@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize("ours", OURS, ids=lambda ours: ours.name)
def test_the_inspector_lists_and_calls_a_tool_of_every_server(
    programs: Programs, folder: Path, ours: Ours, transport: str
) -> None:
    command = [_agents(), "mcp", ours.name, *(option.format(folder=folder) for option in ours.options)]
    arguments = [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in ours.arguments.items()
    ]
    call = ["--method", "tools/call", "--tool-name", ours.tool, *(["--tool-arg", *arguments] if arguments else [])]
    with ExitStack() as stack:
        if transport == "http":
            where = running([*command, "--http"], ready=lambda line: "/mcp" in line, cwd=folder)
            found = re.search(r"http://\S+/mcp", stack.enter_context(where))
            assert found is not None
            target = [found[0], "--transport", "http"]
        else:
            target = command
        listed = inspected(programs, "modern", *target, "--method", "tools/list", "--strict")
        assert ours.tool in {tool["name"] for tool in listed["tools"]}
        called = inspected(programs, "legacy", *target, *call)
    assert not called.get("isError")
    assert ours.tells in json.dumps(called, ensure_ascii=False)
