"""Questline over HTTP: OpenAI's chat format, health checks, and the guards around them."""
