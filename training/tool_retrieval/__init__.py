"""How tool retrieval learns."""
