"""Plans over tools: typed references, validation, repair, dependencies, and a plan as JSON and as a picture."""
