"""Tune a language model that writes: SFT, a reward model of its kind, and GRPO, all through TRL."""
