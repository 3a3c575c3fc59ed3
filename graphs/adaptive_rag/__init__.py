"""graphs/adaptive_rag (to be written by its owner)"""
