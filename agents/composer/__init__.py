"""An answer composed of what tasks found: sentences with citations, each held to what it cites."""
