"""Prompts of released rankers, in the form that each was trained with; the words are ours."""
