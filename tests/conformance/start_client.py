"""What the suite starts as the client: hands the work to `fixture_client.py`, and ends with its exit status.

``python -I -S start_client.py SOCKET URL``; nothing is imported but the standard library.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main(path: str, url: str) -> int:
    asked = {
        "url": url,
        "scenario": os.environ["MCP_CONFORMANCE_SCENARIO"],
        "version": os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25"),
        "context": json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}")),
    }
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [json.dumps(asked).encode()], [1, 2])
        return (connection.recv(1) or b"\1")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
