"""Floor 4: LangGraph graphs: in which order the agents run."""
