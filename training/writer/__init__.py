"""Floor 6: what the greeting writer learns from: preference pairs, the reward model, rules and rewards."""
