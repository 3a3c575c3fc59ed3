"""How filling the arguments of a call learns."""
