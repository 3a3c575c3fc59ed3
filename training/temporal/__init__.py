"""Fit and measure the search by time."""
