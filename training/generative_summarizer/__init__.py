"""A small language model that writes summaries for queries: distilled, preferred, decoded with drafts, quantized."""
