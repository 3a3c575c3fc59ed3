"""How ranking learns and is calibrated: the reward of a written order, and maps from strengths to probabilities."""
