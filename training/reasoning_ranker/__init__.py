"""A language model that reasons and then orders passages (arXiv:2508.07050): lists, a teacher, SFT, GRPO."""
