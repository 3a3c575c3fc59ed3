"""Tuning a language model as the planner of workflows: plan text first, then GRPO against the table or the graph."""
