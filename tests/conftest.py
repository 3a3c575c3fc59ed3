"""What every test gets: one thread, no network beyond this machine, no keys, and the shared data where it is."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from collections.abc import Callable, Generator, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("QUESTLINE_DATA", ROOT.parent / "shared" / "data"))

# Before any numeric library is imported: two threads on a shared two-core machine are up to 60 times slower than one.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}
# A developer's keys and settings would change what the tests see, and could cost money.
for _name in [name for name in os.environ if name.endswith(("_API_KEY", "_BASE_URL")) or name.startswith("OTEL_")]:
    del os.environ[_name]
for _name in [name for name in os.environ if name.startswith("QUESTLINE_") and name != "QUESTLINE_DATA"]:
    del os.environ[_name]

# What the tests trust is not what the developer trusts.
_STATE = tempfile.TemporaryDirectory(prefix="questline-state-")
os.environ["XDG_STATE_HOME"] = _STATE.name

# The clock of a shared machine is no property of the code; CI draws the same examples every time.
settings.register_profile("questline", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("questline")


# They show that the manual, the repository and the figures are right. Which lines are tested is asked of the tests of
# the code; tracing these too, and each process that they start, took a third longer.
_UNTRACED = tuple(ROOT / "tests" / folder for folder in ("conformance", "docs", "house"))


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("data") or any(folder in item.path.parents for folder in _UNTRACED):
            item.add_marker(pytest.mark.no_cover)
    if DATA.is_dir():
        return
    absent = pytest.mark.skip(reason="needs the shared evaluation data: set QUESTLINE_DATA to its folder")
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(absent)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let processes of a test that is not traced run untraced too (coverage starts with each that finds this name)."""
    if not item.get_closest_marker("no_cover"):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        return (yield)


def _is_local(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def _guarded(call: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
    @wraps(call)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        host = host_of(*args, **kwargs)
        if not _is_local(host):
            # An outcome of pytest's own is no Exception: code that retries lost connections cannot swallow it.
            pytest.fail(f"a test reached for {host!r}; the suite talks to this machine only")
        return call(*args, **kwargs)

    return guarded


def _host_of_address(sock: socket.socket, address: object) -> object:
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return None
    return address[0]  # pyright: ignore[reportUnknownVariableType]  # because an address tuple may hold anything


def _host_of_look_up(host: object, *args: object, **kwargs: object) -> object:
    del args, kwargs
    return host


@pytest.fixture(scope="session", autouse=True)
def _this_machine_only() -> Generator[None]:  # pyright: ignore[reportUnusedFunction]  # because pytest calls it
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), _host_of_address))
        patch.setattr(socket, "getaddrinfo", _guarded(socket.getaddrinfo, _host_of_look_up))
        yield


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The folder that holds `pyproject.toml`."""
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The shared evaluation data; a test that uses it is marked `data`."""
    if not DATA.is_dir():
        pytest.skip("needs the shared evaluation data: set QUESTLINE_DATA to its folder")
    return DATA


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
