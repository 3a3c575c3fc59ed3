"""Read the files that a need names."""

from __future__ import annotations

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.text import stem

from .desk import Desk, Served
from .kinds import lists_files, shape_of, vocabulary
from .matching import has
from .pieces import about_paths
from .references import Reference
from .topics import acts

__all__ = ["files", "located", "path_name", "reader_of_paths"]


def files(desk: Desk, number: int, text: str) -> Served:
    """Read each file that a need names."""
    tool = reader_of_paths(desk, number)
    verb = acts(text)
    if tool is None or (verb and not has(shape_of(tool).words, stem(verb))):
        return []
    name = path_name(tool)
    why = "a file that the question names"
    return [
        desk.drafts.add(tool, {name: located(desk, number, tool, path)}, intent=number, ask=ask, why=why)
        for path, ask in about_paths(text)
    ]


def located(desk: Desk, number: int, tool: ToolDefinition, path: str) -> object:
    """Return a path as its server writes it: as it is, or of what the server lists under its name.

    A server that says which folders it has knows no path that begins elsewhere; what lists its files by a pattern
    of names then tells where the file is.
    """
    home = next(one for one in desk.candidates[number] if one.tool == tool)
    first, slash, _ = path.partition("/")
    if path.startswith(("/", "~")) or not home.about or (slash and stem(first) in vocabulary(home.about)):
        return path
    for one in desk.candidates[number]:
        found = lists_files(one.tool, path_name(tool)) if one.tool.server == tool.server else None
        if found is not None:
            pattern, place = found
            name = path.rpartition("/")[2]
            why = "where the file is that the question names"
            task = desk.drafts.add(one.tool, {pattern: name}, intent=number, ask=f"Where is {name}?", why=why)
            return Reference(task=task, path=place).value
    return path


def reader_of_paths(desk: Desk, number: int) -> ToolDefinition | None:
    """Return the tool that takes a path and nothing else that is required, and changes nothing."""
    fit = [
        one
        for one in desk.candidates[number]
        if shape_of(one.tool).path is not None
        and sum(slot.required for slot in shape_of(one.tool).slots) == 1
        and not one.tool.needs_approval
    ]
    return max(fit, key=lambda one: (one.tool.read_only is True, one.score)).tool if fit else None


def path_name(tool: ToolDefinition) -> str:
    """Return what a tool that reads files calls their path."""
    slot = shape_of(tool).path
    assert slot is not None
    return slot.name
