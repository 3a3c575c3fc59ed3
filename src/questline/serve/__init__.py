"""src/questline/serve (to be written by its owner)"""
