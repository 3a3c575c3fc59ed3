"""Fit what `questline.tools.summarization` weighs: segments, sets of them, and whether there is an answer at all."""
