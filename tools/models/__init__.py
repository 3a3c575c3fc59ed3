"""tools/models (to be written by its owner)"""
