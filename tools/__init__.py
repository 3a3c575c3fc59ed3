"""Floor 1: the parts that do the work: retrieval, reading, selection, embedded models and the LLM gateway."""
