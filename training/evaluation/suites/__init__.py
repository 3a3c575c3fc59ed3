"""Suites: each loads rows, runs them and scores them; everything else is the runner's."""
