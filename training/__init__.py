"""Floor 6: how the parts learn and are measured."""
