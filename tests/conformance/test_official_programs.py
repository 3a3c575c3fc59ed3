"""The protocol's official programs, over our layers and our servers: the conformance suite, and the Inspector.

CI does not let their absence pass: with ``CONFORMANCE=required`` in the environment what could be skipped fails.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
SUITE = "@modelcontextprotocol/conformance/dist/index.js"
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
