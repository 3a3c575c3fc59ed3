"""The workflow planner learns: the table of every workflow on every question, rewards, and lines to beat."""
