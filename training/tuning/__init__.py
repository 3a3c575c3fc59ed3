"""What the recipes that tune language models share: models, generation, losses, and the steps of TRL."""
