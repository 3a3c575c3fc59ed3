"""The server that the official conformance suite examines: its fixed tools, prompts and resources on our server layer.

``python tests/conformance/fixture_server.py`` prints its URL and serves until a signal ends it.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from fixture_contents import OURS, add_contents
from fixture_questions import add_questions
from mcp.types import EmptyResult, SetLevelRequestParams, SubscribeRequestParams, UnsubscribeRequestParams

from questline.mcp_servers.http import run_http
from questline.mcp_servers.serving import QuestlineServer


def build() -> QuestlineServer:
    server = QuestlineServer(
        "conformance", title="Conformance", description="What the official suite asks for.", tools=OURS
    )
    add_contents(server)
    add_questions(server)

    async def heard(ctx: Any, params: Any) -> EmptyResult:
        del ctx, params
        return EmptyResult()

    for method, kind in (
        ("resources/subscribe", SubscribeRequestParams),
        ("resources/unsubscribe", UnsubscribeRequestParams),
        ("logging/setLevel", SetLevelRequestParams),
    ):
        # Our own servers have neither; the suite asks for them of servers of the old era.
        server._lowlevel_server.add_request_handler(method, kind, heard)  # pyright: ignore[reportPrivateUsage]  # because the SDK has no public way
    return server


def _tell(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    run_http(build(), port=parser.parse_args().port, started=_tell)


if __name__ == "__main__":
    main()
