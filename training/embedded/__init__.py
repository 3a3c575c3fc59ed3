"""How the shipped embedded models are made."""
