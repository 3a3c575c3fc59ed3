"""Is everything there that an answer needs? Each check says what it found and how to mend it.

``/readyz`` runs the checks of index and models, and looks whether the configured servers could be started; `agents
doctor` runs all of them, and starts the servers. No check changes anything.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast
from urllib.parse import quote

from questline import event_loop
from questline.errors import QuestlineError, UsageError
from questline.settings import Settings

if TYPE_CHECKING:
    from questline.mcp_servers.gateway.configuration import Configuration

__all__ = ["Check", "Report", "check_all", "check_configured", "check_index", "check_models", "check_servers"]

State: TypeAlias = Literal["ok", "absent", "broken"]
_PROBE_TIMEOUT_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    """``absent`` is optional and not there, which is not a fault; ``broken`` keeps questions from being answered."""
    found: str
    mend: str = ""
    """What to do about it; empty when there is nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All checks together."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is broken."""
        return all(check.state != "broken" for check in self.checks)

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON data."""
        return {"status": "ok" if self.ok else "broken", "checks": [asdict(check) for check in self.checks]}


def check_all(settings: Settings, environ: Mapping[str, str] = os.environ) -> Report:
    """Run every check; takes a second or two, one request to each configured model's server, and its MCP servers."""
    return Report(
        checks=(
            _python(),
            *_packages(),
            *_guarded("encoder", _encoder),
            *check_index(settings),
            *_guarded("checkpoints", lambda: _checkpoints(settings)),
            *check_models(settings, environ),
            *check_servers(settings),
        )
    )


def check_index(settings: Settings, *, needed: bool = False) -> tuple[Check, ...]:
    """Open the index and read it through.

    Args:
        settings: ``index`` names the folder.
        needed: Whether having no index, or an empty one, is a fault.
    """
    return _guarded("index", lambda: _index(settings, needed=needed))


def check_models(settings: Settings, environ: Mapping[str, str] = os.environ) -> tuple[Check, ...]:
    """Ask each configured model's server for its list of models, which costs nothing."""
    names = dict.fromkeys((settings.model, *settings.models.values()))
    return tuple(
        check
        for name in names
        for check in _guarded(f"model {name}", lambda name=name: _model(name, settings, environ))
    )


def check_servers(settings: Settings) -> tuple[Check, ...]:
    """Read the file of MCP servers, say whether it is trusted, and start or reach each server that is.

    Where the settings name none, it is ``mcp.json`` in the working folder, if there is one: a question is answered
    without it while it is not trusted, so that this is no fault then.

    Takes as long as the slowest server. Nothing that they declare is accepted by it.
    """
    from questline.mcp_servers.gateway.configuration import DEFAULT_FILE

    found_here = settings.servers is None
    file = settings.servers or DEFAULT_FILE
    if found_here and not file.is_file():
        return (Check(name="servers", state="absent", found="no MCP servers are configured"),)
    try:
        return tuple(_servers(file, found_here=found_here))
    except QuestlineError as error:
        mend = (
            f"correct {str(file)!r}, or name another with `servers`"
            if str(error.fields.get("path", file)) == str(file)
            else ""
        )
        return (Check(name="servers", state="broken", found=f"{error.code}: {error.message}", mend=mend),)


def check_configured(configuration: Configuration) -> Check:
    """Look at the configured servers, and start or reach none: one that is lost keeps no question from an answer."""
    enabled = sum(server.enabled for server in configuration.servers.values())
    problems = [f"{name}: {problem.code}" for name, problem in configuration.problems().items()]
    found = "; ".join([f"{enabled - len(problems)} of {enabled} can be started or reached", *problems])
    return Check(name="servers", state="absent" if problems else "ok", found=found)


def _servers(file: Path, *, found_here: bool) -> Iterator[Check]:
    from questline.mcp_servers.gateway.checking import check_servers as look
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.trust import Trust

    configuration = Configuration.read(file)
    enabled = {name for name, server in configuration.servers.items() if server.enabled}
    unknown = {each.server.name for each in Trust().unknown(configuration)}
    found = f"{len(enabled)} enabled in {str(file)!r}{', found here' if found_here else ''}"
    if unknown:
        found += f"; not trusted: {', '.join(sorted(unknown))}"
        yield Check(
            name="servers", state="absent" if found_here else "broken", found=found, mend=f"agents servers trust {file}"
        )
    else:
        yield Check(name="servers", state="ok", found=f"{found}, trusted")
    states: dict[str, State] = {"ok": "ok", "disabled": "absent", "not_trusted": "absent"}
    for each in event_loop.run(look(configuration, trusted=enabled - unknown)):
        state = states.get(each.state, "broken")
        yield Check(name=f"server {each.name}", state=state, found=each.found, mend=each.mend)


def _guarded(name: str, look: Callable[[], Check]) -> tuple[Check, ...]:
    try:
        return (look(),)
    except QuestlineError as error:
        return (
            Check(name=name, state="broken", found=f"{error.code}: {error.message}", mend=_MEND.get(error.code, "")),
        )


_MEND: Final[dict[str, str]] = {
    "damaged_index": "delete index.sqlite3* in the index folder and run `agents index PATH…` again",
    "index_locked": "wait for the other process, then look again",
    "read_only": "make the index folder writable, or name another with --index",
    "damaged_model": "pip install --force-reinstall questline",
    "missing_key": "set the variable named above",
    "unknown_model": "correct `model` in agents.toml, QUESTLINE_MODEL or --model",
}


def _python() -> Check:
    version = platform.python_version()
    return Check(name="python", state="ok", found=f"{version} on {platform.system()} {platform.machine()}")


