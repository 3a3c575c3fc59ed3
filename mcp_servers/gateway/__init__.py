"""The client side: the servers that a user configured, what they offer, and calls that no dead server can hurt."""
