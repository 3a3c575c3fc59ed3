"""Measurements of single parts: each a command that prints a table and names the machine."""
