"""The shipped prompt of the listwise ranker."""
