"""How selection learns: lists with gold support, the membership of single passages, and the prices of a set."""
