"""agents/executors (to be written by its owner)"""
