"""Write what a model finds likeliest, several tokens a forward pass: drafts are checked, so that no token changes."""
