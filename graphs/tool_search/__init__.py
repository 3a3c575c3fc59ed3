"""Tool search as a graph: intents, tools, a plan, and its run as early as the data allow."""
