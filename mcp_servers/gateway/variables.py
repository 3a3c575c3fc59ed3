"""Variables of a configuration: ``${VAR}``, ``${VAR:-default}``, ``${env:VAR}``, ``${input:id}`` and VS Code's own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from questline.errors import UsageError

__all__ = ["Input", "Variables", "input_variable"]

_VARIABLE: Final = re.compile(r"\$\{([^${}]*)\}")
_OPEN: Final = frozenset({"HOME", "USER", "LOGNAME", "PATH", "PWD", "SHELL", "TMPDIR", "LANG", "TERM"})
"""Variables whose values are no secrets."""


@dataclass(frozen=True, kw_only=True)
class Input:
    """One entry of ``inputs``: a value that VS Code would ask its user for."""

    id: str
    default: str | None = field(default=None, repr=False)


def input_variable(name: str) -> str:
    """Return the environment variable that gives the input called `name`: ``MCP_INPUT_API_KEY`` for ``api-key``."""
    return f"MCP_INPUT_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}"


class Variables:
    """Expands the variables in texts, and remembers which values are secret.

    Args:
        environ: Where ``${VAR}`` and ``${env:VAR}`` look.
        inputs: The entries of ``inputs``, by id.
        given: Values of inputs, by id; else the variable that `input_variable` names, else the input's default.
        folder: What ``${workspaceFolder}`` stands for.
    """

    def __init__(
        self, *, environ: Mapping[str, str], inputs: Mapping[str, Input], given: Mapping[str, str], folder: Path
    ) -> None:
        self._environ = environ
        self._inputs = inputs
        self._given = given
        self._known = {
            "workspaceFolder": str(folder),
            "workspaceFolderBasename": folder.name,
            "userHome": str(Path.home()),
            "cwd": str(folder),
            "pathSeparator": os.sep,
            "/": os.sep,
        }
        self.secrets: set[str] = set()
        """Values that were filled in and must not be shown."""

    def expand(self, text: str, *, field: str) -> str:
        """Return `text` with its variables filled in; their values are not expanded again.

        Raises:
            UsageError: ``unknown_variable`` naming the field and the variable.
        """
        return _VARIABLE.sub(lambda match: self._value(match[1], field), text)

    def _value(self, name: str, field: str) -> str:
        if name in self._known:
            return self._known[name]
        if name.startswith("input:"):
            return self._input(name.removeprefix("input:"), field)
        variable, colon, default = name.removeprefix("env:").partition(":-")
        value = self._environ.get(variable)
        if colon and not value:
            return default
        if value is None:
            raise UsageError(
                f"{field} uses ${{{name}}}, and there is no environment variable {variable!r}; "
                f"set it, or write ${{{variable}:-default}}",
                code="unknown_variable",
                field=field,
                variable=variable,
            )
        if variable not in _OPEN:
            self.secrets.add(value)
        return value

    def _input(self, name: str, field: str) -> str:
        source = input_variable(name)
        declared = self._inputs.get(name)
        value = self._given.get(name, self._environ.get(source))
        if value is None and declared is not None:
            value = declared.default
        if value is None:
            known = "" if declared else ", which `inputs` does not list"
            raise UsageError(
                f"{field} uses the input {name!r}{known}, and it has no value; set the variable {source}",
                code="unknown_variable",
                field=field,
                variable=source,
            )
        self.secrets.add(value)
        return value
