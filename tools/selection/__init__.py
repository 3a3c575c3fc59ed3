"""tools/selection (to be written by its owner)"""
