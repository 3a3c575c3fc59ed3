"""Greetings: written from a brief, scored by a reward model, judged by principles that can be read and compared."""
