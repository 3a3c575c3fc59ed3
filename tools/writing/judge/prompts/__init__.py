"""The prompts of the judging language model."""
