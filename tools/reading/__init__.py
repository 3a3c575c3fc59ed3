"""tools/reading (to be written by its owner)"""
