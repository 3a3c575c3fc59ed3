"""Adaptive retrieval-augmented generation as a graph: plan, run a workflow or sub-questions, plan again, compose."""
