"""How the conformance client signs in: the SDK's OAuth, with a user who agrees at once."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

__all__ = ["sign_in"]

RETURN_TO: Final = "http://127.0.0.1:3030/callback"
OURSELVES: Final = "https://conformance-test.local/client-metadata.json"


class Memory:
    """Keeps what was learned while the client runs."""

    def __init__(self, known: OAuthClientInformationFull | None) -> None:
        self._tokens: OAuthToken | None = None
        self._client = known

    async def get_tokens(self) -> OAuthToken | None:
        return self._tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._client = client_info


class User:
    """Opens the page of the authorization server, and is sent back with a code."""

    def __init__(self) -> None:
        self._sent_to = ""

    async def open(self, url: str) -> None:
        async with httpx2.AsyncClient() as http:
            self._sent_to = (await http.get(url)).headers["location"]

    async def come_back(self) -> AuthorizationCodeResult:
        found = {name: values[0] for name, values in parse_qs(urlsplit(self._sent_to).query).items()}
        return AuthorizationCodeResult(code=found["code"], state=found.get("state"), iss=found.get("iss"))


def sign_in(url: str, context: dict[str, Any]) -> OAuthClientProvider:
    """Return the sign-in for a server; `context` may name a client that is registered already."""
    user = User()
    known: OAuthClientInformationFull | None = None
    if "client_secret" in context:
        known = OAuthClientInformationFull(
            client_id=context["client_id"],
            client_secret=context["client_secret"],
            redirect_uris=[AnyUrl(RETURN_TO)],
            token_endpoint_auth_method="client_secret_basic",
            issuer=context.get("issuer"),
        )
    return OAuthClientProvider(
        server_url=url,
        client_metadata=OAuthClientMetadata(
            client_name="questline",
            redirect_uris=[AnyUrl(RETURN_TO)],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
        ),
        storage=Memory(known),
        redirect_handler=user.open,
        callback_handler=user.come_back,
        client_metadata_url=OURSELVES,
    )
