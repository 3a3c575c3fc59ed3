"""Fit what `questline.tools.summarization` weighs: segments, sets of them, and whether there is an answer at all.

python -P -m questline.training.summarization.fit --english FILE --chinese FILE:3 --chinese FILE --long FILE --out FILE
"""
