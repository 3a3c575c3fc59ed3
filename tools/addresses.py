"""Which addresses are this machine's own: for what may be sent there, and what may be heard there."""

from __future__ import annotations

import ipaddress

__all__ = ["is_loopback"]


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine's own; names below ``localhost`` are too (RFC 6761 §6.3)."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