def _packages() -> Iterator[Check]:
    """Look at what the package declares: its own needs first, then one check for each extra."""
    needs = metadata.requires("questline") or []
    yield _missing("packages", [need for need in needs if "extra ==" not in need], extra="")
    for extra in metadata.metadata("questline").get_all("Provides-Extra") or []:
        mine = [need for need in needs if re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", need)]
        yield _missing(f"extra {extra}", mine, extra=extra)


def _missing(name: str, needs: Iterable[str], *, extra: str) -> Check:
    found: list[str] = []
    missing: list[str] = []
    for need in needs:
        (distribution,) = re.findall(r"^[A-Za-z0-9._-]+", need)
        try:
            found.append(f"{distribution} {metadata.version(distribution)}")
        except metadata.PackageNotFoundError:
            missing.append(distribution)
    if not missing:
        return Check(name=name, state="ok", found=", ".join(found))
    target = f"'questline[{extra}]'" if extra else "--force-reinstall questline"
    return Check(
        name=name,
        state="absent" if extra else "broken",
        found=f"not installed: {', '.join(missing)}",
        mend=f"pip install {target}",
    )


def _encoder() -> Check:
    from questline.tools.models.encoder import Encoder

    encoder = Encoder.load()
    (vector,) = encoder.encode(["Is the encoder whole?"])
    return Check(
        name="encoder",
        state="ok",
        found=f"fingerprint {encoder.fingerprint}, {len(vector)} dimensions, hashes as promised",
    )


def _index(settings: Settings, *, needed: bool) -> Check:
    from questline.tools.retrieval import DocumentIndex

    folder = repr(str(settings.index))
    absent: State = "broken" if needed else "absent"
    try:
        with DocumentIndex.open(settings.index, threads=settings.threads, read_only=True) as index:
            health = index.check()
    except UsageError as error:
        if error.code != "no_index":
            raise
        return Check(name="index", state=absent, found=f"no index in {folder}", mend="agents index PATH…")
    if health.database != "ok":
        return Check(name="index", state="broken", found=health.problem, mend=_MEND["damaged_index"])
    if not health.passages:
        return Check(name="index", state=absent, found=f"the index in {folder} is empty", mend="agents index PATH…")
    found = f"{health.documents:,} documents, {health.passages:,} passages in {folder}"
    derived = {"words": health.lexical, "vectors": health.dense}
    again = [f"{name} {state}" for name, state in derived.items() if state not in {"ok", "off"}]
    if again:
        found += f" ({', '.join(again)}: built again by the next search)"
    mend = ""
    if health.waiting:
        found += f"; {health.waiting:,} passages have no vector yet"
        mend = "agents index PATH… goes on where it stopped"
    return Check(name="index", state="ok", found=found, mend=mend)


def _checkpoints(settings: Settings) -> Check:
    from questline.runtime import CHECKPOINTS

    path = settings.index / CHECKPOINTS
    if not path.exists():
        return Check(name="checkpoints", state="absent", found="none kept")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as connection:
            problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        problem = str(error)
    if problem != "ok":
        found, mend = f"{str(path)!r} cannot be read: {problem}", "delete that file; only unfinished runs are lost"
        return Check(name="checkpoints", state="broken", found=found, mend=mend)
    return Check(name="checkpoints", state="ok", found=f"{str(path)!r} is sound")


def _model(name: str, settings: Settings, environ: Mapping[str, str]) -> Check:
    from questline.tools.models.providers import parse_model

    label = f"model {name}"
    spec = parse_model(name, base_url=settings.base_url, environ=environ)
    if spec is None:
        return Check(name=label, state="ok", found="no language model: answers are sentences of the documents")
    address = spec.address
    headers = {"Authorization": f"Bearer {spec.api_key}"}
    if spec.provider == "anthropic":
        headers = {"x-api-key": spec.api_key, "anthropic-version": "2023-06-01"}
    request = urllib.request.Request(f"{address}/models", headers=headers)  # noqa: S310 because parse_model lets http and https through only
    try:
        with urllib.request.urlopen(request, timeout=_PROBE_TIMEOUT_S) as reply:  # noqa: S310 because of the same
            known = _names(reply.read(1_000_000))
    except urllib.error.HTTPError as error:
        return _http_error(label, address, error.code)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return Check(
            name=label,
            state="broken",
            found=f"{address} does not answer: {reason}",
            mend="start the server, or correct base_url",
        )
    if spec.provider == "compatible" and known and spec.model not in known:
        return Check(
            name=label,
            state="broken",
            found=f"{address} has no model {spec.model!r}; it has {', '.join(sorted(known)[:5])}",
            mend="correct `model`, or load the model there",
        )
    return Check(name=label, state="ok", found=f"{address} answers")


def _http_error(label: str, address: str, status: int) -> Check:
    if status in {401, 403}:
        return Check(name=label, state="broken", found=f"{address} refuses the key ({status})", mend="set a valid key")
    if status in {404, 405, 501}:  # alive, and without a list of models: some servers have none
        return Check(name=label, state="ok", found=f"{address} answers (without a list of models)")
    return Check(name=label, state="broken", found=f"{address} answers {status}", mend="look at that server's log")


def _names(body: bytes) -> set[str]:
    """Read the ids of a ``GET /models`` body; none where it has another form."""
    try:
        rows = cast("dict[str, list[dict[str, object]]]", json.loads(body))["data"]
        return {str(row["id"]) for row in rows}
    except (ValueError, KeyError, TypeError):
        return set()
