"""training/evaluation (to be written by its owner)"""
