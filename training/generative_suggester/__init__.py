"""Suggestions that a language model writes, taught by clicks (spec 06 §2.3 to §2.6; arXiv:2507.04072 in outline)."""
