"""tools/retrieval (to be written by its owner)"""
