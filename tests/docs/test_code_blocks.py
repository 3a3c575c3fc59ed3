"""Every code block of the manual is run, as a reader would run it from the repository's root.

What a block's fence says decides what becomes of it:

    ```python                      runs; all blocks of a page share one namespace and one working folder
    ```console                     runs each line that begins with `$ `; the lines below it are its output
    ```bash                        runs as one script
    ```text output                 what the block before it printed; `…` stands for anything
    ```toml file="agents.toml"     is written to that file of the working folder, whatever the language
    exit="2"                       the exit code, when it is not 0
    background="/readyz"           runs beside the blocks after it, once that path of the server answers
    no-run="why not"               is only read; Python must still compile

The page's port 8080 stands for a free one; a scripted server stands for every language model.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from questline.testing import ChatRequest, ScriptedLLM

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
RUN = {"python", "console", "bash"}
SHOWN = {"text", "toml", "json", "http", "markdown", "mermaid"}
OPTIONS = {"output", "file", "exit", "background", "no-run"}
MODEL_SERVERS = ("http://localhost:8000/v1", "http://localhost:11434/v1")
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    options: dict[str, str]
    body: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: str) -> list[Block]:
    """Read the fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found: list[Block] = []
    for match in _FENCE.finditer(text):
        language, *words = shlex.split(match["info"]) or [""]
        options = {key: value for key, _, value in (word.partition("=") for word in words)}
        line = text.count("\n", 0, match.start("body")) + 1
        found.append(Block(page=page, line=line, language=language, options=options, body=match["body"]))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scripted(request: ChatRequest) -> str:
    """Answer the prompts of the shipped roles as a model would that has read docs/samples/lighthouse.md."""
    system = request.text("system")
    if "plan how to answer" in system:
        return "R,AG"
    if "search query" in system:
        return "lighthouse Velmora first lit"
    if "choose the passages" in system:
        return "1"
    if "order passages" in system:
        return "<answer>[2] > [1] > [3]</answer>"
    if "point at segments" in system:
        return '[{"id": 3}]'
    return "The lighthouse of Velmora was lit for the first time on 3 May 1874 [1].\n=> 3 May 1874"


@dataclass(slots=True)
class Reader:
    """Someone who types in a page, block by block, in a folder of their own."""

    folder: Path
    model_server: str
    port: int = field(default_factory=free_port)
    module: ModuleType = field(default_factory=lambda: ModuleType("page"))
    printed: str = ""
    background: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    def run(self, block: Block) -> None:
        body = block.body.replace("8080", str(self.port))
        for address in MODEL_SERVERS:
            body = body.replace(address, self.model_server)
        if "no-run" in block.options:
            if block.language == "python":
                compile(body, str(block), "exec")
        elif "file" in block.options:
            self.write(block, body)
        elif "output" in block.options:
            self.compare(block, body, self.printed)
        elif "background" in block.options:
            self.start(block, body)
        elif block.language == "python":
            self.printed = self.python(block, body)
        elif block.language == "console":
            self.printed = ""
            for command, shown in sessions(body):
                self.printed = self.shell(block, command)
                if shown:
                    self.compare(block, shown, self.printed)
        elif block.language == "bash":
            self.printed = self.shell(block, f"set -euo pipefail\n{body}")

    def python(self, block: Block, body: str) -> str:
        output = io.StringIO()
        code = compile("\n" * (block.line - 1) + body, str(ROOT / block.page), "exec")
        with contextlib.redirect_stdout(output):
            exec(code, vars(self.module))
        return output.getvalue()

    def shell(self, block: Block, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        said = f"{block}: {command}\n{done.stdout}{done.stderr}"
        assert done.returncode == int(block.options.get("exit", "0")), said
        return done.stdout + done.stderr

    def start(self, block: Block, body: str) -> None:
        command = body.strip().removeprefix("$ ")
        log = self.folder / f"background-{len(self.background)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # exec: a signal reaches the server, not a shell above it
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
        self.background.append(process)
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}{block.options['background']}", timeout=5).close()
                return
            assert process.poll() is None, f"{block} ended: {log.read_text()}"
            assert time.monotonic() < deadline, f"{block} did not answer in a minute: {log.read_text()}"
            time.sleep(0.05)

    def write(self, block: Block, body: str) -> None:
        path = self.folder / block.options["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")

    def compare(self, block: Block, shown: str, printed: str) -> None:
        lines = [re.escape(line.strip()).replace("…", ".*") for line in shown.strip().splitlines()]
        pattern = re.compile(r"\s*\n\s*".join(lines), re.DOTALL)
        assert pattern.fullmatch(printed.strip()), f"{block} shows\n{shown}\nbut this was printed\n{printed}"

    def close(self) -> None:
        for process in self.background:
            process.terminate()
        for process in self.background:
            process.wait(timeout=20)


def sessions(body: str) -> Iterator[tuple[str, str]]:
    """Split a terminal session into commands and what is shown below each."""
    for piece in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, shown = re.sub(r"\\\n", "", piece).partition("\n")
        yield command, shown.strip()


@pytest.fixture
def reader(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Reader]:
    shutil.copytree(ROOT / "docs" / "samples", workdir / "docs" / "samples")
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    for name, value in {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    with ScriptedLLM(scripted) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url.removesuffix("/v1"))
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            monkeypatch.setenv(name, "a-key-for-the-scripted-server")
        reader = Reader(workdir, server.base_url)
        monkeypatch.setitem(sys.modules, "page", reader.module)  # annotations in a block are looked up there
        try:
            yield reader
        finally:
            reader.close()


@pytest.mark.slow
@pytest.mark.requirement("house.docs-run")
@pytest.mark.parametrize("page", [page for page in PAGES if any(block.language in RUN for block in blocks_of(page))])
def test_page_does_what_it_says(page: str, reader: Reader) -> None:
    for block in blocks_of(page):
        reader.run(block)


@pytest.mark.requirement("house.docs-run")
@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run_or_says_why_not(page: str) -> None:
    for block in blocks_of(page):
        assert block.language in RUN | SHOWN, f"{block}: say the language of the block"
        assert set(block.options) <= OPTIONS, f"{block}: unknown option"
        assert block.options.get("no-run") != "", f"{block}: say why it is not run"
        if block.language in RUN:
            assert "output" not in block.options, f"{block}: what is run shows nothing"
        for parser, language in ((tomllib.loads, "toml"), (json.loads, "json")):
            if block.language == language:
                parser(block.body)


def test_shown_output_is_compared(tmp_path: Path) -> None:
    reader = Reader(tmp_path, "")
    block = Block(page="page.md", line=1, language="console", options={}, body="$ echo one; echo two\none\nt…\n")
    reader.run(block)
    with pytest.raises(AssertionError, match="but this was printed"):
        reader.run(Block(page="page.md", line=1, language="console", options={}, body="$ echo one\ntwo\n"))
    with pytest.raises(AssertionError, match="false"):
        reader.run(Block(page="page.md", line=1, language="console", options={}, body="$ false\n"))
    reader.run(Block(page="page.md", line=1, language="python", options={}, body="print(6 * 7)\n"))
    reader.run(Block(page="page.md", line=1, language="text", options={"output": ""}, body="42\n"))
    with pytest.raises(ZeroDivisionError):
        reader.run(Block(page="page.md", line=1, language="python", options={}, body="1 / 0\n"))
