"""Floor 3: who decides and acts: planners and executors, each with an embedded and an LLM backend."""
