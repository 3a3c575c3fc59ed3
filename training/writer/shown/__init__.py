"""Show that GRPO makes a small writer better in the eyes of judges of another kind, and what its guards catch."""
