"""Addresses: which may be listened on, and how they are told."""

from __future__ import annotations

import socket

import pytest

from questline.errors import UsageError
from questline.tools.addresses import is_loopback
from questline.tools.listening import address_of, check_exposure, listener


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST.", "a.localhost"])
def test_this_machine_needs_no_key(host: str) -> None:
    assert is_loopback(host)
    check_exposure(host, None)


@pytest.mark.requirement("faces.serve-not-local")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "", "example.org", "localhost.example.org"])
def test_any_other_address_needs_one(host: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_exposure(host, "")
    assert caught.value.code == "not_local"
    check_exposure(host, "sesame")


def test_a_free_port_is_told_as_an_address_of_this_machine() -> None:
    with listener("127.0.0.1", 0) as bound:
        assert address_of(bound) == f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_a_port_that_is_taken_names_the_option() -> None:
    with listener("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            listener("127.0.0.1", port)
        socket.create_connection(("127.0.0.1", port)).close()  # the first one still listens
    assert (caught.value.fields["argument"], str(port) in caught.value.message) == ("port", True)
