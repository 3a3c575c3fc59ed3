"""What of a folder is seldom meant: machinery that nobody reads, and secrets that nobody should.

A folder of the first kind is listed when its path or the pattern names it. A secret-like file is never listed nor read,
unless the caller says so: what a model reads it may repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

__all__ = ["is_machinery", "is_secret"]

_MACHINERY: Final = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_SECRETS: Final = (
    ".env", ".env.*", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", "_netrc", ".pgpass", ".npmrc", ".pypirc", ".htpasswd",
    ".git-credentials", ".vault-token", "credentials.json", "client_secret*.json",
)  # fmt: skip
_HARMLESS: Final = ("*.example", "*.sample", "*.template", "*.dist", "*.pub")
_IN: Final = {
    ".git": ("config", "config.worktree", "credentials"),
    ".aws": ("*",),
    ".ssh": ("*",),
    ".gnupg": ("*",),
    ".kube": ("config",),
    ".docker": ("config.json",),
}
"""Folder → files anywhere below it."""


def is_machinery(folder: str) -> bool:
    """Say whether a folder of this name holds what tools made for themselves."""
    return folder.startswith(".") or folder in _MACHINERY


def is_secret(parts: Sequence[str]) -> bool:
    """Say whether keys and passwords are kept in files of such a path, in any case of letters."""
    *folders, name = (part.casefold() for part in parts)
    if any(fnmatchcase(name, harmless) for harmless in _HARMLESS):
        return False
    patterns = [*_SECRETS, *(pattern for folder in folders for pattern in _IN.get(folder, ()))]
    return any(fnmatchcase(name, pattern) for pattern in patterns)
