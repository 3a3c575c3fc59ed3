"""The prompt of the selecting model."""
