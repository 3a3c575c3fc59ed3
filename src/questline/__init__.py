"""Questline."""
