"""Tuning a tool planner and its executor: checked expert traces, mixed-rationale SFT, GRPO that runs its plans."""
