"""src/questline/testing (to be written by its owner)"""
