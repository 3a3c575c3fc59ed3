"""Answers to questions about time: scored by the type of the answer, their labels audited, known sets read."""
